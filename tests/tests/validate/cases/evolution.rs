//! Changes from one definition to the next.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{archive, log, monthly, orders, shop};
use crate::{Case, case, change};

fn items() -> Table {
    Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("name", DataType::Text).nullable())
        .primary_key(["id"])
}

/// Orders with another type of `total`.
fn with_total(ty: DataType) -> Table {
    let mut orders = orders();
    let total = orders
        .columns
        .iter_mut()
        .find(|column| column.name == *"total");
    if let Some(total) = total {
        total.ty = ty;
    }
    orders
}

/// Items that an order names.
fn named(table: Table) -> Schema {
    let key = ForeignKey::new(["name"], "items", ["name"]);
    let orders = Table::new("lines")
        .column(Column::new("name", DataType::Text))
        .foreign_key("lines_name_fkey", key);
    shop(table).table(orders)
}

fn the_log(edit: impl FnOnce(Table) -> Table) -> Schema {
    archive(edit(log(monthly())))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let empty = || Schema::new("shop");
    let both = || shop(orders()).table(items());
    let column = |column: Column| shop(orders().column(column));
    vec![
        case(SM007, "a rewrite without a reason", column(Column::new("tenant", DataType::Text).rewrite(" "))),
        case(SM019, "a back-fill of another type", column(Column::new("tenant", DataType::Uuid).backfill(col("total")))),
        case(SM019, "a back-fill with NULL", column(Column::new("tenant", DataType::Uuid).backfill(lit(Literal::Null)))),
        case(SM022, "a back-fill from itself", column(Column::new("tenant", DataType::Text).backfill(col("tenant")))),
        case(SM008, "a back-fill from an unknown column", column(Column::new("tenant", DataType::Text).backfill(col("owner")))),
        change(SM070, "a table renamed from nothing", shop(orders()), both().edit_table("items", |it| it.renamed_from("wares"))),
        change(SM070, "a table renamed from one that stays", shop(orders()), both().edit_table("items", |it| it.renamed_from("orders"))),
        change(SM070, "a table renamed to one that was there", both(), shop(orders()).table(items().renamed_from("orders")).edit_table("orders", |it| it)),
        change(SM070, "a column renamed from nothing", shop(orders()), column(Column::new("remark", DataType::Text).nullable().renamed_from("comment"))),
        change(SM070, "an index renamed from nothing", shop(orders()), shop(orders().index(Index::new("by_note", ["note"]).renamed_from("note_idx").serves_external("x")))),
        change(SM071, "a table without a word", both(), shop(orders())),
        change(SM071, "a column without a word", column(Column::new("tenant", DataType::Text)), shop(orders())),
        change(SM071, "a sequence without a word", empty().sequence(Sequence::new("numbers")), empty()),
        change(SM072, "a table given up that is still there", both(), both().drop(ObjectRef::table("items"), "nobody reads it")),
        change(SM072, "a table given up that never was", shop(orders()), shop(orders()).drop(ObjectRef::table("wares"), "nobody reads it")),
        change(SM072, "a column given up that never was", shop(orders()), shop(orders().drop_column("tenant", "nobody reads it"))),
        change(SM072, "an index given up", shop(orders()), shop(orders()).drop(ObjectRef::index("orders", "x"), "nobody needs it")),
        change(SM073, "a wider number", shop(orders()), shop(with_total(DataType::BigInt))),
        change(SM073, "a narrower number", shop(with_total(DataType::BigInt)), shop(with_total(DataType::Integer))),
        change(SM073, "a column with a value for each row", shop(orders()).sequence(Sequence::new("numbers")), column(Column::new("number", DataType::BigInt).default(next_value("numbers"))).sequence(Sequence::new("numbers"))),
        change(SM074, "a back-fill of a log", the_log(|it| it), the_log(|it| it.column(Column::new("tenant", DataType::Text).backfill("none")))),
        change(SM074, "another type in a log", the_log(|it| it.column(Column::new("size", DataType::Integer).nullable())), the_log(|it| it.column(Column::new("size", DataType::BigInt).nullable().rewrite("small")))),
        change(SM075, "a column without a value", shop(orders()), column(Column::new("tenant", DataType::Text))),
        change(SM075, "a column of a log without a value", the_log(|it| it), the_log(|it| it.column(Column::new("tenant", DataType::Text)))),
        change(SM076, "another PostgreSQL schema", shop(orders()), shop(orders()).namespace("es")),
        change(SM076, "a table that becomes partitioned", shop(orders()), shop(orders().partition_by(PartitionKey::range(["id"])))),
        change(SM076, "a key of a partitioned table", the_log(|it| it), the_log(|it| it.unique("log_id_at_key", ["id", "at"]))),
        change(SM076, "a key that a foreign key needs", named(items().unique("items_name_key", ["name"])), named(items().constraint(Constraint::unique("items_name_key", Key::new(["name"]).include(["id"]))))),
    ]
}
