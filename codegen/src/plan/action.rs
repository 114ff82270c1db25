//! What steps do, as data. Whole objects are named and looked up in the schema that the step leads to; what changes in
//! place is carried along.

use eventcore_schema_model::column::{Column, Identity};
use eventcore_schema_model::composite::Attribute;
use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::domain::DomainCheck;
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::grant::Grant;
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::partition::Partition;
use eventcore_schema_model::routine::Routine;
use eventcore_schema_model::sequence::Sequence;
use eventcore_schema_model::storage::StorageParameter;
use eventcore_schema_model::trigger::Trigger;
use eventcore_schema_model::ty::DataType;
use eventcore_schema_model::view::View;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Creates an object with what belongs to it: comments, triggers, grants.
    Create(ObjectRef),
    /// Drops a PostgreSQL schema, in which nothing stands any more.
    DropNamespace(Ident),
    /// Drops an extension.
    DropExtension(Ident),
    /// Gives an extension another version.
    UpdateExtension(Ident, String),
    /// Drops a table.
    DropTable(QualifiedName),
    /// Drops a view.
    DropView(QualifiedName),
    /// Drops a materialised view.
    DropMaterializedView(QualifiedName),
    /// Creates a materialised view that takes the place of one that is there, with its rows, indexes and comments.
    FillView(View),
    /// Drops a type.
    DropType(QualifiedName),
    /// Changes a domain.
    AlterDomain(QualifiedName, DomainChange),
    /// Changes the attributes of a composite type.
    AlterComposite(QualifiedName, AttributeChange),
    /// Adds a label to an enum type.
    AddLabel(QualifiedName, String, LabelPlace),
    /// Drops a sequence.
    DropSequence(QualifiedName),
    /// Drops a routine.
    DropRoutine(Routine),
    /// Renames an object.
    Rename(Renamed),
    /// Changes a table; what stands together is one statement.
    AlterTable(QualifiedName, Vec<TableChange>),
    /// Builds an index while the table is in use.
    BuildIndex(QualifiedName, Index),
    /// Drops an index of a table while the table is in use.
    DropIndex(QualifiedName, Ident),
    /// Builds an index of a partitioned table: on each partition while it is in use, then on the table, which takes
    /// them in.
    BuildPartitionedIndex(QualifiedName, Index),
    /// Adds a key to a partitioned table: the index is built on each partition while it is in use, then all become keys
    /// that the table's takes in, and another key of the table goes.
    BuildPartitionedKey(Box<PartitionedKey>),
    /// Creates a declared partition of a table, below this table or partition, with all that lies below it.
    CreatePartition(Box<(QualifiedName, Ident, Partition)>),
    /// Takes a partition of a table out of this table or partition that it belongs to.
    DetachPartition(QualifiedName, Ident, Ident),
    /// Adds a foreign key to a partitioned table: to each partition while it is in use, then to the table, which takes
    /// them in.
    AddPartitionedReference(QualifiedName, Constraint),
    /// Builds an index that only partitions have on each of them, under a name for as long as the change lasts.
    BuildLeafIndex(QualifiedName, Index),
    /// Drops an index of a partitioned table, with those of its partitions.
    DropPartitionedIndex(QualifiedName, Ident),
    /// Changes what each partition has of its own.
    AlterLeaves(QualifiedName, Vec<LeafChange>),
    /// Sets and resets storage parameters of an index.
    AlterIndex(QualifiedName, Ident, Vec<StorageParameter>, Vec<Ident>),
    /// Creates a trigger, or puts it in the place of one of the same name.
    SetTrigger(QualifiedName, Trigger),
    /// Drops a trigger.
    DropTrigger(QualifiedName, Ident),
    /// Puts a view in the place of one that has the first of its columns.
    ReplaceView(View),
    /// Puts a routine in the place of one with the same arguments and result.
    ReplaceRoutine(Routine),
    /// Changes how a sequence counts.
    AlterSequence(Sequence),
    /// Grants privileges.
    Grant(Grant),
    /// Takes privileges away.
    Revoke(Grant),
    /// Sets or removes a comment.
    Comment(Commented, Option<String>),
    /// Gives a column's value to rows that have none, in batches.
    Backfill(QualifiedName, Ident, Expr),
    /// Lets an identity column go on after the greatest value that is there.
    ContinueIdentity(QualifiedName, Ident),
    /// Lets a sequence go on after the greatest value that rows of a table have, or that fills them.
    ContinueSequence(QualifiedName, Box<Expr>, QualifiedName),
}

