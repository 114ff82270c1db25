//! Values that depend on the session, and constants that can never be right.

use eventcore_schema_model::expr::{BinaryOp, next_value, now, raw};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::{Case, case, change};

fn table() -> Table {
    use DataType::*;
    Table::new("items")
        .column(Column::new("id", BigInt))
        .column(Column::new("at", TimestampTz))
        .column(Column::new("local", Timestamp))
        .column(Column::new("day", Date))
        .column(Column::new("note", Text))
        .column(Column::new("raw", Bytea))
        .column(Column::new("ratio", DoublePrecision))
        .column(Column::new("length", Interval))
        .primary_key(["id"])
}

fn of(table: Table) -> Schema {
    Schema::new("shop").table(table)
}

fn with(column: Column) -> Schema {
    of(table().column(column))
}

fn named_pair(table: Table) -> Schema {
    let visit = Composite::new("visit").attribute(Attribute::new("at", DataType::TimestampTz));
    of(table).user_type(visit)
}

fn checked(condition: Expr) -> Schema {
    of(table().check("items_check", condition))
}

/// A column that changes its type.
fn retyped(from: DataType, to: Column) -> Case {
    let name = to.name.to_string();
    let how: &'static str = format!("from {from} to {}", to.ty).leak();
    let before = of(table().column(Column::new(name, from)));
    change(SM151, how, before, with(to))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    use DataType::{Date, Integer, Numeric, Text, TimestampTz, Timestamp, SmallInt, VarChar};
    let c = |ty: DataType| Column::new("c", ty);
    let named = |domain: Domain, column: Column| with(column).user_type(domain);
    let small = Domain::new("small", Integer).check("small_check", value().lt(10));
    let far = |start| Schema::new("shop").sequence(Sequence::new("item_no").start(start));
    vec![
        case(SM151, "a check of an instant's day", checked(col("at").cast(Date).eq(col("day")))),
        case(SM151, "a check of an instant and a day", checked(col("at").gt(col("day")))),
        case(SM151, "a check of an instant between others", checked(col("at").between(col("local"), col("at")))),
        case(SM151, "a check of a text as an instant", checked(col("note").cast(TimestampTz).gt(col("at")))),
        case(SM151, "a check of bytes as text", checked(col("raw").cast(Text).not_eq("a"))),
        case(SM151, "a check of a fraction as text", checked(col("ratio").cast(Text).not_eq("a"))),
        case(SM151, "a check of a length of time as text", checked(col("length").cast(Text).not_eq("a"))),
        case(SM151, "a domain's check", named(Domain::new("late", Timestamp).check("late_check", value().cast(TimestampTz).lt(Expr::from(Literal::Typed("2026-01-01 00:00+00".to_owned(), TimestampTz)))), c(DataType::named("late")).nullable())),
        case(SM151, "a back-fill by a cast", with(c(Date).backfill(col("at").cast(Date)))),
        case(SM151, "a back-fill by assignment", with(c(Timestamp).backfill(col("at")))),
        case(SM151, "a back-fill of text", with(c(Text).backfill(col("day").cast(Text)))),
        case(SM151, "a check of a composite value as text", named_pair(table().column(c(DataType::named("visit"))).check("items_check", col("c").cast(Text).not_eq("a")))),
        change(SM021, "rewritten by the first that is there", of(table().column(c(Timestamp))), with(c(TimestampTz).rewrite_using(call(Function::Coalesce, [col("at"), col("c")]), "small"))),
        case(SM151, "a default", with(c(Date).default(now().cast(Date)))),
        case(SM151, "a default by assignment", with(c(Timestamp).default(now()))),
        retyped(Timestamp, c(TimestampTz).rewrite("small")),
        retyped(TimestampTz, c(Date).rewrite("small")),
        retyped(DataType::DoublePrecision, c(Text).rewrite("small")),
        retyped(DataType::Bytea, c(Text).rewrite("small")),
        retyped(DataType::Interval, c(Text).rewrite("small")),
        retyped(DataType::array(Timestamp), c(DataType::array(TimestampTz)).rewrite("small")),
        retyped(Text, c(TimestampTz).rewrite_using(col("c").cast(TimestampTz), "small")),
        retyped(Text, c(Date).rewrite_using(col("c").cast(Date), "small")),
        change(SM151, "rewritten by assignment", of(table().column(c(Text))), with(c(Date).rewrite_using(col("at"), "small"))),
        case(SM152, "a check refuses the default", of(table().column(c(Integer).default(0)).check("c_check", col("c").gt(0)))),
        case(SM152, "a check of a list", of(table().column(c(Text).default("c")).check("c_check", col("c").is_in(["a", "b"])))),
        case(SM152, "a check of a length", of(table().column(c(Text).default("")).check("c_check", call(Function::CharLength, [col("c")]).between(1, 9)))),
        case(SM152, "a domain refuses the default", named(small.clone(), c(DataType::named("small")).default(10))),
        case(SM152, "a check refuses the back-fill", of(table().column(c(Numeric(None)).backfill(-1)).check("c_check", col("c").ge(0)))),
        case(SM152, "a domain refuses its own default", named(small.default(12), c(DataType::named("small")).nullable().default(1))),
        case(SM152, "a check refuses a default of its type", of(table().column(c(Integer).default(Literal::Typed("5".to_owned(), Integer))).check("c_check", col("c").gt(7)))),
        case(SM152, "a check refuses a truth", of(table().column(c(DataType::Boolean).default("f")).check("c_check", col("c").eq(true)))),
        case(SM152, "a check of small letters", of(table().column(c(Text).default("ABC")).check("c_check", call(Function::Lower, [col("c")]).eq(col("c"))))),
        change(SM152, "a reference to a table that is new", of(table()), {
            let tenants = Table::new("tenants").column(Column::new("id", Integer)).primary_key(["id"]);
            let key = ForeignKey::new(["c"], "tenants", ["id"]);
            of(table().column(c(Integer).default(1).backfill(1)).foreign_key("c_fkey", key)).table(tenants)
        }),
        change(SM152, "one value under a key", of(table()), of(table().column(c(Integer).backfill(1)).unique("c_key", ["c"]))),
        change(SM152, "one default under a unique index", of(table()), of(table().column(c(Integer).default(1)).index(Index::new("c_idx", ["c"]).unique()))),
        case(SM152, "a check of two columns refuses both defaults", of(table().column(c(Integer).default(3)).column(Column::new("d", Integer).default(2)).check("c_check", col("c").lt(col("d"))))),
        case(SM152, "a check refuses what is computed", of(table().column(c(Integer).generated(lit(1))).check("c_check", col("c").gt(5)))),
        case(SM153, "an identity that a check refuses", of(table().column(Column::new("c", Integer).identity(Identity::Always)).check("c_check", col("c").gt(1000)))),
        case(SM153, "a sequence that a domain refuses", far(1).table(table().column(c(DataType::named("big")).default(next_value("item_no")))).user_type(Domain::new("big", Integer).check("big_check", value().ge(1000)))),
        case(SM156, "limits in the wrong order", checked(col("id").between(10, 1))),
        case(SM156, "two values at once", checked(col("note").eq("a").and(col("note").eq("b")))),
        case(SM156, "no whole number between", checked(col("id").gt(5).and(col("id").lt(6)))),
        case(SM156, "beyond the type", of(table().column(c(Integer)).check("c_check", col("c").gt(3_000_000_000_i64)))),
        case(SM156, "NULL where it is refused", checked(col("at").is_null())),
        case(SM156, "two checks", of(table().check("low", col("id").lt(3)).check("high", col("id").gt(5)))),
        case(SM156, "no column", checked(lit(1).eq(1))),
        case(SM156, "a domain", named(Domain::new("small", Integer).check("small_check", value().gt(5).and(value().lt(3))), c(DataType::named("small")).nullable())),
        case(SM156, "the first version of a stream", eventcore_schema_model::eventcore::simple().edit_table("events_simple", |log| log.check("late", col("event_version").gt(5)))),
        case(SM153, "above the column's type", far(3_000_000_000).table(table().column(c(Integer).default(next_value("item_no"))))),
        case(SM153, "above a small one", far(40_000).table(table().column(c(SmallInt).default(next_value("item_no"))))),
        change(SM154, "a sequence that counts down", far(1).table(table().column(c(Integer))), far(1).table(table().column(c(Integer).default(Expr::Binary(Box::new(lit(0)), BinaryOp::Subtract, Box::new(next_value("item_no"))))))),
        change(SM154, "a sequence in a raw text", far(1).table(table().column(c(Integer))), far(1).table(table().column(c(Integer).default(raw("nextval('public.item_no')", DataType::BigInt, Volatility::Volatile, Vec::<String>::new(), "a test"))))),
        change(SM154, "texts that a sequence numbers", far(1).table(table().column(c(Text))), far(1).table(table().column(c(Text).default(next_value("item_no").cast(Text))))),
        case(SM019, "a number of too many digits", with(c(Numeric(Some((3, 2)))).default(100))),
        case(SM019, "a number that is rounded to too many digits", with(c(Numeric(Some((3, 2)))).default("9.999"))),
        case(SM019, "a back-fill of too many digits", with(c(Numeric(Some((3, 2)))).backfill(100))),
        case(SM019, "a back-fill beyond the type", with(c(SmallInt).backfill(40_000))),
        case(SM019, "a typed text that is too long", with(c(VarChar(2)).default(Literal::Typed("long".to_owned(), Text)))),
        case(SM019, "a default that is calculated and too great", with(c(SmallInt).default(call(Function::Abs, [lit(100_000)])))),
        case(SM019, "a default of two texts that is too long", with(c(VarChar(2)).default(call(Function::Upper, [lit("abc")])))),
        case(SM019, "a default that is a typed NULL", with(c(Integer).default(lit(Literal::Null).cast(Integer)))),
        case(SM019, "a back-fill from a column that may be NULL", of(table().column(Column::new("other", Text).nullable()).column(c(Text).backfill(call(Function::Lower, [col("other")]))))),
        case(SM019, "a range of numbers upside down", with(c(DataType::Range(RangeOf::Integer)).default("[5,1]"))),
        case(SM019, "a range of days upside down", with(c(DataType::Range(RangeOf::Date)).default("[2026-02-01,2026-01-01)"))),
        case(SM019, "a sign for several amounts", with(c(DataType::Interval).default("-1 day 02:00:00"))),
        case(SM021, "equal to NULL", checked(col("note").eq(Literal::Null))),
        case(SM021, "other than NULL", checked(col("note").not_eq(Literal::Null))),
        case(SM021, "among NULL", checked(col("note").is_in([Expr::from("a"), Expr::Literal(Literal::Null)]))),
        case(SM021, "an index where NULL", of(table().index(Index::new("items_idx", ["at"]).only_where(col("note").eq(Literal::Null)).serves_external("x")))),
    ]
}
