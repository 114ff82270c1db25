//! A page of a stream costs the page, whatever the stream's share of the log, the number of partitions and the state of the
//! statistics.

use eventcore_generated::QUERIES;
use eventcore_generated::layout::Layout;
use eventcore_generated::statement::QueryInfo;
use eventcore_tests::on_both_layouts;
use tokio_postgres::Client;

use crate::plan::{Mode, explain, planned_text};
use crate::stock::Stock;

const PAGE: u64 = 100;

/// Stream, query, version to start from, rows of the page.
const PAGES: &[(&str, &str, &str, u64)] = &[
    ("half", "read_stream_forward", "1", PAGE),
    ("half", "read_stream_forward", "15000", PAGE),
    ("half", "read_stream_forward", "29951", 50),
    ("half", "read_stream_backward", "9223372036854775807", PAGE),
    ("half", "read_stream_backward", "15000", PAGE),
    ("tenth", "read_stream_forward", "1", PAGE),
    ("tenth", "read_stream_forward", "3000", PAGE),
    ("tenth", "read_stream_backward", "9223372036854775807", PAGE),
    ("short-2998", "read_stream_forward", "1", 8),
    ("short-7", "read_stream_forward", "7", 2),
    ("short-7", "read_stream_backward", "9223372036854775807", 8),
];

async fn check(layout: Layout, months: i32) {
    let stock = Stock::with_long_streams(layout, months).await;
    let client = stock.connect().await;
    let mut failures = Vec::new();
    for statistics in ["none", "of analyze_events"] {
        if statistics != "none" {
            let (_, analyze) = text(&client, "analyze_events", layout).await;
            client.batch_execute(&analyze).await.unwrap();
        }
        for (stream, name, version, rows) in PAGES {
            let (query, text) = text(&client, name, layout).await;
            for mode in [Mode::Generic, Mode::Custom] {
                let arguments = format!("'{stream}', {version}, {PAGE}");
                let did = explain(&client, &stock, query, &text, &arguments, mode).await;
                let did = did.unwrap();
                assert_eq!(did.rows, *rows, "{name} ({arguments})");
                // The page's rows, one more for each partition that is looked into, and the pages of their index.
                if did.reads > rows + did.scans || did.buffers > 60 + 5 * did.scans + 2 * rows {
                    failures.push(format!(
                        "{name} ({arguments}), {layout}, {months} months, {mode:?}, statistics {statistics}: looked at {} \
                         rows and {} pages in {} scans",
                        did.reads, did.buffers, did.scans
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn text(client: &Client, name: &str, layout: Layout) -> (&'static QueryInfo, String) {
    let query = QUERIES.iter().find(|query| query.name == name).unwrap();
    let text = planned_text(client, query, layout).await.unwrap();
    (query, text)
}

on_both_layouts!(a_page_costs_the_page);

async fn a_page_costs_the_page(layout: Layout) {
    check(layout, 1).await;
}

#[tokio::test]
async fn a_page_costs_the_page_over_60_partitions() {
    check(Layout::Partitioned, 60).await;
}
