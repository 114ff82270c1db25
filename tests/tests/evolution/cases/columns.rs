//! Each attribute of a column, in each direction.

use eventcore_schema_model::expr::{next_value, now};
use eventcore_schema_model::prelude::*;

use super::{Case, orders, shop};

fn c(ty: DataType) -> Column {
    Column::new("c", ty)
}

fn text() -> Column {
    c(DataType::Text)
}

fn big() -> Column {
    c(DataType::BigInt)
}

fn varchar(length: u32) -> Column {
    c(DataType::VarChar(length))
}

fn numeric(precision: u16, scale: i16) -> Column {
    c(DataType::Numeric(Some((precision, scale))))
}

fn small(column: Column) -> Column {
    column.rewrite("a small table")
}

fn from_note() -> Expr {
    call(Function::Upper, [col("note")])
}

/// A new column.
#[rustfmt::skip] // a case a line
fn added() -> Vec<(&'static str, Column)> {
    vec![
        ("nullable", text().nullable()),
        ("nullable_with_comment", text().nullable().comment("It's said.")),
        ("nullable_with_default", text().nullable().default("none")),
        ("nullable_with_backfill", text().nullable().backfill(col("note"))),
        ("default", c(DataType::Integer).default(0)),
        ("default_of_now", c(DataType::TimestampTz).default(now())),
        ("backfill", text().backfill("none")),
        ("backfill_from_other_column", big().backfill(col("customer"))),
        ("backfill_and_default", big().default(0).backfill(col("customer"))),
        ("backfill_equal_to_default", text().default("none").backfill("none")),
        ("backfill_and_comment", text().backfill("none").comment("Filled.")),
        ("collated", text().nullable().collate("C")),
        ("identity_always", small(big().identity(Identity::Always))),
        ("identity_by_default", small(big().identity(Identity::ByDefault))),
        ("generated", small(text().nullable().generated(from_note()))),
        ("volatile_default", small(c(DataType::Uuid).default(call::<Expr>(Function::GenRandomUuid, [])))),
        ("array", c(DataType::Array(Box::new(DataType::Text))).nullable()),
        ("json", c(DataType::Jsonb).default(lit(Literal::Typed("{}".into(), DataType::Jsonb)))),
        ("without_value", text()),
        ("volatile_without_word", c(DataType::Uuid).default(call::<Expr>(Function::GenRandomUuid, []))),
    ]
}

