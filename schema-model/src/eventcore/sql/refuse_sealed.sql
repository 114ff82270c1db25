-- Refuses a row for a sealed partition. A row trigger, because statement triggers of a leaf do not
-- fire for rows that come through the parent; it stands on sealed leaves only, so that those being
-- written to pay nothing.
BEGIN
    RAISE EXCEPTION 'partition %.% is sealed: event id % is too old', TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.event_id
        USING ERRCODE = 'ES021',
              SCHEMA = TG_TABLE_SCHEMA,
              TABLE = TG_TABLE_NAME,
              DETAIL = jsonb_build_object('event_id', NEW.event_id, 'partition', TG_TABLE_NAME),
              HINT = 'Give the event an id of the present; it keeps the time it speaks of in its payload.';
END;
