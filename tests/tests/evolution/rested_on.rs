//! What rests on something that changes, and that the server does not let go of: refused before a migration is planned.

use eventcore_schema_model::expr::raw;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

use crate::case::{apply, catalog_of, evolve, found, founded_catalog, run, valid};
use crate::proof::Bench;

/// Items, and a view of them that groups by these columns.
fn items(key: &[&str], grouped: &str) -> Schema {
    let table = Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("a", DataType::Integer))
        .primary_key(key.iter().copied());
    let text = format!("SELECT min(i.{{items.a}}) AS least FROM {{items}} AS i GROUP BY {grouped}");
    let view = View::new("shown", Template::new(text).relation("items", "items"));
    Schema::new("shop")
        .table(table)
        .view(view.column("least", DataType::Integer, true))
}

#[tokio::test]
async fn a_view_that_groups_by_a_key_keeps_it() {
    let (before, after) = (
        items(&["id"], "i.id, i.a"),
        items(&["id", "a"], "i.id, i.a"),
    );
    let (before, after) = (valid(before), valid(after));
    let error = evolve(&before, &after).err().unwrap().to_string();
    assert!(
        error.contains("view `shown` groups by the primary key of `items`, which changes")
            && error.contains("give up what rests on it in this migration"),
        "{error}"
    );
    // The server keeps the key only where the view shows what the key tells, which no text of ours is parsed for.
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &before).await;
    let sql = "CREATE VIEW rests AS SELECT id, a FROM items GROUP BY id; ALTER TABLE items DROP CONSTRAINT items_pkey";
    let error = client.batch_execute(sql).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "2BP01");
    let other = |key: &[&str]| valid(items(key, "i.a"));
    assert!(evolve(&other(&["id"]), &other(&["id", "a"])).is_ok());
}

/// A routine `g` whose argument has this type, under what holds an expression.
fn under_g(argument: DataType, holds: fn(Schema, Expr) -> Schema) -> Schema {
    let orders = Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .primary_key(["id"]);
    let schema = Schema::new("public").table(orders);
    let g = Routine::new("g", Returns::Value(DataType::Integer), "SELECT 1")
        .argument(Argument::new("p", argument))
        .language(Language::Sql)
        .volatility(Volatility::Immutable);
    let none: [&str; 0] = [];
    let call = raw(
        "public.g(1)",
        DataType::Integer,
        Volatility::Immutable,
        none,
        "it is ours",
    );
    holds(schema.routine(g), call)
}

#[tokio::test]
async fn what_calls_a_routine_keeps_its_arguments() {
    type Holder = (&'static str, fn(Schema, Expr) -> Schema);
    #[rustfmt::skip] // a holder a line
    let holders: [Holder; 4] = [
        ("column `n` of `orders`", |it, call| it.edit_table("orders", |it| it.column(Column::new("n", DataType::Integer).default(call)))),
        ("trigger `touch` of `orders`", |it, call| {
            let body = "BEGIN\n    RETURN new;\nEND;";
            let touch = Routine::new("touch", Returns::Trigger, body).language(Language::PlPgSql);
            let trigger = Trigger::new("touch", TriggerTiming::Before, [TriggerEvent::Insert], "touch");
            it.routine(touch).edit_table("orders", |it| it.trigger(trigger.when(call.eq(1))))
        }),
        ("domain `dom`", |it, call| it.user_type(Domain::new("dom", DataType::Integer).default(call))),
        ("routine `f`", |it, call| it.routine(Routine::new("f", Returns::Value(DataType::Integer), "SELECT q").argument(Argument::new("q", DataType::Integer).default(call)).language(Language::Sql))),
    ];
    for (what, holds) in holders {
        let before = valid(under_g(DataType::Integer, holds));
        let after = valid(under_g(DataType::BigInt, holds));
        let error = evolve(&before, &after).err().unwrap().to_string();
        let expected = format!("{what} rests on `g`, which changes; give up what rests on it");
        assert!(error.contains(&expected), "{what}: {error}");
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &before).await;
        let sql = "DROP FUNCTION g(integer)";
        let error = client.batch_execute(sql).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "2BP01", "{what}");
    }
}

