-- The position given out last; 0 if none was.
--
-- From PostgreSQL 18 on pg_sequence_last_value is NULL, and not an error, for a role without privileges
-- on the sequence: to such a role the log would look empty.
DECLARE
    v_last bigint := pg_sequence_last_value({position_sequence:literal});
BEGIN
    IF v_last IS NULL AND NOT has_sequence_privilege({position_sequence:literal}, 'SELECT, USAGE') THEN
        RAISE EXCEPTION 'permission denied for sequence %', {position_sequence:literal}
            USING ERRCODE = '42501',
                  HINT = format('GRANT SELECT ON SEQUENCE %s TO %I;', {position_sequence:literal}, current_user);
    END IF;
    RETURN coalesce(v_last, 0);
END;
