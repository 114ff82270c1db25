//! Texts that keep a name which a change takes away.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::event_data::{DataShape, EnumShape, NamedShape, Tagging, VariantShape};
use eventcore_schema_model::event_type::{EventField, EventType};
use eventcore_schema_model::eventcore;
use eventcore_schema_model::expr::raw;
use eventcore_schema_model::place::Place;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;
use eventcore_schema_model::validate::Code::{self, *};

use crate::{Case, case, change};

/// What a release does to the shop.
#[derive(Clone, Copy, PartialEq)]
enum Shop {
    Same,
    ColumnRenamed,
    ColumnDropped,
    TableRenamed,
    LabelRenamed,
    RoutineRenamed,
}

fn shop(after: Shop, add: impl FnOnce(Schema) -> Schema) -> Schema {
    let quantity = if after == Shop::ColumnRenamed {
        "quantity"
    } else {
        "qty"
    };
    let column = Column::new(quantity, DataType::Integer);
    let column = if after == Shop::ColumnRenamed {
        column.renamed_from("qty")
    } else {
        column
    };
    let table = Table::new(if after == Shop::TableRenamed {
        "parts"
    } else {
        "items"
    });
    let table = if after == Shop::TableRenamed {
        table.renamed_from("items")
    } else {
        table
    };
    let table = table
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("state", DataType::named("item_state")));
    let table = if after == Shop::ColumnDropped {
        table.drop_column("qty", "nobody counts")
    } else {
        table.column(column)
    };
    let state = EnumType::new(
        "item_state",
        [
            "open",
            if after == Shop::LabelRenamed {
                "settled"
            } else {
                "paid"
            },
        ],
    );
    let state = if after == Shop::LabelRenamed {
        state.renamed_label("paid", "settled")
    } else {
        state
    };
    let number = Routine::new(
        if after == Shop::RoutineRenamed {
            "next_number"
        } else {
            "item_number"
        },
        Returns::Value(DataType::BigInt),
        "SELECT 1",
    );
    let number = if after == Shop::RoutineRenamed {
        number.renamed_from("item_number")
    } else {
        number
    };
    let other = Table::new("boxes").column(Column::new("qty", DataType::Integer));
    add(Schema::new("shop")
        .user_type(state)
        .table(table)
        .table(other)
        .routine(number.language(Language::Sql)))
}

fn changed(after: Shop, add: impl Fn(Schema, Shop) -> Schema) -> (Schema, Schema) {
    let before = Shop::Same;
    (
        shop(before, |it| add(it, before)),
        shop(after, |it| add(it, after)),
    )
}

fn table(after: Shop) -> &'static str {
    if after == Shop::TableRenamed {
        "parts"
    } else {
        "items"
    }
}

fn query(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let text = Template::new(text).relation("items", table(after));
        schema.query(Query::new("items", "look", "Looks.", text))
    }
}

fn routine(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let text = Template::new(text).relation("items", table(after));
        let text = if text.text.contains("{items}") {
            text
        } else {
            Template::new(text.text)
        };
        schema.routine(Routine::new("look", Returns::Void, text))
    }
}

fn view(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let text = Template::new(text).relation("items", table(after));
        schema.view(View::new("looks", text).column("n", DataType::Integer, true))
    }
}

fn refused(how: &'static str, after: Shop, add: impl Fn(Schema, Shop) -> Schema) -> Case {
    let (before, after) = changed(after, add);
    change(SM135, how, before, after)
}

