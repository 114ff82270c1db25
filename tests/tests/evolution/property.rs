//! For random pairs of schemas: what is planned from one to the other leads there, keeps every row, and leaves nothing
//! to plan.

use eventcore_schema_model::diff::diff;

use crate::case::{catalog_of, evolve_if_allowed};
use crate::pairs::Pairs;
use crate::proof::Bench;
use crate::{queries, rows, texts};

/// Pairs of one run; `EVOLUTION_PAIRS` asks for more, `EVOLUTION_SEED` for others.
const PAIRS: u64 = 60;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test]
async fn a_database_of_one_schema_becomes_one_of_another_and_loses_nothing() {
    let (count, first) = (
        setting("EVOLUTION_PAIRS", PAIRS),
        setting("EVOLUTION_SEED", 1),
    );
    let (mut applied, mut refused, mut steps) = (0_u64, 0_u64, 0);
    let benches = [Bench::new().await, Bench::hostile().await];
    for seed in first..first + count {
        let mut pairs = Pairs::new(seed);
        let Some((from, to)) = pairs.valid_pair() else {
            continue;
        };
        let Some(migrations) = evolve_if_allowed(&from, &to, &format!("seed {seed}")) else {
            refused += 1;
            continue;
        };
        let [bench, hostile] = &benches;
        let expected = bench.founded(&to).await;
        let bench = if seed % 2 == 0 { bench } else { hostile };
        bench.begin(&from).await;
        let client = &bench.observer;
        texts::assert_run(client, &from, &format!("seed {seed}, before")).await;
        rows::fill(client, &from).await;
        let held = rows::before(client, &from, &to).await;
        let baseline = queries::answers(client, &from).await;
        let broken = baseline.iter().find(|(_, answer)| answer.is_none());
        assert_eq!(broken, None, "seed {seed}: a query of its own schema");
        let mut before = baseline.clone();
        for migration in &migrations {
            bench.apply(migration).await;
            let after = queries::answers(client, &from).await;
            let shown = format!("seed {seed}");
            queries::assert_marked(migration, &baseline, &before, &after, &shown);
            before = after;
        }
        let found = catalog_of(client).await;
        if found != expected {
            let texts: Vec<&str> = migrations.iter().map(|it| it.text.as_str()).collect();
            let diff = similar::TextDiff::from_lines(&expected, &found);
            panic!(
                "seed {seed}: another catalog\n{}\n{}",
                texts.join("\n"),
                diff.unified_diff()
            );
        }
        texts::assert_run(client, &to, &format!("seed {seed}, afterwards")).await;
        let kept = rows::after(client, &from, &to).await;
        let texts = || {
            migrations
                .iter()
                .map(|it| it.text.as_str())
                .collect::<String>()
        };
        assert_eq!(held, kept, "seed {seed}: rows\n{}", texts());
        assert_eq!(
            diff(&to, &to).map(|it| it.changes),
            Ok(Vec::new()),
            "seed {seed}"
        );
        applied += 1;
        steps += migrations.len();
    }
    eprintln!("{applied} pairs, {steps} steps, {refused} refused");
    assert!(
        applied * 2 > count,
        "only {applied} of {count} pairs say anything"
    );
}
