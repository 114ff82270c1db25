//! What the rules know of the types and operator classes of extensions: that the server knows it so too.

use eventcore_schema_model::index::IndexMethod::{Btree, Gin, Gist, Hash};
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

use crate::catalog::types;

const EXTENSIONS: [&str; 5] = ["btree_gist", "citext", "hstore", "ltree", "pg_trgm"];

/// Classes that extensions bring for types that the model does not have.
const OF_OTHERS: &str = "SELECT DISTINCT o.opcname::text FROM pg_opclass AS o \
    JOIN pg_am AS a ON a.oid = o.opcmethod \
    JOIN pg_depend AS d ON d.classid = 'pg_opclass'::regclass AND d.objid = o.oid AND d.deptype = 'e' \
    WHERE a.amname = $1 AND o.opcname NOT LIKE ALL (ARRAY['%\\_bit\\_%', '%varbit%', '%cash%', '%cidr%', '%macad%', \
    '%\\_oid\\_%', '%timetz%', '%bpchar%', '%\\_\\_ltree%', '%hash\\_ltree%'])";

fn all_types() -> Vec<DataType> {
    let brought = ["citext", "hstore", "ltree"].map(DataType::named);
    types().into_iter().chain(brought).collect()
}

/// A schema with the extensions, of one table with a column of each type.
fn every_type() -> (Schema, Table) {
    let schema = EXTENSIONS.iter().fold(Schema::new("shop"), |it, name| {
        it.extension(Extension::new(*name))
    });
    let table = all_types()
        .into_iter()
        .enumerate()
        .fold(Table::new("every_type"), |table, (at, ty)| {
            table.column(Column::new(format!("c{at}"), ty).nullable())
        });
    (schema, table)
}

async fn with_extensions(db: &TestDatabase<'_>, table: &Table) -> Client {
    let client = db.connect().await;
    for name in EXTENSIONS {
        let create = format!("CREATE EXTENSION {name}");
        client.batch_execute(&create).await.unwrap();
    }
    let columns = table.columns.iter();
    let columns: Vec<String> = columns.map(|it| format!("{} {}", it.name, it.ty)).collect();
    let create = format!("CREATE TABLE every_type ({})", columns.join(", "));
    client.batch_execute(&create).await.unwrap();
    client
}

async fn accepts(client: &Client, sql: &str) -> bool {
    let found = client
        .batch_execute(&format!("BEGIN; {sql}; ROLLBACK"))
        .await;
    client.batch_execute("ROLLBACK").await.unwrap();
    found.is_ok()
}

#[tokio::test]
async fn classes_of_extensions_are_known_as_the_server_knows_them() {
    let db = TestDatabase::create().await;
    let (schema, table) = every_type();
    let client = with_extensions(&db, &table).await;
    let mut wrong = Vec::new();
    for (method, sql) in [
        (Btree, "btree"),
        (Hash, "hash"),
        (Gin, "gin"),
        (Gist, "gist"),
    ] {
        let rows = client.query(OF_OTHERS, &[&sql]).await.unwrap();
        let named = rows.iter().map(|row| Some(row.get::<_, String>(0)));
        for class in std::iter::once(None).chain(named) {
            for column in &table.columns {
                let mut part = IndexPart::new(col(&column.name));
                part.opclass = class.as_ref().map(|class| Ident::new(class).unwrap());
                let index = Index::new("some_index", [part]).method(method);
                let expected = validate(schema.clone().table(table.clone().index(index))).is_ok();
                let create = format!(
                    "CREATE INDEX ON every_type USING {sql} ({} {})",
                    column.name,
                    class.as_deref().unwrap_or_default()
                );
                // Servers from 17 on hash an ltree.
                let newer = (method, &column.ty) == (Hash, &DataType::named("ltree"));
                // It is a text to the server too; we want a class that knows no case.
                let as_text = !expected && column.ty == DataType::named("citext");
                // The server takes the class of btree_gist, or from 19 on its own; we want the reliable one by name.
                let unreliable = !expected
                    && (method, &column.ty) == (Gist, &DataType::Inet)
                    && class.as_deref().is_none_or(|it| it == "gist_inet_ops");
                if expected != accepts(&client, &create).await && !newer && !as_text && !unreliable
                {
                    wrong.push(format!(
                        "{sql} {class:?} on {}: we say {expected}",
                        column.ty
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn exclusions_by_btree_gist_are_known_as_the_server_knows_them() {
    let db = TestDatabase::create().await;
    let (schema, table) = every_type();
    let client = with_extensions(&db, &table).await;
    let mut wrong = Vec::new();
    for column in &table.columns {
        for operator in ExclusionOperator::ALL {
            let name = column.ty.name();
            if name.is_some_and(|it| schema.extension_of(it).is_some()) {
                continue;
            }
            let exclusion = Exclusion::new().part(column.name.as_str(), operator);
            let excluded = table.clone().exclude("excluded_excl", exclusion);
            let expected = validate(schema.clone().table(excluded)).is_ok();
            let symbol = operator.symbol();
            let add = format!(
                "ALTER TABLE every_type ADD EXCLUDE USING gist ({} WITH {symbol})",
                column.name
            );
            let unreliable = !expected && column.ty == DataType::Inet;
            if expected != accepts(&client, &add).await && !unreliable {
                wrong.push(format!("{} by {symbol}: we say {expected}", column.ty));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