fn checked(text: &'static str) -> impl Fn(Schema, Shop) -> Schema {
    move |schema, after| {
        let name = if after == Shop::ColumnRenamed {
            "quantity"
        } else {
            "qty"
        };
        let condition = raw(
            text,
            DataType::Boolean,
            Volatility::Immutable,
            [name],
            "a test",
        );
        schema.edit_table(table(after), |it| it.check("items_qty_check", condition))
    }
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let column = Shop::ColumnRenamed;
    let dropped = Shop::ColumnDropped;
    let table = Shop::TableRenamed;
    let label = Shop::LabelRenamed;
    let called = Shop::RoutineRenamed;
    let mention = Template::new("SELECT 1").mentions("qty", "nothing at all");
    let mentions = Schema::new("shop").query(Query::new("items", "look", "Looks.", mention));
    vec![
        refused("a query has a renamed column's old name", column, query("DELETE FROM {items} WHERE qty = 0")),
        refused("a query has a dropped column's name", dropped, query("DELETE FROM {items} WHERE qty = 0")),
        refused("a view has a renamed column's old name", column, view("SELECT qty AS n FROM {items}")),
        refused("a routine has a renamed column's old name", column, routine("BEGIN\n    UPDATE {items} SET qty = 0;\nEND")),
        refused("a raw check has a renamed column's old name", column, checked("qty > 0")),
        refused("a routine has a renamed table's old name", table, routine("BEGIN\n    DELETE FROM public.items;\nEND")),
        refused("a routine has a renamed routine's old name", called, routine("BEGIN\n    PERFORM public.item_number();\nEND")),
        refused("a query has a renamed label's old text", label, query("DELETE FROM {items} WHERE state = 'paid'")),
        refused("a view has a renamed label's old text", label, view("SELECT 1 AS n FROM {items} AS i WHERE i.state = 'paid'")),
        refused("a subquery has a renamed column's old name", column, query("SELECT x.n FROM (SELECT i.id, qty AS n FROM {items} AS i) AS x")),
        refused("a result has a renamed column's old name", column, query("SELECT coalesce(sum(qty), 0) AS qty FROM {items}")),
        refused("rows are written under a renamed column's old name", column, routine("BEGIN\n    EXECUTE 'INSERT INTO public.items (id, qty) SELECT 1, qty FROM public.boxes';\nEND")),
        refused("a statement that is executed has a renamed column's old name", column, routine("BEGIN\n    EXECUTE 'DELETE FROM public.items WHERE qty = 0';\nEND")),
        refused("a query of a view has a renamed label's old text", label, |schema, after| {
            let text = Template::new("SELECT i.{items.state}::text AS state FROM {items} AS i").relation("items", self::table(after));
            let schema = schema.view(View::new("looks", text).column("state", DataType::Text, true));
            let text = Template::new("DELETE FROM {boxes} WHERE qty IN (SELECT 1 FROM {looks} AS l WHERE l.state = 'paid')");
            schema.query(Query::new("items", "look", "Looks.", text.relation("boxes", "boxes").relation("looks", "looks")))
        }),
        refused("a routine is given a renamed label's old text", label, |schema, _| {
            let taken = Routine::new("take", Returns::Void, "BEGIN\n    RETURN;\nEND").argument(Argument::new("state", DataType::named("item_state")));
            let text = Template::new("SELECT {take}('paid')").routine("take", "take");
            schema.routine(taken).routine(Routine::new("look", Returns::Void, text).language(Language::Sql))
        }),
        refused("an array has a renamed label's old text", label, query("DELETE FROM {items} WHERE state = ANY ('{{open,paid}}')")),
        refused("a text with escapes is a renamed label's old text", label, query("DELETE FROM {items} WHERE state = E'paid'")),
        refused("a text in dollars is a renamed label's old text", label, query("DELETE FROM {items} WHERE state = $x$paid$x$")),
        selects("another number of columns", "SELECT i.id, i.qty, 1 FROM {items} AS i"),
        selects("all columns, of which there are more", "SELECT i.{items.*} FROM {items} AS i"),
        selects("a column of another name", "SELECT i.{items.qty}, i.id FROM {items} AS i"),
        selects("a column of another type", "SELECT i.{items.qty} AS id, i.qty FROM {items} AS i"),
        selects("a column of another type by an alias", "SELECT i.qty AS id, i.qty FROM {items} AS i"),
        selects("a column of another type by its name", "SELECT qty AS id, qty FROM {items}"),
        selects("another number of columns returned", "DELETE FROM {items} RETURNING id"),
        case(SM137, "a view selects another number of columns", viewed("SELECT i.{items.id}, 1 AS n FROM {items} AS i")),
        case(SM137, "a view selects a column of another type", viewed("SELECT i.{items.id} AS n FROM {items} AS i")),
        case(SM137, "a view selects a column of another name", viewed("SELECT i.{items.qty} FROM {items} AS i")),
        case(SM138, "a view of all columns", viewed("SELECT DISTINCT * FROM {boxes}")),
        case(SM138, "a view of all columns of one", viewed("SELECT 1 AS n, b.* FROM {boxes} AS b")),
        case(SM138, "a view of common columns", viewed("SELECT 1 AS n FROM {boxes} AS a NATURAL JOIN {boxes} AS b")),
        case(SM138, "a body that is read when it is created", shop(Shop::Same, |it| {
            let text = Template::new("SELECT count(*) FROM (SELECT * FROM {boxes}) AS b").relation("boxes", "boxes");
            it.routine(Routine::new("look", Returns::Value(DataType::BigInt), text).language(Language::SqlAtomic))
        })),
        case(SM136, "a text mentions a word that it does not have", mentions),
    ]
    .into_iter()
    .chain(others())
    .chain(written())
    .chain(of_events())
    .chain(super::catalog_names::cases())
    .chain(super::written_rows::cases())
    .chain(super::captured_names::cases())
    .chain(super::derived_rows::cases())
    .chain(super::retyped::cases())
    .chain(computing())
    .collect()
}