/// The body of an SQL function is a text to the server: it holds neither what it calls nor what it reads.
#[tokio::test]
async fn a_routine_in_sql_follows_what_it_calls_and_reads() {
    let schema = |ty: DataType, argument: &str, texts: [&str; 2]| {
        let n = Column::new("n", ty.clone());
        let n = if ty == DataType::Text {
            n.rewrite_using(col("n").cast(DataType::Text), "numbers of the suppliers")
        } else {
            n
        };
        let orders = Table::new("orders").column(n);
        let twice = Routine::new("twice", Returns::Value(DataType::Integer), "SELECT 2")
            .argument(Argument::new(argument, DataType::Integer))
            .language(Language::Sql);
        let [calls, reads] = texts.map(|it| {
            let text = Template::new(it).relation("orders", "orders");
            if it.contains("{twice}") {
                text.routine("twice", "twice")
            } else {
                text
            }
        });
        let caller = Routine::new("caller", Returns::Value(DataType::Integer), calls);
        let reader = Routine::new("reader", Returns::Value(DataType::BigInt), reads);
        Schema::new("public")
            .table(orders)
            .routine(twice)
            .routine(caller.language(Language::Sql))
            .routine(reader.language(Language::Sql))
    };
    let calls = |name: &str| format!("SELECT {{twice}}({name} => 1) FROM {{orders}}");
    let before = valid(schema(
        DataType::Integer,
        "quantity",
        [&calls("quantity"), "SELECT sum(o.n) FROM {orders} AS o"],
    ));
    let after = valid(schema(
        DataType::Text,
        "pieces",
        [
            &calls("pieces"),
            "SELECT sum(o.n::integer) FROM {orders} AS o",
        ],
    ));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &before).await;
    run(&client, "INSERT INTO orders (n) VALUES (1), (2)", "rows").await;
    for migration in evolve(&before, &after).unwrap() {
        apply(&client, &migration).await;
    }
    let row = client.query_one("SELECT caller(), reader()", &[]).await;
    let row = row.unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i64>(1)), (2, 3));
    assert_eq!(catalog_of(&client).await, founded_catalog(&after).await);
}

/// Months whose routines have these names, kept for so long, under a view and a routine that call two of them.
fn months(names: [&str; 4], kept: Option<u32>) -> Schema {
    let policy = PartitionPolicy::monthly(BoundEncoding::TimestampTz).detach_blocking();
    let [create, drop, maintain, list] = names;
    let policy = policy.routines(create, drop, maintain, list);
    let policy = match kept {
        Some(months) => policy.retain_months(months),
        None => policy,
    };
    let table = Table::new("months")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("at", DataType::TimestampTz));
    let shown = Template::new("SELECT count(*) AS n FROM {list}()").routine("list", list);
    let given = Template::new("SELECT count(*) FROM {drop}(3)").routine("drop", drop);
    let weekly = Routine::new("weekly", Returns::Value(DataType::BigInt), given);
    Schema::new("public")
        .table(table.partition_by_policy(PartitionKey::range(["at"]), policy))
        .view(View::new("shown", shown).column("n", DataType::BigInt, false))
        .routine(
            weekly
                .language(Language::SqlAtomic)
                .volatility(Volatility::Volatile),
        )
}

