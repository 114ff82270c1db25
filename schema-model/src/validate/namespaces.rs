//! PostgreSQL schemas that are declared.

use super::code::Code;
use super::duplicates::unique;
use super::report::{Report, Site};
use crate::place::Place;
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let site = Site::new("schema", &schema.name, Place::default());
    let declared = schema.namespaces.iter();
    unique(
        report,
        &site,
        "namespace",
        declared.map(|it| (&it.name, it.place)),
    );
    for namespace in schema.namespaces.iter().filter(|it| it.name == *"public") {
        report.add(
            Code::SM130,
            &Site::new("namespace", &namespace.name, namespace.place),
            "every database has the PostgreSQL schema `public` from the start",
            "leave it out: objects stand in it without a word",
        );
    }
}
