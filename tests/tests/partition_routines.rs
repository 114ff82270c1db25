//! The partition routines on a real server: months in UTC, the partition tree instead of names, two
//! sessions at once, short locks.

use std::time::{Duration, Instant};

use eventcore_codegen::sql;
use eventcore_schema_model::constraint::{Constraint, Key};
use eventcore_schema_model::name::IntoIdent;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// A partitioned table with everything a policy can give its partitions.
fn table(name: impl IntoIdent, encoding: BoundEncoding) -> Table {
    let key = match encoding {
        BoundEncoding::UuidV7 => DataType::Uuid,
        BoundEncoding::TimestampTz => DataType::TimestampTz,
    };
    let leaf = LeafTemplate::default()
        .constraint(
            Constraint::unique("stream_key", Key::new(["stream"]))
                .comment("100 % of a leaf's own."),
        )
        .index(
            Index::new("stream_idx", ["stream"])
                .method(IndexMethod::Hash)
                .only_where(col("stream").not_eq("%s"))
                .comment("An index of a leaf's own."),
        )
        .trigger(
            Trigger::new(
                "refuse",
                TriggerTiming::Before,
                [TriggerEvent::Delete, TriggerEvent::Truncate],
                "refuse",
            )
            .comment("Nothing goes."),
        )
        .storage("fillfactor", 90);
    let mut policy = PartitionPolicy::monthly(encoding).ahead(3, 1).leaf(leaf);
    policy.detach_concurrently = true;
    Table::new(name.into_ident())
        .column(Column::new("id", key).comment("Key."))
        .column(Column::new("stream", DataType::Text))
        .primary_key(["id"])
        .index(Index::new("stream_id_idx", ["stream", "id"]))
        .partition_by_policy(PartitionKey::range(["id"]), policy)
}

fn schema(namespace: &str, table: Table) -> Schema {
    let refuse = Routine::new(
        "refuse",
        Returns::Trigger,
        "BEGIN\n    RAISE EXCEPTION 'refused';\nEND;",
    );
    Schema::new("test")
        .namespace(namespace)
        .routine(refuse)
        .table(table)
}

/// All statements that make `schema`, its namespace too.
fn founding(schema: &Schema) -> String {
    let mut statements = Vec::new();
    if schema.namespace != "public" {
        let namespace = sql::quote_ident(schema.namespace.as_str());
        statements.push(format!("CREATE SCHEMA {namespace};\n"));
    }
    for routine in &schema.routines {
        statements.push(sql::create_routine(schema, routine).unwrap());
    }
    for table in &schema.tables {
        statements.push(sql::create_table(schema, table));
        for index in &table.indexes {
            statements.push(sql::create_index(schema, table, index));
        }
        for routine in sql::partition_routines(schema, table) {
            statements.push(sql::create_routine(schema, &routine).unwrap());
        }
    }
    statements.join("\n")
}

/// A database with the table `events` and its routines in the schema `public`.
async fn events(encoding: BoundEncoding) -> (TestDatabase<'static>, Client) {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    client
        .batch_execute(&founding(&schema("public", table("events", encoding))))
        .await
        .unwrap();
    (db, client)
}