impl Action {
    /// Whether its statement only names objects and texts, all in full: it means the same under all settings.
    pub(crate) fn means_the_same(&self) -> bool {
        match self {
            Self::DropNamespace(_)
            | Self::DropExtension(_)
            | Self::DropTable(_)
            | Self::DropView(_)
            | Self::DropMaterializedView(_)
            | Self::DropType(_)
            | Self::DropSequence(_)
            | Self::DropIndex(..)
            | Self::DropPartitionedIndex(..)
            | Self::DropTrigger(..)
            | Self::AddLabel(..) => true,
            Self::Rename(renamed) => !matches!(renamed, Renamed::Routine(..)),
            Self::Comment(object, _) => !matches!(object, Commented::Routine(_)),
            Self::AlterTable(_, changes) => changes.iter().all(TableChange::means_the_same),
            _ => false,
        }
    }
}

impl TableChange {
    /// As of an action.
    fn means_the_same(&self) -> bool {
        matches!(
            self,
            Self::DropColumn(_)
                | Self::DropDefault(_)
                | Self::DropNotNull(_)
                | Self::DropIdentity(_)
                | Self::DropExpression(_)
                | Self::DropConstraint(_)
                | Self::SetStorage(_)
                | Self::ResetStorage(_)
        )
    }
}

/// A key that a partitioned table gets while it is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionedKey {
    /// The table.
    pub table: QualifiedName,
    /// The key.
    pub constraint: Constraint,
    /// The index that it is made from.
    pub index: Index,
    /// The key that goes in the same moment.
    pub replaced: Option<Ident>,
}

/// A form of `ALTER DOMAIN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainChange {
    /// `SET DEFAULT`
    SetDefault(Expr),
    /// `DROP DEFAULT`
    DropDefault,
    /// `SET NOT NULL`
    SetNotNull,
    /// `DROP NOT NULL`
    DropNotNull,
    /// `ADD CONSTRAINT ... NOT VALID`: new values keep it, those that are there are not looked at.
    AddUnvalidated(DomainCheck),
    /// `VALIDATE CONSTRAINT`
    Validate(Ident),
    /// `DROP CONSTRAINT`
    DropCheck(Ident),
}

/// A form of `ALTER TYPE` of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeChange {
    /// `ADD ATTRIBUTE`
    Add(Attribute),
    /// `DROP ATTRIBUTE`
    Drop(Ident),
    /// `ALTER ATTRIBUTE ... TYPE`
    SetType(Ident, DataType),
}

/// Where among the labels of an enum type a new one stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelPlace {
    /// Behind this one.
    After(String),
    /// Before this one.
    Before(String),
}

/// An object and its new name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a plan holds few of them")]
pub enum Renamed {
    /// A table.
    Table(QualifiedName, Ident),
    /// A view.
    View(QualifiedName, Ident),
    /// A materialised view.
    MaterializedView(QualifiedName, Ident),
    /// A type.
    Type(QualifiedName, Ident),
    /// A label of an enum type.
    Label(QualifiedName, String, String),
    /// An attribute of a composite type.
    Attribute(QualifiedName, Ident, Ident),
    /// A sequence.
    Sequence(QualifiedName, Ident),
    /// A routine.
    Routine(Routine, Ident),
    /// A column of a table.
    Column(QualifiedName, Ident, Ident),
    /// A constraint of a table.
    Constraint(QualifiedName, Ident, Ident),
    /// An index of a table.
    Index(QualifiedName, Ident, Ident),
}

