//! Databases that others filled: a baseline is believed after a look, records follow renumbered files, and a status says
//! what a machine can act upon.

use eventcore_tests::TestDatabase;
use serde_json::Value;

use crate::fixture::{Files, fails, history, run, run_sql};
use crate::look::status;

const ORDERS: &str = "CREATE TABLE public.orders (n bigint NOT NULL CHECK (n > 0), note text);\n";
const INDEX: &str = "CREATE INDEX orders_note_idx ON public.orders (note);\n";
const ROUTINE: &str = "CREATE FUNCTION public.one() RETURNS integer LANGUAGE sql AS 'SELECT 1';\n";

fn orders() -> Files {
    Files::new(&[
        ("001_orders.sql", ORDERS),
        ("002_index.sql", INDEX),
        ("003_routine.sql", ROUTINE),
        ("004_more.sql", "CREATE TABLE public.more ();\n"),
    ])
}

/// What `--baseline 3` says of a database that this made; nothing where it is believed.
async fn baseline(sql: &str) -> Result<Vec<String>, String> {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run_sql(&client, sql).await;
    let migrator = orders().migrator().baseline(3);
    let result = migrator
        .run(
            &db.config(),
            tokio_postgres::NoTls,
            &mut eventcore_migrate::Silent,
        )
        .await;
    match result {
        Ok(report) => Ok(report.recorded),
        Err(error) => {
            let table = "SELECT to_regclass('eventcore_migrations') IS NULL";
            assert!(crate::fixture::holds(&client, table).await);
            Err(error.to_string())
        }
    }
}

#[tokio::test]
async fn a_baseline_is_recorded_where_every_object_exists_and_matches() {
    let all = format!("{ORDERS}{INDEX}{ROUTINE}CREATE TABLE strangers ();");
    assert_eq!(baseline(&all).await.unwrap().len(), 3);
    // Columns came in another order, by a change by hand, say.
    let other = "CREATE TABLE public.orders (note text, n bigint NOT NULL CHECK (n > 0));\n";
    assert_eq!(
        baseline(&all.replace(ORDERS, other)).await.unwrap().len(),
        3
    );
}

/// Nothing in the catalog tells whether rows were changed.
#[tokio::test]
async fn a_baseline_says_which_files_change_rows() {
    let files = Files::new(&[
        ("001_orders.sql", ORDERS),
        (
            "002_notes.sql",
            "UPDATE public.orders SET note = '' WHERE note IS NULL;\n",
        ),
    ]);
    let db = TestDatabase::create().await;
    run_sql(&db.connect().await, ORDERS).await;
    let (_, log) = run(files.migrator().baseline(2), db.config()).await;
    assert_eq!(
        log.text(),
        "recorded 001_orders.sql\nrecorded 002_notes.sql, which changes rows"
    );
}

#[tokio::test]
async fn each_deploy_by_another_tool_is_recorded_by_a_baseline() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run_sql(&client, ORDERS).await;
    let objects = ["orders", "more"].map(|it| format!("public.{it}"));
    let migrator = || orders().migrator().objects(objects.clone());
    let (report, _) = run(migrator().baseline(1), db.config()).await;
    assert_eq!(report.recorded, ["001_orders.sql"]);
    // The next releases, by the same tool.
    run_sql(&client, INDEX).await;
    run_sql(&client, ROUTINE).await;
    let (report, _) = run(migrator().baseline(3), db.config()).await;
    assert_eq!(report.recorded, ["002_index.sql", "003_routine.sql"]);
    let status = || async {
        let config = db.config();
        migrator()
            .status(&config, tokio_postgres::NoTls)
            .await
            .unwrap()
    };
    assert_eq!(drift_of(&status().await), 0);
    // One that lacks something is refused, and what was changed by hand is seen.
    let error = fails(migrator().baseline(4), &db).await;
    assert!(error.contains("  public.more\n    - "), "{error}");
    run_sql(&client, "DROP INDEX orders_note_idx").await;
    assert_eq!(drift_of(&status().await), 1);
    let error = fails(migrator().baseline(4), &db).await;
    assert!(!error.contains("orders_note_idx"), "{error}");
    // One that has nothing to record compares nothing.
    let (report, _) = run(migrator().baseline(3), db.config()).await;
    assert_eq!(report.recorded.len(), 0);
    assert_eq!(drift_of(&status().await), 1);
}

