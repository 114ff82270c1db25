//! What a query did, read from `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`: which indexes, which leaves, how
//! many rows it looked at. Knows no query.

use std::collections::BTreeSet;

use eventcore_generated::layout::Layout;
use eventcore_generated::statement::QueryInfo;
use serde_json::Value;
use tokio_postgres::Client;

use crate::stock::Stock;

/// Whether the server plans with the values of the parameters or without.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Generic,
    Custom,
}

/// What a query did.
#[derive(Debug, Default)]
pub(crate) struct Footprint {
    /// Rows that it returned.
    pub(crate) rows: u64,
    /// Rows and index entries of the log that it looked at.
    pub(crate) reads: u64,
    /// Pages that it touched.
    pub(crate) buffers: u64,
    /// How often a scan of the store's tables ran: each may descend an index.
    pub(crate) scans: u64,
    /// Definitions of the indexes that it used on tables with rows.
    pub(crate) indexes: BTreeSet<String>,
    /// Leaves of the log with rows that it looked into.
    pub(crate) leaves: BTreeSet<String>,
    /// Tables with rows that it read from end to end.
    pub(crate) whole: BTreeSet<String>,
    /// Whether the server compiled it: a sign of an estimate gone wrong.
    pub(crate) compiled: bool,
}

/// What the server plans for a query in a layout: its text, or the statement of the routine of its name that it calls, in which the
/// parameters have their numbers.
pub(crate) async fn planned_text(
    client: &Client,
    query: &QueryInfo,
    layout: Layout,
) -> Option<String> {
    let (_, text) = query.texts.iter().find(|(of, _)| *of == layout)?;
    if !text.contains(&format!(" FROM public.{}(", query.name)) {
        return Some((*text).to_owned());
    }
    let body = "SELECT prosrc FROM pg_proc WHERE proname = $1";
    let row = client.query_one(body, &[&query.name]).await.unwrap();
    let body: String = row.get(0);
    let Some((_, statement)) = body.split_once("RETURN QUERY") else {
        return Some((*text).to_owned());
    };
    let mut statement = statement.split_once(';')?.0.to_owned();
    for (place, param) in query.params.iter().enumerate() {
        statement = statement.replace(&format!("p_{}", param.name), &format!("${}", place + 1));
    }
    Some(statement)
}

/// Runs a query under EXPLAIN. `arguments` is SQL.
pub(crate) async fn explain(
    client: &Client,
    stock: &Stock,
    query: &QueryInfo,
    text: &str,
    arguments: &str,
    mode: Mode,
) -> Result<Footprint, tokio_postgres::Error> {
    let types: Vec<&str> = query.params.iter().map(|param| param.ty.name()).collect();
    let mode = match mode {
        Mode::Generic => "force_generic_plan",
        Mode::Custom => "force_custom_plan",
    };
    let list = |list: &str| match list {
        "" => String::new(),
        list => format!("({list})"),
    };
    let prepare = format!(
        "DEALLOCATE ALL; SET plan_cache_mode = {mode}; PREPARE planned {} AS {text}",
        list(&types.join(", "))
    );
    client.batch_execute(&prepare).await?;
    let explain = format!(
        "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE planned {}",
        list(arguments)
    );
    let row = client.query_one(&explain, &[]).await?;
    let plan: Value = row.get(0);
    let mut footprint = Footprint {
        compiled: plan[0].get("JIT").is_some(),
        ..Footprint::default()
    };
    let root = &plan[0]["Plan"];
    footprint.rows = number(root, "Actual Rows");
    footprint.buffers = number(root, "Shared Hit Blocks") + number(root, "Shared Read Blocks");
    footprint.add(stock, root);
    Ok(footprint)
}

impl Footprint {
    fn add(&mut self, stock: &Stock, node: &Value) {
        self.add_scan(stock, node);
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.add(stock, child);
        }
    }

    fn add_scan(&mut self, stock: &Stock, node: &Value) {
        let loops = number(node, "Actual Loops");
        let index = node["Index Name"]
            .as_str()
            .and_then(|name| stock.indexes.get(name));
        let name = match (node["Relation Name"].as_str(), index) {
            (Some(table), _) => table,
            (None, Some((_, table))) => table,
            (None, None) => return,
        };
        let Some(table) = stock
            .tables
            .get(name)
            .filter(|table| loops > 0 && table.rows > 0)
        else {
            return;
        };
        self.scans += loops;
        if let Some((definition, _)) = index {
            self.indexes.insert(definition.clone());
        }
        if node["Node Type"] == "Seq Scan" {
            self.whole.insert(name.to_owned());
        }
        if table.is_log {
            self.leaves.insert(name.to_owned());
            let seen = [
                "Actual Rows",
                "Rows Removed by Filter",
                "Rows Removed by Index Recheck",
            ];
            self.reads += loops * seen.map(|key| number(node, key)).iter().sum::<u64>();
        }
    }
}

/// A count; from PostgreSQL 18 on, averages over loops have decimals.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of rows"
)]
fn number(node: &Value, key: &str) -> u64 {
    node[key].as_f64().unwrap_or_default().ceil() as u64
}
