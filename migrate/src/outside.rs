//! A migration outside of a transaction: its record says that it started, and later that it is finished; in between,
//! the next run clears away what is left and runs it again.

use eventcore_codegen::sql::pin_session;
use tokio_postgres::Error;

use crate::backoff::Backoff;
use crate::error::MigrateError;
use crate::failure::{Failure, Left};
use crate::history::History;
use crate::observer::Event;
use crate::script::Part;
use crate::server::line;
use crate::session::{Session, cells, missing};
use crate::work::{Kind, Work, first_line};

/// How often queries are asked again when statements came up while the last ones ran.
const ROUNDS: u32 = 5;

/// Why an attempt failed.
enum Broken {
    /// A statement of the migration.
    Statement {
        sql: String,
        line: Option<usize>,
        error: Error,
    },
    /// The record of it.
    Record(MigrateError),
}

/// A run of one migration.
struct Run<'r, 's, 'm> {
    session: &'r mut Session<'s>,
    history: &'r History,
    work: &'r Work<'m>,
    /// Statements that ran.
    statements: usize,
}

/// Runs it, or what is left of it; how many statements ran.
pub(crate) async fn run(
    session: &mut Session<'_>,
    history: &History,
    work: &Work<'_>,
    resumed: bool,
    backoff: Backoff,
) -> Result<usize, MigrateError> {
    let client = session.client;
    if resumed {
        let conditions = &work.header.done_when;
        if !conditions.is_empty() && missing(client, conditions).await?.is_empty() {
            session
                .observer
                .observe(&Event::FoundDone { file: &work.file });
            history.finished(client, work).await?;
            return Ok(0);
        }
    } else {
        history.started(client, work).await?;
    }
    let mut run = Run {
        session,
        history,
        work,
        statements: 0,
    };
    run.until_done(resumed, backoff).await?;
    history.finished(client, work).await?;
    Ok(run.statements)
}

/// Clears away what an earlier run left of it.
pub(crate) async fn clear(
    session: &mut Session<'_>,
    history: &History,
    work: &Work<'_>,
) -> Result<(), MigrateError> {
    let mut run = Run {
        session,
        history,
        work,
        statements: 0,
    };
    run.cleared().await.map_err(|broken| match broken {
        Broken::Record(error) => error,
        Broken::Statement { error, .. } => {
            MigrateError::doing(format!("clear away what is left of `{}`", work.file))(error)
        }
    })
}