/// A routine that writes to boxes, each of which has a number.
fn filling(code: Code, how: &'static str, text: &'static str) -> Case {
    let boxes = Table::new("boxes")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .column(Column::new("more", DataType::Text).nullable());
    let body = Template::new(format!("BEGIN\n    {text};\nEND"));
    let body = if text.contains('{') {
        body.relation("boxes", "boxes")
    } else {
        body
    };
    let routine = Routine::new("fill", Returns::Void, body);
    case(
        code,
        how,
        Schema::new("public").table(boxes).routine(routine),
    )
}

/// A routine over a table whose type gets another name for a label.
fn labelled(how: &'static str, text: &'static str) -> Case {
    other(how, move |after| {
        let state = EnumType::new(
            "item_state",
            ["new", if after { "settled" } else { "paid" }],
        );
        let state = if after {
            state.renamed_label("paid", "settled")
        } else {
            state
        };
        let table = Table::new("items").column(Column::new("id", DataType::BigInt));
        let table = table.column(Column::new("state", DataType::named("item_state")));
        let text = Template::new(text).relation("items", "items");
        let look = Routine::new("look", Returns::Value(DataType::BigInt), text);
        Schema::new("shop")
            .user_type(state)
            .table(table)
            .routine(look.language(Language::Sql))
    })
}

/// A trigger function of two tables, of which each has a column of its own.
fn of_trigger(code: Code, how: &'static str, text: &str) -> Case {
    let events = [TriggerEvent::Update(Vec::new())];
    let touch = Trigger::new("touch", TriggerTiming::Before, events, "touch");
    let table = |name: &str, column: &str| {
        let column = Column::new(column, DataType::TimestampTz);
        Table::new(name).column(column).trigger(touch.clone())
    };
    let schema = Schema::new("shop")
        .table(table("items", "changed"))
        .table(table("boxes", "made"))
        .routine(Routine::new("touch", Returns::Trigger, text));
    case(code, how, schema)
}

/// A routine that refreshes a view.
fn refreshing(how: &'static str, text: &str, view: impl FnOnce(View) -> View) -> Case {
    let shown = Template::new("SELECT b.id FROM {b} AS b").relation("b", "boxes");
    let shown = View::new("kept", shown).column("id", DataType::BigInt, false);
    let body = Template::new(format!("BEGIN\n    {text};\nEND")).relation("v", "kept");
    let boxes = Table::new("boxes").column(Column::new("id", DataType::BigInt));
    let routine = Routine::new("nightly", Returns::Void, body);
    case(
        SM161,
        how,
        Schema::new("shop")
            .table(boxes)
            .view(view(shown))
            .routine(routine),
    )
}

/// A store of orders, whose event type and its member have other names afterwards.
fn of_orders(after: bool) -> Schema {
    let (name, alias) = if after {
        ("order.placed", Some("order.created"))
    } else {
        ("order.created", None)
    };
    let (member, former) = if after {
        ("customer_id", Some("customer"))
    } else {
        ("customer", None)
    };
    let owned = |it: Option<&str>| it.map(str::to_owned).into_iter().collect();
    let mut schema = eventcore::EventStore::simple().schema();
    schema.events.push(EventType {
        name: name.to_owned(),
        aliases: owned(alias),
        version: 1,
        fields: vec![EventField {
            name: member.to_owned(),
            rust_type: "String".to_owned(),
            shape: DataShape::Text,
            optional: false,
            flattened: false,
            aliases: owned(former),
            default: None,
        }],
        closed: false,
        types: Vec::new(),
        place: Place::here(),
    });
    schema
}

