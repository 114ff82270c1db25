//! Foreign keys between tables that the server could not create.

use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::{Case, case};

/// A table of one key, `id`, and a column `other`.
fn table(name: &str, ty: DataType) -> Table {
    Table::new(name)
        .column(Column::new("id", ty.clone()))
        .column(Column::new("other", ty).nullable())
        .primary_key(["id"])
}

fn to(table: &str) -> ForeignKey {
    ForeignKey::new(["other"], table, ["id"])
}

/// A reference from a column of one type to a key of another.
pub(crate) fn pair(own: DataType, other: DataType) -> Schema {
    Schema::new("shop")
        .table(table("parents", other))
        .table(table("children", own).foreign_key("children_fkey", to("parents")))
}

/// A column without a key, but with a unique index.
fn indexed() -> Table {
    table("parents", DataType::Integer).index(Index::new("parents_idx", ["other"]).unique())
}

/// Tables of which each references the next, and the last the first.
fn circle(names: &[&str]) -> Schema {
    let nexts = names.iter().cycle().skip(1);
    let tables = names.iter().zip(nexts).map(|(name, next)| {
        table(name, DataType::Integer).foreign_key(format!("{name}_fkey"), to(next))
    });
    tables.fold(Schema::new("shop"), Schema::table)
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    use DataType::{DoublePrecision, Integer, Interval, Numeric, Real, Time};
    use ForeignKeyAction::{Cascade, SetDefault, SetNull};
    let acting = |change: fn(ForeignKey) -> ForeignKey| {
        let computed = Column::new("computed", Integer).generated(col("id")).nullable();
        let key = ForeignKey::new(["computed"], "parents", ["id"]);
        Schema::new("shop").table(table("parents", Integer))
            .table(table("children", Integer).column(computed).foreign_key("children_fkey", change(key)))
    };
    let plain = || Column::new("parent", Integer);
    let reaching = |column: Column, change: fn(ForeignKey) -> ForeignKey| {
        let key = ForeignKey::new(["parent"], "parents", ["id"]);
        Schema::new("shop").table(table("parents", Integer))
            .table(table("children", Integer).column(column).foreign_key("children_fkey", change(key)))
    };
    let pairs = |own: [&str; 2], others: [&str; 2]| {
        let parents = table("parents", Integer).unique("parents_pair_key", ["id", "other"]);
        let children = table("children", Integer).foreign_key("children_fkey", ForeignKey::new(own, "parents", others));
        Schema::new("shop").table(parents).table(children)
    };
    let later = Schema::new("shop").table(indexed()).table(
        table("children", Integer).foreign_key("children_fkey", ForeignKey::new(["other"], "parents", ["other"])));
    vec![
        case(SM004, "a foreign key's column", pairs(["id", "id"], ["id", "other"])),
        case(SM004, "a foreign key's referenced column", pairs(["id", "other"], ["id", "id"])),
        case(SM023, "numeric and integer", pair(Numeric(None), Integer)),
        case(SM023, "real and integer", pair(Real, Integer)),
        case(SM023, "double and numeric", pair(DoublePrecision, Numeric(None))),
        case(SM023, "interval and time", pair(Interval, Time)),
        case(SM150, "set null of a generated column", acting(|key| key.on_delete(SetNull))),
        case(SM150, "set default of a generated column", acting(|key| key.on_delete(SetDefault))),
        case(SM150, "cascade to a generated column", acting(|key| key.on_update(Cascade))),
        case(SM150, "set default without one", reaching(plain(), |key| key.on_delete(SetDefault))),
        case(SM150, "set default on update without one", reaching(plain(), |key| key.on_update(SetDefault))),
        case(SM150, "set null and set default of one", reaching(plain(), |key| key.on_delete(SetNull).on_update(SetDefault))),
        case(SM150, "no default under a check", reaching(plain().nullable(), |key| key.on_delete(SetDefault)).edit_table("children", |it| it.check("parent_given", col("parent").is_not_null()))),
        case(SM150, "set null under a check", reaching(plain().nullable(), |key| key.on_update(SetNull)).edit_table("children", |it| it.check("parent_given", col("id").gt(0).and(col("parent").is_not_null())))),
        case(SM150, "set null under a check of a distinct value", reaching(plain().nullable(), |key| key.on_update(SetNull)).edit_table("children", |it| it.check("parent_given", call(Function::Coalesce, [col("parent"), lit(0)]).gt(0)))),
        case(SM150, "set null under a column that is computed from it", reaching(plain().nullable(), |key| key.on_delete(SetNull)).edit_table("children", |it| it.column(Column::new("shown", Integer).generated(col("parent"))))),
        case(SM150, "set default to the next number", reaching(plain().default(next_value("numbers")), |key| key.on_delete(SetDefault)).sequence(Sequence::new("numbers"))),
        case(SM150, "restrict at commit", reaching(plain(), |key| key.on_delete(ForeignKeyAction::Restrict).deferred())),
        case(SM150, "set null of a domain that refuses it", reaching(Column::new("parent", DataType::named("filled")).nullable(), |key| key.on_delete(SetNull)).user_type(Domain::new("filled", Integer).not_null())),
        case(SM150, "set null under a domain's check", reaching(Column::new("parent", DataType::named("filled")).nullable(), |key| key.on_delete(SetNull)).user_type(Domain::new("filled", Integer).check("filled_check", value().is_not_null()))),
        case(SM150, "cascade to an identity", reaching(plain().identity(Identity::Always), |key| key.on_update(Cascade))),
        case(SM024, "a unique index of the table itself", Schema::new("shop").table(
            indexed().foreign_key("parents_fkey", ForeignKey::new(["id"], "parents", ["other"])))),
        case(SM058, "a unique index", later
            .migration(Migration::new(1, "tables", "Tables.")
                .creates(ObjectRef::table("parents")).creates(ObjectRef::table("children")))
            .migration(Migration::new(2, "index", "Later.").creates(ObjectRef::index("parents", "parents_idx")))),
        case(SM058, "by way of what none lists", Schema::new("shop")
            .table(table("lines", Integer).foreign_key("lines_fkey", to("orders")))
            .table(table("orders", Integer).foreign_key("orders_fkey", to("customers")))
            .table(table("customers", Integer))
            .migration(Migration::new(1, "lines", "Lines.").creates(ObjectRef::table("lines")))
            .migration(Migration::new(2, "customers", "Customers.").creates(ObjectRef::table("customers")))),
        case(SM058, "two tables of each other", circle(&["orders", "lines"])),
        case(SM058, "three tables in a circle", circle(&["orders", "lines", "parcels"])),
    ]
}

#[test]
fn references_to_itself_and_to_unique_indexes_that_come_first_are_fine() {
    let children = table("children", DataType::Integer)
        .foreign_key("children_own_fkey", to("children"))
        .foreign_key(
            "children_index_fkey",
            ForeignKey::new(["id"], "parents", ["other"]),
        );
    let schema = Schema::new("shop").table(children).table(indexed());
    validate(schema.clone()).unwrap();
    let both = Migration::new(1, "tables", "Both.")
        .creates(ObjectRef::table("parents"))
        .creates(ObjectRef::table("children"));
    validate(schema.migration(both)).unwrap();
}
