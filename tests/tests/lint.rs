//! Every lint: its text, what it passes over, and the word that silences it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eventcore_codegen::lint::lint;
use eventcore_schema_model::eventcore;
use eventcore_schema_model::expr::{next_value, raw};
use eventcore_schema_model::prelude::*;

/// The lints of a definition as text, without the places in this crate's source.
fn check(schema: Schema) -> String {
    let lints = lint(&validate(schema).unwrap());
    let text: Vec<String> = lints.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    let shown = text.lines().filter(|line| !line.starts_with("  at: "));
    shown.collect::<Vec<_>>().join("\n")
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn orders() -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::Uuid))
        .column(Column::new("customer", DataType::Text))
        .column(Column::new("placed_at", DataType::TimestampTz))
        .column(Column::new("state", DataType::Text).stays_hot())
        .column(Column::new("document", DataType::Jsonb).nullable())
        .primary_key(["id"])
}

fn index(name: &str, columns: &[&str]) -> Index {
    Index::new(name, columns.iter().copied()).serves_external("reports")
}

fn shop(table: Table) -> Schema {
    Schema::new("shop").table(table)
}

fn asked(access: Access) -> Query {
    let body = Template::new("SELECT 1 FROM {orders}").relation("orders", "orders");
    Query::new("orders", "ask", "Asks.", body).access(access)
}

#[test]
fn lt001_an_index_that_is_a_prefix_of_another() {
    let by_customer = index("orders_customer_idx", &["customer"]);
    let longer = index("orders_customer_placed_idx", &["customer", "placed_at"]);
    let both = |short: Index| shop(orders().index(short).index(longer.clone()));
    snapshot("lint_LT001", &check(both(by_customer.clone())));

    let reason = "it is a third of the size, and read a thousand times a second";
    assert_eq!(
        check(both(by_customer.clone().allow(LintCode::LT001, reason))),
        ""
    );
    assert_eq!(
        check(both(by_customer.clone().unique())),
        "",
        "unique ones aside"
    );
    assert_eq!(
        check(both(by_customer.clone().method(IndexMethod::Hash))),
        "",
        "another method"
    );
    let some = col("customer").not_eq("");
    assert_eq!(
        check(both(by_customer.clone().only_where(some))),
        "",
        "another predicate"
    );
    assert_eq!(
        check(both(by_customer.clone().include(["document"]))),
        "",
        "it stores more"
    );
    let mut pattern = by_customer.clone();
    pattern.parts[0] = IndexPart::new(col("customer")).opclass("text_pattern_ops");
    assert_eq!(check(both(pattern)), "", "another operator class");
    let mut descending = by_customer.clone();
    descending.parts[0] = IndexPart::new(col("customer")).descending();
    assert_eq!(check(both(descending)), "", "another order");
    let mut written_out = by_customer;
    written_out.parts[0] = IndexPart::new(col("customer")).opclass("text_ops");
    assert!(
        check(both(written_out)).contains("LT001"),
        "the default operator class, written out"
    );
}

#[test]
fn lt001_a_key_counts_as_the_longer_one() {
    let table = orders()
        .unique("orders_customer_placed_key", ["customer", "placed_at"])
        .index(index("orders_customer_idx", &["customer"]));
    assert!(check(shop(table)).contains("a prefix of the key `orders_customer_placed_key`"));
}

/// A partitioned log with this leaf.
fn archive(leaf: LeafTemplate, indexes: impl IntoIterator<Item = Index>) -> Schema {
    let table = Table::new("log")
        .column(Column::new("id", DataType::Uuid))
        .column(Column::new("stream", DataType::Text))
        .column(Column::new("version", DataType::BigInt))
        .primary_key(["id"])
        .partition_by_policy(
            PartitionKey::range(["id"]),
            PartitionPolicy::monthly(BoundEncoding::UuidV7).leaf(leaf),
        );
    shop(indexes.into_iter().fold(table, Table::index))
}

#[test]
fn lt001_what_partitions_have_takes_part() {
    let key = eventcore_schema_model::constraint::Key::new(["stream", "version"]);
    let leaf = LeafTemplate::default().constraint(Constraint::unique("stream_version_key", key));
    let text = check(archive(leaf, [index("log_stream_idx", &["stream"])]));
    assert!(
        text.contains("a prefix of the key `stream_version_key`"),
        "{text}"
    );
}

