-- The position up to which the feed may be read now: nothing at or below it can appear later.
--
-- First the sequence's value, then the least key among the markers (see mark_append); the
-- horizon is the lesser of the two. Every position up to the value read first was allocated by a
-- transaction that had set its marker before. If the marker is still held, its key is below the
-- position and the horizon stops short of it. If it is gone, the transaction rolled back, or its
-- commit was visible before the lock went, and a snapshot taken later sees it.
-- Hence "later": the page is read by a statement of its own, under READ COMMITTED, and never in
-- one statement with this function. A standby has neither the locks nor a sequence to trust.
DECLARE
    v_last   bigint;
    v_marker bigint;
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'feed: a standby cannot tell how far the log may be read'
            USING ERRCODE = 'ES001',
                  HINT = 'Read the feed on the primary.';
    END IF;
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'feed: the transaction is %, and its snapshot older than the horizon', current_setting('transaction_isolation')
            USING ERRCODE = 'ES002',
                  HINT = 'Read the feed under READ COMMITTED.';
    END IF;

    v_last := {last_position}();
    IF v_last <= p_after AND {is_sequence_behind}() THEN
        RAISE EXCEPTION 'feed: the sequence of positions ends at %, and the log goes on', v_last
            USING ERRCODE = 'ES004',
                  DETAIL = jsonb_build_object('last', v_last),
                  HINT = 'This is a logical replica, or a restore without the sequence. On a replica read the feed on its '
                         'publisher; after a restore set the sequence to the greatest position before anything is appended.';
    END IF;
    IF v_last < p_after THEN
        RAISE EXCEPTION 'feed: checkpoint % is ahead of the log, which ends at %', p_after, v_last
            USING ERRCODE = 'ES003',
                  DETAIL = jsonb_build_object('checkpoint', p_after, 'last', v_last),
                  HINT = 'The store was restored, failed over, or is another one: rebuild the consumer, or set its checkpoint back.';
    END IF;
    IF v_last = p_after THEN
        RETURN p_after;
    END IF;

    SELECT min(((l.classid::bigint & 65535) << 32) | l.objid::bigint)
      INTO v_marker
      FROM pg_locks AS l
     WHERE l.locktype = 'advisory'
       AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
       AND l.classid::bigint >> 16 = {tag}
       AND l.objsubid = 1
       AND l.mode = 'ShareLock'
       AND l.granted;
    RETURN greatest(p_after, least(v_last, v_marker));
END;
