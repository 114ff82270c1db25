//! Declared partitions that come, go, or have another comment, and what each of them has of its own.

use eventcore_schema_model::diff::Edit;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::partition::{LeafTemplate, Partition, PartitionBound, Partitioning};
use eventcore_schema_model::schema::Schema;

use super::super::action::{Action, Commented, Renamed};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::{Planner, of_table};

impl Planner<'_> {
    pub(super) fn partition(
        &mut self,
        table: &QualifiedName,
        parent: &Ident,
        edit: &Edit<Partition>,
    ) {
        match edit {
            Edit::Add(partition) => self.add_partition(table, parent, partition),
            Edit::Drop(partition) => self.drop_partition(table, parent, partition),
            Edit::Alter { to, .. } => {
                let object = Commented::Table(table.sibling(&to.name));
                let label = format!("{} is described", of_table("partition", &to.name, table));
                let action = Action::Comment(object, to.comment.clone());
                self.add(Node::new(Phase::Expand, label, vec![action]));
            }
            Edit::Rename { .. } => {}
        }
    }

    fn add_partition(&mut self, table: &QualifiedName, parent: &Ident, partition: &Partition) {
        let name = &partition.name;
        let create =
            Action::CreatePartition(Box::new((table.clone(), parent.clone(), partition.clone())));
        let label = format!("{} is created", of_table("partition", name, table));
        let is = |state| Condition::new(CatalogObject::Table(self.beside(table, name)), state);
        let tree = partition.tree().into_iter();
        let mut node = Node::new(Phase::Expand, label, vec![create])
            .needs(self.partition_needs(table))
            .makes(tree.map(|it| self.relation(&table.sibling(&it.name))))
            .before([is(CatalogState::Absent)])
            .leaves([
                is(CatalogState::There),
                self.partition_is(table, parent, name, CatalogState::There),
            ]);
        if let Some(default) = default_beside(self.renamed, table, parent) {
            node.long = true;
            node = node
                .hazard(Hazard::ScansTable {
                    table: self.beside(table, default),
                })
                .hazard(Hazard::MayNotFit {
                    what: format!(
                        "the DEFAULT partition {}, once the rows of the new one have a place of their own",
                        self.beside(table, default)
                    ),
                });
        }
        self.add(node);
    }

    /// What a partition of a table needs beyond what the table hands down.
    fn partition_needs(&self, table: &QualifiedName) -> Vec<Thing> {
        let template = self.to.find_table(table).and_then(|it| it.leaf());
        let Some(template) = template else {
            return Vec::new();
        };
        let mut needs = Vec::new();
        for trigger in &template.triggers {
            needs.extend(self.trigger_uses(table, trigger));
        }
        for index in &template.indexes {
            needs.extend(self.index_uses(table, index));
        }
        for key in template.constraints.iter().filter_map(|it| it.key()) {
            needs.extend(self.column_things(table, key.columns.iter().chain(&key.include)));
        }
        needs
    }

    /// Its rows are out of the table at once; they are lost only once nothing else is to be done.
    fn drop_partition(&mut self, table: &QualifiedName, parent: &Ident, partition: &Partition) {
        let name = &partition.name;
        let what = format!("partition {}", self.beside(table, name));
        let label = of_table("partition", name, table);
        let mut words = self
            .to
            .find_table(table)
            .into_iter()
            .flat_map(|it| &it.dropped_partitions);
        let word = words.find(|word| word.name == *name);
        let detach = Action::DetachPartition(table.clone(), parent.clone(), name.clone());
        let detach = Node::new(Phase::Release, format!("{label} is detached"), vec![detach])
            .expanded()
            .hazard(Hazard::BreaksPrevious {
                what: format!("rows of {what}"),
                queries: Vec::new(),
            })
            .before([self.partition_is(table, parent, name, CatalogState::There)])
            .leaves([self.partition_is(table, parent, name, CatalogState::Absent)]);
        let is = |state| Condition::new(CatalogObject::Table(self.beside(table, name)), state);
        let tree = partition.tree().into_iter();
        let drop = word.is_none_or(|word| !word.kept).then(|| {
            let drop = Action::DropTable(table.sibling(name));
            Node::new(Phase::Contract, format!("{label} is dropped"), vec![drop])
                .removes(tree.map(|it| self.relation(&table.sibling(&it.name))))
                .hazard(Hazard::LosesData {
                    what,
                    reason: word.map_or_else(String::new, |word| word.reason.clone()),
                })
                .before([is(CatalogState::There)])
                .leaves([is(CatalogState::Absent)])
        });
        self.add_chain(std::iter::once(detach).chain(drop));
    }

    /// Renames what a partition has of its own, which goes by the partition's name.
    pub(super) fn parts_of_partition(
        &self,
        table: &QualifiedName,
        from: &Partition,
        to: &Partition,
    ) -> Vec<Action> {
        let template = self.renamed.find_table(table).and_then(|it| it.leaf());
        let Some(template) = template.filter(|_| from.partitioning.is_none()) else {
            return Vec::new();
        };
        let under = |partition: &Partition, suffix: &Ident| {
            Ident::new(format!("{}_{suffix}", partition.name)).ok()
        };
        let own = table.sibling(&to.name);
        let keys = template.constraints.iter().filter_map(|it| {
            let (old, new) = (under(from, &it.name)?, under(to, &it.name)?);
            Some(Action::Rename(Renamed::Constraint(own.clone(), old, new)))
        });
        let indexes = template.indexes.iter().filter_map(|it| {
            let (old, new) = (under(from, &it.name)?, under(to, &it.name)?);
            Some(Action::Rename(Renamed::Index(own.clone(), old, new)))
        });
        keys.chain(indexes).collect()
    }

    /// What each declared partition has of its own, on those that are there.
    pub(super) fn leaf(&mut self, table: &QualifiedName) {
        let template = |schema: &Schema| -> LeafTemplate {
            let found = schema.find_table(table).and_then(|it| it.leaf());
            found.cloned().unwrap_or_default()
        };
        let (from, to) = (template(self.renamed), template(self.to));
        self.leaf_in_place(table, &from, &to);
        self.leaf_parts(table, &from, &to, None);
    }

    fn partition_is(
        &self,
        table: &QualifiedName,
        parent: &Ident,
        name: &Ident,
        state: CatalogState,
    ) -> Condition {
        let parent = self.beside(table, parent);
        Condition::new(CatalogObject::Partition(name.to_string(), parent), state)
    }
}

