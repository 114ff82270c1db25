//! Objects that need each other and come in one release, and go in one: whatever holds the text that names them.

use eventcore_schema_model::expr::{next_value, raw};
use eventcore_schema_model::prelude::*;

use crate::case::{evolve, valid};
use crate::proof::Bench;
use crate::queries::with_words;

/// What holds a text that needs the routine `g` or the sequence `sq`.
type Holder = (&'static str, fn(Schema) -> Schema);

fn calls_g(argument: &str, ty: DataType) -> Expr {
    let columns = (argument == "note").then_some("note");
    raw(
        format!("public.g({argument})"),
        ty,
        Volatility::Immutable,
        columns,
        "it is ours",
    )
}

fn g_of(argument: &str) -> Expr {
    calls_g(argument, DataType::Text)
}

fn is_set(argument: &str) -> Expr {
    g_of(argument).is_not_null()
}

fn orders() -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .primary_key(["id"])
}

fn other() -> Table {
    let mut table = orders();
    table.name = Table::new("other").name;
    table.constraints[0].name = Table::new("other_pkey").name.name;
    table
}

fn routine(name: &str, body: impl Into<Template>) -> Routine {
    Routine::new(name, Returns::Value(DataType::Text), body)
        .language(Language::Sql)
        .volatility(Volatility::Immutable)
}

fn g() -> Routine {
    routine("g", "SELECT coalesce(p, '') || '!'").argument(Argument::new("p", DataType::Text))
}

fn on_note(when: Option<Expr>) -> Trigger {
    let trigger = Trigger::new(
        "touch",
        TriggerTiming::Before,
        [TriggerEvent::Insert],
        "touch",
    );
    match when {
        Some(when) => trigger.when(when),
        None => trigger,
    }
}

fn touch() -> Routine {
    Routine::new("touch", Returns::Trigger, "BEGIN\n    RETURN new;\nEND;")
        .language(Language::PlPgSql)
}

fn months(leaf: LeafTemplate) -> Table {
    Table::new("months")
        .column(Column::new("at", DataType::TimestampTz))
        .column(Column::new("note", DataType::Text).nullable())
        .partition_by_policy(
            PartitionKey::range(["at"]),
            PartitionPolicy::monthly(BoundEncoding::TimestampTz)
                .leaf(leaf)
                .detach_blocking(),
        )
}

fn list(leaf: LeafTemplate) -> Table {
    Table::new("listed")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .partitioned(
            Partitioning::by(PartitionKey::list("id"))
                .partition(Partition::new("listed_1", PartitionBound::list([1])))
                .leaf(leaf),
        )
}

fn by_g() -> Index {
    Index::new("by_g", [IndexPart::new(g_of("note"))]).serves_external("support")
}

fn kept() -> View {
    View::new(
        "kept",
        Template::new("SELECT o.{o.note} FROM {o} AS o").relation("o", "orders"),
    )
    .column("note", DataType::Text, true)
    .materialized()
    .index(by_g())
}

fn domain() -> Domain {
    Domain::new("dom", DataType::Text)
}

fn of_domain(domain: Domain) -> impl FnOnce(Schema) -> Schema {
    let column = Column::new("of_domain", DataType::named("dom")).nullable();
    |schema| schema.user_type(domain).table(other().column(column))
}

