//! `--dry-run` and `status`: what is pending as this database would see it, with nothing changed.

use eventcore_migrate::Migrator;
use eventcore_tests::{TestDatabase, catalog};
use tokio_postgres::NoTls;

use crate::fixture::{Files, Log, fails, run, run_sql};

const LOG: &str = "CREATE TABLE log (n int) PARTITION BY LIST (n);\n\
    CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);\n\
    CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);\n";
const LEAVES: &str = "-- no-transaction
-- Timeouts: lock 3 s, statement none.
-- Needs: table public.log is there

SELECT format('CREATE INDEX CONCURRENTLY ON %s (n)', inhrelid::regclass)
  FROM pg_inherits WHERE inhparent = 'public.log'::regclass ORDER BY 1
\\gexec
ANALYZE log;
";
const NOTE: &str = "-- no-transaction\n-- If interrupted: SELECT 'cleared';\n\nVACUUM log;\n";

const STEPS: [(&str, &str); 3] = [
    ("001_log.sql", LOG),
    ("002_leaves.sql", LEAVES),
    ("003_note.sql", NOTE),
];

/// What `--dry-run` shows.
async fn dry_run(files: &Files, db: &TestDatabase<'_>) -> String {
    let run = files.migrator().dry_run(&db.config(), NoTls).await;
    run.unwrap().to_string()
}

/// What `status` shows.
pub(crate) async fn status(migrator: Migrator, db: &TestDatabase<'_>) -> String {
    let status = migrator.status(&db.config(), NoTls).await;
    status.unwrap().to_string()
}

#[tokio::test]
async fn a_dry_run_shows_the_statements_of_this_database_and_changes_nothing() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&STEPS);
    let empty = catalog::describe(&client, &[]).await;
    let shown = dry_run(&files, &db).await;
    assert_eq!(catalog::describe(&client, &[]).await, empty);
    assert_eq!(
        shown,
        "-- 001_log.sql: one transaction
CREATE TABLE log (n int) PARTITION BY LIST (n);
CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);

-- 002_leaves.sql: statements that the catalog gives, each outside of a transaction
-- lock_timeout 3 s
-- statement_timeout none
-- cannot be asked before the migrations before it are applied: relation \"public.log\" does not exist (42P01)
SELECT format('CREATE INDEX CONCURRENTLY ON %s (n)', inhrelid::regclass)
  FROM pg_inherits WHERE inhparent = 'public.log'::regclass ORDER BY 1
\\gexec
ANALYZE log;

-- 003_note.sql: one statement outside of a transaction
VACUUM log;
"
    );

    Files::new(&[("001_log.sql", LOG)]).applies(&db).await;
    let before = catalog::describe(&client, &[]).await;
    let shown = dry_run(&files, &db).await;
    assert_eq!(catalog::describe(&client, &[]).await, before);
    assert!(
        shown.starts_with(
            "-- 002_leaves.sql: statements that the catalog gives, each outside of a transaction
-- lock_timeout 3 s
-- statement_timeout none
CREATE INDEX CONCURRENTLY ON log_1 (n);
CREATE INDEX CONCURRENTLY ON log_2 (n);
ANALYZE log;
"
        ),
        "{shown}"
    );

    files.applies(&db).await;
    run_sql(
        &client,
        "UPDATE eventcore_migrations SET finished_at = NULL WHERE version = 3",
    )
    .await;
    let shown = dry_run(&files, &db).await;
    assert_eq!(
        shown,
        "-- 003_note.sql: one statement outside of a transaction, started by an earlier run\n\
         -- first clears away: SELECT 'cleared'\nVACUUM log;\n"
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_refused() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[(
        "001_b.sql",
        "-- Needs: table public.a is there\n\nCREATE TABLE b ();\n",
    )]);
    let shown = dry_run(&files, &db).await;
    assert_eq!(
        shown,
        "-- 001_b.sql: one transaction\n-- refused as things are, because this does not hold: table public.a is there\n\
         CREATE TABLE b ();\n"
    );
}