/// The texts of a query's first column.
async fn texts(client: &Client, query: &str) -> Vec<String> {
    let rows = client
        .query(query, &[])
        .await
        .unwrap_or_else(|error| panic!("{query}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

async fn error(client: &Client, query: &str) -> (SqlState, String) {
    let error = client.query(query, &[]).await.expect_err(query);
    let error = error.as_db_error().expect(query);
    (error.code().clone(), error.message().to_owned())
}

/// Partitions with their bounds, by time: `name from to`.
async fn partitions(client: &Client) -> Vec<String> {
    texts(
        client,
        "SELECT partition_name || to_char(lower_bound AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI:SS.US')
             || to_char(upper_bound AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI:SS.US')
           FROM public.list_partitions()",
    )
    .await
}

#[tokio::test]
async fn d8_months_are_utc_whatever_the_session() {
    for encoding in [BoundEncoding::UuidV7, BoundEncoding::TimestampTz] {
        let (_db, client) = events(encoding).await;
        let sessions = [
            ("Pacific/Kiritimati", "SQL, DMY", "2024-01-01"),
            ("America/St_Johns", "German", "2024-02-29"),
            ("UTC", "ISO, MDY", "2024-03-31"),
            ("Etc/GMT+12", "Postgres, MDY", "2024-12-31"),
        ];
        for (zone, style, day) in sessions {
            let settings = format!(
                "SET timezone = '{zone}'; SET datestyle = '{style}'; SET standard_conforming_strings = off; \
                 SET escape_string_warning = off"
            );
            client.batch_execute(&settings).await.unwrap();
            let make = format!("SELECT public.create_monthly_partition(DATE '{day}')");
            let made = texts(&client, &make).await;
            assert_eq!(
                made,
                [format!("public.events_{}", day[..7].replace('-', "_"))]
            );
            assert_eq!(
                texts(&client, &make).await,
                made,
                "idempotent in the same session"
            );
        }
        let midnight = "00:00:00.000000";
        let month = |name: &str, from: &str, to: &str| {
            format!("public.events_{name} {from}-01 {midnight} {to}-01 {midnight}")
        };
        assert_eq!(
            partitions(&client).await,
            [
                month("2024_01", "2024-01", "2024-02"),
                month("2024_02", "2024-02", "2024-03"),
                month("2024_03", "2024-03", "2024-04"),
                month("2024_12", "2024-12", "2025-01"),
            ]
        );
        client
            .batch_execute("RESET timezone; RESET datestyle; RESET standard_conforming_strings")
            .await
            .unwrap();
        for day in ["2024-01-15", "2024-02-01", "2024-03-02", "2024-12-01"] {
            let make = format!("SELECT public.create_monthly_partition(DATE '{day}')");
            let name = format!("public.events_{}", day[..7].replace('-', "_"));
            assert_eq!(
                texts(&client, &make).await,
                [name],
                "idempotent in another session"
            );
        }
    }
}

#[tokio::test]
async fn r7_create_refuses_what_is_no_month() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    for day in [
        "NULL",
        "'infinity'",
        "'-infinity'",
        "'1969-12-31'",
        "'10000-01-01'",
        "'0044-03-15 BC'",
    ] {
        let (code, message) = error(
            &client,
            &format!("SELECT public.create_monthly_partition({day}::date)"),
        )
        .await;
        assert_eq!(code, SqlState::INVALID_PARAMETER_VALUE, "{day}: {message}");
    }
    assert_eq!(partitions(&client).await, Vec::<String>::new());
}

#[tokio::test]
async fn d7_existence_is_read_from_the_partition_tree() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    client
        .batch_execute(
            "CREATE SCHEMA other;
             CREATE TABLE other.events_2020_01 (id uuid);
             CREATE TABLE public.events_2020_02 (id uuid);
             CREATE VIEW public.events_2020_03 AS SELECT 1;",
        )
        .await
        .unwrap();
    let made = texts(
        &client,
        "SELECT public.create_monthly_partition('2020-01-01')",
    )
    .await;
    assert_eq!(
        made,
        ["public.events_2020_01"],
        "a stranger in another schema does not count"
    );
    for month in ["2020_02", "2020_03"] {
        let day = month.replace('_', "-") + "-01";
        let (code, message) = error(
            &client,
            &format!("SELECT public.create_monthly_partition('{day}')"),
        )
        .await;
        assert_eq!(code, SqlState::DUPLICATE_TABLE);
        assert_eq!(
            message,
            format!(
                "partitions: public.events_{month} exists, and is not the partition of public.events for this month"
            )
        );
    }
    // Under another name, but the partition of that month: it is there.
    client
        .batch_execute("ALTER TABLE public.events_2020_01 RENAME TO january")
        .await
        .unwrap();
    let made = texts(
        &client,
        "SELECT public.create_monthly_partition('2020-01-31')",
    )
    .await;
    assert_eq!(made, ["public.january"]);
}

#[tokio::test]
async fn r7_an_overlap_is_reported() {
    let (_db, client) = events(BoundEncoding::TimestampTz).await;
    client
        .batch_execute(
            "CREATE TABLE public.spring PARTITION OF public.events
                 FOR VALUES FROM ('2020-03-15 00:00:00+00') TO ('2020-05-10 00:00:00+00');
             CREATE TABLE public.before PARTITION OF public.events
                 FOR VALUES FROM (MINVALUE) TO ('2010-01-01 00:00:00+00');",
        )
        .await
        .unwrap();
    for day in ["2020-03-01", "2020-04-01", "2020-05-01", "2009-12-01"] {
        let (code, message) = error(
            &client,
            &format!("SELECT public.create_monthly_partition('{day}')"),
        )
        .await;
        assert_eq!(code, SqlState::INVALID_OBJECT_DEFINITION, "{message}");
        assert!(
            message.contains("would overlap public.spring, which covers 2020-03-15 00:00:00+00 to")
                || message
                    .contains("would overlap public.before, which covers -infinity to 2010-01-01"),
            "{message}"
        );
    }
    let dropped = texts(&client, "SELECT public.drop_old_partitions(12)").await;
    assert_eq!(
        dropped,
        ["public.before", "public.spring"],
        "an open lower bound is the oldest"
    );
}

#[tokio::test]
async fn r7_two_sessions_at_once_make_one_partition() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    let mut calls = Vec::new();
    for _ in 0..8 {
        let session = db.connect().await;
        calls.push(tokio::spawn(async move {
            texts(
                &session,
                "SELECT public.create_monthly_partition('2021-05-05')",
            )
            .await
        }));
    }
    for call in calls {
        assert_eq!(call.await.unwrap(), ["public.events_2021_05"]);
    }

    // One that waits for another's transaction finds the partition made, and a maintainer makes none twice.
    client.batch_execute("BEGIN").await.unwrap();
    assert_eq!(
        texts(&client, "SELECT * FROM public.maintain_partitions()")
            .await
            .len(),
        4
    );
    let waiting = db.connect().await;
    let waiting =
        tokio::spawn(
            async move { texts(&waiting, "SELECT * FROM public.maintain_partitions()").await },
        );
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.unwrap(), Vec::<String>::new());
    assert_eq!(partitions(&client).await.len(), 5);
}

