//! A page of a long stream: the query that reads it, unnamed and prepared, against one with both bounds of version and id, as
//! hand-written SQL has them, on the same log in the same rounds.
//!
//! `cargo bench -p eventcore-tests --bench stream_pages`; `ROUNDS` (9), `EVENTS` (500000) in the log, of which every 25th is of the
//! stream.
#![expect(clippy::print_stdout, reason = "printing is what a benchmark is for")]

mod report;

use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_generated::streams::READ_STREAM_FORWARD_SQL;
use eventcore_tests::{Server, ServerOptions, TestDatabase};
use report::{Samples, setting};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

const BOTH_BOUNDS: &str = "SELECT e.* FROM event_log AS e WHERE e.stream_id = $1
    AND e.event_version BETWEEN (SELECT $2::bigint) AND (SELECT s.stream_version FROM event_streams AS s WHERE s.stream_id = $1)
    AND e.event_id BETWEEN (SELECT s.first_event_id FROM event_streams AS s WHERE s.stream_id = $1)
                       AND (SELECT s.last_event_id FROM event_streams AS s WHERE s.stream_id = $1)
    ORDER BY e.event_version LIMIT $3";

/// `$EVENTS` events over the last six months, in order of time.
const FILL: &str = "
    CREATE TEMPORARY TABLE planned AS
    SELECT i, t.at, CASE WHEN i % 25 = 0 THEN 'big' ELSE 'small-' || i % 5000 END COLLATE \"C\" AS stream_id,
           overlay(overlay(overlay(md5(i::text)
               PLACING lpad(to_hex((extract(epoch FROM t.at) * 1000)::bigint), 12, '0') FROM 1 FOR 12)
               PLACING '7' FROM 13)
               PLACING '8' FROM 17)::uuid AS event_id
      FROM generate_series(1, $EVENTS) AS i
     CROSS JOIN LATERAL (SELECT date_trunc('milliseconds', now() - make_interval(secs => ($EVENTS - i) * 15e6 / $EVENTS)) AS at) AS t;
    INSERT INTO event_streams (stream_id, stream_version, first_event_id, last_event_id)
    SELECT stream_id, count(*), min(event_id::text)::uuid, max(event_id::text)::uuid FROM planned GROUP BY stream_id;
    INSERT INTO $LOG (event_id, global_position, stream_id, event_version, event_type, event_data, created_at)
    SELECT event_id, i, stream_id, row_number() OVER (PARTITION BY stream_id ORDER BY i), 'Moved',
           jsonb_build_object('by', i, 'note', repeat('x', 120)), at
      FROM planned ORDER BY i;
    SELECT setval('events_position_seq', $EVENTS)";

async fn filled(client: &Client, layout: Layout, events: u64) {
    for migration in migrations(layout) {
        let done = client.batch_execute(migration.sql).await;
        done.expect("a migration runs");
    }
    let log = match layout {
        Layout::Simple => "events_simple",
        Layout::Partitioned => {
            let months = "SELECT create_monthly_partition((now() - make_interval(months => m))::date) FROM generate_series(1, 7) AS m";
            client.batch_execute(months).await.expect("months are made");
            "events"
        }
    };
    let fill = FILL
        .replace("$EVENTS", &events.to_string())
        .replace("$LOG", log);
    client
        .batch_execute(&fill)
        .await
        .expect("the log is filled");
    client
        .batch_execute("VACUUM ANALYZE")
        .await
        .expect("it is analyzed");
}

const EXPLAIN: &str = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)";

/// Milliseconds of the server for a page of 100 from a version on, as an unnamed statement.
async fn page(client: &Client, text: &str, version: i64) -> f64 {
    let explain = format!("{EXPLAIN} {text}");
    let parameters: [(&(dyn ToSql + Sync), Type); 3] = [
        (&"big", Type::TEXT),
        (&version, Type::INT8),
        (&100_i64, Type::INT8),
    ];
    let answer = client.query_typed(&explain, &parameters).await;
    time_of(&answer.expect("a page")[0])
}

/// The same for a statement of the session, which the server plans once for all values.
async fn page_prepared(client: &Client, version: i64) -> f64 {
    let explain = format!("{EXPLAIN} EXECUTE page ('big', {version}, 100)");
    let answer = client.query_typed(&explain, &[]).await;
    time_of(&answer.expect("a page")[0])
}

/// Planning and execution.
fn time_of(row: &Row) -> f64 {
    let plan: serde_json::Value = row.get(0);
    assert_eq!(plan[0]["Plan"]["Actual Rows"].as_f64(), Some(100.0));
    let time = |name: &str| plan[0][name].as_f64().expect("a time");
    time("Planning Time") + time("Execution Time")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (rounds, events) = (setting("ROUNDS", 9), setting("EVENTS", 500_000));
    let server = Server::dedicated(&ServerOptions::default());
    println!(
        "PostgreSQL {}, {events} events, milliseconds of the server a page of 100",
        server.version()
    );
    for layout in [Layout::Simple, Layout::Partitioned] {
        let db = TestDatabase::create_on(&server).await;
        let client = db.connect().await;
        filled(&client, layout, events).await;
        let prepare = format!("PREPARE page (text, bigint, bigint) AS {READ_STREAM_FORWARD_SQL}");
        let done = client.batch_execute(&prepare).await;
        done.expect("the page is prepared");
        for version in [1, 10_000] {
            // From the sixth time on the server may keep one plan.
            for _ in 0..6 {
                page_prepared(&client, version).await;
            }
            let [mut own, mut prepared, mut other] = [const { Samples(Vec::new()) }; 3];
            for _ in 0..rounds {
                prepared.0.push(page_prepared(&client, version).await);
                own.0
                    .push(page(&client, READ_STREAM_FORWARD_SQL, version).await);
                other.0.push(page(&client, BOTH_BOUNDS, version).await);
            }
            println!(
                "{layout}, from version {version}: {}, prepared {}; with both bounds {}; times {}, prepared {}",
                own.show(2),
                prepared.show(2),
                other.show(1),
                other.ratio_to(&own).show(0),
                other.ratio_to(&prepared).show(0)
            );
        }
    }
}
