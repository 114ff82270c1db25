//! Texts that keep a name which a change takes away.

use eventcore_schema_model::expr::raw;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;
use eventcore_schema_model::validate::Code::*;

use crate::{Case, case, change};

/// What a release does to the shop.
#[derive(Clone, Copy, PartialEq)]
enum Shop {
    Same,
    ColumnRenamed,
    ColumnDropped,
    TableRenamed,
    LabelRenamed,
    RoutineRenamed,
}

fn shop(after: Shop, add: impl FnOnce(Schema) -> Schema) -> Schema {
    let quantity = if after == Shop::ColumnRenamed {
        "quantity"
    } else {
        "qty"
    };
    let column = Column::new(quantity, DataType::Integer);
    let column = if after == Shop::ColumnRenamed {
        column.renamed_from("qty")
    } else {
        column
    };
    let table = Table::new(if after == Shop::TableRenamed {
        "parts"
    } else {
        "items"
    });
    let table = if after == Shop::TableRenamed {
        table.renamed_from("items")
    } else {
        table
    };
    let table = table
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("state", DataType::named("item_state")));
    let table = if after == Shop::ColumnDropped {
        table.drop_column("qty", "nobody counts")
    } else {
        table.column(column)
    };
    let state = EnumType::new(
        "item_state",
        [
            "open",
            if after == Shop::LabelRenamed {
                "settled"
            } else {
                "paid"
            },
        ],
    );
    let state = if after == Shop::LabelRenamed {
        state.renamed_label("paid", "settled")
    } else {
        state
    };
    let number = Routine::new(
        if after == Shop::RoutineRenamed {
            "next_number"
        } else {
            "item_number"
        },
        Returns::Value(DataType::BigInt),
        "SELECT 1",
    );
    let number = if after == Shop::RoutineRenamed {
        number.renamed_from("item_number")
    } else {
        number
    };
    let other = Table::new("boxes").column(Column::new("qty", DataType::Integer));
    add(Schema::new("shop")
        .user_type(state)
        .table(table)
        .table(other)
        .routine(number.language(Language::Sql)))
}

fn changed(after: Shop, add: impl Fn(Schema, Shop) -> Schema) -> (Schema, Schema) {
    let before = Shop::Same;
    (
        shop(before, |it| add(it, before)),
        shop(after, |it| add(it, after)),
    )
}

fn table(after: Shop) -> &'static str {
    if after == Shop::TableRenamed {
        "parts"
    } else {
        "items"
    }
}

fn query(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let text = Template::new(text).relation("items", table(after));
        schema.query(Query::new("items", "look", "Looks.", text))
    }
}

fn routine(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let text = Template::new(text).relation("items", table(after));
        let text = if text.text.contains("{items}") {
            text
        } else {
            Template::new(text.text)
        };
        schema.routine(Routine::new("look", Returns::Void, text))
    }
}

fn view(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let text = Template::new(text).relation("items", table(after));
        schema.view(View::new("looks", text).column("n", DataType::Integer, true))
    }
}

fn refused(how: &'static str, after: Shop, add: impl Fn(Schema, Shop) -> Schema) -> Case {
    let (before, after) = changed(after, add);
    change(SM135, how, before, after)
}