impl Run<'_, '_, '_> {
    async fn until_done(
        &mut self,
        resumed: bool,
        mut backoff: Backoff,
    ) -> Result<(), MigrateError> {
        let mut clear = resumed;
        let mut rounds = 1;
        loop {
            let before = self.statements;
            let result = self.attempt(clear).await;
            self.reset_timeouts().await;
            match result {
                Ok(()) if self.is_done(rounds).await? => return Ok(()),
                Ok(()) => {
                    rounds += 1;
                    clear = false;
                }
                Err(Broken::Record(error)) => return Err(error),
                Err(Broken::Statement { sql, line, error }) => {
                    let blockers = self.session.last_blockers();
                    if self.statements > before {
                        backoff.start_again();
                    }
                    let file = &self.work.file;
                    clear = self.session.is_retried(file, &error, &mut backoff).await;
                    if !clear {
                        let left = self.give_up().await;
                        return Err(MigrateError::Failed(Box::new(Failure {
                            file: file.clone(),
                            line,
                            statement: Some(first_line(&sql)),
                            error,
                            attempts: backoff.made().max(1),
                            blockers,
                            left,
                            first: self.session.first,
                            only_creates: self.work.only_creates(),
                            only_adds_columns: self.work.only_adds_columns(),
                        })));
                    }
                }
            }
        }
    }

    /// The end of an attempt whose statements all ran: whether there is nothing left to do.
    async fn is_done(&mut self, rounds: u32) -> Result<bool, MigrateError> {
        let missing = missing(self.session.client, &self.work.header.done_when).await?;
        if missing.is_empty() {
            return Ok(true);
        }
        if self.work.kind != Kind::Expanded || rounds == ROUNDS {
            return Err(MigrateError::NotDone {
                file: self.work.file.clone(),
                missing,
                rolled_back: false,
            });
        }
        self.session.observer.observe(&Event::ExpandingAgain {
            file: &self.work.file,
            missing: &missing,
        });
        Ok(false)
    }

    async fn attempt(&mut self, clear: bool) -> Result<(), Broken> {
        self.set_timeouts().await?;
        if clear {
            self.clear_away().await?;
        }
        let work = self.work;
        for part in &work.parts {
            if part.only_sets() {
                let set = self.session.client.batch_execute(&part.sql).await;
                set.map_err(|error| broken(&part.sql, Some(part), error))?;
            } else if part.expand {
                self.expand(part).await?;
            } else {
                self.statement(&part.sql, Some(part)).await?;
            }
        }
        Ok(())
    }

    /// Runs what a query returns.
    async fn expand(&mut self, part: &Part) -> Result<(), Broken> {
        let statements = cells(self.session.client, &part.sql)
            .await
            .map_err(|error| broken(&part.sql, Some(part), error))?;
        for sql in statements {
            self.statement(&sql, None).await?;
        }
        Ok(())
    }

    async fn statement(&mut self, sql: &str, part: Option<&Part>) -> Result<(), Broken> {
        self.session.observer.observe(&Event::Statement {
            file: &self.work.file,
            statement: sql,
        });
        self.session
            .execute(&self.work.file, sql)
            .await
            .map_err(|error| broken(sql, part, error))?;
        self.statements += 1;
        self.history
            .stepped(self.session.client, self.work)
            .await
            .map_err(Broken::Record)
    }

    /// Runs what clears away an interrupted attempt.
    async fn clear_away(&mut self) -> Result<(), Broken> {
        for sql in &self.work.header.if_interrupted {
            self.session.observer.observe(&Event::Clearing {
                file: &self.work.file,
                statement: sql,
            });
            self.session
                .execute(&self.work.file, sql)
                .await
                .map_err(|error| broken(sql, None, error))?;
        }
        Ok(())
    }

    /// The same under its time-outs.
    async fn cleared(&mut self) -> Result<(), Broken> {
        let cleared = match self.set_timeouts().await {
            Ok(()) => self.clear_away().await,
            broken => broken,
        };
        self.reset_timeouts().await;
        cleared
    }

    /// Sets what the header asks for, and what a statement that stands alone cannot set for itself. What clears away is
    /// under it too: it waits for locks as well.
    async fn set_timeouts(&mut self) -> Result<(), Broken> {
        let set = format!("{} {}", pin_session(), self.work.header.set_timeouts("SET"));
        let done = self.session.client.batch_execute(&set).await;
        done.map_err(|error| broken(&set, None, error))
    }

    /// Puts the server's own back. The connection may be gone; then its settings are too.
    async fn reset_timeouts(&mut self) {
        let reset = "RESET lock_timeout; RESET statement_timeout";
        let _ = self.session.client.batch_execute(reset).await;
    }

    /// A single statement that failed for good leaves nothing, if all that it leaves can be cleared away.
    async fn give_up(&mut self) -> Left {
        if self.session.client.is_closed() {
            return Left::Unknown;
        }
        let header = &self.work.header;
        let clearable = self.work.kind == Kind::Outside && !header.if_interrupted.is_empty();
        if !clearable {
            return Left::Unfinished;
        }
        if self.cleared().await.is_err() {
            return Left::Unfinished;
        }
        match self.history.forgotten(self.session.client, self.work).await {
            Ok(()) => Left::Nothing,
            Err(_) => Left::Unfinished,
        }
    }
}

fn broken(sql: &str, part: Option<&Part>, error: Error) -> Broken {
    let line = part.map(|part| part.line + line(&error, sql).map_or(0, |line| line - 1));
    Broken::Statement {
        sql: sql.to_owned(),
        line,
        error,
    }
}
