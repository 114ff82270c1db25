//! What a server says of a definition that gen-sql alone cannot know: whether a database has events of a type, and whether
//! queries and views are what is declared of them.

use eventcore_codegen::plan::plan_founding;
use eventcore_codegen::sql::{data_type, qualified, query_text, quote_ident, whole_schema};
use eventcore_migrate::{ThrowAway, open, words};
use eventcore_schema_model::eventcore::events::EVENT_LOG;
use eventcore_schema_model::name::IntoName as _;
use eventcore_schema_model::query::Query;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::ValidSchema;
use eventcore_schema_model::view::View;
use tokio_postgres::error::{DbError, ErrorPosition};
use tokio_postgres::types::{Kind, Oid, Type};
use tokio_postgres::{Client, Error, Statement};

use super::{Database, DatabaseError, runtime};

/// The names of these event types of which the log has events.
pub(crate) fn stored_event_types(
    url: &str,
    schema: &Schema,
    names: &[&str],
) -> Result<Vec<String>, DatabaseError> {
    ask_log(url, schema, names, |log| {
        format!(
            "SELECT name FROM pg_catalog.unnest($1::text[]) AS name \
             WHERE EXISTS (SELECT FROM {log} AS log WHERE log.event_type = name)"
        )
    })
}

/// The types of stored events that have none of these names. One look into the index of types each.
pub(crate) fn other_event_types(
    url: &str,
    schema: &Schema,
    known: &[&str],
) -> Result<Vec<String>, DatabaseError> {
    ask_log(url, schema, known, |log| {
        format!(
            "WITH RECURSIVE type (name) AS (
                 (SELECT log.event_type FROM {log} AS log ORDER BY log.event_type LIMIT 1)
                 UNION ALL
                 SELECT (SELECT log.event_type FROM {log} AS log WHERE log.event_type > type.name ORDER BY log.event_type LIMIT 1)
                   FROM type
                  WHERE type.name IS NOT NULL
             )
             SELECT type.name FROM type WHERE type.name <> ALL ($1::text[])"
        )
    })
}

/// What a question about the log gives for these names; nothing where there is no log.
fn ask_log(
    url: &str,
    schema: &Schema,
    names: &[&str],
    question: impl FnOnce(&str) -> String,
) -> Result<Vec<String>, DatabaseError> {
    let Database { config, tls } = Database::of(url)?;
    runtime()?.block_on(async {
        let client = open(&config, tls).await?;
        let log = qualified(schema, &EVENT_LOG.into_name());
        let found = async {
            let exists = "SELECT pg_catalog.to_regclass($1) IS NOT NULL";
            let exists = client.query_one(exists, &[&log]).await?;
            if !exists.get::<_, bool>(0) {
                return Ok(Vec::new());
            }
            let rows = client.query(&question(&log), &[&names]).await?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        };
        found.await.map_err(|error: Error| DatabaseError::Asked {
            what: "which events its log has",
            reason: words(&error),
        })
    })
}

/// What is wrong with the definition's queries and views, a line each: they are prepared in a throw-away database that has the schema.
pub(crate) fn query_defects(url: &str, schema: &ValidSchema) -> Result<Vec<String>, DatabaseError> {
    let Database { config, tls } = Database::of(url)?;
    runtime()?.block_on(async {
        let client = open(&config, tls.clone()).await?;
        let refused = |error: &Error| DatabaseError::NoThrowAway {
            reason: words(error),
        };
        let database = ThrowAway::create(&client, "definition").await;
        let database = database.map_err(|error| refused(&error))?;
        let found = match open(&database.config(&config), tls).await {
            Ok(inside) => defects_in(schema, &inside).await,
            Err(error) => Err(error.into()),
        };
        let dropped = database.drop(&client).await;
        let found = found?;
        dropped.map_err(|error| refused(&error))?;
        Ok(found)
    })
}

async fn defects_in(schema: &ValidSchema, client: &Client) -> Result<Vec<String>, DatabaseError> {
    let refused = |reason| DatabaseError::NoThrowAway { reason };
    let rendered = plan_founding(schema, None, "").map_err(|error| error.to_string());
    let text = rendered
        .and_then(|planned| whole_schema(schema, &planned).map_err(|error| error.to_string()))
        .map_err(refused)?;
    let namespace = quote_ident(schema.namespace.as_str());
    let prepare = match schema.find_namespace(&schema.namespace) {
        Some(_) => String::new(),
        None => format!("CREATE SCHEMA IF NOT EXISTS {namespace};\n"),
    };
    let text = format!("{prepare}{text}");
    let created = client.batch_execute(&text).await;
    created.map_err(|error| DatabaseError::Schema {
        reason: [words(&error), place_in(&text, &error)].concat(),
    })?;
    let mut all = Vec::new();
    for view in &schema.views {
        let defect = view_defect(schema, view, client).await;
        let defect = defect.map_err(|error| DatabaseError::Asked {
            what: "for the columns of a view",
            reason: words(&error),
        })?;
        if let Some(defect) = defect {
            all.push(format!("view `{}`: {defect}", view.name));
        }
    }
    for query in &schema.queries {
        let defect = defect(schema, query, client).await;
        let defect = defect.map_err(|error| DatabaseError::Asked {
            what: "for the types of a query",
            reason: words(&error),
        })?;
        if let Some(defect) = defect {
            all.push(format!("query `{}`: {defect}", query.name));
        }
    }
    Ok(all)
}

