//! More than the server allows, the same twice, and values of storage parameters.

use eventcore_schema_model::constraint::{ConstraintKind, Key};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{orders, refuse, shop};
use crate::{Case, case};

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("c{number}")).collect()
}

fn wide(count: usize) -> Table {
    let columns = names(count).into_iter();
    let columns = columns.map(|name| Column::new(name, DataType::Integer));
    columns.fold(Table::new("wide"), Table::column)
}

fn arguments(count: usize) -> Schema {
    let routine = Routine::new("many", Returns::Void, "BEGIN END");
    let arguments = names(count).into_iter();
    let arguments = arguments.map(|name| Argument::new(name, DataType::Integer));
    shop(orders()).routine(arguments.fold(routine, Routine::argument))
}

fn stored(name: &str, value: &str) -> Schema {
    shop(orders().storage(name, value))
}

fn stored_by(method: IndexMethod, column: &str, name: &str, value: &str) -> Schema {
    let index = Index::new("orders_idx", [column]).method(method);
    shop(orders().index(index.storage(name, value)))
}

fn granted(role: &str) -> Schema {
    shop(orders()).grant(Grant::new(
        [Privilege::Select],
        ObjectRef::table("orders"),
        role,
    ))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    use IndexMethod::{Brin, Btree, Gin, Gist};
    let view = names(1601).into_iter().fold(
        View::new("all_columns", "VALUES (1)"), |view, name| view.column(name, DataType::Integer, false));
    let twice = View::new("two", "SELECT 1 AS one, 2 AS one")
        .column("one", DataType::Integer, false).column("one", DataType::Integer, false);
    let update = [TriggerEvent::update_of(["note", "note"])];
    let trigger = Trigger::new("touch", TriggerTiming::Before, update, "refuse");
    let host = IndexPart::new(col("host")).opclass("inet_ops");
    let buffered = shop(orders().column(Column::new("host", DataType::Inet).nullable()).index(
        Index::new("orders_idx", [host]).method(Gist).storage("buffering", "true")));
    let included = Key::new(names(30)).include(["c31", "c32", "c33"]);
    vec![
        case(SM120, "a server that is no longer supported", shop(orders()).minimum_server(14)),
        case(SM120, "a server that nobody has seen", shop(orders()).minimum_server(20)),
        case(SM065, "columns of a table", Schema::new("shop").table(wide(1601))),
        case(SM065, "columns of a view", Schema::new("shop").view(view)),
        case(SM065, "columns of a key", Schema::new("shop").table(wide(33).primary_key(names(33)))),
        case(SM065, "columns of a key, some included", Schema::new("shop").table(
            wide(33).constraint(Constraint::new("wide_pkey", ConstraintKind::PrimaryKey(included))))),
        case(SM065, "columns of an index", Schema::new("shop").table(wide(33).index(
            Index::new("wide_idx", names(32).iter().map(String::as_str)).include(["c33"])))),
        case(SM065, "columns of a partition key", Schema::new("shop").table(
            wide(33).partition_by(PartitionKey::range(names(33))))),
        case(SM065, "arguments", arguments(101)),
        case(SM004, "a column of an update", shop(orders().trigger(trigger)).routine(refuse())),
        case(SM004, "a view's column", shop(orders()).view(twice)),
        case(SM062, "the role none", granted("none")),
        case(SM061, "a switch that is none", stored("autovacuum_enabled", "maybe")),
        case(SM061, "a number that is none", stored("autovacuum_vacuum_threshold", "many")),
        case(SM061, "below its bounds", stored("autovacuum_freeze_max_age", "10")),
        case(SM061, "above its bounds", stored("parallel_workers", "1025")),
        case(SM061, "a number with a fraction", stored("autovacuum_vacuum_scale_factor", "100.5")),
        case(SM061, "a fraction where none is", stored("fillfactor", "70.5")),
        case(SM061, "of a TOAST table", stored("toast.autovacuum_vacuum_cost_limit", "0")),
        case(SM061, "of a table, not its TOAST table", stored("toast.fillfactor", "70")),
        case(SM061, "neither on nor off", stored_by(Btree, "note", "deduplicate_items", "auto")),
        case(SM061, "a mode", buffered),
        case(SM061, "no pages", stored_by(Brin, "placed_at", "pages_per_range", "0")),
        case(SM061, "of a table, on an index", stored_by(Gin, "document", "toast.fastupdate", "on")),
    ]
}

#[test]
fn what_the_limits_leave_is_fine() {
    let view = View::new("one", "SELECT 1 AS one").column("one", DataType::Integer, false);
    let definitions = [
        Schema::new("shop").table(wide(1600).primary_key(names(32))),
        arguments(100),
        granted("public"),
        shop(orders()).view(view),
        stored("toast.vacuum_index_cleanup", "auto"),
        stored("autovacuum_vacuum_insert_threshold", "-1"),
        stored("autovacuum_vacuum_cost_delay", "0.5"),
        stored("user_catalog_table", "FALSE"),
    ];
    for definition in definitions {
        validate(definition).unwrap();
    }
}