#[tokio::test]
async fn r8_maintenance_makes_what_is_missing_and_locks_nothing_else() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    let expected = texts(
        &client,
        "SELECT 'public.events_' || to_char(now() AT TIME ZONE 'UTC' + make_interval(months => n), 'YYYY_MM')
           FROM generate_series(0, 3) AS n",
    )
    .await;
    // A reader and a writer in open transactions do not matter.
    let mut others = [db.connect().await, db.connect().await];
    let reader = others[0].transaction().await.unwrap();
    reader
        .batch_execute("SELECT * FROM public.events")
        .await
        .unwrap();
    assert_eq!(
        texts(&client, "SELECT * FROM public.maintain_partitions()").await,
        expected
    );
    reader.commit().await.unwrap();

    let holder = others[1].transaction().await.unwrap();
    holder
        .batch_execute("LOCK TABLE public.events IN SHARE UPDATE EXCLUSIVE MODE")
        .await
        .unwrap();
    let made = texts(&client, "SELECT * FROM public.maintain_partitions()").await;
    assert_eq!(
        made,
        Vec::<String>::new(),
        "nothing is missing: no lock is taken"
    );
    holder.commit().await.unwrap();

    let states = texts(
        &client,
        "SELECT format('%s %s %s', is_current, is_ahead, total_bytes > 0) FROM public.list_partitions()",
    )
    .await;
    assert_eq!(states, ["t f t", "f t t", "f t t", "f t t"]);
}

#[tokio::test]
async fn d6_retention_never_touches_strangers() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    client
        .batch_execute(
            "SELECT public.create_monthly_partition('2020-01-01'), public.create_monthly_partition('2020-02-01');
             SELECT public.maintain_partitions();
             CREATE SCHEMA \"Old %s\";
             ALTER TABLE public.events_2020_02 SET SCHEMA \"Old %s\";
             ALTER TABLE \"Old %s\".events_2020_02 RENAME TO \"Feb \"\"20\";
             CREATE TABLE public.events_2020_02 (id uuid);
             CREATE TABLE public.events_2019_12 (id uuid);
             CREATE TABLE \"Old %s\".events_2020_01 (id uuid);
             CREATE TABLE public.events_abcde (id uuid);
             CREATE TABLE public.others (id uuid) PARTITION BY RANGE (id);
             CREATE TABLE public.events_2020_03 PARTITION OF public.others
                 FOR VALUES FROM (MINVALUE) TO ('016f5e66-e800-0000-0000-000000000000');",
        )
        .await
        .unwrap();
    let dropped = texts(&client, "SELECT * FROM public.drop_old_partitions(1)").await;
    assert_eq!(
        dropped,
        ["public.events_2020_01", "\"Old %s\".\"Feb \"\"20\""]
    );
    assert_eq!(partitions(&client).await.len(), 4);
    let left = texts(
        &client,
        "SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
          WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace >= 16384 OR relname = 'events_2020_03'
             OR relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relispartition
          ORDER BY 1",
    )
    .await;
    assert_eq!(
        left,
        [
            "\"Old %s\".events_2020_01",
            "public.events",
            "public.events_2019_12",
            "public.events_2020_02",
            "public.events_2020_03",
            "public.events_abcde",
            "public.others"
        ]
    );
}

