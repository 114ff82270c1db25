-- One table has nothing to prune: no event id is below the least UUID.
BEGIN
    RETURN '00000000-0000-0000-0000-000000000000';
END;
