//! A definition with every type and every cardinality, in two stores that differ in one text.

use eventcore_codegen::Store;
use eventcore_codegen::history::{Planning, Recorded};
use eventcore_codegen::output::OutputFile;
use eventcore_codegen::rust::{EmitError, MigrationFile, StoreFiles, emit};
use eventcore_schema_model::eventcore::{EventStore, Payload};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::server::ServerMajor;

/// Column and type: each nullable, so that each is tested with and without a value.
pub(crate) fn typed_columns() -> Vec<(&'static str, DataType)> {
    let mut columns = vec![
        ("small", DataType::SmallInt),
        ("whole", DataType::Integer),
        ("big", DataType::BigInt),
        ("exact", DataType::Numeric(None)),
        ("scaled", DataType::Numeric(Some((12, 3)))),
        ("single", DataType::Real),
        ("double", DataType::DoublePrecision),
        ("flag", DataType::Boolean),
        ("words", DataType::Text),
        ("short", DataType::VarChar(20)),
        ("raw", DataType::Bytea),
        ("key", DataType::Uuid),
        ("day", DataType::Date),
        ("clock", DataType::Time),
        ("local", DataType::Timestamp),
        ("instant", DataType::TimestampTz),
        ("span", DataType::Interval),
        ("document", DataType::Json),
        ("tree", DataType::Jsonb),
        ("host", DataType::Inet),
        ("transaction", DataType::Xid8),
        ("seats", DataType::Range(RangeOf::Integer)),
        ("numbers", DataType::Range(RangeOf::BigInt)),
        ("prices", DataType::Range(RangeOf::Numeric)),
        ("calendar", DataType::Range(RangeOf::Date)),
        ("local_time", DataType::Range(RangeOf::Timestamp)),
        ("period", DataType::Range(RangeOf::TimestampTz)),
    ];
    let arrays: Vec<_> = columns
        .iter()
        .map(|(name, ty)| (array_name(name), DataType::array(ty.clone())))
        .collect();
    columns.extend(arrays);
    columns
}

fn array_name(name: &str) -> &'static str {
    // Leaked once for each of the few columns of a test.
    Box::leak(format!("{name}_list").into_boxed_str())
}

