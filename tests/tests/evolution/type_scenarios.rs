//! Changes of types of the definition's own, and of what has them.

use eventcore_schema_model::prelude::*;

use crate::scenarios::Scenario;

fn status() -> EnumType {
    EnumType::new("order_status", ["new", "paid"])
}

fn typed() -> DataType {
    DataType::named("order_status")
}

fn orders(status: Column) -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(status)
        .primary_key(["id"])
}

fn plain() -> Column {
    Column::new("status", typed())
}

fn shop(status: EnumType, table: Table) -> Schema {
    Schema::new("shop").user_type(status).table(table)
}

/// Everything that can name a label: a default, a check, an index, a view, routines.
fn used(status: EnumType, first: &str) -> Schema {
    let table = orders(plain().default(first))
        .column(Column::new("before", DataType::array(typed())).nullable())
        .check(
            "orders_status_check",
            col("status").not_eq(first).or(col("id").gt(0)),
        )
        .index(
            Index::new("orders_open_idx", ["id"])
                .only_where(col("status").is_in([first]))
                .serves_external("support"),
        );
    let view = Template::new("SELECT o.{o.status}\n  FROM {o} AS o").relation("o", "orders");
    let body =
        Template::new("SELECT count(*) FROM {o} WHERE status = wanted").relation("o", "orders");
    let count = Routine::new("count_by_status", Returns::Value(DataType::BigInt), body)
        .argument(Argument::new("wanted", typed()).default(first))
        .language(Language::Sql)
        .volatility(Volatility::Stable);
    shop(status, table)
        .view(View::new("shown", view).column("status", typed(), false))
        .routine(count)
}

/// The same type with other labels, under another name, in the place of the first.
fn converted() -> Schema {
    let state = EnumType::new("order_state", ["open", "paid"]);
    let state_type = || DataType::named("order_state");
    let value = col("status").cast(DataType::Text).cast(state_type());
    let column = Column::new("status", state_type())
        .default("paid")
        .rewrite_using(value, "a small table, and no row holds `new`");
    shop(state, orders(column)).drop(
        ObjectRef::user_type("order_status"),
        "`order_state` takes its place",
    )
}

fn third() -> EnumType {
    EnumType::new("order_status", ["draft", "new", "packed", "paid", "sent"])
}

