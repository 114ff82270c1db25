//! One change at a time, with the files that it gives: what a reviewer reads. Each is run on a server that holds rows, and
//! leads to the catalog of its definition.

use eventcore_schema_model::constraint::{ConstraintKind, Key};
use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;

use crate::case::{evolve, valid};
use crate::proof::Bench;
use crate::type_scenarios;

/// A change, in a word, from one definition to the next.
pub(crate) type Scenario = (&'static str, Schema, Schema);

fn customers() -> Table {
    Table::new("customers")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("name", DataType::Text).nullable())
        .primary_key(["id"])
}

fn orders() -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("customer", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .primary_key(["id"])
}

fn touch() -> Trigger {
    Trigger::new(
        "touch",
        TriggerTiming::Before,
        [TriggerEvent::Insert],
        "touch",
    )
}

fn index() -> Index {
    Index::new("orders_note_idx", ["note"]).serves_external("support")
}

/// Orders whose numbers do not meet.
fn apart() -> Exclusion {
    let own = call(
        Function::Range(RangeOf::BigInt),
        [col("id"), col("id"), lit("[]")],
    );
    Exclusion::new()
        .part(own, ExclusionOperator::Overlaps)
        .blocking("a small table")
}

/// Customers of whom nothing is known but their number.
fn only_ids(mut schema: Schema) -> Schema {
    schema.tables[0].columns.truncate(1);
    schema
}

/// A table of this name whose rows the server numbers.
fn numbered(name: &str) -> Table {
    Table::new(name).column(Column::new("id", DataType::BigInt).identity(Identity::ByDefault))
}

fn to_customer() -> ForeignKey {
    ForeignKey::new(["customer"], "customers", ["id"])
}

fn shown(column: &str) -> View {
    let body = format!("SELECT o.{{o.{column}}}\n  FROM {{o}} AS o");
    let body = Template::new(body).relation("o", "orders");
    View::new("shown", body).column(column, DataType::BigInt, false)
}

/// The view, of orders that have a customer.
fn of_customers(mut view: View) -> View {
    view.body
        .text
        .push_str("\n WHERE o.{o.customer} IS NOT NULL");
    view
}

/// A materialised view with a column of the orders.
fn totals(column: &str) -> View {
    let mut view = shown(column);
    view.name = Table::new("totals").name;
    let index = Index::new("totals_id_idx", [column]).unique();
    view.index(index.serves_external("refresh").comment("For refreshes."))
}

/// A view over both columns that `totals` can have.
fn over_totals() -> View {
    let body =
        Template::new("SELECT count(*) AS orders\n  FROM {totals}").relation("totals", "totals");
    View::new("order_count", body).column("orders", DataType::BigInt, true)
}

fn readable() -> Grant {
    Grant::new([Privilege::Select], ObjectRef::view("totals"), "public")
}

fn count(argument: Option<&str>) -> Routine {
    let body = Template::new("SELECT count(*) FROM {orders}").relation("orders", "orders");
    let count = Routine::new("count_orders", Returns::Value(DataType::BigInt), body)
        .language(Language::Sql)
        .volatility(Volatility::Stable);
    match argument {
        Some(name) => count.argument(Argument::new(name, DataType::Integer)),
        None => count,
    }
}

fn shop(orders: Table) -> Schema {
    let function = Routine::new("touch", Returns::Trigger, "BEGIN\n    RETURN NEW;\nEND;");
    Schema::new("shop")
        .table(customers())
        .table(orders)
        .routine(function)
}

/// Orders with another column in the place of `customer`.
fn with_customer(column: Column) -> Table {
    let mut orders = orders();
    orders.columns[1] = column;
    orders
}

/// Orders whose note refuses NULL, beside a check of the name that one would give to that.
fn note_checked() -> Schema {
    let mut orders = orders()
        .check("note_not_null", col("customer").gt(0))
        .index(index());
    orders.columns[2] = Column::new("note", DataType::Text).backfill("none");
    shop(orders)
}

/// Orders with a column that is computed from their note.
fn computed() -> Table {
    let big = call(Function::Upper, [col("note")]);
    orders().column(Column::new("big", DataType::Text).nullable().generated(big))
}

fn renamed(name: &str) -> Table {
    let mut table = orders().renamed_from("orders");
    table.name = Table::new(name).name;
    table
}

