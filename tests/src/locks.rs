//! The locks that a migration's header speaks of, and those that a session holds.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

/// Locks of a session ($1) on tables and views that were there before ($2), but for those that only exclusive access waits
/// for: the mode, the relation, and the table that it is a partition of. A table's indexes are locked with it.
const HELD: &str = "
    SELECT DISTINCT upper(trim(regexp_replace(replace(l.mode, 'Lock', ''), '([A-Z])', ' \\1', 'g'))),
           format('%I.%I', n.nspname, c.relname),
           CASE WHEN c.relispartition THEN (SELECT format('%I.%I', h.nspname, r.relname)
                                              FROM pg_class AS r
                                              JOIN pg_namespace AS h ON h.oid = r.relnamespace
                                             WHERE r.oid = pg_partition_root(c.oid)) END
      FROM pg_locks AS l
      JOIN pg_class AS c ON c.oid = l.relation
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE l.pid = $1
       AND l.granted
       AND l.relation = ANY ($2)
       AND c.relkind IN ('r', 'p', 'v', 'm')
       AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')";

/// What the header of a migration says: `SHARE on public.events`.
///
/// # Panics
/// When it says nothing.
pub fn said(sql: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = sql
        .lines()
        .filter_map(|line| line.strip_prefix("-- Locks: "))
        .collect();
    assert!(!lines.is_empty(), "no word on locks in\n{sql}");
    if lines.iter().all(|line| line.ends_with("; nobody waits.")) {
        return BTreeSet::new();
    }
    let locks = lines.iter().map(|line| {
        let lock = line.split(';').next().unwrap_or_default();
        lock.trim_end_matches(" and its partitions").to_owned()
    });
    locks.collect()
}

/// The relations that users made.
///
/// # Panics
/// When the server refuses.
pub async fn relations(observer: &Client) -> Vec<u32> {
    let sql = "SELECT coalesce(array_agg(oid), '{}') FROM pg_class WHERE oid >= 16384";
    let row = observer.query_one(sql, &[]).await;
    row.expect("the catalog can be read").get(0)
}

/// A session's strongest lock on a relation.
#[derive(Debug)]
struct Held {
    mode: String,
    relation: String,
    /// The table that it is a partition of.
    root: Option<String>,
}

/// The modes that are looked at, from the weakest on.
const MODES: [&str; 5] = [
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
];

fn strength(mode: &str) -> Option<usize> {
    MODES.iter().position(|known| *known == mode)
}

/// What a session holds on these relations, as a header says it: of several locks on one the strongest. Partitions are
/// locked with their table; those that are locked alone, or more than it, are together `each partition of` it, unless
/// what is said names them.
///
/// # Panics
/// When the server refuses.
pub async fn held(
    observer: &Client,
    pid: i32,
    relations: &[u32],
    said: &BTreeSet<String>,
) -> BTreeSet<String> {
    let rows = observer.query(HELD, &[&pid, &relations]).await;
    let rows = rows.expect("locks can be read");
    let mut strongest: BTreeMap<String, Held> = BTreeMap::new();
    for row in rows {
        let held = Held {
            mode: row.get(0),
            relation: row.get(1),
            root: row.get(2),
        };
        let known = strongest.get(&held.relation);
        if known.is_none_or(|known| strength(&known.mode) < strength(&held.mode)) {
            strongest.insert(held.relation.clone(), held);
        }
    }
    let mut locks = BTreeSet::new();
    for held in strongest.values() {
        let own = format!("{} on {}", held.mode, held.relation);
        let Some(root) = held.root.as_ref().filter(|_| !said.contains(&own)) else {
            locks.insert(own);
            continue;
        };
        let above = strongest.get(root);
        if above.is_none_or(|above| strength(&above.mode) < strength(&held.mode)) {
            locks.insert(format!("{} on each partition of {root}", held.mode));
        }
    }
    locks
}