/// Texts of other schemas than the shop's, and what routines write.
#[rustfmt::skip] // a case a line
fn others() -> Vec<Case> {
    let column = Shop::ColumnRenamed;
    let table = Shop::TableRenamed;
    vec![
        other("a routine has a renamed attribute's old name", |after| {
            let name = if after { "postcode" } else { "zip" };
            let zip = Attribute::new(name, DataType::Text);
            let address = Composite::new("address").attribute(if after { zip.renamed_from("zip") } else { zip });
            let table = Table::new("items").column(Column::new("id", DataType::BigInt)).column(Column::new("sent_to", DataType::named("address")).nullable());
            let text = Template::new("SELECT (i.sent_to).zip FROM {items} AS i").relation("items", "items");
            Schema::new("shop").user_type(address).table(table).routine(Routine::new("look", Returns::Value(DataType::Text), text).language(Language::Sql))
        }),
        other("a domain's check has a renamed label's old text", |after| {
            let state = EnumType::new("item_state", ["open", if after { "settled" } else { "paid" }]);
            let state = if after { state.renamed_label("paid", "settled") } else { state };
            let check = raw("VALUE::text <> 'paid' OR VALUE::text::public.item_state IS NULL", DataType::Boolean, Volatility::Immutable, ["value"], "a test");
            Schema::new("shop").user_type(state).user_type(Domain::new("unpaid", DataType::Text).check("unpaid_check", check))
        }),
        other("a routine has the old name of a constraint", |after| {
            let key = Constraint::unique(if after { "items_no_key" } else { "items_id_key" }, Key::new(["id"]));
            let key = if after { key.renamed_from("items_id_key") } else { key };
            let table = Table::new("items").column(Column::new("id", DataType::BigInt)).constraint(key);
            let text = "INSERT INTO public.items VALUES (1)\n    ON CONFLICT ON CONSTRAINT items_id_key DO NOTHING";
            Schema::new("shop").table(table).routine(Routine::new("look", Returns::Void, text).language(Language::Sql))
        }),
        refused("a member of a row has a renamed column's old name", column, query("SELECT to_jsonb(i) ->> 'qty' FROM {items} AS i")),
        refused("a name that is executed is a renamed column's old one", column, routine("BEGIN\n    EXECUTE format('UPDATE %I SET %I = 0', 'parts', 'qty');\n    DELETE FROM {items};\nEND")),
        refused("a class is a renamed table's old name", table, routine("BEGIN\n    PERFORM 'public.items'::regclass;\nEND")),
        other("a routine draws from the sequence of a renamed table's column", |after| {
            let table = Table::new(if after { "parts" } else { "items" }).column(Column::new("id", DataType::BigInt).identity(Identity::Always));
            let table = if after { table.renamed_from("items") } else { table };
            let text = "SELECT nextval('public.items_id_seq')";
            Schema::new("shop").table(table).routine(Routine::new("look", Returns::Value(DataType::BigInt), text).language(Language::Sql))
        }),
        other("a check compares a renamed label's old text as a text", |after| {
            let state = EnumType::new("item_state", ["open", if after { "settled" } else { "paid" }]);
            let state = if after { state.renamed_label("paid", "settled") } else { state };
            let column = Column::new("state", DataType::named("item_state"));
            let check = col("state").cast(DataType::Text).not_eq("paid");
            Schema::new("shop").user_type(state).table(Table::new("items").column(column).check("items_state_check", check))
        }),
        other("a routine has the old name of an argument", |after| {
            let half = Routine::new("half", Returns::Value(DataType::Integer), "SELECT 1").language(Language::Sql);
            let half = half.argument(Argument::new(if after { "number" } else { "n" }, DataType::Integer));
            let text = Template::new("SELECT {half}(n => 4)").routine("half", "half");
            Schema::new("shop").routine(half).routine(Routine::new("look", Returns::Value(DataType::Integer), text).language(Language::Sql))
        }),
        other("a routine has the old name of an argument, as it was written earlier", |after| {
            let half = Routine::new("half", Returns::Value(DataType::Integer), "SELECT 1").language(Language::Sql);
            let half = half.argument(Argument::new(if after { "number" } else { "n" }, DataType::Integer));
            Schema::new("public").routine(half).routine(Routine::new("look", Returns::Value(DataType::Integer), "SELECT public.half(n := 4)").language(Language::Sql))
        }),
        refused("a variable has the name of a column that is written", column, routine("DECLARE\n    qty bigint := 5;\nBEGIN\n    UPDATE {items} SET id = 1, qty = 9;\nEND")),
        refused("an alias has the name of a column that is written", column, query("UPDATE {items} AS i SET qty = p.qty FROM (SELECT 1 AS qty) AS p WHERE i.id = 1")),
        other("a conflict writes a renamed column by its old name", |after| {
            let column = Column::new(if after { "quantity" } else { "qty" }, DataType::Integer);
            let column = if after { column.renamed_from("qty") } else { column };
            let table = Table::new("items").column(Column::new("id", DataType::BigInt)).column(column.default(0)).primary_key(["id"]);
            let text = "DECLARE\n    qty bigint := 5;\nBEGIN\n    INSERT INTO {items} AS i (id) VALUES (1)\n        ON CONFLICT (id) DO UPDATE SET qty = 9;\nEND";
            Schema::new("shop").table(table).routine(Routine::new("look", Returns::Void, Template::new(text).relation("items", "items")))
        }),
        refused("a variable has the type of a renamed column", column, routine("DECLARE\n    qty public.items.qty%TYPE;\nBEGIN\n    DELETE FROM {items};\nEND")),
        other("a trigger compares its table with the old name", |after| {
            let table = Table::new(if after { "parts" } else { "items" }).column(Column::new("id", DataType::BigInt));
            let table = if after { table.renamed_from("items") } else { table };
            let mark = Trigger::new("mark", TriggerTiming::Before, [TriggerEvent::Insert], "mark");
            let text = "BEGIN\n    IF tg_table_name = 'items' THEN\n        RETURN NULL;\n    END IF;\n    RETURN new;\nEND";
            Schema::new("shop").table(table.trigger(mark)).routine(Routine::new("mark", Returns::Trigger, text))
        }),
        other("a handler of errors has the old name of a key", |after| {
            let key = Constraint::unique(if after { "items_no_key" } else { "items_id_key" }, Key::new(["id"]));
            let key = if after { key.renamed_from("items_id_key") } else { key };
            let table = Table::new("items").column(Column::new("id", DataType::BigInt)).constraint(key);
            let text = "DECLARE\n    c text;\nBEGIN\nEXCEPTION WHEN unique_violation THEN\n    GET STACKED DIAGNOSTICS c = CONSTRAINT_NAME;\n    IF c <> 'items_id_key' THEN\n        RAISE;\n    END IF;\nEND";
            Schema::new("shop").table(table).routine(Routine::new("look", Returns::Void, text))
        }),
        labelled("a document has a renamed label's old text", "SELECT i.id FROM {items} AS i WHERE to_jsonb(i) @> '{{\"state\": \"paid\"}}'"),
        labelled("a regular expression has a renamed label's old text", "SELECT i.id FROM {items} AS i WHERE i.state::text ~ '^(new|paid)$'"),
        labelled("a list has a renamed label's old text", "SELECT i.id FROM {items} AS i WHERE i.state::text = ANY (string_to_array('new,paid', ','))"),
        other("an attribute has a renamed label's old text", |after| {
            let state = EnumType::new("item_state", ["open", if after { "settled" } else { "paid" }]);
            let state = if after { state.renamed_label("paid", "settled") } else { state };
            let both = Composite::new("both").attribute(Attribute::new("state", DataType::named("item_state")));
            let table = Table::new("items").column(Column::new("b", DataType::named("both")));
            let text = Template::new("DELETE FROM {items} AS i WHERE (i.b).state = 'paid'").relation("items", "items");
            Schema::new("shop").user_type(state).user_type(both).table(table).query(Query::new("items", "look", "Looks.", text))
        }),
        other("a routine calls another as before", |after| {
            let half = Routine::new("half", Returns::Value(DataType::Integer), "SELECT 1").language(Language::Sql);
            let half = half.argument(Argument::new("n", if after { DataType::Text } else { DataType::Integer }));
            let text = Template::new("BEGIN\n    PERFORM {half}(4);\nEND").routine("half", "half");
            Schema::new("shop").routine(half).routine(Routine::new("look", Returns::Void, text))
        }),
        of_trigger(SM134, "a trigger function names a column of one table in a branch for another", "BEGIN\n    IF tg_table_name = 'items' THEN\n        new.made := pg_catalog.now();\n    END IF;\n    RETURN new;\nEND"),
        of_trigger(SM134, "a trigger function names a column of one table behind a branch for it", "BEGIN\n    IF tg_table_name = 'items' THEN\n        new.changed := pg_catalog.now();\n    END IF;\n    new.changed := pg_catalog.now();\n    RETURN new;\nEND"),
        of_trigger(SM134, "a trigger function asks for its table in the expression that names the column", "BEGIN\n    IF tg_table_name = 'items' AND new.changed IS NULL THEN\n        RETURN NULL;\n    END IF;\n    RETURN new;\nEND"),
        of_trigger(SM168, "a trigger function ends without a result", "BEGIN\n    PERFORM 1;\nEND"),
        of_trigger(SM134, "a trigger on a table without the column", "BEGIN\n    new.changed := pg_catalog.now();\n    RETURN new;\nEND"),
    ]
}

