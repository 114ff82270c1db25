//! One step from a schema to the next on a server: founded, filled, planned, applied, compared.

use eventcore_codegen::plan::{EvolutionError, Execution, PlannedMigration, plan_evolution, plan_founding};
use eventcore_codegen::sql;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::snapshot;
use eventcore_schema_model::validate::{ValidSchema, validate};
use eventcore_tests::{TestDatabase, catalog};
use tokio_postgres::Client;

/// A schema that keeps every rule.
#[track_caller]
pub(crate) fn valid(schema: Schema) -> ValidSchema {
    validate(schema).unwrap_or_else(|violations| panic!("{violations}"))
}

/// A migration and its text.
pub(crate) struct Rendered {
    pub(crate) planned: PlannedMigration,
    pub(crate) text: String,
}

/// The migrations from one schema to the next, by way of the first one's snapshot, as a run finds it.
pub(crate) fn evolve(from: &ValidSchema, to: &ValidSchema) -> Result<Vec<Rendered>, EvolutionError> {
    let stored = snapshot::from_text(&snapshot::to_text(from).unwrap()).unwrap();
    let planned = plan_evolution(&stored, to, 100, None)?;
    Ok(planned
        .into_iter()
        .map(|planned| Rendered {
            text: sql::migration(to, &planned).unwrap(),
            planned,
        })
        .collect())
}

/// Creates everything of a schema in an empty database.
pub(crate) async fn found(client: &Client, schema: &ValidSchema) {
    let planned = plan_founding(schema, None, "").unwrap();
    let text = sql::whole_schema(schema, &planned).unwrap();
    run(client, &text, "founding").await;
}

/// Runs a step as a runner does: in a transaction, or alone.
pub(crate) async fn apply(client: &Client, migration: &Rendered) {
    let Rendered { planned, text } = migration;
    let step = &planned.step;
    for condition in &step.needs {
        assert!(holds(client, &condition.query()).await, "before {}: {condition}\n{text}", planned.file_stem());
    }
    match step.execution {
        Execution::Transaction => run(client, &format!("BEGIN;\n{text}\nCOMMIT;"), text).await,
        Execution::Outside => run(client, text, text).await,
        Execution::Expanded => {
            for statement in expansion(client, text).await {
                run(client, &statement, text).await;
            }
        }
    }
    for condition in &step.leaves {
        assert!(holds(client, &condition.query()).await, "after {}: {condition}\n{text}", planned.file_stem());
    }
}

/// The statements that an expanded step is made of in this database.
async fn expansion(client: &Client, text: &str) -> Vec<String> {
    let mut statements = Vec::new();
    for query in text.split("\\gexec").filter(|part| part.contains("SELECT")) {
        let rows = client.query(query, &[]).await.unwrap_or_else(|error| panic!("{error:?}\n{query}"));
        for row in rows {
            statements.extend((0..row.len()).filter_map(|cell| row.get::<_, Option<String>>(cell)));
        }
    }
    statements
}

async fn holds(client: &Client, query: &str) -> bool {
    let row = client.query_one(query, &[]).await.unwrap();
    row.get::<_, Option<bool>>(0).unwrap_or(false)
}

pub(crate) async fn run(client: &Client, sql: &str, shown: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{error}: {:?}\n{shown}", std::error::Error::source(&error).map(ToString::to_string));
    }
}

/// The catalog without what a step cannot give: the order of columns, and the names that servers from 18 on give to a
/// column's refusal of NULL.
pub(crate) async fn catalog_of(client: &Client) -> String {
    let mut lines: Vec<String> = catalog::describe(client, &[])
        .await
        .lines()
        .map(|line| match line.split_once(" NOT NULL ") {
            Some((head, column)) if head.starts_with("constraint ") && !head.contains(" CHECK ") => {
                let table = head.split(' ').nth(1).unwrap_or_default();
                format!("constraint {table} NOT NULL {column}")
            }
            _ => without_rank(line),
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

fn without_rank(line: &str) -> String {
    let is_rank = |word: &&str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    if !line.starts_with("column ") {
        return line.to_owned();
    }
    let words: Vec<&str> = line.split(' ').collect();
    let rank = words.iter().position(|word| is_rank(&word));
    let kept = words.iter().enumerate().filter(|(at, _)| Some(*at) != rank);
    kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// The catalog of a schema that is founded in a database of its own.
pub(crate) async fn founded_catalog(schema: &ValidSchema) -> String {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, schema).await;
    catalog_of(&client).await
}
