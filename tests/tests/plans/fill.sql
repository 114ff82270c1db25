-- 100,000 events over 36 months of UTC that end ten days before this month, with their stream rows: on every day of a
-- month the last leaf has its 20 days of rows. $EVENTS is the log's own table.
--
-- Streams: account-0 to 19 live all the time, cart-0 to 24 about six weeks each, all others some days.
-- Types: a rare one, a frequent one, some between. Every fifth event starts a chain of causes.
CREATE FUNCTION event_at(bigint) RETURNS uuid LANGUAGE sql STABLE AS
    'SELECT event_id FROM event_log WHERE global_position = $1';

CREATE FUNCTION log_end() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT max(created_at) FROM event_log';

CREATE TEMPORARY TABLE planned AS
WITH clock AS (
    SELECT (month - INTERVAL '36 months') AT TIME ZONE 'UTC' AS start, (month - INTERVAL '10 days') AT TIME ZONE 'UTC' AS "end"
      FROM date_trunc('month', now() AT TIME ZONE 'UTC') AS month
), numbered AS (
    SELECT i, date_trunc('milliseconds', c.start + (c."end" - c.start) * (i / 100000.0)) AS at
      FROM clock AS c CROSS JOIN generate_series(1, 100000) AS i
)
SELECT i,
       at,
       overlay(overlay(overlay(md5(i::text)
           PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') FROM 1 FOR 12)
           PLACING '7' FROM 13)
           PLACING '8' FROM 17)::uuid AS event_id,
       CASE WHEN i % 100 = 7  THEN 'account-' || i / 100 % 20
            WHEN i % 100 = 57 THEN 'cart-' || i / 4000
            ELSE 'order-' || i / 1000 || '-' || i % 50
       END COLLATE "C" AS stream_id
  FROM numbered;

CREATE TEMPORARY TABLE versioned AS
SELECT p.*,
       row_number() OVER (PARTITION BY stream_id ORDER BY i) AS event_version,
       lag(event_id) OVER (ORDER BY i) AS previous_id
  FROM planned AS p;

INSERT INTO event_streams (stream_id, stream_version, first_event_id, last_event_id, created_at, updated_at)
SELECT stream_id, max(event_version), min(event_id::text)::uuid, max(event_id::text)::uuid, min(at), max(at)
  FROM versioned
 GROUP BY stream_id;

INSERT INTO $EVENTS (
    event_id, global_position, stream_id, event_version, event_type,
    event_data, metadata, causation_id, correlation_id, user_id, created_at
)
SELECT event_id, i, stream_id, event_version,
       CASE WHEN i % 20000 = 7 THEN 'AccountClosed'
            WHEN i % 100 = 7   THEN 'AccountCharged'
            WHEN i % 3 = 0     THEN 'OrderPlaced'
            ELSE 'Type' || i % 17
       END,
       jsonb_build_object('order', i, 'customer', 'c-' || i % 1000),
       CASE WHEN i % 2 = 0 THEN jsonb_build_object('source', 'web', 'request', i) END,
       CASE WHEN i % 5 <> 0 THEN previous_id END,
       CASE WHEN i / 5 % 10 < 7 THEN md5('process ' || i / 5)::uuid END,
       CASE WHEN i % 10 < 8 THEN 'user-' || i % 499 END,
       at
  FROM versioned
 ORDER BY i;

SELECT setval('events_position_seq', 100000);
