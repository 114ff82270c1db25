//! Changes from one definition to the next.

use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{archive, log, monthly, orders, shop};
use crate::{Case, case, change};

fn items() -> Table {
    Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("name", DataType::Text).nullable())
        .primary_key(["id"])
}

/// Orders with another type of `total`.
fn with_total(ty: DataType) -> Table {
    let mut orders = orders();
    let total = orders
        .columns
        .iter_mut()
        .find(|column| column.name == *"total");
    if let Some(total) = total {
        total.ty = ty;
    }
    orders
}

fn the_log(edit: impl FnOnce(Table) -> Table) -> Schema {
    archive(edit(log(monthly())))
}

/// A shop of items, with a query over them.
fn asked(items: Table, text: &str) -> Schema {
    let body = Template::new(text).relation("t", "items");
    let name = if text.contains(" AS called ") {
        "called"
    } else {
        "name"
    };
    let row = Row::new("Item", "It.").column(name, DataType::Text, "It.");
    let query = Query::new("shop", "items_of_old", "It.", body);
    let query = if text.starts_with("SELECT") {
        query.many(row)
    } else {
        query.affected()
    };
    shop(items).query(query)
}

fn never_null(column: Column) -> Table {
    let mut items = items();
    items.columns[1] = column;
    items
}

fn shown(column: &str) -> View {
    let body = Template::new(format!("SELECT t.{{t.{column}}} FROM {{t}} AS t"));
    let view = View::new("shown", body.relation("t", "items"));
    match column {
        "id" => view.column("id", DataType::BigInt, false),
        name => view.column(name, DataType::Text, true),
    }
}

fn with_view(column: &str) -> Schema {
    let body = Template::new("SELECT v.{v.name} FROM {v} AS v").relation("v", "shown");
    let row = Row::new("Shown", "It.").nullable("name", DataType::Text, "It.");
    let query = Query::new("shop", "shown_of_old", "It.", body).many(row);
    let schema = shop(items()).view(shown(column));
    if column == "name" {
        schema.query(query)
    } else {
        schema
    }
}

fn with_call(argument: DataType) -> Schema {
    let routine = Routine::new(
        "twice",
        Returns::Value(DataType::BigInt),
        "SELECT 2::bigint",
    );
    let routine = routine
        .language(Language::Sql)
        .argument(Argument::new("n", argument));
    let body = Template::new("SELECT {f}(1)").routine("f", "twice");
    let row = Row::new("Twice", "It.").nullable("twice", DataType::BigInt, "It.");
    shop(items())
        .routine(routine)
        .query(Query::new("shop", "twice_of_old", "It.", body).one(row))
}

