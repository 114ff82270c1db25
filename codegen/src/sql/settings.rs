//! The settings that a migration file pins: it means and writes the same whatever the server, the database, the role or
//! the session set. Knows nothing of what a file does.

use std::fmt::Write as _;

use eventcore_schema_model::schema::Schema;

use super::quote::list;

/// Every setting that can change what a statement of ours means or writes, a line of the file each. Their values are the
/// defaults of PostgreSQL; `row_security = off` makes an error of rows that a policy would hide from a back-fill.
///
/// `standard_conforming_strings` is for psql, which reads a statement at a time: a file that is sent as one message is
/// split before it takes effect, so texts never depend on it (`quote::conforming`).
const PINNED: [&[(&str, &str)]; 5] = [
    &[
        ("TimeZone", "'UTC'"),
        ("DateStyle", "'ISO, MDY'"),
        ("IntervalStyle", "'postgres'"),
    ],
    &[
        ("extra_float_digits", "1"),
        ("bytea_output", "'hex'"),
        ("xmloption", "'content'"),
        ("array_nulls", "on"),
    ],
    &[
        ("standard_conforming_strings", "on"),
        ("transform_null_equals", "off"),
        ("quote_all_identifiers", "off"),
    ],
    &[
        ("check_function_bodies", "on"),
        ("row_security", "off"),
        ("jit", "off"),
    ],
    &[
        ("default_table_access_method", "'heap'"),
        ("default_tablespace", "''"),
        ("default_toast_compression", "'pglz'"),
    ],
];

/// Where the search path is kept meanwhile. It is given back exactly, since a runner's own table may be found by it.
const KEPT: &str = "eventcore.search_path";

/// The server's own functions, operators and types before all that the session would find first.
const SERVER_FIRST: &str = "SELECT pg_catalog.set_config('search_path', pg_catalog.concat('pg_catalog, ', \
                            NULLIF(pg_catalog.current_setting('search_path'), '') || ', ', 'pg_temp'), FALSE);";

/// Pins the settings of a session that runs a statement outside of a transaction, which cannot do so itself.
pub fn pin_session() -> String {
    let lines = PINNED.iter().map(|line| set(line));
    let lines: Vec<String> = lines.chain([SERVER_FIRST.to_owned()]).collect();
    lines.join(" ")
}

/// The names of the pinned settings with their values, without quotes; the search path is not among them.
pub fn pinned() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = PINNED.into_iter().flatten();
    all.map(|(name, value)| (*name, value.trim_matches('\'')))
}

/// The places in which the names of a definition's texts are looked up: the server's own, the definition's, those of its
/// extensions. Nothing that a user creates for a session hides them.
fn search_path(schema: &Schema) -> String {
    let mut homes = vec![&schema.namespace];
    for extension in &schema.extensions {
        let home = schema.home_of(extension);
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    let homes = homes.into_iter().filter(|home| **home != *"pg_catalog");
    format!("pg_catalog, {}, pg_temp", list(homes))
}

fn set(line: &[(&str, &str)]) -> String {
    let statements: Vec<String> = line
        .iter()
        .map(|(name, value)| format!("SET {name} = {value};"))
        .collect();
    statements.join(" ")
}

fn reset(line: &[(&str, &str)]) -> String {
    let statements: Vec<String> = line
        .iter()
        .map(|(name, _)| format!("RESET {name};"))
        .collect();
    statements.join(" ")
}

/// How a text calls a function for what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A file of statements.
    File,
    /// A block of plpgsql.
    Block,
}

/// Statements between those that pin the settings and those that put back what they were: the database's, role's and
/// connection's own values, and the search path as the session has it. A file that is not ASCII also says its encoding.
pub(super) fn pinned_around(schema: &Schema, caller: Caller, statements: &str) -> String {
    let (call, pad) = match caller {
        Caller::File => ("SELECT", ""),
        Caller::Block => ("PERFORM", "    "),
    };
    let encoding = ("client_encoding", "'UTF8'");
    let encoding: &[_] = match caller {
        Caller::File if !statements.is_ascii() => &[encoding],
        _ => &[],
    };
    let lines = || {
        let all = [encoding].into_iter().chain(PINNED);
        all.filter(|line| !line.is_empty())
    };
    let mut text = format!(
        "{pad}-- Settings that could change what follows; the end puts back what they were.
{pad}{call} pg_catalog.set_config('{KEPT}', pg_catalog.current_setting('search_path'), FALSE);
{pad}SET search_path = {};
",
        search_path(schema)
    );
    // Writing to a String does not fail.
    for line in lines() {
        let _ = writeln!(text, "{pad}{}", set(line));
    }
    let _ = write!(text, "\n{}\n\n", statements.trim_end());
    for line in lines() {
        let _ = writeln!(text, "{pad}{}", reset(line));
    }
    let _ = writeln!(
        text,
        "{pad}{call} pg_catalog.set_config('search_path', pg_catalog.current_setting('{KEPT}'), FALSE);"
    );
    text
}
