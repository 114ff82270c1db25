//! Rows that a text makes itself, and words that the syntax takes for something else, beside columns that get another name.

use eventcore_schema_model::composite::{Attribute, Composite};
use eventcore_schema_model::expr::raw;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::{self, *};

use crate::{Case, case, change, shapes};

fn column(name: &str, ty: DataType, before: Option<&str>) -> Column {
    let column = Column::new(name, ty);
    match before {
        Some(before) => column.renamed_from(before),
        None => column,
    }
}

/// `lines` of a shop and `settings`, whose columns get other names; `stock` has the earlier ones of `lines`, and the type `item` too.
fn tables(renamed: bool) -> Schema {
    use DataType::{Date, Integer, Jsonb, Text};
    let named = |before: &'static str, after: &'static str, ty: DataType| {
        if renamed {
            column(after, ty, Some(before))
        } else {
            column(before, ty, None)
        }
    };
    let table = |name: &str, columns: Vec<Column>| {
        let table = Table::new(name).column(Column::new("id", DataType::BigInt));
        columns
            .into_iter()
            .fold(table, Table::column)
            .primary_key(["id"])
    };
    let lines = table(
        "lines",
        vec![
            named("sku", "code", Text),
            named("qty", "amount", Integer),
            column("begin", Integer, None),
            column("loop", Integer, None),
        ],
    );
    let settings = vec![
        named("key", "ident", Text),
        named("value", "setting", Text),
        column("doc", Jsonb, None),
    ];
    let days = vec![
        named("date", "on_day", Date),
        named("text", "body", Text),
        named("day", "number", Integer),
        named("first", "opened", Integer),
        named("zone", "area", Text),
        named("source", "origin", Text),
        named("count", "hits", Integer),
    ];
    let stock = vec![column("sku", Text, None), column("qty", Integer, None)];
    let item = Composite::new("item")
        .attribute(Attribute::new("sku", Text))
        .attribute(Attribute::new("qty", Integer));
    let listed = Routine::new(
        "listed",
        Returns::table([("sku", Text), ("qty", Integer)]),
        "BEGIN\n    RETURN QUERY SELECT 'a'::text, 1;\nEND",
    );
    let put = Routine::new("put", Returns::Void, "BEGIN\n    RETURN;\nEND")
        .argument(Argument::new("sku", Text))
        .argument(Argument::new("qty", Integer));
    Schema::new("public")
        .user_type(item)
        .table(lines)
        .table(table("stock", stock))
        .table(table("settings", settings))
        .table(table("days", days))
        .routine(listed)
        .routine(put)
}

fn with(language: Language, text: &str, schema: Schema) -> Schema {
    let bound = shapes::bound(text, &["lines", "stock", "settings", "days"]);
    let bound = ["listed", "put"]
        .into_iter()
        .filter(|it| text.contains(&format!("{{{it}}}")))
        .fold(bound, |bound, it| bound.routine(it, it));
    let item = DataType::named("item");
    schema.routine(
        Routine::new("f", Returns::Void, bound)
            .argument(Argument::new("one", item.clone()))
            .argument(Argument::new("many", DataType::array(item)))
            .argument(Argument::new("doc", DataType::Jsonb))
            .language(language),
    )
}

/// What a routine of a release still calls so, after columns got other names.
fn stale(code: Code, how: &'static str, text: &'static str) -> Case {
    let language = language_of(text);
    let both = |renamed| with(language, text, tables(renamed));
    change(code, how, both(false), both(true))
}

