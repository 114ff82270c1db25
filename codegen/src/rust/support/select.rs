//! A selection of rows by conditions that are put together at run time.

use std::marker::PhantomData;

use sea_query::{Order, PostgresQueryBuilder, Query, SelectStatement, Value};
use sea_query_postgres::PostgresValue;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Statement};

use super::error::Error;
use super::filter::{Column, Filter, Source};
use super::sql_type::{Comparable, type_of};
use super::statement::FromRow;

/// The name that errors give a selection.
const NAME: &str = "select";

/// A row whose columns the relation `S` has, with the same types.
pub trait SelectFrom<S>: FromRow {}

/// A selection of rows `R` from the relation `S`.
#[must_use = "a selection does nothing until it is fetched"]
pub struct Select<S, R> {
    statement: SelectStatement,
    of: PhantomData<fn() -> (S, R)>,
}

/// The text of a selection, with its values and their types.
#[derive(Clone, Debug)]
pub struct BuiltSelect {
    /// The text, with `$1` and on.
    pub sql: String,
    /// The types of the values.
    pub types: Vec<Type>,
    values: Vec<PostgresValue>,
}

/// A selection prepared on a connection, for selections that differ in nothing but their values.
#[derive(Clone, Debug)]
pub struct PreparedSelect {
    sql: String,
    statement: Statement,
}

impl<S: Source, R: SelectFrom<S>> Select<S, R> {
    /// All rows, in no order.
    pub fn all() -> Self {
        let mut statement = Query::select();
        statement
            .columns(R::COLUMNS.iter().copied())
            .from((S::NAMESPACE, S::NAME));
        Self {
            statement,
            of: PhantomData,
        }
    }

    /// Only rows that also pass this filter.
    pub fn filter(mut self, filter: Filter<S>) -> Self {
        self.statement.cond_where(filter.condition);
        self
    }

    /// Ordered by this column, after those given before; NULL comes last.
    pub fn order_by<T: Comparable>(mut self, column: Column<S, T>) -> Self {
        self.statement.order_by(column.name, Order::Asc);
        self
    }

    /// Ordered by this column, the greatest first, after those given before; NULL comes first.
    pub fn order_by_descending<T: Comparable>(mut self, column: Column<S, T>) -> Self {
        self.statement.order_by(column.name, Order::Desc);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u32) -> Self {
        self.statement.limit(u64::from(rows));
        self
    }

    /// Its text, values and types.
    pub fn build(&self) -> BuiltSelect {
        let (sql, values) = self.statement.build(PostgresQueryBuilder);
        let values: Vec<Value> = values.into_iter().map(signed).collect();
        BuiltSelect {
            sql,
            types: values.iter().map(type_of).collect(),
            values: values.into_iter().map(PostgresValue).collect(),
        }
    }

    /// Fetches all rows in one round trip, without a prepared statement.
    ///
    /// # Errors
    /// When the server refuses it, when a value cannot be decoded, or when the connection fails.
    pub async fn fetch(&self, client: &impl GenericClient) -> Result<Vec<R>, Error> {
        let built = self.build();
        let rows = client.query_typed(&built.sql, &built.typed()).await;
        let rows = rows.map_err(|error| Error::of_query(NAME, error))?;
        rows.iter().map(|row| R::from_row(row, NAME)).collect()
    }

    /// Prepares it on a connection, for selections that differ in nothing but their values.
    ///
    /// # Errors
    /// When the server refuses the text, or the connection fails.
    pub async fn prepare(&self, client: &impl GenericClient) -> Result<PreparedSelect, Error> {
        let BuiltSelect { sql, types, .. } = self.build();
        let statement = client.prepare_typed(&sql, &types).await;
        let statement = statement.map_err(|error| Error::of_query(NAME, error))?;
        Ok(PreparedSelect { sql, statement })
    }

    /// Fetches all rows with a statement that was prepared on this connection.
    ///
    /// # Errors
    /// When the statement was prepared with another text, and as in [`Select::fetch`].
    pub async fn fetch_prepared(
        &self,
        client: &impl GenericClient,
        prepared: &PreparedSelect,
    ) -> Result<Vec<R>, Error> {
        let built = self.build();
        if built.sql != prepared.sql {
            return Err(Error::OtherText);
        }
        let rows = client.query(&prepared.statement, &built.params()).await;
        let rows = rows.map_err(|error| Error::of_query(NAME, error))?;
        rows.iter().map(|row| R::from_row(row, NAME)).collect()
    }
}

impl BuiltSelect {
    /// The values, for a prepared statement.
    pub fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values
            .iter()
            .map(|value| value as &(dyn ToSql + Sync))
            .collect()
    }

    /// The values with their types, for `query_typed`.
    pub fn typed(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.params()
            .into_iter()
            .zip(self.types.iter().cloned())
            .collect()
    }
}

/// sea-query holds a limit as an unsigned number, which its binder would send as numeric.
fn signed(value: Value) -> Value {
    match value {
        Value::BigUnsigned(number) => {
            Value::BigInt(number.and_then(|number| i64::try_from(number).ok()))
        }
        other => other,
    }
}

impl<S, R> Clone for Select<S, R> {
    fn clone(&self) -> Self {
        Self {
            statement: self.statement.clone(),
            of: PhantomData,
        }
    }
}

impl<S, R> std::fmt::Debug for Select<S, R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Select")
            .field(&self.statement)
            .finish()
    }
}