#[tokio::test]
async fn r7_drop_keeps_the_running_month_and_the_given_months() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    for months in ["NULL", "0", "-1", "-2147483648"] {
        let (code, message) = error(
            &client,
            &format!("SELECT public.drop_old_partitions({months})"),
        )
        .await;
        assert_eq!(
            code,
            SqlState::INVALID_PARAMETER_VALUE,
            "{months}: {message}"
        );
    }
    let make = "SELECT public.create_monthly_partition(
                       (date_trunc('month', now() AT TIME ZONE 'UTC') - n * INTERVAL '1 month')::date)
                  FROM generate_series(0, 4) AS n";
    let made = texts(&client, make).await;
    let drop = |months: i64| format!("SELECT public.drop_old_partitions({months})");
    let none = Vec::<String>::new();
    assert_eq!(texts(&client, &drop(i32::MAX.into())).await, none);
    assert_eq!(texts(&client, &drop(4)).await, none);
    assert_eq!(
        texts(&client, &drop(2)).await,
        [made[4].clone(), made[3].clone()],
        "oldest first"
    );
    assert_eq!(texts(&client, &drop(2)).await, none);
    assert_eq!(texts(&client, &drop(1)).await, [made[2].clone()]);
    assert_eq!(partitions(&client).await.len(), 2);
}

#[tokio::test]
async fn r7_drop_gives_up_soon_and_changes_nothing() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    client
        .batch_execute("SELECT public.create_monthly_partition('2020-01-01')")
        .await
        .unwrap();
    let reader = db.connect().await;
    reader
        .batch_execute("BEGIN; SELECT * FROM public.events")
        .await
        .unwrap();
    let started = Instant::now();
    let (code, _) = error(&client, "SELECT public.drop_old_partitions(1)").await;
    assert_eq!(code, SqlState::LOCK_NOT_AVAILABLE);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(partitions(&client).await.len(), 1);
}

#[tokio::test]
async fn r7_a_detach_under_way_is_reported_and_left_alone() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    let schema = schema("public", table("events", BoundEncoding::UuidV7));
    let events = &schema.tables[0];
    client.batch_execute("SELECT public.create_monthly_partition('2020-01-01'); SELECT public.create_monthly_partition('2020-02-01')").await.unwrap();
    let reader = db.connect().await;
    reader
        .batch_execute("BEGIN; SELECT * FROM public.events")
        .await
        .unwrap();
    let detacher = db.connect().await;
    let detach = sql::detach_concurrently(&schema, events, "public.events_2020_01");
    detacher
        .batch_execute("SET statement_timeout = '1s'")
        .await
        .unwrap();
    detacher
        .batch_execute(&detach)
        .await
        .expect_err("the reader's transaction is open");
    reader.batch_execute("COMMIT").await.unwrap();

    let (code, message) = error(
        &client,
        "SELECT public.create_monthly_partition('2020-01-01')",
    )
    .await;
    assert_eq!(code, SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE);
    assert_eq!(
        message,
        "partitions: public.events_2020_01, which holds this month, is being detached"
    );
    assert_eq!(
        texts(&client, "SELECT public.drop_old_partitions(1)").await,
        ["public.events_2020_02"]
    );
    assert_eq!(
        texts(
            &client,
            "SELECT partition_name FROM public.list_partitions() WHERE is_detaching"
        )
        .await,
        ["public.events_2020_01"]
    );

    client
        .batch_execute(&sql::detach_finalize(
            &schema,
            events,
            "public.events_2020_01",
        ))
        .await
        .unwrap();
    client
        .batch_execute(&sql::drop_detached("public.events_2020_01"))
        .await
        .unwrap();
    assert_eq!(partitions(&client).await, Vec::<String>::new());
}

