//! Runs that are killed at random moments: the next one goes on, and the end is the same.

use std::time::Duration;

use eventcore_migrate::{Migration, Migrator, Silent};
use eventcore_tests::TestDatabase;
use eventcore_tests::random::Random;
use tokio_postgres::{Client, NoTls};

use crate::case::{Rendered, catalog_of, evolve, found, founded_catalog, run};
use crate::pairs::Pairs;
use crate::rows;

/// Pairs of one run.
const PAIRS: u64 = 25;

/// Ends every other session of the database.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Kills up to so many runs, client and server, each within so many milliseconds, and lets the next be; gives how many
/// were killed before one was through. All sessions of the database end but that of `client`.
pub(crate) async fn killed_then_finished(
    db: &TestDatabase<'_>,
    client: &Client,
    planned: &[Rendered],
    kills: u32,
    within: u64,
    random: &mut Random,
    what: &str,
) -> u32 {
    let migrations = planned
        .iter()
        .map(|it| Migration::new(it.planned.version, it.planned.slug.clone(), it.text.clone()));
    let runner = Migrator::new(migrations);
    for killed in 0..=kills {
        let moment = if killed < kills {
            Duration::from_millis(random.below(within))
        } else {
            Duration::from_secs(60)
        };
        let config = db.config();
        let mut observer = Silent;
        let whole = runner.run(&config, NoTls, &mut observer);
        if let Ok(done) = tokio::time::timeout(moment, whole).await {
            done.unwrap_or_else(|error| panic!("{what}: {error}"));
            return killed;
        }
        // The client is gone; the server may still be at it.
        run(client, KILL, "").await;
    }
    panic!("{what}: the run that is let be takes more than a minute");
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_moment_is_finished_by_the_next() {
    let (mut killed, mut applied) = (0, 0);
    for seed in 0..PAIRS {
        let mut random = Random::new(seed);
        let mut pairs = Pairs::new(5_000 + seed);
        let Some((from, to)) = pairs.valid_pair() else {
            continue;
        };
        let Ok(planned) = evolve(&from, &to) else {
            continue;
        };
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &from).await;
        rows::fill(&client, &from).await;
        let held = rows::before(&client, &from, &to).await;
        killed += killed_then_finished(
            &db,
            &client,
            &planned,
            4,
            25,
            &mut random,
            &format!("seed {seed}"),
        )
        .await;
        assert_eq!(
            held,
            rows::after(&client, &from, &to).await,
            "seed {seed}: rows"
        );
        run(&client, "DROP TABLE IF EXISTS eventcore_migrations", "").await;
        let (found, expected) = (catalog_of(&client).await, founded_catalog(&to).await);
        let diff = similar::TextDiff::from_lines(&expected, &found);
        assert!(found == expected, "seed {seed}\n{}", diff.unified_diff());
        applied += 1;
    }
    assert!(killed > 10, "only {killed} runs were killed");
    assert!(applied > 15, "only {applied} pairs say anything");
}
