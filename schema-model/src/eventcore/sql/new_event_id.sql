-- A UUIDv7 of this moment, the same on every server version: the milliseconds of the clock over
-- the first six bytes of a random UUID, and its version 4 (0100) turned into 7 (0111).
SELECT encode(
    set_bit(
        set_bit(
            overlay(
                uuid_send(gen_random_uuid())
                PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6
            ),
            52, 1
        ),
        53, 1
    ),
    'hex'
)::uuid
