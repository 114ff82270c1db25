//! Names that another column, an argument or a variable takes when a column goes or is added.

use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;
use eventcore_schema_model::validate::Code::{self, *};

use crate::{Case, case, change, shapes};

fn column(name: &str) -> Column {
    Column::new(name, DataType::BigInt)
}

/// What a release does to the tables of notes and links, both of which have a column `ref`.
#[derive(Clone, Copy)]
enum After {
    /// That of links gets another name.
    LinksRenamed,
    /// That of links is dropped.
    LinksDropped,
    /// That of notes gets another name.
    NotesRenamed,
    /// Links get a column that only notes had.
    LinksGet(&'static str),
    /// Notes get a column.
    NotesGet(&'static str),
}

use After::*;

fn tables(after: Option<After>) -> Schema {
    let renamed = |table: Table| table.column(column("target").renamed_from("ref"));
    let added = |table: Table, name: &str| table.column(column(name).nullable());
    let notes = Table::new("notes").column(column("id"));
    let notes = match after {
        Some(NotesRenamed) => renamed(notes),
        Some(NotesGet(name)) => added(notes.column(column("ref")), name),
        _ => notes.column(column("ref")),
    };
    let notes = notes.column(column("only"));
    let links = Table::new("links").column(column("id"));
    let links = match after {
        Some(LinksRenamed) => renamed(links),
        Some(LinksDropped) => links.drop_column("ref", "nobody reads it"),
        Some(LinksGet(name)) => added(links.column(column("ref")), name),
        _ => links.column(column("ref")),
    };
    Schema::new("public").table(notes).table(links)
}

fn bound(text: &str) -> Template {
    shapes::bound(text, &["notes", "links"])
}

fn both(code: Code, how: &'static str, after: After, add: impl Fn(Schema) -> Schema) -> Case {
    change(code, how, add(tables(None)), add(tables(Some(after))))
}

fn query(text: &'static str) -> impl Fn(Schema) -> Schema {
    move |schema| schema.query(Query::new("items", "look", "Looks.", bound(text)))
}

/// A routine with an argument `lim` and a text in SQL.
fn in_sql(text: &'static str) -> impl Fn(Schema) -> Schema {
    move |schema| {
        let routine = Routine::new("purge", Returns::Void, bound(text));
        let routine = routine.argument(Argument::new("lim", DataType::BigInt));
        let routine = routine.argument(Argument::new("ref", DataType::BigInt));
        schema.routine(routine.language(Language::Sql))
    }
}

fn in_plpgsql(text: &'static str) -> impl Fn(Schema) -> Schema {
    move |schema| {
        let routine = Routine::new("purge", Returns::Void, bound(text));
        schema.routine(routine.argument(Argument::new("lim", DataType::BigInt)))
    }
}

/// A function that links call for each row.
fn of_links(text: &'static str) -> impl Fn(Schema) -> Schema {
    move |schema| {
        let events = [TriggerEvent::Insert];
        let trigger = Trigger::new("follow", TriggerTiming::After, events, "follow");
        let routine = Routine::new("follow", Returns::Trigger, bound(text));
        schema
            .routine(routine)
            .edit_table("links", |it| it.trigger(trigger))
    }
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    vec![
        both(SM135, "a subquery's renamed column is one of the query around", LinksRenamed, query("DELETE FROM {notes} WHERE ref IN (SELECT ref FROM {links})")),
        both(SM135, "a subquery's dropped column is one of the query around", LinksDropped, in_plpgsql("BEGIN\n    DELETE FROM {notes} WHERE ref IN (SELECT ref FROM {links});\nEND")),
        both(SM135, "a subquery's renamed column beside brackets", LinksRenamed, query("DELETE FROM {notes} WHERE (id > 0) AND (ref) IN (SELECT ref FROM {links})")),
        both(SM135, "a subquery's renamed column in brackets", LinksRenamed, query("DELETE FROM {notes} WHERE EXISTS (SELECT 1 FROM {links} WHERE (id > 0) AND (ref = {notes}.ref))")),
        both(SM135, "a subquery's renamed column beside qualified ones", LinksRenamed, query("DELETE FROM {notes} WHERE EXISTS (SELECT 1 FROM {links} WHERE {links}.id > 0 AND ref = {notes}.ref)")),
        both(SM135, "arguments of calls in a trigger's function", NotesRenamed, in_plpgsql("BEGIN\n    PERFORM lower('a'), abs(ref) AS q FROM {notes};\nEND")),
        both(SM135, "a lateral subquery", NotesRenamed, query("SELECT z.ref AS q FROM {notes} AS n, LATERAL (SELECT ref) AS z")),
        both(SM135, "a view's subquery has a renamed column of the query around", LinksRenamed, |schema| {
            let text = bound("SELECT n.{notes.id} AS id FROM {notes} AS n WHERE n.{notes.ref} IN (SELECT ref FROM {links})");
            schema.view(View::new("seen", text).column("id", DataType::BigInt, false))
        }),
        both(SM135, "an argument has a renamed column's name", NotesRenamed, in_sql("DELETE FROM {notes} WHERE ref = purge.ref")),
        both(SM135, "a variable has a renamed column's name, and columns are meant first", NotesRenamed, in_plpgsql("#variable_conflict use_column\nDECLARE\n    ref bigint := 1;\nBEGIN\n    DELETE FROM {notes} WHERE ref = 1;\nEND")),
        both(SM135, "another table that a trigger is on has a renamed column's name", NotesRenamed, of_links("BEGIN\n    UPDATE {notes} SET id = id WHERE ref = new.id;\n    RETURN NULL;\nEND")),
        both(SM135, "another statement's table has a renamed column's name", NotesRenamed, in_plpgsql("BEGIN\n    INSERT INTO {links} (id, ref) VALUES (1, 2);\n    DELETE FROM {notes} WHERE ref = 10;\nEND")),
        both(SM135, "rows are copied from a renamed column", NotesRenamed, query("INSERT INTO {links} (id, ref) SELECT id, ref FROM {notes}")),
        both(SM135, "a call's argument, whose result has a name", NotesRenamed, query("SELECT id, sum(ref) AS n FROM {notes} GROUP BY id")),
        both(SM135, "a window's order", NotesRenamed, query("SELECT row_number() OVER (ORDER BY ref) AS n FROM {notes}")),
        both(SM135, "a filter", NotesRenamed, query("SELECT count(*) FILTER (WHERE ref > 3) AS n FROM {notes}")),
        both(SM135, "a list of values", NotesRenamed, query("SELECT id FROM {notes} WHERE length('a') IN (ref, 1)")),
        both(SM135, "a condition behind another in brackets", NotesRenamed, query("SELECT id FROM {notes} WHERE (id = 1) AND (ref > 2)")),
        both(SM135, "a column of a subquery without its name", NotesRenamed, query("SELECT count(*) FROM (SELECT id AS n, ref FROM {notes}) AS z WHERE n > 1")),
        both(SM135, "a column beside others that the table's name qualifies", NotesRenamed, query("DELETE FROM {notes} WHERE {notes}.id > 0 AND ref > 3")),
        both(SM135, "a text that is put together, with the name as a value", NotesRenamed, in_plpgsql("BEGIN\n    EXECUTE format('SELECT count(*) FROM public.notes WHERE %I = %L', 'ref', lim);\nEND")),
        both(SM165, "a variable beside a result that goes into one", NotesGet("total"), in_plpgsql("DECLARE\n    n bigint;\n    total bigint;\nBEGIN\n    SELECT count(*) INTO n FROM {notes} WHERE id = total;\nEND")),
        both(SM165, "a column of what a merge reads", LinksGet("only"), in_plpgsql("BEGIN\n    MERGE INTO {links} AS l USING {notes} AS n ON l.id = n.id AND only = 1 WHEN MATCHED THEN DELETE;\nEND")),
        both(SM165, "a column of a subquery", LinksGet("only"), in_sql("DELETE FROM {links} USING (SELECT n.only FROM {notes} AS n) AS x WHERE id = only")),
        both(SM165, "a column of a common table expression", LinksGet("only"), in_sql("WITH x AS (SELECT only FROM {notes}) DELETE FROM {links} USING x WHERE id = only")),
        both(SM135, "a join compares a renamed column", LinksRenamed, query("SELECT 1 FROM {notes} AS n JOIN {links} AS l USING (ref)")),
        both(SM165, "a column of another table of the query", LinksGet("only"), in_plpgsql("BEGIN\n    PERFORM only FROM {notes} AS n JOIN {links} AS l ON l.id = n.id;\nEND")),
        both(SM165, "a column of the query around", LinksGet("only"), in_sql("DELETE FROM {notes} WHERE id IN (SELECT only FROM {links})")),
        both(SM110, "a column of the query around", LinksGet("only"), |schema| {
            let is_new = schema.find_table(&Table::new("links").name).is_some_and(|it| it.columns.len() > 2);
            if is_new { schema } else { query("DELETE FROM {notes} WHERE id IN (SELECT only FROM {links})")(schema) }
        }),
        both(SM165, "an argument of a function in SQL", NotesGet("lim"), in_sql("DELETE FROM {notes} WHERE id > lim")),
        both(SM165, "an argument", NotesGet("lim"), in_plpgsql("BEGIN\n    DELETE FROM {notes} WHERE id > lim;\nEND")),
        both(SM165, "a variable", NotesGet("total"), in_plpgsql("DECLARE\n    a bigint;\n    total bigint := 3;\nBEGIN\n    DELETE FROM {notes} WHERE id > total;\nEND")),
        both(SM165, "the counter of a loop", NotesGet("total"), in_plpgsql("BEGIN\n    FOR total IN 1..2 LOOP\n        DELETE FROM {notes} WHERE id > total;\n    END LOOP;\nEND")),
        both(SM165, "a column of the result", NotesGet("found"), |schema| {
            let text = bound("BEGIN\n    RETURN QUERY SELECT n.id FROM {notes} AS n ORDER BY found;\nEND");
            schema.routine(Routine::new("look", Returns::table([("found", DataType::BigInt)]), text))
        }),
        both(SM165, "a name that results are grouped by", NotesGet("day"), in_plpgsql("BEGIN\n    PERFORM n.id / 7 AS day, count(*) FROM {notes} AS n GROUP BY day;\nEND")),
        both(SM165, "an argument that is compared with itself", NotesGet("more"), in_sql("DELETE FROM {notes} WHERE ref = ref")),
        case(SM165, "an argument of a new function that is compared with itself", in_sql("DELETE FROM {notes} WHERE ref = ref")(tables(None))),
        both(SM165, "an argument that is compared with a column of its name", NotesGet("more"), in_sql("DELETE FROM {notes} AS n WHERE n.ref = ref")),
        both(SM165, "a column that is compared with an argument of its name", NotesGet("more"), in_sql("DELETE FROM {notes} AS n WHERE ref = n.ref")),
        both(SM135, "a function is given a renamed table's name", NotesRenamed, in_plpgsql("BEGIN\n    PERFORM pg_catalog.has_column_privilege('public.notes', 'ref', 'SELECT') FROM {notes};\nEND")),
        both(SM135, "a block that is executed has a renamed column's name", NotesRenamed, in_plpgsql("BEGIN\n    EXECUTE 'DO $x$ BEGIN UPDATE public.notes SET ref = 1; END $x$';\nEND")),
        both(SM135, "a query in brackets that is executed has a renamed column's name", NotesRenamed, in_plpgsql("BEGIN\n    EXECUTE '(SELECT ref FROM public.notes)';\nEND")),
        case(SM138, "a query joins by common columns", query("SELECT count(*) FROM {notes} NATURAL JOIN {links}")(tables(None))),
        case(SM138, "rows are inserted without columns from a query", query("INSERT INTO {links} SELECT * FROM {notes}")(tables(None))),
        case(SM138, "a trigger copies a row as it is", of_links("BEGIN\n    INSERT INTO {notes} AS n SELECT new.*;\n    RETURN NULL;\nEND")(tables(None))),
    ]
}

/// Texts that mean the same before and after.
pub(super) fn accepted() -> Vec<(Schema, Schema)> {
    let both = |after: After, add: &dyn Fn(Schema) -> Schema| {
        (add(tables(None)), add(tables(Some(after))))
    };
    let mut all = vec![
        both(
            LinksRenamed,
            &query("DELETE FROM {notes} WHERE ref IN (SELECT id FROM {links})"),
        ),
        both(
            LinksRenamed,
            &query("SELECT n.ref FROM {notes} AS n JOIN {links} AS l ON l.id = n.id"),
        ),
        both(
            NotesRenamed,
            &query("UPDATE {links} SET ref = n.id FROM {notes} AS n"),
        ),
        both(
            NotesRenamed,
            &query("INSERT INTO {links} (id, ref) SELECT id, only FROM {notes}"),
        ),
        both(
            NotesRenamed,
            &query(
                "INSERT INTO {links} (id, ref) SELECT id, only FROM {notes} ON CONFLICT DO NOTHING RETURNING ref",
            ),
        ),
        both(
            NotesRenamed,
            &in_sql("DELETE FROM {notes} WHERE id = purge.ref"),
        ),
        both(
            NotesRenamed,
            &in_plpgsql(
                "BEGIN\n    IF EXISTS (SELECT 1 FROM {links} WHERE ref = 1) THEN\n        DELETE FROM {notes} WHERE id = 10;\n    END IF;\nEND",
            ),
        ),
        both(
            LinksGet("only"),
            &query("SELECT n.only FROM {notes} AS n JOIN {links} AS l ON l.id = n.id"),
        ),
        both(
            LinksGet("only"),
            &query("SELECT only FROM {notes} UNION ALL SELECT ref FROM {links}"),
        ),
        both(
            LinksGet("only"),
            &query("SELECT only FROM {notes} WHERE id IN (SELECT id FROM {links})"),
        ),
        both(
            NotesGet("lim"),
            &in_plpgsql(
                "BEGIN\n    DELETE FROM {links} WHERE id > lim;\n    INSERT INTO {notes} (id, ref, only) VALUES (1, 2, lim);\nEND",
            ),
        ),
        both(
            NotesGet("total"),
            &in_plpgsql(
                "DECLARE\n    total bigint;\nBEGIN\n    SELECT count(*) INTO total FROM {notes};\n    total := total + 1;\nEND",
            ),
        ),
        both(
            NotesGet("day"),
            &query("SELECT n.id / 7 AS day, count(*) FROM {notes} AS n GROUP BY 1 ORDER BY day"),
        ),
    ];
    let brought = [
        "SELECT n.id, sum(n.only) AS ref FROM {notes} AS n GROUP BY n.id ORDER BY ref DESC",
        "WITH x (ref) AS (SELECT n.only FROM {notes} AS n) SELECT ref FROM x",
        "SELECT x.ref FROM (SELECT n.only FROM {notes} AS n) AS x (ref) WHERE ref > 0",
        "SELECT n.only ref FROM {notes} AS n ORDER BY ref",
        "SELECT sum(n.only) OVER ref FROM {notes} AS n WINDOW ref AS (ORDER BY n.id)",
        "SELECT jsonb_agg(jsonb_build_object('ref', n.only)) FROM {notes} AS n",
    ];
    all.extend(brought.map(|text| both(NotesRenamed, &query(text))));
    all.extend(of_routines());
    all.extend(adapted());
    // The subquery is written for the new column.
    let text = "DELETE FROM {notes} WHERE id IN (SELECT only FROM {links})";
    all.push((tables(None), query(text)(tables(Some(LinksGet("only"))))));
    all
}

/// Routines whose variables and results have the name of a column that is added.
fn of_routines() -> Vec<(Schema, Schema)> {
    let both = |after: After, add: &dyn Fn(Schema) -> Schema| {
        (add(tables(None)), add(tables(Some(after))))
    };
    let mut all = Vec::new();
    let declared = [
        "DECLARE\n    only bigint;\nBEGIN\n    FOR only IN SELECT l.ref FROM {links} AS l LOOP\n        NULL;\n    END LOOP;\nEND",
        "DECLARE\n    id bigint;\n    only bigint;\nBEGIN\n    FOR id, only IN SELECT l.id, l.ref FROM {links} AS l LOOP\n        NULL;\n    END LOOP;\nEND",
        "DECLARE\n    id bigint;\n    only bigint;\nBEGIN\n    SELECT l.id, l.ref INTO STRICT id, only FROM {links} AS l;\nEND",
        "DECLARE\n    only bigint;\nBEGIN\n    UPDATE {links} AS l SET id = 1 RETURNING l.ref INTO only;\nEND",
        "DECLARE\n    only bigint := 1;\nBEGIN\n    CASE only WHEN 1 THEN\n        DELETE FROM {links} AS l WHERE l.id = 1;\n    END CASE;\nEND",
        "DECLARE\n    only bigint := 1;\nBEGIN\n    IF (CASE WHEN only > 0 THEN true ELSE false END) THEN\n        DELETE FROM {links} AS l WHERE l.id = 1;\n    END IF;\nEND",
        "DECLARE\n    only {links}.id%TYPE;\nBEGIN\n    NULL;\nEND",
        "BEGIN\n    UPDATE {links} SET id = id + 1;\n    DECLARE\n        only bigint := 3;\n    BEGIN\n        only := 4;\n    END;\nEND",
        "BEGIN\n    FOR only IN 1..2 LOOP\n        NULL;\n    END LOOP;\n    DELETE FROM {links} WHERE id = 1;\nEND",
        "DECLARE\n    only CURSOR FOR SELECT l.id FROM {links} AS l;\nBEGIN\n    FOR r IN only LOOP\n        UPDATE {links} SET id = 1 WHERE CURRENT OF only;\n    END LOOP;\nEND",
        "DECLARE\n    id bigint;\n    only bigint;\nBEGIN\n    SELECT count(*), max(l.id) INTO id, only FROM {links} AS l;\nEND",
        "BEGIN\n    PERFORM l.id, sum(l.ref) AS only FROM {links} AS l GROUP BY l.id ORDER BY only DESC;\nEND",
        "BEGIN\n    DELETE FROM {links} WHERE EXISTS (SELECT 1 FROM {notes} AS n WHERE n.id = {links}.id AND only > 0);\nEND",
    ];
    all.extend(declared.map(|text| both(LinksGet("only"), &in_plpgsql(text))));
    let returned = |schema: Schema| {
        let text =
            "BEGIN\n    RETURN QUERY SELECT l.ref AS only FROM {links} AS l ORDER BY only;\nEND";
        schema.routine(Routine::new(
            "look",
            Returns::table([("only", DataType::BigInt)]),
            bound(text),
        ))
    };
    all.push(both(LinksGet("only"), &returned));
    let tuple = "DECLARE\n    only bigint := 1;\nBEGIN\n    UPDATE {links} AS l SET (id, only) = (7, 1);\nEND";
    let with_both = tables(Some(LinksGet("only")));
    all.push((tables(None), in_plpgsql(tuple)(with_both)));
    all
}

/// Texts that are adapted to a renamed column, and keep its name for something else.
fn adapted() -> Vec<(Schema, Schema)> {
    let mut all = Vec::new();
    // The result keeps its name.
    let kept = |after: Option<After>, text: &'static str| {
        let result = Returns::table([("id", DataType::BigInt), ("ref", DataType::BigInt)]);
        let routine = Routine::new("look", result, bound(text)).language(Language::Sql);
        tables(after).routine(routine)
    };
    for text in [
        "SELECT n.id, sum(n.target) AS ref FROM {notes} AS n GROUP BY n.id",
        "WITH t AS (SELECT id, target AS ref FROM {notes}) SELECT id, ref FROM t",
        "SELECT u.id, u.ref FROM {notes} AS n, unnest(ARRAY[n.id], ARRAY[n.target]) AS u (id, ref)",
    ] {
        let before = kept(None, "SELECT n.id, n.ref FROM {notes} AS n");
        all.push((before, kept(Some(NotesRenamed), text)));
    }
    for text in [
        "INSERT INTO {links} (id, ref) SELECT id, target FROM {notes} ON CONFLICT (id) DO UPDATE SET ref = excluded.ref",
        "MERGE INTO {notes} AS n USING (SELECT id, ref FROM {links}) AS l ON n.id = l.id WHEN MATCHED THEN UPDATE SET target = l.ref",
    ] {
        let keyed = |schema: Schema| schema.edit_table("links", |it| it.primary_key(["id"]));
        let after = query(text)(keyed(tables(Some(NotesRenamed))));
        all.push((keyed(tables(None)), after));
    }
    all
}
