    FOR v_look IN 1..2 LOOP
        PERFORM
           FROM pg_partitioned_table AS t
          WHERE t.partrelid = {parent:literal}::regclass
            AND t.partdefid <> 0;
        EXIT WHEN FOUND;
        LOCK TABLE ONLY {parent} IN SHARE UPDATE EXCLUSIVE MODE;
        CONTINUE WHEN v_look = 1;
{leaf}
        EXECUTE format({attach:literal}, {partition});
        RETURN NEXT {partition};
    END LOOP;
