//! Trigger functions that two tables share: which of their columns `NEW` has, as the server says when rows are written.

use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;
use eventcore_schema_model::validate::{Code, validate};
use eventcore_tests::TestDatabase;

/// Bodies, and the rule that refuses them for an INSERT into `orders` or `lines`.
#[rustfmt::skip] // a body a line
const BODIES: &[(Option<Code>, &str)] = &[
    (None, "NEW.id := 1; RETURN NEW;"),
    (Some(Code::SM134), "NEW.total := 1; RETURN NEW;"),
    (None, "IF TG_TABLE_NAME = 'orders' THEN NEW.total := 1; END IF; RETURN NEW;"),
    (Some(Code::SM134), "IF TG_TABLE_NAME = 'orders' THEN NEW.sku := 'a'; END IF; RETURN NEW;"),
    (Some(Code::SM134), "IF TG_TABLE_NAME = 'orders' THEN NEW.id := 1; END IF; NEW.total := 1; RETURN NEW;"),
    (Some(Code::SM134), "IF TG_TABLE_NAME = 'orders' AND NEW.total > 1 THEN NEW.id := 1; END IF; RETURN NEW;"),
    (None, "IF TG_TABLE_NAME = 'orders' THEN IF NEW.total > 1 THEN NEW.total := 1; END IF; ELSE NEW.sku := 'a'; END IF; RETURN NEW;"),
    (Some(Code::SM134), "IF TG_TABLE_NAME = 'orders' THEN NEW.total := 1; ELSE NEW.total := 1; END IF; RETURN NEW;"),
    (None, "IF TG_TABLE_NAME IN ('orders') THEN NEW.total := 1; ELSIF NEW.sku IS NULL THEN NEW.sku := 'a'; END IF; RETURN NEW;"),
    (None, "IF TG_TABLE_NAME = 'orders' THEN NEW.total := 1; RETURN NEW; END IF; NEW.sku := 'a'; RETURN NEW;"),
    (Some(Code::SM134), "IF TG_TABLE_NAME = 'orders' THEN NEW.total := 1; RETURN NEW; END IF; NEW.total := 1; RETURN NEW;"),
    (Some(Code::SM134), "IF TG_TABLE_NAME = 'orders' THEN IF NEW.total > 9 THEN RETURN NEW; END IF; END IF; NEW.sku := 'a'; RETURN NEW;"),
    (None, "IF TG_TABLE_NAME <> 'orders' THEN RETURN NEW; END IF; NEW.total := 1; RETURN NEW;"),
    (None, "CASE TG_TABLE_NAME WHEN 'orders' THEN NEW.total := 1; WHEN 'lines' THEN NEW.sku := 'a'; END CASE; RETURN NEW;"),
    (Some(Code::SM134), "CASE TG_TABLE_NAME WHEN 'orders' THEN NEW.sku := 'a'; ELSE NEW.sku := 'a'; END CASE; RETURN NEW;"),
    (Some(Code::SM134), "NEW.id := CASE WHEN TG_TABLE_NAME = 'orders' THEN NEW.total ELSE 1 END; RETURN NEW;"),
    (None, "FOR n IN 1..2 LOOP IF TG_TABLE_NAME = 'orders' THEN NEW.total := CASE WHEN n = 1 THEN 1 ELSE 2 END; END IF; END LOOP; RETURN NEW;"),
    (None, "IF TG_RELID = 'public.orders'::regclass THEN NEW.total := 1; END IF; RETURN NEW;"),
    (None, "DECLARE is_order boolean := TG_TABLE_NAME = 'orders'; BEGIN IF is_order THEN NEW.total := 1; END IF; END; RETURN NEW;"),
    (None, "IF NEW.id = 1 THEN RAISE NOTICE '%', NEW.id; END IF; RETURN NEW;"),
    (Some(Code::SM134), "IF NEW.id = 7 THEN NEW.id := 8; ELSE NEW.total := 1; END IF; RETURN NEW;"),
    (Some(Code::SM168), "NEW.id := 1;"),
];

fn schema(body: &str) -> Schema {
    let column = |name: &str| Column::new(name, DataType::Integer).default(0);
    let trigger = Trigger::new(
        "fill",
        TriggerTiming::Before,
        [TriggerEvent::Insert],
        "fill",
    );
    let orders = Table::new("orders")
        .column(column("id"))
        .column(column("total"));
    let sku = Column::new("sku", DataType::Text).nullable();
    let lines = Table::new("lines").column(column("id")).column(sku);
    let fill = Routine::new(
        "fill",
        Returns::Trigger,
        Template::new(format!("BEGIN {body} END")),
    );
    Schema::new("public")
        .table(orders.trigger(trigger.clone()))
        .table(lines.trigger(trigger))
        .routine(fill)
}

#[tokio::test]
async fn new_has_the_columns_of_the_table_that_a_statement_runs_for() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let tables = "CREATE TABLE orders (id integer DEFAULT 1, total integer DEFAULT 2); CREATE TABLE lines (id integer DEFAULT 1, sku text)";
    client.batch_execute(tables).await.unwrap();
    for (refused, body) in BODIES {
        let found: Vec<Code> = match validate(schema(body)) {
            Ok(_) => Vec::new(),
            Err(violations) => violations.as_slice().iter().map(|it| it.code).collect(),
        };
        let is_expected = found.iter().all(|it| Some(*it) == *refused);
        assert!(
            is_expected && found.is_empty() == refused.is_none(),
            "{body}: {found:?}"
        );
        let create = format!(
            "CREATE OR REPLACE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
        );
        let triggers = ["orders", "lines"].map(|it| {
            format!("CREATE OR REPLACE TRIGGER fill BEFORE INSERT ON {it} FOR EACH ROW EXECUTE FUNCTION fill()")
        });
        let sql = [create, triggers.join("; ")].join("; ");
        client.batch_execute(&sql).await.unwrap();
        let mut failed = 0;
        for table in ["orders", "lines"] {
            let sql = format!("INSERT INTO {table} DEFAULT VALUES");
            failed += usize::from(client.batch_execute(&sql).await.is_err());
        }
        assert_eq!(
            failed > 0,
            refused.is_some(),
            "{body}: {failed} INSERTs failed"
        );
    }
}
