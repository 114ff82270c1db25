-- What is there already is decided by the partition tree and the bounds in it, never by names. A
-- month that has its partition costs no lock. Otherwise the lock is the one that ATTACH takes: reads
-- and writes go on, a second maker waits and then finds the partition made.
DECLARE
    v_month     timestamp;
    v_from      timestamptz;
    v_to        timestamptz;
    v_name      text;
    v_partition text;
    v_overlap   record;
BEGIN
    IF p_month IS NULL OR p_month NOT BETWEEN DATE '1970-01-01' AND DATE '9999-11-30' THEN
        RAISE EXCEPTION 'partitions: no partition can be made for the month of %', coalesce(p_month::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Give any day of the month, from 1970 on.';
    END IF;
    v_month := date_trunc('month', p_month::timestamp);
    v_from := v_month AT TIME ZONE 'UTC';
    v_to := (v_month + INTERVAL '1 month') AT TIME ZONE 'UTC';
    v_name := {prefix:literal} || to_char(v_month, 'YYYY_MM');
    v_partition := format('%I.%I', {namespace:literal}, v_name);

    FOR v_look IN 1..2 LOOP
        SELECT p.name, p.is_detaching, p.lower_bound, p.upper_bound
          INTO v_overlap
          FROM (
{bounds}
               ) AS p
         WHERE p.lower_bound < v_to
           AND p.upper_bound > v_from
         ORDER BY p.lower_bound
         LIMIT 1;
        IF FOUND AND v_overlap.is_detaching THEN
            RAISE EXCEPTION 'partitions: %, which holds this month, is being detached', v_overlap.name
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = format('If nobody is at it any more: ALTER TABLE %s DETACH PARTITION %s FINALIZE', {parent:literal}, v_overlap.name);
        ELSIF FOUND AND v_overlap.lower_bound = v_from AND v_overlap.upper_bound = v_to THEN
            RETURN v_overlap.name;
        ELSIF FOUND THEN
            RAISE EXCEPTION 'partitions: % would overlap %, which covers % to %', v_partition, v_overlap.name, v_overlap.lower_bound, v_overlap.upper_bound
                USING ERRCODE = 'invalid_object_definition',
                      HINT = 'Rows of the time that it covers have their partition there.';
        END IF;
        LOCK TABLE ONLY {parent} IN SHARE UPDATE EXCLUSIVE MODE;
    END LOOP;

    IF to_regclass(v_partition) IS NOT NULL THEN
        RAISE EXCEPTION 'partitions: % exists, and is not the partition of % for this month', v_partition, {parent:literal}
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Rename that table, or attach it if it holds the rows of the month; under REPEATABLE READ, try again in a new transaction.';
    END IF;

    -- What operators have set on the table holds for the partition: its tablespace from here on, the rest at the end.
    PERFORM set_config('default_tablespace', coalesce((
        SELECT t.spcname
          FROM pg_class AS c
          JOIN pg_tablespace AS t ON t.oid = c.reltablespace
         WHERE c.oid = {parent:literal}::regclass
    ), ''), TRUE);
{leaf}
{attach}
    EXECUTE (
        SELECT coalesce(string_agg(format('ALTER TABLE %s %s', v_partition, a.action), '; '), 'SELECT')
          FROM (
              SELECT CASE c.relreplident WHEN 'f' THEN 'REPLICA IDENTITY FULL' ELSE 'REPLICA IDENTITY NOTHING' END AS action
                FROM pg_class AS c
               WHERE c.oid = {parent:literal}::regclass
                 AND c.relreplident IN ('f', 'n')
              UNION ALL
              SELECT format('REPLICA IDENTITY USING INDEX %I', own.relname)
                FROM pg_index AS x
                JOIN pg_inherits AS i ON i.inhparent = x.indexrelid
                JOIN pg_index AS o ON o.indexrelid = i.inhrelid AND o.indrelid = v_partition::regclass
                JOIN pg_class AS own ON own.oid = o.indexrelid
               WHERE x.indrelid = {parent:literal}::regclass
                 AND x.indisreplident
              UNION ALL
              SELECT format('ALTER COLUMN %I SET STATISTICS %s', c.attname, c.attstattarget)
                FROM pg_attribute AS c
               WHERE c.attrelid = {parent:literal}::regclass
                 AND c.attnum > 0
                 AND NOT c.attisdropped
                 AND c.attstattarget >= 0
              UNION ALL
              SELECT format('ALTER COLUMN %I SET (%s)', c.attname, array_to_string(c.attoptions, ', '))
                FROM pg_attribute AS c
               WHERE c.attrelid = {parent:literal}::regclass
                 AND c.attnum > 0
                 AND NOT c.attisdropped
                 AND c.attoptions IS NOT NULL
          ) AS a
    );
    RETURN v_partition;
END;
