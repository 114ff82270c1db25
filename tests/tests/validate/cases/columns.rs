//! Columns and expressions.

use eventcore_schema_model::expr::{Literal, next_value, now, raw};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{archive, guarded_leaf, log, monthly, orders, shop};
use crate::{Case, case};

fn with(column: Column) -> Schema {
    shop(orders().column(column))
}

fn checked(condition: Expr) -> Schema {
    shop(orders().check("orders_new_check", condition))
}

fn defaulted(ty: DataType, value: impl Into<Expr>) -> Schema {
    with(Column::new("extra", ty).default(value))
}

fn typed(text: &str, ty: DataType) -> Expr {
    Expr::Literal(Literal::Typed(text.to_owned(), ty))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    use DataType::{BigInt, Boolean, Date, Integer, Interval, Json, Jsonb, Numeric, SmallInt, Text, TimestampTz, Uuid, VarChar};
    let none: [&str; 0] = [];
    let computed = |ty, value: Expr| with(Column::new("computed", ty).generated(value));
    vec![
        case(SM008, "in a check", checked(col("totals").ge(0))),
        case(SM011, "in a default", defaulted(BigInt, next_value("numbers"))),
        case(SM018, "the clock in a check", checked(call(Function::ClockTimestamp, [] as [Expr; 0]).gt(col("placed_at")))),
        case(SM019, "too great for smallint", defaulted(SmallInt, 32_768)),
        case(SM019, "too great for integer", defaulted(Integer, 3_000_000_000_i64)),
        case(SM019, "a text for a uuid", defaulted(Uuid, "none")),
        case(SM019, "a text for jsonb", defaulted(Jsonb, "{")),
        case(SM019, "a text for a boolean", defaulted(Boolean, "maybe")),
        case(SM019, "a text too long", defaulted(VarChar(3), "long")),
        case(SM019, "a day without its offset", defaulted(TimestampTz, "2026-01-01 00:00")),
        case(SM019, "a word that freezes", defaulted(TimestampTz, "now")),
        case(SM019, "a time for a number", defaulted(Integer, now())),
        case(SM019, "a value of a composite type that is too short", paired("(1)")),
        case(SM019, "a value of a composite type with another in it", paired("(one,\"a, b\")")),
        case(SM019, "NULL and NULL", defaulted(Integer, call(Function::Coalesce, [lit(Literal::Null), lit(Literal::Null)]))),
        case(SM019, "NULL", defaulted(Text, Literal::Null)),
        case(SM019, "of a generated column", computed(Integer, col("note"))),
        case(SM020, "a check", checked(col("total"))),
        case(SM020, "a predicate", shop(orders().index(Index::new("orders_idx", ["note"]).only_where(col("note"))))),
        case(SM021, "an operator", checked(col("total").eq(col("note")))),
        case(SM021, "a constant of the other type", checked(col("id").eq("zero"))),
        case(SM021, "containment in json", checked(col("source").contains(typed("{}", Jsonb)))),
        case(SM021, "a function", checked(call(Function::Lower, [col("total")]).eq("a"))),
        case(SM021, "a function's arguments", checked(call(Function::Lower, [col("note"), col("note")]).eq("a"))),
        case(SM021, "a cast", checked(col("id").cast(BigInt).gt(0))),
        case(SM021, "a list", checked(col("total").is_in([lit("one"), lit(2)]))),
        case(SM021, "coalesce", checked(call(Function::Coalesce, [col("note"), lit(1)]).eq("a"))),
        case(SM021, "a text for a condition", checked(col("note").and(col("total").ge(0)))),
        case(SM021, "a day that settings read otherwise", checked(col("placed_at").gt(typed("01/02/2026 00:00+00", TimestampTz)))),
        case(SM022, "a column in a default", defaulted(Integer, col("total"))),
        case(SM022, "a trigger's row in a check", checked(new("total").ge(0))),
        case(SM022, "a sequence in a check", checked_sequence()),
        case(SM017, "the day of an instant", computed(Date, col("placed_at").cast(Date))),
        case(SM017, "an instant as text", computed(Text, col("placed_at").cast(Text))),
        case(SM017, "a text as an instant", computed(TimestampTz, col("customer").cast(TimestampTz))),
        case(SM017, "an instant after some time", computed(TimestampTz, col("placed_at") + typed("1 day", Interval))),
        case(SM017, "a day compared with an instant", computed(Boolean, col("placed_at").gt(typed("2026-01-01", Date)))),
        case(SM017, "a raw text of a routine that is not", computed(Integer, raw("shop.g()", Integer, Volatility::Immutable, none, "it is ours")).routine(
            Routine::new("g", Returns::Value(Integer), "SELECT 1").language(Language::Sql).volatility(Volatility::Stable))),
        case(SM017, "the time", computed(TimestampTz, now())),
        case(SM030, "a number's collation", with(Column::new("extra", Integer).nullable().collate("C"))),
        case(SM032, "a text", with(Column::new("extra", Text).identity(Identity::Always))),
        case(SM032, "with a default", with(Column::new("extra", BigInt).default(1).identity(Identity::ByDefault))),
        case(SM033, "in a partitioned table", archive(log(monthly()).column(Column::new("number", BigInt).identity(Identity::Always)))),
        case(SM034, "with a default", with(Column::new("computed", Integer).default(1).generated(col("total")))),
        case(SM034, "of a generated column", shop(orders()
            .column(Column::new("computed", Integer).generated(col("total")))
            .column(Column::new("again", Integer).generated(col("computed"))))),
        case(SM063, "a length", with(Column::new("extra", VarChar(0)).nullable())),
        case(SM063, "a precision", with(Column::new("extra", Numeric(Some((1001, 0)))).nullable())),
        case(SM063, "an array of arrays", with(Column::new("extra", DataType::array(DataType::array(Text))).nullable())),
        case(SM029, "json in a key", shop(orders().unique("orders_source_key", ["source"]))),
        case(SM044, "a cache", numbered(Sequence::new("positions").cache(20))),
        case(SM045, "backwards", numbered(Sequence::new("positions").increment(-1).start(-1))),
        case(SM045, "no step", shop(orders()).sequence(Sequence::new("numbers").increment(0))),
        case(SM045, "beyond its end", shop(orders()).sequence(Sequence::new("numbers").start(11).max(10))),
        case(SM061, "a typing error", shop(orders().storage("filfactor", 90))),
        case(SM061, "a value", shop(orders().storage("fillfactor", 5))),
        case(SM061, "of another index method", shop(orders().index(Index::new("orders_idx", ["note"]).storage("pages_per_range", 32)))),
        case(SM039, "on the parent", archive(log(monthly()).storage("fillfactor", 90))),
        case(SM041, "a check", archive(log(monthly().leaf(guarded_leaf().constraint(Constraint::new(
            "position_check", eventcore_schema_model::constraint::ConstraintKind::Check(col("position").gt(0)),
        )))))),
        case(SM029, "json is never sorted", shop(orders().index(Index::new("orders_idx", [IndexPart::new(col("source").cast(Json))])))),
    ]
}

fn checked_sequence() -> Schema {
    let numbers = Sequence::new("numbers");
    // A call of nextval is volatile as well, which a generated column would say first.
    let index = Trigger::new(
        "touch",
        TriggerTiming::Before,
        [TriggerEvent::Insert],
        "refuse",
    )
    .when(new("total").gt(next_value("numbers")));
    shop(orders().trigger(index))
        .sequence(numbers)
        .routine(crate::shapes::refuse())
}

fn numbered(sequence: Sequence) -> Schema {
    let mut table = log(monthly());
    table.columns[1].default = Some(next_value("positions"));
    archive(table).sequence(sequence)
}

/// Orders with a column of a composite type.
fn paired(default: &str) -> Schema {
    let pair = Composite::new("pair")
        .attribute(Attribute::new("a", DataType::Integer))
        .attribute(Attribute::new("b", DataType::Text));
    let column = Column::new("pair", DataType::named("pair")).default(default);
    shop(orders().column(column)).user_type(pair)
}