/// How many objects were changed by hand.
fn drift_of(status: &eventcore_migrate::Status) -> usize {
    match &status.catalog {
        eventcore_migrate::Catalog::Differs(all) => all.len(),
        _ => 0,
    }
}

/// What was changed by hand is nothing that another tool did not bring; it stays drift, be it accepted or not.
#[tokio::test]
async fn a_baseline_tells_changes_by_hand_from_what_was_deployed() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[(
        "001_orders.sql",
        "CREATE TABLE orders (n int); CREATE TYPE state AS ENUM ('a');\n",
    )]);
    let names = ["public.orders", "public.state", "public.notes"];
    let migrator = || files.migrator().objects(names.map(str::to_owned));
    let look = async || status(migrator(), &db).await;
    run(migrator(), db.config()).await;
    run_sql(&client, "ALTER TYPE state ADD VALUE 'by_hand'").await;
    run(migrator().accept_drift(true), db.config()).await;
    run_sql(&client, "ALTER TABLE orders ADD handy int").await;
    let note = "ALTER TABLE orders ADD note text;\n";
    let notes = "CREATE TABLE notes (n int);\n";
    files.put("002_note.sql", note);
    files.put("003_notes.sql", notes);
    run_sql(&client, note).await;
    // What the files bring is asked for.
    let refused = fails(migrator().baseline(3), &db).await;
    assert!(refused.contains("public.notes"), "{refused}");
    assert!(
        !refused.contains("handy") && !refused.contains("by_hand"),
        "{refused}"
    );
    run_sql(&client, notes).await;
    let (report, log) = run(migrator().baseline(3), db.config()).await;
    assert_eq!(report.recorded.len(), 2);
    assert_eq!(log.count("Drifted"), 2);
    let differs = look().await;
    let lines = ["+ column public.orders 0002 handy", "labels={a,by_hand}"];
    assert!(lines.iter().all(|it| differs.contains(it)), "{differs}");
    assert!(
        !differs.contains("public.notes") && !differs.contains("note text"),
        "{differs}"
    );
    run_sql(&client, "ALTER TABLE orders DROP handy").await;
    run(migrator().accept_drift(true), db.config()).await;
    let same = "catalog: as the last run left it (3 objects)";
    assert!(look().await.contains(same), "{}", look().await);
}

#[tokio::test]
async fn a_baseline_is_refused_with_every_object_that_is_missing_or_different() {
    let with = |orders: &str, index: &str, routine: &str| format!("{orders}{index}{routine}");
    for (sql, expected) in [
        (String::new(), "  public.orders\n    - "),
        (String::new(), "  public.one\n    - "),
        (with(ORDERS, INDEX, ""), "  public.one\n    - "),
        (
            with(ORDERS, "", ROUTINE),
            "- index public.orders CREATE INDEX orders_note_idx",
        ),
        (
            with(&ORDERS.replace("bigint", "integer"), INDEX, ROUTINE),
            "+ column public.orders n integer",
        ),
        (
            with(&ORDERS.replace("n > 0", "n > 1"), INDEX, ROUTINE),
            "+ constraint public.orders orders_n_check CHECK ((n > 1))",
        ),
        (
            with(ORDERS, INDEX, &ROUTINE.replace("SELECT 1", "SELECT 2")),
            "SELECT 2",
        ),
        (
            with(ORDERS, &INDEX.replace("INDEX", "UNIQUE INDEX"), ROUTINE),
            "+ index public.orders CREATE UNIQUE INDEX",
        ),
    ] {
        let error = baseline(&sql).await.unwrap_err();
        assert!(error.contains(expected), "no `{expected}` in {error}");
        assert!(
            error.contains("where nothing of them exists, run without `--baseline`"),
            "{error}"
        );
    }
}

