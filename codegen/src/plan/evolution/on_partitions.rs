//! Keys and foreign keys of partitioned tables that are in use, and what only partitions have. The server has no form for
//! either that lets writes go on: each partition gets its own first, and the table takes those in.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind, Key};
use eventcore_schema_model::index::Index;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::partition::LeafTemplate;

use super::super::action::{Action, Commented, LeafChange, LeafPart, PartitionedKey, Renamed};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::constraints::index_of_key;
use super::{Planner, in_sql, of_table, temporary};

impl Planner<'_> {
    /// A new key or foreign key of a partitioned table, or one in the place of another of the same name.
    pub(super) fn set_on_partitions(
        &mut self,
        table: &QualifiedName,
        constraint: &Constraint,
        old: Option<&Constraint>,
    ) {
        let mut chain = match (constraint.key(), old) {
            (Some(key), None) => vec![self.partitioned_key(table, constraint, key, None)],
            // The old key holds until the new one does, which has another name for a moment.
            (Some(key), Some(old)) if old.key().is_some() => {
                let next = Constraint {
                    name: temporary(table, &constraint.name, "new"),
                    ..constraint.clone()
                };
                let label = of_table("constraint", &constraint.name, table);
                let rename =
                    Renamed::Constraint(table.clone(), next.name.clone(), constraint.name.clone());
                let label = format!("{label} takes its name");
                let rename = Node::new(Phase::Enforce, label, vec![Action::Rename(rename)])
                    .before([self.constraint_is(table, &next.name, CatalogState::Valid)])
                    .leaves([self.constraint_is(table, &constraint.name, CatalogState::Valid)]);
                vec![self.partitioned_key(table, &next, key, Some(old)), rename]
            }
            (_, old) => {
                let drop = old.map(|old| self.drop_constraint(table, old));
                let add = match constraint.key() {
                    Some(key) => self.partitioned_key(table, constraint, key, None),
                    None => self.partitioned_reference(table, constraint),
                };
                drop.into_iter().chain([add]).collect()
            }
        };
        chain.extend(constraint.comment.clone().map(|text| {
            let object = Commented::Constraint(table.clone(), constraint.name.clone());
            let label = of_table("constraint", &constraint.name, table);
            let action = Action::Comment(object, Some(text));
            Node::new(
                Phase::Enforce,
                format!("{label} is described"),
                vec![action],
            )
        }));
        self.add_chain(chain);
    }

    fn partitioned_key(
        &self,
        table: &QualifiedName,
        constraint: &Constraint,
        key: &Key,
        old: Option<&Constraint>,
    ) -> Node {
        let name = &constraint.name;
        let action = Action::BuildPartitionedKey(Box::new(PartitionedKey {
            table: table.clone(),
            constraint: constraint.clone(),
            index: index_of_key(name, key),
            replaced: old.map(|old| old.name.clone()),
        }));
        let label = format!("{} is built", of_table("constraint", name, table));
        let mut needs = self.column_things(table, key.columns.iter().chain(&key.include));
        if matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) {
            let columns = key.columns.iter();
            needs.extend(columns.map(|it| Thing::NotNull(self.absolute(table), it.clone())));
        }
        let old = old.into_iter();
        let gone_keys = old.clone().filter_map(|old| self.key_of(table, old));
        let uses = old.clone().flat_map(|old| self.constraint_uses(table, old));
        let gone = old.map(|old| self.constraint_is(table, &old.name, CatalogState::Absent));
        let leaves = std::iter::once(self.constraint_is(table, name, CatalogState::Valid));
        Node::new(Phase::Build, label, vec![action])
            .expanded()
            .needs(needs)
            .makes([
                Thing::Constraint(self.absolute(table), name.clone()),
                self.key_thing(table, &key.columns),
                self.relation(&table.sibling(name)),
            ])
            .releases(uses)
            .removes(gone_keys)
            .hazard(Hazard::MayNotFitPartly {
                what: in_sql(self.to, "constraint", name, table),
            })
            .before([self.constraint_is(table, name, CatalogState::Absent)])
            .leaves(leaves.chain(gone))
    }

    fn partitioned_reference(&self, table: &QualifiedName, constraint: &Constraint) -> Node {
        let name = &constraint.name;
        let action = Action::AddPartitionedReference(table.clone(), constraint.clone());
        let label = format!("{} is added", of_table("constraint", name, table));
        Node::new(Phase::Validate, label, vec![action])
            .expanded()
            .needs(self.constraint_uses(table, constraint))
            .makes([Thing::Constraint(self.absolute(table), name.clone())])
            .hazard(Hazard::MayNotFitPartly {
                what: in_sql(self.to, "constraint", name, table),
            })
            .before([self.constraint_is(table, name, CatalogState::Absent)])
            .leaves([self.constraint_is(table, name, CatalogState::Valid)])
    }

    /// Keys and indexes that only partitions have. Partitions that are made from now on have them already: the routines
    /// of the policy come first, as `follows`.
    pub(super) fn leaf_parts(
        &mut self,
        table: &QualifiedName,
        from: &LeafTemplate,
        to: &LeafTemplate,
        follows: Option<usize>,
    ) {
        let (before, after) = (parts(from), parts(to));
        for (part, index) in &after {
            let old = before.iter().find(|(old, _)| suffix(old) == suffix(part));
            if old.is_none_or(|(old, known)| old != part || known != index) {
                let nodes = self.leaf_part(table, part, index);
                let start = self.nodes.len();
                self.add_chain(nodes);
                self.nodes[start].follows.extend(follows);
            }
        }
        for (part, index) in before {
            if !after.iter().any(|(it, _)| suffix(it) == suffix(&part)) {
                let label = format!("{} of partitions is dropped", of_part(table, &part));
                let change = LeafChange::DropPart(part.clone());
                let mut node = Node::new(
                    Phase::Replace,
                    label,
                    vec![Action::AlterLeaves(table.clone(), vec![change])],
                )
                .releases(self.index_uses(table, &index))
                .leaves([self.each_is(table, &part, CatalogState::Absent)]);
                node.follows.extend(follows);
                self.add(node);
            }
        }
    }

    fn leaf_part(&self, table: &QualifiedName, part: &LeafPart, index: &Index) -> [Node; 2] {
        let label = of_part(table, part);
        let build = Action::BuildLeafIndex(table.clone(), index.clone());
        let mut build = Node::new(
            Phase::Build,
            format!("{label} is built on each partition"),
            vec![build],
        )
        .expanded()
        .needs(self.index_uses(table, index));
        if let LeafPart::Key(_, ConstraintKind::PrimaryKey(key)) = part {
            let columns = key.columns.iter();
            build = build.needs(columns.map(|it| Thing::NotNull(self.absolute(table), it.clone())));
        }
        if index.unique {
            let what = format!("{} on each partition of {}", index.name, self.sql(table));
            let refuses = self.refuses_rows(table, index, &what);
            build = build
                .hazard(Hazard::MayNotFitPartly { what })
                .hazards(refuses);
        }
        let take = LeafChange::TakePart {
            part: part.clone(),
            index: index.clone(),
        };
        let take = Node::new(
            Phase::Enforce,
            format!("{label} takes its name on each partition"),
            vec![Action::AlterLeaves(table.clone(), vec![take])],
        )
        .leaves([self.each_is(table, part, CatalogState::Valid)]);
        [build, take]
    }

    fn each_is(&self, table: &QualifiedName, part: &LeafPart, state: CatalogState) -> Condition {
        let (suffix, table) = (suffix(part).to_string(), self.sql(table));
        Condition::new(CatalogObject::LeafIndex(suffix, table), state)
    }
}

/// The keys and indexes of a template, each with the index that it is made from.
fn parts(leaf: &LeafTemplate) -> Vec<(LeafPart, Index)> {
    let keys = leaf.constraints.iter().filter_map(|constraint| {
        let part = LeafPart::Key(constraint.name.clone(), constraint.kind.clone());
        Some((part, index_of_key(&constraint.name, constraint.key()?)))
    });
    let indexes = leaf.indexes.iter().map(|index| {
        let seen = Index {
            serves: Vec::new(),
            allows: Vec::new(),
            comment: None,
            ..index.clone()
        };
        (LeafPart::Index(index.name.clone()), seen)
    });
    keys.chain(indexes).collect()
}

fn suffix(part: &LeafPart) -> &eventcore_schema_model::name::Ident {
    let (LeafPart::Key(suffix, _) | LeafPart::Index(suffix)) = part;
    suffix
}

fn of_part(table: &QualifiedName, part: &LeafPart) -> String {
    match part {
        LeafPart::Key(name, _) => of_table("leaf key", name, table),
        LeafPart::Index(name) => of_table("leaf index", name, table),
    }
}
