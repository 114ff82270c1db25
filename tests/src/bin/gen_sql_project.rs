//! An xtask for the tests of `gen-sql`: its project stands in the folder of the variable `PROJECT_ROOT`, and its
//! definition in the file `definition.txt` there, so that a test changes the definition without a build.
//!
//! A line of the file is `store FOLDER`, `table NAME` (of the store above), `column NAME`, `renamed NAME OLD`, `filled NAME VALUE` or
//! `drop NAME` (of the table above; under its old name before; the value is that of earlier rows; the column goes), `hand
//! PATH` (a file written by hand), `event NAME` (an event type of the store above), `member NAME` or `optional NAME` (a required integer or an
//! optional text of the event type above), `version NUMBER` (of that event type), `retire NAME`, `query NAME TEXT`, `view NAME TEXT` (each of the store above; both select one column `id`) or
//! `unreleased`.

use std::process::ExitCode;

use eventcore_schema_model::event_data::DataShape;
use eventcore_schema_model::event_type::{EventField, EventType};
use eventcore_schema_model::place::Place;
use eventcore_schema_model::prelude::*;
use eventcore_xtask::Project;

fn main() -> ExitCode {
    let root = std::env::var("PROJECT_ROOT").expect("PROJECT_ROOT names the project's folder");
    let definition = std::fs::read_to_string(format!("{root}/definition.txt"))
        .expect("the project has a definition.txt");
    let mut stores: Vec<(&str, Schema)> = Vec::new();
    let mut project = Project::new("fixture").root(&root);
    for line in definition.lines() {
        let (word, name) = line.split_once(' ').unwrap_or((line, ""));
        match (word, stores.last_mut()) {
            ("unreleased", _) => project = project.unreleased(),
            ("hand", _) => project = project.hand_written(name),
            ("store", _) => stores.push((name, Schema::new(name))),
            ("table", Some((_, Schema { tables, .. }))) => {
                let id = Column::new("id", DataType::BigInt);
                tables.push(Table::new(name).column(id).primary_key(["id"]));
            }
            ("column", Some((_, Schema { tables, .. }))) => {
                let table = tables.pop().expect("a column stands below a table");
                tables.push(table.column(Column::new(name, DataType::Text).nullable()));
            }
            ("renamed", Some((_, Schema { tables, .. }))) => {
                let (name, old) = name.split_once(' ').expect("a renamed column had a name");
                let table = tables.pop().expect("a column stands below a table");
                let column = Column::new(name, DataType::Text).nullable();
                tables.push(table.column(column.renamed_from(old)));
            }
            ("drop", Some((_, Schema { tables, .. }))) => {
                let table = tables.pop().expect("a column stands below a table");
                tables.push(table.drop_column(name, "nobody reads it"));
            }
            ("filled", Some((_, Schema { tables, .. }))) => {
                let (name, value) = name.split_once(' ').expect("a filled column has a value");
                let table = tables.pop().expect("a column stands below a table");
                let column = Column::new(name, DataType::Text).nullable().backfill(value);
                tables.push(table.column(column));
            }
            ("event", Some((_, schema))) => schema.events.push(EventType {
                name: name.to_owned(),
                aliases: Vec::new(),
                version: 1,
                fields: Vec::new(),
                closed: false,
                types: Vec::new(),
                place: Place::here(),
            }),
            (word @ ("member" | "optional"), Some((_, schema))) => {
                let (shape, optional) = match word {
                    "member" => (DataShape::Integer("i64".to_owned()), false),
                    _ => (DataShape::Option(Box::new(DataShape::Text)), true),
                };
                let event = schema.events.last_mut();
                let event = event.expect("a member stands below an event");
                event.fields.push(EventField {
                    name: name.to_owned(),
                    rust_type: "i64".to_owned(),
                    shape,
                    optional,
                    flattened: false,
                    aliases: Vec::new(),
                    default: None,
                });
            }
            ("version", Some((_, schema))) => {
                let event = schema.events.last_mut();
                event.expect("a version stands below an event").version =
                    name.parse().expect("a version is a number");
            }
            ("retire", Some((_, schema))) => *schema = schema.clone().retire(name, "never stored"),
            ("query", Some((_, schema))) => {
                let (name, text) = name.split_once(' ').expect("a query has a text");
                let row = Row::new("Numbered", "A number.").column("id", DataType::BigInt, "It.");
                let query = Query::new("numbers", name, "Numbers.", text).many(row);
                schema.queries.push(query);
            }
            ("view", Some((_, schema))) => {
                let (name, text) = name.split_once(' ').expect("a view has a text");
                let view = View::new(name, text).column("id", DataType::BigInt, true);
                schema.views.push(view);
            }
            _ => panic!("unknown line `{line}`"),
        }
    }
    let project = stores
        .into_iter()
        .fold(project, |project, (folder, schema)| {
            project.store(folder, schema)
        });
    eventcore_xtask::run(project)
}
