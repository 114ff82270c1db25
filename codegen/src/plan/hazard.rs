//! What a step risks, as values with a sentence each.

use std::fmt;

/// What a reviewer must know of a step. Names are SQL, qualified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Hazard {
    /// Stored data goes.
    LosesData {
        /// What goes: ``table public.orders``.
        what: String,
        /// Why the definition allows it.
        reason: String,
    },
    /// The table is written anew under a lock that everybody waits for.
    RewritesTable {
        /// The table.
        table: String,
        /// Why the definition allows it.
        reason: String,
    },
    /// The table is read as a whole under a lock that everybody waits for.
    BlocksTable {
        /// The table.
        table: String,
        /// Why the definition allows it.
        reason: String,
    },
    /// A materialised view is filled anew in the step's transaction.
    FillsView {
        /// The view.
        view: String,
        /// Why the definition allows it.
        reason: String,
    },
    /// A view is dropped and created in one step.
    CreatesViewAgain {
        /// The view.
        view: String,
    },
    /// The table is read as a whole while the step's locks are held.
    ScansTable {
        /// The table.
        table: String,
    },
    /// Rows that are there may not fit; the step fails then, and changes nothing.
    MayNotFit {
        /// What they must fit: ``constraint orders_total_check of public.orders``.
        what: String,
    },
    /// As [`MayNotFit`](Self::MayNotFit) on one partition after the other; the step fails at the first that does not fit.
    MayNotFitPartly {
        /// What they must fit: ``constraint orders_total_check of public.orders``.
        what: String,
    },
    /// From this step on rows that do not fit cannot be updated, though they stay.
    HoldsOldRows {
        /// What they must fit: ``constraint orders_total_check of public.orders``.
        what: String,
    },
    /// Statements that programs prepared before fail, as what they return has another type.
    BreaksPrepared {
        /// The column: `column total of public.orders`.
        what: String,
    },
    /// Rows are written without a trigger until the one that takes its place is set.
    WithoutTrigger {
        /// The table.
        table: String,
        /// The trigger that goes.
        trigger: String,
        /// The one that comes.
        next: String,
    },
    /// Rows are written without a trigger that goes for good.
    LosesTrigger {
        /// The table.
        table: String,
        /// The trigger.
        trigger: String,
    },
    /// Rows that leave a column out get another value.
    OtherDefault {
        /// The column: `column total of public.orders`.
        what: String,
    },
    /// From this step on rows that do not fit are refused; stored ones fit.
    RefusesRows {
        /// What they must fit: `unique index public.orders_no_idx`.
        what: String,
    },
    /// Updates of stored rows fire triggers of the table's.
    FiresTriggers {
        /// The table.
        table: String,
        /// The triggers.
        triggers: Vec<String>,
    },
    /// A sequence that is there goes on where it is.
    KeepsCount {
        /// The sequence.
        sequence: String,
    },
    /// A policy has or has not a default partition, and the partitions that are there stay as they are.
    DefaultPartition {
        /// The table.
        table: String,
        /// Whether the policy has one from now on.
        wanted: bool,
    },
    /// A policy keeps fewer months than before.
    KeepsLess {
        /// The table.
        table: String,
        /// The routine that drops the others when it is called next.
        routine: String,
        /// How many it kept before; none if all.
        before: Option<u32>,
        /// How many it keeps.
        months: u32,
    },
    /// Stored values become others of another type; some may not be able to.
    ConvertsValues {
        /// The column: ``column total of public.orders``.
        what: String,
        /// Its type before.
        from: String,
        /// Its type after.
        to: String,
    },
    /// Values of rows are computed by what can fail, such as a cast; the rows before one that fails stay filled.
    FillMayFail {
        /// The column that is filled: ``column total of public.orders``.
        what: String,
    },
    /// A sequence may have counted past its new limits; the step fails then, and changes nothing.
    MayBePast {
        /// The sequence.
        sequence: String,
    },
    /// A PostgreSQL schema may hold what no definition names; the step fails then, and changes nothing.
    MayHoldMore {
        /// The PostgreSQL schema.
        namespace: String,
    },
    /// What no definition names may rest on an extension; the step fails then, and changes nothing.
    MayBeUsed {
        /// The extension.
        extension: String,
    },
    /// Programs that were built for the schema before stop working.
    BreaksPrevious {
        /// What they use: ``column note of public.orders``.
        what: String,
        /// The queries of that release that do.
        queries: Vec<String>,
    },
}

