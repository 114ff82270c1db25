-- Who holds the feed back: each open transaction with a marker, the one in front first.
--
-- positions_behind counts the positions above its marker: an upper bound of the events that wait.
-- Session columns are NULL for a prepared transaction, and, but for the age, for a caller who may
-- not see other sessions' queries.
SELECT m.marker                                                                        AS position,
       {last_position}() - m.marker                                                    AS positions_behind,
       m.pid,
       a.usename::text                                                                 AS user_name,
       a.application_name,
       a.state,
       a.xact_start                                                                    AS started_at,
       clock_timestamp() - a.xact_start                                                AS age
  FROM (
           SELECT ((l.classid::bigint & 65535) << 32) | l.objid::bigint AS marker, l.pid
             FROM pg_locks AS l
            WHERE l.locktype = 'advisory'
              AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
              AND l.classid::bigint >> 16 = {tag}
              AND l.objsubid = 1
              AND l.mode = 'ShareLock'
              AND l.granted
       ) AS m
  LEFT JOIN pg_stat_activity AS a ON a.pid = m.pid
 ORDER BY m.marker, a.xact_start, m.pid