/// A part of `ALTER TABLE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableChange {
    /// `ADD COLUMN`
    AddColumn(Box<Column>),
    /// `DROP COLUMN`
    DropColumn(Ident),
    /// `ALTER COLUMN ... TYPE ... COLLATE ... USING ...`
    SetType(Ident, DataType, Option<Ident>, Option<Expr>),
    /// `ALTER COLUMN ... SET DEFAULT`
    SetDefault(Ident, Expr),
    /// `ALTER COLUMN ... DROP DEFAULT`
    DropDefault(Ident),
    /// `ALTER COLUMN ... SET NOT NULL`
    SetNotNull(Ident),
    /// `ALTER COLUMN ... DROP NOT NULL`
    DropNotNull(Ident),
    /// `ALTER COLUMN ... ADD GENERATED ... AS IDENTITY`
    AddIdentity(Ident, Identity),
    /// `ALTER COLUMN ... SET GENERATED ...`
    SetIdentity(Ident, Identity),
    /// `ALTER COLUMN ... DROP IDENTITY`
    DropIdentity(Ident),
    /// `ALTER COLUMN ... SET EXPRESSION AS`, from PostgreSQL 17 on.
    SetExpression(Ident, Expr),
    /// `ALTER COLUMN ... DROP EXPRESSION`
    DropExpression(Ident),
    /// `ADD CONSTRAINT ... NOT VALID`: new rows keep it, those that are there are not looked at.
    AddUnvalidated(Constraint),
    /// `ADD CONSTRAINT`, of one that the server cannot add in parts.
    AddConstraint(Constraint),
    /// `ADD CONSTRAINT ... NOT NULL ... NOT VALID`, from PostgreSQL 18 on: new rows keep it.
    AddUnvalidatedNotNull(Ident, Ident),
    /// `ADD CONSTRAINT ... USING INDEX`: a key from an index that is there.
    AddKeyUsing(Constraint, Ident),
    /// `VALIDATE CONSTRAINT`
    Validate(Ident),
    /// `DROP CONSTRAINT`
    DropConstraint(Ident),
    /// `SET (...)`
    SetStorage(Vec<StorageParameter>),
    /// `RESET (...)`
    ResetStorage(Vec<Ident>),
}

/// A change of what each partition of a table has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a plan holds few of them")]
pub enum LeafChange {
    /// Creates a trigger, or puts it in the place of one of the same name.
    SetTrigger(Trigger),
    /// Drops a trigger.
    DropTrigger(Ident),
    /// Sets storage parameters.
    SetStorage(Vec<StorageParameter>),
    /// Resets storage parameters.
    ResetStorage(Vec<Ident>),
    /// Grants privileges.
    Grant(Grant),
    /// Takes privileges away.
    Revoke(Grant),
    /// Lets an index that was built for it become a key or index of the partition, in the place of one of that name.
    TakePart {
        /// The key or index.
        part: LeafPart,
        /// The index that was built.
        index: Index,
    },
    /// Drops a key or index of the partition.
    DropPart(LeafPart),
    /// Lets a column allow NULL: one of a key that was built on the partition may refuse it for itself, on servers from
    /// 18 on.
    DropNotNull(Ident),
}

/// A key or index that only partitions have, by the suffix after a partition's own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafPart {
    /// A primary or unique key.
    Key(Ident, ConstraintKind),
    /// An index.
    Index(Ident),
}

/// What a comment stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a plan holds few of them")]
pub enum Commented {
    /// A PostgreSQL schema.
    Namespace(Ident),
    /// A table.
    Table(QualifiedName),
    /// A column of a table.
    Column(QualifiedName, Ident),
    /// A constraint of a table.
    Constraint(QualifiedName, Ident),
    /// An index of a table.
    Index(QualifiedName, Ident),
    /// A trigger of a table.
    Trigger(QualifiedName, Ident),
    /// A view.
    View(QualifiedName),
    /// A materialised view.
    MaterializedView(QualifiedName),
    /// A type.
    Type(QualifiedName),
    /// An attribute of a composite type.
    Attribute(QualifiedName, Ident),
    /// A sequence.
    Sequence(QualifiedName),
    /// A routine.
    Routine(Routine),
}
