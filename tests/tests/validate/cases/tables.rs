//! Keys, foreign keys, partitions, guards, triggers, routines, grants and migrations.

use eventcore_schema_model::constraint::{ConstraintKind, Key};
use eventcore_schema_model::expr::now;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{
    archive, guarded_leaf, log, monthly, orders, refuse, row_guard, shop, truncate_guard,
};
use crate::{Case, case, change};

fn referencing(key: ForeignKey) -> Schema {
    let lines = Table::new("lines")
        .column(Column::new("order_id", DataType::Uuid))
        .column(Column::new("quantity", DataType::Integer))
        .foreign_key("lines_order_fkey", key);
    shop(orders()).table(lines)
}

fn with_policy(change: impl FnOnce(PartitionPolicy) -> PartitionPolicy) -> Schema {
    archive(log(change(monthly())))
}

fn fired(trigger: Trigger) -> Schema {
    shop(orders().trigger(trigger)).routine(refuse())
}

fn before(events: impl IntoIterator<Item = TriggerEvent>) -> Trigger {
    Trigger::new("touch", TriggerTiming::Before, events, "refuse")
}

fn returning(routine: Routine) -> Schema {
    shop(orders()).routine(routine)
}

fn by_total() -> Exclusion {
    let total = call(
        Function::Range(RangeOf::BigInt),
        [col("total"), col("total"), lit("[]")],
    );
    Exclusion::new().part(total, ExclusionOperator::Overlaps)
}

fn kept() -> View {
    let body = Template::new("SELECT o.{o.customer}\n  FROM {o} AS o").relation("o", "orders");
    View::new("kept", body)
        .column("customer", DataType::Text, false)
        .materialized()
}

fn created(migrations: impl IntoIterator<Item = Migration>) -> Schema {
    let schema = shop(orders().index(Index::new("orders_idx", ["note"])));
    migrations.into_iter().fold(schema, Schema::migration)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_tables();
    cases.extend(of_routines_and_migrations());
    cases
}

#[rustfmt::skip] // a case a line
fn of_tables() -> Vec<Case> {
    let mut by_remark = log(monthly());
    by_remark.columns[0].nullable = true;
    by_remark.constraints.clear();
    let mut not_cascading = log(monthly());
    not_cascading.triggers = vec![truncate_guard(), row_guard().for_each_statement()];
    vec![
        case(SM014, "D3: a stream's version in a log that is partitioned by another column", archive(
            log(monthly()).unique("log_position_key", ["position"]),
        )),
        case(SM014, "an index", archive(log(monthly()).index(Index::new("log_remark_idx", ["remark"]).unique()))),
        case(SM015, "two", shop(orders().constraint(Constraint::new("orders_second", ConstraintKind::PrimaryKey(Key::new(["customer"])))))),
        case(SM090, "a method that finds no row", shop(orders().exclude("orders_excl", Exclusion::new().method(IndexMethod::Brin).part("total", ExclusionOperator::Equal)))),
        case(SM090, "an operator", shop(orders().exclude("orders_excl", Exclusion::new().method(IndexMethod::Btree).part("total", ExclusionOperator::Overlaps)))),
        case(SM091, "a log", archive(log(monthly()).exclude("log_excl", Exclusion::new().method(IndexMethod::Btree).part("id", ExclusionOperator::Equal)))),
        case(SM091, "without the partition key", archive(log(monthly()).exclude("log_excl", Exclusion::new().method(IndexMethod::Btree).part("position", ExclusionOperator::Equal))).minimum_server(17)),
        case(SM035, "an exclusion twice", shop(orders().exclude("orders_excl", by_total()).exclude("orders_again", by_total().storage("fillfactor", 80)))),
        case(SM060, "an exclusion's parts", shop(orders().exclude("orders_excl", Exclusion::new()))),
        case(SM029, "an exclusion of numbers by gist", shop(orders().exclude("orders_excl", Exclusion::new().part("total", ExclusionOperator::Equal)))),
        case(SM007, "blocking a table", shop(orders().exclude("orders_excl", by_total().blocking(" ")))),
        change(SM092, "an exclusion", shop(orders()), shop(orders().exclude("orders_excl", by_total()))),
        change(SM092, "a materialised view over another type", shop(orders()).view(kept()), {
            let mut orders = orders();
            orders.columns[1].ty = DataType::VarChar(40);
            orders.columns[1] = orders.columns[1].clone().rewrite("a small table");
            let mut kept = kept();
            kept.columns[0].ty = DataType::VarChar(40);
            shop(orders).view(kept)
        }),
        case(SM029, "an index of a materialised view", shop(orders()).view(kept().index(Index::new("kept_idx", ["customer"]).method(IndexMethod::Gin)))),
        case(SM061, "a storage parameter of a materialised view", shop(orders()).view(kept().storage("fill", 80))),
        case(SM003, "an index of a materialised view", shop(orders()).view(kept().index(Index::new("orders", ["customer"])))),
        change(SM092, "another exclusion", shop(orders().exclude("orders_excl", by_total())), shop(orders().exclude("orders_excl", by_total().only_where(col("total").gt(1))))),
        case(SM016, "a column", shop(Table::new("orders").column(Column::new("id", DataType::Uuid).nullable()).primary_key(["id"]))),
        case(SM009, "a foreign key's", referencing(ForeignKey::new(["order_id"], "order", ["id"]))),
        case(SM008, "a foreign key's own", referencing(ForeignKey::new(["orderid"], "orders", ["id"]))),
        case(SM008, "a foreign key's other", referencing(ForeignKey::new(["order_id"], "orders", ["order_id"]))),
        case(SM023, "types", referencing(ForeignKey::new(["quantity"], "orders", ["id"]))),
        case(SM023, "number", referencing(ForeignKey::new(["order_id", "quantity"], "orders", ["id"]))),
        case(SM150, "set null", referencing(ForeignKey::new(["order_id"], "orders", ["id"]).on_delete(ForeignKeyAction::SetNull))),
        case(SM024, "no key", referencing(ForeignKey::new(["quantity"], "orders", ["total"]))),
        case(SM025, "a log", archive(log(monthly())).table(
            Table::new("notes").column(Column::new("id", DataType::Uuid)).foreign_key("notes_fkey", ForeignKey::new(["id"], "log", ["id"])),
        )),
        case(SM026, "cascade", archive(log(monthly()).foreign_key("log_fkey",
            ForeignKey::new(["id"], "sources", ["id"]).on_delete(ForeignKeyAction::Cascade))).table(
            Table::new("sources").column(Column::new("id", DataType::Uuid)).primary_key(["id"]))),
        case(SM036, "both", with_policy(PartitionPolicy::default_partition)),
        case(SM037, "another type", with_policy(|policy| PartitionPolicy { encoding: BoundEncoding::TimestampTz, ..policy })),
        case(SM037, "two columns", {
            let mut table = log(monthly()).primary_key(["id", "position"]);
            table.constraints.remove(0);
            table = table.partition_by_policy(PartitionKey::range(["id", "at"]), monthly());
            table.constraints.clear();
            table.columns[2].ty = DataType::Uuid;
            archive(table)
        }),
        case(SM038, "a key", archive(by_remark)),
        case(SM040, "an alarm that always sounds", with_policy(|policy| policy.ahead(2, 6))),
        case(SM040, "none ahead, no alarm", with_policy(|policy| policy.ahead(0, 0))),
        case(SM040, "nothing kept", with_policy(|policy| policy.retain_months(0))),
        case(SM047, "none", {
            let mut table = log(monthly());
            table.triggers.clear();
            archive(table)
        }),
        case(SM047, "a partition's truncate", with_policy(|policy| policy.leaf(LeafTemplate::default()))),
        case(SM047, "a parent's statement trigger", archive(not_cascading)),
    ]
}

