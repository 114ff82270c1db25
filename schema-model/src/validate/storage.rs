//! Storage parameters: their names and values.

use super::code::Code;
use super::report::{Report, Site, list};
use crate::index::{Index, IndexMethod};
use crate::schema::Schema;
use crate::storage::StorageParameter;

const TABLE: &[&str] = &[
    "autovacuum_analyze_scale_factor",
    "autovacuum_analyze_threshold",
    "autovacuum_enabled",
    "autovacuum_freeze_max_age",
    "autovacuum_freeze_min_age",
    "autovacuum_freeze_table_age",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_multixact_freeze_min_age",
    "autovacuum_multixact_freeze_table_age",
    "autovacuum_vacuum_cost_delay",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_vacuum_insert_threshold",
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold",
    "fillfactor",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "user_catalog_table",
    "vacuum_index_cleanup",
    "vacuum_truncate",
];

fn of_index(method: IndexMethod) -> &'static [&'static str] {
    match method {
        IndexMethod::Btree => &["deduplicate_items", "fillfactor"],
        IndexMethod::Hash | IndexMethod::SpGist => &["fillfactor"],
        IndexMethod::Gin => &["fastupdate", "gin_pending_list_limit"],
        IndexMethod::Gist => &["buffering", "fillfactor"],
        IndexMethod::Brin => &["autosummarize", "pages_per_range"],
    }
}

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        check_parameters(report, &owner, &table.storage, TABLE);
        check_indexes(report, &owner, &table.indexes);
        let policy = table
            .partitioning
            .as_ref()
            .and_then(|by| by.policy.as_ref());
        if let Some(leaf) = policy.map(|policy| &policy.leaf) {
            let site = owner.part("leaf", &table.name);
            check_parameters(report, &site, &leaf.storage, TABLE);
            check_indexes(report, &site, &leaf.indexes);
        }
    }
}

fn check_indexes(report: &mut Report, owner: &Site, indexes: &[Index]) {
    for index in indexes {
        let site = owner.child("index", &index.name, index.place);
        check_parameters(report, &site, &index.storage, of_index(index.method));
    }
}

fn check_parameters(
    report: &mut Report,
    owner: &Site,
    parameters: &[StorageParameter],
    known: &[&str],
) {
    for parameter in parameters {
        let site = owner.part("storage parameter", &parameter.name);
        let name = parameter.name.as_str();
        // The TOAST table knows the vacuum parameters, under the prefix `toast.`.
        let plain = name.strip_prefix("toast.").unwrap_or(name);
        if !known.contains(&plain) {
            report.add(
                Code::SM061,
                &site,
                "there is no such storage parameter here",
                format!("the parameters are {}", list(known)),
            );
        }
        let value = parameter.value.as_str();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if value.is_empty() || !value.chars().all(plain) {
            report.add(
                Code::SM061,
                &site,
                format!(
                    "'{}' is no value of a storage parameter",
                    value.escape_debug()
                ),
                "give a number, `on`, `off` or `auto`",
            );
        }
        let percent = value.parse::<u8>();
        if name == "fillfactor" && !percent.is_ok_and(|percent| (10..=100).contains(&percent)) {
            report.add(
                Code::SM061,
                &site,
                format!(
                    "a fill factor is 10 to 100 per cent, not '{}'",
                    value.escape_debug()
                ),
                "give a number in these bounds; 100 fills pages to the brim",
            );
        }
    }
}
