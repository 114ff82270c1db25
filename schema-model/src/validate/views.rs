//! Views: their columns. Their bodies are templates.

use super::columns::check_type;
use super::report::{Report, Site};
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        for column in &view.columns {
            check_type(report, &site.part("column", &column.name), &column.ty);
        }
    }
}
