//! Routines, views, grants, templates and queries.

use eventcore_codegen::sql;
use eventcore_schema_model::prelude::*;

use super::{founded, texts};

#[tokio::test]
async fn routines_are_as_defined() {
    let body = "BEGIN\n    -- $function$ and $function1$\n    RETURN p_b;\nEND;";
    let schema = Schema::new("x")
        .namespace("s")
        .routine(
            Routine::new("f", Returns::Value(DataType::Text), body)
                .argument(Argument::new("p_a", DataType::array(DataType::Uuid)))
                .argument(Argument::new("p_b", DataType::VarChar(9)).default("it's"))
                .argument(Argument::new("user", DataType::Boolean).default(lit(1).gt(2)))
                .volatility(Volatility::Stable)
                .parallel(Parallel::Restricted)
                .security_definer()
                .strict()
                .setting("lock_timeout", "3s")
                .setting("eventcore.odd", "a'b")
                .comment("Does."),
        )
        .routine(
            Routine::new(
                "g",
                Returns::table([("n", DataType::BigInt), ("Odd", DataType::TimestampTz)]),
                "SELECT 1::bigint, now()",
            )
            .language(Language::Sql)
            .volatility(Volatility::Immutable)
            .parallel(Parallel::Safe),
        )
        .routine(
            Routine::new(
                "h",
                Returns::SetOf(DataType::Uuid),
                "SELECT gen_random_uuid() -- the end",
            )
            .language(Language::Sql),
        )
        .routine(Routine::new("i", Returns::Void, "BEGIN\nEND;"));
    let (_db, client) = founded(&schema).await;
    let found = texts(
        &client,
        "SELECT concat_ws(' | ', p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
                          p.provolatile::text || p.proparallel::text, p.prosecdef::text, p.proisstrict::text,
                          array_to_string(p.proconfig, '; '), has_function_privilege('public', p.oid, 'EXECUTE')::text,
                          p.prosrc, obj_description(p.oid, 'pg_proc'))
           FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
          WHERE p.pronamespace = 's'::regnamespace ORDER BY 1",
    )
    .await;
    let path = "search_path=pg_catalog, pg_temp";
    assert_eq!(
        found,
        [
            format!(
                "f | p_a uuid[], p_b character varying DEFAULT 'it''s'::character varying, \"user\" boolean DEFAULT (1 > 2) | text | plpgsql | sr | true | true | {path}; lock_timeout=3s; eventcore.odd=a'b | false | \n{body}\n | Does."
            ),
            format!(
                "g |  | TABLE(n bigint, \"Odd\" timestamp with time zone) | sql | is | false | false | {path} | true | \nSELECT 1::bigint, now()\n"
            ),
            format!(
                "h |  | SETOF uuid | sql | vu | false | false | {path} | true | \nSELECT gen_random_uuid() -- the end\n"
            ),
            format!("i |  | void | plpgsql | vu | false | false | {path} | true | \nBEGIN\nEND;\n"),
        ]
    );
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one definition, read back from three sides"
)]
async fn views_grants_and_queries_are_as_defined() {
    let table = Table::new("Odd t")
        .column(Column::new("id", DataType::Uuid))
        .column(Column::new("User", DataType::Text).nullable())
        .primary_key(["id"]);
    let columns = Template::new(
        "SELECT x.{t.*}, x.{t.User} AS again\n  FROM {t} AS x -- all of {t:literal}\n;",
    )
    .relation("t", "Odd t");
    let view = View::new("v", columns)
        .column("id", DataType::Uuid, true)
        .column("User", DataType::Text, true)
        .column("again", DataType::Text, true)
        .comment("Shown.");
    let query = Query::new(
        "m",
        "q",
        "Finds.",
        Template::new("SELECT {v.*}, {number}, {text:literal}, {seq:literal}::regclass::text FROM {v} WHERE {v.id} = {id} AND {v.User} = {name} OR {name} = ''")
            .relation("v", "v")
            .sequence("seq", "n")
            .bind("number", Binding::Integer(7))
            .bind("text", Binding::Text("it's".to_owned())),
    )
    .param(Param::new("name", DataType::Text, "Name."))
    .param(Param::new("id", DataType::Uuid, "Id."));
    let function = Routine::new("f", Returns::Void, "BEGIN\nEND;")
        .argument(Argument::new("p", DataType::TimestampTz))
        .security_definer();
    let schema = Schema::new("x")
        .namespace("s")
        .sequence(Sequence::new("n"))
        .table(table)
        .view(view)
        .routine(function);
    let schema = schema
        .grant(Grant::new(
            [
                Privilege::Select,
                Privilege::Insert,
                Privilege::Update,
                Privilege::Delete,
            ],
            ObjectRef::table("Odd t"),
            "pg_monitor",
        ))
        .grant(Grant::new(
            [Privilege::Select],
            ObjectRef::view("v"),
            "public",
        ))
        .grant(Grant::new(
            [Privilege::Usage],
            ObjectRef::sequence("n"),
            "pg_monitor",
        ))
        .grant(Grant::new(
            [Privilege::Execute],
            ObjectRef::routine("f"),
            "pg_monitor",
        ));
    let (_db, client) = founded(&schema).await;
    let found = texts(
        &client,
        "SELECT concat_ws(' ', array_to_string(c.reloptions, ','), string_agg(a.attname || ':' || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum), obj_description(c.oid, 'pg_class'))
           FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.oid = 's.v'::regclass GROUP BY c.oid",
    )
    .await;
    assert_eq!(
        found,
        ["security_invoker=true id:uuid,User:text,again:text Shown."]
    );
    let found = texts(
        &client,
        "SELECT concat_ws(' ', o.name, coalesce(nullif(x.grantee, 0)::regrole::text, 'public'), string_agg(x.privilege_type, ',' ORDER BY x.privilege_type))
           FROM (SELECT relname::text, relacl FROM pg_class WHERE relnamespace = 's'::regnamespace
                 UNION ALL SELECT proname::text, proacl FROM pg_proc WHERE pronamespace = 's'::regnamespace) AS o (name, acl),
                aclexplode(o.acl) AS x
          WHERE x.grantee <> x.grantor GROUP BY o.name, x.grantee ORDER BY 1",
    )
    .await;
    assert_eq!(
        found,
        [
            "Odd t pg_monitor DELETE,INSERT,SELECT,UPDATE",
            "f pg_monitor EXECUTE",
            "n pg_monitor USAGE",
            "v public SELECT"
        ]
    );
    let text = sql::query_text(&schema, &query).unwrap();
    client
        .batch_execute(&format!(
            "PREPARE q {} AS {text};\nEXECUTE q('x', '018cc251-f400-7000-8000-000000000000')",
            sql::prepare_header_types(&schema, &query)
        ))
        .await
        .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert_eq!(
        text,
        "SELECT id, \"User\", again, 7, 'it''s', 's.n'::regclass::text FROM s.v WHERE id = $2 AND \"User\" = $1 OR $1 = ''"
    );
}
