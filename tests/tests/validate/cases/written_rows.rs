//! Rows that texts write and read through views, and what the server refuses to be written.

use eventcore_schema_model::composite::{Attribute, Composite};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;
use eventcore_schema_model::validate::Code::{self, *};

use crate::{Case, case, change, shapes};

const GUARD: &str = "BEGIN\n    RAISE EXCEPTION 'never';\nEND";

fn items() -> Table {
    Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("a", DataType::Integer).nullable())
        .primary_key(["id"])
}

/// A view over items, which calls their columns `no` and `x`.
fn view(text: &str) -> View {
    let text = Template::new(text).relation("items", "items");
    View::new("seen", text)
        .column("no", DataType::BigInt, false)
        .column("x", DataType::Integer, true)
}

const PLAIN: &str = "SELECT i.{items.id} AS no, i.{items.a} AS x FROM {items} AS i";

/// A view over that view, which calls the columns by other names again.
fn over() -> View {
    let text =
        "SELECT s.{seen.no} AS number, s.{seen.x} AS y FROM {seen} AS s WHERE s.{seen.no} > 0";
    View::new("over", Template::new(text).relation("seen", "seen"))
        .column("number", DataType::BigInt, false)
        .column("y", DataType::Integer, true)
}

fn bound(text: &str) -> Template {
    shapes::bound(text, &["items", "seen", "over"])
}

fn query(schema: Schema, text: &str) -> Schema {
    schema.query(Query::new("items", "put", "Puts.", bound(text)))
}

fn routine(schema: Schema, text: &str) -> Schema {
    let body = bound(&format!("BEGIN\n    {text};\nEND"));
    schema.routine(Routine::new("put", Returns::Void, body))
}

fn store(table: Table, seen: &str) -> Schema {
    Schema::new("public")
        .table(table)
        .view(view(seen))
        .view(over())
}

/// Makes a table append-only.
fn guarded(schema: Schema) -> Schema {
    let events = [
        TriggerEvent::Update(Vec::new()),
        TriggerEvent::Delete,
        TriggerEvent::Truncate,
    ];
    let guard = Trigger::new("guard", TriggerTiming::Before, events, "guard").for_each_statement();
    let schema = schema.routine(Routine::new("guard", Returns::Trigger, GUARD));
    schema.edit_table("items", |it| it.trigger(guard).append_only())
}

fn numbered(identity: Identity) -> Table {
    let mut table = items();
    table.columns[0] = Column::new("id", DataType::BigInt).identity(identity);
    table
}

/// A column without a default is added.
fn with_more(schema: Schema, after: bool) -> Schema {
    let more = Column::new("more", DataType::Integer);
    if after {
        schema.edit_table("items", |it| it.column(more.backfill(0)))
    } else {
        schema
    }
}

