INSERT INTO event_streams (stream_id, stream_version, first_event_id, last_event_id)
VALUES ('order-1', 5, '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000005'),
       ('order-2', 0, NULL, NULL);

INSERT INTO the_log (global_position, event_id, stream_id, event_version, event_type, event_data, created_at,
                     causation_id, correlation_id, user_id, metadata)
SELECT e.n, e.event_id, 'order-1', e.n, 'order-1', '{}', event_time(e.event_id),
       CASE e.n WHEN 2 THEN uuid '01900000-0000-7000-8000-000000000001' END,
       CASE e.n WHEN 3 THEN uuid '01900000-0000-7000-8000-000000000001' END,
       CASE e.n WHEN 4 THEN 'order-1' END,
       CASE e.n WHEN 5 THEN jsonb '{}' END
  FROM (SELECT n, ('01900000-0000-7000-8000-00000000000' || n)::uuid FROM generate_series(1, 5) AS g (n)) AS e (n, event_id);

SELECT setval('events_position_seq', 5);
