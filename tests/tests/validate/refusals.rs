//! What the rules say can never work: that the server refuses it too.

use eventcore_schema_model::validate::Code;
use eventcore_tests::TestDatabase;

const TABLES: &str = include_str!("server/tables.sql");

/// What the model refuses, as SQL, with the SQLSTATE of the server's refusal (which of two, where versions
/// differ).
#[rustfmt::skip] // a refusal a line
const REFUSED: &[(Code, &str, &str)] = {
    use Code::*;
    &[
        (SM001, "42601", r#"CREATE TABLE "" (id uuid)"#),
        (SM003, "42P07", "CREATE VIEW orders AS SELECT 1 AS one"),
        (SM003, "42P07", "CREATE TABLE orders_pkey (id uuid)"),
        (SM004, "42701", "CREATE TABLE t (id uuid, id uuid)"),
        (SM004, "42701", "CREATE TRIGGER t BEFORE UPDATE OF note, note ON orders EXECUTE FUNCTION refuse()"),
        (SM004, "42701", "CREATE VIEW v AS SELECT 1 AS one, 2 AS one"),
        (SM004, "42830", "ALTER TABLE orders ADD FOREIGN KEY (id, id) REFERENCES orders (id, id)"),
        (SM004, "42710", "CREATE TABLE t (n int, CONSTRAINT c CHECK (n > 0), CONSTRAINT c CHECK (n > 1))"),
        (SM008, "42703", "ALTER TABLE orders ADD CHECK (totals > 0)"),
        (SM014, "0A000", "ALTER TABLE log ADD UNIQUE (position)"),
        (SM014, "0A000", "CREATE UNIQUE INDEX ON log (remark)"),
        (SM014, "0A000", "CREATE TABLE events (stream_id text, event_version bigint, created_at timestamptz, \
                          UNIQUE (stream_id, event_version)) PARTITION BY RANGE (created_at)"),
        (SM015, "42P16", "ALTER TABLE orders ADD PRIMARY KEY (customer)"),
        (SM017, "42P17", "CREATE INDEX ON orders (note) WHERE placed_at > now()"),
        (SM017, "42P17", "CREATE INDEX ON orders (CAST(placed_at AS date))"),
        (SM017, "42P17", "ALTER TABLE orders ADD d date GENERATED ALWAYS AS (CAST(placed_at AS date)) STORED"),
        (SM017, "42P17", "CREATE INDEX ON orders (CAST(note AS timestamptz))"),
        (SM017, "42P17", "CREATE INDEX ON orders ((placed_at + INTERVAL '1 day'))"),
        (SM019, "22003", "CREATE TABLE t (n smallint DEFAULT 32768); INSERT INTO t DEFAULT VALUES"),
        (SM019, "22P02", "CREATE TABLE t (id uuid DEFAULT 'none')"),
        (SM019, "22P02", "CREATE TABLE t (d jsonb DEFAULT '{')"),
        (SM019, "22001", "CREATE TABLE t (v varchar(3) DEFAULT 'long'); INSERT INTO t DEFAULT VALUES"),
        (SM019, "42804", "CREATE TABLE t (n int DEFAULT now())"),
        (SM020, "42804", "ALTER TABLE orders ADD CHECK (total)"),
        (SM020, "42804", "CREATE INDEX ON orders (note) WHERE note"),
        (SM020, "22P02", "ALTER TABLE orders ADD CHECK ('maybe')"),
        (SM020, "22P02", "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW WHEN ('banana') EXECUTE \
                          FUNCTION refuse()"),
        (SM021, "22P02", "ALTER TABLE orders ADD CHECK (NOT 'maybe')"),
        (SM021, "22P02", "ALTER TABLE orders ADD CHECK ('one' IN (1, 2))"),
        (SM021, "42725", "ALTER TABLE orders ADD CHECK ('1' + '2' > 2)"),
        (SM021, "42725", "ALTER TABLE orders ADD CHECK ('{}' @> '{}')"),
        (SM021, "42725", "ALTER TABLE orders ADD CHECK ('{}' ->> 'a' = 'b')"),
        (SM021, "42883", "ALTER TABLE orders ADD CHECK (total = note)"),
        (SM021, "42883", "ALTER TABLE orders ADD CHECK (source @> '{}'::jsonb)"),
        (SM021, "42883", "ALTER TABLE orders ADD CHECK (lower(total) = 'a')"),
        (SM021, "42846", "ALTER TABLE orders ADD CHECK (CAST(id AS bigint) > 0)"),
        (SM022, "0A000", "ALTER TABLE orders ADD extra int DEFAULT (total)"),
        (SM022, "42704", "CREATE INDEX ON orders (('one'))"),
        (SM022, "42704", "CREATE INDEX ON orders ((NULL))"),
        (SM023, "42804", "ALTER TABLE orders ADD FOREIGN KEY (total) REFERENCES orders (id)"),
        (SM023, "42830", "ALTER TABLE orders ADD FOREIGN KEY (id, total) REFERENCES orders (id)"),
        (SM023, "42804", "CREATE TABLE t (n numeric REFERENCES numbers (n))"),
        (SM023, "42804", "CREATE TABLE t (n real REFERENCES numbers (n))"),
        (SM019, "22P02", "CREATE TYPE pair AS (a int, b text); CREATE TABLE t (p pair DEFAULT '(1)')"),
        (SM139, "42P10", "INSERT INTO orders SELECT * FROM orders ON CONFLICT (note) DO NOTHING"),
        (SM139, "42P10", "CREATE UNIQUE INDEX ON orders (note) WHERE total > 0; \
                          INSERT INTO orders SELECT * FROM orders ON CONFLICT (note) DO NOTHING"),
        (SM139, "42704", "INSERT INTO orders SELECT * FROM orders ON CONFLICT ON CONSTRAINT orders_key DO NOTHING"),
        (SM150, "42601", "CREATE TABLE t (n int, g int GENERATED ALWAYS AS (n) STORED REFERENCES numbers (n) \
                          ON DELETE SET NULL)"),
        (SM150, "42601", "CREATE TABLE t (n int, g int GENERATED ALWAYS AS (n) STORED REFERENCES numbers (n) \
                          ON UPDATE CASCADE)"),
        (SM150, "23502", "CREATE TABLE p (n int PRIMARY KEY); CREATE TABLE c (n int NOT NULL REFERENCES p ON DELETE SET DEFAULT); \
                          INSERT INTO p VALUES (1); INSERT INTO c VALUES (1); DELETE FROM p"),
        (SM150, "23502", "CREATE DOMAIN d AS int NOT NULL; CREATE TABLE p (n int PRIMARY KEY); \
                          CREATE TABLE c (n d REFERENCES p ON UPDATE SET NULL); \
                          INSERT INTO p VALUES (1); INSERT INTO c VALUES (1); UPDATE p SET n = 2"),
        (SM150, "428C9", "CREATE TABLE p (n int PRIMARY KEY); INSERT INTO p VALUES (1); \
                          CREATE TABLE c (n int GENERATED ALWAYS AS IDENTITY REFERENCES p ON UPDATE CASCADE); \
                          INSERT INTO c DEFAULT VALUES; UPDATE p SET n = 2"),
        (SM024, "42830", "ALTER TABLE orders ADD FOREIGN KEY (total) REFERENCES orders (total)"),
        (SM024, "42830", "CREATE TABLE t (n int, m int REFERENCES t (n)); CREATE UNIQUE INDEX ON t (n)"),
        (SM058, "42P01", "CREATE TABLE t (n int PRIMARY KEY REFERENCES u); \
                          CREATE TABLE u (n int PRIMARY KEY REFERENCES t)"),
        (SM027, "42704", "CREATE INDEX ON orders USING gin (note gin_trgm_ops)"),
        (SM027, "42704", "CREATE INDEX ON orders (document jsonb_path_ops)"),
        (SM028, "42804", "CREATE INDEX ON orders (note uuid_ops)"),
        (SM029, "42704", "CREATE INDEX ON orders (source)"),
        (SM029, "42704", "ALTER TABLE orders ADD UNIQUE (source)"),
        (SM029, "42704", "CREATE INDEX ON orders USING gin (note)"),
        (SM029, "42704", "CREATE INDEX ON orders USING brin (document)"),
        (SM030, "42804", r#"CREATE TABLE t (n int COLLATE "C")"#),
        (SM030, "42804", r#"CREATE INDEX ON orders (total COLLATE "C")"#),
        (SM031, "0A000", "CREATE INDEX ON orders USING brin (placed_at DESC)"),
        (SM031, "0A000", "CREATE UNIQUE INDEX ON orders USING hash (note)"),
        (SM031, "0A000", "CREATE INDEX ON orders USING hash (note, customer)"),
        (SM031, "0A000", "CREATE INDEX ON orders USING gin (document) INCLUDE (note)"),
        (SM032, "22023", "CREATE TABLE t (v text GENERATED ALWAYS AS IDENTITY)"),
        (SM032, "42601", "CREATE TABLE t (n bigint DEFAULT 1 GENERATED ALWAYS AS IDENTITY)"),
        (SM034, "42601", "CREATE TABLE t (n int, g int DEFAULT 1 GENERATED ALWAYS AS (n) STORED)"),
        (SM034, "42P17", "CREATE TABLE t (n int, g int GENERATED ALWAYS AS (n) STORED, \
                          h int GENERATED ALWAYS AS (g) STORED)"),
        (SM036, "55000", "ALTER TABLE filled DETACH PARTITION filled_one CONCURRENTLY"),
        (SM037, "42P17", "CREATE TABLE t (n int, g int GENERATED ALWAYS AS (n) STORED) PARTITION BY RANGE (g)"),
        (SM037, "42704", "CREATE TABLE t (d json) PARTITION BY RANGE (d)"),
        (SM037, "22P02", "CREATE TABLE log_x PARTITION OF log FOR VALUES FROM ('2026-01-01 00:00+00') TO \
                          ('2026-02-01 00:00+00')"),
        (SM038, "23514", "CREATE TABLE t (n int) PARTITION BY RANGE (n); CREATE TABLE t_all PARTITION OF t FOR \
                          VALUES FROM (MINVALUE) TO (MAXVALUE); INSERT INTO t VALUES (NULL)"),
        (SM039, "42809 or 22023", "CREATE TABLE t (n int) PARTITION BY RANGE (n) WITH (fillfactor = 90)"),
        (SM045, "22023", "CREATE SEQUENCE s INCREMENT 0"),
        (SM045, "22023", "CREATE SEQUENCE s START 11 MAXVALUE 10"),
        (SM046, "0A000", "CREATE TRIGGER t BEFORE TRUNCATE ON orders FOR EACH ROW EXECUTE FUNCTION refuse()"),
        (SM046, "42P17", "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW WHEN (OLD.total > 0) EXECUTE \
                          FUNCTION refuse()"),
        (SM046, "42P17", "CREATE TRIGGER t BEFORE DELETE ON orders FOR EACH ROW WHEN (NEW.total > 0) EXECUTE \
                          FUNCTION refuse()"),
        (SM046, "42P17", "CREATE TRIGGER t BEFORE INSERT ON orders WHEN (NEW.total > 0) EXECUTE FUNCTION refuse()"),
        (SM048, "42P17", "CREATE TRIGGER t BEFORE INSERT ON orders EXECUTE FUNCTION nothing()"),
        (SM048, "42P13", "CREATE FUNCTION f(a text) RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'"),
        (SM048, "42P13", "CREATE FUNCTION f() RETURNS trigger LANGUAGE sql AS 'SELECT 1'"),
        (SM049, "42P13", "CREATE FUNCTION f(a int DEFAULT 1, b int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        (SM053, "42P18", "PREPARE p AS SELECT $2::int"),
        (SM059, "0LP01", "GRANT EXECUTE ON TABLE orders TO CURRENT_USER"),
        (SM060, "42601", "CREATE INDEX ON orders ()"),
        (SM061, "22023", "ALTER TABLE orders SET (filfactor = 90)"),
        (SM061, "22023", "ALTER TABLE orders SET (fillfactor = 5)"),
        (SM061, "22023", "CREATE INDEX ON orders (note) WITH (pages_per_range = 32)"),
        (SM061, "22023", "ALTER TABLE orders SET (autovacuum_enabled = maybe)"),
        (SM061, "22023", "ALTER TABLE orders SET (parallel_workers = 1025)"),
        (SM061, "22023", "ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 100.5)"),
        (SM061, "22023", "ALTER TABLE orders SET (toast.fillfactor = 70)"),
        (SM061, "22023", "CREATE INDEX ON orders (note) WITH (deduplicate_items = auto)"),
        (SM061, "22023", "CREATE INDEX ON orders USING brin (placed_at) WITH (pages_per_range = 0)"),
        (SM062, "42939", r#"GRANT SELECT ON TABLE orders TO "none""#),
        (SM062, "42701", "CREATE TABLE t (ctid int)"),
        (SM062, "42939", "CREATE SCHEMA pg_shop"),
        (SM063, "22023", "CREATE TABLE t (v varchar(0))"),
        (SM063, "22023", "CREATE TABLE t (n numeric(1001, 0))"),
        (SM065, "54011", "DO $$ BEGIN EXECUTE 'CREATE TABLE t (' || (SELECT string_agg(format('c%s int', n), ', ') \
                          FROM generate_series(1, 1601) AS n) || ')'; END $$"),
        (SM065, "54023", "DO $$ BEGIN EXECUTE 'CREATE FUNCTION f(' || (SELECT string_agg('int', ', ') \
                          FROM generate_series(1, 101)) || ') RETURNS int LANGUAGE sql AS $q$SELECT 1$q$'; END $$"),
        (SM065, "54011", "CREATE INDEX ON orders (total, total, total, total, total, total, total, total, total, total, \
                          total, total, total, total, total, total, total, total, total, total, total, total, total, \
                          total, total, total, total, total, total, total, total, total, total)"),
        (SM100, "42P16", "CREATE TABLE t (n int) PARTITION BY RANGE (n); CREATE TABLE u PARTITION OF t FOR VALUES IN (1)"),
        (SM100, "42P16", "CREATE TABLE t (n int, m int) PARTITION BY RANGE (n, m); \
                          CREATE TABLE u PARTITION OF t FOR VALUES FROM (1) TO (2)"),
        (SM100, "22P02", "CREATE TABLE t (n int) PARTITION BY RANGE (n); \
                          CREATE TABLE u PARTITION OF t FOR VALUES FROM ('one') TO ('two')"),
        (SM100, "22001", "CREATE TABLE t (v varchar(4)) PARTITION BY LIST (v); CREATE TABLE u PARTITION OF t FOR VALUES \
                          IN ('abcde')"),
        (SM100, "42804", "CREATE TABLE t (n int, m int) PARTITION BY RANGE (n, m); \
                          CREATE TABLE u PARTITION OF t FOR VALUES FROM (MINVALUE, 1) TO (2, 2)"),
        (SM100, "42P17", "CREATE TABLE t (n int) PARTITION BY RANGE (n); \
                          CREATE TABLE u PARTITION OF t FOR VALUES FROM (NULL) TO (2)"),
        (SM100, "42P16", "CREATE TABLE t (n int) PARTITION BY HASH (n); \
                          CREATE TABLE u PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 2)"),
        (SM100, "42P16", "CREATE TABLE t (n int) PARTITION BY HASH (n); CREATE TABLE u PARTITION OF t DEFAULT"),
        (SM101, "42P17", "CREATE TABLE t (n int) PARTITION BY RANGE (n); \
                          CREATE TABLE u PARTITION OF t FOR VALUES FROM (5) TO (5)"),
        (SM101, "42P17", "CREATE TABLE t (n int) PARTITION BY LIST (n); CREATE TABLE u PARTITION OF t FOR VALUES IN (1); \
                          CREATE TABLE w PARTITION OF t FOR VALUES IN (2, 1)"),
        (SM101, "42P17", "CREATE TABLE t (n int) PARTITION BY LIST (n); CREATE TABLE u PARTITION OF t DEFAULT; \
                          CREATE TABLE w PARTITION OF t DEFAULT"),
        (SM101, "42P17", "CREATE TABLE t (n int) PARTITION BY HASH (n); \
                          CREATE TABLE u PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0); \
                          CREATE TABLE w PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER 1)"),
    ]
};

#[tokio::test]
async fn what_the_rules_refuse_the_server_refuses_too() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    client.batch_execute(TABLES).await.unwrap();
    let mut wrong = Vec::new();
    for (code, state, sql) in REFUSED {
        let found = match client.batch_execute(sql).await {
            Ok(()) => "accepted".to_owned(),
            Err(error) => match error.as_db_error() {
                Some(error) if state.contains(error.code().code()) => continue,
                Some(error) => format!("{} {}", error.code().code(), error.message()),
                None => error.to_string(),
            },
        };
        wrong.push(format!("{code}: {sql}\n  expected {state}, got {found}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