fn language_of(text: &str) -> Language {
    if text.contains("BEGIN") {
        Language::PlPgSql
    } else {
        Language::Sql
    }
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    vec![
        stale(SM135, "a row variable's field beside another table's column", "DECLARE r {lines}%ROWTYPE;\nBEGIN\n    SELECT l.* INTO r FROM {lines} AS l;\n    UPDATE {stock} SET qty = qty - r.qty WHERE id = 1;\nEND"),
        stale(SM135, "a record's field beside another table's column", "DECLARE r record;\nBEGIN\n    FOR r IN SELECT l.* FROM {lines} AS l LOOP\n        UPDATE {stock} AS s SET qty = s.qty - r.qty WHERE s.id = 1;\n    END LOOP;\nEND"),
        stale(SM135, "the row that a conflict is about", "INSERT INTO {lines} AS l (id, code, amount, begin, loop) SELECT s.id, s.sku, s.qty, 1, 1 FROM {stock} AS s ON CONFLICT (id) DO UPDATE SET amount = excluded.qty"),
        stale(SM135, "a column of a common table expression", "WITH x AS (SELECT * FROM {lines}) DELETE FROM {stock} AS s USING x WHERE s.qty = x.qty"),
        stale(SM135, "a column of a subquery", "UPDATE {stock} AS s SET qty = 1 FROM (SELECT l.* FROM {lines} AS l) AS x WHERE x.qty = s.qty"),
        stale(SM135, "a column of rows that are made from JSON", "UPDATE {stock} AS s SET qty = 1 FROM jsonb_populate_recordset(NULL::public.lines, doc) AS u WHERE u.qty = s.qty"),
        stale(SM135, "a bare column through all of a subquery, in a query around which has such a column", "DELETE FROM {stock} WHERE qty IN (SELECT qty FROM (SELECT * FROM {lines}) AS x)"),
        stale(SM135, "a bare column through all of a common table expression, in a query around which has such a column", "WITH x AS (SELECT * FROM {lines}) DELETE FROM {stock} WHERE qty IN (SELECT qty FROM x)"),
        stale(SM135, "a bare column of returned rows, in a query around which has such a column", "WITH x AS (DELETE FROM {lines} RETURNING *) DELETE FROM {stock} WHERE qty IN (SELECT qty FROM x)"),
        stale(SM135, "a bare column of rows that are made from JSON, in a query around which has such a column", "DELETE FROM {stock} WHERE qty IN (SELECT qty FROM jsonb_populate_recordset(NULL::public.lines, doc))"),
        stale(SM135, "a part of a statement that is put together", "BEGIN\n    EXECUTE 'DELETE FROM ' || 'public.stock' || ' WHERE qty IN (SELECT qty FROM public.lines)';\nEND"),
        stale(SM135, "a statement that gets its relations later", "BEGIN\n    EXECUTE format('DELETE FROM %s WHERE qty IN (SELECT qty FROM %s)', 'public.stock', 'public.lines');\nEND"),
        stale(SM135, "a column behind one that is called as a block begins", "DELETE FROM {stock} WHERE EXISTS (SELECT 1 FROM {lines} AS x WHERE x.begin > 0 AND qty = {stock}.id)"),
        stale(SM135, "a column behind one that is called as a loop begins", "DELETE FROM {stock} WHERE EXISTS (SELECT 1 FROM {lines} WHERE loop > 0 AND qty = {stock}.id)"),
        stale(SM135, "a bare column where another statement gives a result its name", "BEGIN\n    PERFORM x.qty FROM (SELECT s.id AS qty FROM {stock} AS s) AS x;\n    DELETE FROM {stock} WHERE qty IN (SELECT qty FROM {lines});\nEND"),
        stale(SM135, "a bare column where the query around gives a result its name", "WITH gone AS (DELETE FROM {stock} WHERE qty IN (SELECT qty FROM {lines}) RETURNING id AS qty) SELECT count(*) FROM gone"),
        stale(SM135, "a bare column beside a query that gives a result its name", "DELETE FROM {stock} WHERE qty IN (SELECT qty FROM {lines} UNION SELECT id AS qty FROM {lines})"),
        stale(SM135, "a bare column behind a loop over its name", "BEGIN\n    FOR qty IN 1..2 LOOP\n        NULL;\n    END LOOP;\n    DELETE FROM {stock} WHERE qty IN (SELECT qty FROM {lines});\nEND"),
        stale(SM135, "a bare column behind the block of a variable of its name", "BEGIN\n    DECLARE\n        qty integer := 1;\n    BEGIN\n        IF qty = 1 THEN\n            qty := 2;\n        END IF;\n    END;\n    DELETE FROM {stock} WHERE qty IN (SELECT qty FROM {lines});\nEND"),
        stale(SM135, "a bare column where a window has its name", "SELECT sum(s.id) OVER qty FROM {stock} AS s WHERE qty IN (SELECT qty FROM {lines}) WINDOW qty AS (ORDER BY s.id)"),
        stale(SM135, "a bare column of rows that are made from JSON, of the table itself", "DELETE FROM {stock} WHERE qty IN (SELECT qty FROM jsonb_populate_recordset(NULL::{lines}, doc))"),
        stale(SM135, "a bare column of rows of an array", "DELETE FROM {stock} WHERE qty IN (SELECT qty FROM unnest(ARRAY(SELECT l FROM {lines} AS l)))"),
        stale(SM135, "a bare column of a temporary table with all columns", "BEGIN\n    CREATE TEMP TABLE tt ON COMMIT DROP AS SELECT * FROM {lines};\n    DELETE FROM {stock} WHERE qty IN (SELECT qty FROM tt);\nEND"),
        stale(SM135, "a bare column of a temporary table of all rows", "BEGIN\n    CREATE TEMP TABLE tt AS TABLE {lines};\n    DELETE FROM {stock} WHERE qty IN (SELECT qty FROM tt);\nEND"),
        stale(SM135, "a bare column of a temporary table like another", "BEGIN\n    CREATE TEMP TABLE tt (LIKE {lines});\n    DELETE FROM {stock} WHERE qty IN (SELECT qty FROM tt);\nEND"),
        stale(SM135, "a bare column through a row that reads itself", "WITH x AS (SELECT * FROM {lines}) DELETE FROM {stock} WHERE qty IN (SELECT q.qty FROM x CROSS JOIN LATERAL (SELECT x.*) AS q)"),
        stale(SM135, "a bare column through all fields of a record", "DECLARE\n    c CURSOR FOR SELECT * FROM {lines};\nBEGIN\n    FOR r IN c LOOP\n        DELETE FROM {stock} WHERE qty IN (SELECT qty FROM (SELECT r.*) AS q);\n    END LOOP;\nEND"),
        stale(SM135, "a bare column through ten common table expressions", "WITH c0 AS (SELECT * FROM {lines}), c1 AS (SELECT * FROM c0), c2 AS (SELECT * FROM c1), c3 AS (SELECT * FROM c2), c4 AS (SELECT * FROM c3), c5 AS (SELECT * FROM c4), c6 AS (SELECT * FROM c5), c7 AS (SELECT * FROM c6), c8 AS (SELECT * FROM c7), c9 AS (SELECT * FROM c8) DELETE FROM {stock} WHERE qty IN (SELECT qty FROM c9)"),
        stale(SM135, "a statement that is put together inside of a query", "BEGIN\n    EXECUTE concat('DELETE FROM public.stock WHERE qty IN (SELECT qty', ' FROM public.lines)');\nEND"),
        stale(SM135, "an alias that another statement gives to another table", "BEGIN\n    DELETE FROM {stock} AS x WHERE x.qty = 1;\n    DELETE FROM {lines} AS x WHERE x.qty = 1;\nEND"),
        stale(SM135, "an alias that is another table's name", "BEGIN\n    PERFORM stock.qty FROM {stock} AS stock;\n    PERFORM stock.qty FROM {lines} AS stock;\nEND"),
        of_attribute("a renamed attribute of rows, in a query around which has such a column", "DELETE FROM {stock} WHERE qty IN (SELECT qty FROM unnest(many))"),
        of_attribute("a renamed attribute of rows", "SELECT sum(qty) FROM unnest(many)"),
        of_attribute("a renamed attribute of rows that are made from JSON", "SELECT sum(qty) FROM jsonb_populate_recordset(NULL::public.item, doc)"),
        of_attribute("a member of a value that is made JSON", "SELECT to_jsonb(one) ->> 'qty'"),
        {
            let query = |schema: Schema, text: &str| {
                let body = shapes::bound(text, &["lines", "stock"]);
                schema.query(Query::new("stock", "take", "Takes.", body))
            };
            let before = query(tables(false), "DELETE FROM {stock} WHERE qty IN (SELECT qty FROM {lines})");
            let after = query(tables(true), "DELETE FROM {stock} WHERE qty IN (SELECT amount FROM {lines})");
            change(SM110, "the previous release's query means another table's column once a column is renamed", before, after)
        },
        returning("a routine returns all columns of a table", Language::PlPgSql, "BEGIN\n    RETURN QUERY SELECT * FROM {stock};\nEND"),
        returning("a routine returns all columns of rows that it deletes", Language::PlPgSql, "BEGIN\n    RETURN QUERY DELETE FROM {stock} AS s RETURNING s.*;\nEND"),
        returning("a routine returns all columns through a subquery", Language::PlPgSql, "BEGIN\n    RETURN QUERY WITH d AS (SELECT * FROM {stock}) SELECT x.* FROM (SELECT * FROM d) AS x;\nEND"),
        returning("a routine returns a table", Language::PlPgSql, "BEGIN\n    RETURN QUERY TABLE {stock};\nEND"),
        returning("a routine in SQL returns all columns of a table", Language::Sql, "DELETE FROM {stock} WHERE id = 0; SELECT s.* FROM {stock} AS s;"),
        taking_all("a column is compared with all of a relation's", "DELETE FROM {lines} WHERE (id, code) IN (SELECT * FROM {stock})"),
        taking_all("all columns of two tables are united", "SELECT count(*) FROM (SELECT * FROM {stock} UNION ALL SELECT s.* FROM {lines} AS s) AS x"),
        taking_all("all columns of a table are taken from others", "DECLARE r record;\nBEGIN\n    FOR r IN SELECT s.* FROM {stock} AS s EXCEPT SELECT 1, 'a', 2 LOOP\n        NULL;\n    END LOOP;\nEND"),
        calling("a column is wider than an argument", "BEGIN\n    PERFORM {put}('a', s.id) FROM {stock} AS s;\nEND"),
        calling("a column is wider than an argument that is named", "SELECT {put}(qty => {stock.id}, sku => 'a') FROM {stock}"),
        calling("a column is of another kind than an argument", "SELECT {put}(s.id, s.qty) FROM {stock} AS s"),
        calling("a bare column is wider than an argument", "SELECT {put}(code, id) FROM {lines}"),
        calling("a sum and a greatest value are wider than an argument", "SELECT {put}('a', (max(s.id + 1))) FROM {stock} AS s"),
        calling("a call with its PostgreSQL schema", "SELECT public.put('a', s.id) FROM {stock} AS s"),
        {
            let call = raw("public.listed_as(id)", DataType::Text, Volatility::Immutable, ["id"], "a test");
            let listed = Routine::new("listed_as", Returns::Value(DataType::Text), "SELECT 'a'").language(Language::Sql);
            let listed = listed.argument(Argument::new("n", DataType::Integer)).volatility(Volatility::Immutable);
            let index = Index::new("stock_listed_idx", [IndexPart::from(call)]).serves_external("reports");
            case(SM167, "an index calls with a column that is wider", tables(false).routine(listed).edit_table("stock", |it| it.index(index)))
        },
        calling("a column is wider than what a function of the server takes", "SELECT repeat('x', s.id) FROM {stock} AS s"),
        of_row("a new row's column is wider than an argument"),
        of_view("a new column of a view, in a query around which has such a column", "DELETE FROM {lines} WHERE EXISTS (SELECT 1 FROM {seen} WHERE id = 10 AND qty = 5)"),
        of_view("a new column of a view beside a table's", "DELETE FROM {lines} USING {seen} AS v WHERE v.id = 1 AND qty = 5"),
    ]
}

