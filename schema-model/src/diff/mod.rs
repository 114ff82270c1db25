//! What differs between the schema that the migrations lead to and the definition: changes as plain data, in no order of
//! execution. Knows what a change needs as a word in the definition; how it is carried out is the planner's business.
//!
//! Nothing is guessed from likeness: an object without its like is new or gone, unless `renamed_from` says otherwise.

mod breach;
mod breaks;
mod broken;
mod callers;
mod captured;
mod column_type;
mod columns;
mod composites;
mod computed;
mod event_checks;
mod event_data;
mod event_members;
mod event_shapes;
mod event_store;
mod events;
mod extensions;
mod follow;
mod gone;
mod named;
mod namespaces;
mod new_columns;
mod objects;
mod partitions;
mod renames;
mod retyped;
mod tables;
mod taken_back;
mod taken_names;
pub(crate) mod text;
mod texts;
mod types;
mod views;
mod words;

use crate::column::Column;
use crate::composite::Attribute;
use crate::constraint::Constraint;
use crate::extension::Extension;
use crate::grant::Grant;
use crate::index::Index;
use crate::name::{Ident, QualifiedName};
use crate::namespace::Namespace;
use crate::partition::{Partition, PartitionPolicy};
use crate::place::Place;
use crate::routine::Routine;
use crate::schema::Schema;
use crate::sequence::Sequence;
use crate::table::Table;
use crate::trigger::Trigger;
use crate::user_type::UserType;
use crate::validate::report::{Report, Site};
use crate::validate::{Code, ValidSchema, Violations};
use crate::view::View;
use text::Text;

pub use breach::{Breach, BrokenQueries};
pub use column_type::TypeChange;
pub use events::{
    changed_defaults, events_ahead_of_readers, former_events, unread_events, unread_members,
};
pub use taken_back::taken_back;

/// One semantic difference between two schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a diff holds few of them")]
pub enum Change {
    /// A PostgreSQL schema that is declared; of one that is altered, the comment differs.
    Namespace(Edit<Namespace>),
    /// An extension; of one that is altered, the version differs.
    Extension(Edit<Extension>),
    /// A type of the definition's own; of an enum that is altered, the comment differs, of a domain what the server can
    /// change in place.
    Type(Edit<UserType>),
    /// A label of an enum type.
    Label(QualifiedName, Edit<String>),
    /// An attribute of a composite type.
    Attribute(QualifiedName, Edit<Attribute>),
    /// A sequence.
    Sequence(Edit<Sequence>),
    /// A table. New ones come with their columns, constraints and triggers, not with their indexes; of one that
    /// is altered, comment or storage parameters differ.
    Table(Edit<Table>),
    /// A column of a table.
    Column(QualifiedName, Edit<Column>),
    /// A constraint of a table.
    Constraint(QualifiedName, Edit<Constraint>),
    /// An index of a table.
    Index(QualifiedName, Edit<Index>),
    /// A trigger of a table.
    Trigger(QualifiedName, Edit<Trigger>),
    /// The policy by which a table's partitions come and go.
    Policy(QualifiedName, Edit<PartitionPolicy>),
    /// What each declared partition of a table has of its own.
    Leaf(QualifiedName),
    /// A declared partition of a table, and the table or partition that it belongs to. What lies below one that is new
    /// or gone comes or goes with it.
    Partition(QualifiedName, Ident, Edit<Partition>),
    /// A view.
    View(Edit<View>),
    /// A routine.
    Routine(Edit<Routine>),
    /// Privileges on an object for a role.
    Grant(Edit<Grant>),
}

impl Change {
    /// The table or view that the server does not change so while others read it.
    pub fn unseats(&self) -> Option<&QualifiedName> {
        match self {
            Self::Column(table, Edit::Drop(_)) => Some(table),
            Self::Column(table, Edit::Alter { from, to })
                if from.ty != to.ty || from.collation != to.collation =>
            {
                Some(table)
            }
            Self::View(Edit::Alter { from, to }) if !to.takes_place_of(from) => Some(&to.name),
            _ => None,
        }
    }
}