impl fmt::Display for Hazard {
    #[expect(clippy::too_many_lines, reason = "a sentence a hazard")]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LosesData { what, reason } => {
                write!(formatter, "loses data: {what} goes for good ({reason})")
            }
            Self::RewritesTable { table, reason } => write!(
                formatter,
                "rewrites table {table}: reads and writes wait until it is done ({reason})"
            ),
            Self::BlocksTable { table, reason } => write!(
                formatter,
                "blocks table {table}: reads and writes wait until all its rows are read ({reason})"
            ),
            Self::FillsView { view, reason } => write!(
                formatter,
                "fills materialised view {view} anew: the step's locks last as long as that takes ({reason})"
            ),
            Self::CreatesViewAgain { view } => write!(
                formatter,
                "creates view {view} again: its owner, privileges and options that the definition does not have are lost"
            ),
            Self::MayBePast { sequence } => write!(
                formatter,
                "fails where sequence {sequence} has counted past its new limits; nothing is changed then"
            ),
            Self::MayHoldMore { namespace } => write!(
                formatter,
                "fails where schema {namespace} holds what the definition never had; nothing is changed then"
            ),
            Self::MayBeUsed { extension } => write!(
                formatter,
                "fails where something that the definition never had rests on extension {extension}; nothing is changed then"
            ),
            Self::ScansTable { table } => write!(
                formatter,
                "scans table {table}: its locks last as long as that takes"
            ),
            Self::MayNotFit { what } => write!(
                formatter,
                "fails where stored rows do not fit {what}; nothing is changed then"
            ),
            Self::MayNotFitPartly { what } => write!(
                formatter,
                "fails at the first partition whose rows do not fit {what}; partitions before it keep what they got"
            ),
            Self::HoldsOldRows { what } => write!(
                formatter,
                "from now on, inserts that do not fit {what} fail, also those of the previous release, and so do updates of stored rows unless they mend the row"
            ),
            Self::BreaksPrepared { what } => write!(
                formatter,
                "statements that return {what} and were prepared before fail (0A000) until they are prepared again"
            ),
            Self::WithoutTrigger {
                table,
                trigger,
                next,
            } => write!(
                formatter,
                "writes to {table} fire neither trigger {trigger} nor {next} until the step that sets {next}"
            ),
            Self::LosesTrigger { table, trigger } => write!(
                formatter,
                "from now on, writes to {table} do not fire trigger {trigger}, also those of the previous release"
            ),
            Self::OtherDefault { what } => write!(
                formatter,
                "from now on, rows that leave {what} out get the new default, also those of the previous release"
            ),
            Self::RefusesRows { what } => write!(
                formatter,
                "from now on, inserts and updates that do not fit {what} fail, also those of the previous release"
            ),
            Self::FiresTriggers { table, triggers } => write!(
                formatter,
                "fires {} for each row of {table} that is filled",
                triggers.join(", ")
            ),
            Self::KeepsCount { sequence } => write!(
                formatter,
                "sequence {sequence} goes on where it is: only a store that is created begins with the new start"
            ),
            Self::DefaultPartition {
                table,
                wanted: true,
            } => write!(
                formatter,
                "creates no default partition of {table}: the next `maintain_partitions()` does"
            ),
            Self::DefaultPartition {
                table,
                wanted: false,
            } => write!(
                formatter,
                "leaves the default partition of {table} attached: move its rows away, then detach and drop it by hand"
            ),
            Self::KeepsLess {
                table,
                routine,
                before,
                months,
            } => {
                let before = before.map_or_else(|| "all".to_owned(), |it| it.to_string());
                write!(
                    formatter,
                    "loses data at the next call of `{routine}()`: it keeps {months} months of {table}, where it kept {before}"
                )
            }
            Self::ConvertsValues { what, from, to } => write!(
                formatter,
                "converts {what} from {from} to {to}: fails where a stored value does not fit, and changes nothing then; \
                 what a value loses on the way, such as decimals, is gone for good"
            ),
            Self::FillMayFail { what } => write!(
                formatter,
                "fails at the first row from which {what} cannot be computed, and passes over rows from which it is NULL; rows that are \
                 filled by then stay so, and another run goes on"
            ),
            Self::BreaksPrevious { what, queries } => {
                write!(
                    formatter,
                    "breaks programs of the previous release that use {what}"
                )?;
                match queries.as_slice() {
                    [] => Ok(()),
                    [query] => write!(formatter, ", as query {query} does"),
                    queries => write!(formatter, ", as queries {} do", queries.join(", ")),
                }
            }
        }
    }
}