#[tokio::test]
async fn the_status_is_a_table_and_refuses_nothing() {
    let db = TestDatabase::create().await;
    let files = Files::new(&STEPS);
    assert_eq!(
        status(files.migrator(), &db).await,
        "001  log     pending  -\n002  leaves  pending  -\n003  note    pending  -\n"
    );
    files.applies(&db).await;
    let client = db.connect().await;
    run_sql(
        &client,
        "UPDATE eventcore_migrations SET started_at = '2026-01-31 12:00+00', finished_at = '2026-01-31 12:30+00';
         UPDATE eventcore_migrations SET finished_at = NULL WHERE version = 3;
         INSERT INTO eventcore_migrations VALUES (1234, 'far', '', '2026-01-31 12:00+00', '2026-01-31 12:30+00');",
    )
    .await;
    files.put("001_log.sql", "SELECT 1;\n");
    files.put("004_next.sql", "SELECT 1;\n");
    assert_eq!(
        status(files.migrator(), &db).await,
        "001   log     changed               2026-01-31 12:30:00 UTC\n\
         002   leaves  applied               2026-01-31 12:30:00 UTC\n\
         003   note    unfinished            2026-01-31 12:00:00 UTC\n\
         004   next    pending               -\n\
         1234  far     unknown to the files  2026-01-31 12:30:00 UTC\n"
    );
}

