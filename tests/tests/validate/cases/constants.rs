//! Constants: their texts, and those that have no type of their own.

use eventcore_schema_model::expr::{BinaryOp, Literal};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{orders, refuse, shop};
use crate::{Case, case};

fn defaulted(ty: DataType, value: &str) -> Schema {
    shop(orders().column(Column::new("extra", ty).default(value)))
}

fn checked(condition: impl Into<Expr>) -> Schema {
    shop(orders().check("orders_new_check", condition.into()))
}

fn indexed(value: Expr) -> Schema {
    shop(orders().index(Index::new("orders_idx", [IndexPart::new(value)])))
}

fn sum(left: impl Into<Expr>, right: impl Into<Expr>) -> Expr {
    Expr::Binary(Box::new(left.into()), BinaryOp::Add, Box::new(right.into()))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    use DataType::{Boolean, Date, DoublePrecision, Inet, Integer, Interval, Jsonb, Numeric, Real, Text, Time, TimestampTz, Uuid};
    let touch = Trigger::new("touch", TriggerTiming::Before, [TriggerEvent::Insert], "refuse");
    let predicate = Index::new("orders_idx", ["note"]).only_where(lit("maybe"));
    vec![
        case(SM019, "no day of the calendar", defaulted(Date, "2026-02-30")),
        case(SM019, "no form of a day", defaulted(Date, "banana")),
        case(SM019, "no time of the day", defaulted(Time, "24:01")),
        case(SM019, "an offset beyond the world", defaulted(TimestampTz, "2026-01-01 00:00+99")),
        case(SM019, "no length of time", defaulted(Interval, "5 bananas")),
        case(SM019, "an array that does not end", defaulted(DataType::array(Text), "{a")),
        case(SM019, "an array without its elements", defaulted(DataType::array(Text), "{a,}")),
        case(SM019, "an array of something else", defaulted(DataType::array(Integer), "{1,two}")),
        case(SM019, "too great for real", defaulted(Real, "1e39")),
        case(SM019, "too great for double precision", defaulted(DoublePrecision, "1e400")),
        case(SM019, "too great for its precision", defaulted(Numeric(Some((5, 2))), "1000")),
        case(SM019, "U+0000 in jsonb", defaulted(Jsonb, r#"{"a": "\u0000"}"#)),
        case(SM019, "a uuid with blanks", defaulted(Uuid, " 0190f3a2-0000-7000-8000-000000000000")),
        case(SM019, "a prefix with a sign", defaulted(Inet, "10.0.0.1/+8")),
        case(SM019, "a blank that is none to the server", defaulted(Integer, "\u{a0}7")),
        case(SM019, "a text as a generated number", shop(orders().column(Column::new("computed", Integer).generated("one")))),
        case(SM020, "a text as a check", checked("maybe")),
        case(SM020, "a text as a predicate", shop(orders().index(predicate))),
        case(SM020, "a text as a trigger's condition", shop(orders().trigger(touch.when(lit("banana")))).routine(refuse())),
        case(SM021, "a text that is negated", checked(lit("maybe").negate())),
        case(SM021, "a text in a conjunction", checked(lit("maybe").and("yes"))),
        case(SM021, "a text among numbers", checked(lit("one").is_in([1, 2]))),
        case(SM021, "a text between numbers", checked(lit("one").between(1, 2))),
        case(SM021, "the sum of two texts", checked(sum("1", "2").gt(2))),
        case(SM021, "the sum of NULLs", checked(sum(Literal::Null, Literal::Null).eq(col("total")))),
        case(SM021, "containment of texts", checked(lit("{}").contains("{}"))),
        case(SM021, "a member of a text", checked(lit("{}").json_text("a").eq("b"))),
        case(SM021, "a text for a function of numbers", checked(call(Function::Abs, [lit("one")]).gt(0))),
        case(SM021, "a text for a function of jsonb", checked(call(Function::JsonbTypeof, [lit("one")]).eq("number"))),
        case(SM021, "a day that is none", checked(col("placed_at").at_time_zone("UTC").cast(Date).gt(Literal::Typed("2026-13-45".into(), Date)))),
        case(SM022, "a text in an index", indexed(lit("one"))),
        case(SM022, "NULL in an index", indexed(lit(Literal::Null))),
        case(SM021, "a text that is no condition", checked(lit("1").cast(Boolean).and("x"))),
    ]
}

#[test]
fn constants_take_the_type_of_their_place() {
    let counted = |condition: Expr| checked(condition.and(col("total").ge(0)));
    let definitions = [
        counted(lit("true")),
        counted(lit("yes").negate().or("yes")),
        counted(lit("1").is_in([1, 2])),
        counted(lit("a").concat("b").eq("ab")),
        counted(lit("a").is_in(["a", "b"])),
        checked(sum("1", col("total")).gt(0)),
        counted(call(Function::Abs, [lit("1")]).gt(0)),
        shop(orders().column(Column::new("computed", DataType::Integer).generated("1"))),
        indexed(lit(1)),
    ];
    for definition in definitions {
        validate(definition).unwrap();
    }
}