#[rustfmt::skip] // a scenario a line, or two
pub(crate) fn all() -> Vec<Scenario> {
    let shop_ = || shop(orders());
    let note = |column: Column| { let mut orders = orders(); orders.columns[2] = column; shop(orders) };
    let text = || Column::new("note", DataType::Text);
    let number = |ty| Column::new("customer", ty);
    vec![
        ("add_nullable_column", shop_(), shop(orders().column(Column::new("tenant", DataType::Text).nullable().comment("Whose order it is.")))),
        ("add_column_with_default", shop_(), shop(orders().column(Column::new("paid", DataType::Boolean).default(false)))),
        ("add_column_with_backfill", shop_(), shop(orders().column(Column::new("label", DataType::BigInt).default(0).backfill(col("customer"))))),
        ("add_numbered_column", shop_(), shop(orders().column(Column::new("number", DataType::BigInt).identity(Identity::Always).rewrite("a small table")))),
        ("add_column_from_sequence", shop_(), shop(orders().column(Column::new("number", DataType::BigInt).nullable().default(next_value("numbers")).rewrite("a small table"))).sequence(Sequence::new("numbers"))),
        ("drop_column", shop_(), { let mut orders = orders(); orders.columns.truncate(2); shop(orders.drop_column("note", "nobody reads it")) }),
        ("drop_column_under_view", shop_().view(shown("id")), { let mut orders = orders(); orders.columns.truncate(2); shop(orders.drop_column("note", "nobody reads it")).view(shown("id")) }),
        ("rename_column", shop_(), note(Column::new("remark", DataType::Text).nullable().renamed_from("note"))),
        ("refuse_null", shop_(), note(text().backfill("none"))),
        ("allow_null", note(text()), shop_()),
        ("set_default", shop_(), note(text().nullable().default("none"))),
        ("drop_default", note(text().nullable().default("none")), shop_()),
        ("refuse_null_beside_a_like_name", shop(orders().check("note_not_null", col("customer").gt(0)).index(index())), note_checked()),
        ("drop_computed_column_with_its_base", shop(computed()), { let mut orders = computed(); orders.columns.truncate(2); shop(orders.drop_column("note", "nobody reads it").drop_column("big", "nobody reads it")) }),
        ("move_primary_key", shop_(), { let mut orders = orders(); orders.columns[0].nullable = true; orders.constraints.clear(); shop(orders.primary_key(["customer"])) }),
        ("check_filled_columns", shop_(), shop(orders().column(Column::new("a", DataType::BigInt).backfill(1)).column(Column::new("b", DataType::BigInt).backfill(2)).check("orders_check", col("a").is_not_null().and(col("b").is_not_null())))),
        ("comment_column", shop_(), note(text().nullable().comment("It's said."))),
        ("widen_text", note(Column::new("note", DataType::VarChar(40)).nullable()), shop_()),
        ("widen_number", shop_(), shop(with_customer(number(DataType::Numeric(None)).rewrite("a small table")))),
        ("convert_column", shop_(), shop(with_customer(number(DataType::Text).rewrite_using(col("customer").cast(DataType::Text), "a small table")))),
        ("add_check", shop_(), shop(orders().check("orders_check", col("customer").gt(0)))),
        ("replace_check", shop(orders().check("orders_check", col("customer").gt(0))), shop(orders().check("orders_check", col("customer").ge(0)))),
        ("drop_check", shop(orders().check("orders_check", col("customer").gt(0))), shop_()),
        ("add_foreign_key", shop_(), shop(orders().foreign_key("orders_customer_fkey", to_customer()))),
        ("drop_foreign_key", shop(orders().foreign_key("orders_customer_fkey", to_customer())), shop_()),
        ("add_unique_key", shop_(), shop(orders().unique("orders_customer_key", ["customer", "id"]))),
        ("replace_unique_key", shop(orders().unique("orders_customer_key", ["customer", "id"])), shop(orders().constraint(Constraint::unique("orders_customer_key", Key::new(["customer", "id"]).include(["note"]))))),
        ("add_exclusion", shop_(), shop(orders().constraint(Constraint::new("orders_excl", ConstraintKind::Exclude(apart().into())).comment("Apart.")))),
        ("replace_exclusion", shop(orders().exclude("orders_excl", apart())), shop(orders().exclude("orders_excl", apart().deferred()))),
        ("set_exclusion_storage", shop(orders().exclude("orders_excl", apart())), shop(orders().exclude("orders_excl", apart().storage("fillfactor", 80)))),
        ("drop_exclusion", shop(orders().exclude("orders_excl", apart())), shop_()),
        ("rename_constraint", shop(orders().check("orders_check", col("customer").gt(0))), shop(orders().constraint(Constraint::new("orders_customer_check", ConstraintKind::Check(col("customer").gt(0))).renamed_from("orders_check")))),
        ("add_index", shop_(), shop(orders().index(index().comment("For support.")))),
        ("replace_index", shop(orders().index(index())), shop(orders().index(index().only_where(col("note").is_not_null())))),
        ("set_index_storage", shop(orders().index(index())), shop(orders().index(index().storage("fillfactor", 80)))),
        ("rename_index", shop(orders().index(index())), { let mut other = index().renamed_from("orders_note_idx"); other.name = Ident::new("orders_remark_idx").unwrap(); shop(orders().index(other)) }),
        ("drop_index", shop(orders().index(index())), shop_()),
        ("add_trigger", shop_(), shop(orders().trigger(touch()))),
        ("drop_trigger", shop(orders().trigger(touch())), shop_()),
        ("add_table", shop_(), shop_().table(Table::new("lines").column(Column::new("id", DataType::BigInt)).foreign_key("lines_fkey", ForeignKey::new(["id"], "orders", ["id"])).index(Index::new("lines_idx", ["id"]).serves_external("support")))),
        ("rename_table", shop_().routine(count(None)), { let mut schema = shop(renamed("purchases")); let mut count = count(None); count.body = count.body.relation("orders", "purchases"); schema = schema.routine(count); schema }),
        ("drop_table", shop_(), { let mut schema = shop_().drop(ObjectRef::table("orders"), "nobody reads it"); schema.tables.retain(|it| it.name.name != *"orders"); schema }),
        ("set_storage_and_comment", shop_(), shop(orders().storage("fillfactor", 80).comment("Orders."))),
        ("add_view", shop_(), shop_().view(shown("id"))),
        ("replace_view", shop_().view(shown("id")), shop_().view(shown("id").column("customer", DataType::BigInt, false)).edit_view()),
        ("recreate_view", shop_().view(shown("id")), shop_().view(shown("customer"))),
        ("change_type_with_its_check", shop(orders().check("orders_check", col("customer").gt(0))), shop(with_customer(number(DataType::Numeric(None)).rewrite("a small table")).check("orders_check", col("customer").ge(1)))),
        ("change_type_with_its_index", shop(orders().index(Index::new("orders_customer_idx", ["customer"]).serves_external("support"))), shop(with_customer(number(DataType::Numeric(None)).rewrite("a small table")).index(Index::new("orders_customer_idx", [IndexPart::from("customer").descending()]).serves_external("support")))),
        ("change_type_at_both_ends", only_ids(shop(orders().foreign_key("orders_customer_fkey", to_customer()))), { let cast = |name: &str| Column::new(name, DataType::Text).rewrite_using(col(name).cast(DataType::Text), "a small table"); let mut schema = shop(with_customer(cast("customer")).foreign_key("orders_customer_fkey", to_customer())); schema.tables[0].columns[0] = cast("id"); only_ids(schema) }),
        ("trigger_beside_backfill", shop_(), { let mut touch = touch(); touch.events = vec![TriggerEvent::Update(Vec::new())]; shop(orders().column(Column::new("label", DataType::BigInt).backfill(col("customer"))).trigger(touch)) }),
        ("lower_limit_of_sequence", shop_().sequence(Sequence::new("numbers")), shop_().sequence(Sequence::new("numbers").max(1000))),
        ("rename_table_with_its_names", shop(orders().index(index()).check("orders_check", col("customer").gt(0))), { let mut index = index(); index.name = Ident::new("purchases_note_idx").unwrap(); shop(renamed("purchases").index(index).check("purchases_check", col("customer").gt(0))) }),
        ("rename_numbered_table_of_a_long_name", shop_().table(numbered(&"n".repeat(60))), shop_().table({ let mut table = numbered(&"m".repeat(60)); table.renamed_from = Some(numbered(&"n".repeat(60)).name); table })),
        ("add_materialized_view", shop_(), shop_().view(totals("id").storage("fillfactor", 80).comment("It's kept."))),
        ("add_empty_materialized_view", shop_(), shop_().view(totals("id").with_no_data())),
        ("index_materialized_view", shop_().view(totals("id")), shop_().view({ let mut view = totals("id").storage("fillfactor", 70).comment("Kept."); view.materialized.as_mut().unwrap().indexes.clear(); view.index(Index::new("totals_key_idx", ["id"]).serves_external("support")) })),
        ("replace_materialized_view", shop_().view(totals("id")).view(over_totals()).grant(readable()), shop_().view(totals("customer").column("extra", DataType::Integer, true).edit_totals()).view(over_totals()).grant(readable())),
        ("rename_materialized_view", shop_().view(totals("id")), { let mut view = totals("id").renamed_from("totals"); view.name = Table::new("sums").name; let mut index = view.indexes()[0].clone().renamed_from("totals_id_idx"); index.name = Ident::new("sums_id_idx").unwrap(); view.materialized.as_mut().unwrap().indexes = vec![index]; shop_().view(view) }),
        ("keep_rows_of_view", shop_().view(shown("id")), shop_().view(shown("id").materialized())),
        ("keep_no_rows_of_view", shop_().view(shown("id").materialized()), shop_().view(shown("id"))),
        ("change_type_under_materialized_view", shop_().view(of_customers(totals("id")).blocking("a small view")).grant(readable()), shop(with_customer(number(DataType::Numeric(None)).rewrite("a small table"))).view(of_customers(totals("id")).blocking("a small view")).grant(readable())),
        ("drop_materialized_view", shop_().view(totals("id")), shop_().drop(ObjectRef::view("totals"), "nobody reads it")),
        ("change_type_under_view", shop_().view(of_customers(shown("id"))), shop(with_customer(number(DataType::Numeric(None)).rewrite("a small table"))).view(of_customers(shown("id")))),
        ("add_routine", shop_(), shop_().routine(count(None))),
        ("replace_routine", shop_().routine(count(None)), shop_().routine(count(None).comment("How many."))),
        ("routine_with_other_arguments", shop_().routine(count(None)), shop_().routine(count(Some("of")))),
        ("alter_sequence", shop_().sequence(Sequence::new("numbers")), shop_().sequence(Sequence::new("numbers").increment(10).max(1000))),
        ("grant", shop_(), shop_().grant(Grant::new([Privilege::Select], ObjectRef::table("orders"), "public"))),
        ("revoke", shop_().grant(Grant::new([Privilege::Select, Privilege::Insert], ObjectRef::table("orders"), "public")), shop_().grant(Grant::new([Privilege::Select], ObjectRef::table("orders"), "public"))),
    ]
}