fn both(code: Code, how: &'static str, schema: impl Fn(bool) -> Schema) -> Case {
    change(code, how, schema(false), schema(true))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let without_a = |after: bool| {
        let mut table = items();
        table.columns[1].nullable = after;
        table
    };
    let reads = |schema: Schema, text: &str, column: &str| {
        let row = Row::new("Seen", "It.").column(column, DataType::Integer, "It.");
        schema.query(Query::new("items", "look", "Looks.", bound(text)).many(row))
    };
    vec![
        both(SM110, "the release before inserts through a view, without a column that is never NULL", |after| {
            let schema = with_more(store(items(), PLAIN), after);
            if after { schema } else { query(schema, "INSERT INTO {seen} (no, x) VALUES (1, 2)") }
        }),
        both(SM110, "the release before inserts through a view of a view, without a column", |after| {
            let schema = with_more(store(items(), PLAIN), after);
            if after { schema } else { query(schema, "INSERT INTO {over} (number, y) VALUES (1, 2)") }
        }),
        both(SM110, "the release before reads NULL through a view", |after| {
            let schema = store(without_a(after), PLAIN);
            if after { schema } else { reads(schema, "SELECT o.{over.y} FROM {over} AS o", "y") }
        }),
        both(SM110, "the release before writes to a view that becomes fixed", |after| {
            let seen = if after { "SELECT DISTINCT i.{items.id} AS no, i.{items.a} AS x FROM {items} AS i" } else { PLAIN };
            let schema = store(items(), seen);
            if after { schema } else { query(schema, "DELETE FROM {over} AS o WHERE o.{over.number} = 1") }
        }),
        both(SM110, "the release before changes rows of a table that becomes append-only", |after| {
            let schema = store(items(), PLAIN);
            if after { guarded(schema) } else { query(schema, "UPDATE {items} SET a = 1") }
        }),
        both(SM110, "the release before relies on a key through a view", |after| {
            let mut table = items();
            if after { table.constraints.clear(); }
            let schema = store(table, PLAIN);
            if after { schema } else { query(schema, "INSERT INTO {seen} (no, x) VALUES (1, 2) ON CONFLICT (no) DO NOTHING") }
        }),
        both(SM110, "the release before numbers rows itself, through a view", |after| {
            let schema = store(numbered(if after { Identity::Always } else { Identity::ByDefault }), PLAIN);
            if after { schema } else { query(schema, "INSERT INTO {seen} (no, x) VALUES (1, 2)") }
        }),
        case(SM157, "a query that writes through a view", query(with_more(store(items(), PLAIN), true), "INSERT INTO {seen} (no, x) VALUES (1, 2)")),
        case(SM157, "a routine that writes through a view of a view", routine(with_more(store(items(), PLAIN), true), "INSERT INTO public.over (number, y) VALUES (1, 2)")),
        case(SM139, "through a view", {
            let same = View::new("seen", bound("SELECT i.{items.id}, i.{items.a} FROM {items} AS i"));
            let same = same.column("id", DataType::BigInt, false).column("a", DataType::Integer, true);
            query(Schema::new("public").table(items()).view(same), "INSERT INTO {seen} (id, a) VALUES (1, 2) ON CONFLICT (a) DO NOTHING")
        }),
        fixed("distinct rows", "SELECT DISTINCT i.{items.id} AS no, i.{items.a} AS x FROM {items} AS i"),
        fixed("a join", "SELECT i.{items.id} AS no, j.{items.a} AS x FROM {items} AS i CROSS JOIN {items} AS j"),
        fixed("two tables", "SELECT i.{items.id} AS no, j.{items.a} AS x FROM {items} AS i, {items} AS j"),
        fixed("groups", "SELECT i.{items.id} AS no, count(*)::integer AS x FROM {items} AS i GROUP BY i.{items.id}"),
        fixed("a limit", "SELECT i.{items.id} AS no, i.{items.a} AS x FROM {items} AS i ORDER BY i.{items.id} LIMIT 3"),
        fixed("a union", "SELECT i.{items.id} AS no, i.{items.a} AS x FROM {items} AS i UNION ALL SELECT 1, 2"),
        fixed("a subquery", "SELECT s.id AS no, s.a AS x FROM (SELECT i.{items.id}, i.{items.a} FROM {items} AS i) AS s"),
        fixed("an aggregate", "SELECT count(*) AS no, max(i.{items.a}) AS x FROM {items} AS i"),
        case(SM162, "a routine that truncates a view that is kept", {
            let schema = Schema::new("public").table(items()).view(view(PLAIN).materialized());
            routine(schema, "TRUNCATE TABLE {seen}")
        }),
        case(SM162, "a query that truncates a view", query(Schema::new("public").table(items()).view(view(PLAIN)), "TRUNCATE {seen}")),
        case(SM163, "a query that changes rows", query(guarded(store(items(), PLAIN)), "UPDATE {items} SET a = 1")),
        case(SM163, "a routine that deletes rows through a view", routine(guarded(store(items(), PLAIN)), "DELETE FROM {over} AS o WHERE o.{over.number} = 1")),
        case(SM163, "a conflict that changes rows", query(guarded(store(items(), PLAIN)), "INSERT INTO {items} (id, a) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = 3")),
        case(SM163, "a routine that truncates", routine(guarded(store(items(), PLAIN)), "TRUNCATE ONLY public.items")),
        case(SM163, "a routine that truncates a list of tables", routine(guarded(store(items(), PLAIN)).table(Table::new("others").column(Column::new("id", DataType::BigInt))), "TRUNCATE public.others, {items}")),
        case(SM163, "a merge that deletes", routine(guarded(store(items(), PLAIN)), "MERGE INTO {items} AS i USING (SELECT 1 AS id) AS s ON i.id = s.id WHEN MATCHED THEN DELETE")),
        case(SM164, "a number of the server's", routine(store(numbered(Identity::Always), PLAIN), "INSERT INTO {items} (id, a) VALUES (1, 2)")),
        case(SM164, "a number of the server's through a view", query(store(numbered(Identity::Always), PLAIN), "INSERT INTO {seen} (no, x) SELECT 1, 2")),
        case(SM164, "a number of the server's that is changed", query(store(numbered(Identity::Always), PLAIN), "UPDATE {seen} SET x = 1, no = 2")),
        case(SM164, "a number of the server's behind a condition", query(store(numbered(Identity::Always), PLAIN), "UPDATE {items} SET a = CASE WHEN a > 1 THEN 1 ELSE 2 END, id = 5")),
        case(SM164, "a generated column", {
            let twice = col("a") + col("a");
            let table = items().column(Column::new("twice", DataType::Integer).generated(twice).nullable());
            query(store(table, PLAIN), "UPDATE {items} SET (a, twice) = (1, 2)")
        }),
        case(SM164, "a generated column in a trigger's row", {
            let twice = col("a") + col("a");
            let table = items().column(Column::new("twice", DataType::Integer).generated(twice).nullable());
            let trigger = Trigger::new("fill", TriggerTiming::Before, [TriggerEvent::Insert], "fill");
            let fill = Routine::new("fill", Returns::Trigger, "BEGIN\n    new.twice := 7;\n    RETURN new;\nEND");
            Schema::new("public").table(table.trigger(trigger)).routine(fill)
        }),
        returned("another type", "BEGIN\n    RETURN QUERY SELECT i.{items.a} FROM {items} AS i;\nEND"),
        returned("another number of columns", "BEGIN\n    RETURN QUERY SELECT i.{items.id}, i.{items.a} FROM {items} AS i;\nEND"),
        both(SM135, "a routine calls another for its result as before", |after| {
            let result = if after { DataType::Text } else { DataType::Integer };
            let body = if after { "SELECT 'a'" } else { "SELECT 1" };
            let number = Routine::new("number", Returns::Value(result), body).language(Language::Sql);
            let text = Template::new("BEGIN\n    RETURN {number}() + 1;\nEND").routine("number", "number");
            Schema::new("public").routine(number).routine(Routine::new("more", Returns::Value(DataType::Integer), text))
        }),
    ]
}