#[rustfmt::skip] // a case a line
fn of_routines_and_migrations() -> Vec<Case> {
    use TriggerEvent::{Delete, Insert, Truncate};
    let body = "BEGIN END";
    let mut row_truncate = before([Truncate]);
    row_truncate.level = TriggerLevel::Row;
    let value = |name| Routine::new(name, Returns::Value(DataType::Integer), "BEGIN RETURN 1; END");
    vec![
        case(SM010, "a trigger's", shop(orders().trigger(before([Insert])))),
        case(SM046, "truncate for each row", fired(row_truncate)),
        case(SM046, "a condition on truncate", fired(before([Truncate]).when(lit(true).eq(true)))),
        case(SM046, "the old row of an insert", fired(before([Insert]).when(old("total").gt(0)))),
        case(SM046, "the new row of a delete", fired(before([Delete]).when(new("total").gt(0)))),
        case(SM046, "rows in a statement", fired(before([Insert]).for_each_statement().when(new("total").gt(0)))),
        case(SM046, "an event twice", fired(before([Insert, Insert]))),
        case(SM048, "no trigger function", shop(orders().trigger(before([Insert]))).routine(Routine::new("refuse", Returns::Void, body))),
        case(SM048, "with an argument", returning(refuse().argument(Argument::new("a", DataType::Text)))),
        case(SM049, "the second", returning(value("f")
            .argument(Argument::new("a", DataType::Integer).default(1))
            .argument(Argument::new("b", DataType::Integer)))),
        case(SM019, "an argument's default", returning(value("f").argument(Argument::new("a", DataType::Integer).default(now())))),
        case(SM050, "the search path", returning(value("f").setting("search_path", "public"))),
        case(SM050, "no name", returning(value("f").setting("lock timeout", "3s"))),
        case(SM056, "a slug", created([Migration::new(1, "Orders!", "Orders.").creates(ObjectRef::table("orders"))])),
        case(SM056, "a number", created([Migration::new(0, "orders", "Orders.").creates(ObjectRef::table("orders"))])),
        case(SM013, "in a migration", created([Migration::new(1, "orders", "Orders.")
            .creates(ObjectRef::table("orders")).creates(ObjectRef::index("orders", "orders_index"))])),
        case(SM057, "in two migrations", created([
            Migration::new(1, "orders", "Orders.").creates(ObjectRef::table("orders")),
            Migration::new(2, "again", "Again.").creates(ObjectRef::table(QualifiedName::new("public", "orders")))])),
        case(SM058, "an index", created([
            Migration::new(2, "table", "Later.").creates(ObjectRef::table("orders")),
            Migration::new(1, "index", "First.").creates(ObjectRef::index("orders", "orders_idx"))])),
        case(SM058, "a trigger's function", fired(before([Insert])).migration(
            Migration::new(1, "orders", "Orders.").creates(ObjectRef::table("orders")).creates(ObjectRef::routine("refuse")))),
        case(SM059, "on a PostgreSQL schema", shop(orders()).declare_namespace(Namespace::new("billing")).grant(Grant::new([Privilege::Select], ObjectRef::namespace("billing"), "app"))),
        case(SM059, "on a table", shop(orders()).grant(Grant::new([Privilege::Execute], ObjectRef::table("orders"), "app"))),
        case(SM010, "a grant's", shop(orders()).grant(Grant::new([Privilege::Execute], ObjectRef::routine("append"), "app"))),
        case(SM004, "a key's column", archive(log(monthly().leaf(guarded_leaf()
            .constraint(Constraint::unique("position_key", Key::new(["position", "position"]))))))),
    ]
}
