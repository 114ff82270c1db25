//! The files that do not depend on the schema: real Rust, copied as it is.

use crate::output::{OutputFile, Syntax};

/// Module, contents, and what the module's documentation line in the crate is.
const FILES: &[(&str, &str)] = &[
    ("config", include_str!("support/config.rs")),
    ("error", include_str!("support/error.rs")),
    ("filter", include_str!("support/filter.rs")),
    ("migration", include_str!("support/migration.rs")),
    ("numeric", include_str!("support/numeric.rs")),
    ("select", include_str!("support/select.rs")),
    ("sql_type", include_str!("support/sql_type.rs")),
    ("statement", include_str!("support/statement.rs")),
    ("store_error", include_str!("support/store_error.rs")),
    ("value", include_str!("support/value.rs")),
];

/// Modules that are emitted from any schema.
const EMITTED: [&str; 7] = [
    "columns",
    "layout",
    "lib",
    "main",
    "migrations",
    "modules",
    "rows",
];

/// Whether every crate has a module of this name.
pub(super) fn is_reserved(module: &str) -> bool {
    EMITTED.contains(&module) || FILES.iter().any(|(name, _)| *name == module)
}

pub(super) fn files(source: &str) -> Vec<OutputFile> {
    let file = |(name, contents): &(&str, &str)| {
        OutputFile::lockstep(format!("src/{name}.rs"), Syntax::Rust, source, contents)
    };
    FILES.iter().map(file).collect()
}
