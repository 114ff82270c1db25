-- Removes the rows of streams of which no event is kept and which got none since a time. Whoever appends to
-- such a stream afterwards begins it anew, at version 1.
DECLARE
    v_count bigint;
BEGIN
    DELETE FROM {streams} AS s
     WHERE s.first_version > s.stream_version
       AND s.stream_version > 0
       AND s.updated_at < p_unused_since
       AND NOT EXISTS (SELECT FROM {events} AS e WHERE e.stream_id = s.stream_id);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END;
