//! Queries and templates.

use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{command, find_order, order_row, orders, shop};
use crate::{Case, case};

/// For a raw expression.
const NO_COLUMNS: [&str; 0] = [];

fn asked(query: Query) -> Schema {
    shop(orders()).query(query)
}

fn found_by(access: Access) -> Schema {
    asked(find_order().access(access))
}

/// Orders with a trigger of this body.
fn triggered(body: &str) -> Schema {
    let events = [TriggerEvent::Update(Vec::new())];
    let trigger = Trigger::new("touch", TriggerTiming::Before, events, "touch");
    shop(orders().trigger(trigger)).routine(Routine::new("touch", Returns::Trigger, body))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let of_orders = |text: &str| command(Template::new(text).relation("orders", "orders"));
    let id = || Param::new("id", DataType::Uuid, "The id.");
    let mut rowless = command("SELECT 1");
    rowless.cardinality = Cardinality::One;
    let mut rows = find_order();
    rows.cardinality = Cardinality::Affected;
    vec![
        case(SM008, "a placeholder's", asked(of_orders("SELECT {orders.notes} FROM {orders}"))),
        case(SM008, "an access's", found_by(Access::to("orders").equal(["ids"]))),
        case(SM134, "of an alias", asked(of_orders("SELECT o.notes, o.note FROM {orders} AS o WHERE O.Notes IS NULL"))),
        case(SM134, "of an alias without AS", asked(of_orders("UPDATE {orders} o SET note = o.\"Note\""))),
        case(SM134, "of a view's alias", shop(orders()).view(View::new("shown", Template::new(
            "SELECT o.id AS id FROM {orders} AS o WHERE o.amount > 0").relation("orders", "orders")).column("id", DataType::Uuid, false))),
        case(SM134, "of a routine's alias", shop(orders()).routine(Routine::new("total", Returns::Value(DataType::BigInt), Template::new(
            "BEGIN RETURN (SELECT sum(o.amount) FROM {orders} o); END").relation("orders", "orders")))),
        case(SM134, "of a trigger's row", triggered("BEGIN NEW.changed := OLD.placed_at; RETURN NEW; END")),
        case(SM009, "a binding's", asked(command(Template::new("SELECT * FROM {orders}").relation("orders", "order")))),
        case(SM009, "an access's", found_by(Access::to("order").equal(["id"]))),
        case(SM010, "a binding's", asked(command(Template::new("SELECT {f}()").routine("f", "append")))),
        case(SM011, "a binding's", asked(command(Template::new("SELECT nextval({s:literal})").sequence("s", "numbers")))),
        case(SM157, "a column left out", asked(of_orders("INSERT INTO {orders} (id, note) VALUES ('0190f3a2-0000-7000-8000-000000000000', 'x')"))),
        case(SM157, "a column left to a default that it lacks", asked(of_orders("INSERT INTO {orders} (id, customer, placed_at) VALUES ({id}, DEFAULT, now())").param(id()))),
        case(SM157, "a parameter that may be NULL", asked(of_orders("INSERT INTO {orders} (id, customer, placed_at) VALUES ({id}, {customer}, now())").param(id()).param(Param::new("customer", DataType::Text, "Who.").nullable()))),
        case(SM138, "a row of all columns", asked(command(Template::new("SELECT * FROM {orders} AS o").relation("orders", "orders")).many(order_row()))),
        case(SM138, "values for columns without names", asked(of_orders("INSERT INTO {orders} VALUES ({id}, 'a', NULL, 1, now())").param(id()))),
        case(SM009, "an edit's", shop(orders()).edit_table("ordres", |it| it)),
        case(SM009, "a renamed table's", shop(orders().renamed_from("purchases")).query(command(Template::new("DELETE FROM {orders}").relation("orders", "purchases")))),
        case(SM139, "columns without a key", asked(of_orders("INSERT INTO {orders} (id, customer, placed_at) SELECT id, customer, placed_at FROM {orders} ON CONFLICT (customer) DO NOTHING"))),
        case(SM139, "a part of a key", shop(orders().unique("orders_both_key", ["customer", "note"])).query(of_orders("INSERT INTO {orders} AS o (id, customer, placed_at) SELECT id, customer, placed_at FROM {orders} ON CONFLICT (note) DO NOTHING"))),
        case(SM139, "an index of some rows, for all", shop(orders().index(Index::new("orders_note_idx", ["note"]).unique().only_where(col("total").gt(0)))).query(of_orders("INSERT INTO {orders} (id, customer, placed_at) SELECT id, customer, placed_at FROM {orders} ON CONFLICT ({orders.note}) DO NOTHING"))),
        case(SM139, "a constraint that is none", asked(of_orders("INSERT INTO {orders} (id, customer, placed_at) SELECT id, customer, placed_at FROM {orders} ON CONFLICT ON CONSTRAINT orders_key DO NOTHING"))),
        case(SM139, "a routine's", shop(orders()).routine(Routine::new("put", Returns::Void, Template::new(
            "BEGIN INSERT INTO {orders} (id, customer, placed_at) SELECT id, customer, placed_at FROM {orders} ON CONFLICT (note) DO NOTHING; END").relation("orders", "orders")))),
        case(SM042, "json", found_by(Access::to("orders").contains("source"))),
        case(SM043, "no index", found_by(Access::to("orders").contains("document"))),
        case(SM051, "nothing bound", asked(of_orders("SELECT {order.id} FROM {orders}"))),
        case(SM051, "never closed", asked(command("SELECT {id"))),
        case(SM051, "a brace", asked(command("SELECT '{\"a\": 1}'::jsonb"))),
        case(SM051, "a parameter's column", asked(command("SELECT {id.x}").param(id()))),
        case(SM051, "empty", asked(command(" "))),
        case(SM051, "two statements", asked(of_orders("SELECT 1; DROP TABLE {orders}"))),
        case(SM051, "a numbered parameter", asked(command("SELECT $7"))),
        case(SM051, "a parameter in quotes", asked(command("SELECT 'x{id}y'").param(id()))),
        case(SM051, "a parameter and a digit", asked(command("SELECT {id}1").param(id()))),
        case(SM051, "an open quote", asked(command("SELECT 'x"))),
        case(SM051, "an expression with a comment", shop(orders().check("orders_check", eventcore_schema_model::expr::raw("true -- always", DataType::Boolean, Volatility::Immutable, NO_COLUMNS, "No reason.")))),
        case(SM051, "no expression", shop(orders().check("orders_check", eventcore_schema_model::expr::raw(" ", DataType::Boolean, Volatility::Immutable, NO_COLUMNS, "No reason.")))),
        case(SM052, "one name for both", asked(command(
            Template::new("SELECT {id}").bind("id", Binding::Integer(1))).param(id()))),
        case(SM053, "forgotten", asked(command("SELECT 1").param(id()))),
        case(SM053, "elements of no array", asked(command("SELECT {id}").param(id().nullable_elements()))),
        case(SM054, "one, of nothing", asked(rowless)),
        case(SM054, "a row that is not returned", asked(rows)),
        case(SM055, "another type", asked(find_order()).query(
            command("SELECT 1").one(Row::new("Order", "Another.").column("id", DataType::Text, "It.")))),
        case(SM055, "NULL", asked(command("SELECT 1").one(Row::new("Order", "Another.").nullable("id", DataType::Uuid, "It."))).query(
            find_order().many(order_row()))),
    ]
}