#[rustfmt::skip] // a holder a line
const HOLDERS: [Holder; 19] = [
    ("default", |it| it.table(other().column(Column::new("d", DataType::Text).default(g_of("'a'"))))),
    ("default_of_old_table", |it| it.edit_table("orders", |it| it.column(Column::new("d", DataType::Text).nullable().default(g_of("'a'")).rewrite("it is small")))),
    ("generated", |it| it.table(other().column(Column::new("d", DataType::Text).nullable().generated(g_of("note"))))),
    ("check", |it| it.table(other().check("ck", is_set("note")))),
    ("check_of_old_table", |it| it.edit_table("orders", |it| it.check("ck", is_set("note")))),
    ("index", |it| it.table(other().index(by_g()))),
    ("index_of_old_table", |it| it.edit_table("orders", |it| it.index(by_g()))),
    ("index_of_view", |it| it.view(kept())),
    ("index_of_months", |it| it.table(months(LeafTemplate::default().index(by_g())))),
    ("index_of_leaves", |it| it.table(list(LeafTemplate::default().index(by_g())))),
    ("when", |it| it.routine(touch()).table(other().trigger(on_note(Some(is_set("new.note")))))),
    ("when_of_old_table", |it| it.routine(touch()).edit_table("orders", |it| it.trigger(on_note(Some(is_set("new.note")))))),
    ("when_of_months", |it| it.routine(touch()).table(months(LeafTemplate::default().trigger(on_note(Some(is_set("new.note"))))))),
    ("argument", |it| it.routine(routine("f", "SELECT q").argument(Argument::new("q", DataType::Text).default(g_of("'a'"))))),
    ("domain_default", |it| of_domain(domain().default(g_of("'a'")))(it)),
    ("domain_check", |it| of_domain(domain().check("ck", is_set("VALUE")))(it)),
    ("sequence_of_argument", |it| it.sequence(Sequence::new("sq")).routine(routine("f", "SELECT q::text").volatility(Volatility::Volatile).argument(Argument::new("q", DataType::BigInt).default(next_value("sq"))))),
    ("sequence_of_domain", |it| it.sequence(Sequence::new("sq")).user_type(Domain::new("nr", DataType::BigInt).default(next_value("sq"))).table(other().column(Column::new("d", DataType::named("nr")).nullable()))),
    ("routines_of_months", |it| it.table(months(LeafTemplate::default()))
        .view(View::new("shown", Template::new("SELECT count(*) AS n FROM {list}()").routine("list", "list_partitions")).column("n", DataType::BigInt, false))
        .routine(Routine::new("weekly", Returns::Value(DataType::BigInt), Template::new("SELECT count(*) FROM {maintain}()").routine("maintain", "maintain_partitions")).language(Language::SqlAtomic).volatility(Volatility::Volatile))),
];

fn without() -> Schema {
    Schema::new("public").table(orders())
}

/// The base again, with a word for all that goes.
fn given_up(with: &Schema) -> Schema {
    let mut schema = without();
    let mut objects: Vec<ObjectRef> = Vec::new();
    objects.extend(with.views.iter().map(|it| ObjectRef::view(&it.name)));
    let tables = with.tables.iter().filter(|it| it.name.name != *"orders");
    objects.extend(tables.map(|it| ObjectRef::table(&it.name)));
    objects.extend(with.routines.iter().map(|it| ObjectRef::routine(&it.name)));
    objects.extend(with.types.iter().map(|it| ObjectRef::user_type(it.name())));
    objects.extend(
        with.sequences
            .iter()
            .map(|it| ObjectRef::sequence(&it.name)),
    );
    for object in objects {
        schema = schema.drop(object, "unused");
    }
    schema.edit_table("orders", |table| {
        let has = with.tables[0].columns.iter().any(|it| it.name == *"d");
        if has {
            table.drop_column("d", "unused")
        } else {
            table
        }
    })
}

#[tokio::test]
async fn what_needs_each_other_comes_and_goes_in_one_release() {
    let bench = Bench::new().await;
    let base = valid(without());
    for (name, holds) in HOLDERS {
        let with = holds(without().routine(g()));
        let gone = given_up(&with);
        let with = with_words(&base, valid(with));
        let founded = bench.founded(&with).await;
        let gone = with_words(&with, valid(gone));
        for (from, to, expected) in [
            (&base, &with, founded.clone()),
            (&with, &gone, bench.founded(&base).await),
        ] {
            let migrations = evolve(from, to).unwrap_or_else(|error| panic!("{name}: {error}"));
            eprintln!("{name}: {} migrations", migrations.len());
            bench.prove((from, to), &migrations, false, &expected).await;
        }
    }
}

fn keyed(name: &str) -> Table {
    let mut table = other();
    table.name = Table::new(name).name;
    table.constraints[0].name = Table::new(format!("{name}_pkey")).name.name;
    table
}

fn plain(name: &str) -> Index {
    Index::new(name, ["note"]).serves_external("support")
}

fn exclusion(table: Table) -> Table {
    let own = call(
        Function::Range(RangeOf::BigInt),
        [col("id"), col("id"), lit("[]")],
    );
    let parts = Exclusion::new().part(own, ExclusionOperator::Overlaps);
    table.exclude("u", parts.blocking("it is small"))
}

fn shown(name: &str, index: &str) -> View {
    let mut view = kept();
    view.name = View::new(name, "").name;
    if let Some(materialized) = &mut view.materialized {
        materialized.indexes[0] = plain(index);
    }
    view
}

fn of_lists(name: &str, partition: &str) -> Table {
    let table = Table::new(name).column(Column::new("id", DataType::BigInt));
    let partition = Partition::new(partition, PartitionBound::list([1]));
    table.partitioned(Partitioning::by(PartitionKey::list("id")).partition(partition))
}

