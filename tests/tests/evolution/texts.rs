//! Routines of random schemas whose texts name columns, tables and labels without binding them. What a change takes away of
//! these is refused; whatever is accepted runs.

use eventcore_codegen::sql::{qualified, quote_ident, quote_literal};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::user_type::UserType;
use tokio_postgres::Client;

use crate::pairs::Pairs;

/// What the names of these routines begin with.
const STEM: &str = "says";

impl Pairs {
    pub(crate) fn add_text(&mut self, schema: &mut Schema) {
        let Some(table) = self.pick(&schema.tables).cloned() else {
            return;
        };
        let Some(column) = self.pick(&table.columns).cloned() else {
            return;
        };
        let (column, name) = (
            quote_ident(column.name.as_str()).into_owned(),
            qualified(schema, &table.name),
        );
        let enums = schema.types.iter().filter_map(|ty| match ty {
            UserType::Enum(ty) => Some(ty.clone()),
            _ => None,
        });
        let enums: Vec<_> = enums.collect();
        let label = self.pick(&enums).cloned().and_then(|ty| {
            let label = self.pick(&ty.labels).cloned()?;
            Some(format!(
                "{}::{}",
                quote_literal(label.as_str()),
                qualified(schema, &ty.name)
            ))
        });
        let text = match (self.random.below(5), label) {
            (0, _) => format!("PERFORM count(*) FROM {{t}} WHERE {column} IS NULL;"),
            (1, _) => format!("PERFORM t.{column} FROM {{t}} AS t;"),
            (2, _) => format!("PERFORM count(*) FROM {name};"),
            (3, _) => format!("PERFORM {column} FROM {name};"),
            (_, Some(label)) => format!("PERFORM {label};"),
            (_, None) => format!("PERFORM max({column}::text) FROM {{t}} GROUP BY {column};"),
        };
        let text = format!("BEGIN\n    {};\nEND;", text.trim_end_matches(';'));
        let body = body_of(&text, &table.name);
        let name = self.name(STEM);
        schema
            .routines
            .push(Routine::new(name, Returns::Void, body));
    }
}

fn body_of(text: &str, table: &QualifiedName) -> Template {
    // Braces of a placeholder alone: other names have none.
    if text.contains("{t}") {
        Template::new(text).relation("t", table.clone())
    } else {
        Template::new(text.replace('{', "{{").replace('}', "}}"))
    }
}

/// Whether a routine is one of these.
pub(crate) fn names_by_text(routine: &Routine) -> bool {
    routine.name.name.as_str().starts_with(STEM)
}

/// Calls each of these routines.
pub(crate) async fn assert_run(client: &Client, schema: &Schema, shown: &str) {
    for routine in &schema.routines {
        if !names_by_text(routine) {
            continue;
        }
        let arguments = vec!["NULL"; routine.arguments.len()].join(", ");
        let call = format!("SELECT {}({arguments})", qualified(schema, &routine.name));
        if let Err(error) = client.batch_execute(&call).await {
            panic!("{shown}: {call}: {error:?}\n{}", routine.body.text);
        }
    }
}
