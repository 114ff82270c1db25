INSERT INTO event_streams (stream_id, stream_version, first_event_id, last_event_id)
VALUES ('order-9', 3, '01900000-0000-7000-8000-000000000009', '01900000-0000-7000-8000-000000000009');