#[tokio::test]
async fn what_calls_the_routines_of_months_follows_their_names() {
    let bench = Bench::new().await;
    let (old, new) = (["c", "d", "m", "l"], ["cc", "dd", "mm", "ll"]);
    let (before, after) = (valid(months(old, None)), valid(months(new, None)));
    let migrations = evolve(&before, &after).unwrap();
    let founded = bench.founded(&after).await;
    bench
        .prove((&before, &after), &migrations, false, &founded)
        .await;
    // Without its number's default it is another function, which the server cannot put in its place.
    let (kept, not) = (valid(months(old, Some(3))), valid(months(old, None)));
    let error = evolve(&kept, &not).err().unwrap().to_string();
    assert!(
        error.contains("routine `weekly` rests on `d`, which changes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_view_stays_where_it_does_not_read_what_changes() {
    let bench = Bench::new().await;
    let kept = || {
        let text = "SELECT o.{o.cents} / 100 AS euros FROM {o} AS o";
        View::new("kept", Template::new(text).relation("o", "orders"))
            .column("euros", DataType::Integer, true)
            .materialized()
    };
    let over = || {
        let text = "SELECT k.euros FROM {k} AS k";
        View::new("over", Template::new(text).relation("k", "kept")).column(
            "euros",
            DataType::Integer,
            true,
        )
    };
    let shop = |note: Option<Column>| {
        let orders = Table::new("orders")
            .column(Column::new("id", DataType::BigInt))
            .column(Column::new("cents", DataType::Integer).nullable())
            .primary_key(["id"]);
        let orders = match note {
            Some(note) => orders.column(note.nullable()),
            None => orders.drop_column("note", "unused"),
        };
        valid(
            Schema::new("public")
                .table(orders)
                .view(kept())
                .view(over()),
        )
    };
    let text = || Column::new("note", DataType::Text);
    let json = Column::new("note", DataType::Jsonb);
    let json = json.rewrite_using(
        raw(
            "to_jsonb(note)",
            DataType::Jsonb,
            Volatility::Immutable,
            ["note"],
            "it is one",
        ),
        "it is small",
    );
    for after in [None, Some(json)] {
        let (from, to) = (shop(Some(text())), shop(after));
        let migrations = evolve(&from, &to).unwrap();
        let dropped = migrations.iter().find(|it| it.text.contains("VIEW"));
        assert!(dropped.is_none(), "{}", dropped.unwrap().text);
        let founded = bench.founded(&to).await;
        bench.prove((&from, &to), &migrations, true, &founded).await;
    }
    // A number refers to a selected column, which is not in the key here.
    let other = |key: &[&str]| valid(items(key, "1"));
    assert!(evolve(&other(&["id"]), &other(&["id", "a"])).is_ok());
}

/// What changes beside a column that gets another type: a view that does not read it, and a trigger that fires for it.
#[tokio::test]
async fn views_and_triggers_change_beside_a_column_that_gets_another_type() {
    let bench = Bench::new().await;
    let shop =
        |view: fn(View) -> View, text: &str, trigger: fn(Trigger) -> Trigger, note: Column| {
            let events = [TriggerEvent::update_of(["note", "id"])];
            let touch = Trigger::new("touch", TriggerTiming::Before, events, "touch");
            let orders = Table::new("orders")
                .column(Column::new("id", DataType::BigInt))
                .column(note)
                .primary_key(["id"])
                .trigger(trigger(touch));
            let shown = View::new("shown", Template::new(text).relation("o", "orders"));
            let touch = Routine::new("touch", Returns::Trigger, "BEGIN\n    RETURN NEW;\nEND");
            let schema = Schema::new("public").table(orders).routine(touch);
            valid(schema.view(view(shown.column("id", DataType::BigInt, true))))
        };
    let text = || Column::new("note", DataType::Text);
    let short = || Column::new("note", DataType::VarChar(100)).rewrite("it is small");
    let (first, second) = (
        "SELECT o.{o.id} FROM {o} AS o",
        "SELECT o.{o.id} FROM {o} AS o WHERE o.{o.id} > 0",
    );
    let when = |it: Trigger| it.when(new("id").gt(0));
    for (from, to) in [
        (
            shop(|it| it, first, |it| it, text()),
            shop(|it| it, second, |it| it, short()),
        ),
        (
            shop(|it| it, first, |it| it, text()),
            shop(|it| it.comment("all"), first, |it| it, short()),
        ),
        (
            shop(|it| it, first, when, text()),
            shop(|it| it, first, |it| it, short()),
        ),
        (
            shop(|it| it, first, |it| it, text()),
            shop(|it| it, first, when, short()),
        ),
    ] {
        let migrations = evolve(&from, &to).unwrap();
        let founded = bench.founded(&to).await;
        bench.prove((&from, &to), &migrations, true, &founded).await;
    }
}

/// A text that names a column is the same text once the column has another name: the server follows it, as it does elsewhere.
#[tokio::test]
async fn raw_texts_follow_a_column_that_gets_another_name() {
    let bench = Bench::new().await;
    let shop = |name: &str, was: Option<&str>| {
        let given = Column::new(name, DataType::Text);
        let given = match was {
            Some(was) => given.renamed_from(was),
            None => given,
        };
        let of = |text: String, ty| raw(text, ty, Volatility::Immutable, [name], "a test");
        let shouted = of(format!("{name} || '!'"), DataType::Text);
        let table = Table::new("guests")
            .column(Column::new("id", DataType::BigInt))
            .column(given)
            .column(
                Column::new("shouted", DataType::Text)
                    .generated(shouted)
                    .nullable(),
            )
            .check(
                "guests_check",
                of(format!("{name} <> ''"), DataType::Boolean),
            );
        valid(Schema::new("public").table(table))
    };
    let (from, to) = (shop("first_name", None), shop("given", Some("first_name")));
    let migrations = evolve(&from, &to).unwrap();
    assert_eq!(migrations.len(), 1);
    assert!(
        !migrations[0].text.contains("CONSTRAINT"),
        "{}",
        migrations[0].text
    );
    let founded = bench.founded(&to).await;
    bench.prove((&from, &to), &migrations, true, &founded).await;
}
