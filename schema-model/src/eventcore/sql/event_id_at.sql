-- The least UUID of a time: ids made at or after it are not below, ids made before it are. What
-- turns a range of time into a range of event ids, which prunes partitions.
-- Immutable, because the time goes through UTC: extract(epoch FROM timestamptz) is only STABLE.
-- Times outside the 48 bits, infinity among them, become the nearest id there is.
SELECT rpad(
           lpad(
               to_hex(least(greatest(ceil(extract(epoch FROM p_time AT TIME ZONE 'UTC') * 1000), 0), 281474976710655)::bigint),
               12, '0'
           ),
           32, '0'
       )::uuid
