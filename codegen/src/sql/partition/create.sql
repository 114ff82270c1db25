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

{leaf}
    EXECUTE format(
        {attach:literal},
        v_partition, {encoded_from}, {encoded_to}
    );
    RETURN v_partition;
END;
