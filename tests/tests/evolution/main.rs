//! Evolution: what is planned from one schema to the next leads a real server from the one to the other, and loses
//! nothing on the way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod case;
mod cases;
mod counters;
mod day;
mod edits;
mod folds;
mod given_up;
mod late_rows;
mod locks;
mod namespaces;
mod pairs;
mod partition_keys;
mod partition_tree;
mod partitioned;
mod proof;
mod property;
mod queries;
mod random_extensions;
mod random_namespaces;
mod random_partitions;
mod replaced_triggers;
mod rested_on;
mod resume;
mod roles;
mod rows;
mod scenarios;
mod servers;
mod store_edits;
mod texts;
mod together;
mod type_edits;
mod type_scenarios;
mod unreliable_classes;
mod words;