/// A partition that was made later has an index whose name the server chose.
#[tokio::test]
async fn a_partitions_index_may_have_another_name() {
    const TABLE: &str = "CREATE TABLE log (n int) PARTITION BY LIST (n);\n\
        CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);\n";
    const INDEX: &str = "CREATE INDEX log_1_own_name ON log_1 (n);\n\
        CREATE INDEX log_n_idx ON ONLY log (n);\n\
        ALTER INDEX log_n_idx ATTACH PARTITION log_1_own_name;\n";
    let files = Files::new(&[("001_log.sql", TABLE), ("002_index.sql", INDEX)]);
    for (index, is_believed) in [
        ("CREATE INDEX log_n_idx ON log (n)", true),
        ("CREATE INDEX log_n_idx ON ONLY log (n)", false),
        ("CREATE INDEX log_n_idx ON log ((n + 1))", false),
    ] {
        let db = TestDatabase::create().await;
        run_sql(&db.connect().await, &format!("{TABLE}{index}")).await;
        let migrator = files.migrator().baseline(2);
        let ran = migrator
            .run(
                &db.config(),
                tokio_postgres::NoTls,
                &mut eventcore_migrate::Silent,
            )
            .await;
        assert_eq!(ran.is_ok(), is_believed, "{index}: {ran:?}");
    }
}

#[tokio::test]
async fn a_baseline_that_cannot_be_verified_is_refused_unless_that_is_said() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run_sql(
        &client,
        &format!(
            "DROP ROLE IF EXISTS without_createdb; CREATE ROLE without_createdb LOGIN PASSWORD 'secret'; \
             GRANT CREATE ON SCHEMA public TO without_createdb; {ORDERS}{INDEX}{ROUTINE}"
        ),
    )
    .await;
    let mut config = db.config();
    config.user("without_createdb").password("secret");
    let migrator = orders().migrator().baseline(3);
    let error = migrator
        .run(
            &config,
            tokio_postgres::NoTls,
            &mut eventcore_migrate::Silent,
        )
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no throw-away database: permission denied to create database"),
        "{error}"
    );
    assert!(error.contains("`--unverified`"), "{error}");
    let mut own = db.connect().await;
    let error = orders().migrator().baseline(3);
    let error = error.run_on(&mut own, &mut eventcore_migrate::Silent).await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("cannot open a connection")
    );
    let (report, _) = run(orders().migrator().baseline(3).unverified(true), config).await;
    assert_eq!(report.recorded.len(), 3);
    run_sql(
        &client,
        "DROP OWNED BY without_createdb; DROP ROLE without_createdb",
    )
    .await;
}

const TAX: &str = "CREATE TABLE public.tax ();\n";
const TIER: &str = "CREATE TABLE public.tier ();\n";
const ZONE: &str = "CREATE TABLE public.zone ();\n";

/// Applies the one list, then the other one; what the history is afterwards, and what the second run told.
async fn changes(
    before: &[(&str, &str)],
    after: &[(&str, &str)],
    expected: &[&str],
    said: &[&str],
) {
    let db = TestDatabase::create().await;
    Files::new(before).applies(&db).await;
    let client = db.connect().await;
    let was = history(&client).await;
    let files = Files::new(after);
    let dry = files
        .migrator()
        .dry_run(&db.config(), tokio_postgres::NoTls)
        .await
        .unwrap();
    assert_eq!(dry.moved.len(), said.len());
    let status = files
        .migrator()
        .status(&db.config(), tokio_postgres::NoTls)
        .await
        .unwrap();
    assert!(!status.is_current());
    assert_eq!(
        status
            .to_string()
            .matches("its record is to follow its file")
            .count(),
        said.len()
    );
    assert_eq!(history(&client).await, was);
    let (_, log) = files.applies(&db).await;
    for line in said {
        log.says(line);
    }
    assert_eq!(history(&client).await, expected);
    let (report, log) = files.applies(&db).await;
    assert_eq!((report.applied.len(), log.text().as_str()), (0, ""));
}