#[tokio::test]
async fn the_status_names_the_objects_that_are_not_as_the_last_run_left_them() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[(
        "001_shop.sql",
        "CREATE TABLE orders (n int, note text);\n\
         CREATE TABLE \"Odd.Name\" (n int);\n\
         CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';\n",
    )]);
    let migrator = || {
        let names = ["public.orders", "public.Odd.Name", "public.two"];
        files.migrator().objects(names.map(str::to_owned))
    };
    let verdict = async || {
        let status = status(migrator(), &db).await;
        let lines = status
            .lines()
            .skip_while(|line| !line.starts_with("catalog"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let nothing = "catalog: not compared, since no run has ended since the newest migration began";
    assert_eq!(verdict().await, nothing);
    run(migrator(), db.config()).await;
    assert_eq!(
        verdict().await,
        "catalog: as the last run left it (3 objects)"
    );

    // An object that the definition gives up, in a migration that is still to come, is as it was.
    let fewer = files.migrator().objects(["public.orders".to_owned()]);
    assert!(
        status(fewer, &db)
            .await
            .contains("catalog: as the last run left it (3 objects)")
    );

    // Rows, and what is not the store's, are nobody's business here.
    run_sql(
        &client,
        "INSERT INTO orders VALUES (1); CREATE TABLE another (n int)",
    )
    .await;
    assert_eq!(
        verdict().await,
        "catalog: as the last run left it (3 objects)"
    );

    run_sql(
        &client,
        "CREATE INDEX orders_n_idx ON orders (n); ALTER TABLE orders ALTER n SET NOT NULL; DROP FUNCTION two();
         ALTER TABLE \"Odd.Name\" ADD CHECK (n > 0);",
    )
    .await;
    let differs = verdict().await;
    for line in [
        "  public.Odd.Name",
        "    + constraint public.\"Odd.Name\" \"Odd.Name_n_check\" CHECK ((n > 0)) validated=t local=t inherited=0 comment=",
        "  public.orders",
        "    + index public.orders CREATE INDEX orders_n_idx ON public.orders USING btree (n) valid=t clustered=f replica=f parent= comment=",
        "  public.two",
    ] {
        assert!(
            differs.lines().any(|one| one == line),
            "no `{line}` in:\n{differs}"
        );
    }
    let column = "    - column public.orders 0001 n integer";
    assert!(differs.contains(column), "{differs}");
    assert!(differs.contains("    - function public.two()"), "{differs}");

    // Neither a run that applies nothing hides anything, nor one that applies something else.
    let (_, log) = run(migrator(), db.config()).await;
    log.says("Drifted { object: \"public.orders\" }");
    assert_eq!(verdict().await, differs);
    files.put("002_note.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    let pending = verdict().await;
    let help = pending.strip_prefix(&differs).unwrap_or_default();
    assert!(
        help.contains("record that with `--baseline VERSION`"),
        "{pending}"
    );
    let (_, log) = run(migrator(), db.config()).await;
    log.says("Drifted { object: \"public.orders\" }")
        .says("Drifted { object: \"public.two\" }");
    assert_eq!(verdict().await, differs);
    // What is put back is no drift, and the rest is accepted.
    run_sql(&client, "DROP INDEX orders_n_idx").await;
    let fewer = verdict().await;
    let is_less = !fewer.contains("orders_n_idx") && fewer.contains("- column public.orders 0001");
    assert!(is_less, "{fewer}");
    let (_, log) = run(migrator().accept_drift(true), db.config()).await;
    assert_eq!(log.count("Drifted"), 0);
    assert_eq!(
        verdict().await,
        "catalog: as the last run left it (2 objects)"
    );

    // A run that began and did not end left nothing to compare with.
    run_sql(
        &client,
        "INSERT INTO eventcore_migrations (version, name, checksum) VALUES (3, 'begun', '')",
    )
    .await;
    assert_eq!(verdict().await, nothing);
}

/// What was changed by hand stays drift, and nothing but that, whatever migrations do to the same objects.
#[tokio::test]
async fn a_run_that_changes_an_object_hides_no_change_by_hand() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[(
        "001_orders.sql",
        "CREATE TABLE orders (n int NOT NULL, note text, extra int);
         CREATE VIEW seen AS SELECT n FROM orders;
         CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';\n",
    )]);
    let names = [
        "public.orders",
        "public.purchases",
        "public.seen",
        "public.two",
    ];
    let migrator = || files.migrator().objects(names.map(str::to_owned));
    let look = async || migrator().status(&db.config(), NoTls).await.unwrap();
    run(migrator(), db.config()).await;
    assert!(look().await.is_current());

    run_sql(
        &client,
        "GRANT SELECT ON seen TO PUBLIC; GRANT INSERT ON orders TO PUBLIC; REVOKE EXECUTE ON FUNCTION two() FROM PUBLIC;
         ALTER TABLE orders ALTER note SET DEFAULT 'x', ALTER extra SET DEFAULT 1",
    )
    .await;
    files.put(
        "002_more.sql",
        "CREATE OR REPLACE VIEW seen AS SELECT n, note FROM orders;
         CREATE OR REPLACE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 3';
         GRANT UPDATE ON orders TO PUBLIC;
         ALTER TABLE orders RENAME note TO remark;
         COMMENT ON COLUMN orders.remark IS 'what was said';
         ALTER TABLE orders DROP COLUMN extra;
         ALTER TABLE orders RENAME TO purchases;\n",
    );
    let (_, log) = run(migrator(), db.config()).await;
    assert_eq!(log.count("Drifted"), 3);
    let differs = look().await.to_string();
    let expected = ["  public.purchases", "  public.seen", "  public.two"];
    let mut found = differs.lines().filter(|it| expected.contains(it));
    assert!(found.by_ref().eq(expected), "{differs}");
    assert!(!differs.contains("extra"), "{differs}");

    run_sql(
        &client,
        "REVOKE SELECT ON seen FROM PUBLIC; REVOKE INSERT ON purchases FROM PUBLIC; GRANT EXECUTE ON FUNCTION two() TO PUBLIC;
         ALTER TABLE purchases ALTER remark DROP DEFAULT",
    )
    .await;
    let status = look().await;
    assert!(status.is_current(), "{status}");
}

/// A run that stops forgets no change by hand.
#[tokio::test]
async fn a_run_that_stops_hides_no_change_by_hand() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[(
        "001_orders.sql",
        "CREATE TABLE orders (n int); CREATE TABLE notes (n int);\n",
    )]);
    let names = ["public.orders", "public.notes"];
    let migrator = || files.migrator().objects(names.map(str::to_owned));
    let look = async || status(migrator(), &db).await;
    run(migrator(), db.config()).await;
    run_sql(&client, "GRANT SELECT ON orders TO PUBLIC").await;
    files.put("002_note.sql", "ALTER TABLE orders ADD note text;\n");
    files.put("003_key.sql", "ALTER TABLE orders ADD PRIMARY KEY (n);\n");
    run_sql(&client, "INSERT INTO orders VALUES (1), (1)").await;
    assert!(fails(migrator(), &db).await.contains("003_key.sql"));
    let differs = look().await;
    assert!(differs.contains("  public.orders\n"), "{differs}");
    // What is changed by hand between the two runs is seen too.
    run_sql(&client, "TRUNCATE orders; GRANT SELECT ON notes TO PUBLIC").await;
    let (_, log) = run(migrator(), db.config()).await;
    assert_eq!(log.count("Drifted"), 2);
    let differs = look().await;
    let both = ["  public.notes\n", "  public.orders\n"];
    assert!(both.iter().all(|it| differs.contains(it)), "{differs}");
    run_sql(&client, "REVOKE SELECT ON notes, orders FROM PUBLIC").await;
    let same = "catalog: as the last run left it (2 objects)";
    assert!(look().await.contains(same), "{}", look().await);
}

