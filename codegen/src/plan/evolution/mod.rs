//! The migrations from one schema to the next: changes become nodes of a graph, the graph an order, the order steps. One
//! step is one file, since a runner gives each file a transaction.

mod blocked;
mod columns;
mod composites;
mod constraints;
mod counters;
mod extensions;
mod indexes;
mod namespaces;
mod objects;
mod on_partitions;
mod partitions;
mod policies;
mod renames;
mod rested_on;
mod retyped;
mod steps;
mod tables;
mod triggers;
mod types;
mod uses;
mod views;

pub(super) use partitions::default_beside;

use eventcore_schema_model::diff::{Breach, BrokenQueries, Change, Diff, Edit, diff};
use eventcore_schema_model::name::{Ident, MAX_IDENT_BYTES, QualifiedName};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::{ValidSchema, Violations};
use thiserror::Error;

use super::graph::{Node, Thing, sorted};
use super::{CatalogObject, CatalogState, Condition, Hazard, PlanError, PlannedMigration};
use crate::output::sha256_hex;
use crate::sql::{qualified, quote_ident};

/// Why a schema's evolution cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvolutionError {
    /// The definition lacks words, or asks for what no migration can do.
    #[error(transparent)]
    Violations(#[from] Violations),
    /// The changes cannot be put in order, or no migration is to be named.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Plans the migrations that lead a database of `from` to `to`, numbered from `first_version` on. None when the catalog
/// need not change. `slug` names them; without it a name is made from the changes.
///
/// # Errors
/// When the definition must say more, asks for what no migration can do, or its changes need each other in a circle; a
/// slug without a migration.
pub fn plan_evolution(
    from: &Schema,
    to: &ValidSchema,
    first_version: u32,
    slug: Option<&str>,
) -> Result<Vec<PlannedMigration>, EvolutionError> {
    let Diff {
        renamed,
        changes,
        broken,
    } = diff(from, to)?;
    let mut planner = Planner {
        from,
        renamed: &renamed,
        to,
        broken: &broken,
        gone_keys: Vec::new(),
        nodes: Vec::new(),
    };
    let rests = planner.rested_on(&changes);
    if !rests.is_empty() {
        return Err(PlanError::RestedOn { rests }.into());
    }
    planner.plan(&changes);
    let nodes = sorted(planner.nodes)?;
    if nodes.is_empty()
        && let Some(name) = slug
    {
        return Err(PlanError::NothingToName {
            name: name.to_owned(),
        }
        .into());
    }
    Ok(steps::migrations(
        (&renamed, to),
        nodes,
        &changes,
        first_version,
        slug,
    ))
}

/// What turns changes into nodes.
struct Planner<'a> {
    /// As the database is.
    from: &'a Schema,
    /// The same with the renames carried out, which come first.
    renamed: &'a Schema,
    /// As it is to be.
    to: &'a Schema,
    /// The queries of the previous release that break.
    broken: &'a [BrokenQueries],
    /// What keeps columns unique, and goes.
    gone_keys: Vec<Thing>,
    nodes: Vec<Node>,
}

