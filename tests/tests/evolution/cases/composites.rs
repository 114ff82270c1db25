//! Composite types, and columns that have them.

use eventcore_schema_model::prelude::*;

use super::{Case, Layout, orders, shop};

fn street() -> Attribute {
    Attribute::new("street", DataType::Text)
}

fn number() -> Attribute {
    Attribute::new("number", DataType::Integer)
}

fn address(attributes: impl IntoIterator<Item = Attribute>) -> Composite {
    let empty = Composite::new("address");
    attributes.into_iter().fold(empty, Composite::attribute)
}

fn both() -> Composite {
    address([street(), number()])
}

fn typed() -> DataType {
    DataType::named("address")
}

fn home() -> Column {
    Column::new("home", typed()).nullable()
}

fn strict() -> Domain {
    Domain::new("strict", DataType::Integer).not_null()
}

fn positive() -> Domain {
    Domain::new("positive", DataType::Integer).check("positive_check", value().gt(0))
}

/// Orders with a column that a query leaves to its domain.
fn left_to_domain(layout: Layout, domain: Domain) -> Schema {
    let text = "INSERT INTO {t} ({t.id}, {t.customer}) VALUES ({id}, {id})";
    let body = Template::new(text).relation("t", "orders");
    let add = Query::new("shop", "add", "It.", body).affected();
    let column = Column::new("d", DataType::named("positive"));
    shop(orders(layout).column(column))
        .user_type(domain)
        .query(add.param(Param::new("id", DataType::BigInt, "It.")))
}

/// Orders with values of a domain inside of others.
fn around_domain(layout: Layout, edit: impl Fn(Domain) -> Domain) -> Schema {
    let amount = Attribute::new("amount", DataType::named("amount"));
    used(layout, address([street(), amount]))
        .user_type(edit(Domain::new("amount", DataType::Integer)))
}

/// Orders with an address.
fn used(layout: Layout, ty: Composite) -> Schema {
    shop(orders(layout).column(home())).user_type(ty)
}

fn unused(ty: Composite) -> Schema {
    shop(orders(Layout::Plain)).user_type(ty)
}

fn renamed(ty: Composite) -> Composite {
    let mut ty = ty.renamed_from("address");
    ty.name = Composite::new("place").name;
    ty
}

fn read() -> View {
    let body = Template::new("SELECT (o.{o.home}).street AS street FROM {o} AS o");
    View::new("read", body.relation("o", "orders")).column("street", DataType::Text, true)
}

