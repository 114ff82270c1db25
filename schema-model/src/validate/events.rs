//! Event types: names and versions.

use super::code::Code;
use super::report::{Report, Site};
use crate::place::Place;
use crate::schema::Schema;

/// Longest event type name, in bytes: it stands in every event and in the indexes over types.
const LONGEST_NAME: usize = 255;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for (at, event) in schema.events.iter().enumerate() {
        let name = format!("{} version {}", event.name, event.version);
        let site = Site::new("event type", name, Place::default());
        let earlier = &schema.events[..at];
        if earlier
            .iter()
            .any(|other| other.name == event.name && other.version == event.version)
        {
            report.add(
                Code::SM004,
                &site,
                "this event type is there already, in this version",
                "rename one, or raise its version",
            );
        }
        if event.name.is_empty() || event.name.len() > LONGEST_NAME {
            report.add(
                Code::SM064,
                &site,
                format!(
                    "a name is 1 to {LONGEST_NAME} bytes long, not {}",
                    event.name.len()
                ),
                "name what happened, such as `order.placed`",
            );
        } else if event
            .name
            .contains(|c: char| c.is_control() || c.is_whitespace())
        {
            report.add(
                Code::SM064,
                &site,
                "a name holds no white space and no control characters",
                "name what happened, such as `order.placed`",
            );
        }
        if event.version < 1 {
            let remedy = "start at 1";
            report.add(Code::SM064, &site, "versions are counted from 1", remedy);
        }
    }
}
