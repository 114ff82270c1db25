//! Expressions in defaults, checks, generated columns, indexes and trigger conditions: a closed, typed
//! language that knows its columns and its volatility. SQL text is the renderer's business.

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName, idents};
use crate::pieces::pieces;
use crate::template::Template;
use crate::ty::{DataType, RangeOf};

/// How constant an expression is; PostgreSQL's three classes, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// The same for the same arguments, for ever: the only kind an index may hold.
    Immutable,
    /// The same within one statement.
    Stable,
    /// May change at each call.
    Volatile,
}

/// An expression over the columns of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A column of the table.
    Column(Ident),
    /// A column of the new row, in a trigger's condition.
    New(Ident),
    /// A column of the old row, in a trigger's condition.
    Old(Ident),
    /// A constant.
    Literal(Literal),
    /// A call of a known function.
    Call(Function, Vec<Expr>),
    /// Two operands.
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    /// `NOT operand`.
    Not(Box<Expr>),
    /// `operand IS NULL`.
    IsNull(Box<Expr>),
    /// `operand IS NOT NULL`.
    IsNotNull(Box<Expr>),
    /// `operand BETWEEN low AND high`.
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `operand IN (...)`.
    In(Box<Expr>, Vec<Expr>),
    /// `CAST(operand AS type)`.
    Cast(Box<Expr>, DataType),
    /// The next value of a sequence.
    NextValue(QualifiedName),
    /// SQL text as it stands, for what this language lacks.
    Raw(RawExpr),
}

/// SQL text that states what the model cannot see. The server confirms it in the tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawExpr {
    /// The expression's text.
    pub sql: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: DataType,
    /// Its volatility.
    pub volatility: Volatility,
    /// The columns it reads.
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<Ident>,
    /// Why the typed language does not do.
    pub reason: String,
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number; takes the integer type that the place wants.
    Integer(i64),
    /// A text.
    Text(String),
    /// A constant of a type, from its text form, such as `'{}'::jsonb`.
    Typed(String, DataType),
}

/// The operators of [`Expr::Binary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinaryOp {
    /// `=`
    Eq,
    /// `<>`
    NotEq,
    /// `<`
    Lt,
    /// `<=`
    LtEq,
    /// `>`
    Gt,
    /// `>=`
    GtEq,
    /// `AND`
    And,
    /// `OR`
    Or,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `||`
    Concat,
    /// `IS DISTINCT FROM`
    IsDistinctFrom,
    /// `IS NOT DISTINCT FROM`
    IsNotDistinctFrom,
    /// `@>`: the left document, array or range contains the right one, or the value.
    Contains,
    /// `&&`: the arrays, ranges or networks have something in common.
    Overlaps,
    /// `->>`: a member of a JSON document, as text.
    JsonText,
}

/// Functions that the model knows, with their volatility as the server's catalog gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `char_length(text)`: length in characters.
    CharLength,
    /// `octet_length(text | bytea)`: length in bytes.
    OctetLength,
    /// `lower(text)`, or the low end of a range.
    Lower,
    /// `upper(text)`, or the high end of a range.
    Upper,
    /// `coalesce(...)`.
    Coalesce,
    /// `now()`: the start of the transaction.
    Now,
    /// `clock_timestamp()`: the time of the call.
    ClockTimestamp,
    /// `gen_random_uuid()`: a version 4 UUID.
    GenRandomUuid,
    /// `jsonb_typeof(jsonb)`.
    JsonbTypeof,
    /// `abs(number)`.
    Abs,
    /// `int4range(low, high, bounds)` and its kin: a range from its ends.
    Range(RangeOf),
    /// `timezone(zone, time)`: the instant of a clock's time in a zone, or the other way round.
    Timezone,
}

