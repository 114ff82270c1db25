//! The proof: every event once and in order, in both layouts, and the proof of the proof.

use eventcore_generated::layout::Layout;
use eventcore_tests::on_both_layouts;
use eventcore_tests::store::store;

use super::harness::{Report, run, seed, soak_time};
use super::verdict::Verdict;
use super::writer::{Act, Outcome};

on_both_layouts!(
    no_event_is_missed_inverted_or_doubled_under_hostile_writers,
    without_the_marker_events_are_missed,
);

async fn no_event_is_missed_inverted_or_doubled_under_hostile_writers(layout: Layout) {
    let report = run(layout, seed(), soak_time(8), "").await;
    eprintln!(
        "{layout}: {} events, {} positions burned, {:?}",
        report.events, report.burned, report.acts
    );
    assert_eq!(
        report.verdicts,
        vec![Verdict::default(); report.verdicts.len()]
    );
    was_hostile(&report);
}

/// A run in which nothing went wrong for the writers would prove nothing.
fn was_hostile(report: &Report) {
    assert!(report.events > 500, "only {} events", report.events);
    assert!(report.burned > 50, "only {} rolled back", report.burned);
    for act in Act::ALL {
        let counts = report.acts.iter().filter(|((of, _), _)| *of == act);
        assert!(counts.count() > 0, "{act:?} never happened");
    }
    let happened = |outcome| report.acts.keys().any(|(_, of)| *of == outcome);
    for outcome in [
        Outcome::Committed,
        Outcome::RolledBack,
        Outcome::Conflict,
        Outcome::Aborted,
        Outcome::Lost,
    ] {
        assert!(happened(outcome), "{outcome:?} never happened");
    }
    for (act, outcome) in [
        (Act::Prepared, Outcome::Committed),
        (Act::RepeatableRead, Outcome::Committed),
        (Act::Serializable, Outcome::Committed),
        (Act::Savepoint, Outcome::Committed),
    ] {
        assert!(
            report.acts.contains_key(&(act, outcome)),
            "{act:?} never {outcome:?}"
        );
    }
}

/// The same harness over a store that does not say what it is about to allocate: if this one finds nothing, the
/// other proves nothing.
async fn without_the_marker_events_are_missed(layout: Layout) {
    let change = append_without_marker(layout).await;
    for attempt in 1..=5 {
        let report = run(layout, seed(), std::time::Duration::from_secs(2), &change).await;
        let missed: usize = report.verdicts.iter().map(|verdict| verdict.missed).sum();
        eprintln!(
            "{layout}: attempt {attempt}: {missed} missed of {}",
            report.events
        );
        // Order within what is seen does not depend on the marker.
        assert!(report.verdicts.iter().all(|verdict| verdict.doubled == 0));
        if missed > 0 {
            return;
        }
    }
    panic!("the harness does not see lost events");
}

/// The server's own text of `append_events`, but for the lock that is the marker.
async fn append_without_marker(layout: Layout) -> String {
    const MARKER: &str = "pg_advisory_xact_lock_shared(";
    let db = store(layout).await;
    let row = db.connect().await;
    let row = row
        .query_one("SELECT pg_get_functiondef('append_events'::regproc)", &[])
        .await;
    let text: String = row.unwrap().get(0);
    assert_eq!(
        text.matches(MARKER).count(),
        3,
        "one for each way to append"
    );
    let none =
        "CREATE FUNCTION public.no_marker(bigint) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'";
    // The function tells by this value whether it is done, so it must not be NULL.
    let none = none.replace("NULL", "''''");
    format!("{none}; {}", text.replace(MARKER, "public.no_marker("))
}
