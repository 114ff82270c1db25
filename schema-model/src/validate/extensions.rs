//! Extensions: names and versions that the server can find.

use super::code::Code;
use super::duplicates::unique;
use super::report::{Report, Site};
use crate::place::Place;
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let site = Site::new("schema", &schema.name, Place::default());
    let extensions = schema.extensions.iter();
    unique(
        report,
        &site,
        "extension",
        extensions.map(|it| (&it.name, it.place)),
    );
    for extension in &schema.extensions {
        let site = Site::new("extension", &extension.name, extension.place);
        let name = extension.name.as_str();
        let version = extension.version.as_deref();
        if extension.name.defect().is_none() && !is_part_of_file(name) {
            refuse(report, &site, "name", name);
        }
        if let Some(version) = version.filter(|it| !is_part_of_file(it)) {
            refuse(report, &site, "version", version);
        }
        let types = extension.type_names();
        unique(
            report,
            &site,
            "type",
            types.iter().map(|it| (it, extension.place)),
        );
    }
}

/// The server finds an extension by files that are called after its name and version.
fn is_part_of_file(text: &str) -> bool {
    let is_odd = |letter: char| matches!(letter, '/' | '\\' | '\0');
    !text.is_empty()
        && !text.contains(is_odd)
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn refuse(report: &mut Report, site: &Site, what: &str, text: &str) {
    report.add(
        Code::SM132,
        site,
        format!(
            "no server has an extension of the {what} `{}`",
            text.escape_debug()
        ),
        format!(
            "mend the {what}: the view `pg_available_extension_versions` of a server lists all"
        ),
    );
}
