-- Whether the log holds a position that the sequence has not given out. Then its events came another way than by
-- append_events: by logical replication, or from a dump that left the sequence out. The feed cannot be read, since
-- nothing says which positions are still to come, and appends would give positions twice.
--
-- The log first, then the sequence: an append in between must not look like a gap.
DECLARE
    v_greatest bigint;
BEGIN
    SELECT max(e.global_position) INTO v_greatest FROM {events} AS e;
    RETURN coalesce(v_greatest > {last_position}(), false);
END;
