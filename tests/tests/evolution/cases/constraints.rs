//! Each kind of constraint, and each of its attributes.

use eventcore_schema_model::constraint::{ConstraintKind, Key};
use eventcore_schema_model::prelude::*;

use super::Case;

fn check(condition: Expr) -> Constraint {
    Constraint::new("held", ConstraintKind::Check(condition))
}

fn unique(key: Key) -> Constraint {
    Constraint::unique("held", key)
}

fn reference() -> ForeignKey {
    ForeignKey::new(["customer"], "customers", ["id"])
}

fn foreign(key: ForeignKey) -> Constraint {
    Constraint::new("held", ConstraintKind::ForeignKey(key))
}

fn positive() -> Constraint {
    check(col("customer").gt(0))
}

#[rustfmt::skip] // a constraint a line
fn kinds() -> Vec<(&'static str, Constraint)> {
    vec![
        ("check", positive()),
        ("check_of_two_columns", check(col("customer").ge(col("id")))),
        ("check_with_comment", positive().comment("It's said.")),
        ("unique", unique(Key::new(["customer", "id"]))),
        ("unique_including", unique(Key::new(["customer", "id"]).include(["note"]))),
        ("unique_nulls_not_distinct", unique(Key::new(["note", "id"]).nulls_not_distinct())),
        ("unique_with_comment", unique(Key::new(["customer", "id"])).comment("It's said.")),
        ("foreign_key", foreign(reference())),
        ("foreign_key_cascade", foreign(reference().on_delete(ForeignKeyAction::Cascade))),
        ("foreign_key_restrict", foreign(reference().on_update(ForeignKeyAction::Restrict))),
        ("foreign_key_deferred", foreign(reference().deferred())),
        ("foreign_key_with_comment", foreign(reference()).comment("It's said.")),
    ]
}

#[rustfmt::skip] // a change a line
fn altered() -> Vec<(&'static str, Constraint, Constraint)> {
    vec![
        ("check_condition", positive(), check(col("customer").ge(0))),
        ("check_becomes_unique", positive(), unique(Key::new(["customer", "id"]))),
        ("check_becomes_foreign_key", positive(), foreign(reference())),
        ("unique_becomes_check", unique(Key::new(["customer", "id"])), positive()),
        ("unique_columns", unique(Key::new(["customer", "id"])), unique(Key::new(["note", "id"]))),
        ("unique_order", unique(Key::new(["customer", "id"])), unique(Key::new(["id", "customer"]))),
        ("unique_include", unique(Key::new(["customer", "id"])), unique(Key::new(["customer", "id"]).include(["note"]))),
        ("unique_nulls", unique(Key::new(["note", "id"])), unique(Key::new(["note", "id"]).nulls_not_distinct())),
        ("foreign_key_action", foreign(reference()), foreign(reference().on_delete(ForeignKeyAction::Cascade))),
        ("foreign_key_deferral", foreign(reference()), foreign(reference().deferred())),
        ("comment", positive(), positive().comment("It's said.")),
        ("comment_goes", positive().comment("It's said."), positive()),
        ("comment_and_condition", positive().comment("One."), check(col("customer").ge(0)).comment("Two.")),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, constraint) in kinds() {
        let with = |table: Table| table.constraint(constraint.clone());
        cases.push(Case::of_table(
            format!("add_constraint_{name}"),
            |it| it,
            with,
        ));
        cases.push(Case::of_table(
            format!("drop_constraint_{name}"),
            with,
            |it| it,
        ));
        let other = Constraint {
            name: Ident::new("other").unwrap(),
            ..constraint.clone()
        };
        let other = other.renamed_from("held");
        let renamed = |table: Table| table.constraint(other.clone());
        cases.push(Case::of_table(
            format!("rename_constraint_{name}"),
            with,
            renamed,
        ));
    }
    for (name, before, after) in altered() {
        let before = |table: Table| table.constraint(before.clone());
        let after = |table: Table| table.constraint(after.clone());
        cases.push(Case::of_table(format!("constraint_{name}"), before, after));
    }
    let keyed = |columns: &'static [&'static str]| {
        move |mut table: Table| {
            table.constraints.retain(|it| it.key().is_none());
            if columns.is_empty() {
                table
            } else {
                table.primary_key(columns.iter().copied())
            }
        }
    };
    cases.push(Case::of_table(
        "widen_primary_key",
        |it| it,
        keyed(&["id", "customer"]),
    ));
    cases.push(Case::of_table("drop_primary_key", |it| it, keyed(&[])));
    cases.push(Case::of_table("add_primary_key", keyed(&[]), |it| it));
    let filled = |name: &'static str| {
        move |table: Table| table.column(Column::new(name, DataType::BigInt).backfill(1))
    };
    cases.push(Case::of_table(
        "add_column_with_check",
        |it| it,
        |it| filled("c")(it).check("held", col("c").gt(0)),
    ));
    cases.push(Case::of_table(
        "add_column_with_unique",
        |it| it,
        |it| filled("c")(it).unique("held", ["c", "id"]),
    ));
    cases.push(Case::of_table(
        "add_column_with_foreign_key",
        |it| it,
        |it| filled("c")(it).foreign_key("held", ForeignKey::new(["c"], "customers", ["id"])),
    ));
    cases
}