/// Texts that have the names of events.
#[rustfmt::skip] // a case a line
fn of_events() -> Vec<Case> {
    vec![
        other("a view reads events by a type's old name", |after| {
            let text = Template::new("SELECT e.event_type AS name FROM {log} AS e WHERE e.event_type = 'order.created'").relation("log", "event_log");
            of_orders(after).view(View::new("orders_seen", text).column("name", DataType::Text, true))
        }),
        other("an index is for events of a type's old name", |after| of_orders(after).edit_table("events_simple", |it| {
            let index = Index::new("of_orders", ["stream_id"]).only_where(col("event_type").eq("order.created"));
            it.index(index.serves_external("reports"))
        })),
        {
            let (before, after) = reading(&["order.placed"]);
            change(SM166, "a view", before, after)
        },
        {
            let (before, after) = reading_member("e.event_data ->> 'customer_id'");
            change(SM166, "a member by its newest name", before, after)
        },
        seen("a path in JSON has a member's old name", "SELECT jsonb_path_query_first(e.event_data, '$.customer')::text AS name FROM {log} AS e"),
        seen("a strict path in JSON has a member's old name", "SELECT jsonb_path_query_first(e.event_data, 'strict $.customer')::text AS name FROM {log} AS e"),
        seen("JSON has a member's old name", "SELECT e.event_type AS name FROM {log} AS e WHERE e.event_data @> '{{\"customer\":\"ada\"}}'"),
        seen("a record has a member's old name", "SELECT r.customer AS name FROM {log} AS e, jsonb_to_record(e.event_data) AS r(customer text)"),
        seen("a pattern has a type's old name", "SELECT e.event_type AS name FROM {log} AS e WHERE e.event_type LIKE 'order.created%'"),
        seen("a regular expression has a type's old name", "SELECT e.event_type AS name FROM {log} AS e WHERE e.event_type ~ '^order\\.created$'"),
        other("a routine compares its argument with a type's old name", |after| {
            let is = Routine::new("is_new", Returns::Value(DataType::Boolean), "SELECT name = 'order.created'").language(Language::Sql);
            of_orders(after).routine(is.argument(Argument::new("name", DataType::Text)))
        }),
        other("a view reads a member that is removed", |after| {
            let text = Template::new("SELECT e.event_data ->> 'customer' AS name FROM {log} AS e").relation("log", "event_log");
            let mut schema = of_orders(false).view(View::new("orders_seen", text).column("name", DataType::Text, true));
            if after {
                schema.events[0].fields.clear();
            }
            schema
        }),
        other("a query reads a member through a view by its old name", |after| {
            let text = Template::new("SELECT e.stream_id AS id, e.event_data AS data FROM {log} AS e").relation("log", "event_log");
            let view = View::new("orders_seen", text).column("id", DataType::Text, true).column("data", DataType::Jsonb, true);
            let text = Template::new("SELECT v.id FROM {seen} AS v WHERE v.data ->> 'customer' = 'ada'").relation("seen", "orders_seen");
            let row = Row::new("Seen", "It.").nullable("id", DataType::Text, "It.");
            of_orders(after).view(view).query(Query::new("orders", "look", "Looks.", text).many(row))
        }),
        other("a routine reads a member of what a view over events gives it", |after| {
            let of = Routine::new("of", Returns::Value(DataType::Text), "SELECT data ->> 'customer'").language(Language::Sql);
            let text = Template::new("SELECT {of}(e.event_data) AS name FROM {log} AS e").relation("log", "event_log").routine("of", "of");
            let view = View::new("orders_seen", text).column("name", DataType::Text, true);
            of_orders(after).routine(of.argument(Argument::new("data", DataType::Jsonb))).view(view)
        }),
        other("a view reads a nested member and a variant by their old names", |after| {
            let text = Template::new("SELECT e.event_data -> 'reason' -> 'late' ->> 'days' AS name FROM {log} AS e").relation("log", "event_log");
            let mut schema = of_orders(false).view(View::new("orders_seen", text).column("name", DataType::Text, true));
            let (name, aliases) = if after { ("overdue", vec!["late".to_owned()]) } else { ("late", Vec::new()) };
            let late = VariantShape { name: name.to_owned(), aliases, content: None, other: false, untagged: false };
            let shape = DataShape::Enum(EnumShape { tagging: Tagging::External, variants: vec![late] });
            schema.events[0].types.push(NamedShape { name: "Reason".to_owned(), shape });
            schema
        }),
        other("a query reads a member by its old name", |after| {
            let text = Template::new("SELECT e.stream_id FROM {log} AS e WHERE e.event_data ->> 'customer' = 'ada'").relation("log", "event_log");
            let row = Row::new("Seen", "It.").column("stream_id", DataType::Text, "It.");
            of_orders(after).query(Query::new("orders", "look", "Looks.", text).many(row))
        }),
    ]
}

