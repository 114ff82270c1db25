//! What a hostile writer does inside transactions: sleeps, savepoints, two-phase commits, snapshots, sudden ends.

use eventcore_generated::error::Error;
use eventcore_generated::event_store::Append;
use eventcore_generated::event_store::ExpectedVersion;
use eventcore_tests::store::moves;

use super::harness::connect;
use super::writer::{Act, Outcome, Writer};

/// Two-phase commits at once; the server allows few, and other tests need some.
static PREPARED: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(4);

/// An append that goes wrong within an exception block: its locks and its row are undone, its position is burned.
const FAILING_BLOCK: &str = "DO $$ BEGIN
    PERFORM append_events(ARRAY['shared-0'], ARRAY[-1::bigint], ARRAY[1], ARRAY[new_event_id()], ARRAY['undone'], ARRAY['{}'::jsonb], NULL, NULL, NULL, NULL, NULL);
    RAISE EXCEPTION 'undo';
EXCEPTION WHEN raise_exception THEN NULL;
END $$";

impl Writer {
    /// Runs a statement that must not fail but by the loss of the connection or an abort.
    async fn batch(&self, statement: &str) -> Result<(), Outcome> {
        let done = self.client.batch_execute(statement).await;
        done.map_err(
            |error| match error.code().map(tokio_postgres::error::SqlState::code) {
                None | Some("57P01") => Outcome::Lost,
                Some("40001" | "40P01") => Outcome::Aborted,
                Some(_) => panic!("{statement}: {error:?}"),
            },
        )
    }

    async fn append_and_sleep(&mut self, milliseconds: u64) -> Result<(), Outcome> {
        let events = 1 + i64::try_from(self.random.below(3)).unwrap_or_default();
        let done = self.append(events).run(&self.client).await;
        done.map_err(|error| Outcome::of(&error))?;
        self.random.sleep_below(milliseconds).await;
        Ok(())
    }

    /// Whatever happens, the transaction is over afterwards.
    pub(crate) async fn in_transaction(&mut self, act: Act) -> Result<Outcome, Error> {
        let outcome = self.transaction(act).await;
        let outcome = outcome.unwrap_or_else(|outcome| outcome);
        if matches!(outcome, Outcome::Aborted | Outcome::Conflict) {
            let ended = self.batch("ROLLBACK").await;
            return Ok(ended.err().unwrap_or(outcome));
        }
        Ok(outcome)
    }

    async fn transaction(&mut self, act: Act) -> Result<Outcome, Outcome> {
        match act {
            Act::RepeatableRead => self.begin_with_old_snapshot("REPEATABLE READ").await?,
            Act::Serializable => self.begin_with_old_snapshot("SERIALIZABLE").await?,
            _ => self.batch("BEGIN").await?,
        }
        match act {
            Act::Savepoint => self.savepoints().await?,
            Act::ExceptionBlock => {
                self.batch(FAILING_BLOCK).await?;
                self.random.sleep_below(10).await;
                self.append_and_sleep(20).await?;
                self.batch(FAILING_BLOCK).await?;
            }
            Act::Prepared => {
                let _permit = PREPARED.acquire().await.map_err(|_| Outcome::Lost)?;
                return self.prepared().await;
            }
            Act::Killed | Act::KilledAtCommit => {
                self.append_and_sleep(10).await?;
                return self.killed(act == Act::KilledAtCommit).await;
            }
            _ => {
                for _ in 0..=self.random.below(4) {
                    self.append_and_sleep(20).await?;
                }
            }
        }
        let commits = self.random.chance(70);
        self.batch(if commits { "COMMIT" } else { "ROLLBACK" })
            .await?;
        Ok(if commits {
            Outcome::Committed
        } else {
            Outcome::RolledBack
        })
    }

    /// A snapshot that is older than what others append meanwhile.
    async fn begin_with_old_snapshot(&mut self, level: &str) -> Result<(), Outcome> {
        let begin = format!("BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM event_streams");
        self.batch(&begin).await?;
        self.random.sleep_below(10).await;
        // A stream of its own, so that some of these commit.
        let own = format!("own-{}-0", self.number);
        let call = Append::new().to(own, ExpectedVersion::Any, moves(1));
        let done = call.run(&self.client).await;
        done.map(|_| ()).map_err(|error| Outcome::of(&error))
    }

    async fn savepoints(&mut self) -> Result<(), Outcome> {
        // With or without a marker from before: what the savepoint undoes differs.
        if self.random.chance(50) {
            self.append_and_sleep(10).await?;
        }
        self.batch("SAVEPOINT a").await?;
        self.append_and_sleep(10).await?;
        self.batch("SAVEPOINT b").await?;
        self.append_and_sleep(10).await?;
        let to = if self.random.chance(50) { "a" } else { "b" };
        self.batch(&format!("ROLLBACK TO SAVEPOINT {to}")).await?;
        self.random.sleep_below(20).await;
        self.append_and_sleep(20).await?;
        self.batch("RELEASE SAVEPOINT a").await
    }

    async fn prepared(&mut self) -> Result<Outcome, Outcome> {
        self.append_and_sleep(10).await?;
        let id = format!("'{}_{}'", self.name, self.acts);
        self.batch(&format!("PREPARE TRANSACTION {id}")).await?;
        let other = connect(&self.config).await;
        self.random.sleep_below(40).await;
        let commits = self.random.chance(60);
        let verb = if commits { "COMMIT" } else { "ROLLBACK" };
        other
            .batch_execute(&format!("{verb} PREPARED {id}"))
            .await
            .unwrap();
        Ok(if commits {
            Outcome::Committed
        } else {
            Outcome::RolledBack
        })
    }

    async fn killed(&mut self, at_commit: bool) -> Result<Outcome, Outcome> {
        let pid = self.client.query_one("SELECT pg_backend_pid()", &[]).await;
        let pid: i32 = pid.unwrap().get(0);
        let other = connect(&self.config).await;
        let kill = format!("SELECT pg_terminate_backend({pid})");
        let kill = other.batch_execute(&kill);
        let (killed, ended) = if at_commit {
            let (killed, ended) = tokio::join!(kill, self.batch("COMMIT"));
            (killed, ended)
        } else {
            (kill.await, self.batch("SELECT pg_sleep(5)").await)
        };
        killed.unwrap();
        // A commit that came first is one; the process is gone all the same.
        assert!(ended.is_err() || at_commit, "the server process lives on");
        Err(Outcome::Lost)
    }
}
