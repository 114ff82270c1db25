//! What is in a database, as text that can be compared: the server's own description of every object that a user made,
//! in a fixed order. Knows nothing of models; two databases are alike when their texts are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use eventcore_codegen::sql::pinned;
use tokio_postgres::{Client, Error};

const OBJECTS: &str = include_str!("catalog.sql");
const GET: &str = "SELECT pg_catalog.array_agg(pg_catalog.current_setting(n)) FROM pg_catalog.unnest($1::pg_catalog.text[]) AS n";
const SET: &str = "SELECT pg_catalog.set_config(n, v, false) \
                     FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS s (n, v)";

/// A part of an object: a table itself, or one of its columns, indexes, constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The object's name after its namespace and a dot, as they are, without quotes.
    pub object: String,
    /// What the server says of it, on one line or more.
    pub text: String,
}

/// Reads everything that is in the database, but for the relations of these names (a runner's ledger, say), in the order
/// of the texts.
///
/// Owners, privileges, comments, storage parameters and the partition tree are part of it; data, statistics and the
/// positions of sequences are not.
///
/// # Errors
/// When the server refuses.
pub async fn read(client: &Client, without: &[&str]) -> Result<Vec<Line>, Error> {
    // Names are shown with their namespace, and values in one form, whatever the session's settings, which are put back
    // afterwards.
    let (names, values): (Vec<_>, Vec<_>) = pinned().chain([("search_path", "")]).unzip();
    let before: Vec<String> = client.query_one(GET, &[&names]).await?.get(0);
    client.query(SET, &[&names, &values]).await?;
    let rows = client.query(OBJECTS, &[&without]).await;
    client.query(SET, &[&names, &before]).await?;
    let rows = rows?;
    let lines = rows.iter().map(|row| Line {
        object: row.get(0),
        text: row.get(1),
    });
    let mut lines: Vec<_> = lines.collect();
    // Here, since the server sorts the texts of a large catalog on its disk.
    lines.sort_by(|left, right| left.text.cmp(&right.text));
    Ok(lines)
}

/// Objects with their descriptions.
pub(crate) type Objects = BTreeMap<String, String>;

/// The objects of these names, each with its lines as one text.
pub(crate) fn objects(lines: Vec<Line>, names: &BTreeSet<String>) -> Objects {
    let mut objects = Objects::new();
    for Line { object, text } in lines {
        if names.contains(&object) {
            let all = objects.entry(object).or_default();
            all.push_str(&text);
            all.push('\n');
        }
    }
    objects
}

/// An object that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The object's name.
    pub object: String,
    /// What was said of it, and is no more.
    pub gone: Vec<String>,
    /// What is said of it now, and was not.
    pub new: Vec<String>,
}

/// What differs of the objects that were there before.
pub(crate) fn compare(before: &Objects, now: &Objects) -> Vec<Drift> {
    before
        .iter()
        .filter_map(|(object, was)| {
            let is = now.get(object).map_or("", String::as_str);
            let (gone, new) = (missing(was, is), missing(is, was));
            let differs = !gone.is_empty() || !new.is_empty();
            differs.then(|| Drift {
                object: object.clone(),
                gone,
                new,
            })
        })
        .collect()
}

/// Objects that were not as they were kept before a run.
pub(crate) struct Drifted {
    /// As they were kept.
    pub(crate) kept: Objects,
    /// As they were when the run began.
    pub(crate) before: Objects,
}

impl Drifted {
    /// What is to be kept after the run: the objects as they are, and what had drifted, and the run did not touch, as it was kept.
    pub(crate) fn keep(&self, mut now: Objects, names: &BTreeSet<String>) -> Objects {
        for Drift { object, gone, new } in compare(&self.kept, &self.before) {
            if !names.contains(&object) {
                continue;
            }
            let text = |objects: &Objects| objects.get(&object).cloned().unwrap_or_default();
            let (was, after) = (text(&self.kept), text(&now));
            if after == text(&self.before) {
                now.insert(object, was);
                continue;
            }
            // A text of several lines is one thing, and what the run made of it counts.
            let is_line = |line: &str| line.split(' ').nth(1) == was.split(' ').nth(1);
            if after.is_empty() || !was.lines().chain(after.lines()).all(is_line) {
                continue;
            }
            let mut lines: Vec<&str> = after.lines().collect();
            lines.retain(|line| !new.iter().any(|it| it == line));
            let what = |line: &str| {
                line.split(' ')
                    .take(3)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let touched: BTreeSet<_> = lines.iter().map(|line| what(line)).collect();
            let kept = gone.iter().map(String::as_str);
            lines.extend(kept.filter(|line| !touched.contains(&what(line))));
            now.insert(object, lines.join("\n") + "\n");
        }
        now
    }
}

/// The lines of a text that another one lacks.
fn missing(text: &str, other: &str) -> Vec<String> {
    let other: BTreeSet<_> = other.lines().collect();
    text.lines()
        .filter(|line| !other.contains(line))
        .map(str::to_owned)
        .collect()
}

impl fmt::Display for Drift {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "  {}", self.object)?;
        for (sign, lines) in [('-', &self.gone), ('+', &self.new)] {
            for line in lines {
                writeln!(formatter, "    {sign} {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Drift, Objects, compare};

    fn objects(all: &[(&str, &str)]) -> Objects {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        all.iter().map(owned).collect()
    }

    #[test]
    fn what_differs_is_named_by_object_and_line() {
        let before = objects(&[("a", "1\n2\n"), ("b", "1\n"), ("c", "1\n")]);
        let now = objects(&[("a", "1\n3\n"), ("b", "1\n"), ("d", "1\n")]);
        let drift = |object: &str, gone: &[&str], new: &[&str]| Drift {
            object: object.to_owned(),
            gone: gone.iter().map(ToString::to_string).collect(),
            new: new.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(
            compare(&before, &now),
            [drift("a", &["2"], &["3"]), drift("c", &["1"], &[])]
        );
        assert_eq!(
            compare(&before, &now)[0].to_string(),
            "  a\n    - 2\n    + 3\n"
        );
    }
}
