-- Makes what is missing between the first month that rows may still come for and the last that is
-- kept ready, in UTC, and returns what it made. A month that a longer partition covers as a whole
-- needs none. When nothing is missing it takes no lock.
DECLARE
    v_month timestamp;
BEGIN
{default}    FOR v_month IN
        SELECT m.month
          FROM generate_series(
                   date_trunc('month', now() AT TIME ZONE 'UTC'{first}),
                   date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '{ahead} months',
                   INTERVAL '1 month'
               ) AS m (month)
         ORDER BY m.month
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
