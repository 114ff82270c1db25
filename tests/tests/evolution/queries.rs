//! Queries of a schema, and whether a database still answers them as it did for the release that they belong to.

use std::collections::BTreeMap;

use eventcore_codegen::plan::Hazard;
use eventcore_codegen::sql::{prepare_header_types, query_text};
use eventcore_schema_model::lexer::{Token, tokens};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code;
use tokio_postgres::Client;

use crate::case::{Rendered, evolve, valid};
use crate::pairs::Pairs;
use crate::{rows, texts};

/// The types that a query's row has, by the query's name; nothing where the server refuses it.
pub(crate) type Answers = BTreeMap<String, Option<Vec<String>>>;

/// What every query of a schema gives in a database. Each is prepared with the types of its parameters, as a program
/// prepares it, and run with values that its columns take, or NULL where a parameter may be that.
pub(crate) async fn answers(client: &Client, schema: &Schema) -> Answers {
    let mut answers = Answers::new();
    for query in &schema.queries {
        let answer = answer(client, schema, query).await;
        answers.insert(query.name.to_string(), answer);
    }
    answers
}

async fn answer(client: &Client, schema: &Schema, query: &Query) -> Option<Vec<String>> {
    let text = query_text(schema, query).unwrap();
    let values = query.params.iter();
    let values: Vec<String> = values.map(|param| value(schema, param)).collect();
    let values = match values.as_slice() {
        [] => String::new(),
        values => format!("({})", values.join(", ")),
    };
    // Neither triggers nor foreign keys, but all that a table says of its own columns.
    let start = format!(
        "DEALLOCATE ALL; BEGIN; SET LOCAL session_replication_role = replica; PREPARE asked {} AS {text}",
        prepare_header_types(schema, query)
    );
    let answer = async {
        client.batch_execute(&start).await?;
        let statement = client.prepare(&format!("EXECUTE asked{values}")).await?;
        client.query(&statement, &[]).await?;
        let types = statement
            .columns()
            .iter()
            .map(tokio_postgres::Column::type_);
        // A program reads both as text.
        let types = types
            .map(|ty| ty.name().replace("varchar", "text"))
            .collect();
        Ok::<_, tokio_postgres::Error>(types)
    };
    let answer = answer.await.ok();
    client.batch_execute("ROLLBACK").await.unwrap();
    answer
}

fn value(schema: &Schema, param: &Param) -> String {
    if param.nullable {
        return "NULL".to_owned();
    }
    let of_row = rows::value_of(schema, &param.ty);
    let number = |token: Token<'_>| {
        if token.text == "n" {
            "1000".to_owned()
        } else {
            token.text.to_owned()
        }
    };
    tokens(&of_row).map(number).collect()
}

/// Demands that each query which a step breaks stands among the step's hazards, and that each which stands there is
/// broken afterwards.
pub(crate) fn assert_marked(
    migration: &Rendered,
    baseline: &Answers,
    before: &Answers,
    after: &Answers,
    shown: &str,
) {
    let mut marked: Vec<&String> = Vec::new();
    for hazard in &migration.planned.step.hazards {
        if let Hazard::BreaksPrevious { what, queries } = hazard {
            marked.extend(queries);
            // That one finds NULL where none was needs a program of the next release, and the server converts what
            // is near enough to another type.
            let is_seen =
                !(what.ends_with("as one that is never NULL") || what.ends_with("as it was"));
            for query in queries.iter().filter(|_| is_seen) {
                assert_ne!(
                    after[query], baseline[query],
                    "{shown}: query {query} is not broken by\n{}",
                    migration.text
                );
            }
        }
    }
    for (query, answer) in after {
        let breaks = before[query] == baseline[query] && *answer != baseline[query];
        assert!(
            !breaks || marked.contains(&query),
            "{shown}: query {query} is broken by\n{}",
            migration.text
        );
    }
}

/// The definition with the words that its changes ask for on behalf of queries.
pub(crate) fn with_words(from: &ValidSchema, to: ValidSchema) -> ValidSchema {
    let Err(eventcore_codegen::plan::EvolutionError::Violations(violations)) = evolve(from, &to)
    else {
        return to;
    };
    let asked: Vec<&str> = violations
        .as_slice()
        .iter()
        .filter(|it| it.code == Code::SM110)
        .map(|it| it.remedy.as_str())
        .collect();
    let mut schema = to.clone().into_inner();
    let named = |kind: &str, name: &QualifiedName| {
        let word = format!("ObjectRef::{kind}({:?})", name.name.as_str());
        asked.iter().any(|remedy| remedy.contains(&word))
    };
    let tables = to.tables.iter().filter(|it| named("table", &it.name));
    let views = to.views.iter().filter(|it| named("view", &it.name));
    let routines = to.routines.iter().filter(|it| named("routine", &it.name));
    let objects: Vec<ObjectRef> = tables
        .map(|it| ObjectRef::table(&it.name))
        .chain(views.map(|it| ObjectRef::view(&it.name)))
        .chain(routines.map(|it| ObjectRef::routine(&it.name)))
        .collect();
    for object in objects {
        schema = schema.breaks(object, "nobody runs them");
    }
    valid(schema)
}

/// Whether queries can take and return it as it is.
fn is_plain(column: &Column) -> bool {
    column.ty.name().is_none()
}