#[tokio::test]
async fn a_record_follows_its_file_when_a_rebase_renumbered_it() {
    changes(
        &[
            ("001_orders.sql", ORDERS),
            ("002_tax.sql", "-- 002_tax\n\nCREATE TABLE public.tax ();\n"),
        ],
        &[
            ("001_orders.sql", ORDERS),
            ("002_tier.sql", TIER),
            ("003_tax.sql", TAX),
        ],
        &["1 orders applied 1", "2 tier applied 1", "3 tax applied 1"],
        &["Moved { was: \"002_tax.sql\", file: \"003_tax.sql\" }"],
    )
    .await;
}

#[tokio::test]
async fn records_follow_two_files_at_once_swapped_numbers_new_names_and_new_comments() {
    changes(
        &[("001_tax.sql", TAX), ("002_zone.sql", ZONE)],
        &[
            ("001_tier.sql", TIER),
            ("002_tax.sql", TAX),
            ("003_zone.sql", ZONE),
        ],
        &["1 tier applied 1", "2 tax applied 1", "3 zone applied 1"],
        &["file: \"002_tax.sql\"", "file: \"003_zone.sql\""],
    )
    .await;
    changes(
        &[("001_tax.sql", TAX), ("002_zone.sql", ZONE)],
        &[("001_zone.sql", ZONE), ("002_tax.sql", TAX)],
        &["1 zone applied 1", "2 tax applied 1"],
        &["file: \"001_zone.sql\"", "file: \"002_tax.sql\""],
    )
    .await;
    changes(
        &[("001_tax.sql", TAX), ("002_zone.sql", ZONE)],
        &[
            ("001_tax.sql", "-- reviewed\nCREATE  TABLE public.tax ();\n"),
            ("002_area.sql", ZONE),
        ],
        &["1 tax applied 1", "2 area applied 1"],
        &[
            "was: \"001_tax.sql\"",
            "was: \"002_zone.sql\", file: \"002_area.sql\"",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_amended_file_has_other_statements_and_is_refused() {
    let db = TestDatabase::create().await;
    Files::new(&[("001_tax.sql", TAX)]).applies(&db).await;
    let error = fails(
        Files::new(&[("001_tax.sql", ZONE), ("002_tier.sql", TIER)]).migrator(),
        &db,
    )
    .await;
    assert!(
        error.contains("`001_tax.sql` was changed after it was applied"),
        "{error}"
    );
}

#[tokio::test]
async fn a_status_exits_with_4_until_the_database_is_as_the_files_say() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_orders.sql", ORDERS)]);
    let status = |files: &Files| {
        let output = files
            .command(&db, &["status", "--format", "json"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            output.status.code() == Some(0),
            json["current"] == true,
            "{text}"
        );
        assert!([Some(0), Some(4)].contains(&output.status.code()), "{text}");
        json
    };
    let json = status(&files);
    assert_eq!(json["migrations"][0]["state"], "pending");
    assert_eq!(json["current"], false);
    files.applies(&db).await;
    assert_eq!(status(&files)["current"], true);
    files.put(
        "002_positive.sql",
        "-- Done when: column positive of public.orders is there\n\nSELECT 1/0;\n",
    );
    run(files.migrator().skip([2]), db.config()).await;
    let json = status(&files);
    assert_eq!(json["migrations"][1]["state"], "skipped");
    assert_eq!(
        json["missing"][0]["condition"],
        "column positive of public.orders is there"
    );
    assert_eq!(json["current"], false);
    files.put(
        "003_taken_back.sql",
        "-- Done when: column positive of public.orders is not there\n\nSELECT 1;\n",
    );
    files.applies(&db).await;
    assert_eq!(status(&files)["current"], true);
    files.put("003_taken_back.sql", "SELECT 2;\n");
    assert_eq!(status(&files)["migrations"][2]["state"], "changed");
    files.remove("003_taken_back.sql");
    assert_eq!(status(&files)["migrations"][2]["state"], "unknown");
}
