-- Appends any number of events to any number of streams in one call: all of them, or none.
--
-- Per stream:  p_stream_ids; p_expected_versions (n >= 1 exactly n, 0 none, -1 any, -2 exists).
--              A stream that no event names is only checked: locked, not written.
-- Per event:   the other arrays; p_event_streams says to which stream (1 = the first) it goes.
--              Events of one stream get consecutive versions in the order of the arrays, and
--              positions follow that order. A NULL event id is made here.
-- Result:      [replayed (0 or 1), the version of each stream, the position of each event].
--
-- Why it is right:
-- * Streams are locked in the "C" order of their ids, so that no two calls wait for each other
--   in a circle. The locks last until the end of the transaction: versions and positions of a
--   stream rise together, and a version is given out once, across partitions too.
-- * First the streams, then the marker, then nextval, then the rows: feed_horizon() rests on
--   this order. A conflict is found before nextval, so it uses up no position.
-- * A stream that must be at one version is locked, checked and moved by a single UPDATE (or
--   INSERT), before its event ids are known to be new. Had they been stored before, the stream
--   would have moved on, and versions never go back: what passes is no replay. Where any version
--   will do that is not so, and the row moves after its events went in ("late").
-- * ON CONFLICT (event_id) looks into the one partition the id belongs to; a SELECT for ids
--   stored before would open every partition at each call.
-- * A stream that must not exist, and is only checked, is inserted and deleted: nothing is left
--   of it, but whoever creates it meanwhile waits for the end of this transaction.
-- * A sequence that is behind the log would give positions twice: checked_position() refuses it.
-- * Replay, foreign id, clock, conflict: append_outcome tells them apart, once something did
--   not fit.
DECLARE
    -- Without initial values: the first evaluation of an expression in a transaction costs about
    -- 2 microseconds, so the way that most appends take has as few expressions as it can.
    v_result          bigint[];
    v_done            text;
    v_now             timestamptz;
    v_oldest          timestamptz;
    v_newest          timestamptz;
    v_stream_count    integer;
    v_event_count     integer;
    v_bytes           bytea;
    v_stream          integer;
    v_stream_id       text;
    v_previous_id     text;
    v_expected        bigint;
    v_version         bigint;
    v_count           bigint;
    v_looks           integer := 0;
    v_fits            boolean;
    v_first_id        uuid;
    v_last_id         uuid;
    v_conflicts       jsonb;
    -- one element per event
    v_ids             uuid[];
    v_positions       bigint[];
    -- one element per stream
    v_order           integer[];
    v_late            integer[];
    v_counts          bigint[];
    v_firsts          uuid[];
    v_lasts           uuid[];
    v_stream_versions bigint[];
