//! Identifiers, constants, comments and bodies come through the server unchanged, whatever they hold.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eventcore_codegen::history::{Planning, Recorded};
use eventcore_codegen::{GenerateOptions, Store, generate, sql};
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Cases of one run; all go to the server together.
const CASES: usize = 150;

/// Characters that mean something to a lexer, letters of several widths, and everything else but U+0000.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::sample::select(vec!['\'', '"', '\\', '$', ';', '\n', '\r', '\t', '-', '/', '*', '%', '{', '}', ':', ' ', 'E', 'U', '&']),
        3 => proptest::char::range('a', 'e'),
        1 => proptest::sample::select(vec!['é', 'ß', '日', '🦀', '\u{202e}', '\u{7f}', '\u{85}', '\u{1}']),
        1 => proptest::char::any().prop_filter("no text holds U+0000", |c| *c != '\0'),
    ]
}

fn text(longest: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(character(), 0..longest).prop_map(String::from_iter)
}

fn cases<T: std::fmt::Debug>(strategy: &impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(20),
        ..Config::default()
    });
    (0..CASES)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Names as long as PostgreSQL keeps, each different from the others.
fn names() -> Vec<String> {
    let names = cases(&text(24));
    names
        .into_iter()
        .enumerate()
        .map(|(number, name)| {
            let mut name = format!("{name}{number}");
            while name.len() > 63 {
                name.remove(0);
            }
            name
        })
        .collect()
}

fn all_keywords_and_shapes() -> Vec<String> {
    [
        "events", "_a1", "1a", "a-b", "A", "a$", "ä", "a b", "", "\"", "a\"\"b",
    ]
    .map(str::to_owned)
    .into()
}

#[tokio::test]
async fn quote_ident_agrees_with_the_server() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let rows = client
        .query("SELECT word, catcode <> 'U' FROM pg_get_keywords()", &[])
        .await
        .unwrap();
    let mut reserved = 0;
    for row in &rows {
        let (word, needs_quotes): (String, bool) = (row.get(0), row.get(1));
        reserved += usize::from(needs_quotes);
        // A word that only another version reserves may be quoted, never the other way round.
        assert!(
            !needs_quotes || sql::quote_ident(&word).starts_with('"'),
            "{word}"
        );
    }
    assert!(reserved > 100, "the server names its key words");
    let words: Vec<String> = names()
        .into_iter()
        .chain(cases(&"[a-z_][a-z0-9_]{0,6}".boxed()))
        .chain(all_keywords_and_shapes())
        .collect();
    let rows = client
        .query("SELECT w, quote_ident(w), EXISTS (SELECT FROM pg_get_keywords() AS k WHERE k.word = w) FROM unnest($1::text[]) AS w", &[&words])
        .await
        .unwrap();
    assert_eq!(rows.len(), words.len());
    for row in rows {
        let (word, theirs, is_keyword): (String, String, bool) =
            (row.get(0), row.get(1), row.get(2));
        if !is_keyword {
            assert_eq!(sql::quote_ident(&word), theirs);
        }
    }
}

#[tokio::test]
async fn constants_come_through_whatever_the_settings() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let texts = cases(&text(40));
    let list = texts
        .iter()
        .map(|text| format!("({})", sql::quote_literal(text)))
        .collect::<Vec<_>>()
        .join(",\n");
    // From 19 on the server has no other value than `on`.
    let settings: &[_] = if db.server().version().major < 19 {
        &["on", "off"]
    } else {
        &["on"]
    };
    for setting in settings {
        client
            .batch_execute(&format!("SET standard_conforming_strings = {setting}"))
            .await
            .unwrap();
        let rows = client
            .simple_query(&format!("VALUES {list}"))
            .await
            .unwrap();
        let read: Vec<_> = rows
            .iter()
            .filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            })
            .collect();
        assert_eq!(read, texts);
    }
}

