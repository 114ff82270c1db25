//! Changes that teams make together in one release, where one needs what another makes or gives up.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;

use super::{Case, Layout, orders, shop};

/// 63 bytes, the most that a name can have.
const LONG: &str = "a_name_that_is_exactly_as_long_as_the_server_lets_a_name_be_ok_";

fn text(name: &str) -> Column {
    Column::new(name, DataType::Text)
}

fn number(name: &str) -> Column {
    Column::new(name, DataType::BigInt)
}

fn moved(layout: Layout, name: &str) -> Table {
    let mut table = orders(layout).renamed_from("orders");
    table.name = Table::new(name).name;
    table
}

/// Orders with a state, whose type has these labels.
fn stated(
    layout: Layout,
    labels: &[&str],
    default: &str,
    edit: impl FnOnce(Table) -> Table,
) -> Schema {
    let state = Column::new("state", DataType::named("state")).default(default);
    shop(edit(orders(layout).column(state)))
        .user_type(EnumType::new("state", labels.iter().copied()))
}

fn view(name: &str, table: &str, column: &str, ty: DataType) -> View {
    let body = format!("SELECT t.id, t.{{t.{column}}} AS shown FROM {{t}} AS t");
    View::new(name, Template::new(body).relation("t", table))
        .column("id", DataType::BigInt, true)
        .column("shown", ty, true)
}

/// A routine that names a column as a plain word.
fn counted(column: &str) -> Routine {
    let body = format!("SELECT sum({column})::bigint FROM {{orders}}");
    let body = Template::new(body).relation("orders", "orders");
    Routine::new("counted", Returns::Value(DataType::BigInt), body)
        .language(Language::Sql)
        .volatility(Volatility::Stable)
}

fn lines(to: &str, columns: [&str; 2]) -> Table {
    Table::new("lines")
        .column(number("id"))
        .column(number("a"))
        .column(number("b"))
        .foreign_key("lines_fkey", ForeignKey::new(["a", "b"], to, columns))
}

/// The same with one more column in the key.
fn longer_lines() -> Table {
    let mut table = lines("orders", ["id", "customer"]).column(number("c").default(0));
    table.constraints.clear();
    let key = ForeignKey::new(["a", "b", "c"], "orders", ["id", "customer", "c"]);
    table.foreign_key("lines_fkey", key)
}

fn indexed(name: &str, column: &str) -> Index {
    Index::new(name, [column]).serves_external("tests")
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_columns();
    cases.extend(of_keys());
    cases.extend(of_tables());
    cases
}

#[rustfmt::skip] // a release a line
fn of_columns() -> Vec<Case> {
    vec![
        Case::new("release_label_that_all_use", |it| (
            stated(it, &["placed", "paid"], "placed", |it| it),
            stated(it, &["draft", "placed", "paid"], "draft", |it| it
                .check("orders_state_check", col("state").not_eq("draft").or(col("note").is_null()))
                .index(Index::new("orders_draft_idx", ["customer"]).only_where(col("state").eq("draft")).serves_external("tests"))
                .column(Column::new("first_state", DataType::named("state")).backfill("draft"))))),
        Case::new("release_type_renamed_with_label_and_default", |it| (
            stated(it, &["placed", "paid"], "placed", |it| it),
            shop(orders(it).column(Column::new("state", DataType::named("order_state")).default("draft")))
                .user_type(EnumType::new("order_state", ["draft", "placed", "paid"]).renamed_from("state")))),
        Case::of_table("release_column_renamed_widened_and_given_a_default",
            |it| it.column(Column::new("cents", DataType::Integer)),
            |it| it.column(number("total").renamed_from("cents").rewrite("a small table").default(0).comment("In cents."))),
        Case::new("release_column_renamed_with_the_words_of_a_routine", |it| (
            shop(orders(it).column(number("cents"))).routine(counted("cents")),
            shop(orders(it).column(number("total").renamed_from("cents"))).routine(counted("total")))),
        Case::new("release_column_renamed_with_a_routine_that_needs_a_new_one", |it| (
            shop(orders(it).column(number("cents"))).routine(counted("cents")),
            shop(orders(it).column(number("total").renamed_from("cents")).column(number("tax").default(0))).routine(counted("total + tax")))),
        Case::of_table("release_column_filled_from_a_renamed_one",
            |it| it.column(text("name")),
            |it| it.column(text("label").renamed_from("name")).column(text("title").backfill(col("label")))),
        Case::of_table("release_column_filled_from_a_retyped_one",
            |it| it.column(Column::new("cents", DataType::Integer)),
            |it| it.column(number("cents").rewrite("a small table")).column(number("total").backfill(col("cents")))),
        Case::of_table("release_column_filled_from_a_filled_one",
            |it| it,
            |it| it.column(number("first").backfill(col("customer"))).column(number("second").backfill(col("first")))),
        Case::of_table("release_column_filled_from_one_that_goes",
            |it| it.column(text("name")),
            |it| it.column(text("title").backfill("none")).drop_column("name", "it is in the title")),
        Case::of_table("release_expand_and_contract_type",
            |it| it.column(Column::new("amount", DataType::Numeric(None))),
            |it| it.column(Column::new("amount", DataType::Numeric(None))).column(number("cents").backfill(col("amount").cast(DataType::BigInt)))),
    ]
}