/// What was changed by hand and stands in the files by now is no drift, and what the files lack stays drift, however they change it.
#[tokio::test]
async fn a_change_by_hand_that_the_files_bring_is_adopted() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[(
        "001_orders.sql",
        "CREATE TABLE orders (n int, b text);
         CREATE INDEX orders_b ON orders (b);
         CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';\n",
    )]);
    let names = ["public.orders", "public.one", "public.two", "public.deux"];
    let migrator = || files.migrator().objects(names.map(str::to_owned));
    let look = async || status(migrator(), &db).await;
    run(migrator(), db.config()).await;
    let adopted = "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 3';
         ALTER TABLE orders ALTER b SET DEFAULT 'x';\n";
    run_sql(&client, adopted).await;
    files.put("002_adopted.sql", adopted);
    run(migrator(), db.config()).await;
    let same = "catalog: as the last run left it (3 objects)";
    assert!(look().await.contains(same), "{}", look().await);

    run_sql(
        &client,
        "REVOKE EXECUTE ON FUNCTION two() FROM PUBLIC; ALTER TABLE orders SET (autovacuum_enabled = false)",
    )
    .await;
    files.put(
        "003_names.sql",
        "ALTER FUNCTION two() RENAME TO deux; ALTER TABLE orders SET (fillfactor = 60);\n",
    );
    run(migrator(), db.config()).await;
    let differs = look().await;
    let both = ["  public.deux\n", "  public.orders\n"];
    assert!(both.iter().all(|it| differs.contains(it)), "{differs}");
    run_sql(
        &client,
        "GRANT EXECUTE ON FUNCTION deux() TO PUBLIC; ALTER TABLE orders RESET (autovacuum_enabled)",
    )
    .await;
    assert!(look().await.contains(same), "{}", look().await);
}

#[tokio::test]
async fn the_numbers_and_heirs_of_a_table_are_part_of_it() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[(
        "001_orders.sql",
        "CREATE TABLE orders (no int GENERATED ALWAYS AS IDENTITY);\n",
    )]);
    let migrator = || files.migrator().objects(["public.orders".to_owned()]);
    run(migrator(), db.config()).await;
    for (change, back, line) in [
        (
            "ALTER TABLE orders ALTER no SET INCREMENT 5",
            "ALTER TABLE orders ALTER no SET INCREMENT 1",
            "+ identity public.orders no start=1 increment=5",
        ),
        (
            "CREATE TABLE heir () INHERITS (orders)",
            "DROP TABLE heir",
            "+ child public.orders public.heir",
        ),
    ] {
        run_sql(&client, change).await;
        let differs = status(migrator(), &db).await;
        assert!(differs.contains(line), "no `{line}` in {differs}");
        run_sql(&client, back).await;
    }

    let same = "catalog: as the last run left it (1 objects)";
    assert!(status(migrator(), &db).await.contains(same));
}

/// A dump that lost privileges on the way to a newer server is not taken for what the last run left.
#[tokio::test]
async fn what_moved_to_another_server_is_compared_with_a_database_made_there() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        (
            "001_orders.sql",
            "CREATE TABLE orders (n int); CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';
             REVOKE ALL ON FUNCTION two() FROM PUBLIC;\n",
        ),
        ("002_note.sql", "ALTER TABLE orders ADD note text;\n"),
    ]);
    let names = ["public.orders", "public.two"];
    let migrator = || files.migrator().objects(names.map(str::to_owned));
    let client = db.connect().await;
    let look = async || migrator().status(&db.config(), NoTls).await.unwrap();
    let moves = "UPDATE eventcore_migrations SET server = 14 WHERE server > 0";
    run(migrator(), db.config()).await;
    assert!(look().await.is_current());

    run_sql(&client, moves).await;
    assert!(!look().await.is_current());
    let (_, log) = run(migrator(), db.config()).await;
    assert_eq!(log.text(), "");
    let status = look().await;
    assert!(status.is_current(), "{status}");

    run_sql(
        &client,
        &format!("{moves}; GRANT EXECUTE ON FUNCTION two() TO PUBLIC"),
    )
    .await;
    let (_, log) = run(migrator(), db.config()).await;
    assert_eq!(log.text(), "Drifted { object: \"public.two\" }");
    for _ in 0..2 {
        let status = look().await;
        assert!(
            !status.is_current() && status.to_string().contains("  public.two\n"),
            "{status}"
        );
        run(migrator(), db.config()).await;
    }

    // Where no database can be made, nothing is taken for what it should be, whatever a run does.
    run_sql(&client, moves).await;
    files.put("003_other.sql", "CREATE TABLE other ();\n");
    let mut own = db.connect().await;
    let mut log = Log::default();
    let report = migrator().run_on(&mut own, &mut log).await.unwrap();
    assert_eq!(report.applied, ["003_other.sql"]);
    log.says("NotCompared").says("cannot open a connection");
    let status = look().await;
    assert!(
        !status.is_current() && status.to_string().contains("PostgreSQL 14"),
        "{status}"
    );
    run(migrator().accept_drift(true), db.config()).await;
    assert!(look().await.is_current());
}

