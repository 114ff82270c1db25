-- The type of an expression over every_type, and whether the server takes it for immutable: that is, lets a
-- generated column have it. NULL when there is no such expression. Leaves nothing behind.
CREATE FUNCTION verdict(expression text, OUT type text, OUT immutable boolean) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TEMP VIEW probe AS SELECT %s AS value FROM every_type', expression);
    SELECT format_type(a.atttypid, NULL) INTO type
      FROM pg_attribute AS a
     WHERE a.attrelid = 'pg_temp.probe'::regclass AND a.attname = 'value';
    DROP VIEW pg_temp.probe;
    BEGIN
        EXECUTE format('CREATE TEMP TABLE probe (LIKE every_type, value %s GENERATED ALWAYS AS (%s) STORED)',
                       type, expression);
        DROP TABLE pg_temp.probe;
        immutable := TRUE;
    EXCEPTION WHEN invalid_object_definition THEN
        immutable := FALSE;
    END;
EXCEPTION WHEN cannot_coerce OR undefined_function OR ambiguous_function OR datatype_mismatch THEN
    type := NULL;
END $$;
