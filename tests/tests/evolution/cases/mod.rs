//! Every kind of change, on a plain table and on a partitioned one, under all that can stand on what changes. A case is two
//! definitions; its file shows what differs between them as SQL, and what is planned: statements, locks, hazards, or the
//! refusal. Each is proved on a server, with rows and without.

mod columns;
mod composites;
mod constraints;
mod extensions;
mod indexes;
mod namespaces;
mod objects;
mod releases;
mod standing;
mod tables;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use eventcore_codegen::plan::plan_founding;
use eventcore_codegen::sql;
use eventcore_schema_model::prelude::*;

use crate::case::evolve;
use crate::proof::Bench;
use crate::queries::with_words;

/// Databases that work at the same time.
const BENCHES: usize = 4;

/// Whether the table that changes is partitioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Plain,
    Partitioned,
}

/// A change, from one definition to the next.
pub(crate) struct Case {
    pub(crate) name: String,
    /// For each layout that it makes a difference to.
    pub(crate) ways: Vec<(Layout, Schema, Schema)>,
}

impl Case {
    /// A change of definitions that have a table of either layout.
    pub(crate) fn new(name: impl Into<String>, way: impl Fn(Layout) -> (Schema, Schema)) -> Self {
        let ways = [Layout::Plain, Layout::Partitioned].map(|layout| {
            let (from, to) = way(layout);
            (layout, from, to)
        });
        Self {
            name: name.into(),
            ways: ways.into(),
        }
    }

    /// A change of the orders of a shop.
    pub(crate) fn of_table(
        name: impl Into<String>,
        before: impl Fn(Table) -> Table,
        after: impl Fn(Table) -> Table,
    ) -> Self {
        Self::new(name, |layout| {
            (shop(before(orders(layout))), shop(after(orders(layout))))
        })
    }

    /// A change that no table has to do with.
    pub(crate) fn plain(name: impl Into<String>, from: Schema, to: Schema) -> Self {
        Self {
            name: name.into(),
            ways: vec![(Layout::Plain, from, to)],
        }
    }
}

/// The table that changes.
pub(crate) fn orders(layout: Layout) -> Table {
    let table = Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("customer", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .primary_key(["id"]);
    match layout {
        Layout::Plain => table,
        Layout::Partitioned => table.partition_by(PartitionKey::range(["id"])),
    }
}

pub(crate) fn customers() -> Table {
    Table::new("customers")
        .column(Column::new("id", DataType::BigInt))
        .primary_key(["id"])
}

pub(crate) fn shop(orders: Table) -> Schema {
    let touch = "BEGIN\n    RETURN NEW;\nEND;";
    Schema::new("shop")
        .table(customers())
        .table(orders)
        .routine(Routine::new("touch", Returns::Trigger, touch))
}

fn all() -> Vec<Case> {
    let mut all = columns::cases();
    all.extend(composites::cases());
    all.extend(constraints::cases());
    all.extend(extensions::cases());
    all.extend(indexes::cases());
    all.extend(namespaces::cases());
    all.extend(objects::cases());
    all.extend(releases::cases());
    all.extend(standing::cases());
    all.extend(tables::cases());
    all
}

/// A definition as SQL.
fn whole(schema: &ValidSchema) -> String {
    sql::whole_schema(schema, &plan_founding(schema, None, "").unwrap()).unwrap()
}

/// What differs between two definitions, as SQL.
fn difference(from: &ValidSchema, to: &ValidSchema) -> String {
    let (from, to) = (whole(from), whole(to));
    let diff = similar::TextDiff::from_lines(&from, &to);
    diff.unified_diff()
        .context_radius(2)
        .header("old", "new")
        .to_string()
}

/// A text without the places in this crate's source.
fn without_places(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("at: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// What all databases work on.
struct Shared {
    queue: Mutex<VecDeque<Case>>,
    /// The catalogs of definitions that were founded, by their SQL: many changes end in the same one.
    founded: Mutex<BTreeMap<String, String>>,
}

impl Shared {
    /// The catalog of a definition that is founded.
    async fn founded(&self, bench: &Bench, schema: &ValidSchema) -> String {
        let text = whole(schema);
        let known = self.founded.lock().unwrap().get(&text).cloned();
        if let Some(catalog) = known {
            return catalog;
        }
        let catalog = bench.founded(schema).await;
        let mut founded = self.founded.lock().unwrap();
        founded.insert(text, catalog.clone());
        catalog
    }
}

/// Proves a case, and gives its file.
async fn prove(shared: &Shared, [bench, hostile]: &[Bench; 2], case: &Case) -> String {
    let mut file = String::new();
    let mut before = String::new();
    for (layout, from, to) in &case.ways {
        // A query of the release before may be none of this one's.
        let without_queries = || Schema {
            queries: Vec::new(),
            ..to.clone()
        };
        let to = validate(to.clone()).or_else(|_| validate(without_queries()));
        let (from, to) = match (validate(from.clone()), to) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(broken), _) | (_, Err(broken)) => {
                assert_ne!(*layout, Layout::Plain, "{}: {broken}", case.name);
                let _ = write!(
                    file,
                    "\nPartitioned: no definition, since\n{}",
                    without_places(&broken.to_string())
                );
                continue;
            }
        };
        let to = with_words(&from, to);
        let planned = match evolve(&from, &to) {
            Ok(migrations) => {
                let expected = shared.founded(bench, &to).await;
                let pair = (&from, &to);
                bench.prove(pair, &migrations, false, &expected).await;
                let rows = bench.prove(pair, &migrations, true, &expected).await;
                let other = hostile.prove(pair, &migrations, true, &expected).await;
                assert_eq!(rows, other, "rows under other settings");
                let texts: Vec<&str> = migrations.iter().map(|it| it.text.as_str()).collect();
                texts.join("\n")
            }
            Err(refused) => {
                let text = refused.to_string();
                let lines = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("at: "));
                format!("refused: {}\n", lines.collect::<Vec<_>>().join("\n"))
            }
        };
        match layout {
            Layout::Plain => {
                let _ = write!(file, "{}\n{planned}", difference(&from, &to));
                before = planned;
            }
            Layout::Partitioned if planned.replace(" and its partitions", "") == before => {
                file.push_str("\nPartitioned: the same, on all partitions.\n");
            }
            Layout::Partitioned => {
                let _ = write!(file, "\nPartitioned:\n\n{planned}");
            }
        }
    }
    file
}