/// The DEFAULT partition that a table, or a partition of it, has in a schema.
pub(in crate::plan) fn default_beside<'s>(
    schema: &'s Schema,
    table: &QualifiedName,
    parent: &Ident,
) -> Option<&'s Ident> {
    let partitioning = schema.find_table(table)?.partitioning.as_ref()?;
    let level = if table.name == *parent {
        partitioning
    } else {
        let mut tree = partitioning.tree().into_iter();
        let found: &Partitioning = tree
            .find(|it| it.name == *parent)?
            .partitioning
            .as_deref()?;
        found
    };
    let mut partitions = level.partitions.iter();
    let default = partitions.find(|it| it.bound == PartitionBound::Default)?;
    Some(&default.name)
}

/// Whether a name is that of a declared partition.
pub(in crate::plan) fn is_partition(schema: &Schema, name: &QualifiedName) -> bool {
    let mut tables = schema.tables.iter();
    tables.any(|table| is_partition_of(schema, &table.name, name))
}

/// Whether a name is that of a declared partition of a table, at any depth.
pub(in crate::plan) fn is_partition_of(
    schema: &Schema,
    table: &QualifiedName,
    name: &QualifiedName,
) -> bool {
    find_partition(schema, table, name).is_some()
}

/// Whether a name is that of a partition of a table which has none itself.
pub(in crate::plan) fn is_leaf_of(
    schema: &Schema,
    table: &QualifiedName,
    name: &QualifiedName,
) -> bool {
    find_partition(schema, table, name).is_some_and(|it| it.partitioning.is_none())
}

fn find_partition<'a>(
    schema: &'a Schema,
    table: &QualifiedName,
    name: &QualifiedName,
) -> Option<&'a Partition> {
    let table = schema.find_table(table)?;
    let is_beside = schema.namespace_of(&table.name) == schema.namespace_of(name);
    let tree = table.partitioning.iter().flat_map(Partitioning::tree);
    { tree }.find(|it| is_beside && it.name == name.name)
}
