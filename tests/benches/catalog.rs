//! Reading and comparing the catalog of a large database (500 tables of 20 columns and 3 indexes): as the proofs do, two
//! databases with each other, and as `cargo xtask migrate status` does, one with what the last run kept.
//!
//! `cargo xtask test --pg 18 -- --release --bench catalog`; `ROUNDS` (9).
#![expect(clippy::print_stdout, reason = "printing is what a benchmark is for")]

mod report;
mod synthetic;

use std::time::Instant;

use eventcore_codegen::plan::{catalog_names, plan_founding};
use eventcore_codegen::sql::whole_schema;
use eventcore_migrate::{Catalog, Migration, Migrator, Silent};
use eventcore_schema_model::validate::validate;
use eventcore_tests::{TestDatabase, catalog};
use report::{Samples, setting};
use tokio_postgres::NoTls;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let schema = validate(synthetic::tables()).expect("the schema keeps every rule");
    let planned = plan_founding(&schema, None, "").expect("a plan");
    let text = whole_schema(&schema, &planned).expect("its text");
    let migrator = Migrator::new([Migration::new(1, "all", text)]).objects(catalog_names(&schema));
    let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
    for database in [&one, &other] {
        let run = migrator.run(&database.config(), NoTls, &mut Silent).await;
        run.expect("the migration runs");
    }
    let (first, second) = (one.connect().await, other.connect().await);
    let mut samples = [Samples::default(), Samples::default(), Samples::default()];
    for _ in 0..setting("ROUNDS", 9) {
        let started = Instant::now();
        let left = catalog::describe(&first, &[]).await;
        samples[0].0.push(started.elapsed().as_secs_f64() * 1e3);
        let right = catalog::describe(&second, &[]).await;
        catalog::assert_same(&left, &right);
        samples[1].0.push(started.elapsed().as_secs_f64() * 1e3);
        let started = Instant::now();
        let status = migrator.status(&one.config(), NoTls).await;
        samples[2].0.push(started.elapsed().as_secs_f64() * 1e3);
        let verdict = status.expect("a status").catalog;
        assert_eq!(verdict, Catalog::Same { objects: 500 });
    }
    let version = one.server().version();
    println!("The catalog of 500 tables on PostgreSQL {version}, milliseconds, median (range)\n");
    println!("| read once | two databases read and compared | status |\n|---|---|---|");
    let [read, compared, status] = samples.map(|own| own.show(0));
    println!("| {read} | {compared} | {status} |");
}