/// A definition in which every name, constant, comment and body is odd.
fn odd_schema(names: &[String], texts: &[String]) -> Schema {
    let pairs = || names.iter().map(String::as_str).zip(texts);
    let mut table = Table::new(names[0].as_str()).comment(&texts[0]);
    for (name, text) in pairs() {
        let column = Column::new(name, DataType::Text)
            .default(text.as_str())
            .comment(text);
        table = table.column(column);
    }
    for (name, text) in pairs().take(40) {
        let check = Constraint::new(
            name,
            eventcore_schema_model::constraint::ConstraintKind::Check(
                col(name).not_eq(text.as_str()),
            ),
        );
        table = table.constraint(check.comment(text));
    }
    for (name, text) in pairs().skip(1).take(40) {
        table = table.index(
            Index::new(name, [name])
                .only_where(col(name).eq(text.as_str()))
                .comment(text),
        );
    }
    let schema = Schema::new("odd").namespace(names[1].as_str()).table(table);
    pairs().take(40).fold(schema, |schema, (name, text)| {
        let body = format!(
            "SELECT {}::text -- $function$ {}",
            "{text:literal}",
            name.replace(['{', '}', '\r', '\n'], " ")
        );
        let body = Template::new(body).bind("text", Binding::Text(text.clone()));
        schema.routine(
            Routine::new(name, Returns::Value(DataType::Text), body)
                .language(Language::Sql)
                .argument(Argument::new(name, DataType::Text).default(text.as_str()))
                .comment(text),
        )
    })
}

#[tokio::test]
async fn names_constants_comments_and_bodies_come_through() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let names = names();
    let texts: Vec<String> = cases(&text(40))
        .into_iter()
        .map(|text| format!("{text}."))
        .collect();
    let schema = odd_schema(&names, &texts);
    let table = &schema.tables[0];
    let mut statements = vec![
        format!(
            "CREATE SCHEMA {};",
            sql::quote_ident(schema.namespace.as_str())
        ),
        sql::create_table(&schema, table),
    ];
    statements.extend(
        table
            .indexes
            .iter()
            .map(|index| sql::create_index(&schema, table, index)),
    );
    statements.extend(
        schema
            .routines
            .iter()
            .map(|routine| sql::create_routine(&schema, routine).unwrap()),
    );
    client
        .batch_execute(&statements.join("\n"))
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));

    let name = sql::qualified(&schema, &table.name);
    client
        .batch_execute(&format!("INSERT INTO {name} DEFAULT VALUES"))
        .await
        .expect_err("a check refuses each default");
    let row = client
        .query_one("SELECT to_regclass($1)::oid", &[&name])
        .await
        .unwrap();
    let oid: u32 = row.get(0);
    let pairs = |query: &'static str| {
        let client = &client;
        async move {
            let rows = client.query(query, &[&oid]).await.unwrap();
            rows.iter()
                .map(|row| (row.get::<_, String>(0), row.get::<_, String>(1)))
                .collect::<Vec<_>>()
        }
    };
    let expected: Vec<_> = names.iter().cloned().zip(texts.iter().cloned()).collect();
    let columns = pairs("SELECT attname::text, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 ORDER BY attnum").await;
    assert_eq!(columns, expected);
    let checks = pairs("SELECT conname::text, obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = $1 AND contype = 'c' ORDER BY oid").await;
    assert_eq!(checks, expected[..40]);
    let indexes = pairs(
        "SELECT c.relname::text, obj_description(c.oid, 'pg_class')
           FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = $1 ORDER BY c.oid",
    )
    .await;
    assert_eq!(indexes, expected[1..41]);
    let defaults = texts.iter().zip(&names).take(40);
    for (text, name) in defaults {
        let call = format!(
            "SELECT {}.{}()",
            sql::quote_ident(schema.namespace.as_str()),
            sql::quote_ident(name)
        );
        let returned: String = client.query_one(&call, &[]).await.unwrap().get(0);
        assert_eq!(&returned, text);
    }
    // What a DEFAULT holds, read by a row.
    let drop = table
        .constraints
        .iter()
        .map(|c| format!("DROP CONSTRAINT {}", sql::quote_ident(c.name.as_str())))
        .collect::<Vec<_>>();
    client
        .batch_execute(&format!(
            "ALTER TABLE {name} {}; INSERT INTO {name} DEFAULT VALUES",
            drop.join(", ")
        ))
        .await
        .unwrap();
    let row = client
        .query_one(&format!("SELECT * FROM {name}"), &[])
        .await
        .unwrap();
    let read: Vec<String> = (0..names.len()).map(|column| row.get(column)).collect();
    assert_eq!(read, texts);
    let comment: String = client
        .query_one("SELECT obj_description($1, 'pg_class')", &[&oid])
        .await
        .unwrap()
        .get(0);
    assert_eq!(comment, texts[0]);
}

