//! The servers that a definition is for.

use super::code::Code;
use super::report::{Report, Site};
use crate::place::Place;
use crate::schema::Schema;
use crate::server::ServerMajor;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let (oldest, newest) = (ServerMajor::OLDEST, ServerMajor::NEWEST);
    if (oldest..=newest).contains(&schema.minimum_server) {
        return;
    }
    report.add(
        Code::SM120,
        &Site::new("definition", &schema.name, Place::default()),
        format!(
            "it is for {} and newer, which nobody has tried",
            schema.minimum_server
        ),
        format!(
            "say `.minimum_server(...)` with {} to {}",
            oldest.0, newest.0
        ),
    );
}