fn checked(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let name = if after == Shop::ColumnRenamed {
            "quantity"
        } else {
            "qty"
        };
        let condition = raw(
            text,
            DataType::Boolean,
            Volatility::Immutable,
            [name],
            "a test",
        );
        schema.edit_table(table(after), |it| it.check("items_qty_check", condition))
    }
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let column = Shop::ColumnRenamed;
    let dropped = Shop::ColumnDropped;
    let table = Shop::TableRenamed;
    let label = Shop::LabelRenamed;
    let called = Shop::RoutineRenamed;
    let mention = Template::new("SELECT 1").mentions("qty", "nothing at all");
    let mentions = Schema::new("shop").query(Query::new("items", "look", "Looks.", mention));
    vec![
        refused("a query has a renamed column's old name", column, query("DELETE FROM {items} WHERE qty = 0")),
        refused("a query has a dropped column's name", dropped, query("DELETE FROM {items} WHERE qty = 0")),
        refused("a view has a renamed column's old name", column, view("SELECT qty AS n FROM {items}")),
        refused("a routine has a renamed column's old name", column, routine("BEGIN\n    UPDATE {items} SET qty = 0;\nEND")),
        refused("a raw check has a renamed column's old name", column, checked("qty > 0")),
        refused("a routine has a renamed table's old name", table, routine("BEGIN\n    DELETE FROM public.items;\nEND")),
        refused("a routine has a renamed routine's old name", called, routine("BEGIN\n    PERFORM public.item_number();\nEND")),
        refused("a query has a renamed label's old text", label, query("DELETE FROM {items} WHERE state = 'paid'")),
        refused("a view has a renamed label's old text", label, view("SELECT 1 AS n FROM {items} AS i WHERE i.state = 'paid'")),
        selects("another number of columns", "SELECT i.id, i.qty, 1 FROM {items} AS i"),
        selects("all columns, of which there are more", "SELECT i.{items.*} FROM {items} AS i"),
        selects("a column of another name", "SELECT i.{items.qty}, i.id FROM {items} AS i"),
        selects("a column of another type", "SELECT i.{items.qty} AS id, i.qty FROM {items} AS i"),
        selects("another number of columns returned", "DELETE FROM {items} RETURNING id"),
        case(SM136, "a text mentions a word that it does not have", mentions),
    ]
}

fn selects(how: &'static str, text: &'static str) -> Case {
    let row = Row::new("Item", "An item.").column("id", DataType::BigInt, "It.");
    let row = row.column("qty", DataType::Integer, "How many.");
    let text = Template::new(text).relation("items", "items");
    let query = Query::new("items", "look", "Looks.", text).many(row);
    case(SM137, how, shop(Shop::Same, |it| it.query(query)))
}

/// Texts in which the name means something else.
pub(crate) fn accepted() -> Vec<(Schema, Schema)> {
    let column = Shop::ColumnRenamed;
    let table = Shop::TableRenamed;
    let label = Shop::LabelRenamed;
    let mentioned = |schema: Schema, after: Shop| {
        let text = Template::new(
            "SELECT qty FROM {items}, LATERAL jsonb_to_record('{{}}') AS it (qty integer)",
        );
        let text = text
            .relation("items", self::table(after))
            .mentions("qty", "a member of JSON");
        schema.query(Query::new("items", "look", "Looks.", text))
    };
    let other = |schema: Schema, after: Shop| {
        let text =
            Template::new("DELETE FROM {boxes} WHERE qty = 0 AND EXISTS (SELECT FROM {items})");
        let text = text
            .relation("items", self::table(after))
            .relation("boxes", "boxes");
        schema.query(Query::new("items", "look", "Looks.", text))
    };
    vec![
        changed(column, query("SELECT i.id AS qty FROM {items} AS i")),
        changed(column, query("SELECT 'qty' FROM {items} -- qty")),
        changed(
            column,
            routine(
                "DECLARE\n    a bigint;\n    qty bigint;\nBEGIN\n    SELECT i.id INTO qty FROM {items} AS i;\nEND",
            ),
        ),
        changed(
            column,
            query("WITH qty AS (SELECT 1) DELETE FROM {items} WHERE id IN (SELECT * FROM qty)"),
        ),
        changed(column, other),
        changed(column, mentioned),
        changed(table, query("SELECT items.id FROM {items} AS items")),
        changed(label, |schema, _| {
            schema.query(Query::new(
                "items",
                "look",
                "Looks.",
                "SELECT 'paid' FROM boxes",
            ))
        }),
    ]
}
