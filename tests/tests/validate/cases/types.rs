//! Types of the definition's own.

use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{orders, shop};
use crate::{Case, case, change};

fn status() -> EnumType {
    EnumType::new("order_status", ["new", "paid"])
}

fn of(ty: EnumType) -> Schema {
    shop(orders()).user_type(ty)
}

/// Orders with a column of the type.
fn with(ty: EnumType, column: Column) -> Schema {
    shop(orders().column(column)).user_type(ty)
}

/// Orders with a column of a domain over an enum type.
fn over_labels(edit: impl Fn(Table) -> Table) -> Schema {
    let state = Column::new("state", DataType::named("open"));
    shop(edit(orders().column(state)))
        .user_type(status())
        .user_type(Domain::new("open", DataType::named("order_status")))
}

/// Orders with a column of a type that an extension brings.
fn tagged(edit: impl Fn(Table) -> Table) -> Schema {
    let tag = Column::new("tag", DataType::named("citext")).nullable();
    shop(edit(orders().column(tag))).extension(Extension::new("citext"))
}

fn part(name: &str) -> Attribute {
    Attribute::new(name, DataType::Text)
}

/// Orders with a column of a composite type.
fn placed(
    edit: impl Fn(Table) -> Table,
    attributes: impl IntoIterator<Item = Attribute>,
) -> Schema {
    let address = attributes
        .into_iter()
        .fold(Composite::new("address"), Composite::attribute);
    let home = Column::new("home", DataType::named("address")).nullable();
    shop(edit(orders().column(home))).user_type(address)
}

fn given_up(name: &str) -> Schema {
    let address = Composite::new("address").attribute(part("street"));
    let home = Column::new("home", DataType::named("address")).nullable();
    shop(orders().column(home)).user_type(address.drop_attribute(name, "unused"))
}

/// A query that writes a value by all its attributes.
fn writing() -> Query {
    let body = Template::new("UPDATE {o} SET home = {given}::{a}")
        .relation("o", "orders")
        .bind("a", Binding::Type(DataType::named("address")));
    Query::new("shop", "move_all", "It.", body)
        .param(Param::new("given", DataType::Text, "It."))
        .affected()
}

/// A query whose parameter is of a type that an extension brings.
fn asking() -> Query {
    asking_for("citext")
}

fn asking_for(ty: &str) -> Query {
    let body = Template::new("DELETE FROM {o} WHERE tag = {tag}").relation("o", "orders");
    Query::new("shop", "delete_tagged", "It.", body)
        .param(Param::new("tag", DataType::named(ty), "It."))
        .affected()
}

fn size() -> Domain {
    Domain::new("size", DataType::Integer).check("size_check", value().gt(0))
}

fn of_domain(domain: Domain) -> Schema {
    shop(orders()).user_type(domain)
}

/// Orders with an array of the domain.
fn sizes(domain: Domain) -> Schema {
    let sizes = DataType::array(DataType::named("size"));
    shop(orders().column(Column::new("sizes", sizes).nullable())).user_type(domain)
}

fn state() -> Column {
    Column::new("state", DataType::named("order_status"))
}

fn checked(schema: Schema) -> Schema {
    schema.edit_table("orders", |it| {
        it.check("orders_state_check", col("state").not_eq("lost"))
    })
}

fn query(param: DataType, returned: DataType) -> Schema {
    let text = "SELECT state FROM orders WHERE state = {state}";
    let query = Query::new("orders", "by_state", "Orders of a state.", text)
        .param(Param::new("state", param, "the state"))
        .many(Row::new("OrderState", "A state.").column("state", returned, "The state."));
    of(status()).query(query)
}