#[tokio::test]
async fn a_run_by_another_role_than_the_owner_is_named() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[("001_a.sql", "CREATE TABLE a ();\n")]);
    let (_, log) = files.applies(&db).await;
    assert_eq!(log.count("OtherOwner"), 0);
    let role = format!("{}_deployer", db.name());
    run_sql(
        &client,
        &format!("CREATE ROLE {role}; ALTER TABLE eventcore_migrations OWNER TO {role}"),
    )
    .await;
    assert_eq!(files.applies(&db).await.1.count("OtherOwner"), 0);
    files.put("002_b.sql", "CREATE TABLE b ();\n");
    files
        .applies(&db)
        .await
        .1
        .says(&format!("owner: \"{role}\""));
    run_sql(
        &client,
        &format!("ALTER TABLE eventcore_migrations OWNER TO current_user; DROP ROLE {role}"),
    )
    .await;
}

/// Months come and go without a migration, so that they are held against one another.
#[tokio::test]
async fn a_partition_that_is_not_as_the_others_is_drift() {
    const LEAF: &str = "CREATE TABLE log_$ (LIKE log INCLUDING ALL);
         ALTER TABLE log_$ ADD CONSTRAINT log_$_n_key UNIQUE (n);
         CREATE TRIGGER guard BEFORE UPDATE ON log_$ FOR EACH STATEMENT EXECUTE FUNCTION guard();
         COMMENT ON TABLE log_$ IS 'Rows of $.';
         ALTER TABLE log ATTACH PARTITION log_$ FOR VALUES FROM ($) TO ($ + 1);\n";
    let leaf = |number: u32| LEAF.replace('$', &number.to_string());
    let db = TestDatabase::create().await;
    let founding = format!(
        "CREATE TABLE log (n int) PARTITION BY RANGE (n);
         CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';\n{}{}{}",
        leaf(1),
        leaf(2),
        leaf(3)
    );
    let files = Files::new(&[("001_log.sql", &founding)]);
    let migrator = || files.migrator().objects(["public.log".to_owned()]);
    run(migrator(), db.config()).await;
    let client = db.connect().await;
    let verdict = async || {
        let all = status(migrator(), &db).await;
        let start = all.find("catalog: ").unwrap();
        all[start..].trim_end().to_owned()
    };
    let same = verdict().await;
    assert!(
        same.starts_with("catalog: as the last run left it"),
        "{same}"
    );
    run_sql(&client, &format!("{}DROP TABLE log_1", leaf(4))).await;
    assert_eq!(verdict().await, same);
    for (change, back, line) in [
        (
            "ALTER TABLE log_3 DISABLE TRIGGER guard",
            "ALTER TABLE log_3 ENABLE TRIGGER guard",
            "+ lacks <partition> log_3: trigger <partition> CREATE TRIGGER guard",
        ),
        (
            "GRANT INSERT ON log_2 TO PUBLIC",
            "REVOKE ALL ON log_2 FROM PUBLIC",
            "+ has <partition> log_2: relation <partition> kind=r",
        ),
        (
            "CREATE TABLE log_rest PARTITION OF log DEFAULT",
            "DROP TABLE log_rest",
            "+ lacks <partition> log_rest: trigger <partition>",
        ),
        (
            "CREATE POLICY anybody ON log_4 FOR SELECT USING (true)",
            "DROP POLICY anybody ON log_4",
            "+ has <partition> log_4: policy <partition> anybody permissive=t for=r to={public} using=true check=",
        ),
        (
            "CREATE RULE away AS ON INSERT TO log_4 DO INSTEAD NOTHING",
            "DROP RULE away ON log_4",
            "+ has <partition> log_4: rule <partition>",
        ),
    ] {
        run_sql(&client, change).await;
        let differs = verdict().await;
        assert!(
            differs.contains("  public.log, each partition\n") && differs.contains(line),
            "{change}: no `{line}` in {differs}"
        );
        run(migrator(), db.config()).await;
        assert_eq!(verdict().await, differs, "{change}");
        run_sql(&client, back).await;
        assert_eq!(verdict().await, same, "{back}");
    }
}