/// A store whose event type gets another name for a member, and a new view that reads it.
fn reading_member(text: &str) -> (Schema, Schema) {
    let text = Template::new(format!("SELECT {text} AS name FROM {{log}} AS e"));
    let view = View::new("orders_seen", text.relation("log", "event_log"));
    let view = view.column("name", DataType::Text, true);
    (of_orders(false), of_orders(true).view(view))
}

/// A view over events whose type and member have other names afterwards.
fn seen(how: &'static str, text: &'static str) -> Case {
    other(how, move |after| {
        let text = Template::new(text).relation("log", "event_log");
        of_orders(after).view(View::new("orders_seen", text).column("name", DataType::Text, true))
    })
}

#[rustfmt::skip] // a case a line
fn written() -> Vec<Case> {
    vec![
        filling(SM157, "a routine without a value", "INSERT INTO {boxes} (note) VALUES ('a')"),
        filling(SM157, "a routine that names the table itself, without a value", "INSERT INTO public.boxes (note) SELECT 'a'"),
        filling(SM134, "a routine with a column that does not exist", "INSERT INTO {boxes} (id, nota) VALUES (1, 'a')"),
        filling(SM158, "more columns than values", "INSERT INTO {boxes} AS b (id, note, more) VALUES (1, pg_catalog.concat('a', 'b'))"),
        filling(SM158, "more values than columns", "INSERT INTO {boxes} (id, note) VALUES (1, 'a', 2), (2, 'b', 3)"),
        refreshing("a plain view", "REFRESH MATERIALIZED VIEW {v}", |it| it),
        refreshing("a view without a unique index, beside its readers", "REFRESH MATERIALIZED VIEW CONCURRENTLY {v}", |it| {
            it.materialized().index(Index::new("kept_idx", ["id"]).unique().only_where(col("id").gt(0)))
        }),
        filling(SM159, "rows that are inserted", "INSERT INTO boxes (id) VALUES (1)"),
        filling(SM159, "rows that are inserted into what does not exist", "INSERT INTO bxes (id) VALUES (1)"),
        filling(SM157, "a row that is inserted where none was found", "UPDATE {boxes} SET note = 'x' WHERE id = 1;\n    IF NOT FOUND THEN\n        INSERT INTO {boxes} (note) VALUES ('x');\n    END IF"),
        filling(SM159, "rows that are changed", "UPDATE boxes SET id = 1"),
        filling(SM159, "rows that are deleted", "DELETE FROM Boxes"),
    ]
}