#[rustfmt::skip] // a scenario a line, or two
pub(crate) fn all() -> Vec<Scenario> {
    let none = || Schema::new("shop");
    let renamed_type = || { let mut it = status().renamed_from("order_status"); it.name = EnumType::new("state", [""]).name; it };
    vec![
        ("add_enum", none(), none().user_type(status().comment("How far an order is."))),
        ("add_enum_column", none().table(orders(Column::new("status", DataType::Text))), shop(status(), orders(Column::new("status", DataType::Text)).column(Column::new("state", typed()).default("new")))),
        ("add_enum_values", shop(status(), orders(plain())), shop(third(), orders(plain()))),
        ("use_added_enum_value", shop(status(), orders(plain().default("new"))), shop(third(), orders(plain().default("draft")).check("orders_check", col("status").not_eq("sent")).column(Column::new("was", typed()).backfill("packed")))),
        ("comment_enum", shop(status(), orders(plain())), shop(status().comment("How far an order is."), orders(plain()))),
        ("rename_enum", shop(status(), orders(plain().default("new"))), shop(renamed_type(), orders(Column::new("status", DataType::named("state")).default("new")))),
        ("rename_enum_value", used(status(), "new"), used(EnumType::new("order_status", ["open", "paid"]).renamed_label("new", "open"), "open")),
        ("convert_to_enum", none().table(orders(Column::new("status", DataType::VarChar(40)))), shop(EnumType::new("order_status", (1..=12).map(|n| format!("text {n}"))), orders(plain().rewrite_using(col("status").cast(typed()), "a small table")))),
        ("convert_from_enum", shop(status(), orders(plain())), none().table(orders(Column::new("status", DataType::Text).rewrite("a small table"))).drop(ObjectRef::user_type("order_status"), "free text from now on")),
        ("replace_enum", shop(EnumType::new("order_status", ["paid", "new"]), orders(plain().default("paid"))), converted()),
        ("drop_enum", none().user_type(status()), none().drop(ObjectRef::user_type("order_status"), "nobody uses it")),
        ("drop_enum_with_its_table", used(status(), "new").table(Table::new("rest").column(Column::new("id", DataType::BigInt))), dropped()),
        ("add_domain", none(), none().user_type(size().collate("C").default("none").comment("A text."))),
        ("alter_domain", sized(size(), of_size()), sized(size().default("none").check("size_short", call(Function::CharLength, [value()]).lt(90)).comment("A text."), of_size())),
        ("replace_domain_check", sized(size().default("none"), of_size()), sized(without_checks(size()).check("size_check", value().not_eq("none")), of_size())),
        ("domain_refuses_null", sized(size(), of_size()), sized(size().not_null(), of_size())),
        ("domain_allows_null", sized(size().not_null(), of_size()), sized(without_checks(size()), of_size())),
        ("rename_domain", sized(size(), of_size()), { let mut it = size().renamed_from("size"); it.name = Domain::new("width", DataType::Text).name; sized(it, Column::new("size", DataType::named("width"))) }),
        ("add_domain_column", sized(without_checks(size()), of_size()), sized(without_checks(size()), of_size()).edit_table("orders", |it| it.column(Column::new("other", DataType::named("size")).nullable()))),
        ("add_domain_column_under_rules", sized(size(), of_size()), sized(size(), of_size()).edit_table("orders", |it| it.column(Column::new("other", DataType::named("size")).nullable().rewrite("a small table")))),
        ("add_filled_column_of_domain_with_default", sized(size().default("none"), of_size()), sized(size().default("none"), of_size()).edit_table("orders", |it| it.column(Column::new("other", DataType::named("size")).backfill("some").rewrite("a small table")))),
        ("text_becomes_domain", sized(without_checks(size()), Column::new("size", DataType::Text)), sized(without_checks(size()), of_size())),
        ("text_becomes_domain_with_rules", sized(size(), Column::new("size", DataType::Text)), sized(size(), of_size().rewrite("a small table"))),
        ("domain_becomes_text", sized(size(), of_size()), none().table(orders(Column::new("size", DataType::Text))).drop(ObjectRef::user_type("size"), "plain text from now on")),
        ("domain_over_enum", shop(status(), orders(plain())).user_type(open_status("new")), shop(EnumType::new("order_status", ["open", "paid", "sent"]).renamed_label("new", "open"), orders(plain())).user_type(open_status("open"))),
        ("grant_enum", shop(status(), orders(plain())), shop(status(), orders(plain())).grant(Grant::new([Privilege::Usage], ObjectRef::user_type("order_status"), "pg_monitor"))),
    ]
}

fn size() -> Domain {
    Domain::new("size", DataType::Text)
        .check("size_check", call(Function::CharLength, [value()]).gt(2))
}

fn without_checks(mut domain: Domain) -> Domain {
    domain.checks.clear();
    domain
}

fn of_size() -> Column {
    Column::new("size", DataType::named("size"))
}

fn sized(domain: Domain, column: Column) -> Schema {
    Schema::new("shop").user_type(domain).table(orders(column))
}

fn open_status(label: &str) -> Domain {
    Domain::new("open_status", typed())
        .default(label)
        .check("open_status_check", value().is_in([label, "paid"]))
}

fn dropped() -> Schema {
    Schema::new("shop")
        .table(Table::new("rest").column(Column::new("id", DataType::BigInt)))
        .drop(ObjectRef::user_type("order_status"), "nobody uses it")
        .drop(ObjectRef::table("orders"), "nobody reads it")
        .drop(ObjectRef::view("shown"), "nobody reads it")
        .drop(ObjectRef::routine("count_by_status"), "nobody calls it")
}
