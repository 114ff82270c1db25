//! What runs inside the database. The bodies are reviewed SQL files beside this one; here stand their
//! signatures, rights and the names that they use.

use crate::expr::{Literal, Volatility, lit};
use crate::name::{IntoName, QualifiedName};
use crate::routine::{Argument, Language, Parallel, Returns, Routine};
use crate::schema::Schema;
use crate::template::{Binding, Segment, Template};
use crate::ty::DataType;

use super::events::{EVENT_LOG, LATE_DAYS, POSITION_SEQUENCE};
use super::partitions::ALARM_BELOW_PARTITIONS;
use super::stream_pages::{self, Direction};
use super::{EventStore, Layout};

/// SQLSTATEs of the store's own errors, class `ES`, which neither PostgreSQL nor the standard uses.
pub mod sqlstate {
    /// The feed was read on a standby.
    pub const FEED_ON_STANDBY: &str = "ES001";
    /// The feed was read under REPEATABLE READ or SERIALIZABLE.
    pub const FEED_ISOLATION: &str = "ES002";
    /// The checkpoint lies beyond the end of the log.
    pub const CHECKPOINT_AHEAD: &str = "ES003";
    /// The log holds positions that its sequence has not given out.
    pub const SEQUENCE_BEHIND: &str = "ES004";
    /// Events that are read were dropped by retention.
    pub const STREAM_TRUNCATED: &str = "ES005";
    /// A stream is not at the expected version.
    pub const CONFLICT: &str = "ES010";
    /// An event id is stored already, with other content.
    pub const EVENT_ID_TAKEN: &str = "ES011";
    /// An event id is not a UUIDv7, or its time is too far from the server's clock.
    pub const INVALID_EVENT_ID: &str = "ES012";
    /// The arguments of an append do not belong together.
    pub const INVALID_APPEND: &str = "ES013";
    /// A stored event was to be changed or removed.
    pub const LOG_IS_APPEND_ONLY: &str = "ES020";
}

/// The tag in the top 16 bits of the keys of this store's append markers, so that two stores in one
/// database do not hold each other back: 15 bits of an FNV-1a hash of the sequence's full name, from 1.
fn marker_tag(schema: &Schema, sequence: &QualifiedName) -> i64 {
    let name = format!("{}.{}", schema.namespace_of(sequence), sequence.name);
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i64::try_from(hash % 0x7fff).unwrap_or_default() + 1
}

/// The routine that marks streams before their events are dropped.
pub(super) const TRUNCATE_STREAMS: &str = "truncate_streams";

