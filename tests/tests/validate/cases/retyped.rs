//! Texts that stay as they are while a column has values of another kind, and rows that texts return.

use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;
use eventcore_schema_model::validate::Code::{self, *};

use crate::{Case, case, change, shapes};

fn tables(after: bool) -> Schema {
    let kind = Column::new(
        "kind",
        if after {
            DataType::Integer
        } else {
            DataType::Text
        },
    );
    let kind = if after {
        kind.rewrite_using(lit(1), "kinds are numbers")
    } else {
        kind
    };
    let boxes = Table::new("boxes")
        .column(Column::new("id", DataType::BigInt))
        .column(kind);
    let items = Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("box_id", DataType::BigInt).nullable())
        .column(Column::new("first", DataType::Text))
        .column(Column::new("last", DataType::Text));
    Schema::new("public").table(boxes).table(items)
}

fn bound(text: &str) -> Template {
    shapes::bound(text, &["boxes", "items"])
}

fn retyped(how: &'static str, text: &str) -> Case {
    let with = |after: bool| {
        let body = bound(text);
        tables(after).routine(Routine::new("put", Returns::Void, body))
    };
    change(SM135, how, with(false), with(true))
}

/// A trigger function of the boxes.
fn fired(text: &'static str) -> impl Fn(bool) -> Schema {
    move |after| {
        let trigger = Trigger::new("put", TriggerTiming::Before, [TriggerEvent::Insert], "put");
        let routine = Routine::new("put", Returns::Trigger, bound(text));
        tables(after)
            .routine(routine)
            .edit_table("boxes", |it| it.trigger(trigger))
    }
}

fn returns(code: Code, how: &'static str, row: &[(&str, DataType)], text: &str) -> Case {
    let mut shape = Row::new("Found", "It.");
    for (name, ty) in row {
        shape = shape.column(*name, ty.clone(), "It.");
    }
    let query = Query::new("items", "look", "Looks.", bound(text));
    case(code, how, tables(false).query(query.many(shape)))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let text = || DataType::Text;
    let number = || DataType::BigInt;
    let audit = "BEGIN\n    RAISE NOTICE '% %', tg_table_name, new.kind;\n    RETURN new;\nEND";
    vec![
        retyped("a condition over a column of another kind", "BEGIN\n    DELETE FROM {boxes} WHERE kind LIKE 'x%';\nEND"),
        retyped("a column of another kind, by its alias", "BEGIN\n    PERFORM b.kind || 'x' FROM {boxes} AS b;\nEND"),
        retyped("a column of another kind, bound", "BEGIN\n    PERFORM b.{boxes.kind} || 'x' FROM {boxes} AS b;\nEND"),
        retyped("rows with a value of the kind before", "BEGIN\n    INSERT INTO {boxes} (id, kind) VALUES (1, 'x'::text);\nEND"),
        change(SM135, "a trigger's row with a column of another kind",
            fired("BEGIN\n    new.kind := 'x';\n    RETURN new;\nEND")(false), fired("BEGIN\n    new.kind := 'x';\n    RETURN new;\nEND")(true)),
        case(SM134, "a table without the column that a trigger passes on with the table's name", {
            let trigger = Trigger::new("put", TriggerTiming::Before, [TriggerEvent::Insert], "put");
            fired(audit)(false).edit_table("items", |it| it.trigger(trigger))
        }),
        returns(SM137, "changed rows in another order", &[("first", text()), ("last", text())], "UPDATE {items} SET id = 1 RETURNING last, first"),
        returns(SM137, "columns of a common table expression in another order", &[("first", text()), ("last", text())], "WITH x AS (SELECT first, last FROM {items}) SELECT x.last, x.first FROM x"),
        returns(SM137, "fewer columns behind a common table expression", &[("first", text()), ("last", text())], "WITH x AS (SELECT first, last FROM {items}) SELECT x.first FROM x"),
        returns(SM137, "a count that is no integer", &[("n", DataType::Integer)], "SELECT count(*) AS n FROM {items}"),
        returns(SM137, "a sum that is numeric", &[("n", number())], "SELECT sum(i.{items.id}) AS n FROM {items} AS i"),
        returns(SM137, "an average that is numeric", &[("n", DataType::DoublePrecision)], "SELECT avg(id) AS n FROM {items}"),
        returns(SM137, "a cast to another type", &[("n", number())], "SELECT count(*)::integer AS n FROM {items}"),
    ]
}

/// Texts that fit.
pub(super) fn accepted() -> Vec<(Schema, Schema)> {
    let same = |row: &[(&str, DataType)], text: &str| {
        let case = returns(SM137, "", row, text);
        (case.schema.clone(), case.schema)
    };
    let branches = "BEGIN\n    IF tg_table_name = 'boxes' THEN\n        new.kind := 'x';\n    END IF;\n    RETURN new;\nEND";
    let trigger = Trigger::new("put", TriggerTiming::Before, [TriggerEvent::Insert], "put");
    let branches = fired(branches)(false).edit_table("items", |it| it.trigger(trigger));
    let mentioned = |after: bool| {
        let body = bound("BEGIN\n    DELETE FROM {boxes} WHERE kind IS NULL;\nEND");
        let body = body.mentions("kind", "NULL has no kind");
        tables(after).routine(Routine::new("put", Returns::Void, body))
    };
    vec![
        (branches.clone(), branches),
        (mentioned(false), mentioned(true)),
        same(
            &[("n", DataType::BigInt)],
            "WITH x AS (SELECT id FROM {items}) SELECT count(*) AS n FROM x",
        ),
        same(
            &[("n", DataType::BigInt)],
            "SELECT count(*) + count(*)::integer AS n FROM {items}",
        ),
        same(
            &[("n", DataType::Text)],
            "SELECT i.first || count(*)::text AS n FROM {items} AS i GROUP BY i.first",
        ),
        same(
            &[("n", DataType::Boolean)],
            "SELECT i.first LIKE i.last::text AS n FROM {items} AS i",
        ),
        same(
            &[("n", DataType::Boolean)],
            "SELECT i.id BETWEEN 1 AND 3::integer AS n FROM {items} AS i",
        ),
        same(
            &[("n", DataType::Timestamp)],
            "SELECT now() AT TIME ZONE i.last::text AS n FROM {items} AS i",
        ),
        same(
            &[("last", DataType::Text), ("first", DataType::Text)],
            "UPDATE {items} SET id = 1 RETURNING last, first",
        ),
    ]
}