fn all_at_home() -> Routine {
    let body =
        Template::new("SELECT count(*) FROM {o} WHERE home = wanted").relation("o", "orders");
    Routine::new("count_at", Returns::Value(DataType::BigInt), body)
        .argument(Argument::new("wanted", typed()))
        .language(Language::Sql)
        .volatility(Volatility::Stable)
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let base = || shop(orders(Layout::Plain));
    let zip = || Attribute::new("zip", DataType::Text);
    let commented = || number().comment("It's said.");
    let house = || { let mut it = number().renamed_from("number"); it.name = Ident::new("house").unwrap(); it };
    let wide = || Attribute::new("number", DataType::BigInt);
    let gone = || shop(orders(Layout::Plain)).drop(ObjectRef::user_type("address"), "unused");
    let state = || EnumType::new("state", ["open", "shut"]);
    let stated = || Attribute::new("state", DataType::named("state"));
    let within = |name: &str, ty: &str| Composite::new(name).attribute(Attribute::new("part", DataType::named(ty)));
    let refused = |layout| used(layout, both()).edit_table("orders", |mut it| { it.columns[3].nullable = false; it });
    let filled = |layout| shop(orders(layout).column(Column::new("home", typed()).backfill("(a,1)"))).user_type(both());
    vec![
        Case::plain("composite_add", base(), unused(both())),
        Case::plain("composite_add_commented", base(), unused(address([street(), commented()]).comment("Where it's at."))),
        Case::plain("composite_add_odd_names", base(), unused(Composite::new("an \"odd").attribute(Attribute::new("a (b", DataType::array(DataType::Numeric(Some((10, 2)))))))),
        Case::plain("composite_drop", unused(both()), gone()),
        Case::plain("composite_drop_without_word", unused(both()), base()),
        Case::plain("composite_becomes_enum", unused(both()), base().user_type(EnumType::new("address", ["one"]))),
        Case::plain("composite_comment", unused(both()), unused(both().comment("It's said."))),
        Case::plain("composite_of_new_types", base(), unused(address([stated()])).user_type(state()).user_type(within("above", "address"))),
        Case::plain("composites_go_in_order", unused(address([stated()])).user_type(state()).user_type(within("above", "address")), gone().drop(ObjectRef::user_type("state"), "unused").drop(ObjectRef::user_type("above"), "unused")),
        Case::plain("composite_attribute_type", unused(both()), unused(address([street(), wide()]))),
        Case::plain("composite_attribute_type_and_comment", unused(both()), unused(address([street(), wide().comment("It's said.")]))),
        Case::plain("composite_attribute_drop_without_word", unused(both()), unused(address([street()]))),
        Case::plain("composite_attribute_first", unused(both()), unused(address([zip(), street(), number()]))),
        Case::plain("composite_attributes_swap", unused(both()), unused(address([number(), street()]))),
        Case::new("composite_column", |it| (shop(orders(it)), used(it, both()))),
        Case::new("composite_column_with_default", |it| (shop(orders(it)).user_type(both()), shop(orders(it).column(Column::new("home", typed()).default("(a,1)"))).user_type(both()))),
        Case::new("composite_column_goes", |it| (used(it, both()), shop(orders(it).drop_column("home", "unused")).drop(ObjectRef::user_type("address"), "unused"))),
        Case::new("composite_column_array", |it| (shop(orders(it)).user_type(both()), shop(orders(it).column(Column::new("homes", DataType::array(typed())).nullable())).user_type(both()))),
        Case::new("composite_column_refuses_null", |it| (used(it, both()), refused(it))),
        Case::new("composite_column_filled", |it| (shop(orders(it)).user_type(both()), filled(it))),
        Case::new("composite_column_becomes_text", |it| (used(it, both()), shop(orders(it).column(Column::new("home", DataType::Text).nullable().rewrite("a small table"))).drop(ObjectRef::user_type("address"), "plain text"))),
        Case::new("composite_rename", |it| (used(it, both()).routine(all_at_home()), { let mut schema = shop(orders(it).column(Column::new("home", DataType::named("place")).nullable())).user_type(renamed(both())).routine(all_at_home()); schema.routines[1].arguments[0].ty = DataType::named("place"); schema })),
        Case::new("composite_attribute_add", |it| (used(it, both()), used(it, address([street(), number(), zip()])))),
        Case::new("composite_attributes_of_new_types", |it| (used(it, both()), used(it, address([street(), number(), stated().comment("It's new."), zip()])).user_type(state()))),
        Case::new("composite_attribute_drop", |it| (used(it, both()), used(it, address([street()]).drop_attribute("number", "part of the street")))),
        Case::new("composite_attribute_replaced", |it| (used(it, both()), used(it, address([street(), zip()]).drop_attribute("number", "part of the street")))),
        Case::new("composite_attribute_rename", |it| (used(it, both()), used(it, address([street(), house()])))),
        Case::new("composite_attribute_rename_from_nothing", |it| (used(it, both()), used(it, address([street(), number(), zip().renamed_from("code")])))),
        Case::new("composite_attribute_type_of_used", |it| (used(it, both()), used(it, address([street(), wide()])))),
        Case::new("composite_attribute_comment", |it| (used(it, both()), used(it, address([street(), commented()])))),
        Case::new("composite_attribute_comment_goes", |it| (used(it, address([street(), commented()])), used(it, both()))),
        Case::new("composite_attribute_drop_under_view", |it| (used(it, both()).view(read()), used(it, address([number()]).drop_attribute("street", "unused")).view(read()))),
        Case::new("composite_attribute_add_under_view", |it| (used(it, both()).view(read()), used(it, address([street(), number(), zip()])).view(read()))),
        Case::new("composite_with_its_routine", |it| (shop(orders(it)), used(it, both()).routine(all_at_home()))),
        Case::new("composite_goes_with_its_routine", |it| (used(it, both()).routine(all_at_home()), shop(orders(it).drop_column("home", "unused")).drop(ObjectRef::user_type("address"), "unused").drop(ObjectRef::routine(all_at_home().name), "unused"))),
        Case::new("composite_around_domain_with_new_rule", |it| (around_domain(it, |domain| domain), around_domain(it, |domain| domain.check("positive", value().gt(0))))),
        Case::new("domain_default_goes_that_a_query_needs", |it| (left_to_domain(it, positive().default(1)), left_to_domain(it, positive()))),
        Case::new("domain_column_that_refuses_null", |it| (shop(orders(it)).user_type(strict()), shop(orders(it).column(Column::new("d", DataType::named("strict")).backfill(1).rewrite("a small table"))).user_type(strict()))),
        Case::new("domain_column_that_refuses_null_with_default", |it| (shop(orders(it)).user_type(strict()), shop(orders(it).column(Column::new("d", DataType::named("strict")).default(1).rewrite("a small table"))).user_type(strict()))),
        Case::new("domain_column_without_value", |it| (shop(orders(it)).user_type(positive()), shop(orders(it).column(Column::new("d", DataType::named("positive")).rewrite("a small table"))).user_type(positive()))),
        Case::new("composite_everything_of_one", |it| (used(it, both()), shop(orders(it).column(Column::new("home", DataType::named("place")).nullable())).user_type(renamed(address([street(), house(), zip()])).comment("It's said.")))),
    ]
}