impl Planner<'_> {
    fn plan(&mut self, changes: &[Change]) {
        self.gone_keys = self.keys_that_go(changes);
        let replaced = self.renames(changes);
        // Changes that views and triggers stand in the way of take those along.
        let carried = self.blocked(changes);
        for change in changes {
            if carried.contains(&change) {
                continue;
            }
            if let Change::Routine(Edit::Alter { to, .. }) = change
                && replaced.contains(&&to.name)
            {
                continue;
            }
            match change {
                Change::Namespace(edit) => self.namespace(edit),
                Change::Extension(edit) => self.extension(edit),
                Change::Type(edit) => self.user_type(edit),
                Change::Label(ty, edit) => self.label(ty, edit),
                Change::Attribute(ty, edit) => self.attribute(ty, edit),
                Change::Sequence(edit) => self.sequence(edit),
                Change::Table(edit) => self.table(edit),
                Change::Column(table, edit) => self.column(table, edit),
                Change::Constraint(table, edit) => self.constraint(table, edit),
                Change::Index(table, edit) => self.index(table, edit),
                Change::Trigger(table, edit) => self.trigger(table, edit, changes),
                Change::Policy(table, edit) => self.policy(table, edit),
                Change::Leaf(table) => self.leaf(table),
                Change::Partition(table, parent, edit) => self.partition(table, parent, edit),
                Change::View(edit) => self.view(edit),
                Change::Routine(edit) => self.routine(edit, changes),
                Change::Grant(edit) => self.grant(edit),
            }
        }
        self.references_set_again(changes);
        self.routines_of_policies();
        self.stand_in_namespaces();
    }

    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds nodes that come one after the other.
    fn add_chain(&mut self, nodes: impl IntoIterator<Item = Node>) {
        let mut last = None;
        for mut node in nodes {
            node.follows.extend(last);
            last = Some(self.add(node));
        }
    }

    /// That programs of the previous release break, whether queries are known to or not.
    fn breach(&self, breach: &Breach, what: String) -> Hazard {
        let broken = self.broken.iter().filter(|it| it.breach == *breach);
        let queries = broken.flat_map(|it| &it.queries);
        let queries = queries.map(ToString::to_string).collect();
        Hazard::BreaksPrevious { what, queries }
    }

    /// The same where only a query can tell.
    fn breach_of_queries(&self, breach: &Breach, what: String) -> Option<Hazard> {
        let hazard = self.breach(breach, what);
        let is_known =
            matches!(&hazard, Hazard::BreaksPrevious { queries, .. } if !queries.is_empty());
        is_known.then_some(hazard)
    }

    /// Whether the table or view is there before.
    fn is_old(&self, relation: &QualifiedName) -> bool {
        self.renamed.find_table(relation).is_some() || self.renamed.find_view(relation).is_some()
    }

    /// Whether the table is partitioned, before and after.
    fn is_partitioned(&self, table: &QualifiedName) -> bool {
        let table = self.to.find_table(table);
        table.is_some_and(|table| table.partitioning.is_some())
    }

    /// A name in SQL.
    fn sql(&self, name: &QualifiedName) -> String {
        qualified(self.to, name)
    }

    /// The name of what stands in the same PostgreSQL schema as a table, in SQL.
    fn beside(&self, table: &QualifiedName, name: &Ident) -> String {
        qualified(self.to, &table.sibling(name))
    }

    fn absolute(&self, name: &QualifiedName) -> QualifiedName {
        QualifiedName {
            namespace: Some(self.to.namespace_of(name).clone()),
            name: name.name.clone(),
        }
    }

    fn relation(&self, name: &QualifiedName) -> Thing {
        Thing::Relation(self.absolute(name))
    }

    fn column_thing(&self, table: &QualifiedName, column: &Ident) -> Thing {
        Thing::Column(self.absolute(table), column.clone())
    }

    fn column_things<'c>(
        &self,
        table: &QualifiedName,
        columns: impl IntoIterator<Item = &'c Ident>,
    ) -> Vec<Thing> {
        columns
            .into_iter()
            .map(|column| self.column_thing(table, column))
            .collect()
    }

    fn key_thing(&self, table: &QualifiedName, columns: &[Ident]) -> Thing {
        let mut columns = columns.to_vec();
        columns.sort();
        Thing::Key(self.absolute(table), columns)
    }

    fn column_is(&self, table: &QualifiedName, column: &Ident, state: CatalogState) -> Condition {
        let object = CatalogObject::Column(column.to_string(), self.sql(table));
        Condition::new(object, state)
    }

    fn constraint_is(&self, table: &QualifiedName, name: &Ident, state: CatalogState) -> Condition {
        let object = CatalogObject::Constraint(name.to_string(), self.sql(table));
        Condition::new(object, state)
    }

    fn index_is(&self, table: &QualifiedName, name: &Ident, state: CatalogState) -> Condition {
        Condition::new(CatalogObject::Index(self.beside(table, name)), state)
    }

    fn table_is(&self, table: &QualifiedName, state: CatalogState) -> Condition {
        Condition::new(CatalogObject::Table(self.sql(table)), state)
    }
}

/// A name of our own for as long as a change lasts, made from the object's: nobody else has it, and no other object
/// gives the same.
fn temporary(table: &QualifiedName, name: &Ident, suffix: &str) -> Ident {
    let hash = sha256_hex(format!("{table} {name} {suffix}"));
    let suffix = format!("_{suffix}_{}", &hash[..6]);
    let mut end = name.as_str().len().min(MAX_IDENT_BYTES - suffix.len());
    while !name.as_str().is_char_boundary(end) {
        end -= 1;
    }
    Ident::new(format!("{}{suffix}", &name.as_str()[..end])).unwrap_or_else(|_| name.clone())
}

/// A clause about what belongs to a table: ``column `note` of `orders` ``.
fn of_table(kind: &str, name: &Ident, table: &QualifiedName) -> String {
    format!("{kind} `{name}` of `{table}`")
}

/// A hazard's name of a column: `column note of public.orders`.
fn in_sql(schema: &Schema, kind: &str, name: &Ident, table: &QualifiedName) -> String {
    format!(
        "{kind} {} of {}",
        quote_ident(name.as_str()),
        qualified(schema, table)
    )
}