/// A body over the store's own names; binds those that occur in it.
pub(super) struct Names(Vec<(&'static str, Binding)>);

impl Names {
    pub(super) fn new(store: &EventStore, schema: &Schema) -> Self {
        let routine = |name: &'static str| (name, Binding::Routine(name.into_name()));
        let sequence = POSITION_SEQUENCE.into_name();
        let tag = marker_tag(schema, &sequence);
        Self(vec![
            ("events", Binding::Relation(store.events_name())),
            ("streams", Binding::Relation(store.streams_name())),
            ("event_log", Binding::Relation(EVENT_LOG.into_name())),
            ("position_sequence", Binding::Sequence(sequence)),
            ("tag", Binding::Integer(tag)),
            (
                "alarm_below",
                Binding::Integer(ALARM_BELOW_PARTITIONS.into()),
            ),
            ("late_days", Binding::Integer(LATE_DAYS.into())),
            routine("create_monthly_partition"),
            routine("drop_old_partitions"),
            routine("list_partitions"),
            routine("maintain_partitions"),
            routine("append_events"),
            routine("append_outcome"),
            routine("checked_position"),
            routine("event_id_at"),
            routine("event_time"),
            routine("feed_horizon"),
            routine("horizon_lag"),
            routine("is_sequence_behind"),
            routine("last_position"),
            routine("mark_append"),
            routine("new_event_id"),
            routine(Direction::Forward.name()),
            routine(Direction::Backward.name()),
            routine("refuse_truncated"),
            routine("truncate_streams"),
            routine("forget_streams"),
            routine("verify_events"),
        ])
    }

    pub(super) fn body(&self, text: &str) -> Template {
        let template = Template::new(text);
        let Ok(segments) = template.segments() else {
            return template;
        };
        let used = |name: &str| {
            segments
                .iter()
                .any(|segment| matches!(segment, Segment::Placeholder { key, .. } if *key == name))
        };
        self.0
            .iter()
            .filter(|(name, _)| used(name))
            .fold(Template::new(text), |body, (name, binding)| {
                body.bind(*name, binding.clone())
            })
    }
}

pub(super) fn add(store: &EventStore, schema: Schema) -> Schema {
    let names = Names::new(store, &schema);
    let payloads = DataType::array(store.payload.data_type());
    let schema = match store.layout {
        Layout::Simple => schema.routine(list_partitions_simple(&names)),
        Layout::Partitioned => schema
            .routine(truncate_streams(&names))
            .routine(forget_streams(&names)),
    };
    [
        touch_updated_at(&names),
        refuse_change(&names),
        new_event_id(&names),
        event_time(&names),
        event_id_at(&names),
        last_position(&names),
        is_sequence_behind(&names),
        checked_position(&names),
        mark_append(&names),
        append_outcome(&names, &payloads),
        append_events(&names, &payloads),
        refuse_truncated(&names),
        stream_pages::routine(store, &names, Direction::Forward),
        stream_pages::routine(store, &names, Direction::Backward),
        feed_horizon(&names),
        horizon_lag(&names),
        verify_events(&names),
    ]
    .into_iter()
    .fold(schema, Schema::routine)
}

fn touch_updated_at(names: &Names) -> Routine {
    Routine::new(
        "touch_updated_at",
        Returns::Trigger,
        names.body(include_str!("sql/touch_updated_at.sql")),
    )
    .comment("Trigger: sets updated_at where a statement did not.")
}

fn refuse_change(names: &Names) -> Routine {
    Routine::new(
        "refuse_change",
        Returns::Trigger,
        names.body(include_str!("sql/refuse_change.sql")),
    )
    .comment("Trigger: refuses to change or remove stored events (ES020).")
}

fn new_event_id(names: &Names) -> Routine {
    Routine::new(
        "new_event_id",
        Returns::Value(DataType::Uuid),
        names.body(include_str!("sql/new_event_id.sql")),
    )
    .language(Language::SqlAtomic)
    .parallel(Parallel::Safe)
    .comment("A UUIDv7 of this moment.")
}

fn event_time(names: &Names) -> Routine {
    Routine::new(
        "event_time",
        Returns::Value(DataType::TimestampTz),
        names.body(include_str!("sql/event_time.sql")),
    )
    .argument(Argument::new("p_event_id", DataType::Uuid))
    .language(Language::SqlAtomic)
    .volatility(Volatility::Immutable)
    .parallel(Parallel::Safe)
    .comment("The time inside a UUIDv7, to the millisecond.")
}

fn event_id_at(names: &Names) -> Routine {
    Routine::new(
        "event_id_at",
        Returns::Value(DataType::Uuid),
        names.body(include_str!("sql/event_id_at.sql")),
    )
    .argument(Argument::new("p_time", DataType::TimestampTz))
    .language(Language::SqlAtomic)
    .volatility(Volatility::Immutable)
    .parallel(Parallel::Safe)
    .comment("The least event id of a time: turns a range of time into a range of ids.")
}

fn mark_append(names: &Names) -> Routine {
    Routine::new(
        "mark_append",
        Returns::Void,
        names.body(include_str!("sql/mark_append.sql")),
    )
    .comment("Says that this transaction is about to take positions: call after the stream locks.")
}

/// One element per stream, then one per event: what [`append_events`] takes.
fn append_arguments(routine: Routine, payloads: &DataType) -> Routine {
    let array = |name: &str, element: DataType| Argument::new(name, DataType::array(element));
    routine
        .argument(array("p_stream_ids", DataType::Text))
        .argument(array("p_expected_versions", DataType::BigInt))
        .argument(array("p_event_streams", DataType::Integer))
        .argument(array("p_event_ids", DataType::Uuid))
        .argument(array("p_event_types", DataType::Text))
        .argument(Argument::new("p_event_data", payloads.clone()))
        .argument(array("p_schema_versions", DataType::Integer))
        .argument(array("p_metadata", DataType::Jsonb))
        .argument(array("p_causation_ids", DataType::Uuid))
        .argument(array("p_correlation_ids", DataType::Uuid))
        .argument(array("p_user_ids", DataType::Text))
}

fn append_outcome(names: &Names, payloads: &DataType) -> Routine {
    let routine = Routine::new(
        "append_outcome",
        Returns::Value(DataType::array(DataType::BigInt)),
        names.body(include_str!("sql/append_outcome.sql")),
    );
    append_arguments(routine, payloads)
        .argument(Argument::new("p_inserted", DataType::BigInt))
        .argument(Argument::new("p_conflicts", DataType::Jsonb))
        .argument(Argument::new("p_oldest", DataType::TimestampTz))
        .argument(Argument::new("p_newest", DataType::TimestampTz))
        .comment("Part of append_events: tells a replay from a conflict and from an error.")
}

fn append_events(names: &Names, payloads: &DataType) -> Routine {
    let routine = Routine::new(
        "append_events",
        Returns::Value(DataType::array(DataType::BigInt)),
        names.body(include_str!("sql/append_events.sql")),
    );
    append_arguments(routine, payloads).security_definer().comment(
        "Appends events to streams at expected versions, all or none; the one way to write the log.",
    )
}

fn last_position(names: &Names) -> Routine {
    Routine::new(
        "last_position",
        Returns::Value(DataType::BigInt),
        names.body(include_str!("sql/last_position.sql")),
    )
    .comment("The position given out last; an error for a role that may not know it.")
}

fn is_sequence_behind(names: &Names) -> Routine {
    Routine::new(
        "is_sequence_behind",
        Returns::Value(DataType::Boolean),
        names.body(include_str!("sql/is_sequence_behind.sql")),
    )
    .comment("Whether the log holds positions that its sequence has not given out.")
}

fn checked_position(names: &Names) -> Routine {
    Routine::new(
        "checked_position",
        Returns::Value(DataType::BigInt),
        names.body(include_str!("sql/checked_position.sql")),
    )
    .comment("Part of append_events: the position given out last, unless the log goes on beyond it (ES004).")
}

fn refuse_truncated(names: &Names) -> Routine {
    Routine::new(
        "refuse_truncated",
        Returns::Value(DataType::Uuid),
        names.body(include_str!("sql/refuse_truncated.sql")),
    )
    .argument(Argument::new("p_stream_id", DataType::Text))
    .argument(Argument::new("p_first_version", DataType::BigInt))
    .volatility(Volatility::Stable)
    .parallel(Parallel::Safe)
    .comment("Part of reads of streams: refuses versions that retention dropped (ES005).")
}

fn truncate_streams(names: &Names) -> Routine {
    Routine::new(
        TRUNCATE_STREAMS,
        Returns::Value(DataType::BigInt),
        names.body(include_str!("sql/truncate_streams.sql")),
    )
    .argument(Argument::new("p_before", DataType::TimestampTz))
    .argument(Argument::new("p_max_streams", DataType::BigInt).default(lit(Literal::Null)))
    .comment("Marks streams whose events before a time are about to be dropped; returns how many. Part of drop_old_partitions.")
}

fn forget_streams(names: &Names) -> Routine {
    Routine::new(
        "forget_streams",
        Returns::Value(DataType::BigInt),
        names.body(include_str!("sql/forget_streams.sql")),
    )
    .argument(Argument::new("p_unused_since", DataType::TimestampTz))
    .comment("Removes the rows of streams of which no event is kept and which got none since a time; returns how many.")
}

fn feed_horizon(names: &Names) -> Routine {
    Routine::new(
        "feed_horizon",
        Returns::Value(DataType::BigInt),
        names.body(include_str!("sql/feed_horizon.sql")),
    )
    .argument(Argument::new("p_after", DataType::BigInt).default(0))
    .comment("The position up to which the feed may be read now, by a later statement.")
}

fn horizon_lag(names: &Names) -> Routine {
    Routine::new(
        "horizon_lag",
        Returns::table([
            ("position", DataType::BigInt),
            ("positions_behind", DataType::BigInt),
            ("pid", DataType::Integer),
            ("user_name", DataType::Text),
            ("application_name", DataType::Text),
            ("state", DataType::Text),
            ("started_at", DataType::TimestampTz),
            ("age", DataType::Interval),
        ]),
        names.body(include_str!("sql/horizon_lag.sql")),
    )
    .language(Language::Sql)
    .comment("Who holds the feed back: open transactions that have taken positions.")
}

fn verify_events(names: &Names) -> Routine {
    Routine::new(
        "verify_events",
        Returns::table([
            ("finding", DataType::Text),
            ("stream_id", DataType::Text),
            ("event_id", DataType::Uuid),
            ("global_position", DataType::BigInt),
            ("detail", DataType::Text),
        ]),
        names.body(include_str!("sql/verify_events.sql")),
    )
    .language(Language::Sql)
    .volatility(Volatility::Stable)
    .comment("Checks the invariants over all stored events; no row means that they hold.")
}

/// What the partition policy renders for the other layout, with the same columns.
fn list_partitions_simple(names: &Names) -> Routine {
    Routine::new(
        "list_partitions",
        Returns::table([
            ("partition_name", DataType::Text),
            ("lower_bound", DataType::TimestampTz),
            ("upper_bound", DataType::TimestampTz),
            ("is_current", DataType::Boolean),
            ("is_ahead", DataType::Boolean),
            ("is_detaching", DataType::Boolean),
            ("estimated_rows", DataType::BigInt),
            ("total_bytes", DataType::BigInt),
        ]),
        names.body(include_str!("sql/list_partitions_simple.sql")),
    )
    .language(Language::Sql)
    .volatility(Volatility::Stable)
    .comment("The log as its own only partition, without bounds.")
}