impl Pairs {
    /// The schema with queries over what it has.
    pub(crate) fn with_queries(&mut self, mut schema: Schema) -> Schema {
        schema.queries.clear();
        for (number, table) in schema.tables.clone().iter().enumerate() {
            let columns: Vec<Column> = table
                .columns
                .iter()
                .filter(|it| is_plain(it))
                .cloned()
                .collect();
            let queries = [
                Some(self.reading(&table.name, &columns)),
                self.adding(table),
                self.changing(&table.name, &columns),
            ];
            let named = ["read", "add", "change"].into_iter().zip(queries);
            schema.queries.extend(named.filter_map(|(verb, query)| {
                Some(Query {
                    name: Ident::new(format!("{verb}_{number}")).unwrap(),
                    ..query?
                })
            }));
        }
        for (number, view) in schema.views.iter().enumerate() {
            let columns = view.columns.iter();
            let columns: Vec<Column> = columns
                .map(|it| Column::new(&it.name, it.ty.clone()))
                .filter(is_plain)
                .collect();
            if columns.is_empty() {
                continue;
            }
            let query = self.reading(&view.name, &columns);
            let name = Ident::new(format!("look_{number}")).unwrap();
            schema.queries.push(Query { name, ..query });
        }
        // What a text names without binding it, a change takes from the previous release unseen.
        let called = schema
            .routines
            .iter()
            .filter(|it| !texts::names_by_text(it));
        for (number, routine) in called.enumerate().skip(1) {
            let nulls = vec!["NULL"; routine.arguments.len()].join(", ");
            let body = Template::new(format!("SELECT {{f}}({nulls})")).routine("f", &routine.name);
            let row =
                Row::new(format!("Call{number}"), "It.").nullable("n", DataType::BigInt, "It.");
            let query = Query::new("asked", format!("call_{number}"), "It.", body).one(row);
            schema.queries.push(query);
        }
        schema
    }

    /// Some columns, with a condition on one.
    fn reading(&mut self, relation: &QualifiedName, columns: &[Column]) -> Query {
        let some: Vec<&Column> = columns.iter().filter(|_| self.random.chance(60)).collect();
        let asked = self.pick(columns).unwrap().clone();
        let list: Vec<String> = some
            .iter()
            .map(|it| format!("t.{{t.{}}}", it.name))
            .collect();
        let list = if list.is_empty() {
            "1 AS one".to_owned()
        } else {
            list.join(", ")
        };
        let text = format!("SELECT {list} FROM {{t}} AS t WHERE t.{{t.{}}}", asked.name);
        let is_json = asked.ty == DataType::Jsonb;
        let text = if is_json {
            format!("{text} IS NULL")
        } else {
            format!("{text} = {{given}}")
        };
        let row = Row::new(
            self.name("Row").replace(|c: char| !c.is_alphanumeric(), ""),
            "It.",
        );
        let row = some
            .iter()
            .fold(row, |row, it| row.nullable(&it.name, it.ty.clone(), "It."));
        let row = if some.is_empty() {
            row.column("one", DataType::Integer, "It.")
        } else {
            row
        };
        let query = Query::new(
            "asked",
            "read",
            "It.",
            Template::new(text).relation("t", relation),
        );
        let query = query.many(row);
        if is_json {
            query
        } else {
            query.param(Param::new("given", asked.ty, "It."))
        }
    }

    /// An INSERT of the columns that need a value, and some of the others; none where a query cannot give a value.
    fn adding(&mut self, table: &Table) -> Option<Query> {
        let is_needed = |it: &Column| !it.nullable && it.default.is_none();
        let given: Vec<&Column> = table
            .columns
            .iter()
            .filter(|it| is_needed(it) || is_plain(it) && self.random.chance(50))
            .collect();
        if !given.iter().all(|it| is_plain(it)) {
            return None;
        }
        let columns: Vec<String> = given
            .iter()
            .map(|it| format!("{{t.{}}}", it.name))
            .collect();
        let values: Vec<String> = (0..given.len()).map(|at| format!("{{p{at}}}")).collect();
        let conflict = match self.random.below(3) {
            0 => " ON CONFLICT ({t.id}) DO NOTHING",
            1 => " ON CONFLICT DO NOTHING",
            _ => "",
        };
        let text = format!(
            "INSERT INTO {{t}} ({}) VALUES ({}){conflict}",
            columns.join(", "),
            values.join(", ")
        );
        let query = Query::new(
            "asked",
            "add",
            "It.",
            Template::new(text).relation("t", &table.name),
        );
        let params = given.iter().enumerate();
        Some(params.fold(query.affected(), |query, (at, column)| {
            let param = Param::new(format!("p{at}"), column.ty.clone(), "It.");
            query.param(if column.nullable {
                param.nullable()
            } else {
                param
            })
        }))
    }

    /// An UPDATE of one column.
    fn changing(&mut self, table: &QualifiedName, columns: &[Column]) -> Option<Query> {
        let column = self.pick(&columns[1..])?;
        let text = format!(
            "UPDATE {{t}} SET {{t.{}}} = {{given}} WHERE {{t.id}} = 1",
            column.name
        );
        let param = Param::new("given", column.ty.clone(), "It.");
        let param = if column.nullable {
            param.nullable()
        } else {
            param
        };
        let body = Template::new(text).relation("t", table);
        let query = Query::new("asked", "change", "It.", body);
        Some(query.param(param).affected())
    }
}
