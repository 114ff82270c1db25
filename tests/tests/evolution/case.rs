//! One step from a schema to the next on a server: founded, filled, planned, applied, compared.

use eventcore_codegen::plan::{
    Condition, EvolutionError, Execution, PlanError, PlannedMigration, plan_evolution,
    plan_founding,
};
use eventcore_codegen::sql;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::snapshot::{self, Newest};
use eventcore_schema_model::validate::{ValidSchema, validate};
use eventcore_tests::{TestDatabase, catalog, hostile};
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
pub(crate) fn evolve(
    from: &ValidSchema,
    to: &ValidSchema,
) -> Result<Vec<Rendered>, EvolutionError> {
    evolve_from(from, to, 100)
}

/// As [`evolve`], with the first one's number.
pub(crate) fn evolve_from(
    from: &ValidSchema,
    to: &ValidSchema,
    first: u32,
) -> Result<Vec<Rendered>, EvolutionError> {
    let text = snapshot::to_text(from, "", &Newest::default()).unwrap();
    evolve_stored(&snapshot::from_text(&text).unwrap().schema, to, first)
}

/// As [`evolve_from`], from a stored schema, which may break today's rules.
pub(crate) fn evolve_stored(
    stored: &Schema,
    to: &ValidSchema,
    first: u32,
) -> Result<Vec<Rendered>, EvolutionError> {
    let planned = plan_evolution(stored, to, first, None)?;
    Ok(planned
        .into_iter()
        .map(|planned| Rendered {
            text: sql::migration(to, &planned).unwrap(),
            planned,
        })
        .collect())
}

/// As [`evolve`]; nothing where the change is refused by rule, or because of what rests on it.
pub(crate) fn evolve_if_allowed(
    from: &ValidSchema,
    to: &ValidSchema,
    shown: &str,
) -> Option<Vec<Rendered>> {
    match evolve(from, to) {
        Ok(migrations) => Some(migrations),
        Err(
            EvolutionError::Violations(_)
            | EvolutionError::Plan(PlanError::RestedOn { .. } | PlanError::Circle { .. }),
        ) => None,
        Err(error) => panic!("{shown}: {error}"),
    }
}

/// Creates everything of a schema in an empty database.
pub(crate) async fn found(client: &Client, schema: &ValidSchema) {
    let planned = plan_founding(schema, None, "").unwrap();
    let text = sql::whole_schema(schema, &planned).unwrap();
    run(client, &text, "founding").await;
}

impl Rendered {
    /// Demands what must hold before.
    pub(crate) async fn assert_needs(&self, client: &Client) {
        self.assert(client, "before", &self.planned.step.needs)
            .await;
    }

    /// Demands what must hold afterwards.
    pub(crate) async fn assert_leaves(&self, client: &Client) {
        self.assert(client, "after", &self.planned.step.leaves)
            .await;
    }

    async fn assert(&self, client: &Client, when: &str, conditions: &[Condition]) {
        for condition in conditions {
            assert!(
                holds(client, &condition.query()).await,
                "{when} {}: {condition}\n{}",
                self.planned.file_stem(),
                self.text
            );
        }
    }
}

/// Runs a step as a runner does: in a transaction, or alone.
pub(crate) async fn apply(client: &Client, migration: &Rendered) {
    let text = &migration.text;
    migration.assert_needs(client).await;
    match migration.planned.step.execution {
        Execution::Transaction => run(client, &format!("BEGIN;\n{text}\nCOMMIT;"), text).await,
        // Alone, as it must be: who runs it has set the session before.
        Execution::Outside => {
            run(client, &sql::pin_session(), text).await;
            run(client, text, text).await;
            run(client, "RESET ALL", text).await;
        }
        Execution::Expanded => expanded(client, text).await,
    }
    migration.assert_leaves(client).await;
}

/// Runs an expanded step: what stands before each query, then what the query gives.
async fn expanded(client: &Client, text: &str) {
    let mut parts: Vec<&str> = text.split("\n\\gexec\n").collect();
    let rest = parts.pop().unwrap_or_default();
    for part in parts {
        let (before, query) = cut(part);
        run(client, before, text).await;
        for statement in given(client, query).await {
            run(client, &statement, text).await;
        }
    }
    run(client, rest, text).await;
}