/// A query that writes to a view through which nothing is written.
fn fixed(how: &'static str, text: &str) -> Case {
    let schema = Schema::new("public").table(items()).view(view(text));
    case(
        SM162,
        how,
        query(schema, "INSERT INTO {seen} (no, x) VALUES (1, 2)"),
    )
}

/// A routine whose RETURN QUERY does not give what the routine declares.
fn returned(how: &'static str, text: &str) -> Case {
    let declared = Returns::table([("n", DataType::BigInt)]);
    let routine = Routine::new("look", declared, bound(text));
    case(
        SM137,
        how,
        Schema::new("public").table(items()).routine(routine),
    )
}

/// Statements that the server carries out.
pub(super) fn accepted() -> Vec<(Schema, Schema)> {
    let same = |schema: Schema| (schema.clone(), schema);
    let mentioned = {
        let body =
            bound("DELETE FROM {items}").mentions("delete", "the trigger lets the owner delete");
        guarded(store(items(), PLAIN)).query(Query::new("items", "forget", "Forgets.", body))
    };
    let ordered = "SELECT i.{items.id} AS no, i.{items.a} AS x FROM {items} AS i ORDER BY i.{items.id}, i.{items.a}";
    let distinct = "SELECT i.{items.id} AS no, i.{items.a} AS x, i.{items.id} IS DISTINCT FROM i.{items.a} AS z, 3 AS y FROM {items} AS i";
    let distinct =
        view(distinct)
            .column("z", DataType::Boolean, true)
            .column("y", DataType::Integer, false);
    let twice = col("a") + col("a");
    let generated = Column::new("twice", DataType::Integer).generated(twice);
    let fill = Trigger::new(
        "fill",
        TriggerTiming::Before,
        [TriggerEvent::Insert],
        "fill",
    );
    let branches = "BEGIN\n    IF tg_table_name = 'boxes' THEN\n        new.twice := 7;\n    END IF;\n    RETURN new;\nEND";
    let boxes = Table::new("boxes").column(Column::new("twice", DataType::Integer));
    let shared = Schema::new("public")
        .table(items().column(generated.nullable()).trigger(fill.clone()))
        .table(boxes.trigger(fill))
        .routine(Routine::new("fill", Returns::Trigger, branches));
    vec![
        same(query(
            store(items(), PLAIN),
            "INSERT INTO {over} (number, y) VALUES (1, 2) ON CONFLICT (number) DO UPDATE SET y = 3",
        )),
        same(query(
            guarded(store(items(), PLAIN)),
            "INSERT INTO {over} (number, y) VALUES (1, 2)",
        )),
        same(query(
            store(numbered(Identity::Always), PLAIN),
            "INSERT INTO {items} (id, a) OVERRIDING SYSTEM VALUE VALUES (1, 2)",
        )),
        same(query(
            store(numbered(Identity::Always), PLAIN),
            "INSERT INTO {items} (id, a) VALUES (DEFAULT, 2)",
        )),
        same(query(
            store(numbered(Identity::Always), PLAIN),
            "UPDATE {items} SET id = DEFAULT",
        )),
        same(query(
            store(numbered(Identity::Always), PLAIN),
            "SELECT 1 FROM {items} FOR UPDATE",
        )),
        same(mentioned),
        same(query(
            store(items(), ordered),
            "UPDATE {seen} SET x = 3 WHERE no = 1",
        )),
        same(query(
            Schema::new("public").table(items()).view(distinct),
            "UPDATE {seen} SET x = 3 WHERE no = 1",
        )),
        same(shared),
        same(parts(
            "INSERT INTO {items} (id, b.sku, b.qty, c[1]) VALUES (1, 'a', 2, 3)",
        )),
    ]
}

/// Parts of values are written by themselves.
fn parts(text: &str) -> Schema {
    let item = Composite::new("item")
        .attribute(Attribute::new("sku", DataType::Text))
        .attribute(Attribute::new("qty", DataType::Integer));
    let items = Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("b", DataType::named("item")))
        .column(Column::new("c", DataType::array(DataType::Integer)));
    query(Schema::new("public").user_type(item).table(items), text)
}