fn excluded() -> Exclusion {
    Exclusion::new()
        .method(IndexMethod::Btree)
        .part("id", ExclusionOperator::Equal)
        .blocking("a small table")
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let empty = || Schema::new("shop");
    let both = || shop(orders()).table(items());
    let column = |column: Column| shop(orders().column(column));
    let text = |name: &str| Column::new(name, DataType::Text);
    vec![
        case(SM007, "a rewrite without a reason", column(Column::new("tenant", DataType::Text).rewrite(" "))),
        case(SM019, "a back-fill of another type", column(Column::new("tenant", DataType::Uuid).backfill(col("total")))),
        case(SM019, "a back-fill with NULL", column(Column::new("tenant", DataType::Uuid).backfill(lit(Literal::Null)))),
        case(SM022, "a back-fill from itself", column(Column::new("tenant", DataType::Text).backfill(col("tenant")))),
        case(SM008, "a back-fill from an unknown column", column(Column::new("tenant", DataType::Text).backfill(col("owner")))),
        change(SM070, "a table renamed from nothing", shop(orders()), both().edit_table("items", |it| it.renamed_from("wares"))),
        change(SM070, "a table renamed from one that stays", shop(orders()), both().edit_table("items", |it| it.renamed_from("orders"))),
        change(SM070, "a table renamed to one that was there", both(), shop(orders()).table(items().renamed_from("orders")).edit_table("orders", |it| it)),
        change(SM070, "a column renamed from nothing", shop(orders()), column(Column::new("remark", DataType::Text).nullable().renamed_from("comment"))),
        change(SM070, "columns renamed in a chain", shop(orders().column(text("a")).column(text("b"))), shop(orders().column(text("b").renamed_from("a")).column(text("c").renamed_from("b")))),
        change(SM070, "columns renamed in a circle of three", shop(orders().column(text("a")).column(text("b")).column(text("c"))), shop(orders().column(text("a").renamed_from("c")).column(text("b").renamed_from("a")).column(text("c").renamed_from("b")))),
        change(SM070, "a column renamed from one that was renamed before", shop(orders().column(text("b").renamed_from("a"))), shop(orders().column(text("b").renamed_from("a")).column(text("c").renamed_from("b")))),
        change(SM070, "an index renamed from nothing", shop(orders()), shop(orders().index(Index::new("by_note", ["note"]).renamed_from("note_idx").serves_external("x")))),
        change(SM070, "two columns renamed from one", shop(orders().column(text("a"))), shop(orders().column(text("b").renamed_from("a")).column(text("c").renamed_from("a")))),
        change(SM072, "a rewrite that keeps the type", shop(orders()), shop({ let mut orders = orders(); orders.columns[2] = orders.columns[2].clone().rewrite_using(call(Function::Upper, [col("note")]), "small"); orders })),
        change(SM071, "a table without a word", both(), shop(orders())),
        change(SM071, "a column without a word", column(Column::new("tenant", DataType::Text)), shop(orders())),
        change(SM021, "a rewrite of the value as it was", shop(with_total(DataType::Integer)), { let mut orders = with_total(DataType::Text); orders.columns[3].default = None; orders.columns[3] = orders.columns[3].clone().rewrite_using(call(Function::Upper, [col("total")]), "small"); shop(orders) }),
        change(SM019, "a rewrite to another type", shop(with_total(DataType::Integer)), { let mut orders = with_total(DataType::Uuid); orders.columns[3].default = None; orders.columns[3] = orders.columns[3].clone().rewrite_using(col("total").gt(0), "small"); shop(orders) }),
        change(SM076, "a sequence named as an identity's", shop(numbers_by(|it| it.identity(Identity::Always))), shop(numbers_by(|it| it.default(next_value("n_id_seq")))).sequence(Sequence::new("n_id_seq"))),
        change(SM076, "an identity whose sequence has the name of one that goes", shop(numbers_by(|it| it.default(next_value("n_id_seq")))).sequence(Sequence::new("n_id_seq")), shop(numbers_by(|it| it.identity(Identity::Always))).drop(ObjectRef::sequence("n_id_seq"), "an identity now")),
        change(SM071, "a column that is called as another one was before its rename", shop(orders().column(text("a")).column(text("b").renamed_from("a"))), shop(orders().column(text("b").renamed_from("a")))),
        change(SM072, "a back-fill of a column that is there", shop(orders()), shop(with_backfill())),
        change(SM076, "another type of a partition key", shop(by_total(DataType::Integer)), shop(by_total(DataType::BigInt))),
        change(SM071, "a sequence without a word", empty().sequence(Sequence::new("numbers")), empty()),
        change(SM071, "a PostgreSQL schema without a word", billed(), shop(orders())),
        change(SM072, "a PostgreSQL schema given up that something stands in", shop(orders()), shop(orders()).table(moved_from_nowhere()).drop(ObjectRef::namespace("stock"), "unused")),
        change(SM110, "USAGE that a query needs", readable(true), readable(false)),
        change(SM072, "a table given up that is still there", both(), both().drop(ObjectRef::table("items"), "nobody reads it")),
        change(SM072, "a table given up that never was", shop(orders()), shop(orders()).drop(ObjectRef::table("wares"), "nobody reads it")),
        change(SM072, "a column given up that never was", shop(orders()), shop(orders().drop_column("tenant", "nobody reads it"))),
        change(SM072, "an index given up", shop(orders()), shop(orders()).drop(ObjectRef::index("orders", "x"), "nobody needs it")),
        change(SM073, "a wider number", shop(orders()), shop(with_total(DataType::BigInt))),
        change(SM073, "a wider number under the reason of an earlier change", rewritten(DataType::Integer), rewritten(DataType::BigInt)),
        change(SM073, "a narrower number", shop(with_total(DataType::BigInt)), shop(with_total(DataType::Integer))),
        change(SM073, "a column with a value for each row", shop(orders()).sequence(Sequence::new("numbers")), column(Column::new("number", DataType::BigInt).default(next_value("numbers"))).sequence(Sequence::new("numbers"))),
        change(SM074, "a back-fill of a log", the_log(|it| it), the_log(|it| it.column(Column::new("tenant", DataType::Text).backfill("none")))),
        change(SM074, "another type in a log", the_log(|it| it.column(Column::new("size", DataType::Integer).nullable())), the_log(|it| it.column(Column::new("size", DataType::BigInt).nullable().rewrite("small")))),
        change(SM075, "a column without a value", shop(orders()), column(Column::new("tenant", DataType::Text))),
        change(SM075, "a column of a log without a value", the_log(|it| it), the_log(|it| it.column(Column::new("tenant", DataType::Text)))),
        change(SM076, "another PostgreSQL schema", shop(orders()), shop(orders()).namespace("es")),
        change(SM076, "a table that becomes partitioned", shop(orders()), shop(orders().partition_by(PartitionKey::range(["id"])))),
        change(SM076, "a column that is computed otherwise", column(upper(Function::Lower)), column(upper(Function::Upper))),
        change(SM073, "a column that is computed otherwise, where servers can do that", column(upper(Function::Lower)).minimum_server(17), column(upper(Function::Upper)).minimum_server(17)),
        change(SM076, "a column that is computed from now on", column(Column::new("big", DataType::Text).nullable()), column(upper(Function::Upper))),
        change(SM076, "another type under a computed column", column(upper(Function::Upper)), computed_from(DataType::VarChar(90))),
        change(SM076, "a rename into another PostgreSQL schema", both(), shop(orders()).table(moved())),
        change(SM076, "a sequence that becomes a table", shop(orders()).sequence(Sequence::new("n")), shop(orders()).table(numbers()).drop(ObjectRef::sequence("n"), "no more")),
        change(SM076, "a type that becomes a table", shop(orders()).user_type(EnumType::new("n", ["a"])), shop(orders()).table(numbers()).drop(ObjectRef::user_type("n"), "no more")),
        change(SM076, "a table that becomes a type", shop(orders()).table(numbers()), shop(orders()).user_type(EnumType::new("n", ["a"])).drop(ObjectRef::table("n"), "no more")),
        change(SM076, "a table that becomes a sequence", shop(orders()).table(numbers()), shop(orders()).sequence(Sequence::new("n")).drop(ObjectRef::table("n"), "no more")),
        change(SM076, "a view that becomes a table", shop(orders()).view(wares()), both_wares()),
        change(SM073, "a conversion that the server does not know", shop(with_total(DataType::Jsonb)), { let mut orders = with_total(DataType::Uuid); rewrite(&mut orders); orders.columns[3].default = None; shop(orders) }),
        change(SM073, "a longer text under an index over an expression", noted(10), noted(20)),
        change(SM071, "a table of another PostgreSQL schema without a word", shop(orders()).table(moved_from_nowhere()), shop(orders())),
        change(SM110, "a column that an insert leaves out", asked(items(), "INSERT INTO {t} ({t.id}) VALUES (1)"), shop(items().column(Column::new("owner", DataType::Text).backfill("none")))),
        change(SM110, "a column without its default", asked(never_null(Column::new("name", DataType::Text).default("none")), "INSERT INTO {t} ({t.id}) VALUES (1)"), shop(never_null(Column::new("name", DataType::Text)))),
        change(SM110, "a column that refuses NULL", asked(items(), "UPDATE {t} SET {t.name} = NULL"), shop(never_null(Column::new("name", DataType::Text).backfill("none")))),
        change(SM110, "a column that may be NULL", asked(never_null(Column::new("name", DataType::Text)), "SELECT {t.name} FROM {t}"), shop(items())),
        change(SM110, "a column that may be NULL, under another name", asked(never_null(Column::new("name", DataType::Text)), "SELECT t.name AS called FROM {t} AS t"), shop(items())),
        change(SM110, "a column without its default, which an insert asks for", asked(never_null(Column::new("name", DataType::Text).default("none")), "INSERT INTO {t} (id, name) VALUES (1, 'a'), (2, DEFAULT)"), shop(never_null(Column::new("name", DataType::Text)))),
        change(SM110, "a column without its default, which an update asks for", asked(never_null(Column::new("name", DataType::Text).default("none")), "UPDATE {t} SET name = DEFAULT"), shop(never_null(Column::new("name", DataType::Text)))),
        change(SM110, "a domain that refuses NULL", of_domain(Domain::new("title", DataType::Text)), { let mut schema = of_domain(Domain::new("title", DataType::Text).not_null()); schema.queries.clear(); schema }),
        change(SM110, "a column that numbers itself", asked(never_null(Column::new("name", DataType::BigInt)), "INSERT INTO {t} VALUES (1, 2)"), shop(never_null(Column::new("name", DataType::BigInt).identity(Identity::Always)))),
        change(SM110, "a column whose name a query uses", asked(items(), "SELECT t.{t.name} FROM {t} AS t, (SELECT 1 AS size) AS s WHERE size > 0"), shop(items().column(Column::new("size", DataType::Integer).nullable()))),
        change(SM110, "a key that an upsert needs", asked(items().unique("items_name_key", ["name"]), "INSERT INTO {t} ({t.id}, {t.name}) VALUES (1, 'x') ON CONFLICT ({t.name}) DO NOTHING"), shop(items())),
        change(SM110, "an exclusion that is deferred", asked(items().exclude("items_excl", excluded()), "INSERT INTO {t} ({t.id}) VALUES (1) ON CONFLICT DO NOTHING"), shop(items().exclude("items_excl", excluded().deferred()))),
        change(SM110, "a view without a column", with_view("name"), with_view("id")),
        change(SM110, "a routine that is called otherwise", with_call(DataType::Integer), with_call(DataType::Text)),
        change(SM110, "privileges that a query needs", asked(items(), "SELECT {t.name} FROM {t}").grant(Grant::new([Privilege::Select], ObjectRef::table("items"), "reader")), shop(items())),
        change(SM110, "a break that was said of another change", asked(items(), "INSERT INTO {t} ({t.id}) VALUES (1)").breaks(ObjectRef::table("items"), "small"), shop(items().column(Column::new("owner", DataType::Text).backfill("none"))).breaks(ObjectRef::table("items"), "small")),
        change(SM072, "a break that breaks nothing", shop(items()), shop(items()).breaks(ObjectRef::table("items"), "small")),
        change(SM007, "a break without a reason", asked(items(), "INSERT INTO {t} ({t.id}) VALUES (1)"), shop(items().column(Column::new("owner", DataType::Text).backfill("none"))).breaks(ObjectRef::table("items"), " ")),
    ]
}