#[test]
fn lt002_an_index_on_a_column_that_stays_hot() {
    let state = || index("orders_state_idx", &["state"]);
    snapshot("lint_LT002", &check(shop(orders().index(state()))));

    let reason = "orders change their state once in their life";
    assert_eq!(
        check(shop(orders().index(state().allow(LintCode::LT002, reason)))),
        ""
    );
    assert_eq!(
        check(shop(orders().index(state()).allow(LintCode::LT002, reason))),
        ""
    );
    let open = || index("orders_open_idx", &["customer"]);
    let predicate = open().only_where(col("state").eq("open"));
    assert!(
        check(shop(orders().index(predicate))).contains("LT002"),
        "in the predicate"
    );
    assert!(
        check(shop(orders().index(open().include(["state"])))).contains("LT002"),
        "stored"
    );
    let key = orders().unique("orders_state_key", ["customer", "state"]);
    assert!(check(shop(key)).contains("LT002"), "in a key");
}

#[test]
fn lt003_an_index_that_names_no_query() {
    let idle = || Index::new("orders_placed_idx", ["placed_at"]);
    snapshot("lint_LT003", &check(shop(orders().index(idle()))));

    let reason = "the next release asks by time";
    assert_eq!(
        check(shop(orders().index(idle().allow(LintCode::LT003, reason)))),
        ""
    );
    assert_eq!(
        check(shop(orders().index(idle().unique()))),
        "",
        "a unique index guards a rule"
    );
    let query = asked(Access::to("orders").range("placed_at"));
    assert_eq!(
        check(shop(orders().index(idle().serves(["ask"]))).query(query)),
        ""
    );
}

#[test]
fn lt004_a_filter_that_no_index_serves() {
    let by_customer = || Access::to("orders").equal(["customer"]).range("placed_at");
    snapshot(
        "lint_LT004",
        &check(shop(orders()).query(asked(by_customer()))),
    );

    let reason = "the table holds a dozen rows";
    let allowed = asked(by_customer()).allow(LintCode::LT004, reason);
    assert_eq!(check(shop(orders()).query(allowed)), "");
}

/// Whether an index over these columns serves this access.
#[track_caller]
fn assert_serves(index: Index, access: Access, expected: bool) {
    let table = orders().index(index.serves_external("reports"));
    let text = check(shop(table).query(asked(access)));
    assert_eq!(!text.contains("LT004"), expected, "{text}");
}

#[test]
fn lt004_knows_what_an_index_can_serve() {
    let to = || Access::to("orders");
    let both = || Index::new("orders_idx", ["customer", "placed_at"]);
    assert_serves(both(), to().equal(["customer"]), true);
    assert_serves(both(), to().equal(["placed_at", "customer"]), true);
    assert_serves(both(), to().equal(["customer"]).range("placed_at"), true);
    assert_serves(both(), to().range("customer"), true);
    assert_serves(both(), to().range("placed_at"), false);
    assert_serves(both(), to().equal(["placed_at"]), false);
    assert_serves(both(), to().equal(["placed_at"]).range("customer"), false);
    assert_serves(both(), to().equal(["id"]).range("placed_at"), true);
    assert_serves(both(), to(), true);

    let brin = || Index::new("orders_idx", ["placed_at"]).method(IndexMethod::Brin);
    assert_serves(brin(), to().range("placed_at"), true);
    assert_serves(brin(), to().equal(["placed_at"]), false);
    let hash = || Index::new("orders_idx", ["customer"]).method(IndexMethod::Hash);
    assert_serves(hash(), to().equal(["customer"]), true);
    assert_serves(hash(), to().range("customer"), false);
    let gin = || Index::new("orders_idx", ["document"]).method(IndexMethod::Gin);
    assert_serves(gin(), to().contains("document"), true);

    let some = || Index::new("orders_idx", ["customer"]);
    let given = some().only_where(col("customer").is_not_null());
    assert_serves(given, to().equal(["customer"]), true);
    let named = some().only_where(col("customer").not_eq(""));
    assert_serves(named, to().equal(["customer"]), false);
}

#[test]
fn lt004_looks_through_views() {
    let body = Template::new("SELECT {orders.customer} FROM {orders}").relation("orders", "orders");
    let view = View::new("all_orders", body).column("customer", DataType::Text, false);
    let outer =
        Template::new("SELECT {below.customer} FROM {below}").relation("below", "all_orders");
    let outer = View::new("outer_orders", outer).column("customer", DataType::Text, false);
    let schema = |table: Table| {
        let access = Access::to("outer_orders").equal(["customer"]);
        shop(table)
            .view(view.clone())
            .view(outer.clone())
            .query(asked(access))
    };
    assert!(check(schema(orders())).contains("no index of table `orders` serves"));
    let indexed = orders().index(index("orders_customer_idx", &["customer"]));
    assert_eq!(check(schema(indexed)), "");
}