impl Change {
    /// Whether a view of the schema before keeps the server from it.
    pub fn is_held_by(&self, schema: &Schema, view: &View) -> bool {
        match (self, self.unseats()) {
            (
                Self::Column(_, Edit::Drop(column) | Edit::Alter { from: column, .. }),
                Some(table),
            ) => view.may_read(schema, table, &column.name),
            (_, Some(relation)) => view.reads(schema, relation),
            (_, None) => false,
        }
    }
}

/// What becomes of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit<T> {
    /// It is new.
    Add(T),
    /// It is there on both sides, under one name, and differs.
    Alter {
        /// As it is, by today's names of all that it refers to.
        from: T,
        /// As it is to be.
        to: T,
    },
    /// It is gone.
    Drop(T),
    /// It has another name.
    Rename {
        /// As it is.
        from: T,
        /// The same under its new name.
        to: T,
    },
}

/// The way from one schema to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The schema before, with all renames carried out: what the other changes start from.
    pub renamed: Schema,
    /// The changes, renames first.
    pub changes: Vec<Change>,
    /// The queries of the schema before that the changes break.
    pub broken: Vec<BrokenQueries>,
}

/// What differs between `from`, a schema snapshot, and the definition `to`. Empty when no database need change.
///
/// # Errors
/// Every change that needs a word in the definition and has none, that no migration can make, and every word that says
/// nothing.
pub fn diff(from: &Schema, to: &ValidSchema) -> Result<Diff, Violations> {
    let mut report = Report::default();
    if from.namespace != to.namespace {
        let site = Site::new("schema", &to.name, Place::default());
        report.add(
            Code::SM076,
            &site,
            format!(
                "its objects stand in the PostgreSQL schema `{}`, and no migration moves them to `{}`",
                from.namespace, to.namespace
            ),
            format!("set the namespace back to `{}`, or begin a new store", from.namespace),
        );
        return Err(Violations::new(report.into_violations()));
    }
    if !event_store::is_kept(from, to, &mut report) {
        return Err(Violations::new(report.into_violations()));
    }
    let (renamed, changes) = changes(from, to, &mut report);
    events::compare(from, to, &mut report);
    let broken = broken::find((from, &renamed, to), &changes, &mut report);
    let texts = Text::all(to);
    texts::check(from, to, &texts, &changes, &mut report);
    alone(&texts, &mut report);
    captured::check(&renamed, to, &texts, &changes, &mut report);
    retyped::check(&renamed, to, &changes, &mut report);
    callers::check(&renamed, to, &changes, &mut report);
    computed::check(&renamed, to, &changes, &mut report);
    views::filled_anew(&renamed, to, &changes, &mut report);
    none_of(report)?;
    Ok(Diff {
        renamed,
        changes,
        broken,
    })
}

/// Nothing, or what was found.
fn none_of(report: Report) -> Result<(), Violations> {
    let violations = report.into_violations();
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Violations::new(violations))
    }
}

fn changes(from: &Schema, to: &Schema, report: &mut Report) -> (Schema, Vec<Change>) {
    let (renamed, mut changes) = renames::carry_out(from, to, report);
    words::check(from, to, report);
    one_kind(&renamed, to, report);
    taken_names::check(from, to, &changes, report);
    namespaces::compare(&renamed, to, report, &mut changes);
    extensions::compare(&renamed, to, report, &mut changes);
    types::compare(&renamed, to, report, &mut changes);
    composites::columns(&renamed, to, report);
    objects::compare(&renamed, to, report, &mut changes);
    tables::compare(&renamed, to, report, &mut changes);
    (renamed, changes)
}

/// What the names in a definition's texts say already without a change.
///
/// # Errors
/// Each name that means something else than it seems to.
pub fn check_names(definition: &ValidSchema) -> Result<(), Violations> {
    let mut report = Report::default();
    alone(&Text::all(definition), &mut report);
    none_of(report)
}

