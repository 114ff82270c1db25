//! Grants: that the object exists and knows the privilege.

use super::code::Code;
use super::duplicates::not_empty;
use super::migrations::check_exists;
use super::report::{Report, Site};
use crate::grant::Privilege;
use crate::migration::ObjectRef;
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for grant in &schema.grants {
        let site = Site::new("grant to", &grant.to, grant.place);
        not_empty(report, &site, "privileges", grant.privileges.is_empty());
        check_exists(
            schema,
            report,
            &site,
            &grant.on,
            "add it to the definition, or mend the name",
        );
        for (at, privilege) in grant.privileges.iter().enumerate() {
            let (kind, known) = privileges_of(&grant.on);
            if !known.contains(privilege) {
                report.add(
                    Code::SM059,
                    &site,
                    format!("there is no privilege {privilege:?} on {kind}"),
                    match known {
                        [] => match grant.on {
                            ObjectRef::Extension(_) => {
                                "grant on what it brings, by hand".to_owned()
                            }
                            _ => "grant on the table instead".to_owned(),
                        },
                        known => format!("there are {known:?}"),
                    },
                );
            }
            if grant.privileges[..at].contains(privilege) {
                report.add(
                    Code::SM004,
                    &site,
                    format!("the privilege {privilege:?} is listed twice"),
                    "list each once",
                );
            }
        }
    }
}

fn privileges_of(object: &ObjectRef) -> (&'static str, &'static [Privilege]) {
    use Privilege::{Delete, Execute, Insert, Select, Update, Usage};
    match object {
        ObjectRef::Namespace(_) => ("a PostgreSQL schema", &[Usage]),
        ObjectRef::Extension(_) => ("an extension", &[]),
        ObjectRef::Type(_) => ("a type", &[Usage]),
        ObjectRef::Table(_) => ("a table", &[Select, Insert, Update, Delete]),
        ObjectRef::View(_) => ("a view", &[Select, Insert, Update, Delete]),
        ObjectRef::Sequence(_) => ("a sequence", &[Usage, Select, Update]),
        ObjectRef::Routine(_) => ("a routine", &[Execute]),
        ObjectRef::Index(..) => ("an index", &[]),
        ObjectRef::Partitions(_) => ("the partition routines as a whole", &[]),
    }
}
