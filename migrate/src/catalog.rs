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

/// The partitions that come and go by a policy, of all tables: their names with and without quotes, and the table's.
const PARTITIONS: &str = "SELECT pg_catalog.concat(n.nspname, '.', c.relname), pg_catalog.format('%I.%I', n.nspname, c.relname),
           c.relname::pg_catalog.text, pg_catalog.concat(m.nspname, '.', r.relname)
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class AS r ON r.oid = pg_catalog.pg_partition_root(c.oid)
      JOIN pg_catalog.pg_namespace AS m ON m.oid = r.relnamespace
     WHERE c.relispartition
       AND c.relkind IN ('r', 'p')";

/// A partition, and the table that it belongs to.
pub(crate) struct Partition {
    object: String,
    quoted: String,
    name: String,
    table: String,
}

/// Every partition in the database.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn partitions(client: &Client) -> Result<Vec<Partition>, Error> {
    let rows = client.query(PARTITIONS, &[]).await?;
    let partition = |row: &tokio_postgres::Row| Partition {
        object: row.get(0),
        quoted: row.get(1),
        name: row.get(2),
        table: row.get(3),
    };
    Ok(rows.iter().map(partition).collect())
}

/// The number of each object that a user made, and its name.
const NUMBERS: &str =
    "SELECT pg_catalog.concat('relation ', c.oid), pg_catalog.concat(n.nspname, '.', c.relname)
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT pg_catalog.concat('routine ', p.oid), pg_catalog.concat(n.nspname, '.', p.proname)
      FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
     WHERE p.oid >= 16384
    UNION ALL
    SELECT pg_catalog.concat('type ', t.oid), pg_catalog.concat(n.nspname, '.', t.typname)
      FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
     WHERE t.oid >= 16384 AND t.typtype IN ('c', 'd', 'e', 'r')";

/// The objects by their numbers.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn numbers(client: &Client) -> Result<BTreeMap<String, String>, Error> {
    let rows = client.query(NUMBERS, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Objects with their descriptions.
pub(crate) type Objects = BTreeMap<String, String>;

/// What the name of a table is followed by where its partitions are described.
pub(crate) const EACH_PARTITION: &str = ", each partition";

/// The objects of these names, each with its lines as one text; with a table those of its partitions that have no name among
/// these.
pub(crate) fn objects(
    lines: Vec<Line>,
    partitions: &[Partition],
    names: &BTreeSet<String>,
) -> Objects {
    let mut objects = Objects::new();
    let of_policies = partitions.iter().filter(|it| !names.contains(&it.object));
    let mut by_table: BTreeMap<&str, Vec<&Partition>> = BTreeMap::new();
    for partition in of_policies.filter(|it| names.contains(&it.table)) {
        by_table
            .entry(&partition.table)
            .or_default()
            .push(partition);
    }
    for (table, partitions) in by_table {
        let text = alike(&lines, &partitions);
        objects.insert(format!("{table}{EACH_PARTITION}"), text);
    }
    for Line { object, text } in lines {
        if names.contains(&object) {
            let all = objects.entry(object).or_default();
            all.push_str(&text);
            all.push('\n');
        }
    }
    objects
}

/// What the partitions of a table have in common, a line each, and what some of them have and others lack.
fn alike(lines: &[Line], partitions: &[&Partition]) -> String {
    let mut having: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for partition in partitions {
        let own = lines.iter().filter(|line| line.object == partition.object);
        for line in own {
            let text = line.text.replace(&partition.quoted, "<partition>");
            let text = text.replace(&partition.name, "<partition>");
            // A partition has bounds and a month of its own.
            let text = match (
                text.split_once(" bound=FOR VALUES"),
                text.rsplit_once(" key="),
            ) {
                (Some((start, _)), Some(_)) => format!("{start} bound=FOR VALUES"),
                _ => text,
            };
            having.entry(text).or_default().insert(&partition.name);
        }
    }
    let mut all = Vec::new();
    for (line, having) in having {
        let is_common = 2 * having.len() > partitions.len();
        for partition in partitions {
            let has = having.contains(&*partition.name);
            if has != is_common {
                let verb = if has { "has" } else { "lacks" };
                all.push(format!("{verb} <partition> {}: {line}\n", partition.name));
            }
        }
        if is_common {
            all.push(format!("{line}\n"));
        }
    }
    all.concat()
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

/// Who described objects as they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptBy {
    /// The last run, on a server of this version.
    LastRun,
    /// This run, since the last one was on a server of another version.
    ThisRun,
    /// The last run, on a server of this other version, whose descriptions cannot be compared.
    Other(i32),
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
