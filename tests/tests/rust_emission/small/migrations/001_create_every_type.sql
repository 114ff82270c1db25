-- Written by hand for the tests of the emitted Rust.
CREATE SCHEMA fixture;

CREATE TYPE fixture."Mood" AS ENUM ('sad', 'calm', 'glad');

CREATE TABLE fixture.every_type (
    id bigint NOT NULL PRIMARY KEY,
    small smallint,
    whole integer,
    big bigint,
    exact numeric,
    scaled numeric(12,3),
    single real,
    double double precision,
    flag boolean,
    words text COLLATE "C",
    short character varying(20),
    raw bytea,
    key uuid,
    day date,
    clock time without time zone,
    local timestamp without time zone,
    instant timestamp with time zone,
    span interval,
    document json,
    tree jsonb,
    host inet,
    transaction xid8,
    seats int4range,
    numbers int8range,
    prices numrange,
    calendar daterange,
    local_time tsrange,
    period tstzrange,
    small_list smallint[],
    whole_list integer[],
    big_list bigint[],
    exact_list numeric[],
    scaled_list numeric(12,3)[],
    single_list real[],
    double_list double precision[],
    flag_list boolean[],
    words_list text[],
    short_list character varying(20)[],
    raw_list bytea[],
    key_list uuid[],
    day_list date[],
    clock_list time without time zone[],
    local_list timestamp without time zone[],
    instant_list timestamp with time zone[],
    span_list interval[],
    document_list json[],
    tree_list jsonb[],
    host_list inet[],
    transaction_list xid8[],
    seats_list int4range[],
    numbers_list int8range[],
    prices_list numrange[],
    calendar_list daterange[],
    local_time_list tsrange[],
    period_list tstzrange[],
    mood fixture."Mood" NOT NULL DEFAULT 'calm',
    moods fixture."Mood"[] NOT NULL DEFAULT '{calm,glad}'
);

CREATE INDEX every_type_words_idx ON fixture.every_type (words COLLATE "C");

CREATE FUNCTION fixture.refuse(code text, detail text) RETURNS bigint
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'refused' USING ERRCODE = code, DETAIL = detail;
END;
$$;
