//! Rows in every table, and what they are before and after.

use eventcore_codegen::sql::{data_type, expr, qualified, quote_ident, quote_literal};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::user_type::RenamedLabel;
use tokio_postgres::Client;

use crate::case::run;

/// Rows of each table.
const ROWS: i64 = 12;

/// Puts rows into every table: numbers from 1 on, and NULL in every third row where that may be. A foreign key finds
/// its row, since all tables have the same ids.
pub(crate) async fn fill(client: &Client, schema: &Schema) {
    run(
        client,
        "SET session_replication_role = replica",
        "no checks of order",
    )
    .await;
    for table in &schema.tables {
        let mut names = Vec::new();
        let mut values = Vec::new();
        for column in table.columns.iter().filter(|it| it.generated.is_none()) {
            names.push(quote_ident(column.name.as_str()).into_owned());
            let value = value_of(schema, &column.ty);
            values.push(if column.nullable {
                format!("CASE WHEN n % 3 <> 0 THEN {value} END")
            } else {
                value
            });
        }
        let sql = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM generate_series(1, {ROWS}) AS n",
            qualified(schema, &table.name),
            names.join(", "),
            values.join(", ")
        );
        run(client, &sql, &sql).await;
    }
    run(client, "RESET session_replication_role", "").await;
}

pub(crate) fn value_of(schema: &Schema, ty: &DataType) -> String {
    match ty {
        DataType::Array(element) => format!("ARRAY[{}]", value_of(schema, element)),
        DataType::Boolean => "n % 2 = 0".to_owned(),
        DataType::Text | DataType::VarChar(_) => "'text ' || n".to_owned(),
        DataType::Uuid => "lpad(n::text, 32, '0')::uuid".to_owned(),
        DataType::Date => "DATE '2026-01-01' + n::integer".to_owned(),
        DataType::TimestampTz => "TIMESTAMPTZ '2026-01-01Z' + n * INTERVAL '1 hour'".to_owned(),
        DataType::Timestamp => "TIMESTAMP '2026-01-01' + n * INTERVAL '1 hour'".to_owned(),
        DataType::Time => "TIME '10:00' + n * INTERVAL '1 minute'".to_owned(),
        DataType::Interval => "make_interval(months => n::integer, secs => n)".to_owned(),
        DataType::Bytea => "decode(lpad(n::text, 4, '05c'), 'hex')".to_owned(),
        DataType::Jsonb => "jsonb_build_object('n', n)".to_owned(),
        DataType::Named(_) if schema.find_domain(ty).is_some() => {
            value_of(schema, schema.base_of(ty))
        }
        DataType::Named(name) if schema.extension_of(name).is_some() => {
            let ty = data_type(schema, ty);
            let text = match name.name.as_str() {
                "hstore" => "'key => ' || n",
                _ => "'text' || n",
            };
            format!("({text})::text::{ty}")
        }
        DataType::Named(_) if schema.find_composite(ty).is_some() => {
            let attributes = schema.find_composite(ty).map(|it| &it.attributes);
            let values = attributes.into_iter().flatten();
            let values: Vec<String> = values.map(|it| value_of(schema, &it.ty)).collect();
            format!("ROW({})::{}", values.join(", "), data_type(schema, ty))
        }
        // Each label in turn, but the one that a definition may want to be rid of: the last.
        DataType::Named(_) => {
            let labels = schema.find_enum(ty).map_or(&[][..], |it| &it.labels);
            let labels: Vec<_> = labels[..labels.len().max(2) - 1]
                .iter()
                .map(|it| quote_literal(it))
                .collect();
            format!(
                "(ARRAY[{}])[1 + n % {}]::{}",
                labels.join(", "),
                labels.len(),
                data_type(schema, ty)
            )
        }
        number => format!("n::{number}"),
    }
}

/// What a column holds, with the names that it has in either schema.
struct Held {
    before: (String, String),
    after: (String, String),
    /// Labels that have another text afterwards.
    relabelled: Vec<RenamedLabel>,
    /// Whether rows without a value get one on the way.
    filled: bool,
    /// A cast to the type that it has afterwards; a type of the definition may have another name before.
    cast: String,
}

/// The attributes that a composite type keeps, by their names before and after; nothing for another type.
fn kept_attributes(
    from: &Schema,
    to: &Schema,
    before: &DataType,
    after: &DataType,
) -> Option<Vec<(Ident, Ident)>> {
    let (before, after) = (from.find_composite(before)?, to.find_composite(after)?);
    let attributes = after.attributes.iter().filter_map(|it| {
        let old = before
            .find_attribute(&it.name)
            .or_else(|| before.find_attribute(it.renamed_from.as_ref()?));
        Some((old?.name.clone(), it.name.clone()))
    });
    Some(attributes.collect())
}

/// The table as it was, under whatever name.
fn table_before<'a>(from: &'a Schema, table: &Table) -> Option<&'a Table> {
    from.find_table(&table.name)
        .or_else(|| from.find_table(table.renamed_from.as_ref()?))
}