/// Items whose name is of a domain, and an insert that leaves it out.
fn of_domain(domain: Domain) -> Schema {
    let name = Column::new("name", DataType::named("title")).nullable();
    let items = Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(name);
    let body = Template::new("INSERT INTO {t} ({t.id}) VALUES (1)").relation("t", "items");
    let query = Query::new("shop", "items_of_old", "It.", body).affected();
    Schema::new("shop")
        .user_type(domain)
        .table(items)
        .query(query)
}

fn with_backfill() -> Table {
    let mut orders = orders();
    orders.columns[2] = orders.columns[2].clone().backfill("none");
    orders
}

/// Orders that are partitioned by a column of this type.
fn by_total(ty: DataType) -> Table {
    let mut orders = with_total(ty).partition_by(PartitionKey::range(["total"]));
    orders.constraints.clear();
    rewrite(&mut orders);
    orders
}

fn upper(function: Function) -> Column {
    Column::new("big", DataType::Text)
        .nullable()
        .generated(call(function, [col("note")]))
}

/// Orders whose note has another type, and a column that is computed from it.
fn computed_from(ty: DataType) -> Schema {
    let mut orders = orders().column(upper(Function::Upper));
    orders.columns[2].ty = ty;
    rewrite(&mut orders);
    shop(orders)
}

