-- The month that runs now in UTC and the p_months months before it stay; a partition goes when it
-- ends at or before their start. Partitions are found by the partition tree and the bounds in it,
-- never by names. Readers and writers of the whole table wait while it runs; it gives up, and changes
-- nothing, if it does not get its lock soon.
DECLARE
    v_kept_from timestamptz;
    v_old       bigint;
    v_detaching text;
    v_partition record;
BEGIN
    IF p_months IS NULL OR p_months < 1 THEN
        RAISE EXCEPTION 'partitions: % is no number of months to keep', coalesce(p_months::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Keep at least 1 month besides the one that runs.';
    END IF;
    -- 24000 months are 2000 years; more would leave the range of the type.
    v_kept_from := (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => least(p_months, 24000))) AT TIME ZONE 'UTC';

    SELECT count(*) FILTER (WHERE NOT p.is_detaching),
           string_agg(p.name, ', ' ORDER BY p.lower_bound) FILTER (WHERE p.is_detaching)
      INTO v_old, v_detaching
      FROM (
{bounds}
           ) AS p
     WHERE p.upper_bound <= v_kept_from;
    IF v_detaching IS NOT NULL THEN
        RAISE WARNING 'partitions: left alone, because a concurrent detach has begun: %', v_detaching
            USING HINT = format('If nobody is at it any more: ALTER TABLE %s DETACH PARTITION ... FINALIZE', {parent:literal});
    END IF;
    IF v_old = 0 THEN
        RETURN;
    END IF;

{before_drop}    LOCK TABLE ONLY {parent} IN ACCESS EXCLUSIVE MODE;
    -- Looked up again under the lock: another session may have dropped some meanwhile.
    FOR v_partition IN
        SELECT p.name, p.kind
          FROM (
{bounds_deeper}
               ) AS p
         WHERE p.upper_bound <= v_kept_from
           AND NOT p.is_detaching
         ORDER BY p.lower_bound
    LOOP
        EXECUTE format({detach:literal}, v_partition.name);
        EXECUTE format(
            CASE v_partition.kind WHEN 'f' THEN 'DROP FOREIGN TABLE %s' ELSE 'DROP TABLE %s' END,
            v_partition.name
        );
        RETURN NEXT v_partition.name;
    END LOOP;
END;
