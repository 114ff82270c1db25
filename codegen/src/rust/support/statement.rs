//! How a query runs: unnamed or prepared, and how its rows come back. Knows no query.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{GenericClient, Row, RowStream, Statement};

use super::error::{Cause, Error};
use super::layout::Layout;

/// A query as data: what tests and tools need to prepare it and to compare its types.
#[derive(Debug)]
pub struct QueryInfo {
    /// Its name: the function's, and the `.sql` file's.
    pub name: &'static str,
    /// Its text in each layout that has it.
    pub texts: &'static [(Layout, &'static str)],
    /// Its parameters; the first is `$1`.
    pub params: &'static [ParamInfo],
    /// The columns of its row.
    pub columns: &'static [ColumnInfo],
    /// Whether it cannot run inside a transaction.
    pub outside_transaction: bool,
}

/// A parameter.
#[derive(Debug)]
pub struct ParamInfo {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether NULL may be given.
    pub nullable: bool,
}

/// A column of a row.
#[derive(Debug)]
pub struct ColumnInfo {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether it can be NULL.
    pub nullable: bool,
}

/// A row that knows its columns.
pub trait FromRow: Sized {
    /// Their names, in order.
    const COLUMNS: &'static [&'static str];

    /// Reads the row that a query returned.
    ///
    /// # Errors
    /// When a value is not what the definition says.
    fn from_row(row: &Row, query: &'static str) -> Result<Self, Error>;
}

/// Reads a row's columns by place.
pub(crate) struct Reader<'a> {
    row: &'a Row,
    query: &'static str,
    columns: &'static [&'static str],
}

impl<'a> Reader<'a> {
    /// A reader of a row, if it has as many columns as are expected.
    pub(crate) fn new(
        row: &'a Row,
        query: &'static str,
        columns: &'static [&'static str],
    ) -> Result<Self, Error> {
        if row.len() == columns.len() {
            Ok(Self {
                row,
                query,
                columns,
            })
        } else {
            Err(Error::Columns {
                query,
                expected: columns.len(),
                actual: row.len(),
            })
        }
    }

    /// The value of the column at this place.
    pub(crate) fn get<T: FromSql<'a>>(&self, index: usize) -> Result<T, Error> {
        if *self.row.columns()[index].type_() == Type::TIME
            && self.row.try_get::<_, Option<EndOfDay>>(index).is_ok_and(|time| time.is_some_and(|it| it.0))
        {
            return Err(self.unread(index, "24:00:00 has no `NaiveTime`".into()));
        }
        self.row.try_get(index).map_err(|source| self.unread(index, source.into()))
    }

    fn unread(&self, index: usize, source: Cause) -> Error {
        Error::Decode {
            query: self.query,
            column: self.columns.get(index).copied().unwrap_or_default(),
            source,
        }
    }
}

/// Whether a time is 24:00:00, which chrono would take for 00:00:00.
struct EndOfDay(bool);

impl FromSql<'_> for EndOfDay {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Cause> {
        Ok(Self(raw == 86_400_000_000_i64.to_be_bytes()))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIME
    }
}

/// A prepared query. It belongs to the connection that prepared it.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    info: &'static QueryInfo,
    statement: Statement,
}

/// One execution of a query.
pub(crate) struct Call<'a> {
    info: &'static QueryInfo,
    way: Way<'a>,
}

#[derive(Clone, Copy)]
enum Way<'a> {
    /// Parsed, bound and executed in one message, with no name on the server.
    Unnamed(&'static str),
    Prepared(&'a Statement),
}

impl QueryInfo {
    /// Its text in a layout, if that has it.
    pub fn sql(&self, layout: Layout) -> Option<&'static str> {
        let mut texts = self.texts.iter();
        texts
            .find(|(known, _)| *known == layout)
            .map(|(_, sql)| *sql)
    }

    /// A call of the text that all layouts share.
    pub(crate) fn unnamed(&'static self) -> Call<'static> {
        let sql = self.texts.first().map_or("", |(_, sql)| *sql);
        self.call(Way::Unnamed(sql))
    }

    /// A call of the text of a layout.
    #[allow(
        dead_code,
        reason = "only a schema with texts that differ by layout needs it"
    )]
    pub(crate) fn unnamed_in(&'static self, layout: Layout) -> Result<Call<'static>, Error> {
        Ok(self.call(Way::Unnamed(self.sql_in(layout)?)))
    }

    /// Prepares the text that all layouts share.
    pub(crate) async fn prepare(
        &'static self,
        client: &impl GenericClient,
    ) -> Result<Prepared, Error> {
        let sql = self.texts.first().map_or("", |(_, sql)| *sql);
        self.prepare_text(sql, client).await
    }

    /// Prepares the text of a layout.
    #[allow(
        dead_code,
        reason = "only a schema with texts that differ by layout needs it"
    )]
    pub(crate) async fn prepare_in(
        &'static self,
        layout: Layout,
        client: &impl GenericClient,
    ) -> Result<Prepared, Error> {
        self.prepare_text(self.sql_in(layout)?, client).await
    }

    fn call<'a>(&'static self, way: Way<'a>) -> Call<'a> {
        Call { info: self, way }
    }

    fn sql_in(&'static self, layout: Layout) -> Result<&'static str, Error> {
        self.sql(layout).ok_or(Error::Layout {
            query: self.name,
            layout,
        })
    }

    async fn prepare_text(
        &'static self,
        sql: &'static str,
        client: &impl GenericClient,
    ) -> Result<Prepared, Error> {
        let types: Vec<Type> = self.params.iter().map(|param| param.ty.clone()).collect();
        let prepared = client.prepare_typed(sql, &types).await;
        Ok(Prepared {
            info: self,
            statement: prepared.map_err(|error| Error::of_query(self.name, error))?,
        })
    }
}