impl Function {
    /// Its volatility in every supported server version.
    pub fn volatility(self) -> Volatility {
        match self {
            Self::CharLength
            | Self::OctetLength
            | Self::Lower
            | Self::Upper
            | Self::Coalesce
            | Self::JsonbTypeof
            | Self::Abs
            | Self::Range(_)
            | Self::Timezone => Volatility::Immutable,
            Self::Now => Volatility::Stable,
            Self::ClockTimestamp | Self::GenRandomUuid => Volatility::Volatile,
        }
    }

    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::CharLength => "char_length",
            Self::OctetLength => "octet_length",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Coalesce => "coalesce",
            Self::Now => "now",
            Self::ClockTimestamp => "clock_timestamp",
            Self::GenRandomUuid => "gen_random_uuid",
            Self::JsonbTypeof => "jsonb_typeof",
            Self::Abs => "abs",
            Self::Range(of) => of.name(),
            Self::Timezone => "timezone",
        }
    }
}

/// A column of the table.
pub fn col(name: impl IntoIdent) -> Expr {
    Expr::Column(name.into_ident())
}

/// A column of the new row, in a trigger's condition.
pub fn new(name: impl IntoIdent) -> Expr {
    Expr::New(name.into_ident())
}

/// A column of the old row, in a trigger's condition.
pub fn old(name: impl IntoIdent) -> Expr {
    Expr::Old(name.into_ident())
}

/// A constant.
pub fn lit(value: impl Into<Literal>) -> Expr {
    Expr::Literal(value.into())
}

/// A call of a known function.
pub fn call<I: Into<Expr>>(function: Function, arguments: impl IntoIterator<Item = I>) -> Expr {
    Expr::Call(function, arguments.into_iter().map(Into::into).collect())
}

/// `now()`: the start of the transaction.
pub fn now() -> Expr {
    Expr::Call(Function::Now, Vec::new())
}

/// The next value of a sequence.
pub fn next_value(sequence: impl IntoName) -> Expr {
    Expr::NextValue(sequence.into_name())
}

/// SQL text as it stands; the last resort, which says why it is one.
pub fn raw<I: IntoIdent>(
    sql: impl Into<String>,
    ty: DataType,
    volatility: Volatility,
    columns: impl IntoIterator<Item = I>,
    reason: impl Into<String>,
) -> Expr {
    Expr::Raw(RawExpr {
        sql: sql.into(),
        ty,
        volatility,
        columns: idents(columns),
        reason: reason.into(),
    })
}

macro_rules! arithmetic {
    ($($operator:ident $method:ident => $op:ident),* $(,)?) => {$(
        impl<T: Into<Expr>> std::ops::$operator<T> for Expr {
            type Output = Self;

            fn $method(self, other: T) -> Self {
                Self::Binary(Box::new(self), BinaryOp::$op, Box::new(other.into()))
            }
        }
    )*};
}

arithmetic! {
    Add add => Add,
    Sub sub => Subtract,
    Mul mul => Multiply,
    Div div => Divide,
}

macro_rules! binary_methods {
    ($($(#[$doc:meta])* $method:ident => $op:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub fn $method(self, other: impl Into<Self>) -> Self {
            Self::Binary(Box::new(self), BinaryOp::$op, Box::new(other.into()))
        }
    )*};
}

impl Expr {
    binary_methods! {
        /// `self = other`
        eq => Eq,
        /// `self <> other`
        not_eq => NotEq,
        /// `self < other`
        lt => Lt,
        /// `self <= other`
        le => LtEq,
        /// `self > other`
        gt => Gt,
        /// `self >= other`
        ge => GtEq,
        /// `self AND other`
        and => And,
        /// `self OR other`
        or => Or,
        /// `self || other`
        concat => Concat,
        /// `self IS DISTINCT FROM other`
        is_distinct_from => IsDistinctFrom,
        /// `self IS NOT DISTINCT FROM other`
        is_not_distinct_from => IsNotDistinctFrom,
        /// `self @> other`
        contains => Contains,
        /// `self && other`
        overlaps => Overlaps,
        /// `self ->> other`
        json_text => JsonText,
    }

    /// `self BETWEEN low AND high`, both ends included.
    pub fn between(self, low: impl Into<Self>, high: impl Into<Self>) -> Self {
        Self::Between(Box::new(self), Box::new(low.into()), Box::new(high.into()))
    }

    /// `self IN (list)`.
    pub fn is_in<I: Into<Self>>(self, list: impl IntoIterator<Item = I>) -> Self {
        Self::In(Box::new(self), list.into_iter().map(Into::into).collect())
    }

    /// `self IS NULL`
    pub fn is_null(self) -> Self {
        Self::IsNull(Box::new(self))
    }

