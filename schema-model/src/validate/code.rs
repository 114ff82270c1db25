//! The codes of the rules: one table, from which tests and documentation take them all.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident,)+) => {
        /// The code of a rule. A code keeps its meaning for ever; a retired one is not used again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// What the rule refuses, in a sentence.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$code => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

codes! {
    /// A name is not an identifier: empty, over 63 bytes or with U+0000.
    SM001,
    /// A name that is derived from another, such as a partition's, is over 63 bytes.
    SM002,
    /// Two relations (tables, views, sequences, indexes, keys) of one PostgreSQL schema share a name.
    SM003,
    /// A name stands twice where it must be unique.
    SM004,
    /// A text contains U+0000, which PostgreSQL cannot store.
    SM005,
    /// A name that becomes one of Rust is not one there.
    SM006,
    /// An exception comes without its reason.
    SM007,
    /// A column does not exist.
    SM008,
    /// A table or view does not exist.
    SM009,
    /// A routine does not exist.
    SM010,
    /// A sequence does not exist.
    SM011,
    /// A query does not exist.
    SM012,
    /// An index does not exist.
    SM013,
    /// A key or unique index of a partitioned table lacks a column of the partition key.
    SM014,
    /// A table has more than one primary key.
    SM015,
    /// A column of a primary key allows NULL.
    SM016,
    /// An index or a generated column holds what is not immutable.
    SM017,
    /// A check is volatile.
    SM018,
    /// A default does not fit its type.
    SM019,
    /// A condition is not boolean.
    SM020,
    /// An operator, function or cast does not take these types, or a constant is not of its type.
    SM021,
    /// An expression holds what cannot stand in its place.
    SM022,
    /// The columns of a foreign key do not pair with those that it references.
    SM023,
    /// A foreign key references columns that are no key.
    SM024,
    /// A foreign key references an append-only table, or one whose partitions come and go by a policy.
    SM025,
    /// A foreign key's action would change rows of an append-only table.
    SM026,
    /// An operator class is unknown.
    SM027,
    /// An operator class does not fit the method or the type.
    SM028,
    /// A type cannot stand in such an index or key.
    SM029,
    /// A collation stands on what has none.
    SM030,
    /// An index asks for what its method cannot do.
    SM031,
    /// An identity stands where it cannot.
    SM032,
    /// A partitioned table has an identity column.
    SM033,
    /// A generated column has a default or reads another generated column.
    SM034,
    /// An index repeats another, or the index of a key.
    SM035,
    /// A default partition stands together with concurrent detach.
    SM036,
    /// A partition key cannot carry the policy, or cannot be one.
    SM037,
    /// A column of the partition key allows NULL.
    SM038,
    /// A partitioned table has storage parameters.
    SM039,
    /// A partition policy's numbers do not work together.
    SM040,
    /// What partitions have of their own holds more than keys.
    SM041,
    /// Containment is asked of a column that is not jsonb.
    SM042,
    /// Containment is asked of a column that no GIN index covers.
    SM043,
    /// A sequence's cache would lose events.
    SM044,
    /// A sequence cannot count as it says.
    SM045,
    /// A trigger asks for what its event or level cannot give.
    SM046,
    /// An append-only table is not guarded against change.
    SM047,
    /// A trigger or partition policy calls a routine that does not fit, or a trigger function takes arguments.
    SM048,
    /// An argument without a default follows one with a default.
    SM049,
    /// A routine's setting is not its own to make.
    SM050,
    /// A text of SQL cannot be read, is not one statement, or has a placeholder that stands for nothing.
    SM051,
    /// A placeholder stands for a parameter and a binding.
    SM052,
    /// A parameter is never used, or says of its elements what only an array can.
    SM053,
    /// A query's row and cardinality contradict each other.
    SM054,
    /// Two rows of one name differ.
    SM055,
    /// A migration's number or slug cannot be one of a file.
    SM056,
    /// An object is created twice.
    SM057,
    /// An object is created before one that it needs.
    SM058,
    /// A privilege does not exist on this kind of object.
    SM059,
    /// A list that needs an element is empty.
    SM060,
    /// A storage parameter is unknown, or its value is not one.
    SM061,
    /// A name is reserved by PostgreSQL.
    SM062,
    /// A data type cannot exist.
    SM063,
    /// An event type's name or version cannot be one.
    SM064,
    /// An object has more columns or arguments than PostgreSQL allows.
    SM065,
    /// Two names become one in Rust.
    SM066,
    /// A rename names nothing that was there, or something that is still there.
    SM070,
    /// An object is gone without a word.
    SM071,
    /// A word that gives something up does not fit the definition or its past.
    SM072,
    /// A change writes a table anew, or loses parts of values, without a word.
    SM073,
    /// A change would touch stored rows of an append-only table.
    SM074,
    /// A new column leaves rows that are there without a value.
    SM075,
    /// No migration can make the change.
    SM076,
    /// A type does not exist.
    SM080,
    /// A type has the name of another type, of a table or of a view.
    SM081,
    /// A label of an enum type cannot be one, or stands twice.
    SM082,
    /// An enum type loses a label, or its labels change their order.
    SM083,
    /// A query takes or returns a type of the definition's own.
    SM084,
    /// A composite type stands where it keeps itself from changing.
    SM085,
    /// The attributes of a composite type change their order, or a new one does not come last.
    SM086,
    /// An exclusion compares by what its method or type does not have.
    SM090,
    /// An exclusion stands on a partitioned table whose servers do not know that, whose partitions a policy makes, or whose
    /// partition key it does not compare.
    SM091,
    /// A change blocks a table while all its rows are read, without a word.
    SM092,
    /// A partition's bound does not fit the partition key.
    SM100,
    /// Partitions overlap, or one takes no rows.
    SM101,
    /// Partitions are declared where they cannot be.
    SM102,
    /// A default is a value that no partition takes.
    SM103,
    /// A change breaks queries of the previous release without a word.
    SM110,
    /// The oldest server that a definition is for is not one that is supported.
    SM120,
    /// An event type is removed, but stored events may have it.
    SM121,
    /// An event type's schema version is lowered.
    SM122,
    /// An event type changes so that stored events cannot be read.
    SM123,
    /// A `.retire(...)` names no event type that was recorded.
    SM124,
    /// A PostgreSQL schema is declared that every database has.
    SM130,
    /// A PostgreSQL schema is not declared.
    SM131,
    /// An extension's name or version cannot be one.
    SM132,
    /// An extension is not part of the definition.
    SM133,
    /// A text names a column that its relation does not have.
    SM134,
    /// A text has a name that the change takes away.
    SM135,
    /// A text is said to mention a word that it does not have.
    SM136,
    /// A query or view selects other columns than are declared for it.
    SM137,
    /// A text takes columns that it does not name.
    SM138,
    /// ON CONFLICT names columns that no key keeps unique.
    SM139,
    /// The tables of the event store are removed.
    SM140,
    /// The layout of the event store changes.
    SM141,
    /// A table of the event store has another name, and the definition does not say which it had before.
    SM142,
    /// The event store's payloads have another type.
    SM143,
    /// A column of the event store is missing or has another type.
    SM144,
    /// A column is added to a table of the event store, and nothing fills it.
    SM145,
    /// A key that the event store rests on is missing.
    SM146,
    /// A key of the event store's columns refuses a second event or stream.
    SM147,
    /// A foreign key's action can never succeed.
    SM150,
    /// A value that is stored or checked depends on the session's settings.
    SM151,
    /// A default or back-fill breaks a check or a key of its column.
    SM152,
    /// A sequence gives numbers that its column cannot hold.
    SM153,
    /// A sequence starts to number a column whose values cannot be counted on from.
    SM154,
    /// A routine changes whose results are stored, or were checked.
    SM155,
    /// No value passes a check, or it is about no column.
    SM156,
    /// A query or routine inserts rows without a value that they need.
    SM157,
    /// An INSERT gives another number of values than it lists columns.
    SM158,
    /// A routine writes to a table without naming its PostgreSQL schema.
    SM159,
    /// An operator class gives wrong answers.
    SM160,
    /// A text refreshes a view that cannot be refreshed so.
    SM161,
    /// A text writes rows through a view that the server writes nothing through.
    SM162,
    /// A text changes rows of an append-only table.
    SM163,
    /// A text gives a value to a column that the server alone fills.
    SM164,
    /// A column takes a name that a text uses for something else.
    SM165,
    /// A text looks for events, or reads a member of theirs, by one of the names, and stored events have another.
    SM166,
    /// A text calls a function with a column of a type that the function does not take.
    SM167,
    /// A trigger function never returns.
    SM168,
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}