/// A routine whose result has the columns of `stock`.
fn returning(how: &'static str, language: Language, text: &str) -> Case {
    let columns = [
        ("id", DataType::BigInt),
        ("sku", DataType::Text),
        ("qty", DataType::Integer),
    ];
    let body = shapes::bound(text, &["stock"]);
    let routine = Routine::new("g", Returns::table(columns), body).language(language);
    case(SM138, how, tables(false).routine(routine))
}

fn taking_all(how: &'static str, text: &str) -> Case {
    case(SM138, how, with(language_of(text), text, tables(true)))
}

fn calling(how: &'static str, text: &str) -> Case {
    case(SM167, how, with(language_of(text), text, tables(false)))
}

/// A trigger calls a routine with what it gets.
fn of_row(how: &'static str) -> Case {
    let body = "BEGIN\n    PERFORM {put}(NEW.sku, NEW.id);\n    RETURN NEW;\nEND";
    let routine = Routine::new(
        "g",
        Returns::Trigger,
        shapes::bound(body, &[]).routine("put", "put"),
    );
    let events = [TriggerEvent::Insert];
    let trigger = Trigger::new("g", TriggerTiming::Before, events, "g");
    let schema = tables(false).routine(routine);
    case(
        SM167,
        how,
        schema.edit_table("stock", |it| it.trigger(trigger)),
    )
}

