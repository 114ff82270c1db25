//! Conditions on columns, put together at run time. A column knows its relation and its type, so that only
//! a fitting value can be compared with it; the text comes from sea-query, and no value ever stands in it.

use std::borrow::Borrow;
use std::marker::PhantomData;

use sea_query::extension::postgres::PgExpr as _;
use sea_query::{Cond, Expr, ExprTrait as _, IntoCondition as _, PgFunc};

use super::sql_type::{Comparable, Containing, SqlType, Text, Textual, bind, bind_list};

/// A table or view.
pub trait Source {
    /// The PostgreSQL schema that it stands in.
    const NAMESPACE: &'static str;
    /// Its name.
    const NAME: &'static str;
}

/// A column of the relation `S`, of the type `T`.
pub struct Column<S, T> {
    pub(crate) name: &'static str,
    of: PhantomData<fn() -> (S, T)>,
}

impl<S, T> Clone for Column<S, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, T> Copy for Column<S, T> {}

impl<S, T> std::fmt::Debug for Column<S, T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Column").field(&self.name).finish()
    }
}

/// A condition on rows of the relation `S`.
#[must_use = "a condition does nothing until a selection has it"]
pub struct Filter<S> {
    pub(crate) condition: Cond,
    of: PhantomData<fn() -> S>,
}

impl<S> Clone for Filter<S> {
    fn clone(&self) -> Self {
        Self::of(self.condition.clone())
    }
}

impl<S> std::fmt::Debug for Filter<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Filter")
            .field(&self.condition)
            .finish()
    }
}

impl<S> Filter<S> {
    fn of(condition: Cond) -> Self {
        Self {
            condition,
            of: PhantomData,
        }
    }

    fn expr(expr: Expr) -> Self {
        Self::of(expr.into_condition())
    }

    /// All of these; without any, every row.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        let all = Cond::all();
        Self::of(
            filters
                .into_iter()
                .fold(all, |all, filter| all.add(filter.condition)),
        )
    }

    /// At least one of these; without any, no row.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        let mut filters = filters.into_iter().peekable();
        if filters.peek().is_none() {
            return Self::expr(Expr::value(false));
        }
        let any = Cond::any();
        Self::of(filters.fold(any, |any, filter| any.add(filter.condition)))
    }

    /// This and the other.
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// This or the other.
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }
}

impl<S> std::ops::Not for Filter<S> {
    type Output = Self;

    /// Not this. As in SQL, a row on which the condition is unknown because of NULL passes neither way.
    fn not(self) -> Self {
        // `Cond::not` of an empty "all" would vanish.
        Self::of(Cond::all().add(Expr::value(true)).add(self.condition).not())
    }
}

impl<S, T: SqlType> Column<S, T> {
    /// A column of this name, which must be of this type.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            of: PhantomData,
        }
    }

    pub(crate) fn expr(self) -> Expr {
        Expr::col(self.name)
    }

    /// It is NULL.
    pub fn is_null(self) -> Filter<S> {
        Filter::expr(self.expr().is_null())
    }

    /// It is not NULL.
    pub fn is_not_null(self) -> Filter<S> {
        Filter::expr(self.expr().is_not_null())
    }
}

impl<S, T: Comparable> Column<S, T> {
    /// It is equal to the value.
    pub fn eq(self, value: impl Borrow<T::Rust>) -> Filter<S> {
        Filter::expr(self.expr().eq(bind::<T>(value.borrow())))
    }

    /// It is another than the value, and not NULL.
    pub fn ne(self, value: impl Borrow<T::Rust>) -> Filter<S> {
        Filter::expr(self.expr().ne(bind::<T>(value.borrow())))
    }

    /// It is less than the value.
    pub fn lt(self, value: impl Borrow<T::Rust>) -> Filter<S> {
        Filter::expr(self.expr().lt(bind::<T>(value.borrow())))
    }

    /// It is less than the value, or equal to it.
    pub fn le(self, value: impl Borrow<T::Rust>) -> Filter<S> {
        Filter::expr(self.expr().lte(bind::<T>(value.borrow())))
    }

    /// It is greater than the value.
    pub fn gt(self, value: impl Borrow<T::Rust>) -> Filter<S> {
        Filter::expr(self.expr().gt(bind::<T>(value.borrow())))
    }

    /// It is greater than the value, or equal to it.
    pub fn ge(self, value: impl Borrow<T::Rust>) -> Filter<S> {
        Filter::expr(self.expr().gte(bind::<T>(value.borrow())))
    }

    /// It lies between the two, both included.
    pub fn between(self, least: impl Borrow<T::Rust>, most: impl Borrow<T::Rust>) -> Filter<S> {
        let (least, most) = (bind::<T>(least.borrow()), bind::<T>(most.borrow()));
        Filter::expr(self.expr().between(least, most))
    }

    /// It is one of the values; of none, no row.
    pub fn is_in<V: Borrow<T::Rust>>(self, values: &[V]) -> Filter<S> {
        let values = bind_list::<T>(values.iter().map(Borrow::borrow));
        Filter::expr(self.expr().eq(PgFunc::any(values)))
    }
}

impl<S, T: Containing> Column<S, T> {
    /// It contains the value: for `jsonb`, its keys with its values; for an array, its elements.
    pub fn contains(self, value: impl Borrow<T::Rust>) -> Filter<S> {
        Filter::expr(self.expr().contains(bind::<T>(value.borrow())))
    }
}

impl<S, T: Textual> Column<S, T> {
    /// It begins with this text, byte for byte; no character is a wildcard.
    ///
    /// Asked as a range under the collation "C", so that an index under this collation serves it, also in a
    /// prepared statement, of which the planner knows no value.
    pub fn starts_with(self, prefix: impl AsRef<str>) -> Filter<S> {
        let prefix = prefix.as_ref();
        let column = || self.expr();
        let from = Filter::expr(column().gte(collated(prefix)));
        match successor(prefix) {
            None => from,
            Some(end) => from.and(Filter::expr(column().lt(collated(&end)))),
        }
    }
}

/// The text under the collation "C", which an explicit COLLATE hands on to the whole comparison.
fn collated(text: &str) -> Expr {
    Expr::cust_with_expr("$1 COLLATE \"C\"", bind::<Text>(text))
}

/// The least text that is greater than all that begin with this one, in the order of their bytes; none
/// when every text is among these, or no character is greater.
fn successor(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        // A range of characters steps over the gap of the surrogates, in which no text is.
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}