/// A name that something gives up, and that something else has in the same release.
#[rustfmt::skip] // a pair a line
fn handed_on() -> Vec<(&'static str, Schema, Schema)> {
    let shop = |tables: &[Table]| tables.iter().cloned().fold(Schema::new("public").table(orders()), Schema::table);
    let gone = |schema: Schema, name: &str| schema.drop(ObjectRef::table(name), "unused");
    let a = || keyed("a");
    let b = || keyed("b");
    let numbered = |table: &str, column: &str| Table::new(table).column(Column::new(column, DataType::BigInt).identity(Identity::Always));
    let monthly = |name: &str| { let mut table = months(LeafTemplate::default()); table.name = Table::new(name).name; table };
    let some = || plain("u").unique().only_where(col("id").gt(0));
    vec![
        ("a unique key becomes an index", shop(&[a().unique("u", ["note"])]), shop(&[a().index(plain("u"))])),
        ("a unique key becomes a unique index of some rows", shop(&[a().unique("u", ["note"])]), shop(&[a().index(some())])),
        ("a unique key's name goes to another table's", shop(&[a().unique("u", ["note"]), b()]), shop(&[a(), b().unique("u", ["note"])])),
        ("a unique key's name goes to another table's index", shop(&[a().unique("u", ["note"]), b()]), shop(&[a(), b().index(plain("u"))])),
        ("an index's name goes to another table's unique key", shop(&[a().index(plain("u")), b()]), shop(&[a(), b().unique("u", ["note"])])),
        ("an exclusion's name goes to another table's unique key", shop(&[exclusion(a()), b()]), shop(&[a(), b().unique("u", ["note"])])),
        ("an index of a table that goes", shop(&[a().index(plain("u")), b()]), gone(shop(&[b().index(plain("u"))]), "a")),
        ("a key of a table that goes", shop(&[a().unique("u", ["note"]), b()]), gone(shop(&[b().unique("u", ["note"])]), "a")),
        ("a key of a table that is replaced", shop(&[a().unique("u", ["note"])]), gone(shop(&[b().unique("u", ["note"])]), "a")),
        ("an index of a view that is replaced", shop(&[]).view(shown("v", "u")), shop(&[]).view(shown("w", "u")).drop(ObjectRef::view("v"), "unused")),
        ("an index of a view that goes", shop(&[a()]).view(shown("v", "u")), shop(&[a().index(plain("u"))]).drop(ObjectRef::view("v"), "unused")),
        ("a partition of a table that is replaced", shop(&[of_lists("a", "p")]), gone(shop(&[of_lists("b", "p")]), "a")),
        ("a month of a table that goes", shop(&[monthly("a")]), gone(shop(&[keyed("a_2026_11")]), "a")),
        ("months of a table that is replaced", shop(&[monthly("a")]), gone(shop(&[monthly("b")]), "a")),
        ("a unique key's name becomes a table's", shop(&[a().unique("u", ["note"])]), shop(&[a(), keyed("u")])),
        ("a unique key's name becomes a sequence's", shop(&[a().unique("u", ["note"])]), shop(&[a()]).sequence(Sequence::new("u"))),
        ("a numbered table's name becomes another's", shop(&[numbered("a", "b_id")]), gone(shop(&[numbered("a_b", "id")]), "a")),
    ]
}

#[tokio::test]
async fn a_name_is_handed_on_in_one_release() {
    let bench = Bench::new().await;
    for (name, from, to) in handed_on() {
        let (from, to) = (valid(from), valid(to));
        let to = with_words(&from, to);
        let expected = bench.founded(&to).await;
        let migrations = evolve(&from, &to).unwrap_or_else(|error| panic!("{name}: {error}"));
        eprintln!("{name}: {} migrations", migrations.len());
        bench
            .prove((&from, &to), &migrations, false, &expected)
            .await;
    }
}

#[test]
fn a_primary_key_takes_no_name_that_is_not_free_yet() {
    let shop = |table: Table| valid(Schema::new("public").table(table));
    let mut primary = keyed("a");
    primary.constraints[0].name = Table::new("u").name.name;
    for (what, before) in [
        ("the key", keyed("a").unique("u", ["note"])),
        ("the index", keyed("a").index(plain("u"))),
        ("the key", exclusion(keyed("a"))),
        ("the constraint", keyed("a").check("u", col("id").gt(0))),
    ] {
        let error = evolve(&shop(before), &shop(primary.clone())).err().unwrap();
        let expected = format!("constraint `u`: its new name is still used by {what} `u`");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}