/// A definition whose names and texts leave a comment, where one lets them, for a statement that fails.
fn escaping_schema() -> Schema {
    let leave = |text: &str| format!("{text}\nSELECT 1/0;\rSELECT 1/0;\r\nSELECT 1/0;");
    let table = |name: &str| {
        Table::new(leave(name))
            .column(Column::new("id", DataType::BigInt))
            .column(Column::new(leave("c"), DataType::Text).nullable())
            .primary_key(["id"])
    };
    let key = ForeignKey::new(["id"], leave("t"), ["id"]);
    let body = "SELECT u.id, NULL::text AS c -- {t}, {u.*}\n  FROM {u} AS u WHERE id = {p} -- {u}";
    let body = Template::new(body).relation("t", leave("t"));
    let query = Query::new("q", "q", leave("Reads."), body.relation("u", leave("u")))
        .param(Param::new("p", DataType::BigInt, leave("the id")))
        .many(
            Row::new("Found", "A row.")
                .column("id", DataType::BigInt, "the id")
                .nullable("c", DataType::Text, "the text"),
        );
    let routine = Template::new("SELECT 1 -- {t}").relation("t", leave("t"));
    let routine =
        Routine::new("r", Returns::Value(DataType::Integer), routine).language(Language::Sql);
    let listed = Migration::new(1, "one", leave("Founds.")).creates(ObjectRef::table(leave("t")));
    Schema::new("odd")
        .namespace("odd")
        .table(table("t"))
        .table(table("u").foreign_key("u_fkey", key))
        .routine(routine)
        .query(query)
        .migration(listed)
}

#[tokio::test]
async fn no_text_of_the_definition_leaves_a_comment() {
    let schema = validate(escaping_schema()).unwrap_or_else(|report| panic!("{report}"));
    let store = Store {
        schema: &schema,
        folder: "odd",
        recorded: &Recorded::default(),
        planning: Planning::Founding,
    };
    let options = GenerateOptions {
        project: "odd\nSELECT 1/0;\rSELECT 1/0;",
        name: None,
    };
    let files = generate(&[store], options).unwrap();
    let find = |part: &str| {
        let found = files.iter().filter(|file| {
            file.path.contains(part)
                && std::path::Path::new(&file.path).extension() == Some("sql".as_ref())
        });
        found.collect::<Vec<_>>()
    };
    let migrations = find("odd/migrations/");
    assert_eq!(migrations.len(), 2, "a listed one and an automatic one");
    assert!(migrations[1].contents.contains("-- Locks: SHARE ROW"));
    let rebuilt = [find("odd/schema.sql"), find("queries/")].concat();
    assert_eq!(rebuilt.len(), 2);
    for run in [&migrations, &rebuilt] {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        client.batch_execute("CREATE SCHEMA odd").await.unwrap();
        for file in run {
            let ran = client.batch_execute(&file.contents).await;
            ran.unwrap_or_else(|error| panic!("{error:?} in\n{}", file.contents));
        }
    }
}
