//! Tables as a whole, and their triggers.

use eventcore_schema_model::prelude::*;

use super::{Case, Layout, orders, shop};

/// What is done to a table.
type Edit = fn(Table) -> Table;

fn trigger(events: impl IntoIterator<Item = TriggerEvent>) -> Trigger {
    Trigger::new("held", TriggerTiming::Before, events, "touch")
}

fn inserts() -> Trigger {
    trigger([TriggerEvent::Insert])
}

#[rustfmt::skip] // a trigger a line
fn triggers() -> Vec<(&'static str, Trigger)> {
    let after = Trigger::new("held", TriggerTiming::After, [TriggerEvent::Insert], "touch");
    vec![
        ("before_insert", inserts()),
        ("after_insert", after.clone()),
        ("before_update", trigger([TriggerEvent::Update(Vec::new())])),
        ("before_delete", trigger([TriggerEvent::Delete])),
        ("update_of", trigger([TriggerEvent::update_of(["note"])])),
        ("two_events", trigger([TriggerEvent::Insert, TriggerEvent::Delete])),
        ("statement", after.for_each_statement()),
        ("when", inserts().when(new("note").is_not_null())),
        ("comment", inserts().comment("It's said.")),
    ]
}

#[rustfmt::skip] // a change a line
fn altered() -> Vec<(&'static str, Edit, Edit)> {
    vec![
        ("set_comment", |it| it, |it| it.comment("It's said.")),
        ("change_comment", |it| it.comment("One."), |it| it.comment("Two.")),
        ("drop_comment", |it| it.comment("One."), |it| it),
        ("set_storage", |it| it, |it| it.storage("fillfactor", 80)),
        ("change_storage", |it| it.storage("fillfactor", 80), |it| it.storage("fillfactor", 70)),
        ("drop_storage", |it| it.storage("fillfactor", 80), |it| it),
        ("set_autovacuum", |it| it, |it| it.storage("autovacuum_vacuum_scale_factor", "0.05")),
        ("change_two_parameters", |it| it.storage("fillfactor", 80), |it| it.storage("autovacuum_enabled", false)),
    ]
}

/// A table beside the orders.
fn lines(layout: Layout) -> Table {
    let mut table = orders(layout);
    table.name = Table::new("lines").name;
    for constraint in &mut table.constraints {
        constraint.name = Ident::new("lines_pkey").unwrap();
    }
    table
}

/// What a new table may bring along.
#[rustfmt::skip] // a kind a line
fn brought() -> Vec<(&'static str, Edit)> {
    vec![
        ("nothing", |it| it),
        ("index", |it| it.index(Index::new("lines_note_idx", ["note"]).serves_external("tests"))),
        ("foreign_key", |it| it.foreign_key("lines_fkey", ForeignKey::new(["customer"], "customers", ["id"]))),
        ("foreign_key_to_itself", |it| it.foreign_key("lines_fkey", ForeignKey::new(["customer"], "lines", ["id"]))),
        ("unique", |it| it.unique("lines_key", ["customer", "id"])),
        ("check", |it| it.check("lines_check", col("customer").gt(0))),
        ("trigger", |it| it.trigger(inserts())),
        ("comments", |mut it| { it.columns[1].comment = Some("Who.".to_owned()); it.comment("It's said.") }),
        ("storage", |it| it.storage("fillfactor", 80)),
        ("identity", |mut it| { it.columns[1] = Column::new("customer", DataType::BigInt).identity(Identity::Always); it }),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, before, after) in altered() {
        cases.push(Case::of_table(format!("table_{name}"), before, after));
    }
    for (name, it) in triggers() {
        let with = |table: Table| table.trigger(it.clone());
        cases.push(Case::of_table(format!("add_trigger_{name}"), |it| it, with));
        cases.push(Case::of_table(format!("drop_trigger_{name}"), with, |it| {
            it
        }));
        if it != inserts() {
            let plain = |table: Table| table.trigger(inserts());
            cases.push(Case::of_table(
                format!("trigger_becomes_{name}"),
                plain,
                with,
            ));
        }
    }
    let base = || shop(orders(Layout::Plain));
    for (name, edit) in brought() {
        // Partitions have one name for all tables of a test.
        let with = |layout| base().table(edit(lines(layout)));
        cases.push(Case::new(format!("add_table_with_{name}"), |it| {
            (base(), with(it))
        }));
        let without = || base().drop(ObjectRef::table("lines"), "unused");
        cases.push(Case::new(format!("drop_table_with_{name}"), |it| {
            (with(it), without())
        }));
    }
    cases.push(Case::new("drop_table_without_word", |it| {
        (base().table(lines(it)), base())
    }));
    cases.push(Case::new("drop_referenced_table", |layout| {
        let from = shop(
            orders(layout).foreign_key("held", ForeignKey::new(["customer"], "customers", ["id"])),
        );
        let mut to = shop(orders(layout)).drop(ObjectRef::table("customers"), "unused");
        to.tables.retain(|it| it.name.name != *"customers");
        (from, to)
    }));
    cases
}