#[tokio::test]
async fn d17_each_partition_has_what_the_parent_cannot_hand_down() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let (owner, role) = (
        format!("{}_owner", db.name()),
        format!("{} 100 %s", db.name()),
    );
    let odd = "Odd \"Events\" 'x' %s \\ {y}";
    let mut table = table(odd, BoundEncoding::UuidV7);
    let policy = table
        .partitioning
        .as_mut()
        .and_then(|p| p.policy.as_mut())
        .unwrap();
    policy.default_partition = true;
    policy.detach_concurrently = false;
    let schema = schema("Odd \"Schema\"", table).grant(Grant::new(
        [Privilege::Select],
        ObjectRef::table(odd),
        role.as_str(),
    ));
    let roles = format!(
        "CREATE ROLE {owner}; CREATE ROLE {};",
        sql::quote_ident(&role)
    );
    client
        .batch_execute(&(roles + &founding(&schema)))
        .await
        .unwrap();
    let parent = sql::qualified(&schema, &schema.tables[0].name);
    let namespace = sql::quote_ident(schema.namespace.as_str()).into_owned();
    client
        .batch_execute(&format!(
            "GRANT ALL ON SCHEMA {namespace} TO {owner}; ALTER TABLE {parent} OWNER TO {owner}"
        ))
        .await
        .unwrap();
    let made = texts(
        &client,
        &format!("SELECT {namespace}.maintain_partitions()"),
    )
    .await;
    assert_eq!(made.len(), 5, "the DEFAULT partition, this month, 3 ahead");
    assert_eq!(
        texts(
            &client,
            &format!("SELECT {namespace}.maintain_partitions()")
        )
        .await
        .len(),
        0
    );
    for leaf in &made {
        let facts = texts(
            &client,
            &format!(
                "SELECT v.fact FROM pg_class AS c, LATERAL (VALUES
                     (array_to_string(c.reloptions, ',')),
                     (pg_get_userbyid(c.relowner)),
                     (has_table_privilege({role}, c.oid, 'SELECT')::text),
                     ((SELECT string_agg(conname || ':' || contype::text || coalesce(':' || obj_description(oid), ''), ',' ORDER BY contype)
                         FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('p', 'u'))),
                     ((SELECT string_agg(tgname || ':' || tgtype || ':' || obj_description(oid), ',') FROM pg_trigger WHERE tgrelid = c.oid)),
                     ((SELECT string_agg(pg_get_expr(indpred, indrelid) || ':' || obj_description(indexrelid), ',')
                         FROM pg_index WHERE indrelid = c.oid AND indpred IS NOT NULL)),
                     (col_description(c.oid, 1))
                 ) AS v (fact) WHERE c.oid = to_regclass({leaf})",
                leaf = sql::quote_literal(leaf),
                role = sql::quote_literal(&role),
            ),
        )
        .await;
        let name: String = texts(
            &client,
            &format!(
                "SELECT relname::text FROM pg_class WHERE oid = to_regclass({})",
                sql::quote_literal(leaf)
            ),
        )
        .await
        .remove(0);
        assert_eq!(
            facts,
            [
                "fillfactor=90".to_owned(),
                owner.clone(),
                "true".to_owned(),
                format!("{name}_pkey:p,{name}_stream_key:u:100 % of a leaf's own."),
                "refuse:42:Nothing goes.".to_owned(),
                "(stream <> '%s'::text):An index of a leaf's own.".to_owned(),
                "Key.".to_owned(),
            ]
        );
    }
    client
        .batch_execute(&format!(
            "DROP OWNED BY {owner}; DROP OWNED BY {}",
            sql::quote_ident(&role)
        ))
        .await
        .unwrap();
    client
        .batch_execute(&format!(
            "DROP ROLE {owner}; DROP ROLE {}",
            sql::quote_ident(&role)
        ))
        .await
        .unwrap();
}

#[test]
fn the_routines_read_as_reviewed() {
    let schema = schema("public", table("events", BoundEncoding::UuidV7));
    let routines = sql::partition_routines(&schema, &schema.tables[0]);
    let texts: Vec<_> = routines
        .iter()
        .map(|routine| sql::create_routine(&schema, routine).unwrap())
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}