/// The type gets another name for one of its attributes.
fn of_attribute(how: &'static str, text: &'static str) -> Case {
    let before = with(Language::Sql, text, tables(false));
    let mut after = before.clone();
    for ty in &mut after.types {
        if let UserType::Composite(item) = ty {
            *item = Composite::new("item")
                .attribute(Attribute::new("sku", DataType::Text))
                .attribute(Attribute::new("amount", DataType::Integer).renamed_from("qty"));
        }
    }
    change(SM135, how, before, after)
}

/// A view gets a column that has the name of a table's.
fn of_view(how: &'static str, text: &'static str) -> Case {
    let both = |has_column: bool| {
        let columns = if has_column {
            "s.id AS id, s.qty AS qty"
        } else {
            "s.id AS id"
        };
        let body = format!("SELECT {columns} FROM {{stock}} AS s");
        let view = View::new("seen", shapes::bound(&body, &["stock"]));
        let view = view.column("id", DataType::BigInt, false);
        let view = if has_column {
            view.column("qty", DataType::Integer, false)
        } else {
            view
        };
        let body = shapes::bound(text, &["lines", "seen"]);
        let routine = Routine::new("g", Returns::Void, body).language(Language::Sql);
        tables(false).view(view).routine(routine)
    };
    change(SM165, how, both(false), both(true))
}

