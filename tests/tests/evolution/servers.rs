//! What only newer servers can do: planned where the definition says that it is for these alone, run where they are,
//! refused before anything is done where they are not.

use eventcore_migrate::{Migration, Migrator, Silent};
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::NoTls;

use crate::case::{apply, catalog_of, evolve, found, run, valid};
use crate::locks::headers_are_true;

/// A change that needs a server of this version, with what its files hold.
struct Case {
    minimum: u16,
    from: Schema,
    to: Schema,
    statements: &'static [&'static str],
    /// Puts a row into the table of `from` that fits `to`.
    fits: &'static str,
    /// What must hold of it in the end.
    holds: &'static str,
}

fn orders(note: Column) -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(note)
        .primary_key(["id"])
}

fn nullable() -> Column {
    Column::new("note", DataType::Text).nullable()
}

fn refusing() -> Column {
    Column::new("note", DataType::Text)
}

fn computed(function: Function) -> Table {
    let big = Column::new("big", DataType::Text)
        .nullable()
        .generated(call(function, [col("note")]))
        .rewrite(format!("{function:?} of few rows"));
    let index = Index::new("orders_big_idx", ["big"]).serves_external("search");
    orders(nullable()).column(big).index(index)
}

fn parted(note: Column) -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::Uuid))
        .column(note)
        .primary_key(["id"])
        .partition_by(PartitionKey::range(["id"]))
}

fn to_note() -> ForeignKey {
    ForeignKey::new(["note"], "notes", ["note"])
}

/// Orders beside what their notes can be.
fn referencing(orders: Table) -> Schema {
    let notes = Table::new("notes").column(refusing()).primary_key(["note"]);
    Schema::new("shop").table(orders).table(notes)
}

fn alone() -> Exclusion {
    let low = call(Function::CharLength, [col("note")]);
    let span = call(
        Function::Range(RangeOf::Integer),
        [low.clone(), low, lit("[]")],
    );
    Exclusion::new()
        .part("id", ExclusionOperator::Equal)
        .part(span, ExclusionOperator::Overlaps)
        .blocking("a small table")
}

/// Orders where GiST compares ids.
fn apart(orders: Table) -> Schema {
    Schema::new("shop")
        .extension(Extension::new("btree_gist"))
        .table(orders)
}

fn cases() -> Vec<Case> {
    let not_null: &[&str] = &[
        "ADD CONSTRAINT orders_note_not_null NOT NULL note NOT VALID;",
        "VALIDATE CONSTRAINT orders_note_not_null;",
    ];
    vec![
        Case {
            minimum: 18,
            from: Schema::new("shop").table(orders(nullable())),
            to: Schema::new("shop").table(orders(refusing())),
            statements: not_null,
            fits: "INSERT INTO orders VALUES (1, 'x')",
            holds: "SELECT count(*) = 1 FROM orders WHERE note = 'x'",
        },
        Case {
            minimum: 18,
            from: Schema::new("shop").table(parted(nullable())),
            to: Schema::new("shop").table(parted(refusing())),
            statements: not_null,
            fits: "CREATE TABLE orders_all PARTITION OF orders DEFAULT;
                   INSERT INTO orders VALUES ('018f0000-0000-7000-8000-000000000001', 'x')",
            holds: "SELECT count(*) = 1 FROM orders WHERE note = 'x'",
        },
        Case {
            minimum: 18,
            from: referencing(parted(nullable())),
            to: referencing(parted(nullable()).foreign_key("orders_note_fkey", to_note())),
            statements: &[
                "ADD CONSTRAINT orders_note_fkey FOREIGN KEY (note) REFERENCES public.notes (note) NOT VALID;",
                "VALIDATE CONSTRAINT orders_note_fkey;",
            ],
            fits: "CREATE TABLE orders_all PARTITION OF orders DEFAULT;
                   INSERT INTO notes VALUES ('x');
                   INSERT INTO orders VALUES ('018f0000-0000-7000-8000-000000000001', 'x')",
            holds: "SELECT convalidated FROM pg_constraint WHERE conrelid = 'orders_all'::regclass AND contype = 'f'",
        },
        Case {
            minimum: 17,
            from: apart(parted(nullable())),
            to: apart(parted(nullable()).exclude("orders_excl", alone())),
            statements: &["ADD CONSTRAINT orders_excl EXCLUDE USING gist"],
            fits: "CREATE TABLE orders_all PARTITION OF orders DEFAULT;
                   INSERT INTO orders VALUES ('018f0000-0000-7000-8000-000000000001', 'x')",
            holds: "SELECT count(*) = 2 FROM pg_constraint WHERE contype = 'x'",
        },
        Case {
            minimum: 17,
            from: Schema::new("shop").table(computed(Function::Lower)),
            to: Schema::new("shop").table(computed(Function::Upper)),
            statements: &["ALTER COLUMN big SET EXPRESSION AS (upper(note));"],
            fits: "INSERT INTO orders VALUES (1, 'x')",
            holds: "SELECT big = 'X' FROM orders WHERE id = 1",
        },
    ]
}

#[tokio::test]
async fn what_newer_servers_can_do_is_used_there_and_refused_elsewhere() {
    for case in cases() {
        let from = valid(case.from.minimum_server(case.minimum));
        let to = valid(case.to.minimum_server(case.minimum));
        let migrations = evolve(&from, &to).unwrap();
        let texts: Vec<&str> = migrations.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts.len(), case.statements.len(), "{texts:#?}");
        let needs = format!("-- Server: PostgreSQL {} or newer.\n", case.minimum);
        for (text, statement) in texts.iter().zip(case.statements) {
            assert!(text.contains(statement), "no `{statement}` in\n{text}");
            assert!(text.contains(&needs), "no `{needs}` in\n{text}");
        }

        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &from).await;
        run(&client, case.fits, case.fits).await;
        let major = db.server().version().major;
        if major < case.minimum {
            let before = catalog_of(&client).await;
            let files = (100..).zip(&texts);
            let files =
                files.map(|(version, text)| Migration::new(version, "step", (*text).to_owned()));
            let migrator = Migrator::new(files);
            let refused = migrator.run(&db.config(), NoTls, &mut Silent).await;
            let minimum = case.minimum;
            assert!(
                refused.unwrap_err().to_string().starts_with(&format!(
                    "`100_step.sql` is for PostgreSQL {minimum} or newer, and the server is PostgreSQL {major}: nothing is applied\n"
                )),
            );
            assert!(migrator.dry_run(&db.config(), NoTls).await.is_err());
            assert_eq!(catalog_of(&client).await, before);
            continue;
        }
        for migration in &migrations {
            apply(&client, migration).await;
        }
        let held = client.query_one(case.holds, &[]).await.unwrap();
        assert!(held.get::<_, bool>(0), "{}", case.holds);
        let other = TestDatabase::create().await;
        let founded = other.connect().await;
        found(&founded, &to).await;
        if to.tables[0].partitioning.is_some() {
            let leaf = "CREATE TABLE orders_all PARTITION OF orders DEFAULT";
            run(&founded, leaf, leaf).await;
        }
        assert_eq!(catalog_of(&client).await, catalog_of(&founded).await);
        headers_are_true(from.into_inner(), to.into_inner()).await;
    }
}
