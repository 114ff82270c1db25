//! `GRANT`.

use eventcore_schema_model::grant::{Grant, Privilege};
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::schema::Schema;

use super::partition::partition_routines;
use super::quote::{dollar_quoted, qualified, quote_ident, quote_literal};
use super::routine::routine_signature;

/// Grants privileges to a role. On an index or extension, which can bear none, nothing.
pub fn grant(schema: &Schema, grant: &Grant) -> String {
    let Some(object) = object(schema, &grant.on) else {
        return String::new();
    };
    let (privileges, role) = (privileges(grant), role(grant));
    format!("GRANT {privileges} ON {object} TO {role};\n")
}

/// Takes privileges from a role, if it is there: one that was dropped has none.
pub(super) fn revoke(schema: &Schema, grant: &Grant) -> String {
    let Some(object) = object(schema, &grant.on) else {
        return String::new();
    };
    let (privileges, role) = (privileges(grant), role(grant));
    let revoke = format!("REVOKE {privileges} ON {object} FROM {role};\n");
    if grant.to == "public" {
        return revoke;
    }
    let name = quote_literal(grant.to.as_str());
    let block = format!(
        "BEGIN\n    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name}) THEN\n        {revoke}    END IF;\nEND;"
    );
    format!("DO {};\n", dollar_quoted("do", &block))
}

/// The privileges, with commas between.
pub(super) fn privileges(grant: &Grant) -> String {
    let words: Vec<_> = grant
        .privileges
        .iter()
        .map(|privilege| match privilege {
            Privilege::Select => "SELECT",
            Privilege::Insert => "INSERT",
            Privilege::Update => "UPDATE",
            Privilege::Delete => "DELETE",
            Privilege::Execute => "EXECUTE",
            Privilege::Usage => "USAGE",
        })
        .collect();
    words.join(", ")
}

/// The role; `public` is everybody, quoted or not.
pub(super) fn role(grant: &Grant) -> String {
    if grant.to == "public" {
        "PUBLIC".to_owned()
    } else {
        quote_ident(grant.to.as_str()).into_owned()
    }
}

fn object(schema: &Schema, on: &ObjectRef) -> Option<String> {
    match on {
        ObjectRef::Namespace(name) => Some(format!("SCHEMA {}", quote_ident(name.as_str()))),
        ObjectRef::Type(name) => Some(format!("TYPE {}", qualified(schema, name))),
        ObjectRef::Sequence(name) => Some(format!("SEQUENCE {}", qualified(schema, name))),
        ObjectRef::Table(name) | ObjectRef::View(name) => {
            Some(format!("TABLE {}", qualified(schema, name)))
        }
        ObjectRef::Routine(name) => {
            let signature = schema.find_routine(name).map_or_else(
                || qualified(schema, name),
                |routine| routine_signature(schema, routine),
            );
            Some(format!("FUNCTION {signature}"))
        }
        ObjectRef::Partitions(name) => {
            let routines = partition_routines(schema, schema.find_table(name)?);
            let signatures: Vec<_> = routines
                .iter()
                .map(|routine| routine_signature(schema, routine))
                .collect();
            (!signatures.is_empty()).then(|| format!("FUNCTION {}", signatures.join(", ")))
        }
        ObjectRef::Index(..) | ObjectRef::Extension(_) => None,
    }
}
