//! Functions of the server that are called with a column: which types they take, as the server says.

use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;
use eventcore_schema_model::validate::{Code, validate};
use eventcore_tests::TestDatabase;
use tokio_postgres::error::SqlState;

/// Calls, with `#` for the column.
const CALLS: &[&str] = &[
    "abs(#)",
    "array_length(ARRAY[1], #)",
    "array_lower(ARRAY[1], #)",
    "array_upper(ARRAY[1], #)",
    "avg(#)",
    "ceil(#)",
    "chr(#)",
    "coalesce(#, 1)",
    "concat('a', #)",
    "count(#)",
    "format('%s', #)",
    "generate_series(1, #)",
    "generate_subscripts(ARRAY[1], #)",
    "get_byte('\\x00'::bytea, #)",
    "greatest(#, 1)",
    "int4range(#, 2)",
    "int4range(1, #, '[]')",
    "jsonb_build_object('a', #)",
    "lag(1, #) OVER ()",
    "lead(1, #, 1) OVER ()",
    "left('abc', #)",
    "lpad('abc', #)",
    "lpad('abc', #, 'x')",
    "make_date(#, 1, 1)",
    "make_date(2026, #, #)",
    "make_interval(days => #)",
    "make_interval(secs => #)",
    "make_time(#, 1, 1)",
    "make_timestamp(2026, 1, 1, #, 1, 1)",
    "make_timestamptz(2026, 1, 1, #, 1, 1)",
    "make_timestamptz(2026, 1, 1, 1, #, 1, 'UTC')",
    "max(#)",
    "nth_value(1, #) OVER ()",
    "ntile(#) OVER ()",
    "num_nonnulls(#)",
    "pg_advisory_xact_lock(#)",
    "pg_advisory_xact_lock(1, #)",
    "pg_catalog.repeat('x', #)",
    "pg_try_advisory_xact_lock_shared(#, 1)",
    "repeat('x', #)",
    "right('abc', #)",
    "round(1.5, #)",
    "round(#)",
    "round(#, 1)",
    "rpad('abc', #)",
    "set_byte('\\x00'::bytea, 0, #)",
    "sign(#)",
    "split_part('a-b', '-', #)",
    "string_agg('a', 'b')",
    "substr('abc', #)",
    "substr('abc', 1, #)",
    "substring('abc', #)",
    "substring('abc', #, 1)",
    "sum(#)",
    "to_char(#, '9')",
    "to_json(#)",
    "to_timestamp(#)",
    "trim_array(ARRAY[1, 2], #)",
    "trunc(#)",
    "trunc(#, 1)",
    "width_bucket(1, 0, 1, #)",
];

#[tokio::test]
async fn calls_with_a_column_are_refused_where_the_server_has_no_such_function() {
    use DataType::{BigInt, DoublePrecision, Integer, Numeric, Real, SmallInt};
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let types = [
        SmallInt,
        Integer,
        BigInt,
        Numeric(None),
        Real,
        DoublePrecision,
    ];
    let (mut refused, mut wrong) = (0, Vec::new());
    for ty in types {
        let table = format!("DROP TABLE IF EXISTS items; CREATE TABLE items (n {ty})");
        client.batch_execute(&table).await.unwrap();
        for call in CALLS {
            let text = format!("SELECT {} FROM {{items}} AS i", call.replace('#', "i.n"));
            let sql = text.replace("{items}", "items");
            let is_known = match client.prepare(&sql).await {
                Ok(_) => true,
                Err(error) => {
                    let is_function = error.code() == Some(&SqlState::UNDEFINED_FUNCTION);
                    assert!(is_function, "{sql}: {error:?}");
                    false
                }
            };
            let items = Table::new("items").column(Column::new("n", ty.clone()));
            let body = Template::new(text);
            let look = Routine::new("look", Returns::Void, body.relation("items", "items"));
            let schema = Schema::new("public").table(items);
            let found: Vec<Code> = match validate(schema.routine(look.language(Language::Sql))) {
                Ok(_) => Vec::new(),
                Err(violations) => violations.as_slice().iter().map(|it| it.code).collect(),
            };
            let is_found = found.contains(&Code::SM167);
            if is_found == is_known {
                wrong.push(format!("{ty}: {sql}: {found:?}"));
            }
            refused += usize::from(is_found);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(refused > 100, "{refused}");
}
