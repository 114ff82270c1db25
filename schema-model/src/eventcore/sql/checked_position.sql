-- The position given out last, once the log is known to hold none beyond it: what an append may go on from.
--
-- A session asks the log once, since that opens every partition, and remembers how far the sequence was then; it
-- asks again when the sequence is found to have gone back. Nothing else moves the sequence behind a log that is in use:
-- a log that came without its sequence, by replication or from a dump, is met by the first append of each session.
DECLARE
    v_last bigint;
BEGIN
    IF {is_sequence_behind}() THEN
        RAISE EXCEPTION 'append: the log goes on beyond its sequence of positions, which would be given twice'
            USING ERRCODE = 'ES004',
                  HINT = 'This is a logical replica, or a restore without the sequence. Append on the publisher; after a '
                         'restore set the sequence to the greatest position.';
    END IF;
    v_last := coalesce(pg_sequence_last_value({position_sequence:literal}), 0);
    PERFORM set_config('eventcore.checked_{tag}', v_last::text, FALSE);
    RETURN v_last;
END;
