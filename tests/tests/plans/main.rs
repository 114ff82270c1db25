//! Every query keeps to its index, and to the partitions that it needs, in both layouts, whether the server
//! plans with the values of the parameters or without.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cases;
mod long_streams;
mod plan;
mod stock;

use eventcore_generated::QUERIES;
use eventcore_generated::layout::Layout;
use eventcore_generated::statement::QueryInfo;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::cases::{Case, Expected, expected};
use crate::plan::{Footprint, Mode, explain, planned_text};
use crate::stock::Stock;

#[tokio::test]
async fn each_query_uses_the_index_of_its_purpose_in_one_table() {
    check_all(Layout::Simple, |_| true).await;
}

#[tokio::test]
async fn each_query_uses_the_index_of_its_purpose_over_36_partitions() {
    check_all(Layout::Partitioned, |_| true).await;
}

#[tokio::test]
async fn temporal_queries_prune_partitions() {
    let temporal = [
        "read_events_between",
        "read_events_by_type_between",
        "activity_by_hour",
    ];
    check_all(Layout::Partitioned, |query| temporal.contains(&query)).await;
}

#[tokio::test]
async fn chains_of_causes_follow_indexes_however_they_are_planned() {
    let chains = ["read_correlation", "read_causes", "read_effects"];
    check_all(Layout::Partitioned, |query| chains.contains(&query)).await;
}

#[test]
fn every_query_says_what_its_plan_is() {
    let silent: Vec<_> = QUERIES
        .iter()
        .filter(|query| expected(query.name).is_none())
        .map(|query| query.name)
        .collect();
    assert!(
        silent.is_empty(),
        "no plan is expected of: {silent:?}; say it in cases.rs"
    );
}

/// Both shapes stood in the definition once.
#[tokio::test]
async fn the_check_refuses_an_index_that_reads_the_world() {
    let stock = Stock::of(Layout::Partitioned).await;
    let refused = [
        (
            "read_stream_forward",
            "SELECT e.* FROM event_log AS e WHERE e.stream_id = $1 AND e.event_version >= $2 AND e.event_id BETWEEN \
             (SELECT s.first_event_id FROM event_streams AS s WHERE s.stream_id = $1) AND \
             (SELECT s.last_event_id FROM event_streams AS s WHERE s.stream_id = $1) ORDER BY e.event_version LIMIT $3",
        ),
        (
            "read_events_by_type",
            "SELECT e.* FROM event_log AS e WHERE e.event_type = ANY ($1) AND e.global_position > $2 \
             AND e.global_position <= $3 ORDER BY e.global_position LIMIT $4",
        ),
    ];
    for (name, text) in refused {
        let query = QUERIES.iter().find(|query| query.name == name).unwrap();
        let failures = check(stock, Layout::Partitioned, query, text).await;
        assert!(
            failures.iter().any(|failure| failure.contains("looked at")),
            "{name}: {failures:#?}"
        );
    }
}

/// SQL that knows only `created_at` has the block ranges.
#[tokio::test]
async fn recent_events_are_found_by_their_time_alone() {
    let client = Stock::of(Layout::Simple).await.connect().await;
    let explain = "EXPLAIN SELECT * FROM event_log WHERE created_at >= now() - INTERVAL '1 day'";
    let rows = client.query(explain, &[]).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(
        plan.iter().any(|line| line.contains("created_at_idx")),
        "{plan:#?}"
    );
}

/// Checks the queries of a layout that are `wanted`, all of them before it fails.
async fn check_all(layout: Layout, wanted: impl Fn(&str) -> bool) {
    let stock = Stock::of(layout).await;
    let client = stock.connect().await;
    let mut failures = Vec::new();
    for query in QUERIES.iter().filter(|query| wanted(query.name)) {
        if let Some(text) = planned_text(&client, query, layout).await {
            failures.extend(check(stock, layout, query, &text).await);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with a query's plans.
async fn check(stock: &Stock, layout: Layout, query: &QueryInfo, text: &str) -> Vec<String> {
    let client = stock.connect().await;
    let mut failures = Vec::new();
    match expected(query.name) {
        Some(Expected::Reads(cases)) => {
            for case in cases {
                for mode in [Mode::Generic, Mode::Custom] {
                    let did = explain(&client, stock, query, text, case.arguments, mode).await;
                    let did = did.unwrap_or_else(|error| panic!("{}: {error:?}", query.name));
                    for fault in faults(layout, &case, &did) {
                        let (name, arguments) = (query.name, case.arguments);
                        failures.push(format!("{name} ({arguments}), {layout}, {mode:?}: {fault}"));
                    }
                }
            }
        }
        Some(Expected::ReadsNothing(reason)) => {
            for table in tables_in_plan(&client, stock, query, text).await {
                failures.push(format!(
                    "{}, {layout}: reads {table}, although {reason}",
                    query.name
                ));
            }
        }
        Some(Expected::Command) | None => {}
    }
    failures
}

/// The store's tables that a query's own plan reads. Planned, not run: some make or drop partitions.
async fn tables_in_plan(
    client: &Client,
    stock: &Stock,
    query: &QueryInfo,
    text: &str,
) -> Vec<String> {
    let types: Vec<_> = query.params.iter().map(|param| param.ty.name()).collect();
    let statement = match types.len() {
        0 => format!("EXPLAIN {text}"),
        count => format!(
            "PREPARE planned ({}) AS {text}; EXPLAIN EXECUTE planned ({})",
            types.join(", "),
            vec!["NULL"; count].join(", ")
        ),
    };
    let messages = client.simple_query(&statement).await;
    let messages = messages.unwrap_or_else(|error| panic!("{}: {error:?}", query.name));
    let lines = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plan = lines.collect::<Vec<_>>().join("\n");
    let reads = |table: &&String| plan.contains(&format!(" on {table} "));
    stock.tables.keys().filter(reads).cloned().collect()
}

fn faults(layout: Layout, case: &Case, did: &Footprint) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |is: bool, text: String| {
        if is {
            faults.push(text);
        }
    };
    fault(
        !case.rows.contains(&did.rows),
        format!("returned {} rows instead of {:?}", did.rows, case.rows),
    );
    fault(
        !did.whole.is_empty(),
        format!("read {:?} from end to end", did.whole),
    );
    let fits = |index: &&String| case.indexes.contains(&index.as_str());
    fault(
        !did.indexes.iter().any(|index| fits(&index)) && did.whole.is_empty(),
        format!("used {:?} instead of {:?}", did.indexes, case.indexes),
    );
    let strange: Vec<_> = did.indexes.iter().filter(|index| !fits(index)).collect();
    fault(!strange.is_empty(), format!("used {strange:?} as well"));
    fault(
        layout == Layout::Partitioned && did.leaves.len() > case.leaves,
        format!(
            "looked into {} leaves instead of {}",
            did.leaves.len(),
            case.leaves
        ),
    );
    let reads = case.reads + did.scans;
    fault(
        did.reads > reads,
        format!(
            "looked at {} rows and entries instead of {reads}",
            did.reads
        ),
    );
    let buffers = 60 + 5 * did.scans + 2 * case.reads;
    fault(
        did.buffers > buffers,
        format!("touched {} pages instead of {buffers}", did.buffers),
    );
    fault(
        did.compiled,
        "was compiled: its cost is overestimated".to_owned(),
    );
    faults
}
