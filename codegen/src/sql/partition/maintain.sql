-- Makes what is missing of this month, in UTC, and the {ahead} months after it, and returns what it
-- made. A month that a longer partition covers as a whole needs none. When nothing is missing it
-- takes no lock.
DECLARE
    v_month timestamp;
BEGIN
{default}    FOR v_month IN
        SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => a.months)
          FROM generate_series(0, {ahead}) AS a (months)
         ORDER BY a.months
    LOOP
        FOR v_look IN 1..2 LOOP
            PERFORM
               FROM (
{bounds}
                    ) AS p
              WHERE p.lower_bound <= v_month AT TIME ZONE 'UTC'
                AND p.upper_bound >= (v_month + INTERVAL '1 month') AT TIME ZONE 'UTC'
                AND NOT p.is_detaching;
            EXIT WHEN FOUND;
            IF v_look = 2 THEN
                RETURN NEXT {create}(v_month::date);
            ELSE
                -- Another session may be making it: wait, then look again.
                LOCK TABLE ONLY {parent} IN SHARE UPDATE EXCLUSIVE MODE;
            END IF;
        END LOOP;
    END LOOP;
END;
