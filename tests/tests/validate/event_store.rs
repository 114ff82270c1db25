//! An event store stays what it is: no definition takes its tables or columns away, moves its events to another layout or
//! writes their payloads anew, and each attempt is one violation.

use eventcore_schema_model::diff::diff;
use eventcore_schema_model::eventcore::{EventStore, Payload};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::table::StoreTable;
use eventcore_schema_model::validate::{Code, Violation, validate};

fn store() -> EventStore {
    EventStore::simple()
}

/// What a release may not do after `before`.
fn refusals(before: Schema, after: Schema) -> Vec<Violation> {
    let after = validate(after).unwrap();
    let refused = diff(&before, &after).err();
    refused.map_or_else(Vec::new, |it| it.as_slice().to_vec())
}

#[track_caller]
fn refused(before: &EventStore, after: Schema, code: Code, says: &str) {
    let found = refusals(before.schema(), after);
    let [one] = &found[..] else {
        panic!("not one violation: {found:#?}");
    };
    assert_eq!(one.code, code, "{one}");
    let text = one.to_string();
    assert!(text.contains(says), "no `{says}` in: {text}");
    assert!(!text.contains("say `.drop"), "{text}");
}

#[test]
fn another_layout_is_one_violation() {
    let (simple, partitioned) = (store(), EventStore::partitioned());
    let name = |store: EventStore| store.name("shop").schema();
    refused(
        &simple,
        name(partitioned.clone()),
        Code::SM141,
        "`EventStore::simple()`",
    );
    refused(
        &partitioned,
        name(simple.clone()),
        Code::SM141,
        "`EventStore::partitioned()`",
    );
    // The same with every word that would take the objects of the layout before out of the way.
    let after = name(partitioned.clone())
        .drop(ObjectRef::table("events_simple"), "moved")
        .drop(ObjectRef::routine("list_partitions"), "moved");
    refused(&simple, after, Code::SM141, "events_simple");
    let same_name = partitioned.tables("event_streams", "events_simple");
    refused(&simple, same_name.schema(), Code::SM141, "events_simple");
    let after = same_name
        .schema()
        .edit_table("events_simple", |table| table.renamed_from("events_simple"));
    refused(&simple, after, Code::SM141, "events_simple");
}

#[test]
fn no_migration_drops_the_log_or_the_streams() {
    for store in [store(), EventStore::partitioned()] {
        let tables = store.schema().tables;
        let names = tables.iter().map(|it| it.name.clone());
        let dropped = names.fold(Schema::new("shop"), |schema, name| {
            schema.drop(ObjectRef::table(name), "given up")
        });
        refused(&store, dropped, Code::SM140, "the event store's log");
        refused(
            &store,
            Schema::new("shop"),
            Code::SM140,
            "no migration drops it",
        );
        // A table of one's own under the log's name.
        let own = tables.into_iter().map(|table| {
            let id = Column::new("id", DataType::BigInt);
            Table::new(&table.name).column(id).primary_key(["id"])
        });
        let own = own.fold(Schema::new("shop"), Schema::table);
        refused(&store, own, Code::SM140, "no migration drops it");
    }
}

#[test]
fn other_names_of_the_tables_need_an_annotation() {
    let renamed = store().tables("streams", "log");
    refused(
        &store(),
        renamed.schema(),
        Code::SM142,
        r#"table.renamed_from("events_simple")"#,
    );
    let log = renamed
        .schema()
        .edit_table("log", |table| table.renamed_from("events_simple"));
    refused(
        &store(),
        log.clone(),
        Code::SM142,
        r#"table.renamed_from("event_streams")"#,
    );
    let both = log.edit_table("streams", |table| table.renamed_from("event_streams"));
    assert_eq!(refusals(store().schema(), both), []);
}

#[test]
fn payloads_keep_their_type() {
    let all = [Payload::Jsonb, Payload::Json, Payload::Bytea];
    for (before, after) in all.iter().flat_map(|it| all.map(|after| (*it, after))) {
        let [before, after] = [before, after].map(|it| store().payload(it));
        if before.schema() != after.schema() {
            refused(&before, after.schema(), Code::SM143, "`.payload(...)`");
        }
    }
}

#[test]
fn columns_of_the_store_stay() {
    for store in [store(), EventStore::partitioned()] {
        for kind in [StoreTable::Log, StoreTable::Streams] {
            let table = store.schema().find_store_table(kind).unwrap().clone();
            for column in &table.columns {
                let without = store.schema().edit_table(&table.name, |mut table| {
                    table.columns.retain(|it| it.name != column.name);
                    table.drop_column(&column.name, "nobody reads it")
                });
                let lacks = format!("lacks the event store's column `{}`", column.name);
                found(without, &lacks);
                let retyped = store.schema().edit_table(&table.name, |mut table| {
                    let mut columns = table.columns.iter_mut();
                    let edited = columns.find(|it| it.name == column.name).unwrap();
                    edited.ty = DataType::Interval;
                    table
                });
                found(retyped, "its type is `interval`, and the event store needs");
            }
        }
    }
}

#[track_caller]
fn found(schema: Schema, text: &str) {
    let violations = validate(schema).expect_err("the store lacks what it needs");
    let mut all = violations.as_slice().iter();
    let one = all.find(|it| it.code == Code::SM144);
    let one = one.expect("SM144").to_string();
    assert!(one.contains(text), "{one}");
}
