//! What the rules know of casts, operators and operator classes: that the server knows it so too.

use eventcore_schema_model::expr::BinaryOp;
use eventcore_schema_model::index::IndexMethod;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::{type_of, volatility_of};
use eventcore_tests::TestDatabase;

use crate::cases::pair;
use crate::shapes::shop;

const VERDICT: &str = include_str!("server/verdict.sql");

#[rustfmt::skip] // as few lines as they need
pub(crate) fn types() -> Vec<DataType> {
    use DataType::*;
    vec![
        SmallInt, Integer, BigInt, Numeric(None), Real, DoublePrecision, Boolean, Text, VarChar(10), Bytea, Uuid,
        Date, Time, Timestamp, TimestampTz, Interval, Json, Jsonb, Inet, Xid8,
        Range(RangeOf::Integer), Range(RangeOf::BigInt), Range(RangeOf::Numeric), Range(RangeOf::Date),
        Range(RangeOf::Timestamp), Range(RangeOf::TimestampTz),
        DataType::array(Text), DataType::array(Integer), DataType::array(Range(RangeOf::Date)),
    ]
}

/// One column `c1`, `c2`, ... of each type.
fn columns() -> Vec<Column> {
    let numbered = types().into_iter().enumerate();
    numbered
        .map(|(at, ty)| Column::new(format!("c{at}"), ty).nullable())
        .collect()
}

async fn table_of_all_types(db: &TestDatabase<'_>) -> tokio_postgres::Client {
    let client = db.connect().await;
    let columns: Vec<String> = columns()
        .iter()
        .map(|column| format!("{} {}", column.name, column.ty))
        .collect();
    let table = format!("CREATE TABLE every_type ({})", columns.join(", "));
    client.batch_execute(&table).await.unwrap();
    client.batch_execute(VERDICT).await.unwrap();
    client
}

/// What the server makes of an expression: its type and whether it is immutable; nothing when it refuses.
async fn verdict(client: &tokio_postgres::Client, sql: &str) -> Option<(String, bool)> {
    let row = client
        .query_one("SELECT * FROM verdict($1)", &[&sql])
        .await
        .unwrap();
    let ty: Option<String> = row.get(0);
    ty.map(|ty| (ty, row.get(1)))
}

fn ours(expr: &Expr) -> Option<(String, bool)> {
    let columns = columns();
    let ty = type_of(&Schema::new("shop"), expr, &columns).ok()??;
    let ty = match ty {
        // The server names a type without its length.
        DataType::VarChar(_) => "character varying".to_owned(),
        ty => ty.to_string(),
    };
    Some((
        ty,
        volatility_of(&Schema::new("shop"), expr, &columns) == Volatility::Immutable,
    ))
}