/// Proves one case after the other: their files by name, and nothing for one that fails.
async fn work(shared: Arc<Shared>) -> Vec<(String, Option<String>)> {
    let next = || shared.queue.lock().unwrap().pop_front();
    let benches = async || Arc::new([Bench::new().await, Bench::hostile().await]);
    let mut both = benches().await;
    let mut done = Vec::new();
    while let Some(case) = next() {
        let (all, own, name) = (shared.clone(), both.clone(), case.name.clone());
        let file = tokio::spawn(async move { prove(&all, &own, &case).await }).await;
        if file.is_err() {
            eprintln!("-- {name} failed");
            both = benches().await;
        }
        done.push((name, file.ok()));
    }
    done
}

/// Proves cases, some at a time: their files by name, and nothing for those that fail. `EVOLUTION_CASE` picks some.
async fn prove_all(cases: Vec<Case>) -> Vec<(String, Option<String>)> {
    let only = std::env::var("EVOLUTION_CASE").unwrap_or_default();
    let cases = cases.into_iter().filter(|it| it.name.contains(&only));
    let shared = Arc::new(Shared {
        queue: Mutex::new(cases.collect()),
        founded: Mutex::default(),
    });
    let workers: Vec<_> = (0..BENCHES)
        .map(|_| tokio::spawn(work(shared.clone())))
        .collect();
    let mut done = Vec::new();
    for worker in workers {
        done.extend(worker.await.unwrap());
    }
    done.sort();
    let twice = done.windows(2).find(|pair| pair[0].0 == pair[1].0);
    assert!(twice.is_none(), "two cases of one name: {twice:?}");
    done
}

fn assert_none_failed(failed: &[String]) {
    assert!(
        failed.is_empty(),
        "{} failed: {}",
        failed.len(),
        failed.join(", ")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_change_leads_to_its_definition() {
    let mut failed = Vec::new();
    let done = prove_all(all()).await;
    insta::with_settings!({
        snapshot_path => "files",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for (name, file) in done {
            match file {
                Some(file) => insta::assert_snapshot!(name, file),
                None => failed.push(name),
            }
        }
    });
    assert_none_failed(&failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `cargo xtask test --pg 18 -- --test evolution under_two -- --ignored`"]
async fn every_change_under_two_kinds_leads_to_its_definition() {
    let done = prove_all(standing::under_two_kinds()).await;
    let failed = done.into_iter().filter(|(_, file)| file.is_none());
    let failed: Vec<String> = failed.map(|(name, _)| name).collect();
    assert_none_failed(&failed);
}