/// A query that gives statements, and what stands before it.
fn cut(part: &str) -> (&str, &str) {
    let starts = part.match_indices("\nSELECT ").map(|(at, _)| at);
    let start = starts
        .into_iter()
        .find(|at| !part[*at..].starts_with("\nSELECT pg_catalog.set_config("))
        .unwrap_or_else(|| panic!("no query in\n{part}"));
    part.split_at(start)
}

async fn given(client: &Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).await;
    let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{query}"));
    rows.iter()
        .filter_map(|row| row.get::<_, Option<String>>(0))
        .collect()
}

/// The statements that the first query of an expanded step gives in this database.
pub(crate) async fn expansion(client: &Client, text: &str) -> Vec<String> {
    let part = text.split("\n\\gexec\n").next().unwrap_or_default();
    given(client, cut(part).1).await
}

async fn holds(client: &Client, query: &str) -> bool {
    let row = client.query_one(query, &[]).await.unwrap();
    row.get::<_, Option<bool>>(0).unwrap_or(false)
}

pub(crate) async fn run(client: &Client, sql: &str, shown: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!(
            "{error}: {:?}\n{shown}",
            std::error::Error::source(&error).map(ToString::to_string)
        );
    }
}

/// The catalog without what a step cannot give: the order of columns, and the names that servers from 18 on give to a
/// column's refusal of NULL.
pub(crate) async fn catalog_of(client: &Client) -> String {
    hostile::unshadow(client).await;
    let described = catalog::describe(client, &[]).await;
    let leaves: Vec<&str> = described
        .lines()
        .filter(|line| line.starts_with("relation ") && !line.contains(" parent= "))
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    let mut lines: Vec<String> = described
        .lines()
        .map(|line| of_leaf(line, &leaves))
        .map(|line| normalized(&line))
        .collect();
    lines.sort();
    lines.join("\n")
}

/// A partition that was there before a change has other names of indexes, keys and references, and no new comments.
fn of_leaf(line: &str, leaves: &[&str]) -> String {
    let owner = line.split(' ').nth(1).unwrap_or_default();
    let is_part = ["column ", "constraint ", "index ", "trigger "]
        .iter()
        .any(|kind| line.starts_with(kind));
    if !is_part || !leaves.contains(&owner) {
        return line.to_owned();
    }
    let line = line.split(" comment=").next().unwrap_or_default();
    let key = [" PRIMARY KEY (", " UNIQUE ", " FOREIGN KEY (", " EXCLUDE "].into_iter();
    let key = key.filter_map(|words| line.find(words)).min();
    if let Some(at) = key.filter(|_| line.starts_with("constraint ") && line.contains(" local=f "))
    {
        return format!("constraint {owner}{}", &line[at..]);
    }
    match (line.split_once("INDEX "), line.split_once(" ON ")) {
        (Some((head, _)), Some((_, tail)))
            if line.starts_with("index ") && !line.ends_with(" parent=") =>
        {
            // The server names what a partition hands down, and keeps that name.
            let tail = tail.split(" parent=").next().unwrap_or_default();
            format!("{head}INDEX ON {tail} parent=its own")
        }
        _ => line.to_owned(),
    }
}

fn normalized(line: &str) -> String {
    // The server numbers what a foreign key to a partitioned table is for each partition.
    if let Some((head, key)) = line.split_once(" FOREIGN KEY ")
        && line.starts_with("constraint ")
        && line.contains(" local=f inherited=1")
    {
        let table = head.split(' ').nth(1).unwrap_or_default();
        // Servers before 18 validate the key itself, and leave those of the partitions that it references unmarked.
        let key = if line.contains(" comment=") {
            key.replace(" NOT VALID validated=f", " validated=t")
        } else {
            key.to_owned()
        };
        return format!("constraint {table} FOREIGN KEY {key}");
    }
    match line.split_once(" NOT NULL ") {
        Some((head, column)) if head.starts_with("constraint ") && !head.contains(" CHECK ") => {
            let table = head.split(' ').nth(1).unwrap_or_default();
            // A partition's key makes that of its columns its own, on servers from 18 on.
            let column = column.replace("local=t inherited=1", "local=f inherited=1");
            format!("constraint {table} NOT NULL {column}")
        }
        _ => without_rank(line),
    }
}

fn without_rank(line: &str) -> String {
    let is_rank = |word: &&str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    if !line.starts_with("column ") {
        return line.to_owned();
    }
    let words: Vec<&str> = line.split(' ').collect();
    let rank = words.iter().position(is_rank);
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