#[rustfmt::skip] // a release a line
fn of_keys() -> Vec<Case> {
    vec![
        Case::new("release_key_to_a_table_that_comes_with_a_unique_index", |it| (shop(orders(it)), shop(orders(it)
                .column(number("tenant").nullable())
                .foreign_key("orders_tenant_fkey", ForeignKey::new(["tenant"], "tenants", ["number"])))
            .table(Table::new("tenants").column(text("name")).column(number("number")).primary_key(["name"])
                .index(Index::new("tenants_number_idx", ["number"]).unique())))),
        Case::new("release_key_to_a_unique_index_that_comes", |it| (
            shop(orders(it)).edit_table("customers", |it| it.column(number("code"))),
            shop(orders(it).foreign_key("orders_code_fkey", ForeignKey::new(["customer"], "customers", ["code"])))
                .edit_table("customers", |it| it.column(number("code")).index(Index::new("customers_code_idx", ["code"]).unique())))),
        Case::of_table("release_key_to_itself_over_a_renamed_column",
            |it| it.column(number("parent").nullable()).foreign_key("orders_parent_fkey", ForeignKey::new(["parent"], "orders", ["id"])),
            |it| it.column(number("previous").nullable().renamed_from("parent")).foreign_key("orders_previous_fkey", ForeignKey::new(["previous"], "orders", ["id"]))),
        Case::new("release_referenced_key_gets_a_column", |it| (
            shop(orders(it).unique("orders_key", ["id", "customer"])).table(lines("orders", ["id", "customer"])),
            shop(orders(it).column(number("c").default(0)).unique("orders_key", ["id", "customer", "c"]))
                .table(longer_lines()))),
        Case::new("release_referenced_key_includes_a_column", |it| {
            let with = |key: Key| shop(orders(it).constraint(Constraint::unique("orders_key", key))).table(lines("orders", ["id", "customer"]));
            (with(Key::new(["id", "customer"])), with(Key::new(["id", "customer"]).include(["note"])))
        }),
        Case::new("release_referenced_key_goes_for_one_of_another_name", |it| {
            let with = |name: &str| shop(orders(it).unique(name, ["id", "customer"])).table(lines("orders", ["id", "customer"]));
            (with("orders_key"), with("orders_other_key"))
        }),
        Case::new("release_one_of_two_referenced_keys_goes", |it| {
            let with = |table: Table| shop(table.unique("orders_key", ["id", "customer"])).table(lines("orders", ["id", "customer"]));
            (with(orders(it).index(Index::new("orders_first_idx", ["customer", "id"]).unique())), with(orders(it)))
        }),
        Case::new("release_key_to_columns_of_which_one_key_goes", |it| {
            let held = lines("orders", ["id", "customer"]);
            let mut free = held.clone();
            free.constraints.clear();
            let stays = orders(it).index(Index::new("orders_idx", ["customer", "id"]).unique());
            (shop(stays.clone().unique("orders_key", ["id", "customer"])).table(free), shop(stays).table(held))
        }),
        Case::new("release_referenced_unique_index_is_replaced", |it| {
            let with = |index: Index| shop(orders(it).index(index.unique())).table(lines("orders", ["id", "customer"]));
            (with(Index::new("orders_idx", ["id", "customer"])), with(Index::new("orders_idx", ["customer", "id"])))
        }),
        Case::of_table("release_column_of_a_unique_key_goes",
            |it| it.column(number("c")).unique("orders_key", ["id", "customer", "c"]),
            |it| it.drop_column("c", "unused").unique("orders_key", ["id", "customer"])),
        Case::of_table("release_column_makes_room_for_another_in_an_index",
            |it| it.column(number("c")).index(Index::new("orders_c_idx", ["c", "customer"]).serves_external("tests")),
            |it| it.drop_column("c", "unused").column(number("d").default(0)).index(Index::new("orders_c_idx", ["d", "customer"]).serves_external("tests"))),
        Case::of_table("release_primary_key_gets_a_column",
            |it| it,
            |mut it| { it.constraints.clear(); it.primary_key(["id", "customer"]) }),
    ]
}