/// Texts that are correct after columns got other names.
pub(super) fn accepted() -> Vec<(Schema, Schema)> {
    let texts = [
        // Values of a composite type.
        "DECLARE one public.item;\nBEGIN\n    UPDATE {lines} AS l SET amount = l.amount + one.qty WHERE l.code = one.sku;\nEND",
        "UPDATE {lines} AS l SET amount = (one).qty WHERE l.code = (one).sku",
        "UPDATE {lines} AS l SET amount = w.qty FROM unnest(many) AS w WHERE l.code = w.sku",
        "DELETE FROM {lines} WHERE amount = (many[1]).qty",
        "UPDATE {lines} AS l SET amount = w.qty FROM jsonb_populate_recordset(NULL::public.item, doc) AS w WHERE l.code = w.sku",
        "DECLARE rec record;\nBEGIN\n    FOR rec IN SELECT s.sku, s.qty FROM {stock} AS s LOOP\n        UPDATE {lines} SET amount = rec.qty WHERE code = rec.sku;\n    END LOOP;\nEND",
        // Names of arguments.
        "SELECT {put}(sku => l.code, qty => l.amount) FROM {lines} AS l",
        "BEGIN\n    PERFORM {put}(qty := (SELECT max(l.amount) FROM {lines} AS l), sku := 's1');\nEND",
        // Columns of a function.
        "SELECT sum(f.qty) FROM {listed}() AS f JOIN {lines} AS l ON l.code = f.sku",
        "SELECT sum(qty) FROM {listed}() AS f JOIN {lines} AS l ON l.code = sku",
        "BEGIN\n    FOR rec IN SELECT * FROM {listed}() LOOP\n        DELETE FROM {lines} WHERE amount = rec.qty;\n    END LOOP;\nEND",
        "SELECT e.key, e.value FROM {settings} AS s, jsonb_each(s.doc) AS e WHERE s.ident = e.key",
        "SELECT value FROM {settings} AS s, jsonb_array_elements_text(s.doc)",
        "SELECT t.sku FROM {lines} AS l, JSON_TABLE(doc, '$[*]' COLUMNS (sku text PATH '$.a', qty integer PATH '$.b')) AS t WHERE t.qty = l.amount",
        "SELECT p.name, p.source FROM pg_catalog.pg_settings AS p, {days} AS d WHERE d.area = p.name",
        // Words of the language.
        "DECLARE result text;\nBEGIN\n    SELECT d.body::text INTO result FROM {days} AS d WHERE d.on_day > date '2000-01-01';\nEND",
        "SELECT now() AT TIME ZONE 'UTC', extract(day FROM d.on_day), interval '1' day FROM {days} AS d ORDER BY d.opened NULLS FIRST FETCH FIRST 1 ROWS ONLY",
        "DECLARE c CURSOR FOR SELECT d.id FROM {days} AS d;\n    n bigint;\nBEGIN\n    OPEN c;\n    FETCH FIRST FROM c INTO n;\n    CLOSE c;\nEND",
        "<<source>>\nDECLARE\n    n bigint;\nBEGIN\n    SELECT count(*) INTO source.n FROM {days} AS d;\nEND",
        "SELECT t.count FROM (SELECT count(*) FROM {days} AS d) AS t",
        // Calls with columns of narrower types, and with what is no column.
        "SELECT {put}(l.code, 1) FROM {lines} AS l",
        "SELECT {put}(s.sku, s.id::integer) FROM {stock} AS s",
        "SELECT {put}(s.sku, s.qty) FROM {stock} AS s",
        // Members of documents, and what is no name at all, beside rows that become documents.
        "UPDATE {lines} AS l SET code = doc ->> 'sku', amount = (doc -> 'a' ->> 'qty')::integer RETURNING to_jsonb(l)",
        "SELECT jsonb_agg(l) FROM {lines} AS l JOIN {settings} AS s ON l.code = s.doc ->> 'sku' WHERE s.doc ? 'qty'",
        "SELECT pg_notify('sku', to_jsonb(l)::text) FROM {lines} AS l",
        // Names that a place of the text sees.
        "DECLARE c CURSOR (qty integer) FOR SELECT l.id FROM {lines} AS l WHERE l.amount > qty;\n    n bigint;\nBEGIN\n    OPEN c (qty := 0);\n    FETCH c INTO n;\nEND",
        "SELECT DISTINCT ON (sku) l.code AS sku, l.amount AS qty FROM {lines} AS l ORDER BY sku, qty DESC",
        "SELECT l.code AS sku, sum(l.amount) AS total FROM {lines} AS l GROUP BY sku",
        "DECLARE qty integer;\nBEGIN\n    SELECT max(l.amount) INTO qty FROM {lines} AS l;\n    DELETE FROM {lines} WHERE amount = qty;\nEND",
        "BEGIN\n    FOR qty IN 1..3 LOOP\n        UPDATE {lines} SET amount = qty WHERE id = 1;\n    END LOOP;\nEND",
        "SELECT l.code AS sku, sum(l.amount) AS qty FROM {lines} AS l GROUP BY GROUPING SETS (ROLLUP (sku), (sku), ()) ORDER BY sku",
        "SELECT sum(l.amount) OVER qty FROM {lines} AS l WINDOW qty AS (ORDER BY l.id)",
        "WITH qty AS (SELECT 1 AS n) DELETE FROM {lines} WHERE amount IN (SELECT n FROM qty)",
        "SELECT count(qty) FROM {lines} AS qty",
        "DECLARE ids bigint[];\nBEGIN\n    DELETE FROM {stock} WHERE id IN (SELECT x FROM unnest(ids) AS x WHERE x <> qty) AND EXISTS (SELECT FROM {lines});\nEND",
        "DECLARE rec record;\nBEGIN\n    rec := {listed}();\n    DELETE FROM {lines} WHERE code = rec.sku;\nEND",
        // All columns of the same relations, and of what the text makes itself.
        "SELECT count(*) FROM (SELECT s.* FROM {stock} AS s WHERE s.qty = 1 UNION ALL SELECT * FROM {stock} WHERE id = 2) AS x",
        "WITH x AS (SELECT 1 AS id) DELETE FROM {stock} WHERE id IN (SELECT * FROM x)",
        "DELETE FROM {stock} AS s WHERE s.id IN (SELECT count(*) * 2 FROM {stock}) OR EXISTS (SELECT * FROM {lines})",
        "SELECT {put}(code, amount), {put}('a', max(amount + 1)) FROM {lines} GROUP BY code, amount",
        "DECLARE id integer;\nBEGIN\n    PERFORM {put}('a', id) FROM {stock};\nEND",
        // Results of the first of several queries, and names that an alias gives.
        "SELECT s.sku, s.qty FROM {stock} AS s UNION ALL SELECT l.code, l.amount FROM {lines} AS l ORDER BY sku, qty",
        "SELECT count(*) FROM {lines} AS l (a, sku, qty, b) WHERE l.qty > 0 AND l.sku = 's1'",
        "SELECT count(*) FROM {lines} l (a, sku, qty, b) WHERE qty > 0",
        // Columns that another table gives to rows that the text makes.
        "WITH moved AS (DELETE FROM {stock} WHERE sku = 's1' RETURNING sku, qty) UPDATE {lines} SET amount = qty FROM moved WHERE code = sku",
        "WITH st AS (SELECT * FROM {stock}) SELECT sum(qty) FROM st JOIN {lines} AS l ON l.code = sku",
        "BEGIN\n    CREATE TEMP TABLE IF NOT EXISTS pick (sku text PRIMARY KEY, qty integer) ON COMMIT DROP;\n    CREATE INDEX ON pick (qty);\n    INSERT INTO pick (sku, qty) SELECT code, amount FROM {lines};\n    UPDATE {lines} SET amount = p.qty FROM pick AS p WHERE p.sku = code;\n    DELETE FROM pick WHERE sku = 'x';\nEND",
    ];
    // Results with the columns of rows that the text makes.
    let lateral = "BEGIN\n    RETURN QUERY SELECT days.*, x.* FROM {stock} AS s CROSS JOIN LATERAL (SELECT s.sku AS a, s.qty AS b) AS x CROSS JOIN LATERAL (SELECT s.id) AS days;\nEND";
    let columns = [
        ("id", DataType::BigInt),
        ("sku", DataType::Text),
        ("qty", DataType::Integer),
    ];
    let given = Routine::new(
        "given",
        Returns::table(columns),
        shapes::bound(lateral, &["stock"]),
    );
    let shown = "WITH d AS (SELECT s.id AS id FROM {stock} AS s) SELECT d.* FROM d";
    let shown =
        View::new("shown", shapes::bound(shown, &["stock"])).column("id", DataType::BigInt, true);
    let made = tables(false).routine(given).view(shown);
    let mut all: Vec<_> = texts
        .into_iter()
        .map(|text| (tables(false), with(language_of(text), text, tables(true))))
        .chain([(tables(false), made)])
        .collect();
    // New columns whose names the text uses elsewhere.
    let added = |table: &'static str, name: &'static str, text: &'static str| {
        let before = with(language_of(text), text, tables(false));
        let column = Column::new(name, DataType::Text).nullable();
        let after = before.clone();
        (before, after.edit_table(table, |it| it.column(column)))
    };
    all.extend([
        {
            let text = "SELECT l.id, note FROM {lines} AS l";
            let columns = [("id", DataType::BigInt), ("note", DataType::Text)];
            let body = shapes::bound(text, &["lines"]);
            let seen = Routine::new("seen", Returns::table(columns), body).language(Language::Sql);
            let note = Column::new("note", DataType::Text).nullable();
            let after = tables(false).edit_table("lines", |it| it.column(note)).routine(seen);
            (tables(false), after)
        },
        added("lines", "big", "WITH big AS (SELECT s.id AS id FROM {stock} AS s), per AS (SELECT big.id AS id, count(l.id) AS n FROM big LEFT JOIN {lines} AS l ON l.id = big.id GROUP BY big.id) SELECT n FROM per"),
        added("lines", "at", "SELECT d.at FROM generate_series(1, 3) AS d (at) LEFT JOIN {lines} AS l ON l.id = d.at"),
        added("lines", "acc", "DECLARE acc text; rec record;\nBEGIN\n    FOR rec IN SELECT s.id AS id, count(*) AS lines FROM {stock} AS s GROUP BY s.id LOOP\n        CONTINUE WHEN rec.lines = 0;\n        acc := acc || rec.lines;\n    END LOOP;\nEND"),
    ]);
    all
}