/// The definition of one of the stores.
pub(crate) fn schema(name: &str) -> Schema {
    let mut table = Table::new("every_type")
        .column(Column::new("id", DataType::BigInt))
        .primary_key(["id"]);
    let mut row =
        Row::new("EveryType", "A row of all types.").column("id", DataType::BigInt, "Its number.");
    let mut insert = Query::new(
        "values",
        "insert_every_type",
        "Stores a row of all types.",
        insert_text(),
    )
    .param(Param::new("id", DataType::BigInt, "its number"));
    for (column, ty) in typed_columns() {
        table = table.column(
            Column::new(column, ty.clone())
                .nullable()
                .comment("A value [of the type] *named*."),
        );
        row = row.nullable(column, ty.clone(), "The value.");
        let mut param = Param::new(column, ty.clone(), "the value").nullable();
        if matches!(ty, DataType::Array(_)) {
            param = param.nullable_elements();
        }
        insert = insert.param(param);
    }
    // What no query passes on, and filters know.
    let mood = || DataType::named("Mood");
    table = table
        .column(Column::new("mood", mood()).default("calm"))
        .column(Column::new("moods", DataType::array(mood())).default("{calm,glad}"));
    let names: Vec<&str> = row
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let select = format!(
        "SELECT {}\n  FROM {{every_type}}\n",
        names.join(",\n       ")
    );
    let table_text = |text: String| Template::new(text).relation("every_type", "every_type");
    let number = || {
        Row::new("Counted", "How many.").column("counted", DataType::BigInt, "The number of rows.")
    };
    let mut schema = Schema::new(name)
        .namespace("fixture")
        .user_type(EnumType::new("Mood", ["sad", "calm", "glad"]))
        .table(table)
        .query(insert.affected())
        .query(
            Query::new("values", "every_type_by_id", "A row by its number.", table_text(format!("{select} WHERE id = {{id}}")))
                .param(Param::new("id", DataType::BigInt, "its number"))
                .optional(row.clone()),
        )
        .query(Query::new("values", "all_rows", "All rows.", table_text(format!("{select} ORDER BY id"))).many(row.clone()))
        .query(Query::new("values", "stream_every_type", "All rows.", table_text(format!("{select} ORDER BY id"))).stream(row.clone()))
        .query(Query::new("values", "the_only_row", "The only row.", table_text(select.clone())).one(row.clone()))
        .query(Query::new("values", "at_most_one_row", "The only row, if any.", table_text(select.clone())).optional(row))
        .query(
            Query::new("upkeep", "count_layout", "Rows, counted as the layout does.", table_text(format!(
                "SELECT count(*) + {} AS counted\n  FROM {{every_type}}",
                if name == "large" { 1000 } else { 0 }
            )))
            .one(number()),
        )
        .query(Query::new("upkeep", "reindex_every_type", "Rebuilds the indexes.", table_text("REINDEX TABLE CONCURRENTLY {every_type}".into())).outside_transaction())
        .query(Query::new("upkeep", "lock_every_type", "Locks \"the\" table \\ or not.", table_text("LOCK TABLE {every_type}".into())))
        .query(
            Query::new("awkward", "taken_names", "Parameters named as the function's own arguments.", Template::new(
                "SELECT CASE WHEN {flag} AND '\\' <> {client} THEN {layout}::bigint END AS counted\n -- \"quoted\" {{braces}}",
            ))
            .param(Param::new("flag", DataType::Boolean, "whether"))
            .param(Param::new("client", DataType::Text, "an argument's name"))
            .param(Param::new("layout", DataType::BigInt, "an argument's name"))
            .one(Row::new("MaybeCounted", "How many, if known.").nullable("counted", DataType::BigInt, "The number.")),
        )
        .query(Query::new("awkward", "lying_null", "Says that a value is never NULL, wrongly.", "SELECT NULL::bigint AS counted").one(number()))
        .query(Query::new("awkward", "lying_type", "Says another type than the server's.", "(SELECT 'x'::text AS counted)").one(number()))
        .query(Query::new("awkward", "lying_columns", "Returns a column more.", "(SELECT 1::bigint AS counted, 2)").one(number()))
        .query(Query::new("awkward", "v2", "Is named alike as a type and as a constant.", "SELECT 2::bigint AS counted").one(number()))
        .query(
            Query::new("awkward", "refuse", "Fails as an event store does.", Template::new("SELECT fixture.refuse({code}, {detail}) AS counted"))
                .param(Param::new("code", DataType::Text, "the SQLSTATE"))
                .param(Param::new("detail", DataType::Text, "the DETAIL"))
                .one(number()),
        );
    if name == "large" {
        schema = schema.query(
            Query::new(
                "upkeep",
                "only_large",
                "Only there.",
                "SELECT 7::bigint AS counted",
            )
            .one(number()),
        );
    }
    schema
}

fn insert_text() -> Template {
    let columns = typed_columns();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
    Template::new(format!(
        "INSERT INTO {{every_type}} (id, {})\nVALUES ({{id}}, {})",
        names.join(", "),
        values.join(", ")
    ))
    .relation("every_type", "every_type")
}

/// An event store as ours is not: payloads of bytes, a PostgreSQL schema of its own, and what the newest server has.
pub(crate) fn bytes_store() -> Schema {
    EventStore::partitioned()
        .name("bytes")
        .namespace("es")
        .declare_namespace()
        .payload(Payload::Bytea)
        .minimum_server(ServerMajor::NEWEST.0)
        .schema()
}

/// All emitted files.
pub(crate) fn emitted() -> Result<Vec<OutputFile>, EmitError> {
    let schemas = [schema("small"), schema("large"), bytes_store()];
    let schemas = schemas.map(|schema| match validate(schema) {
        Ok(schema) => schema,
        Err(violations) => panic!("{violations}"),
    });
    emit_all(&schemas.each_ref())
}

/// What these definitions give, with one migration each.
pub(crate) fn emit_all(schemas: &[&ValidSchema]) -> Result<Vec<OutputFile>, EmitError> {
    let migrations = [MigrationFile {
        version: 1,
        slug: "create_every_type".to_owned(),
        transactional: true,
    }];
    let recorded = Recorded::default();
    let stores: Vec<Store<'_>> = schemas
        .iter()
        .map(|schema| Store {
            schema,
            folder: "small",
            recorded: &recorded,
            planning: Planning::Founding,
        })
        .collect();
    let files: Vec<StoreFiles<'_>> = stores
        .iter()
        .map(|store| StoreFiles {
            store,
            migrations: &migrations,
        })
        .collect();
    emit(&files)
}
