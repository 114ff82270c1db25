//! The emitted Rust is what the definition says: the fixture's files are fresh, the same twice, and wrong
//! definitions are refused with what to do. That the files compile and run is tested in `typed_queries`.

#[path = "rust_emission/schema.rs"]
mod schema;

use std::path::Path;

use eventcore_codegen::output::OutputFile;
use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rust_emission"))
}

/// `UPDATE_EMITTED=1 cargo test -p eventcore-tests --test rust_emission` writes the files anew.
#[test]
fn the_fixture_is_fresh() {
    let files = schema::emitted().unwrap();
    if std::env::var_os("UPDATE_EMITTED").is_some() {
        files.iter().for_each(write);
    }
    for file in &files {
        let path = folder().join(&file.path);
        let on_disk = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            on_disk == file.contents,
            "{} is stale; run again with UPDATE_EMITTED=1",
            path.display()
        );
    }
    let known = |name: &str| files.iter().any(|file| file.path == format!("src/{name}"));
    for entry in std::fs::read_dir(folder().join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known(&name), "src/{name} belongs to nothing; delete it");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own fixture, written on request"
)]
fn write(file: &OutputFile) {
    std::fs::write(folder().join(&file.path), &file.contents).unwrap();
}

#[test]
fn the_same_definition_gives_the_same_bytes() {
    assert_eq!(schema::emitted().unwrap(), schema::emitted().unwrap());
}

fn emit(schemas: &[Schema]) -> String {
    let valid: Result<Vec<ValidSchema>, _> = schemas
        .iter()
        .map(|schema| validate(schema.clone()))
        .collect();
    let schemas = match valid {
        Ok(schemas) => schemas,
        Err(violations) => return violations.to_string(),
    };
    let schemas: Vec<&ValidSchema> = schemas.iter().collect();
    match schema::emit_all(&schemas) {
        Ok(_) => "emitted".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn number(name: &str) -> Row {
    Row::new(name, "A number.").column("n", DataType::BigInt, "the number")
}

fn query(name: &str) -> Query {
    Query::new("numbers", name, "A number.", "(SELECT 1::bigint AS n)").one(number("Number"))
}

#[test]
fn what_cannot_share_a_crate_is_refused() {
    let one = |query: Query| Schema::new("a").query(query);
    let other = |query: Query| Schema::new("b").query(query);
    let refusals = [
        emit(&[]),
        emit(&[Schema::new("a"), Schema::new("a")]),
        emit(&[
            one(query("n")),
            other(query("m").one(Row::new("Number", "A number.").column(
                "n",
                DataType::Integer,
                "the number",
            ))),
        ]),
        emit(&[
            one(query("n")),
            other(
                Query::new("numbers", "n", "A number.", "SELECT {p} AS n")
                    .param(Param::new("p", DataType::BigInt, "it"))
                    .one(number("Number")),
            ),
        ]),
        emit(&[one(query("n")), other(query("n").many(number("Number")))]),
        emit(&[
            one(query("n")),
            other(Query::new("numbers", "number", "", "SELECT 1")),
        ]),
        emit(&[one(query("n").one(number("Uuid")))]),
        emit(&[one(
            Query::new("error", "n", "", "SELECT 1").one(number("Number"))
        )]),
        emit(&[one(Query::new("numbers", "n", "", "VACUUM {p}")
            .param(Param::new("p", DataType::Text, "it"))
            .outside_transaction())]),
        emit(&[
            Schema::new("a").table(Table::new("t").column(Column::new("c", DataType::Text))),
            Schema::new("b").table(Table::new("t").column(Column::new("c", DataType::BigInt))),
        ]),
        emit(&[
            EventStore::simple().name("shop").schema(),
            EventStore::partitioned()
                .name("audit")
                .namespace("audit")
                .declare_namespace()
                .schema(),
        ]),
    ];
    // One refusal a line, in the order above.
    insta::assert_snapshot!(refusals.join("\n"), @r"
    there is no store; give at least one definition
    `a` (store) and `a` both become `A` in Rust; rename one
    row `Number` has other columns in query `m` than in query `n`; give one of them another row name
    query `n` has another list of parameters in store `b` than in store `a`; make them the same, or give it another name in one of them
    query `n` has another cardinality in store `b` than in store `a`; make them the same, or give it another name in one of them
    `Number` (row) and `number` both become `Number` in Rust; rename one
    row `Uuid` is named as a type that the generated crate has already; choose another name
    query `n` is in module `error`, which the generated crate has already; choose another name
    query `n` runs outside a transaction, so it is a utility command, and PostgreSQL takes no parameters there; remove them
    column `t.c` is text in store `a`, and bigint in store `b`; make them the same
    stores `shop` and `audit` are two event stores, and a generated crate has one: stores of one project are layouts of the same store, in one PostgreSQL schema; give the other a project and an output folder of its own
    ");
}

#[test]
fn what_would_be_defined_twice_is_refused() {
    let table = |name: &str| Table::new(name).column(Column::new("c", DataType::Text));
    let tables = |names: [&str; 2]| {
        names
            .iter()
            .fold(Schema::new("a"), |s, n| s.table(table(n)))
    };
    let queries = |module: &str, name: &str| {
        let other = Query::new(module, name, "", "SELECT 1 AS n").one(number("Number"));
        Schema::new("a").query(query("n")).query(other)
    };
    let of_layout = |text: &str| Query::new("numbers", "n", "", text).one(number("Number"));
    let refusals = [
        emit(&[queries("numbers", "n_sql")]),
        emit(&[
            Schema::new("a").query(of_layout("SELECT 1 AS n")),
            Schema::new("b")
                .query(of_layout("SELECT 2 AS n"))
                .query(query("n_sql_b")),
        ]),
        emit(&[
            Schema::new("a").query(query("n")),
            Schema::new("b").query(Query::new("numbers_", "m", "", "SELECT 1")),
        ]),
        emit(&[tables(["t", "u"]), Schema::new("b").table(table("T"))]),
        emit(&[
            tables(["t", "u"]),
            Schema::new("b").table(Table::new("t").column(Column::new("C", DataType::Text))),
        ]),
    ];
    // One refusal a line, in the order above.
    insta::assert_snapshot!(refusals.join("\n"), @r"
    `n` (query) and `n_sql` both become `N_SQL` in Rust; rename one
    `n` (query) and `n_sql_b` both become `N_SQL_B` in Rust; rename one
    `numbers` (module) and `numbers_` both become `numbers` in Rust; rename one
    `public.t` (relation) and `public.T` both become `t` in Rust; rename one
    relation `public.t`: `c` (column) and `C` both become `C` in Rust; rename one
    ");
    // What only looks alike: in modules of their own, and a query beside a table.
    assert_eq!(emit(&[queries("others", "n_sql")]), "emitted");
    assert_eq!(
        emit(&[tables(["numbers", "n"]).query(query("n"))]),
        "emitted"
    );
}

#[test]
fn documentation_has_no_line_end_that_rust_refuses() {
    let text = "one\r\ntwo\rthree";
    let table = Table::new(text).column(Column::new("c", DataType::Text).comment(text));
    let row = Row::new("Number", text).column("n", DataType::BigInt, text);
    let query = Query::new("numbers", "n", text, "SELECT {p} AS n")
        .param(Param::new("p", DataType::BigInt, text))
        .one(row);
    let schema = validate(Schema::new("a").table(table).query(query)).unwrap();
    for file in schema::emit_all(&[&schema]).unwrap() {
        assert!(!file.contents.contains('\r'), "{}", file.contents);
    }
}
