-- Says, before positions are taken: what this transaction is about to allocate lies above the
-- sequence's present value. Call after the stream locks and before the first nextval.
--
-- The message is a shared advisory lock, held until the transaction ends: tag in the top 16 bits
-- of its key, the sequence's value below. feed_horizon() stops short of the least key it sees.
-- One key a transaction is enough, since the first is the lowest, and thousands of appends in one
-- transaction must not fill the lock table: a local setting remembers it. The lock is always
-- taken again, because the setting is a hint that anybody can write: a value that is wrong but
-- lower holds the feed back for the length of the transaction, a higher one is not used. A
-- ROLLBACK TO a savepoint undoes setting and lock together.
-- pg_sequence_last_value() takes the sequence's lock; SELECT last_value does not, and now and
-- then sees a number that is 32 ahead.
-- append_events contains these lines; a trigger or an import that inserts by itself calls them.
DECLARE
    v_marker  bigint := coalesce(pg_sequence_last_value({position_sequence:literal}), 0);
    v_held    bigint := nullif(current_setting('eventcore.marker_{tag}', TRUE), '')::bigint;
    v_checked bigint := nullif(current_setting('eventcore.checked_{tag}', TRUE), '')::bigint;
BEGIN
    IF v_held BETWEEN 0 AND v_marker THEN
        v_marker := v_held;
    ELSE
        IF (v_checked <= v_marker) IS NOT TRUE THEN
            v_marker := {checked_position}();
        END IF;
        PERFORM set_config('eventcore.marker_{tag}', v_marker::text, TRUE);
    END IF;
    PERFORM pg_advisory_xact_lock_shared(({tag}::bigint << 48) | v_marker);
END;
