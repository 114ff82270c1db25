//! Event types: names and versions.

use super::code::Code;
use super::report::{Report, Site};
use crate::schema::Schema;

/// Longest event type name, in characters, as the CHECK on the column counts it.
const LONGEST_NAME: usize = 255;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for (at, event) in schema.events.iter().enumerate() {
        let name = format!("{} version {}", event.name, event.version);
        let site = Site::new("event type", name, event.place);
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
        let mut others = schema
            .events
            .iter()
            .filter(|other| other.name != event.name);
        let shared = |name: &&String| others.any(|other| other.read_names().any(|it| it == *name));
        if let Some(alias) = event.aliases.iter().find(shared) {
            report.add(
                Code::SM004,
                &site,
                format!("its alias `{alias}` is a name of another event type too"),
                "remove one of the two: stored events of a name are of one type",
            );
        }
        for name in event.read_names() {
            name_of(name, &site, report);
        }
        if event.version < 1 {
            let remedy = "start at 1";
            report.add(Code::SM064, &site, "versions are counted from 1", remedy);
        }
    }
}

fn name_of(name: &str, site: &Site, report: &mut Report) {
    let chars = name.chars().count();
    if !(1..=LONGEST_NAME).contains(&chars) {
        report.add(
            Code::SM064,
            site,
            format!("a name is 1 to {LONGEST_NAME} characters long, not {chars}"),
            "name what happened, such as `order.placed`",
        );
    } else if name.contains(|c: char| c.is_control() || c.is_whitespace()) {
        report.add(
            Code::SM064,
            site,
            "a name holds no white space and no control characters",
            "name what happened, such as `order.placed`",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::event_type::EventType;
    use crate::place::Place;
    use crate::schema::Schema;
    use crate::validate::{Code, validate};

    #[test]
    fn a_name_is_measured_in_characters_as_the_server_measures_it() {
        let codes = |chars: usize| -> Vec<Code> {
            let mut schema = Schema::new("shop");
            schema.events.push(EventType {
                name: "é".repeat(chars),
                aliases: Vec::new(),
                version: 1,
                fields: Vec::new(),
                closed: false,
                types: Vec::new(),
                place: Place::default(),
            });
            match validate(schema) {
                Ok(_) => Vec::new(),
                Err(all) => all.as_slice().iter().map(|it| it.code).collect(),
            }
        };
        assert_eq!(codes(255), []);
        assert_eq!(codes(256), [Code::SM064]);
    }
}
