//! A hostile writer: chooses acts by chance, and each comes to an outcome. What happens inside a transaction is in
//! `transactions`.

use std::collections::BTreeMap;

use eventcore_generated::error::Error;
use eventcore_generated::event_store::{Append, ExpectedVersion};
use eventcore_generated::store_error::StoreError;
use eventcore_generated::streams::find_stream;
use eventcore_tests::TestDatabase;
use eventcore_tests::random::Random;
use eventcore_tests::store::moves;
use tokio_postgres::{Client, Config};

use super::harness::{Clock, connect};

const SHARED_STREAMS: u64 = 40;

/// What a writer does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// One event, at any version.
    Single,
    /// Reads the version, and appends exactly there.
    Optimistic,
    /// Several events to one stream.
    Batch,
    /// Several streams in one call.
    SeveralStreams,
    /// One of several that create the same stream.
    Creation,
    /// The same append twice.
    Replay,
    /// Several appends in a transaction, with sleeps.
    Transaction,
    /// Appends before, in and after a savepoint that is rolled back to.
    Savepoint,
    /// An append in an exception block that fails.
    ExceptionBlock,
    /// A transaction that another session commits or rolls back.
    Prepared,
    /// An append under REPEATABLE READ.
    RepeatableRead,
    /// An append under SERIALIZABLE.
    Serializable,
    /// The server process is ended within the transaction.
    Killed,
    /// The server process is ended while it commits.
    KilledAtCommit,
}

impl Act {
    pub(crate) const ALL: [Self; 14] = [
        Self::Single,
        Self::Optimistic,
        Self::Batch,
        Self::SeveralStreams,
        Self::Creation,
        Self::Replay,
        Self::Transaction,
        Self::Savepoint,
        Self::ExceptionBlock,
        Self::Prepared,
        Self::RepeatableRead,
        Self::Serializable,
        Self::Killed,
        Self::KilledAtCommit,
    ];
}

/// What an act came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Committed,
    RolledBack,
    /// A version conflict.
    Conflict,
    /// A serialization failure or a deadlock.
    Aborted,
    /// The connection is gone.
    Lost,
}

impl Outcome {
    /// # Panics
    /// At an error that no writer may get.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::Store(refusal) if matches!(**refusal, StoreError::Conflict(_)) => Self::Conflict,
            // One that a kill was meant for can also read its last message.
            Error::Connection { .. } => Self::Lost,
            _ => match error.sql_state() {
                Some("40001" | "40P01") => Self::Aborted,
                Some("57P01") => Self::Lost,
                _ => panic!("{error}"),
            },
        }
    }
}

pub(crate) struct Writer {
    pub(crate) config: Config,
    pub(crate) number: u64,
    pub(crate) client: Client,
    pub(crate) random: Random,
    /// Unique on the whole server.
    pub(crate) name: String,
    pub(crate) acts: u64,
}

impl Writer {
    pub(crate) async fn new(db: &TestDatabase<'_>, number: u64, random: Random) -> Self {
        let mut config = db.config();
        // Several appends in a transaction deadlock now and then; waiting a second for it would be half the run.
        config
            .application_name("writer")
            .options("-c deadlock_timeout=50ms");
        Self {
            client: connect(&config).await,
            config,
            number,
            random,
            name: format!("{}_{number}", db.name()),
            acts: 0,
        }
    }

    /// Writes until time is up, and says how often each act came to what.
    pub(crate) async fn run(mut self, clock: Clock) -> BTreeMap<(Act, Outcome), usize> {
        let mut counts = BTreeMap::new();
        while clock.is_writing() {
            self.acts += 1;
            // Plain appends are what most of the writing is.
            let act = match self.random.below(28) {
                number @ 0..14 => Act::ALL[usize::try_from(number).unwrap()],
                number => Act::ALL[usize::try_from(number % 4).unwrap()],
            };
            let outcome = match self.act(act).await {
                Ok(outcome) => outcome,
                Err(error) => Outcome::of(&error),
            };
            if outcome == Outcome::Lost {
                self.client = connect(&self.config).await;
            }
            *counts.entry((act, outcome)).or_default() += 1;
            if self.random.chance(30) {
                self.random.sleep_below(5).await;
            }
        }
        counts
    }

    async fn act(&mut self, act: Act) -> Result<Outcome, Error> {
        match act {
            Act::Optimistic => self.optimistic().await,
            Act::Creation => {
                let stream = format!("new-{}-{}", self.number / 6, self.acts / 8);
                let call = Append::new().to(stream, ExpectedVersion::NoStream, moves(1));
                call.run(&self.client).await.map(|_| Outcome::Committed)
            }
            Act::Replay => {
                let call = self.append(1);
                let first = call.run(&self.client).await?;
                let second = call.run(&self.client).await?;
                assert!(!first.replayed && second.replayed);
                assert_eq!(first.positions, second.positions);
                Ok(Outcome::Committed)
            }
            Act::Single | Act::Batch | Act::SeveralStreams => {
                let call = match act {
                    Act::Single => self.append(1),
                    Act::Batch => {
                        let events = 2 + i64::try_from(self.random.below(8)).unwrap();
                        self.append(events)
                    }
                    _ => self.several_streams(),
                };
                call.run(&self.client).await.map(|_| Outcome::Committed)
            }
            _ => self.in_transaction(act).await,
        }
    }

    /// Reads and appends until it wins, as an application does.
    async fn optimistic(&mut self) -> Result<Outcome, Error> {
        let stream = self.shared_stream();
        let mut had_conflict = false;
        loop {
            let row = find_stream(&self.client, &stream).await?;
            let expected = row.map_or(ExpectedVersion::NoStream, |row| {
                ExpectedVersion::Exactly(row.stream_version)
            });
            if self.random.chance(30) {
                self.random.sleep_below(3).await;
            }
            let call = Append::new().to(&stream, expected, moves(1));
            match call.run(&self.client).await {
                Err(error) if Outcome::of(&error) == Outcome::Conflict => had_conflict = true,
                Ok(_) if had_conflict => return Ok(Outcome::Conflict),
                Ok(_) => return Ok(Outcome::Committed),
                Err(error) => return Err(error),
            }
        }
    }

    fn shared_stream(&mut self) -> String {
        format!("shared-{}", self.random.below(SHARED_STREAMS))
    }

    /// An append to a stream of many writers, or of this one alone.
    pub(crate) fn append(&mut self, events: i64) -> Append {
        let stream = if self.random.chance(60) {
            self.shared_stream()
        } else {
            format!("own-{}-{}", self.number, self.random.below(3))
        };
        Append::new().to(stream, ExpectedVersion::Any, moves(events))
    }

    fn several_streams(&mut self) -> Append {
        let mut numbers: Vec<u64> = (0..SHARED_STREAMS).collect();
        self.random.shuffle(&mut numbers);
        let streams = 2 + usize::try_from(self.random.below(3)).unwrap();
        numbers[..streams]
            .iter()
            .fold(Append::new(), |call, number| {
                let events = 1 + i64::try_from(self.random.below(3)).unwrap();
                call.to(
                    format!("shared-{number}"),
                    ExpectedVersion::Any,
                    moves(events),
                )
            })
    }
}