trait EditView {
    /// The view `shown` over two columns.
    fn edit_view(self) -> Self;
}

trait EditTotals {
    /// The view `totals` with a column more.
    fn edit_totals(self) -> Self;
}

impl EditTotals for View {
    fn edit_totals(mut self) -> Self {
        let body =
            "SELECT DISTINCT o.{o.customer},\n       NULL::integer AS extra\n  FROM {o} AS o";
        self.body = Template::new(body).relation("o", "orders");
        self
    }
}

impl EditView for Schema {
    fn edit_view(mut self) -> Self {
        let body = "SELECT o.{o.id},\n       o.{o.customer}\n  FROM {o} AS o";
        self.views[0].body = Template::new(body).relation("o", "orders");
        self
    }
}

#[tokio::test]
async fn each_change_gives_files_that_lead_to_its_definition() {
    lead_there(all()).await;
}

#[tokio::test]
async fn each_change_of_a_type_gives_files_that_lead_to_its_definition() {
    lead_there(type_scenarios::all()).await;
}

async fn lead_there(scenarios: Vec<Scenario>) {
    let bench = Bench::new().await;
    for (name, from, to) in scenarios {
        let (from, to) = (valid(from), valid(to));
        let migrations = evolve(&from, &to).unwrap_or_else(|error| panic!("{name}: {error}"));
        let texts: Vec<&str> = migrations.iter().map(|it| it.text.as_str()).collect();
        insta::assert_snapshot!(name, texts.join("\n"));
        let expected = bench.founded(&to).await;
        bench
            .prove((&from, &to), &migrations, true, &expected)
            .await;
    }
}