impl Prepared {
    /// A call of it.
    pub(crate) fn call(&self) -> Call<'_> {
        self.info.call(Way::Prepared(&self.statement))
    }
}

#[allow(
    dead_code,
    reason = "which of them occur depends on the schema's queries"
)]
impl Call<'_> {
    /// Runs a command.
    pub(crate) async fn none(
        self,
        client: &impl GenericClient,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<(), Error> {
        self.affected(client, params).await.map(drop)
    }

    /// Runs a command and returns the number of rows that it changed.
    pub(crate) async fn affected(
        self,
        client: &impl GenericClient,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Error> {
        let changed = match self.way {
            Way::Unnamed(sql) => client.execute_typed(sql, &self.typed(params)).await,
            Way::Prepared(statement) => client.execute(statement, params).await,
        };
        changed.map_err(|error| Error::of_query(self.info.name, error))
    }

    /// Returns exactly one row.
    pub(crate) async fn one<R: FromRow>(
        self,
        client: &impl GenericClient,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<R, Error> {
        let query = self.info.name;
        match self.rows(client, params).await?.as_slice() {
            [row] => R::from_row(row, query),
            rows => Err(row_count(query, "one", rows)),
        }
    }

    /// Returns no row or one.
    pub(crate) async fn optional<R: FromRow>(
        self,
        client: &impl GenericClient,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<R>, Error> {
        let query = self.info.name;
        match self.rows(client, params).await?.as_slice() {
            [] => Ok(None),
            [row] => R::from_row(row, query).map(Some),
            rows => Err(row_count(query, "at most one", rows)),
        }
    }

    /// Returns all rows.
    pub(crate) async fn many<R: FromRow>(
        self,
        client: &impl GenericClient,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<R>, Error> {
        let query = self.info.name;
        let rows = self.rows(client, params).await?;
        rows.iter().map(|row| R::from_row(row, query)).collect()
    }

    /// Returns rows as they arrive.
    pub(crate) async fn stream<R: FromRow>(
        self,
        client: &impl GenericClient,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Rows<R>, Error> {
        let query = self.info.name;
        let stream = match self.way {
            Way::Unnamed(sql) => client.query_typed_raw(sql, self.typed(params)).await,
            Way::Prepared(statement) => client.query_raw(statement, params.iter().copied()).await,
        };
        Ok(Rows {
            stream: Box::pin(stream.map_err(|error| Error::of_query(query, error))?),
            query,
            row: PhantomData,
        })
    }

    async fn rows(
        &self,
        client: &impl GenericClient,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let rows = match self.way {
            Way::Unnamed(sql) => client.query_typed(sql, &self.typed(params)).await,
            Way::Prepared(statement) => client.query(statement, params).await,
        };
        rows.map_err(|error| Error::of_query(self.info.name, error))
    }

    fn typed<'p>(&self, params: &[&'p (dyn ToSql + Sync)]) -> Vec<(&'p (dyn ToSql + Sync), Type)> {
        let types = self.info.params.iter().map(|param| param.ty.clone());
        params.iter().copied().zip(types).collect()
    }
}

fn row_count(query: &'static str, expected: &'static str, rows: &[Row]) -> Error {
    Error::RowCount {
        query,
        expected,
        actual: rows.len(),
    }
}

/// Rows as they arrive. Until all are read, or this value is dropped and the rest discarded, other requests
/// on the same connection wait.
pub struct Rows<R> {
    stream: Pin<Box<RowStream>>,
    query: &'static str,
    row: PhantomData<fn() -> R>,
}

impl<R: FromRow> Rows<R> {
    /// The next row, or `None` after the last.
    ///
    /// # Errors
    /// When the server or the connection fails midway, or when a value cannot be decoded.
    pub async fn next(&mut self) -> Option<Result<R, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<R: FromRow> Stream for Rows<R> {
    type Item = Result<R, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let query = self.query;
        Poll::Ready(match ready!(self.stream.as_mut().poll_next(context)) {
            None => None,
            Some(Ok(row)) => Some(R::from_row(&row, query)),
            Some(Err(error)) => Some(Err(Error::of_query(query, error))),
        })
    }
}

impl<R> std::fmt::Debug for Rows<R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rows")
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}