#[tokio::test]
async fn casts_are_known_as_the_server_knows_them() {
    let db = TestDatabase::create().await;
    let client = table_of_all_types(&db).await;
    let mut wrong = Vec::new();
    for (at, from) in types().iter().enumerate() {
        for to in types() {
            let name = format!("c{at}");
            let expected = ours(&col(name.as_str()).cast(to.clone()));
            let found = verdict(&client, &format!("CAST({name} AS {to})")).await;
            // PostgreSQL 18 casts between bytea and the integers, 19 between bytea and uuid.
            let binary = |ty: &DataType| ty.is_integer() || *ty == DataType::Uuid;
            let newer = (*from == DataType::Bytea && binary(&to))
                || (binary(from) && to == DataType::Bytea);
            if expected != found && !newer {
                wrong.push(format!(
                    "{from} to {to}: we say {expected:?}, the server {found:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn operators_are_known_as_the_server_knows_them() {
    let operators = [
        (BinaryOp::Eq, "="),
        (BinaryOp::Lt, "<"),
        (BinaryOp::Add, "+"),
        (BinaryOp::Subtract, "-"),
        (BinaryOp::Multiply, "*"),
        (BinaryOp::Divide, "/"),
        (BinaryOp::Concat, "||"),
        (BinaryOp::Contains, "@>"),
        (BinaryOp::Overlaps, "&&"),
        (BinaryOp::JsonText, "->>"),
        (BinaryOp::IsDistinctFrom, "IS DISTINCT FROM"),
    ];
    let db = TestDatabase::create().await;
    let client = table_of_all_types(&db).await;
    let mut wrong = Vec::new();
    let types = types();
    for (op, sql) in operators {
        for (left, left_type) in types.iter().enumerate() {
            for (right, right_type) in types.iter().enumerate() {
                let operands = (format!("c{left}"), format!("c{right}"));
                let expected = ours(&Expr::Binary(
                    Box::new(col(operands.0.as_str())),
                    op,
                    Box::new(col(operands.1.as_str())),
                ));
                let found = verdict(&client, &format!("{} {sql} {}", operands.0, operands.1)).await;
                // An array and an element of another type: we want them alike.
                let widens = op == BinaryOp::Concat
                    && expected.is_none()
                    && (matches!(left_type, DataType::Array(_))
                        || matches!(right_type, DataType::Array(_)));
                if expected != found && !widens {
                    wrong.push(format!(
                        "{left_type} {sql} {right_type}: we say {expected:?}, the server {found:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn types_that_foreign_keys_pair_are_known_as_the_server_knows_them() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let mut wrong = Vec::new();
    for other in types() {
        if !other.is_sortable() {
            continue;
        }
        let parents = format!("CREATE TABLE parents (id {other} PRIMARY KEY)");
        client.batch_execute(&parents).await.unwrap();
        for own in types() {
            if !own.is_sortable() {
                continue;
            }
            let expected = validate(pair(own.clone(), other.clone())).is_ok();
            let children = format!("CREATE TABLE children (other {own} REFERENCES parents)");
            let found = client.batch_execute(&children).await.is_ok();
            let dropped = client.batch_execute("DROP TABLE IF EXISTS children");
            dropped.await.unwrap();
            if expected != found {
                wrong.push(format!(
                    "{own} to {other}: we say {expected}, the server {found}"
                ));
            }
        }
        client.batch_execute("DROP TABLE parents").await.unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn operator_classes_are_known_as_the_server_knows_them() {
    let methods = [
        (IndexMethod::Btree, "btree"),
        (IndexMethod::Hash, "hash"),
        (IndexMethod::Gin, "gin"),
        (IndexMethod::Gist, "gist"),
        (IndexMethod::SpGist, "spgist"),
        (IndexMethod::Brin, "brin"),
    ];
    let db = TestDatabase::create().await;
    let client = table_of_all_types(&db).await;
    let mut wrong = Vec::new();
    for (method, sql) in methods {
        let classes = "SELECT DISTINCT o.opcname::text FROM pg_opclass AS o JOIN pg_am AS a ON a.oid = o.opcmethod \
                       WHERE a.amname = $1 AND o.opcname NOT LIKE ALL (ARRAY['bpchar%', '%\\_record%', 'cidr%', \
                       'network%', 'name%', 'oid%', 'char%', 'enum%', 'tid%', 'multirange%', 'macaddr%', \
                       'bit%', 'varbit%', 'money%', 'record%', 'tsvector%', 'tsquery%', 'pg_lsn%', 'box%', 'point%', \
                       'poly%', 'circle%', 'quad%', 'kd%', 'timetz%', 'aclitem%', 'xid_%', 'cid_%'])";
        let rows = client.query(classes, &[&sql]).await.unwrap();
        let named = rows.iter().map(|row| Some(row.get::<_, String>(0)));
        for class in std::iter::once(None).chain(named) {
            for (at, ty) in types().iter().enumerate() {
                let column = format!("c{at}");
                let mut part = IndexPart::new(col(column.as_str()));
                part.opclass = class.as_ref().map(|class| Ident::new(class).unwrap());
                let table = columns()
                    .into_iter()
                    .fold(Table::new("every_type"), Table::column);
                let index = Index::new("some_index", [part]).method(method);
                let expected = validate(shop(table.index(index))).is_ok();
                let create = format!(
                    "BEGIN; CREATE INDEX ON every_type USING {sql} ({column} {}); ROLLBACK",
                    class.as_deref().unwrap_or_default()
                );
                let found = client.batch_execute(&create).await.is_ok();
                client.batch_execute("ROLLBACK").await.unwrap();
                // From 19 on the class for networks is a default; it is always written, for the sake of older servers.
                let newer = !expected && class.is_none() && (sql, ty) == ("gist", &DataType::Inet);
                if expected != found && !newer {
                    wrong.push(format!(
                        "{sql} {class:?} on {ty}: we say {expected}, the server {found}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn operators_of_exclusions_are_known_as_the_server_knows_them() {
    use IndexMethod::{Btree, Gist, Hash, SpGist};
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let mut wrong = Vec::new();
    for (method, sql) in [
        (Btree, "btree"),
        (Gist, "gist"),
        (Hash, "hash"),
        (SpGist, "spgist"),
    ] {
        for ty in types() {
            for operator in ExclusionOperator::ALL {
                // The one class for networks is no default.
                let is_net = method == Gist && ty == DataType::Inet;
                let (mut part, class) = (
                    IndexPart::new(col("c")),
                    if is_net { "inet_ops" } else { "" },
                );
                if is_net {
                    part = part.opclass(class);
                }
                let exclusion = Exclusion::new().method(method).part(part, operator);
                let table = Table::new("excluded")
                    .column(Column::new("c", ty.clone()))
                    .exclude("excluded_c_excl", exclusion);
                let expected = validate(Schema::new("x").table(table)).is_ok();
                let symbol = operator.symbol();
                let create = format!(
                    "BEGIN; CREATE TABLE excluded (c {ty}, EXCLUDE USING {sql} (c {class} WITH {symbol})); ROLLBACK"
                );
                let found = client.batch_execute(&create).await.is_ok();
                if !found {
                    client.batch_execute("ROLLBACK").await.unwrap();
                }
                if expected != found {
                    wrong.push(format!(
                        "{sql} over {ty} by {symbol}: we say {expected}, the server {found}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
