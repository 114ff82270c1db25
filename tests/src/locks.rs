//! The locks that a migration's header speaks of, and those that a session holds.

use std::collections::BTreeSet;

use tokio_postgres::Client;

/// Locks of a session ($1) on tables and views that were there before ($2), but for those that only exclusive access waits
/// for: `SHARE on public.events`. A table's indexes and partitions are locked with it.
const HELD: &str = "
    SELECT DISTINCT upper(trim(regexp_replace(replace(l.mode, 'Lock', ''), '([A-Z])', ' \\1', 'g')))
           || ' on ' || format('%I.%I', n.nspname, c.relname)
      FROM pg_locks AS l
      JOIN pg_class AS c ON c.oid = l.relation
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE l.pid = $1
       AND l.granted
       AND l.relation = ANY ($2)
       AND c.relkind IN ('r', 'p', 'v', 'm')
       AND NOT c.relispartition
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

/// What a session holds on these relations; of several locks on one the strongest.
///
/// # Panics
/// When the server refuses.
pub async fn held(observer: &Client, pid: i32, relations: &[u32]) -> BTreeSet<String> {
    held_by(HELD, observer, pid, relations).await
}

/// The same for partitions, which a header names only where they are locked apart from their table.
///
/// # Panics
/// When the server refuses.
pub async fn held_on_partitions(
    observer: &Client,
    pid: i32,
    relations: &[u32],
) -> BTreeSet<String> {
    let sql = HELD.replace("AND NOT c.relispartition", "AND c.relispartition");
    held_by(&sql, observer, pid, relations).await
}

async fn held_by(sql: &str, observer: &Client, pid: i32, relations: &[u32]) -> BTreeSet<String> {
    let rows = observer.query(sql, &[&pid, &relations]).await;
    let rows = rows.expect("locks can be read");
    let all: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let strength = |lock: &str| {
        let order = [
            "SHARE UPDATE",
            "SHARE on",
            "SHARE ROW",
            "EXCLUSIVE on",
            "ACCESS",
        ];
        order.iter().position(|start| lock.starts_with(start))
    };
    let relation = |lock: &str| lock.split_once(" on ").map(|(_, name)| name.to_owned());
    all.iter()
        .filter(|lock| {
            !all.iter()
                .any(|other| relation(other) == relation(lock) && strength(other) > strength(lock))
        })
        .cloned()
        .collect()
}