#[test]
fn lt004_what_partitions_have_takes_part() {
    let body = Template::new("SELECT 1 FROM {log}").relation("log", "log");
    let access = Access::to("log").equal(["stream"]).range("version");
    let query = Query::new("log", "ask", "Asks.", body).access(access);
    let leaf = LeafTemplate::default().index(index("stream_idx", &["stream", "version"]));
    assert_eq!(check(archive(leaf, []).query(query)), "");
}

#[test]
fn the_event_store_keeps_every_rule_and_every_lint() {
    for schema in [eventcore::simple(), eventcore::partitioned()] {
        assert_eq!(check(schema), "");
    }
}

#[test]
fn lints_come_sorted_by_object_and_with_their_places() {
    let schema = shop(
        orders()
            .index(Index::new("orders_b_idx", ["placed_at"]))
            .index(Index::new("orders_a_idx", ["customer"])),
    );
    let lints = lint(&validate(schema).unwrap());
    let paths: Vec<String> = lints.iter().map(|lint| lint.path.to_string()).collect();
    assert_eq!(
        paths,
        [
            "table `orders`: index `orders_a_idx`",
            "table `orders`: index `orders_b_idx`"
        ]
    );
    let place = lints[0].place.location();
    assert!(place.is_some_and(|(file, _)| file.ends_with("lint.rs")));
}

#[test]
fn lt005_a_row_that_may_be_null() {
    let query = |text: &str, row: Row| {
        let body = Template::new(text).relation("orders", "orders");
        shop(orders()).query(Query::new("orders", "ask", "Asks.", body).many(row))
    };
    let row = |name: &str| {
        let row = Row::new("Order", "An order.").column("id", DataType::Uuid, "It.");
        row.column(name, DataType::Jsonb, "All of it.")
    };
    let text = "SELECT o.id, o.document AS body FROM {orders} AS o";
    snapshot("lint_LT005", &check(query(text, row("body"))));

    let text = "SELECT {orders.id}, {orders.document} FROM {orders}";
    assert!(check(query(text, row("document"))).contains("LT005"));
    let nullable = Row::new("Order", "An order.").column("id", DataType::Uuid, "It.");
    let nullable = nullable.nullable("document", DataType::Jsonb, "All of it.");
    assert_eq!(check(query(text, nullable)), "");
    for text in [
        "SELECT o.id, o.document FROM {orders} AS o WHERE o.document IS NOT NULL",
        "SELECT o.id, coalesce(o.document, '1') AS document FROM {orders} AS o",
    ] {
        assert_eq!(check(query(text, row("document"))), "", "{text}");
    }
    let counted = Row::new("Total", "All.").column("newest", DataType::TimestampTz, "It.");
    let newest = "SELECT max(placed_at) AS newest FROM {orders}";
    assert!(check(query(newest, counted.clone())).contains("LT005"));
    let by_customer = "SELECT max(placed_at) AS newest FROM {orders} GROUP BY customer";
    assert_eq!(check(query(by_customer, counted)), "");
    let mut silent = query(
        "SELECT o.id, o.document FROM {orders} AS o",
        row("document"),
    );
    let asked = silent
        .queries
        .remove(0)
        .allow(LintCode::LT005, "reports write it first");
    assert_eq!(check(silent.query(asked)), "");
}

/// A table whose months are kept for so long, beside a default partition.
fn with_default_partition(kept: Option<u32>) -> Table {
    let policy = PartitionPolicy::monthly(BoundEncoding::TimestampTz)
        .default_partition()
        .detach_blocking();
    let policy = match kept {
        Some(months) => policy.retain_months(months),
        None => policy,
    };
    Table::new("log")
        .column(Column::new("at", DataType::TimestampTz))
        .partition_by_policy(PartitionKey::range(["at"]), policy)
}

#[test]
fn lt006_a_retention_beside_a_default_partition() {
    snapshot("lint_LT006", &check(shop(with_default_partition(Some(3)))));
    assert_eq!(check(shop(with_default_partition(None))), "");
    let allowed = with_default_partition(Some(3)).allow(LintCode::LT006, "a job deletes them");
    assert_eq!(check(shop(allowed)), "");
}

