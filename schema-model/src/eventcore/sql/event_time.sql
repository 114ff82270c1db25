-- The time inside a UUIDv7, to the millisecond. NULL for NULL; of other UUIDs it means nothing.
SELECT to_timestamp(('x' || encode(substring(uuid_send(p_event_id) FROM 1 FOR 6), 'hex'))::bit(48)::bigint / 1000.0::float8)
