-- Seals the partitions whose time is over: from then on they get no events, and the registry knows
-- their least and greatest positions for good.
--
-- Why it is right: SHARE ROW EXCLUSIVE on the leaf waits for every transaction that wrote to it and
-- keeps others out until the guard trigger and the registry's row are committed. A writer that
-- waited meanwhile loads the leaf's triggers after it got its own lock, and meets the guard. The
-- positions are read after the lock, in a snapshot of their own: hence READ COMMITTED only.
-- Writers of a leaf wait no longer than the count of one partition takes; this function waits for
-- them no longer than lock_timeout, set to 2 seconds here, and is called again after error 55P03.
DECLARE
    v_schema CONSTANT text := (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                                WHERE c.oid = '{events}'::regclass);
    v_leaf   record;
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'seal: the transaction is %, and cannot see what it locked', current_setting('transaction_isolation')
            USING ERRCODE = 'ES002',
                  HINT = 'Seal under READ COMMITTED.';
    END IF;
    IF p_grace >= INTERVAL '0' IS NOT TRUE THEN
        RAISE EXCEPTION 'seal: the time of grace is %, and must not be negative', p_grace
            USING ERRCODE = 'ES013',
                  HINT = 'Give at least the age up to which append_events takes event ids.';
    END IF;
    PERFORM set_config('lock_timeout', '2s', TRUE);

    FOR v_leaf IN
        SELECT p.partition_name
          FROM {registry} AS p
         WHERE p.state = 'open'
           AND p.upper_id <= {event_id_at}(clock_timestamp() - p_grace)
         ORDER BY p.lower_id
    LOOP
        EXECUTE format('LOCK TABLE %I.%I IN SHARE ROW EXCLUSIVE MODE', v_schema, v_leaf.partition_name);

        -- Another session may have sealed it while we waited.
        PERFORM 1 FROM {registry} AS p WHERE p.partition_name = v_leaf.partition_name AND p.state = 'open' FOR UPDATE;
        CONTINUE WHEN NOT FOUND;

        EXECUTE format(
            'CREATE TRIGGER refuse_sealed BEFORE INSERT ON %I.%I FOR EACH ROW EXECUTE FUNCTION {refuse_sealed}()',
            v_schema, v_leaf.partition_name);
        EXECUTE format(
            'SELECT min(e.global_position), max(e.global_position), count(*) FROM %I.%I AS e',
            v_schema, v_leaf.partition_name)
           INTO least_position, greatest_position, event_count;

        UPDATE {registry} AS p
           SET state             = 'sealed',
               least_position    = seal_partitions.least_position,
               greatest_position = seal_partitions.greatest_position,
               event_count       = seal_partitions.event_count,
               sealed_at         = clock_timestamp()
         WHERE p.partition_name = v_leaf.partition_name;

        partition_name := v_leaf.partition_name;
        RETURN NEXT;
    END LOOP;
END;
