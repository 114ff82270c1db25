-- The log is append-only: refuses UPDATE, DELETE and TRUNCATE, whoever asks.
--
-- One statement trigger for all three stands on the log and on every partition of it: a parent's
-- trigger does not protect a leaf that is named directly. Unlike row triggers it stays on a leaf
-- that is detached, it refuses before a row is looked at, and it covers TRUNCATE.
BEGIN
    RAISE EXCEPTION '% on %.%: stored events are never changed or removed', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'ES020',
              SCHEMA = TG_TABLE_SCHEMA,
              TABLE = TG_TABLE_NAME,
              HINT = 'Append an event that corrects the earlier one. Space is freed by dropping whole partitions, where there are any.';
END;