    /// `self IS NOT NULL`
    pub fn is_not_null(self) -> Self {
        Self::IsNotNull(Box::new(self))
    }

    /// `NOT self`
    pub fn negate(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// `CAST(self AS ty)`
    pub fn cast(self, ty: DataType) -> Self {
        Self::Cast(Box::new(self), ty)
    }

    /// `self AT TIME ZONE zone`: a timestamp as an instant, or an instant as that zone's clocks show it.
    pub fn at_time_zone(self, zone: impl Into<String>) -> Self {
        Self::Call(Function::Timezone, vec![zone.into().into(), self])
    }

    /// The expressions directly below this one.
    pub fn operands(&self) -> Vec<&Self> {
        match self {
            Self::Column(_)
            | Self::New(_)
            | Self::Old(_)
            | Self::Literal(_)
            | Self::NextValue(_)
            | Self::Raw(_) => Vec::new(),
            Self::Call(_, arguments) => arguments.iter().collect(),
            Self::Binary(left, _, right) => vec![left, right],
            Self::Not(operand)
            | Self::IsNull(operand)
            | Self::IsNotNull(operand)
            | Self::Cast(operand, _) => vec![operand],
            Self::Between(operand, low, high) => vec![operand, low, high],
            Self::In(operand, list) => std::iter::once(&**operand).chain(list).collect(),
        }
    }

    /// The expressions directly below this one, to be changed.
    pub(crate) fn operands_mut(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Column(_)
            | Self::New(_)
            | Self::Old(_)
            | Self::Literal(_)
            | Self::NextValue(_)
            | Self::Raw(_) => Vec::new(),
            Self::Call(_, arguments) => arguments.iter_mut().collect(),
            Self::Binary(left, _, right) => vec![left, right],
            Self::Not(operand)
            | Self::IsNull(operand)
            | Self::IsNotNull(operand)
            | Self::Cast(operand, _) => vec![operand],
            Self::Between(operand, low, high) => vec![operand, low, high],
            Self::In(operand, list) => std::iter::once(&mut **operand).chain(list).collect(),
        }
    }

    /// The sequence whose next value it takes.
    pub fn drawn_sequence(&self) -> Option<&QualifiedName> {
        match self {
            Self::NextValue(name) => Some(name),
            _ => self.operands().into_iter().find_map(Self::drawn_sequence),
        }
    }

    /// The raw texts in it.
    pub(crate) fn raw_texts<'a>(&'a self, found: &mut Vec<&'a str>) {
        if let Self::Raw(raw) = self {
            found.push(&raw.sql);
        }
        for operand in self.operands() {
            operand.raw_texts(found);
        }
    }

    /// Whether a raw text in it calls a routine of this name, in whatever PostgreSQL schema.
    pub(crate) fn calls(&self, routine: &str) -> bool {
        let mut texts = Vec::new();
        self.raw_texts(&mut texts);
        let mut templates = texts.into_iter().map(Template::verbatim);
        templates.any(|template| calls_in(&template, routine))
    }

    /// Every column that it reads, of the table or of a trigger's rows, each once, in order of appearance.
    pub fn columns(&self) -> Vec<&Ident> {
        let mut found = Vec::new();
        self.collect_columns(&mut found);
        found
    }

    fn collect_columns<'a>(&'a self, found: &mut Vec<&'a Ident>) {
        let own: Vec<&Ident> = match self {
            Self::Column(name) | Self::New(name) | Self::Old(name) => vec![name],
            Self::Raw(raw) => raw.columns.iter().collect(),
            _ => Vec::new(),
        };
        for name in own {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        for operand in self.operands() {
            operand.collect_columns(found);
        }
    }
}

/// Whether a text calls a routine of this name, in whatever PostgreSQL schema.
pub(crate) fn calls_in(template: &Template, routine: &str) -> bool {
    let pieces = pieces(template);
    let mut pairs = pieces.windows(2);
    pairs.any(|pair| pair[0].is_word(routine) && pair[1].is_symbol("("))
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for Literal {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl<T: Into<Literal>> From<T> for Expr {
    fn from(value: T) -> Self {
        Self::Literal(value.into())
    }
}
