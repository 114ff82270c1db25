-- Says what an append is that could not simply go in: a replay, or which error.
--
-- append_events calls it with its own arguments (ids filled in), how many of the events it has
-- just inserted itself, the version conflicts it found, and the times an event id may carry.
-- It returns the first call's result, marked as replayed, or raises.
--
-- An event counts as the one stored when stream, type, payload and all other columns are the
-- same and it got the version it would get now: the events of a stream follow one another
-- without a gap, right after the expected version where that is a number. Where any version
-- will do, the stream may have moved on since.
-- An id that is known comes before clock and conflict: a repetition after days, or after
-- others went on writing, is still a replay.
DECLARE
    v_event_count CONSTANT integer := cardinality(p_event_ids);
    v_known       bigint;
    v_same        bigint;
    v_bases       bigint;
    v_streams     bigint;
    v_strangers   jsonb;
    v_positions   bigint[];
    v_versions    bigint[];
    v_misdated    uuid;
BEGIN
    IF (SELECT count(DISTINCT e.event_id) FROM unnest(p_event_ids) AS e (event_id)) < v_event_count THEN
        RAISE EXCEPTION 'append: the call gives one event id to two events'
            USING ERRCODE = 'ES013',
                  HINT = 'Give each event an id of its own, or none.';
    END IF;

    WITH given AS (
        SELECT e.*,
               p_stream_ids[e.stream]        AS stream_id,
               p_expected_versions[e.stream] AS expected,
               row_number() OVER (PARTITION BY e.stream ORDER BY e.place) AS nth
          FROM unnest(
                   p_event_ids, p_event_streams, p_event_types, p_schema_versions, p_event_data, p_metadata,
                   p_causation_ids, p_correlation_ids, p_user_ids
               ) WITH ORDINALITY AS e (
                   event_id, stream, event_type, schema_version, event_data, metadata,
                   causation_id, correlation_id, user_id, place
               )
    ), found AS (
        SELECT g.place, g.stream, g.event_id,
               s.stream_id AS stored_stream, s.event_version AS stored_version, s.global_position,
               s.event_version - g.nth AS base,
               s.stream_id = g.stream_id
               AND s.event_type = g.event_type
               AND s.schema_version = coalesce(g.schema_version, 1)
               AND s.event_data::text = g.event_data::text
               AND s.metadata       IS NOT DISTINCT FROM g.metadata
               AND s.causation_id   IS NOT DISTINCT FROM g.causation_id
               AND s.correlation_id IS NOT DISTINCT FROM g.correlation_id
               AND s.user_id        IS NOT DISTINCT FROM g.user_id
               AND (g.expected < 0 OR s.event_version = g.expected + g.nth) AS same
          FROM given AS g
          JOIN {events} AS s ON s.event_id = g.event_id
    )
    SELECT count(*),
           count(*) FILTER (WHERE f.same),
           count(DISTINCT (f.stream, f.base)),
           count(DISTINCT f.stream),
           array_agg(f.global_position ORDER BY f.place),
           jsonb_agg(jsonb_build_object('event_id', f.event_id, 'stream', f.stored_stream, 'version', f.stored_version)
                     ORDER BY f.same, f.place)
      INTO v_known, v_same, v_bases, v_streams, v_positions, v_strangers
      FROM found AS f;

    IF v_known > p_inserted THEN
        IF p_inserted = 0 AND v_same = v_event_count AND v_bases = v_streams THEN
            v_versions := ARRAY(
                SELECT coalesce(
                           w.version,
                           CASE WHEN g.expected >= 0 THEN g.expected END,
                           (SELECT s.stream_version FROM {streams} AS s WHERE s.stream_id = g.stream_id),
                           0)
                  FROM unnest(p_stream_ids, p_expected_versions) WITH ORDINALITY AS g (stream_id, expected, place)
                  LEFT JOIN (
                      SELECT e.stream, max(s.event_version) AS version
                        FROM unnest(p_event_ids, p_event_streams) AS e (event_id, stream)
                        JOIN {events} AS s ON s.event_id = e.event_id
                       GROUP BY e.stream
                  ) AS w ON w.stream = g.place
                 ORDER BY g.place
            );
            RETURN 1::bigint || v_versions || v_positions;
        END IF;

        RAISE EXCEPTION 'append: event id % is taken by another event', v_strangers -> 0 ->> 'event_id'
            USING ERRCODE = 'ES011',
                  DETAIL = jsonb_build_object('stored', v_strangers),
                  HINT = 'Repeat an append with exactly the same events, or make new event ids.';
    END IF;

    SELECT e.event_id
      INTO v_misdated
      FROM unnest(p_event_ids) WITH ORDINALITY AS e (event_id, place)
     WHERE {event_time}(e.event_id) NOT BETWEEN p_oldest AND p_newest
     ORDER BY e.place
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'append: the time inside event id % is too far from the server''s clock', v_misdated
            USING ERRCODE = 'ES012',
                  DETAIL = jsonb_build_object(
                      'event_id', v_misdated, 'reason', 'clock',
                      'time', {event_time}(v_misdated), 'oldest', p_oldest, 'newest', p_newest),
                  HINT = 'Set the clock of the machine that makes event ids, and append an event soon after its id is made.';
    END IF;

    IF p_conflicts IS NULL THEN
        RAISE EXCEPTION 'append: the log took % of % events', p_inserted, v_event_count
            USING ERRCODE = 'triggered_action_exception',
                  HINT = 'A trigger of the log returns NULL for a row; let it return NEW.';
    END IF;

    RAISE EXCEPTION 'append: stream % is at version %, expected was %',
            p_conflicts -> 0 ->> 'stream', p_conflicts -> 0 ->> 'actual', p_conflicts -> 0 ->> 'expected'
        USING ERRCODE = 'ES010',
              DETAIL = jsonb_build_object('conflicts', p_conflicts),
              HINT = 'Read the stream again, decide again, and append at its version.';
END;