/// Routines whose results are kept.
#[rustfmt::skip] // a case a line
fn computing() -> Vec<Case> {
    vec![
        computed("an index", |table, g| table.index(Index::new("items_g_idx", [IndexPart::from(g)]))),
        computed("a check", |table, g| table.check("items_g_check", g.not_eq("x"))),
        computed("a generated column", |table, g| table.column(Column::new("g", DataType::Text).generated(g))),
        {
            let schema = |body: &str| {
                let g = Routine::new("g", Returns::Value(DataType::Text), body).argument(Argument::new("x", DataType::Text));
                let table = Table::new("items").column(Column::new("a", DataType::Text));
                let text = Template::new("SELECT {g}(i.a) AS a FROM {items} AS i").relation("items", "items").routine("g", "g");
                let view = View::new("kept", text).column("a", DataType::Text, true).materialized();
                Schema::new("shop").routine(g.language(Language::Sql).volatility(Volatility::Immutable)).table(table).view(view)
            };
            change(SM155, "a materialised view", schema("SELECT lower(x)"), schema("SELECT upper(x)"))
        },
        {
            let schema = |after: bool| {
                let state = EnumType::new("item_state", ["open", if after { "settled" } else { "paid" }]);
                let state = if after { state.renamed_label("paid", "settled") } else { state };
                let g = Routine::new("g", Returns::Value(DataType::Text), "BEGIN\n    RETURN x::text;\nEND").argument(Argument::new("x", DataType::named("item_state")));
                let shown = raw("public.g(state)", DataType::Text, Volatility::Immutable, ["state"], "a test");
                let table = Table::new("items").column(Column::new("state", DataType::named("item_state"))).column(Column::new("shown", DataType::Text).generated(shown).nullable());
                Schema::new("public").user_type(state).routine(g.volatility(Volatility::Immutable)).table(table)
            };
            change(SM155, "a generated column over a label", schema(false), schema(true))
        },
        computed("an index of a partition", |table, g| {
            let index = Index::new("g_idx", [IndexPart::from(g)]);
            table.partitioned(Partitioning::by(PartitionKey::list("a")).leaf(LeafTemplate::default().index(index)))
        }),
        {
            let mut by_another = computed("an index, through another routine", |table, g| table.index(Index::new("items_g_idx", [IndexPart::from(g)])));
            for schema in by_another.from.iter_mut().chain([&mut by_another.schema]) {
                let inner = std::mem::replace(&mut schema.routines[0].body, Template::new("SELECT public.h(x)"));
                let mut h = schema.routines[0].clone();
                h.name = Table::new("h").name;
                h.body = inner;
                schema.routines.push(h);
            }
            by_another
        },
    ]
}

fn viewed(text: &'static str) -> Schema {
    let text = Template::new(text);
    let text = if text.text.contains("{boxes}") {
        text.relation("boxes", "boxes")
    } else {
        text.relation("items", "items")
    };
    let view = View::new("looks", text).column("n", DataType::Integer, true);
    shop(Shop::Same, |it| it.view(view))
}

/// A routine gets another body, and what calls it stays.
fn computed(how: &'static str, uses: impl Fn(Table, Expr) -> Table) -> Case {
    let schema = |body: &'static str| {
        let routine = Routine::new("g", Returns::Value(DataType::Text), body)
            .argument(Argument::new("x", DataType::Text))
            .volatility(Volatility::Immutable)
            .language(Language::Sql);
        let table = Table::new("items").column(Column::new("a", DataType::Text));
        let call = raw(
            "public.g(a)",
            DataType::Text,
            Volatility::Immutable,
            ["a"],
            "a test",
        );
        Schema::new("shop")
            .routine(routine)
            .table(uses(table, call))
    };
    change(
        SM155,
        how,
        schema("SELECT lower(x)"),
        schema("SELECT upper(x)"),
    )
}

