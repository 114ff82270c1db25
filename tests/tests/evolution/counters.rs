//! Sequences that start to number columns of tables with rows: the next number is one that no row has.

use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;

use crate::case::{evolve, valid};
use crate::proof::Bench;
use crate::rows;

fn items(id: Column, is_partitioned: bool) -> Table {
    let table = Table::new("items")
        .column(id)
        .column(Column::new("note", DataType::Text).nullable())
        .primary_key(["id"]);
    if is_partitioned {
        table.partition_by(PartitionKey::range(["id"]))
    } else {
        table
    }
}

fn id() -> Column {
    Column::new("id", DataType::BigInt)
}

fn shop(table: Table) -> Schema {
    Schema::new("shop").table(table)
}

fn counted(table: Table, sequence: Sequence) -> Schema {
    shop(table).sequence(sequence)
}

fn item_no() -> Sequence {
    Sequence::new("item_no")
}

/// A change of a table with the ids 1 to 12, and the next id.
fn changes() -> Vec<(&'static str, Schema, Schema, i64)> {
    let numbered = || id().default(next_value("item_no"));
    let plain = |column: Column| items(column, false);
    let parted = |column: Column| items(column, true);
    let down = || item_no().start(100).increment(-1).max(1000);
    vec![
        (
            "a default",
            shop(plain(id())),
            counted(plain(numbered()), item_no()),
            13,
        ),
        (
            "on partitions",
            shop(parted(id())),
            counted(parted(numbered()), item_no()),
            13,
        ),
        (
            "an identity before",
            shop(plain(id().identity(Identity::ByDefault))),
            counted(plain(numbered()), item_no()),
            13,
        ),
        (
            "another sequence before",
            counted(
                plain(id().default(next_value("old_no"))),
                Sequence::new("old_no"),
            ),
            counted(plain(numbered()), item_no())
                .drop(ObjectRef::sequence("old_no"), "another counts"),
            13,
        ),
        (
            "by tens",
            shop(plain(id())),
            counted(plain(numbered()), item_no().increment(10)),
            22,
        ),
        (
            "ahead of the rows",
            shop(plain(id())),
            counted(plain(numbered()), item_no().start(500)),
            500,
        ),
        (
            "downwards",
            shop(plain(id())),
            counted(plain(numbered()), down()),
            0,
        ),
        (
            "another type too",
            shop(plain(Column::new("id", DataType::Integer))),
            counted(plain(numbered().rewrite("a small table")), item_no()),
            13,
        ),
        (
            "a sequence that turns",
            counted(plain(numbered()), item_no().max(1000)),
            counted(plain(numbered()), down()),
            0,
        ),
    ]
}

#[tokio::test]
async fn a_sequence_that_starts_to_number_rows_goes_on_after_them() {
    let bench = Bench::hostile().await;
    for (name, from, to, expected) in changes() {
        let (from, to) = (valid(from), valid(to));
        let migrations = evolve(&from, &to).unwrap_or_else(|error| panic!("{name}: {error}"));
        bench.begin(&from).await;
        rows::fill(&bench.observer, &from).await;
        for migration in &migrations {
            bench.apply(migration).await;
        }
        let insert = "INSERT INTO items DEFAULT VALUES RETURNING id";
        let row = bench.observer.query_one(insert, &[]).await;
        let row = row.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(row.get::<_, i64>(0), expected, "{name}");
    }
}

#[test]
fn a_count_that_is_lost_is_a_hazard() {
    let table = |column| shop(items(column, false));
    let from = valid(table(id().identity(Identity::Always)));
    let migrations = evolve(&from, &valid(table(id()))).unwrap();
    let text = &migrations[0].text;
    let line =
        "-- Hazard: loses data: the count of identity column id of public.items goes for good";
    assert!(text.contains(line), "{text}");
}
