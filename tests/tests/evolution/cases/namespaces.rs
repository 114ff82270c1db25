//! PostgreSQL schemas that a definition declares, and what stands in them.

use eventcore_schema_model::prelude::*;

use super::{Case, Layout, orders, shop};

fn base() -> Schema {
    shop(orders(Layout::Plain))
}

fn billing() -> Namespace {
    Namespace::new("billing")
}

fn within(name: &str) -> QualifiedName {
    QualifiedName::new("billing", name)
}

/// Orders of this layout, in the other PostgreSQL schema.
fn invoices(layout: Layout) -> Table {
    let mut table = orders(layout);
    table.name = within("invoices");
    for constraint in &mut table.constraints {
        constraint.name = Ident::new("invoices_pkey").unwrap();
    }
    table
}

/// A table, a type, a sequence, a view and routines in it.
fn everything(layout: Layout) -> Schema {
    let view = Template::new("SELECT i.{i.id} FROM {i} AS i").relation("i", within("invoices"));
    let counted = Template::new("SELECT count(*) FROM {i}").relation("i", within("invoices"));
    let returns = Returns::Value(DataType::BigInt);
    let table = invoices(layout).column(Column::new("state", DataType::named(within("state"))));
    base()
        .declare_namespace(billing().comment("It's paid."))
        .user_type(EnumType::new(within("state"), ["open", "paid"]))
        .sequence(Sequence::new(within("numbers")))
        .table(table.foreign_key(
            "invoices_customer_fkey",
            ForeignKey::new(["customer"], "customers", ["id"]),
        ))
        .view(View::new(within("shown"), view).column("id", DataType::BigInt, false))
        .routine(Routine::new(within("counted"), returns, counted).language(Language::Sql))
        .grant(Grant::new(
            [Privilege::Usage],
            ObjectRef::namespace("billing"),
            "public",
        ))
}

fn nothing() -> Schema {
    base()
        .drop(ObjectRef::namespace("billing"), "billed elsewhere")
        .drop(ObjectRef::table(within("invoices")), "billed elsewhere")
        .drop(ObjectRef::view(within("shown")), "billed elsewhere")
        .drop(ObjectRef::sequence(within("numbers")), "billed elsewhere")
        .drop(ObjectRef::routine(within("counted")), "billed elsewhere")
        .drop(ObjectRef::user_type(within("state")), "billed elsewhere")
}

fn granted(schema: Schema) -> Schema {
    let on = ObjectRef::namespace("billing");
    schema.grant(Grant::new([Privilege::Usage], on, "public"))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let with = |namespace: Namespace| base().declare_namespace(namespace);
    let dropped = || base().drop(ObjectRef::namespace("billing"), "billed elsewhere");
    let odd = || Namespace::new("My \"Shop; --");
    vec![
        Case::plain("namespace_add", base(), with(billing())),
        Case::plain("namespace_add_odd_name", base(), with(odd().comment("It's said."))),
        Case::plain("namespace_drop_odd_name", with(odd()), base().drop(ObjectRef::namespace("My \"Shop; --"), "unused")),
        Case::plain("namespace_drop", with(billing()), dropped()),
        Case::plain("namespace_drop_without_word", with(billing()), base()),
        Case::plain("namespace_drop_under_table", with(billing()).table(invoices(Layout::Plain)), dropped().table(invoices(Layout::Plain))),
        Case::plain("namespace_comment", with(billing()), with(billing().comment("It's said."))),
        Case::plain("namespace_comment_goes", with(billing().comment("It's said.")), with(billing())),
        Case::plain("namespace_grant", with(billing()), granted(with(billing()))),
        Case::plain("namespace_revoke", granted(with(billing())), with(billing())),
        Case::plain("namespace_drop_with_grant", granted(with(billing())), dropped()),
        Case::plain("namespace_in_the_place_of_another", with(billing()), dropped().declare_namespace(Namespace::new("accounts"))),
        Case::new("namespace_add_with_table", |it| (base(), with(billing()).table(invoices(it)))),
        Case::new("namespace_add_with_everything", |it| (base(), everything(it))),
        Case::new("namespace_drop_with_everything", |it| (everything(it), nothing())),
        Case::new("namespace_column_of_table", |it| (everything(it), everything(it).edit_table(within("invoices"), |it| it.column(Column::new("sum", DataType::BigInt).default(0))))),
    ]
}
