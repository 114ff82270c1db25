//! The values of storage parameters, as PostgreSQL's table of them bounds each in every supported version.

/// What values a parameter takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values {
    /// Whether something is so.
    Switch,
    /// Whether something is so, or the server's choice.
    SwitchOrAuto,
    /// `on`, `off` or `auto`, and no other words for them.
    Mode,
    /// A whole number between two.
    Whole(i32, i32),
    /// A number between two.
    Number(i32, i32),
}

use Values::{Mode, Number, Switch, SwitchOrAuto, Whole};

/// A parameter and its values.
pub(super) type Parameter = (&'static str, Values);

/// What a table and its TOAST table take, the latter under the prefix `toast.`.
pub(super) const VACUUM: &[Parameter] = &[
    ("autovacuum_enabled", Switch),
    ("autovacuum_freeze_max_age", Whole(100_000, 2_000_000_000)),
    ("autovacuum_freeze_min_age", Whole(0, 1_000_000_000)),
    ("autovacuum_freeze_table_age", Whole(0, 2_000_000_000)),
    (
        "autovacuum_multixact_freeze_max_age",
        Whole(10_000, 2_000_000_000),
    ),
    (
        "autovacuum_multixact_freeze_min_age",
        Whole(0, 1_000_000_000),
    ),
    (
        "autovacuum_multixact_freeze_table_age",
        Whole(0, 2_000_000_000),
    ),
    ("autovacuum_vacuum_cost_delay", Number(0, 100)),
    ("autovacuum_vacuum_cost_limit", Whole(1, 10_000)),
    ("autovacuum_vacuum_insert_scale_factor", Number(0, 100)),
    ("autovacuum_vacuum_insert_threshold", Whole(-1, i32::MAX)),
    ("autovacuum_vacuum_scale_factor", Number(0, 100)),
    ("autovacuum_vacuum_threshold", Whole(0, i32::MAX)),
    ("log_autovacuum_min_duration", Whole(-1, i32::MAX)),
    ("vacuum_index_cleanup", SwitchOrAuto),
    ("vacuum_truncate", Switch),
];

/// What a table alone takes.
pub(super) const TABLE: &[Parameter] = &[
    ("autovacuum_analyze_scale_factor", Number(0, 100)),
    ("autovacuum_analyze_threshold", Whole(0, i32::MAX)),
    ("fillfactor", Whole(10, 100)),
    ("parallel_workers", Whole(0, 1024)),
    ("toast_tuple_target", Whole(128, 8160)),
    ("user_catalog_table", Switch),
];

/// What an index takes, by its method.
pub(super) fn of_index(method: crate::index::IndexMethod) -> &'static [Parameter] {
    use crate::index::IndexMethod::{Brin, Btree, Gin, Gist, Hash, SpGist};
    match method {
        Btree => &[
            ("deduplicate_items", Switch),
            ("fillfactor", Whole(10, 100)),
        ],
        Hash | SpGist => &[("fillfactor", Whole(10, 100))],
        Gin => &[
            ("fastupdate", Switch),
            ("gin_pending_list_limit", Whole(64, i32::MAX)),
        ],
        Gist => &[("buffering", Mode), ("fillfactor", Whole(10, 100))],
        Brin => &[
            ("autosummarize", Switch),
            ("pages_per_range", Whole(1, 131_072)),
        ],
    }
}

impl Values {
    /// Whether the text is one of them.
    pub(super) fn hold(self, text: &str) -> bool {
        let word = text.to_ascii_lowercase();
        let switches = ["on", "off", "true", "false", "yes", "no", "1", "0"];
        let is_decimal = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            digits.starts_with(|c: char| c.is_ascii_digit())
                && digits
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        match self {
            Switch => switches.contains(&word.as_str()),
            SwitchOrAuto => word == "auto" || switches.contains(&word.as_str()),
            Mode => matches!(word.as_str(), "on" | "off" | "auto"),
            Whole(least, most) => {
                let number = text.parse::<i32>();
                is_decimal(text) && number.is_ok_and(|number| (least..=most).contains(&number))
            }
            Number(least, most) => {
                let bounds = f64::from(least)..=f64::from(most);
                is_decimal(text) && text.parse().is_ok_and(|number| bounds.contains(&number))
            }
        }
    }

    /// What to give, for messages.
    pub(super) fn expected(self) -> String {
        match self {
            Switch => "`on` or `off`".to_owned(),
            SwitchOrAuto | Mode => "`on`, `off` or `auto`".to_owned(),
            Whole(least, i32::MAX) => format!("a whole number from {least} on"),
            Whole(least, most) => format!("a whole number from {least} to {most}"),
            Number(least, most) => format!("a number from {least} to {most}"),
        }
    }
}