#[test]
fn lt007_a_remainder_without_a_partition() {
    let parts = |bounds: &[(u32, u32)]| {
        let mut by = Partitioning::by(PartitionKey::hash(["id"]));
        for (modulus, remainder) in bounds {
            let name = format!("parts_{modulus}_{remainder}");
            by = by.partition(Partition::new(
                name,
                PartitionBound::hash(*modulus, *remainder),
            ));
        }
        by
    };
    let table = |by| {
        let table = Table::new("parts").column(Column::new("id", DataType::BigInt));
        table.partitioned(by)
    };
    let some = || parts(&[(4, 1), (2, 0)]);
    snapshot("lint_LT007", &check(shop(table(some()))));
    assert_eq!(check(shop(table(parts(&[(4, 1), (2, 0), (4, 3)])))), "");
    let allowed = table(some()).allow(LintCode::LT007, "the others are elsewhere");
    assert_eq!(check(shop(allowed)), "");
    let below = Partition::new("parts_all", PartitionBound::Default).partitioned(some());
    let nested = table(Partitioning::by(PartitionKey::list("id")).partition(below));
    assert!(check(shop(nested)).contains("partition `parts_all`"));
}

#[test]
fn lt008_a_grant_without_the_one_that_it_needs() {
    let numbered = Table::new("numbered")
        .column(Column::new("id", DataType::BigInt).default(next_value("sq")));
    let granted = |privilege, more: &[Grant]| {
        let schema = shop(numbered.clone()).sequence(Sequence::new("sq"));
        let grant = Grant::new([privilege], ObjectRef::table("numbered"), "app");
        more.iter()
            .cloned()
            .fold(schema.grant(grant), Schema::grant)
    };
    snapshot("lint_LT008", &check(granted(Privilege::Insert, &[])));
    assert_eq!(check(granted(Privilege::Select, &[])), "");
    for role in ["app", "public"] {
        let usage = Grant::new([Privilege::Usage], ObjectRef::sequence("sq"), role);
        assert_eq!(check(granted(Privilege::Insert, &[usage])), "");
    }
    let apart = Table::new(QualifiedName::new("apart", "orders"))
        .column(Column::new("id", DataType::BigInt));
    let grant = || Grant::new([Privilege::Select], ObjectRef::table(&apart.name), "app");
    let apart = |grant| {
        let schema = Schema::new("shop").declare_namespace(Namespace::new("apart"));
        schema.table(apart.clone()).grant(grant)
    };
    let text = check(apart(grant()));
    assert!(
        text.contains("no effect without USAGE on `apart`"),
        "{text}"
    );
    let allowed = grant().allow(LintCode::LT008, "the role is a member of one that has it");
    assert_eq!(check(apart(allowed)), "");
}

#[test]
fn lt009_a_check_that_reads_a_table() {
    let none: [&str; 0] = [];
    let known = raw(
        "shop.known()",
        DataType::Boolean,
        Volatility::Stable,
        none,
        "it is ours",
    );
    let routine = |body: Template| {
        Routine::new("known", Returns::Value(DataType::Boolean), body)
            .language(Language::Sql)
            .volatility(Volatility::Stable)
    };
    let other = Table::new("customers").column(Column::new("id", DataType::BigInt));
    let all = |table: Table, body| shop(table).table(other.clone()).routine(routine(body));
    let reading = || Template::new("SELECT EXISTS (SELECT FROM {c})").relation("c", "customers");
    let checked = || orders().check("orders_known", known.clone());
    snapshot("lint_LT009", &check(all(checked(), reading())));
    assert_eq!(check(all(checked(), Template::new("SELECT true"))), "");
    let allowed = checked().allow(LintCode::LT009, "the other table never changes");
    assert_eq!(check(all(allowed, reading())), "");
}

#[test]
fn lt010_a_trigger_that_discards_every_row() {
    let with = |timing, body: &str| {
        let trigger = Trigger::new("told", timing, [TriggerEvent::Insert], "tell");
        let routine = Routine::new("tell", Returns::Trigger, body);
        shop(orders().trigger(trigger)).routine(routine)
    };
    let null = "BEGIN\n    RETURN NULL;\nEND;";
    snapshot("lint_LT010", &check(with(TriggerTiming::Before, null)));
    assert_eq!(check(with(TriggerTiming::After, null)), "");
    let some = "BEGIN\n    IF new.customer <> '' THEN\n        RETURN new;\n    END IF;\n    RETURN NULL;\nEND;";
    assert_eq!(check(with(TriggerTiming::Before, some)), "");
    let refuses = "BEGIN\n    RAISE EXCEPTION 'no';\nEND;";
    assert_eq!(check(with(TriggerTiming::Before, refuses)), "");
}