fn other_type() -> Schema {
    let value = col("state").cast(DataType::Text);
    let column = Column::new("state", DataType::Text).rewrite_using(value, "a small table");
    let old = ObjectRef::user_type("order_status");
    shop(
        orders()
            .column(column)
            .check("orders_state_check", col("state").not_eq("paid")),
    )
    .drop(old, "free text from now on")
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let none: [&str; 0] = [];
    let reordered = || EnumType::new("order_status", ["paid", "new"]);
    vec![
        case(SM001, "a type with a long name", of(EnumType::new("x".repeat(64), ["new"]))),
        case(SM005, "a type's comment with U+0000", of(status().comment("a\0b"))),
        case(SM019, "a default that is no label", with(status(), state().default("lost"))),
        case(SM019, "a default array with what is no label", with(status(), Column::new("states", DataType::array(DataType::named("order_status"))).default("{new,lost}"))),
        case(SM021, "a check against what is no label", checked(with(status(), state().default("new")))),
        case(SM060, "a type without labels", of(EnumType::new("order_status", none))),
        case(SM080, "a column of an unknown type", shop(orders().column(Column::new("state", DataType::named("state"))))),
        case(SM080, "a column of an extension's type", shop(orders().column(Column::new("state", DataType::named("citext"))))),
        case(SM080, "a column of an extension's type in another PostgreSQL schema", shop(orders().column(Column::new("state", DataType::named("citext")))).extension(Extension::new("citext").namespace("ext"))),
        case(SM081, "a type of an extension's", of(EnumType::new("citext", ["new"])).extension(Extension::new("citext"))),
        case(SM021, "an operator of an extension's type", tagged(|it| it.check("orders_check", col("tag").eq("x")))),
        case(SM021, "IN over an extension's type", tagged(|it| it.check("orders_check", col("tag").is_in(["x"])))),
        case(SM084, "a query of an extension's type", tagged(|it| it).query(asking())),
        case(SM090, "an exclusion of an extension's type", tagged(|it| it.exclude("orders_excl", Exclusion::new().method(IndexMethod::Btree).part("tag", ExclusionOperator::Equal)))),
        case(SM132, "extensions of odd names and versions", shop(orders()).extension(Extension::new("../citext")).extension(Extension::new("hstore").version("")).extension(Extension::new("ltree").version("1--2"))),
        case(SM133, "a migration of an unknown extension", shop(orders()).migration(Migration::new(1, "a", "It.").creates(ObjectRef::extension("citext")))),
        case(SM059, "a grant on an extension", tagged(|it| it).grant(Grant::new([Privilege::Usage], ObjectRef::extension("citext"), "app"))),
        case(SM004, "an extension twice, and a type of it", tagged(|it| it).extension(Extension::new("citext")).extension(Extension::new("vector").brings_types(["vector", "vector"]))),
        change(SM071, "an extension without a word", tagged(|it| it), shop(orders().drop_column("tag", "unused"))),
        change(SM076, "an extension that moves", shop(orders()).extension(Extension::new("hstore")), shop(orders()).extension(Extension::new("hstore").namespace("ext"))),
        change(SM072, "an extension given up that is still there", shop(orders()).extension(Extension::new("hstore")), shop(orders()).extension(Extension::new("hstore")).drop(ObjectRef::extension("hstore"), "unused")),
        case(SM060, "a composite type of nothing", shop(orders()).user_type(Composite::new("address"))),
        case(SM004, "an attribute twice", placed(|it| it, [part("street"), part("street")])),
        case(SM080, "an attribute of an unknown type", placed(|it| it, [Attribute::new("street", DataType::named("line"))])),
        case(SM063, "an attribute of no length", placed(|it| it, [Attribute::new("street", DataType::VarChar(0))])),
        case(SM062, "an attribute of a system column's name", placed(|it| it, [part("ctid")])),
        case(SM029, "a composite in a key", placed(|it| it.unique("orders_home_key", ["home"]), [part("street")])),
        case(SM029, "a composite in an index", placed(|it| it.index(Index::new("orders_idx", ["home"])), [part("street")])),
        case(SM021, "a composite that is compared", placed(|it| it.check("orders_check", col("home").eq("(a)")), [part("street")])),
        case(SM084, "a query of a composite", placed(|it| it, [part("street")]).query(asking_for("address"))),
        case(SM085, "a domain over a composite", placed(|it| it, [part("street")]).user_type(Domain::new("home", DataType::named("address")))),
        change(SM086, "attributes that change places", placed(|it| it, [part("street"), part("town")]), placed(|it| it, [part("town"), part("street")])),
        change(SM071, "an attribute without a word", placed(|it| it, [part("street"), part("town")]), placed(|it| it, [part("street")])),
        change(SM070, "an attribute renamed from nothing", placed(|it| it, [part("street")]), placed(|it| it, [part("street"), part("town").renamed_from("city")])),
        change(SM072, "an attribute given up that is still there", placed(|it| it, [part("street")]), given_up("street")),
        change(SM072, "an attribute given up that never was", placed(|it| it, [part("street")]), given_up("town")),
        change(SM007, "an attribute without a reason", placed(|it| it, [part("street"), part("town")]), shop(orders()).user_type(Composite::new("address").attribute(part("street")).drop_attribute("town", " ")).edit_table("orders", |it| it.column(Column::new("home", DataType::named("address")).nullable()))),
        change(SM076, "another type of an attribute in use", placed(|it| it, [part("street")]), placed(|it| it, [Attribute::new("street", DataType::BigInt)])),
        change(SM110, "an attribute more, and a query that writes all", placed(|it| it, [part("street")]).query(writing()), placed(|it| it, [part("street"), part("town")]).query(writing())),
        case(SM080, "a column of a misspelt type", with(status(), Column::new("states", DataType::array(DataType::named("order_state"))))),
        case(SM080, "a grant on an unknown type", shop(orders()).grant(Grant::new([Privilege::Usage], ObjectRef::user_type("state"), "public"))),
        case(SM081, "two types of a name", of(status()).user_type(status())),
        case(SM081, "a type named as a table", of(EnumType::new("orders", ["new"]))),
        case(SM081, "a composite named as a key", shop(orders()).user_type(Composite::new("orders_pkey").attribute(part("street")))),
        case(SM081, "a type named as a partition", of(EnumType::new("orders_all", ["new"])).edit_table("orders", |it| it.partitioned(Partitioning::by(PartitionKey::hash(["id"])).partition(Partition::new("orders_all", PartitionBound::hash(1, 0)))))),
        case(SM021, "a domain over labels that is compared", over_labels(|it| it.check("orders_check", col("state").eq("new")))),
        case(SM021, "a domain over labels in a list", over_labels(|it| it.check("orders_check", col("state").is_in(["new"])))),
        case(SM023, "a reference over labels", over_labels(|it| it.column(Column::new("next", DataType::named("open"))).unique("orders_state_key", ["state"]).foreign_key("orders_next_fkey", ForeignKey::new(["next"], "orders", ["state"])))),
        case(SM082, "a label twice", of(EnumType::new("order_status", ["new", "new"]))),
        case(SM082, "an empty label", of(EnumType::new("order_status", ["new", ""]))),
        case(SM082, "a long label", of(EnumType::new("order_status", ["x".repeat(64)]))),
        case(SM084, "a query that takes an enum", query(DataType::named("order_status"), DataType::Text)),
        case(SM084, "a query that returns an enum", query(DataType::Text, DataType::named("order_status"))),
        change(SM070, "a label renamed from nothing", of(status()), of(EnumType::new("order_status", ["new", "paid", "sent"]).renamed_label("lost", "sent"))),
        change(SM070, "two labels renamed from one", of(EnumType::new("order_status", ["old", "paid"])), of(EnumType::new("order_status", ["new", "next", "paid"]).renamed_label("old", "new").renamed_label("old", "next"))),
        change(SM070, "a label renamed from one that stays", of(status()), of(EnumType::new("order_status", ["new", "paid", "sent"]).renamed_label("new", "sent"))),
        change(SM070, "a type renamed from nothing", shop(orders()), of(status().renamed_from("state"))),
        change(SM071, "a type without a word", of(status()), shop(orders())),
        change(SM072, "a type given up that is still there", of(status()), of(status()).drop(ObjectRef::user_type("order_status"), "nobody uses it")),
        change(SM073, "text that becomes an enum", with(status(), Column::new("state", DataType::Text).default("new")), with(status(), state().default("new").rewrite("a small table"))),
        change(SM076, "another type under a check over labels", with(status(), state()).edit_table("orders", |it| it.check("orders_state_check", col("state").not_eq("paid"))), other_type()),
        case(SM008, "a domain's check over a column", of_domain(size().check("size_small", col("total").lt(5)))),
        case(SM004, "two checks of a name in a domain", of_domain(size().check("size_check", value().lt(5)))),
        case(SM019, "a domain's default of another type", of_domain(size().default("many"))),
        case(SM019, "a column's default that its domain cannot hold", shop(orders().column(Column::new("size", DataType::named("size")).default("many"))).user_type(size())),
        case(SM020, "a domain's check that is no condition", of_domain(Domain::new("size", DataType::Integer).check("size_check", value()))),
        case(SM021, "a domain's check of another type", of_domain(Domain::new("size", DataType::Integer).check("size_check", value().eq(true)))),
        case(SM030, "a collation of a domain over numbers", of_domain(size().collate("C"))),
        case(SM080, "a domain over an unknown type", of_domain(Domain::new("size", DataType::named("length")))),
        case(SM084, "a query that takes a domain", query(DataType::named("size"), DataType::Text).user_type(size())),
        change(SM073, "a column under the rules of a domain", of_domain(size()), shop(orders().column(Column::new("size", DataType::named("size")).nullable())).user_type(size())),
        change(SM076, "a domain over another type", of_domain(size()), of_domain(Domain::new("size", DataType::BigInt))),
        change(SM076, "an enum that becomes a domain", of(EnumType::new("size", ["small"])), of_domain(size())),
        change(SM076, "a rule for elements of arrays", sizes(Domain::new("size", DataType::Integer)), sizes(size())),
        change(SM083, "a lost label", of(status()), of(EnumType::new("order_status", ["paid"]))),
        change(SM083, "labels in another order", of(status()), of(reordered())),
    ]
}
