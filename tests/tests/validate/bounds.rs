//! Bounds of declared partitions: which values are one, and which come first, as the server says.

use eventcore_schema_model::expr::Literal;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::{Code, validate};
use eventcore_tests::TestDatabase;

fn color() -> EnumType {
    EnumType::new("color", ["red", "green", "blue"])
}

fn schema(key: PartitionKey, ty: &DataType, bounds: Vec<PartitionBound>) -> Schema {
    let mut by = Partitioning::by(key);
    for (number, bound) in bounds.into_iter().enumerate() {
        by = by.partition(Partition::new(format!("t_{number}"), bound));
    }
    let table = Table::new("t").column(Column::new("k", ty.clone()));
    Schema::new("public")
        .user_type(color())
        .table(table.partitioned(by))
}

/// Whether the definition is refused for rows that two partitions would take, or none.
fn clash(schema: Schema) -> bool {
    match validate(schema) {
        Ok(_) => false,
        Err(violations) => {
            let codes = violations.as_slice().iter().map(|it| it.code);
            let others: Vec<Code> = codes.filter(|it| *it != Code::SM101).collect();
            assert!(others.is_empty(), "{violations}");
            true
        }
    }
}

/// Constants of a type, and whether their order is known without a server.
#[rustfmt::skip] // a type a line
fn constants() -> Vec<(DataType, bool, &'static [&'static str])> {
    use DataType::*;
    vec![
        (Integer, true, &["1", " 1 ", "-1", "0001", "10"]),
        (Numeric(None), true, &["1", "1.0", "1.50", "01.5", "-2", "100"]),
        (Boolean, true, &["true", "t", "yes", "off", "false"]),
        (Text, false, &["a", "a ", "b"]),
        (Uuid, true, &["00000000-0000-0000-0000-00000000000a", "{0000000000000000000000000000000A}", "00000000-0000-0000-0000-0000000000ff"]),
        (Bytea, true, &["\\x0a", "\\x0A", "\\xff", "\\x"]),
        (Date, true, &["2026-01-01", "2025-12-31", "2024-02-29", "2024-03-01", "infinity", "-infinity"]),
        (Timestamp, true, &["2026-01-01", "2026-01-01 00:00", "2026-01-01T00:00:00.000", "2025-12-31 24:00:00", "2026-01-01 00:00:00.1"]),
        (TimestampTz, true, &["2026-01-01 00:00+00", "2026-01-01 01:00+01", "2025-12-31 23:30:00-0030", "2026-01-01T00:00:00Z", "2026-01-01 00:00-01:30", "2026-03-01 00:00+00", "2024-02-29 23:59:59.999999Z"]),
        (Inet, false, &["10.0.0.1", "10.0.0.1/32", "10.0.0.1/24", "::1", "0:0::1/128"]),
        (DataType::named("color"), true, &["red", "green", "blue"]),
    ]
}

#[tokio::test]
async fn one_value_in_two_spellings_is_one_value() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let sql = "CREATE TYPE color AS ENUM ('red', 'green', 'blue')";
    client.batch_execute(sql).await.unwrap();
    let mut alike = 0;
    for (ty, is_ordered, texts) in constants() {
        for left in texts {
            for right in texts {
                let value = |text: &str| Literal::Text(text.to_owned());
                let list = |text: &str| PartitionBound::list([value(text)]);
                let shown = format!("{ty}: '{left}' and '{right}'");
                let sql = format!(
                    "SELECT $${left}$$::{ty} = $${right}$$::{ty}, $${left}$$::{ty} < $${right}$$::{ty}"
                );
                let row = client.query_one(&sql, &[]).await.unwrap();
                let (same, below): (bool, bool) = (row.get(0), row.get(1));
                let lists = schema(PartitionKey::list("k"), &ty, vec![list(left), list(right)]);
                assert_eq!(clash(lists), same, "{shown} in two lists");
                alike += usize::from(same && left != right);
                if is_ordered {
                    let range = PartitionBound::range([value(left)], [value(right)]);
                    let range = schema(PartitionKey::range(["k"]), &ty, vec![range]);
                    assert_eq!(!clash(range), below, "{shown} as a range");
                }
            }
        }
    }
    assert!(alike > 30, "only {alike} pairs are one value");
}