/// A column as it is, and as it is to be.
#[rustfmt::skip] // a case a line
fn altered() -> Vec<(&'static str, Column, Column)> {
    vec![
        ("widen_smallint", c(DataType::SmallInt), small(c(DataType::Integer))),
        ("widen_integer", c(DataType::Integer), small(big())),
        ("widen_bigint", big(), small(c(DataType::Numeric(None)))),
        ("widen_real", c(DataType::Real), small(c(DataType::DoublePrecision))),
        ("widen_numeric", numeric(12, 2), numeric(14, 2)),
        ("unbound_numeric", numeric(12, 2), c(DataType::Numeric(None))),
        ("rescale_numeric", numeric(12, 2), small(numeric(14, 4))),
        ("narrow_numeric", numeric(12, 2), small(numeric(6, 2))),
        ("narrow_bigint", big(), small(c(DataType::Integer))),
        ("narrow_text", text(), small(varchar(90))),
        ("narrow_varchar", varchar(90), small(varchar(40))),
        ("widen_varchar", varchar(40), varchar(90)),
        ("unbound_varchar", varchar(40), text()),
        ("date_to_timestamp", c(DataType::Date), small(c(DataType::Timestamp))),
        ("date_to_text", c(DataType::Date), small(text())),
        ("uuid_to_text", c(DataType::Uuid), small(text())),
        ("bigint_to_text", big(), small(text())),
        ("text_to_bigint", text(), c(DataType::BigInt).rewrite_using(lit(7_i64), "nobody read it")),
        ("text_to_bigint_without_word", text(), big()),
        ("boolean_to_text", c(DataType::Boolean), small(text())),
        ("jsonb_to_json", c(DataType::Jsonb), small(c(DataType::Json))),
        ("type_without_word", c(DataType::Integer), big()),
        ("type_and_default", c(DataType::Integer).default(1), small(big().default(2))),
        ("type_and_null", c(DataType::Integer), small(big().nullable())),
        ("type_and_refuse_null", c(DataType::Integer).nullable(), small(big().backfill(0))),
        ("type_and_comment", c(DataType::Integer), small(big().comment("More."))),
        ("collate", text(), small(text().collate("C"))),
        ("collate_no_more", text().collate("C"), small(text())),
        ("refuse_null", text().nullable(), text().backfill("none")),
        ("refuse_null_from_other_column", big().nullable(), big().backfill(col("customer"))),
        ("refuse_null_with_default", text().nullable(), text().default("none").backfill("none")),
        ("allow_null", text(), text().nullable()),
        ("allow_null_with_default", text(), text().nullable().default("none")),
        ("set_default", text(), text().default("none")),
        ("change_default", text().default("none"), text().default("some")),
        ("set_default_to_now", c(DataType::TimestampTz), c(DataType::TimestampTz).default(now())),
        ("drop_default", text().default("none"), text()),
        ("set_comment", text(), text().comment("It's said.")),
        ("change_comment", text().comment("One."), text().comment("Two.")),
        ("drop_comment", text().comment("One."), text()),
        ("identity_comes", big(), big().identity(Identity::ByDefault)),
        ("identity_always_comes", big(), big().identity(Identity::Always)),
        ("identity_changes", big().identity(Identity::ByDefault), big().identity(Identity::Always)),
        ("identity_goes", big().identity(Identity::ByDefault), big()),
        ("generated_goes", text().nullable().generated(from_note()), text().nullable()),
        ("generated_comes", text().nullable(), text().nullable().generated(from_note())),
        ("generated_changes", text().nullable().generated(from_note()), text().nullable().generated(call(Function::Lower, [col("note")]))),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, column) in added() {
        let with = |table: Table| table.column(column.clone());
        cases.push(Case::of_table(format!("add_column_{name}"), |it| it, with));
    }
    for (name, before, after) in altered() {
        let before = |table: Table| table.column(before.clone());
        let after = |table: Table| table.column(after.clone());
        cases.push(Case::of_table(format!("column_{name}"), before, after));
    }
    let renamed = |mut table: Table| {
        table.columns[2] = Column::new("remark", DataType::Text)
            .nullable()
            .renamed_from("note");
        table
    };
    cases.push(Case::of_table(
        "add_column_of_a_name_that_was_renamed",
        renamed,
        |it| renamed(it).column(Column::new("note", DataType::Text).nullable()),
    ));
    for (name, value) in [
        ("sequence", next_value("numbers")),
        ("constant", lit(0_i64)),
    ] {
        let with = |layout, column: Option<Column>| {
            let table = column.into_iter().fold(orders(layout), Table::column);
            shop(table).sequence(Sequence::new("numbers"))
        };
        let plain = || Some(big());
        let valued = || Some(big().default(value.clone()));
        cases.push(Case::new(format!("column_takes_{name}"), |it| {
            (with(it, plain()), with(it, valued()))
        }));
        cases.push(Case::new(format!("column_leaves_{name}"), |it| {
            (with(it, valued()), with(it, plain()))
        }));
        let drop = |it| {
            (
                with(it, valued()),
                with(it, None)
                    .edit_table("orders", |it| it.drop_column("c", "unused,\nas of today")),
            )
        };
        cases.push(Case::new(format!("drop_column_with_{name}"), drop));
    }
    let order = ["c", "d"];
    let both = |table: Table| {
        order.iter().fold(table, |table, name| {
            table.column(Column::new(*name, DataType::Text).nullable())
        })
    };
    let neither = |table: Table| table.drop_column("c", "unused").drop_column("d", "unused");
    cases.push(Case::of_table("add_two_columns", |it| it, both));
    cases.push(Case::of_table("drop_two_columns", both, neither));
    cases.push(Case::of_table("drop_column_without_word", both, |it| it));
    let other = |table: Table| table.column(Column::new("d", DataType::Text));
    let one = |table: Table| table.column(text());
    cases.push(Case::of_table("rename_column_without_word", one, other));
    let swapped = |table: Table| {
        let d = Column::new("d", DataType::Text)
            .nullable()
            .renamed_from("c");
        table.column(d).column(
            Column::new("c", DataType::Text)
                .nullable()
                .renamed_from("d"),
        )
    };
    cases.push(Case::of_table("swap_columns", both, swapped));
    cases
}