fn alone(texts: &[(Site, Text<'_>)], report: &mut Report) {
    captured::with_themselves(texts, report);
    texts::event_names(texts, report);
}

/// The texts of a definition that have a name which others took away: what they changed between `from` and `to` comes before
/// the definition's own changes.
///
/// # Errors
/// Every such text, with the name and what became of it.
pub fn check_texts_after(
    (from, to): (&Schema, &Schema),
    definition: &ValidSchema,
) -> Result<(), Violations> {
    let (_, changes) = changes(from, to, &mut Report::default());
    let mut report = Report::default();
    let texts = Text::all(definition);
    texts::check(from, definition, &texts, &changes, &mut report);
    none_of(report)
}

/// Whether a definition reads the stored events of another one before it, however many lie between.
///
/// # Errors
/// Every event type that it does not read, and does not retire.
pub fn check_events_since(from: &Schema, definition: &ValidSchema) -> Result<(), Violations> {
    let mut report = Report::default();
    events::unread(from, definition, &mut report);
    none_of(report)
}

/// An object does not take the name of one of another kind in one migration: for the server the names are one.
fn one_kind(from: &Schema, to: &Schema, report: &mut Report) {
    const TABLE: &str = "table";
    const VIEW: &str = "view";
    const SEQUENCE: &str = "sequence";
    const TYPE: &str = "type";
    const IDENTITY: &str = "identity column's sequence";
    fn all(schema: &Schema) -> Vec<(&'static str, QualifiedName, Place)> {
        let tables = schema.tables.iter();
        let tables = tables.map(|it| (TABLE, it.name.clone(), it.place));
        let views = schema.views.iter();
        let views = views.map(|it| (VIEW, it.name.clone(), it.place));
        let sequences = schema.sequences.iter();
        let sequences = sequences.map(|it| (SEQUENCE, it.name.clone(), it.place));
        let types = schema.types.iter();
        let types = types.map(|it| (TYPE, it.name().clone(), it.place()));
        // The server names these, and chooses another name while one of it is there.
        let identities = schema.tables.iter().flat_map(|table| {
            let numbered = table.columns.iter().filter(|it| it.identity.is_some());
            numbered.map(|it| {
                let name = Ident::of_server(&table.name.name, &it.name, "seq");
                (IDENTITY, table.name.sibling(&name), it.place)
            })
        });
        tables
            .chain(views)
            .chain(sequences)
            .chain(types)
            .chain(identities)
            .collect()
    }
    let before = all(from);
    for (kind, name, place) in all(to) {
        let other = before.iter().find(|(other, old, _)| {
            // Only these two have names of their own for the server.
            let pair = [kind, *other];
            let apart = pair == [SEQUENCE, TYPE] || pair == [TYPE, SEQUENCE];
            *other != kind && !apart && to.same_name(old, &name)
        });
        if let Some((other, ..)) = other {
            report.add(
                Code::SM076,
                &Site::new(kind, &name, place),
                format!("its name belongs to {} {other} so far", if other.starts_with('i') { "an" } else { "a" }),
                "choose another name, or give the old one up in this migration and add the new one in the next",
            );
        }
    }
}

/// Objects by name: those on both sides, the new ones, those that are gone.
fn paired<'a, T>(
    from: &'a [T],
    to: &'a [T],
    same: impl Fn(&T, &T) -> bool,
) -> (Vec<(&'a T, &'a T)>, Vec<&'a T>, Vec<&'a T>) {
    let (mut both, mut new) = (Vec::new(), Vec::new());
    for after in to {
        match from.iter().find(|before| same(before, after)) {
            Some(before) => both.push((before, after)),
            None => new.push(after),
        }
    }
    let gone = from
        .iter()
        .filter(|before| !to.iter().any(|after| same(before, after)));
    let gone = gone.collect();
    (both, new, gone)
}

/// Says that an object is gone without a word.
fn gone(report: &mut Report, site: &Site, what: &str, remedy: &str) {
    report.add(
        Code::SM071,
        site,
        format!("the definition no longer has {what}, and does not say that it may go"),
        format!(
            "{remedy}; or, if it has another name now, say `.renamed_from(...)` there; or, if a migration that is not released yet made or \
             renamed it, run again with `--amend`; or take it back"
        ),
    );
}