/// The statement and the line of it at which the server stops, as far as it says so.
fn place_in(text: &str, error: &Error) -> String {
    let error = error.as_db_error();
    let Some(ErrorPosition::Original(position)) = error.and_then(DbError::position) else {
        let within = error.and_then(DbError::where_).unwrap_or_default();
        let first = within.lines().next().unwrap_or_default();
        return if first.is_empty() {
            String::new()
        } else {
            format!(", in {first}")
        };
    };
    let before: String = text.chars().take(*position as usize).collect();
    let number = before.matches('\n').count();
    let verbs = ["ALTER ", "COMMENT ", "CREATE ", "DO ", "GRANT ", "REVOKE "];
    let begins = |line: &&str| verbs.iter().any(|verb| line.starts_with(verb));
    let mut until: Vec<&str> = text.lines().take(number + 1).collect();
    let statement = until.iter().copied().rfind(begins);
    let line = until.pop();
    match (statement, line) {
        (Some(statement), Some(line)) if statement == line => format!(", in `{line}`"),
        (Some(statement), Some(line)) => format!(", at `{}` in `{statement}`", line.trim()),
        _ => String::new(),
    }
}

/// What the server says otherwise of a view than the definition.
async fn view_defect(
    schema: &ValidSchema,
    view: &View,
    client: &Client,
) -> Result<Option<String>, Error> {
    let columns = "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
          FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum";
    let name = qualified(schema, &view.name);
    let found: Vec<(String, String)> = client
        .query(columns, &[&name])
        .await?
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    if found.len() != view.columns.len() {
        return Ok(Some(format!(
            "it declares {} columns, and the text selects {}",
            view.columns.len(),
            found.len()
        )));
    }
    for (column, (name, ty)) in view.columns.iter().zip(found) {
        let declared = data_type(schema, &column.ty);
        let is_same = "SELECT $1::text::regtype = $2::text::regtype";
        let is_same: bool = client.query_one(is_same, &[&ty, &declared]).await?.get(0);
        if name != column.name.as_str() || !is_same {
            return Ok(Some(format!(
                "it declares column `{}` of type {declared}, and the text selects `{name}` of type {ty} there",
                column.name
            )));
        }
    }
    Ok(None)
}

/// What the server does not accept of a query, or answers otherwise than its row declares.
async fn defect(
    schema: &ValidSchema,
    query: &Query,
    client: &Client,
) -> Result<Option<String>, Error> {
    let text = match query_text(schema, query) {
        Ok(text) => text,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let types: Vec<String> = query
        .params
        .iter()
        .map(|it| data_type(schema, &it.ty))
        .collect();
    // The types of parameters have no place in the protocol but by their number.
    let params = oids(client, &types).await?;
    let params: Vec<Type> = params.into_iter().map(of_number).collect();
    let prepared = match client.prepare_typed(&text, &params).await {
        Ok(prepared) => prepared,
        Err(error) => return Ok(Some(words(&error))),
    };
    let Some(row) = &query.row else {
        let columns = prepared.columns().len();
        let defect = format!("it declares no row, and returns {columns} columns");
        return Ok((columns > 0).then_some(defect));
    };
    let declared: Vec<String> = row
        .columns
        .iter()
        .map(|it| data_type(schema, &it.ty))
        .collect();
    let wanted = oids(client, &declared).await?;
    let found = columns(&prepared);
    if found.len() != wanted.len() {
        let (found, wanted) = (found.len(), wanted.len());
        return Ok(Some(format!(
            "row `{}` declares {wanted} columns, and the text selects {found}",
            row.name
        )));
    }
    for (((name, oid, ty), wanted), (column, declared)) in found
        .into_iter()
        .zip(wanted)
        .zip(row.columns.iter().zip(&declared))
    {
        if name != column.name.as_str() || oid != wanted {
            return Ok(Some(format!(
                "row `{}` declares column `{}` of type {declared}, and the text selects `{name}` of type {ty} there",
                row.name, column.name
            )));
        }
    }
    Ok(None)
}

/// A type of which no more is known than what the protocol needs.
fn of_number(oid: Oid) -> Type {
    Type::from_oid(oid)
        .unwrap_or_else(|| Type::new(String::new(), oid, Kind::Simple, String::new()))
}

fn columns(prepared: &Statement) -> Vec<(&str, Oid, String)> {
    let columns = prepared.columns().iter();
    columns
        .map(|it| (it.name(), it.type_().oid(), it.type_().to_string()))
        .collect()
}

/// The numbers of types, of a domain that of the type below it, which is what rows have.
async fn oids(client: &Client, types: &[String]) -> Result<Vec<Oid>, Error> {
    let base = "WITH RECURSIVE base AS (
             SELECT t.oid, t.typtype, t.typbasetype, n
               FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS given (name, n)
               JOIN pg_catalog.pg_type AS t ON t.oid = pg_catalog.to_regtype(given.name)
             UNION ALL
             SELECT t.oid, t.typtype, t.typbasetype, base.n
               FROM base
               JOIN pg_catalog.pg_type AS t ON t.oid = base.typbasetype
              WHERE base.typtype = 'd'
         )
         SELECT oid FROM base WHERE typtype <> 'd' ORDER BY n";
    let rows = client.query(base, &[&types]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
