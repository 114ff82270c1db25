//! A large schema of no meaning.
#![allow(dead_code, reason = "not every benchmark needs all of it")]

use eventcore_schema_model::prelude::*;

/// 500 tables x 20 columns x 3 indexes.
pub(crate) fn tables() -> Schema {
    (0..500).fold(Schema::new("synthetic"), |schema, number| {
        let name = format!("table_{number:03}");
        let table = Table::new(&*name)
            .column(Column::new("id", DataType::BigInt))
            .primary_key(["id"])
            .comment("A table of the benchmark.");
        let table = (1..20).fold(table, |table, place| {
            let ty = [DataType::BigInt, DataType::Text, DataType::TimestampTz][place % 3].clone();
            table.column(
                Column::new(format!("column_{place:02}"), ty)
                    .nullable()
                    .comment("A column."),
            )
        });
        let table = (1..=3).fold(table, |table, place| {
            let column = format!("column_{place:02}");
            table.index(
                Index::new(format!("{name}_{place}_idx"), [&*column])
                    .serves_external("the benchmark"),
            )
        });
        schema.table(table)
    })
}

/// 1,500 queries on those tables.
pub(crate) fn queries(schema: Schema) -> Schema {
    (0..1500).fold(schema, |schema, number| {
        let table = format!("table_{:03}", number % 500);
        let row = Row::new(format!("Row{number}"), "A row of the benchmark.")
            .column("id", DataType::BigInt, "Its key.")
            .nullable("column_01", DataType::Text, "A text.");
        let body =
            Template::new("SELECT t.{t.id}, t.{t.column_01} FROM {t} AS t WHERE t.{t.id} = {id}")
                .relation("t", &*table);
        schema.query(
            Query::new(
                format!("module_{:02}", number % 30),
                format!("query_{number:04}"),
                "Finds a row.",
                body,
            )
            .param(Param::new("id", DataType::BigInt, "Its key."))
            .optional(row)
            .access(Access::to(&*table).equal(["id"])),
        )
    })
}

/// The same after 50 changes: a column for 25 tables, an index for 25 others.
pub(crate) fn changed(schema: Schema) -> Schema {
    (0..50).fold(schema, |schema, number| {
        let name = format!("table_{number:03}");
        schema.edit_table(&*name, |table| {
            if number % 2 == 0 {
                return table.column(Column::new("added", DataType::Text).nullable());
            }
            let index = Index::new(format!("{name}_added_idx"), ["column_04"]);
            table.index(index.serves_external("the benchmark"))
        })
    })
}
