-- Checks what append_events guarantees against what is stored: one row for each finding, none if
-- all is well. One statement, hence one snapshot, so that it may run beside writers. It reads the
-- whole log and sorts it by stream.
--
-- Retention removes the oldest events: a stream may begin above version 1, or have no events, where
-- its row says so. An event below that version may be left, if a later one had an older id.
WITH log AS (
    SELECT e.event_id, e.global_position, e.stream_id, e.event_version, e.created_at,
           lag(e.event_version)   OVER stream AS previous_version,
           lag(e.global_position) OVER stream AS previous_position,
           lag(e.global_position) OVER (ORDER BY e.global_position) AS neighbour_position
      FROM {events} AS e
    WINDOW stream AS (PARTITION BY e.stream_id ORDER BY e.event_version, e.global_position)
), streams AS (
    SELECT coalesce(s.stream_id, e.stream_id) AS stream_id,
           s.stream_version, s.first_version, s.first_event_id, s.last_event_id,
           e.least_version, e.greatest_version, e.least_id, e.greatest_id
      FROM {streams} AS s
      FULL JOIN (
          SELECT l.stream_id,
                 min(l.event_version) AS least_version,
                 max(l.event_version) AS greatest_version,
                 (min(l.event_id::text))::uuid AS least_id,
                 (max(l.event_id::text))::uuid AS greatest_id
            FROM log AS l
           GROUP BY l.stream_id
      ) AS e ON e.stream_id = s.stream_id
)
SELECT 'version gap', l.stream_id, l.event_id, l.global_position,
       format('version %s follows version %s', l.event_version, l.previous_version)
  FROM log AS l
  LEFT JOIN streams AS s ON s.stream_id = l.stream_id
 WHERE l.event_version <> l.previous_version + 1
   AND l.event_version > coalesce(s.first_version, 1)
UNION ALL
SELECT 'position order', l.stream_id, l.event_id, l.global_position,
       format('version %s has a position below %s, that of the version before', l.event_version, l.previous_position)
  FROM log AS l
 WHERE l.global_position < l.previous_position
UNION ALL
SELECT 'position twice', l.stream_id, l.event_id, l.global_position, 'another event has the same position'
  FROM log AS l
 WHERE l.global_position = l.neighbour_position
UNION ALL
SELECT 'event id', l.stream_id, l.event_id, l.global_position, 'not a UUIDv7'
  FROM log AS l
 WHERE get_byte(uuid_send(l.event_id), 6) & 240 <> 112
    OR get_byte(uuid_send(l.event_id), 8) & 192 <> 128
UNION ALL
SELECT 'created_at', l.stream_id, l.event_id, l.global_position,
       format('%s, but the time inside the event id is %s', l.created_at, {event_time}(l.event_id))
  FROM log AS l
 WHERE l.created_at <> {event_time}(l.event_id)
UNION ALL
SELECT 'position ahead', l.stream_id, l.event_id, l.global_position, 'the sequence has not come so far'
  FROM log AS l
 WHERE l.global_position > (SELECT {last_position}())
UNION ALL
SELECT 'no stream row', s.stream_id, s.greatest_id, NULL, format('events up to version %s', s.greatest_version)
  FROM streams AS s
 WHERE s.stream_version IS NULL
UNION ALL
SELECT 'stream version', s.stream_id, s.last_event_id, NULL,
       format('the stream row says %s, its last event %s', s.stream_version, greatest(s.greatest_version, s.first_version - 1))
  FROM streams AS s
 WHERE s.stream_version <> greatest(s.greatest_version, s.first_version - 1)
UNION ALL
SELECT 'first version', s.stream_id, s.least_id, NULL,
       format('the stream begins with version %s, its row says %s', s.least_version, s.first_version)
  FROM streams AS s
 WHERE s.least_version > s.first_version
UNION ALL
SELECT 'stream bounds', s.stream_id, s.least_id, NULL,
       format('events from %s to %s, but the stream row says %s to %s', s.least_id, s.greatest_id, s.first_event_id, s.last_event_id)
  FROM streams AS s
 WHERE s.stream_version IS NOT NULL
   AND (s.least_id < s.first_event_id AND s.least_version >= s.first_version OR s.greatest_id > s.last_event_id
        OR s.least_id IS NOT NULL AND (s.first_event_id IS NULL OR s.last_event_id IS NULL))
