CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
CREATE FUNCTION nothing() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;

CREATE TABLE orders (
    id        uuid PRIMARY KEY,
    customer  text NOT NULL,
    note      text,
    total     integer NOT NULL DEFAULT 0,
    placed_at timestamptz NOT NULL,
    document  jsonb,
    source    json
);

CREATE TABLE log (
    id       uuid PRIMARY KEY,
    position bigint NOT NULL,
    at       timestamptz NOT NULL,
    remark   text
) PARTITION BY RANGE (id);

CREATE TABLE filled (n integer) PARTITION BY RANGE (n);
CREATE TABLE filled_one PARTITION OF filled FOR VALUES FROM (1) TO (2);
CREATE TABLE filled_default PARTITION OF filled DEFAULT;

CREATE TABLE numbers (n integer PRIMARY KEY);