/// The columns that both schemas have, under whatever name.
fn kept(from: &Schema, to: &Schema) -> Vec<Held> {
    let mut kept = Vec::new();
    for after in &to.tables {
        let Some(before) = table_before(from, after) else {
            continue;
        };
        for column in &after.columns {
            let old = before
                .find_column(&column.name)
                .or_else(|| before.find_column(column.renamed_from.as_ref()?));
            // What another value is computed for is not kept.
            let is_computed = column.rewrite.as_ref().is_some_and(|it| it.using.is_some());
            if let Some(old) = old.filter(|_| !is_computed && column.generated.is_none()) {
                let attributes = kept_attributes(from, to, &old.ty, &column.ty);
                let name = |schema: &Schema, table: &Table, column: &Column| {
                    let own = quote_ident(column.name.as_str()).into_owned();
                    let is_old = std::ptr::eq(column, old);
                    let part = |(before, after): &(Ident, Ident)| {
                        let name = if is_old { before } else { after };
                        format!("({own}).{}", quote_ident(name.as_str()))
                    };
                    let value = match &attributes {
                        None => own.clone(),
                        // A value of which no attribute is kept is still none or some.
                        Some(kept) if kept.is_empty() => format!("({own} IS DISTINCT FROM NULL)"),
                        Some(kept) => {
                            let parts: Vec<String> = kept.iter().map(part).collect();
                            format!("ROW({})", parts.join(", "))
                        }
                    };
                    (qualified(schema, &table.name), value)
                };
                kept.push(Held {
                    before: name(from, before, old),
                    after: name(to, after, column),
                    relabelled: column.ty.name().map_or_else(Vec::new, |_| {
                        let ty = to.find_enum(column.ty.element());
                        ty.map_or_else(Vec::new, |it| it.renamed_labels.clone())
                    }),
                    filled: column.backfill.is_some(),
                    cast: match column.ty.name() {
                        Some(_) => String::new(),
                        None => format!("::{}", column.ty),
                    },
                });
            }
        }
    }
    kept
}

/// The columns that are new in tables that are not, with what fills them.
fn filled(from: &Schema, to: &Schema) -> Vec<(String, String, String)> {
    let mut filled = Vec::new();
    for table in &to.tables {
        let Some(before) = table_before(from, table) else {
            continue;
        };
        let is_new =
            |it: &&Column| it.renamed_from.is_none() && before.find_column(&it.name).is_none();
        for column in table.columns.iter().filter(is_new) {
            if let Some(value) = &column.backfill {
                filled.push((
                    qualified(to, &table.name),
                    quote_ident(column.name.as_str()).into_owned(),
                    expr(to, value),
                ));
            }
        }
    }
    filled
}

async fn read(
    client: &Client,
    (table, column): &(String, String),
    held: &Held,
) -> Vec<Option<String>> {
    let only = if held.filled {
        format!("WHERE id % 3 <> 0 AND {column} IS NOT NULL")
    } else {
        String::new()
    };
    let sql = format!(
        "SELECT {column}{}::text FROM {table} {only} ORDER BY id",
        held.cast
    );
    let rows = client
        .query(&sql, &[])
        .await
        .unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// What the columns hold that will be there afterwards.
pub(crate) async fn before(
    client: &Client,
    from: &Schema,
    to: &Schema,
) -> Vec<Vec<Option<String>>> {
    let mut all = Vec::new();
    for held in kept(from, to) {
        let mut values = read(client, &held.before, &held).await;
        for text in values.iter_mut().flatten() {
            *text = relabelled(text, &held.relabelled);
        }
        all.push(values);
    }
    all
}

/// A label, or an array of some, under the texts that they have afterwards.
fn relabelled(text: &str, words: &[RenamedLabel]) -> String {
    let parts = text.split_inclusive(['{', ',', '}']);
    let parts = parts.map(|part| {
        let label = part.trim_end_matches(['{', ',', '}']);
        match words.iter().find(|word| word.from == label) {
            Some(word) => part.replace(label, &word.to),
            None => part.to_owned(),
        }
    });
    parts.collect()
}

/// What they hold afterwards. New columns hold what they were filled with.
pub(crate) async fn after(client: &Client, from: &Schema, to: &Schema) -> Vec<Vec<Option<String>>> {
    for (table, column, value) in filled(from, to) {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} IS DISTINCT FROM ({value})");
        let row = client.query_one(&sql, &[]).await;
        let others: i64 = row
            .unwrap_or_else(|error| panic!("{error:?}\n{sql}"))
            .get(0);
        assert_eq!(others, 0, "rows of {table} where {column} is not {value}");
    }
    let mut all = Vec::new();
    for held in kept(from, to) {
        all.push(read(client, &held.after, &held).await);
    }
    all
}

/// Every row of every table, as text, without what another run gives another value, such as the time.
pub(crate) async fn all(client: &Client, schema: &Schema) -> Vec<String> {
    let mut all = Vec::new();
    let differs = |value: &Option<Expr>| matches!(value, Some(Expr::Call(_, arguments)) if arguments.is_empty());
    for table in &schema.tables {
        let columns = table.columns.iter();
        let columns = columns.filter(|it| !differs(&it.default) && !differs(&it.backfill));
        let columns: Vec<_> = columns.map(|it| quote_ident(it.name.as_str())).collect();
        let table = qualified(schema, &table.name);
        let sql = format!(
            "SELECT ROW({})::text FROM {table} ORDER BY 1",
            columns.join(", ")
        );
        let rows = client.query(&sql, &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        let rows = rows.iter().map(|row| row.get::<_, String>(0));
        all.extend(rows.map(|row| format!("{table} {row}")));
    }
    all
}
