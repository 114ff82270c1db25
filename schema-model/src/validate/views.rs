//! Views: their columns, and what belongs to the materialised ones. Their bodies are templates.

use super::columns::check_type;
use super::report::{Report, Site};
use super::{duplicates, indexes, limits, names, reasons, storage, texts};
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        for column in &view.columns {
            check_type(
                schema,
                report,
                &site.part("column", &column.name),
                &column.ty,
            );
        }
        let kept = view.materialized.as_ref();
        if let Some(reason) = kept.and_then(|kept| kept.blocking.as_ref()) {
            reasons::given(report, &site, "blocking what it reads", reason);
        }
    }
    check_kept(schema, report);
}

/// Indexes and storage parameters of materialised views keep the rules of a table's.
fn check_kept(schema: &Schema, report: &mut Report) {
    let kept = schema
        .views
        .iter()
        .filter(|view| view.materialized.is_some());
    let mut like = Schema::new(&schema.name).namespace(&schema.namespace);
    like.tables = kept.map(crate::view::View::as_table).collect();
    if like.tables.is_empty() {
        return;
    }
    like.queries.clone_from(&schema.queries);
    let mut found = Report::default();
    for check in [
        names::check,
        texts::check,
        duplicates::check,
        limits::check,
        reasons::check,
        indexes::check,
        storage::check,
    ] {
        check(&like, &mut found);
    }
    // The rest is reported of the view itself.
    report.adopt(found, ("table", "view"), &["index", "storage parameter"]);
}
