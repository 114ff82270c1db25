//! The files that are real Rust and are copied as they are: those that every crate has, and those that
//! stand on certain queries.

use eventcore_schema_model::ty::DataType;

use super::merge::Merged;
use crate::output::{OutputFile, Syntax};

/// A file, and the queries without which it has nothing to stand on.
struct Support {
    module: &'static str,
    contents: &'static str,
    needs: &'static [&'static str],
}

const fn always(module: &'static str, contents: &'static str) -> Support {
    Support {
        module,
        contents,
        needs: &[],
    }
}

const FILES: &[Support] = &[
    always("config", include_str!("support/config.rs")),
    always("error", include_str!("support/error.rs")),
    Support {
        module: "event_store",
        contents: include_str!("support/event_store.rs"),
        needs: &[
            "append_events",
            "feed_horizon",
            "read_feed",
            "feed_checkpoint",
        ],
    },
    Support {
        module: "feed_page",
        contents: include_str!("support/feed_page.rs"),
        needs: &["feed_horizon", "read_feed", "feed_checkpoint"],
    },
    always("filter", include_str!("support/filter.rs")),
    always("migration", include_str!("support/migration.rs")),
    always("numeric", include_str!("support/numeric.rs")),
    Support {
        module: "online_drop",
        contents: include_str!("support/online_drop.rs"),
        needs: &["expired_partitions"],
    },
    Support {
        module: "payload",
        contents: include_str!("support/payload_json.rs"),
        needs: &["append_events"],
    },
    always("pool", include_str!("support/pool.rs")),
    always("range", include_str!("support/range.rs")),
    always("select", include_str!("support/select.rs")),
    always("sql_type", include_str!("support/sql_type.rs")),
    Support {
        module: "standby_feed",
        contents: include_str!("support/standby_feed.rs"),
        needs: &["read_feed", "feed_checkpoint", "standby_horizon"],
    },
    always("statement", include_str!("support/statement.rs")),
    always("store_error", include_str!("support/store_error.rs")),
    always("value", include_str!("support/value.rs")),
];

/// The module `payload` of a store whose payloads are bytes.
const PAYLOAD_BYTES: &str = include_str!("support/payload_bytes.rs");

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

/// Types that stand beside the rows in the emitted files, and those that Rust has everywhere.
#[rustfmt::skip]
const TYPES: &[&str] = &[
    "ColumnInfo", "DateTime", "Err", "Error", "FromRow", "GenericClient", "Inet", "Interval", "Layout",
    "NaiveDate", "NaiveDateTime", "NaiveTime", "None", "Numeric", "Ok", "Option", "ParamInfo", "Prepared",
    "QueryInfo", "Range", "RawJson", "Reader", "Result", "Row", "Rows", "Self_", "Some", "String", "Type", "Utc",
    "Uuid", "Vec", "Xid8",
];

/// Whether a row cannot have this name.
pub(super) fn is_reserved_type(name: &str) -> bool {
    TYPES.contains(&name)
}

/// Whether a module of this name is no query module.
pub(super) fn is_reserved(module: &str) -> bool {
    EMITTED.contains(&module) || FILES.iter().any(|file| file.module == module)
}

pub(super) fn files(merged: &Merged<'_>) -> Vec<OutputFile> {
    let find = |name: &str| {
        merged
            .queries
            .iter()
            .find(|known| known.query.name == *name)
    };
    let payload = find("append_events").and_then(|append| {
        let mut params = append.query.params.iter();
        params
            .find(|param| param.name == "event_data")
            .map(|param| &param.ty)
    });
    let is_bytes = payload == Some(&DataType::array(DataType::Bytea));
    FILES
        .iter()
        .filter(|file| file.needs.iter().all(|query| find(query).is_some()))
        .map(|file| {
            let contents = if is_bytes && file.module == "payload" {
                PAYLOAD_BYTES
            } else {
                file.contents
            };
            OutputFile::lockstep(
                format!("src/{}.rs", file.module),
                Syntax::Rust,
                &merged.source(),
                contents,
            )
        })
        .collect()
}
