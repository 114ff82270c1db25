//! Expressions: the server must read the tree that the model holds, whatever parentheses we leave out.

use eventcore_schema_model::expr::{BinaryOp, raw};
use eventcore_schema_model::prelude::*;

use super::{founded, texts};

const NUMBERS: [BinaryOp; 4] = [
    BinaryOp::Add,
    BinaryOp::Subtract,
    BinaryOp::Multiply,
    BinaryOp::Divide,
];
const COMPARISONS: [(BinaryOp, &str); 8] = [
    (BinaryOp::Eq, "="),
    (BinaryOp::NotEq, "<>"),
    (BinaryOp::Lt, "<"),
    (BinaryOp::LtEq, "<="),
    (BinaryOp::Gt, ">"),
    (BinaryOp::GtEq, ">="),
    (BinaryOp::IsDistinctFrom, "IS DISTINCT FROM"),
    (BinaryOp::IsNotDistinctFrom, "IS NOT DISTINCT FROM"),
];

/// The same tree with parentheses around everything, written without the renderer.
fn spelled(expression: &Expr) -> String {
    let operands = expression.operands();
    let sides: Vec<_> = operands.iter().map(|operand| spelled(operand)).collect();
    match expression {
        Expr::Binary(_, op, _) => {
            let symbol = match op {
                BinaryOp::Add => "+",
                BinaryOp::Subtract => "-",
                BinaryOp::Multiply => "*",
                BinaryOp::Divide => "/",
                BinaryOp::And => "AND",
                BinaryOp::Or => "OR",
                BinaryOp::Concat => "||",
                BinaryOp::Contains => "@>",
                BinaryOp::Overlaps => "&&",
                BinaryOp::JsonText => "->>",
                other => COMPARISONS.iter().find(|(op, _)| op == other).unwrap().1,
            };
            format!("(({}) {symbol} ({}))", sides[0], sides[1])
        }
        Expr::Not(_) => format!("(NOT ({}))", sides[0]),
        Expr::IsNull(_) => format!("(({}) IS NULL)", sides[0]),
        Expr::IsNotNull(_) => format!("(({}) IS NOT NULL)", sides[0]),
        Expr::Between(..) => format!("(({}) BETWEEN ({}) AND ({}))", sides[0], sides[1], sides[2]),
        Expr::In(..) => format!("(({}) IN ({}))", sides[0], sides[1..].join(", ")),
        Expr::Cast(_, ty) => format!("(({})::{ty})", sides[0]),
        Expr::Column(name) => name.to_string(),
        Expr::Literal(Literal::Integer(number)) => number.to_string(),
        Expr::Literal(Literal::Boolean(value)) => value.to_string(),
        other => panic!("no spelling for {other:?}"),
    }
}

fn binary(left: Expr, op: BinaryOp, right: Expr) -> Expr {
    Expr::Binary(Box::new(left), op, Box::new(right))
}

/// Conditions in which every operator stands beside and below every other that its types allow. AND below
/// AND stands on the left only: the server keeps the grouping, and it means nothing.
fn conditions() -> Vec<Expr> {
    let mut numbers = vec![col("a"), lit(-1)];
    for first in NUMBERS {
        for second in NUMBERS {
            numbers.push(binary(binary(col("a"), first, col("b")), second, col("c")));
            numbers.push(binary(col("a"), first, binary(col("b"), second, lit(-2))));
        }
    }
    let mut simple = vec![col("p"), lit(true)];
    for (op, _) in COMPARISONS {
        simple.push(binary(col("a"), op, col("b")));
        simple.push(binary(col("p"), op, col("q")));
    }
    simple.push(col("a").is_null());
    simple.push(col("a").between(1, 2));
    simple.push(col("a").is_in([1, 2]));
    let mut found: Vec<_> = numbers.into_iter().map(|number| number.gt(0)).collect();
    for inner in &simple {
        let inner = || inner.clone();
        found.extend([
            inner(),
            inner().negate(),
            inner().negate().negate(),
            inner().is_null(),
            inner().is_not_null(),
            inner().negate().is_null(),
            inner().eq(col("q")),
            col("q").not_eq(inner()),
            inner().is_distinct_from(inner()),
            inner().is_in([true]),
            inner().between(col("p"), inner()),
            inner()
                .cast(DataType::Integer)
                .between(inner().cast(DataType::Integer), 1),
            inner().and(col("q")).or(inner()),
            inner().or(col("q")).and(inner()),
            inner().and(inner().or(col("p"))),
            inner().or(inner().and(col("p"))),
            inner().or(inner()).negate(),
            inner().eq(inner()).eq(inner()),
            inner().and(col("p")).eq(inner()),
            inner().is_null().eq(inner()),
            inner().lt(inner().is_null()),
        ]);
    }
    found.extend([
        col("t").concat(col("t")).concat(col("t")).eq(col("t")),
        col("t").concat(col("t").concat(col("t"))).eq(col("t")),
        col("j").contains(col("j")).and(col("p")),
        col("r").overlaps(col("r")).and(col("p")),
        col("r").contains(binary(col("a"), BinaryOp::Add, col("b"))),
        col("r").overlaps(binary(col("r"), BinaryOp::Multiply, col("r"))),
        col("j").json_text(col("t")).concat(col("t")).eq(col("t")),
        col("j").json_text(col("t").concat(col("t"))).eq(col("t")),
        col("t").concat(col("j").json_text(col("t"))).is_null(),
        col("a").cast(DataType::Text).concat(col("t")).eq(col("t")),
    ]);
    found
}

#[tokio::test]
async fn the_server_reads_the_tree_that_the_model_holds() {
    let conditions = conditions();
    let mut table = [
        ("a", DataType::Integer),
        ("b", DataType::Integer),
        ("c", DataType::Integer),
        ("p", DataType::Boolean),
        ("q", DataType::Boolean),
        ("t", DataType::Text),
        ("j", DataType::Jsonb),
        ("r", DataType::Range(RangeOf::Integer)),
    ]
    .into_iter()
    .fold(Table::new("t"), |table, (name, ty)| {
        table.column(Column::new(name, ty))
    });
    for (number, condition) in conditions.iter().enumerate() {
        let spelled = raw(
            spelled(condition),
            DataType::Boolean,
            Volatility::Immutable,
            ["a"],
            "the other way to write it",
        );
        table = table
            .check(format!("ours_{number}"), condition.clone())
            .check(format!("full_{number}"), spelled);
    }
    let (_db, client) = founded(&Schema::new("x").namespace("s").table(table)).await;
    let different = texts(
        &client,
        "SELECT format('%s: %s, not %s', o.conname, pg_get_constraintdef(o.oid), pg_get_constraintdef(f.oid))
           FROM pg_constraint AS o JOIN pg_constraint AS f ON f.conname = replace(o.conname, 'ours', 'full')
          WHERE o.conname LIKE 'ours%' AND pg_get_constraintdef(o.oid) <> pg_get_constraintdef(f.oid)",
    )
    .await;
    assert_eq!(different, Vec::<String>::new());
    let count = texts(
        &client,
        "SELECT count(*)::text FROM pg_constraint WHERE conname LIKE 'ours%'",
    )
    .await;
    assert_eq!(count, [conditions.len().to_string()]);
}