#[rustfmt::skip] // a release a line
fn of_tables() -> Vec<Case> {
    vec![
        Case::of_table("release_identity_becomes_a_sequence",
            |it| it.column(number("n").identity(Identity::Always)),
            |it| it.column(number("n").default(7))),
        Case::new("release_sequence_becomes_an_identity", |it| (
            shop(orders(it).column(number("n").default(next_value("numbers")))).sequence(Sequence::new("numbers")),
            shop(orders(it).column(number("n").identity(Identity::ByDefault))).drop(ObjectRef::sequence("numbers"), "the identity has its own"))),
        Case::of_table("release_computed_column_becomes_a_plain_one",
            |it| it.column(number("twice").nullable().generated(call(Function::Abs, [col("customer")]))),
            |it| it.column(number("doubled").nullable().renamed_from("twice").default(0))),
        Case::new("release_table_renamed_with_all_that_is_called_after_it", |it| (
            shop(orders(it).index(indexed("orders_note_idx", "note")).unique("orders_customer_key", ["id", "customer"]).check("orders_customer_check", col("customer").gt(0)))
                .view(view("shown", "orders", "note", DataType::Text)),
            shop(moved(it, "purchases").index(indexed("purchases_note_idx", "note")).unique("purchases_customer_key", ["id", "customer"]).check("purchases_customer_check", col("customer").gt(0)))
                .view(view("shown", "purchases", "note", DataType::Text)))),
        Case::new("release_table_and_view_renamed_and_column_retyped", |it| (
            shop(orders(it).column(Column::new("c", DataType::Integer))).view(view("shown", "orders", "c", DataType::Integer)).view(view("over", "shown", "shown", DataType::Integer)),
            shop(moved(it, "purchases").column(number("c").rewrite("a small table")))
                .view(view("seen", "purchases", "c", DataType::BigInt).renamed_from("shown")).view(view("over", "seen", "shown", DataType::BigInt)))),
        Case::new("release_materialised_view_over_a_renamed_table", |it| (
            shop(orders(it)).view(view("held", "orders", "note", DataType::Text).materialized().index(Index::new("held_idx", ["id"]).unique())),
            shop(moved(it, "purchases")).view(view("kept", "purchases", "note", DataType::Text).materialized().renamed_from("held")
                .index(Index::new("kept_idx", ["id"]).unique()).index(indexed("kept_shown_idx", "shown"))))),
        Case::new("release_trigger_function_renamed_with_its_trigger", |it| {
            let routine = |name: &str| Routine::new(name, Returns::Trigger, "BEGIN\n    RETURN NEW;\nEND;");
            let trigger = |name, function| Trigger::new(name, TriggerTiming::Before, [TriggerEvent::Insert], function);
            (shop(orders(it).trigger(trigger("look", "look"))).routine(routine("look")),
                shop(orders(it).trigger(trigger("watch", "watch"))).routine(routine("watch").renamed_from("look")))
        }),
        Case::new("release_table_goes_and_its_rows_have_another", |it| (
            shop(orders(it)).table(Table::new("old").column(number("id")).primary_key(["id"]).foreign_key("old_fkey", ForeignKey::new(["id"], "customers", ["id"]))),
            shop(orders(it)).table(Table::new("young").column(number("id")).primary_key(["id"]).foreign_key("young_fkey", ForeignKey::new(["id"], "customers", ["id"])))
                .drop(ObjectRef::table("old"), "unused"))),
        Case::new("release_names_as_long_as_they_can_be", |it| {
            let with = |ty: DataType| Column::new(LONG, ty);
            let held = |table: Table| { let mut held = table; held.constraints.push(Constraint::unique(LONG, Key::new(["id", LONG]))); held };
            (shop(held(orders(it).column(with(DataType::BigInt).nullable()))),
                shop(held(orders(it).column(with(DataType::BigInt).backfill(1).comment("Long.")))
                    .index(Index::new(&LONG[1..], [LONG]).serves_external("tests"))
                    .check(&LONG[2..], col(LONG).gt(0))
                    .foreign_key(&LONG[3..], ForeignKey::new([LONG], "customers", ["id"]))))
        }),
        Case::new("release_names_that_need_quotes", |it| {
            let table = |column: Column| { let mut table = orders(it); table.name = Table::new("Odd \"Table\"").name; table.column(column) };
            let before = number("se'lect").nullable();
            (shop(table(before.clone()).index(indexed("Index $1", "se'lect")).unique("Key of it", ["id", "se'lect"])),
                shop(table(number("se'lect").backfill(1))
                    .index(Index::new("Index $1", ["se'lect", "note"]).serves_external("tests"))
                    .unique("Key of it", ["id", "se'lect", "customer"])
                    .check("Check of it", col("se'lect").gt(0))
                    .foreign_key("To \"them\"", ForeignKey::new(["se'lect"], "customers", ["id"]))))
        }),
        Case::of_table("release_column_goes_and_comes_as_another_type",
            |it| it.column(text("c")),
            |it| it.column(number("c").default(0)).drop_column("c", "its texts are of no use")),
        Case::new("release_of_everything_at_once", |it| (
            stated(it, &["placed", "paid"], "placed", |it| it.column(Column::new("cents", DataType::Integer)).column(text("gone"))
                .index(indexed("orders_note_idx", "note")).unique("orders_key", ["id", "customer"]).check("orders_cents_check", col("cents").ge(0)))
                .view(view("shown", "orders", "note", DataType::Text)),
            {
                let state = Column::new("state", DataType::named("state")).default("paid");
                let table = moved(it, "purchases").column(state).column(number("total").renamed_from("cents").rewrite("a small table"))
                    .drop_column("gone", "unused")
                    .column(text("title").backfill(call(Function::Coalesce, [col("note"), lit("none")]))).column(number("tenant").nullable())
                    .index(Index::new("purchases_note_idx", ["note", "customer"]).serves_external("tests"))
                    .unique("purchases_key", ["id", "customer", "total"])
                    .check("purchases_total_check", col("total").gt(-1))
                    .foreign_key("purchases_tenant_fkey", ForeignKey::new(["tenant"], "tenants", ["id"]));
                let mut schema = shop(table);
                schema.tables.push(Table::new("tenants").column(number("id")).primary_key(["id"]));
                schema.user_type(EnumType::new("state", ["draft", "placed", "paid", "sent"]))
                    .view(view("seen", "purchases", "note", DataType::Text).renamed_from("shown"))
                    .grant(Grant::new([Privilege::Select], ObjectRef::view("seen"), "public"))
            })),
        Case::new("release_undoes_the_one_before", |it| (
            shop(orders(it).column(number("tenant").nullable()).index(indexed("orders_tenant_idx", "tenant"))
                .foreign_key("orders_tenant_fkey", ForeignKey::new(["tenant"], "customers", ["id"]))
                .check("orders_tenant_check", col("tenant").gt(0))).view(view("shown", "orders", "tenant", DataType::BigInt)),
            shop(orders(it).drop_column("tenant", "taken back")).drop(ObjectRef::view("shown"), "taken back"))),
    ]
}
