//! A database for one case after the other, and what is proved of each.

use eventcore_codegen::plan::Execution;
use eventcore_codegen::sql::{self, qualified};
use eventcore_schema_model::prelude::*;
use eventcore_tests::{TestDatabase, hostile, locks};
use tokio_postgres::Client;

use crate::case::{Rendered, apply, catalog_of, evolve, found, run};
use crate::rows;

/// Takes away all that a case made.
const RESET: &str = "
    DO $reset$
    DECLARE
        home name;
        relation text;
    BEGIN
        -- PostgreSQL 15 stumbles over an index whose operator class goes in the same statement.
        FOR relation IN SELECT DISTINCT c.oid::regclass::text
                          FROM pg_index AS i
                          JOIN pg_class AS c ON c.oid = i.indrelid AND NOT c.relispartition
                          JOIN pg_depend AS d ON d.objid = i.indexrelid
                          JOIN pg_depend AS e ON e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e'
                         WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_opclass'::regclass
        LOOP
            EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', relation);
        END LOOP;
        FOR home IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
            EXECUTE format('DROP SCHEMA %I CASCADE', home);
        END LOOP;
    END
    $reset$;
    CREATE SCHEMA public;";

/// Tables without a policy whose partitions the test makes by hand.
const HAND_MADE: &str = "
    SELECT NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = $1::text::regclass)";

/// A database with two sessions: one runs what is generated, the other does everything else, under settings that are
/// PostgreSQL's own.
pub(crate) struct Bench {
    _db: TestDatabase<'static>,
    worker: Client,
    pub(crate) observer: Client,
    pid: i32,
    is_hostile: bool,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::of(false).await
    }

    /// One whose database and role have other settings than PostgreSQL's own.
    pub(crate) async fn hostile() -> Self {
        Self::of(true).await
    }

    async fn of(is_hostile: bool) -> Self {
        let db = TestDatabase::create().await;
        if is_hostile {
            hostile::configure(&db).await;
        }
        let (worker, observer) = (db.connect().await, hostile::neutral(&db).await);
        let pid = worker.query_one("SELECT pg_backend_pid()", &[]).await;
        Self {
            pid: pid.unwrap().get(0),
            _db: db,
            worker,
            observer,
            is_hostile,
        }
    }

    /// A database of this schema, and nothing else.
    pub(crate) async fn begin(&self, schema: &ValidSchema) {
        run(&self.observer, RESET, RESET).await;
        if self.is_hostile {
            hostile::shadow(&self.observer).await;
            let own = format!("REVOKE ALL ON SCHEMA public FROM {}", hostile::ROLE);
            run(&self.observer, &own, &own).await;
        }
        found(&self.worker, schema).await;
        self.partitions(schema).await;
    }

    /// Two partitions for each table that has none, and is to have them by hand.
    async fn partitions(&self, schema: &Schema) {
        for table in &schema.tables {
            let Some(partitioning) = &table.partitioning else {
                continue;
            };
            let name = qualified(schema, &table.name);
            let has_none = self.observer.query_one(HAND_MADE, &[&name]).await;
            // By ranges of the ids that rows have.
            let ids = PartitionKey::range(["id"]);
            let is_number = |column: &Column| column.name == *"id" && column.ty.is_integer();
            let by_id = partitioning.key == ids && table.columns.iter().any(is_number);
            if by_id && partitioning.policy.is_none() && has_none.unwrap().get(0) {
                let sql = format!(
                    "CREATE TABLE part_low PARTITION OF {name} FOR VALUES FROM (MINVALUE) TO (7);
                     CREATE TABLE part_high PARTITION OF {name} FOR VALUES FROM (7) TO (MAXVALUE)"
                );
                run(&self.observer, &sql, &sql).await;
                if self.is_hostile {
                    let own = format!("REVOKE ALL ON part_low, part_high FROM {}", hostile::ROLE);
                    run(&self.observer, &own, &own).await;
                }
                // Who makes them gives them the table's privileges.
                let on = ObjectRef::Table(table.name.clone());
                for grant in schema
                    .grants
                    .iter()
                    .filter(|it| schema.same_object(&it.on, &on))
                {
                    for leaf in ["part_low", "part_high"] {
                        let on = ObjectRef::table(leaf);
                        let own = sql::grant(
                            schema,
                            &Grant {
                                on,
                                ..grant.clone()
                            },
                        );
                        run(&self.observer, &own, &own).await;
                    }
                }
            }
        }
    }

    /// The catalog of a schema that is founded.
    pub(crate) async fn founded(&self, schema: &ValidSchema) -> String {
        self.begin(schema).await;
        catalog_of(&self.observer).await
    }

    /// Proves of the migrations from one schema to the next, in a database with rows or without: they run, lock what they
    /// say, keep the rows, lead to the catalog that is expected, and leave nothing to plan. Returns the rows.
    pub(crate) async fn prove(
        &self,
        (from, to): (&ValidSchema, &ValidSchema),
        migrations: &[Rendered],
        is_filled: bool,
        expected: &str,
    ) -> Vec<String> {
        self.begin(from).await;
        if is_filled {
            rows::fill(&self.observer, from).await;
        }
        let held = rows::before(&self.observer, from, to).await;
        for migration in migrations {
            self.apply(migration).await;
        }
        assert_eq!(held, rows::after(&self.observer, from, to).await, "rows");
        self.partitions(to).await;
        let found = catalog_of(&self.observer).await;
        let texts: Vec<&str> = migrations.iter().map(|it| it.text.as_str()).collect();
        let diff = similar::TextDiff::from_lines(expected, &found);
        assert!(
            found == expected,
            "{}\n{}",
            texts.join("\n"),
            diff.unified_diff()
        );
        assert!(
            evolve(to, to).unwrap().is_empty(),
            "something is left to plan"
        );
        rows::all(&self.observer, to).await
    }

    /// Applies a step; where it has a transaction, its locks are those that its header speaks of.
    pub(crate) async fn apply(&self, migration: &Rendered) {
        if migration.planned.step.execution != Execution::Transaction {
            apply(&self.worker, migration).await;
            return;
        }
        migration.assert_needs(&self.worker).await;
        let before = locks::relations(&self.observer).await;
        run(&self.worker, "BEGIN", "").await;
        run(&self.worker, &migration.text, &migration.text).await;
        let said = locks::said(&migration.text);
        let held = locks::held(&self.observer, self.pid, &before, &said).await;
        run(&self.worker, "COMMIT", "").await;
        assert_eq!(said, held, "said and held by\n{}", migration.text);
        migration.assert_leaves(&self.worker).await;
    }
}
