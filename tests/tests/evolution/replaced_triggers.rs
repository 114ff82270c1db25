//! Triggers that take the place of others: no row is written between the two.

use eventcore_schema_model::prelude::*;

use crate::case::{evolve, valid};
use crate::proof::Bench;
use crate::queries::with_words;

fn table(name: &str, triggers: &[Trigger]) -> Table {
    let table = Table::new(name)
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .primary_key(["id"]);
    triggers.iter().cloned().fold(table, Table::trigger)
}

fn trigger(name: &str, function: &str) -> Trigger {
    Trigger::new(name, TriggerTiming::After, [TriggerEvent::Insert], function)
}

fn shop(function: &str, tables: [Table; 2]) -> Schema {
    let [items, boxes] = tables;
    let body = "BEGIN\n    RETURN NULL;\nEND";
    Schema::new("public")
        .routine(Routine::new(function, Returns::Trigger, body))
        .table(items)
        .table(boxes)
}

#[tokio::test]
async fn a_trigger_is_dropped_and_replaced_in_one_transaction() {
    let before = valid(shop(
        "note",
        [
            table("items", &[trigger("items_note", "note")]),
            table("boxes", &[trigger("boxes_note", "note")]),
        ],
    ));
    let after = shop(
        "mark",
        [
            table(
                "items",
                &[trigger("items_mark", "mark"), trigger("items_more", "mark")],
            ),
            table("boxes", &[trigger("boxes_mark", "mark")]),
        ],
    );
    let after = after.drop(ObjectRef::routine("note"), "marked instead");
    let after = with_words(&before, valid(after));
    let migrations = evolve(&before, &after).unwrap();
    for (gone, new) in [
        ("items_note", "items_mark"),
        ("items_note", "items_more"),
        ("boxes_note", "boxes_mark"),
    ] {
        let (gone, new) = (format!("DROP TRIGGER {gone} "), format!("TRIGGER {new}\n"));
        let together = migrations
            .iter()
            .find(|it| it.text.contains(&gone))
            .unwrap();
        assert!(together.text.contains(&new), "{}", together.text);
    }
    let bench = Bench::new().await;
    let expected = bench.founded(&after).await;
    bench
        .prove((&before, &after), &migrations, false, &expected)
        .await;
}

/// Two tables whose triggers are about a column that is dropped, or gets another type, and get other names.
fn watching(after: Option<bool>) -> Schema {
    let watched = |name: &str| {
        let mut table = table(name, &[]).column(Column::new("other", DataType::Integer).nullable());
        let a = Column::new("a", DataType::Integer).nullable();
        table = match after {
            None => table.column(a),
            Some(true) => table.drop_column("a", "nobody reads it"),
            Some(false) => {
                let a = Column::new("a", DataType::BigInt).nullable();
                table.column(a.rewrite("it is small"))
            }
        };
        let (suffix, column) = match after {
            None => ("note", "a"),
            Some(true) => ("mark", "other"),
            Some(false) => ("mark", "a"),
        };
        let name = format!("{name}_{suffix}");
        let events = [TriggerEvent::Update(vec![Table::new(column).name.name])];
        table.trigger(Trigger::new(
            name.as_str(),
            TriggerTiming::After,
            events,
            "note",
        ))
    };
    shop("note", [watched("items"), watched("boxes")])
}

#[tokio::test]
async fn a_trigger_about_a_dropped_column_is_replaced_and_one_about_a_retyped_is_announced() {
    let bench = Bench::new().await;
    for drops in [true, false] {
        let before = valid(watching(None));
        let after = with_words(&before, valid(watching(Some(drops))));
        let migrations = evolve(&before, &after).unwrap();
        for table in ["items", "boxes"] {
            let gone = format!("DROP TRIGGER {table}_note ");
            let new = format!("TRIGGER {table}_mark\n");
            let step = migrations
                .iter()
                .find(|it| it.text.contains(&gone))
                .unwrap();
            let hazard = format!("fire neither trigger {table}_note nor {table}_mark until");
            assert_eq!(step.text.contains(&new), drops, "{}", step.text);
            assert_eq!(step.text.contains(&hazard), !drops, "{}", step.text);
        }
        let expected = bench.founded(&after).await;
        bench
            .prove((&before, &after), &migrations, false, &expected)
            .await;
    }
}

/// A store whose trigger function writes to boxes.
fn filling(after: bool) -> Schema {
    let columns = if after { "id, kind" } else { "id" };
    let values = if after { "new.id, 'x'" } else { "new.id" };
    let body = format!(
        "BEGIN\n    INSERT INTO {{boxes}} ({columns}) VALUES ({values});\n    RETURN NULL;\nEND"
    );
    let body = Template::new(body).relation("boxes", "boxes");
    let fill = Trigger::new("fill", TriggerTiming::After, [TriggerEvent::Insert], "fill");
    let fill = if after {
        fill.when(new("id").gt(0))
    } else {
        fill
    };
    let boxes = table("boxes", &[]);
    let boxes = if after {
        boxes.column(Column::new("kind", DataType::Text).nullable())
    } else {
        boxes
    };
    Schema::new("public")
        .routine(Routine::new("fill", Returns::Trigger, body))
        .table(table("items", &[fill]))
        .table(boxes)
}

#[tokio::test]
async fn a_routine_comes_after_the_columns_that_its_text_has() {
    let (before, after) = (valid(filling(false)), valid(filling(true)));
    let migrations = evolve(&before, &after).unwrap();
    let place = |text: &str| {
        let mut places = migrations.iter().enumerate().filter_map(|(at, it)| {
            let inside = it.text.find(text)?;
            Some((at, inside))
        });
        places.next().unwrap()
    };
    assert!(place("ADD COLUMN kind") < place("REPLACE FUNCTION public.fill"));
    let bench = Bench::new().await;
    let expected = bench.founded(&after).await;
    bench
        .prove((&before, &after), &migrations, false, &expected)
        .await;
}

/// A store whose trigger function compares with a label.
fn labelled(after: bool) -> Schema {
    let state = EnumType::new("state", ["open", if after { "settled" } else { "paid" }]);
    let state = if after {
        state.renamed_label("paid", "settled")
    } else {
        state
    };
    let label = if after { "settled" } else { "paid" };
    let body = format!(
        "BEGIN\n    IF new.state = '{label}' THEN\n        RAISE NOTICE 'done';\n    END IF;\n    RETURN NULL;\nEND"
    );
    let table = table("items", &[trigger("items_tell", "tell")]);
    let table = table.column(Column::new("state", DataType::named("state")));
    Schema::new("public")
        .user_type(state)
        .routine(Routine::new("tell", Returns::Trigger, Template::new(body)))
        .table(table)
}

#[test]
fn a_routine_is_replaced_with_the_label_that_its_text_has() {
    let (before, after) = (valid(labelled(false)), valid(labelled(true)));
    let migrations = evolve(&before, &after).unwrap();
    let mut with_rename = migrations
        .iter()
        .filter(|it| it.text.contains("RENAME VALUE"));
    let text = &with_rename.next().unwrap().text;
    assert!(text.contains("FUNCTION public.tell"), "{text}");
}