/// Allows the rewrite of each column.
fn rewrite(table: &mut Table) {
    for column in &mut table.columns {
        *column = column.clone().rewrite("a small table");
    }
}

fn moved_from_nowhere() -> Table {
    let mut table = items();
    table.name = QualifiedName::new("stock", "items");
    table
}

fn billed() -> Schema {
    shop(orders()).declare_namespace(Namespace::new("billing"))
}

/// Items in a PostgreSQL schema that a role may use, with a query over them.
fn readable(is_granted: bool) -> Schema {
    let body = Template::new("DELETE FROM {t}").relation("t", moved_from_nowhere().name);
    let query = Query::new("shop", "items_of_old", "It.", body).affected();
    let schema = shop(moved_from_nowhere()).declare_namespace(Namespace::new("stock"));
    let schema = schema.query(query);
    if is_granted {
        let on = ObjectRef::namespace("stock");
        schema.grant(Grant::new([Privilege::Usage], on, "app"))
    } else {
        schema
    }
}

fn moved() -> Table {
    moved_from_nowhere().renamed_from("items")
}

fn wares() -> View {
    let body = Template::new("SELECT o.{o.id}\n  FROM {o} AS o").relation("o", "orders");
    View::new("items", body).column("id", DataType::Uuid, false)
}

fn both_wares() -> Schema {
    shop(orders())
        .table(items())
        .drop(ObjectRef::view("items"), "a table now")
}

/// Orders whose note is so long, with an index over it in small letters.
fn noted(length: u32) -> Schema {
    let mut orders = orders();
    orders.columns[2].ty = DataType::VarChar(length);
    let part = IndexPart::new(call(Function::Lower, [col("note")]));
    shop(orders.index(Index::new("orders_note_idx", [part]).serves_external("support")))
}

fn numbers() -> Table {
    let id = Column::new("id", DataType::BigInt);
    Table::new("n").column(id).primary_key(["id"])
}

fn numbers_by(number: impl FnOnce(Column) -> Column) -> Table {
    let id = Column::new("id", DataType::BigInt);
    Table::new("n").column(number(id))
}

fn rewritten(ty: DataType) -> Schema {
    let mut orders = with_total(ty);
    rewrite(&mut orders);
    shop(orders)
}
