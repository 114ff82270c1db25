-- Marks streams whose events before a time are about to be dropped: from then on a read of such a
-- version is refused (ES005) and not answered with the rest. Call it before the partitions go.
-- Ids may be some days old, so that an event of a kept month can have a lower version than one that
-- goes: the stream begins behind the last one that goes.
-- Streams are locked in the "C" order of their ids, as appends lock them.
DECLARE
    v_from  uuid := {event_id_at}(p_before);
    v_count bigint;
BEGIN
    -- One at a time: it reads months that its transaction may drop, and two would wait for each other.
    LOCK TABLE {streams} IN SHARE UPDATE EXCLUSIVE MODE;
    WITH old AS (
        SELECT s.stream_id
          FROM {streams} AS s
         WHERE s.first_event_id < v_from
           AND s.first_version <= s.stream_version
         ORDER BY s.stream_id COLLATE "C"
         LIMIT p_max_streams
           FOR NO KEY UPDATE
    )
    UPDATE {streams} AS s
       SET first_event_id = v_from,
           first_version  = greatest((
               SELECT max(e.event_version) + 1
                 FROM {events} AS e
                WHERE e.stream_id = s.stream_id
                  AND e.event_id < v_from
           ), coalesce((
               SELECT min(e.event_version)
                 FROM {events} AS e
                WHERE e.stream_id = s.stream_id
                  AND e.event_id >= v_from
           ), s.stream_version + 1))
      FROM old AS o
     WHERE s.stream_id = o.stream_id;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END;