/// A change of another schema than the shop's.
pub(super) fn other(how: &'static str, schema: impl Fn(bool) -> Schema) -> Case {
    change(SM135, how, schema(false), schema(true))
}

fn selects(how: &'static str, text: &'static str) -> Case {
    let row = Row::new("Item", "An item.").column("id", DataType::BigInt, "It.");
    let row = row.column("qty", DataType::Integer, "How many.");
    let text = Template::new(text).relation("items", "items");
    let query = Query::new("items", "look", "Looks.", text).many(row);
    case(SM137, how, shop(Shop::Same, |it| it.query(query)))
}

/// A view of events of these types, of which one gets another name.
fn reading(types: &[&str]) -> (Schema, Schema) {
    let text = format!(
        "SELECT e.event_type AS name FROM {{log}} AS e WHERE e.event_type IN ('{}')",
        types.join("', '")
    );
    let text = Template::new(text).relation("log", "event_log");
    let view = View::new("orders_seen", text).column("name", DataType::Text, true);
    (
        of_orders(false).view(view.clone()),
        of_orders(true).view(view),
    )
}

/// Texts in which the name means something else.
pub(crate) fn accepted() -> Vec<(Schema, Schema)> {
    let column = Shop::ColumnRenamed;
    let table = Shop::TableRenamed;
    let label = Shop::LabelRenamed;
    let mentioned = |schema: Schema, after: Shop| {
        let text = Template::new(
            "SELECT qty FROM {items}, LATERAL jsonb_to_record('{{}}') AS it (qty integer)",
        );
        let text = text
            .relation("items", self::table(after))
            .mentions("qty", "a member of JSON");
        schema.query(Query::new("items", "look", "Looks.", text))
    };
    let other = |schema: Schema, after: Shop| {
        let text =
            Template::new("DELETE FROM {boxes} WHERE qty = 0 AND EXISTS (SELECT FROM {items})");
        let text = text
            .relation("items", self::table(after))
            .relation("boxes", "boxes");
        schema.query(Query::new("items", "look", "Looks.", text))
    };
    let mut all = super::catalog_names::accepted();
    all.extend(super::written_rows::accepted());
    all.push(reading_member("e.metadata ->> 'customer'"));
    let (mut before, mut after) = reading_member(
        "CASE WHEN e.event_type = 'invoice.sent' THEN e.event_data ->> 'customer_id' END",
    );
    for schema in [&mut before, &mut after] {
        let mut invoice = schema.events[0].clone();
        "invoice.sent".clone_into(&mut invoice.name);
        "customer_id".clone_into(&mut invoice.fields[0].name);
        (invoice.aliases, invoice.fields[0].aliases) = (Vec::new(), Vec::new());
        schema.events.push(invoice);
    }
    all.push((before, after));
    all.push(changed(
        Shop::LabelRenamed,
        query("SELECT jsonb_build_object('paid', count(*)) FROM {items} AS i"),
    ));
    all.push(reading_member(
        "coalesce(e.event_data ->> 'customer_id', e.event_data ->> 'customer')",
    ));
    all.extend(super::captured_names::accepted());
    all.extend(super::derived_rows::accepted());
    all.extend(super::retyped::accepted());
    all.extend(vec![
        changed(column, query("SELECT i.id AS qty FROM {items} AS i")),
        changed(
            column,
            query("SELECT qty FROM (SELECT i.id AS qty FROM {items} AS i) AS s ORDER BY qty"),
        ),
        changed(column, query("SELECT 'qty' FROM {items} -- qty")),
        changed(
            column,
            routine(
                "DECLARE\n    a bigint;\n    qty bigint;\nBEGIN\n    SELECT i.id INTO qty FROM {items} AS i;\nEND",
            ),
        ),
        changed(
            column,
            query("WITH qty AS (SELECT 1) DELETE FROM {items} WHERE id IN (SELECT * FROM qty)"),
        ),
        changed(column, other),
        changed(column, mentioned),
        changed(
            column,
            routine(
                "DECLARE\n    qty bigint := 5;\nBEGIN\n    DELETE FROM {items} WHERE id = qty;\n    qty := 3;\nEND",
            ),
        ),
        reading(&["order.created", "order.placed"]),
        changed(table, query("SELECT items.id FROM {items} AS items")),
        changed(label, |schema, _| {
            let row = Row::new("Between", "Two.")
                .column("from", DataType::Integer, "One.")
                .column("order", DataType::Integer, "Another.");
            let text = "SELECT 1 AS \"from\", 2 AS \"order\" ORDER BY 1";
            schema.query(Query::new("items", "look", "Looks.", text).many(row))
        }),
        changed(label, |schema, _| {
            schema.query(Query::new(
                "items",
                "look",
                "Looks.",
                "SELECT 'paid' FROM boxes",
            ))
        }),
    ]);
    all
}