BEGIN
    -- One event for one stream at a known version, with an id of the caller's own, in arrays that
    -- start at 1. Whatever does not fit falls through to the general way below, which finds out why.
    IF  array_dims(p_stream_ids) = '[1:1]'
    AND array_dims(p_expected_versions) = '[1:1]'
    AND array_dims(p_event_streams) = '[1:1]'
    AND array_dims(p_event_ids) = '[1:1]'
    AND array_dims(p_event_types) = '[1:1]'
    AND array_dims(p_event_data) = '[1:1]'
    AND coalesce(array_dims(p_schema_versions), '[1:1]') = '[1:1]'
    AND coalesce(array_dims(p_metadata), '[1:1]') = '[1:1]'
    AND coalesce(array_dims(p_causation_ids), '[1:1]') = '[1:1]'
    AND coalesce(array_dims(p_correlation_ids), '[1:1]') = '[1:1]'
    AND coalesce(array_dims(p_user_ids), '[1:1]') = '[1:1]'
    AND p_event_streams[1] = 1
    AND get_byte(uuid_send(p_event_ids[1]), 6) & 240 = 112
    AND get_byte(uuid_send(p_event_ids[1]), 8) & 192 = 128
    AND {event_time}(p_event_ids[1]) - clock_timestamp() BETWEEN INTERVAL '-{late_days} days' AND INTERVAL '5 minutes'
    THEN
        -- RETURNING sets the marker: {mark_append}(), in line, once the stream is locked.
        IF p_expected_versions[1] > 0 THEN
            UPDATE {streams} AS s
               SET stream_version = s.stream_version + 1,
                   first_event_id = least(s.first_event_id, p_event_ids[1]),
                   last_event_id  = greatest(s.last_event_id, p_event_ids[1]),
                   updated_at     = clock_timestamp()
             WHERE s.stream_id = p_stream_ids[1]
               AND s.stream_version = p_expected_versions[1]
            RETURNING pg_advisory_xact_lock_shared(({tag}::bigint << 48) | CASE
                          WHEN nullif(current_setting('eventcore.marker_{tag}', TRUE), '')::bigint
                               BETWEEN 0 AND coalesce(pg_sequence_last_value({position_sequence:literal}), 0)
                          THEN current_setting('eventcore.marker_{tag}')::bigint
                          ELSE set_config('eventcore.marker_{tag}', CASE
                              WHEN nullif(current_setting('eventcore.checked_{tag}', TRUE), '')::bigint
                                   <= pg_sequence_last_value({position_sequence:literal})
                              THEN pg_sequence_last_value({position_sequence:literal})
                              ELSE {checked_position}()
                          END::text, TRUE)::bigint
                      END)::text
                 INTO v_done;
        ELSIF p_expected_versions[1] = 0 THEN
            INSERT INTO {streams} AS s (stream_id, stream_version, first_event_id, last_event_id, created_at, updated_at)
            VALUES (p_stream_ids[1], 1, p_event_ids[1], p_event_ids[1], clock_timestamp(), clock_timestamp())
            ON CONFLICT (stream_id) DO NOTHING
            RETURNING pg_advisory_xact_lock_shared(({tag}::bigint << 48) | CASE
                          WHEN nullif(current_setting('eventcore.marker_{tag}', TRUE), '')::bigint
                               BETWEEN 0 AND coalesce(pg_sequence_last_value({position_sequence:literal}), 0)
                          THEN current_setting('eventcore.marker_{tag}')::bigint
                          ELSE set_config('eventcore.marker_{tag}', CASE
                              WHEN nullif(current_setting('eventcore.checked_{tag}', TRUE), '')::bigint
                                   <= pg_sequence_last_value({position_sequence:literal})
                              THEN pg_sequence_last_value({position_sequence:literal})
                              ELSE {checked_position}()
                          END::text, TRUE)::bigint
                      END)::text
                 INTO v_done;
        END IF;

        IF v_done IS NOT NULL THEN
            INSERT INTO {events} AS e (
                event_id, global_position, stream_id, event_version, event_type, schema_version,
                event_data, metadata, causation_id, correlation_id, user_id, created_at
            )
            VALUES (
                p_event_ids[1], nextval({position_sequence:literal}), p_stream_ids[1], p_expected_versions[1] + 1,
                p_event_types[1], coalesce(p_schema_versions[1], 1), p_event_data[1], p_metadata[1],
                p_causation_ids[1], p_correlation_ids[1], p_user_ids[1], {event_time}(p_event_ids[1])
            )
            ON CONFLICT (event_id) DO NOTHING
            RETURNING ARRAY[0, e.event_version, e.global_position]
                 INTO v_result;

            IF v_result IS NOT NULL THEN
                RETURN v_result;
            ELSIF NOT EXISTS (SELECT FROM {events} AS e WHERE e.event_id = p_event_ids[1]) THEN
                RAISE EXCEPTION 'append: the log did not take the event'
                    USING ERRCODE = 'triggered_action_exception',
                          HINT = 'A trigger of the log returns NULL for its row; let it return NEW.';
            END IF;
        END IF;
    END IF;

    v_now          := clock_timestamp();
    v_oldest       := v_now - INTERVAL '{late_days} days';
    v_newest       := v_now + INTERVAL '5 minutes';
    v_stream_count := cardinality(p_stream_ids);
    v_event_count  := cardinality(p_event_ids);

    IF NOT coalesce(
            v_stream_count >= 1
        AND cardinality(p_expected_versions)                        = v_stream_count
        AND cardinality(p_event_streams)                            = v_event_count
        AND cardinality(p_event_types)                              = v_event_count
        AND cardinality(p_event_data)                               = v_event_count
        AND coalesce(cardinality(p_schema_versions), v_event_count) = v_event_count
        AND coalesce(cardinality(p_metadata),        v_event_count) = v_event_count
        AND coalesce(cardinality(p_causation_ids),   v_event_count) = v_event_count
        AND coalesce(cardinality(p_correlation_ids), v_event_count) = v_event_count
        AND coalesce(cardinality(p_user_ids),        v_event_count) = v_event_count
    , FALSE) THEN
        RAISE EXCEPTION 'append: the arrays do not belong together'
            USING ERRCODE = 'ES013',
                  HINT = 'Give one element per stream in p_stream_ids and p_expected_versions, and one per event in every other array.';
    END IF;

    -- The events as a whole: their ids, the least and greatest of them, and how many go to each
    -- stream. Set-based, since an expression a row would cost more than the rows themselves.
    v_ids := p_event_ids;
    IF array_position(v_ids, NULL) IS NOT NULL THEN
        v_ids := ARRAY(
            SELECT coalesce(e.event_id, {new_event_id}())
              FROM unnest(p_event_ids) WITH ORDINALITY AS e (event_id, place)
             ORDER BY e.place
        );
    END IF;

    SELECT bool_and((e.stream BETWEEN 1 AND v_stream_count) IS TRUE
                    AND get_byte(uuid_send(e.event_id), 6) & 240 = 112
                    AND get_byte(uuid_send(e.event_id), 8) & 192 = 128),
           min(e.event_id::text COLLATE "C")::uuid,
           max(e.event_id::text COLLATE "C")::uuid
      INTO v_fits, v_first_id, v_last_id
      FROM unnest(v_ids, p_event_streams) AS e (event_id, stream);

    IF NOT v_fits THEN
        FOR i IN 1 .. v_event_count LOOP
            IF p_event_streams[i] BETWEEN 1 AND v_stream_count IS NOT TRUE THEN
                RAISE EXCEPTION 'append: event % names stream %, but the call has % of them', i, p_event_streams[i], v_stream_count
                    USING ERRCODE = 'ES013',
                          HINT = 'Give in p_event_streams the place of the event''s stream in p_stream_ids, starting with 1.';
            END IF;
            v_bytes := uuid_send(v_ids[i]);
            IF get_byte(v_bytes, 6) & 240 <> 112 OR get_byte(v_bytes, 8) & 192 <> 128 THEN
                RAISE EXCEPTION 'append: event id % is not a UUIDv7', v_ids[i]
                    USING ERRCODE = 'ES012',
                          DETAIL = jsonb_build_object('event_id', v_ids[i], 'reason', 'version'),
                          HINT = 'Make event ids as version 7 UUIDs, or leave them NULL.';
            END IF;
        END LOOP;
    END IF;

    IF {event_time}(v_first_id) < v_oldest OR {event_time}(v_last_id) > v_newest THEN
        -- A late repetition of what was stored in time is still a replay.
        RETURN {append_outcome}(
            p_stream_ids, p_expected_versions, p_event_streams, v_ids, p_event_types, p_event_data, p_schema_versions,
            p_metadata, p_causation_ids, p_correlation_ids, p_user_ids, 0, NULL, v_oldest, v_newest);
    END IF;

    IF v_stream_count = 1 THEN
        v_order  := ARRAY[1];
        v_counts := ARRAY[v_event_count];
        v_firsts := ARRAY[v_first_id];
        v_lasts  := ARRAY[v_last_id];
    ELSE
        SELECT array_agg(s.place::integer ORDER BY s.stream_id COLLATE "C"),
               array_agg(coalesce(g.events, 0) ORDER BY s.place),
               array_agg(g.first_id ORDER BY s.place),
               array_agg(g.last_id ORDER BY s.place)
          INTO v_order, v_counts, v_firsts, v_lasts
          FROM unnest(p_stream_ids) WITH ORDINALITY AS s (stream_id, place)
          LEFT JOIN (
              SELECT e.stream,
                     count(*)                                AS events,
                     min(e.event_id::text COLLATE "C")::uuid AS first_id,
                     max(e.event_id::text COLLATE "C")::uuid AS last_id
                FROM unnest(v_ids, p_event_streams) AS e (event_id, stream)
               GROUP BY e.stream
          ) AS g ON g.stream = s.place;
    END IF;

    -- The streams: lock, check, and move those whose version is known.
    v_stream_versions := v_counts;
    v_late            := ARRAY[]::integer[];

    FOREACH v_stream IN ARRAY v_order LOOP
        v_stream_id := p_stream_ids[v_stream];
        v_expected  := p_expected_versions[v_stream];
        v_count     := v_counts[v_stream];

        IF v_stream_id IS NULL OR v_stream_id = v_previous_id OR v_expected BETWEEN -2 AND 1::bigint << 62 IS NOT TRUE THEN
            RAISE EXCEPTION 'append: stream % has no id, an id given twice, or no valid expected version', v_stream
                USING ERRCODE = 'ES013',
                      DETAIL = jsonb_build_object('stream', v_stream_id, 'expected', v_expected),
                      HINT = 'Name each stream once; expect a version of 1 or more, 0 (none), -1 (any) or -2 (exists).';
        END IF;
        v_previous_id := v_stream_id;

        LOOP
            IF v_count > 0 AND v_expected > 0 THEN
                UPDATE {streams} AS s
                   SET stream_version = v_expected + v_count,
                       first_event_id = least(s.first_event_id, v_firsts[v_stream]),
                       last_event_id  = greatest(s.last_event_id, v_lasts[v_stream]),
                       updated_at     = v_now
                 WHERE s.stream_id = v_stream_id
                   AND s.stream_version = v_expected;
                v_version := v_expected;
                EXIT WHEN FOUND;
            END IF;

            IF v_count > 0 THEN
                SELECT s.stream_version INTO v_version FROM {streams} AS s WHERE s.stream_id = v_stream_id FOR NO KEY UPDATE;
            ELSE
                SELECT s.stream_version INTO v_version FROM {streams} AS s WHERE s.stream_id = v_stream_id FOR SHARE;
            END IF;
            IF FOUND THEN
                IF v_count = 0 OR v_expected <= 0 OR v_version <> v_expected THEN
                    IF v_count > 0 THEN
                        v_late := v_late || v_stream;
                    END IF;
                    EXIT;
                END IF;
                -- A writer that we waited for brought the stream to the expected version: look again.
            ELSE
                v_version := 0;
                EXIT WHEN v_expected NOT IN (0, -1) OR (v_count = 0 AND v_expected = -1);

                INSERT INTO {streams} (stream_id, stream_version, first_event_id, last_event_id, created_at, updated_at)
                VALUES (v_stream_id, v_count, v_firsts[v_stream], v_lasts[v_stream], v_now, v_now)
                ON CONFLICT (stream_id) DO NOTHING;
                IF FOUND THEN
                    IF v_count = 0 THEN
                        DELETE FROM {streams} AS s WHERE s.stream_id = v_stream_id;
                    END IF;
                    EXIT;
                END IF;
                -- Somebody else created it: look again.
            END IF;

            v_looks := v_looks + 1;
            IF v_looks > 1000 THEN
                RAISE EXCEPTION 'append: the row of stream % can be neither created nor moved', v_stream_id
                    USING ERRCODE = 'triggered_action_exception',
                          HINT = 'A trigger of the table of streams returns NULL for it; let it return NEW.';
            END IF;
        END LOOP;

        IF NOT (CASE v_expected WHEN -1 THEN TRUE WHEN -2 THEN v_version > 0 ELSE v_version = v_expected END) THEN
            v_conflicts := coalesce(v_conflicts, '[]'::jsonb) || jsonb_build_object(
                'stream',   v_stream_id,
                'expected', CASE v_expected WHEN -2 THEN to_jsonb('exists'::text) ELSE to_jsonb(v_expected) END,
                'actual',   v_version);
        END IF;
        v_counts[v_stream]          := v_version;
        v_stream_versions[v_stream] := v_version + v_count;
    END LOOP;

    IF v_conflicts IS NOT NULL THEN
        RETURN {append_outcome}(
            p_stream_ids, p_expected_versions, p_event_streams, v_ids, p_event_types, p_event_data, p_schema_versions,
            p_metadata, p_causation_ids, p_correlation_ids, p_user_ids, 0, v_conflicts, v_oldest, v_newest);
    ELSIF v_event_count = 0 THEN
        RETURN 0::bigint || v_stream_versions;
    END IF;

    -- {mark_append}(), in line.
    v_done := pg_advisory_xact_lock_shared(({tag}::bigint << 48) | CASE
            WHEN nullif(current_setting('eventcore.marker_{tag}', TRUE), '')::bigint
                 BETWEEN 0 AND coalesce(pg_sequence_last_value({position_sequence:literal}), 0)
            THEN current_setting('eventcore.marker_{tag}')::bigint
            ELSE set_config('eventcore.marker_{tag}', CASE
                    WHEN nullif(current_setting('eventcore.checked_{tag}', TRUE), '')::bigint
                         <= pg_sequence_last_value({position_sequence:literal})
                    THEN pg_sequence_last_value({position_sequence:literal})
                    ELSE {checked_position}()
                END::text, TRUE)::bigint
        END)::text;

    -- v_counts holds by now the version of each stream before these events.
    WITH inserted AS (
        INSERT INTO {events} (
            event_id, global_position, stream_id, event_version, event_type, schema_version,
            event_data, metadata, causation_id, correlation_id, user_id, created_at
        )
        SELECT e.event_id,
               nextval({position_sequence:literal}),
               p_stream_ids[e.stream],
               v_counts[e.stream] + row_number() OVER (PARTITION BY e.stream ORDER BY e.place),
               e.event_type,
               coalesce(e.schema_version, 1),
               e.event_data,
               e.metadata,
               e.causation_id,
               e.correlation_id,
               e.user_id,
               {event_time}(e.event_id)
          FROM unnest(
                   v_ids, p_event_streams, p_event_types, p_schema_versions,
                   p_event_data, p_metadata, p_causation_ids, p_correlation_ids, p_user_ids
               ) WITH ORDINALITY AS e (
                   event_id, stream, event_type, schema_version,
                   event_data, metadata, causation_id, correlation_id, user_id, place
               )
         ORDER BY e.place
        ON CONFLICT (event_id) DO NOTHING
        RETURNING global_position
    )
    SELECT count(*), array_agg(i.global_position ORDER BY i.global_position)
      INTO v_count, v_positions
      FROM inserted AS i;

    IF v_count < v_event_count THEN
        RETURN {append_outcome}(
            p_stream_ids, p_expected_versions, p_event_streams, v_ids, p_event_types, p_event_data, p_schema_versions,
            p_metadata, p_causation_ids, p_correlation_ids, p_user_ids, v_count, NULL, v_oldest, v_newest);
    END IF;

    FOREACH v_stream IN ARRAY v_late LOOP
        UPDATE {streams} AS s
           SET stream_version = v_stream_versions[v_stream],
               first_event_id = least(s.first_event_id, v_firsts[v_stream]),
               last_event_id  = greatest(s.last_event_id, v_lasts[v_stream]),
               updated_at     = v_now
         WHERE s.stream_id = p_stream_ids[v_stream];
    END LOOP;

    RETURN 0::bigint || v_stream_versions || v_positions;
END;
