-- 60,000 events over the last $MONTHS months, a month being 29 days here, in order of time. The stream `half` has every second
-- one, `tenth` every tenth, and some 3,000 others have 8 each. $EVENTS is the log's own table.
CREATE TEMPORARY TABLE planned AS
SELECT i,
       date_trunc('milliseconds', now() - make_interval(secs => (60000 - i) * ($MONTHS - 1) * 29 * 86400.0 / 60000)) AS at,
       CASE WHEN i % 2 = 0  THEN 'half'
            WHEN i % 10 = 1 THEN 'tenth'
            ELSE 'short-' || i / 20
       END COLLATE "C" AS stream_id
  FROM generate_series(1, 60000) AS i;

CREATE TEMPORARY TABLE versioned AS
SELECT i,
       at,
       stream_id,
       row_number() OVER (PARTITION BY stream_id ORDER BY i) AS event_version,
       overlay(overlay(overlay(md5(i::text)
           PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') FROM 1 FOR 12)
           PLACING '7' FROM 13)
           PLACING '8' FROM 17)::uuid AS event_id
  FROM planned;

ALTER TABLE event_streams SET (autovacuum_enabled = off);

INSERT INTO event_streams (stream_id, stream_version, first_event_id, last_event_id)
SELECT stream_id, max(event_version), min(event_id::text)::uuid, max(event_id::text)::uuid
  FROM versioned
 GROUP BY stream_id;

INSERT INTO $EVENTS (event_id, global_position, stream_id, event_version, event_type, event_data, created_at)
SELECT event_id, i, stream_id, event_version, 'Moved', jsonb_build_object('by', i, 'note', repeat('x', 120)), at
  FROM versioned
 ORDER BY i;

SELECT setval('events_position_seq', 60000);
