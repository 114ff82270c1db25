//! Sequences, routines and privileges.

use eventcore_schema_model::diff::{Breach, Change, Edit};
use eventcore_schema_model::grant::{Grant, Privilege};
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::routine::{Language, Routine, Security};
use eventcore_schema_model::sequence::Sequence;
use eventcore_schema_model::template::{Binding, Template};

use super::super::action::{Action, Commented, LeafChange};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::Planner;
use super::renames::has_any;
use crate::sql::routine_signature;

impl Planner<'_> {
    pub(super) fn sequence(&mut self, edit: &Edit<Sequence>) {
        let is =
            |name: &str, state| Condition::new(CatalogObject::Sequence(name.to_owned()), state);
        let node = match edit {
            Edit::Add(sequence) => {
                let (name, sql) = (&sequence.name, self.sql(&sequence.name));
                let create = Action::Create(ObjectRef::Sequence(name.clone()));
                Node::new(
                    Phase::Expand,
                    format!("sequence `{name}` is created"),
                    vec![create],
                )
                .makes([self.relation(name)])
                .before([is(&sql, CatalogState::Absent)])
                .leaves([is(&sql, CatalogState::There)])
            }
            Edit::Drop(sequence) => {
                let (name, sql) = (&sequence.name, self.sql(&sequence.name));
                let drop = Action::DropSequence(name.clone());
                Node::new(
                    Phase::Contract,
                    format!("sequence `{name}` is dropped"),
                    vec![drop],
                )
                .removes([self.relation(name)])
                .hazard(Hazard::LosesData {
                    what: format!("the count of sequence {sql}"),
                    reason: self.reason_of(&ObjectRef::Sequence(name.clone())),
                })
                .hazards(self.breach_of_queries(
                    &Breach::Object(ObjectRef::Sequence(name.clone())),
                    format!("sequence {sql}"),
                ))
                .before([is(&sql, CatalogState::There)])
                .leaves([is(&sql, CatalogState::Absent)])
            }
            Edit::Alter { from, to } => {
                let name = &to.name;
                let mut actions = Vec::new();
                let counting = Sequence {
                    comment: to.comment.clone(),
                    ..from.clone()
                };
                if counting != *to {
                    actions.push(Action::AlterSequence(to.clone()));
                }
                if from.comment != to.comment {
                    let object = Commented::Sequence(name.clone());
                    actions.push(Action::Comment(object, to.comment.clone()));
                }
                let node = Node::new(
                    Phase::Expand,
                    format!("sequence `{name}` is altered"),
                    actions,
                );
                let goes_on = (from.start != to.start).then(|| Hazard::KeepsCount {
                    sequence: self.sql(name),
                });
                let node = self
                    .continuing(node, self.turned(from, to))
                    .hazards(goes_on);
                let ((least, greatest), (new_least, new_greatest)) = (limits(from), limits(to));
                if new_least > least || new_greatest < greatest {
                    node.hazard(Hazard::MayBePast {
                        sequence: self.sql(name),
                    })
                } else {
                    node
                }
            }
            Edit::Rename { .. } => return,
        };
        self.add(node);
    }

    pub(super) fn routine(&mut self, edit: &Edit<Routine>, changes: &[Change]) {
        let mut node = match edit {
            Edit::Add(routine) => self.create_routine(routine),
            Edit::Drop(routine) => {
                let node = self.drop_routine(routine).hazard(self.breach(
                    &Breach::Object(ObjectRef::Routine(routine.name.clone())),
                    format!("function {}", routine_signature(self.to, routine)),
                ));
                Node {
                    phase: Phase::Contract,
                    ..node
                }
            }
            Edit::Alter { from, to } if is_replaceable(from, to) => {
                let label = format!("routine `{}` is replaced", to.name);
                let mut actions = vec![Action::ReplaceRoutine(to.clone())];
                if from.security == Security::Definer && to.security == Security::Invoker {
                    // What runs with its caller's rights anybody may call.
                    let on = ObjectRef::Routine(to.name.clone());
                    actions.push(Action::Grant(Grant::new(
                        [Privilege::Execute],
                        on,
                        "public",
                    )));
                }
                Node::new(Phase::Expand, label, actions)
                    .needs(self.routine_needs(to))
                    .releases(self.routine_holds(from))
            }
            Edit::Alter { from, to } => {
                let drop = self.drop_routine(from);
                let create = self.create_routine(to);
                let mut node = Node::new(
                    Phase::Expand,
                    format!(
                        "routine `{}` takes the place of one with other arguments or another result",
                        to.name
                    ),
                    drop.actions.into_iter().chain(create.actions).collect(),
                );
                node.needs = create.needs;
                node.makes = create.makes;
                node.releases = self.routine_holds(from);
                node.removes = drop.removes;
                node.hazard(self.breach(
                    &Breach::Object(ObjectRef::Routine(to.name.clone())),
                    format!("function {}", routine_signature(self.to, from)),
                ))
            }
            Edit::Rename { .. } => return,
        };
        if let Edit::Add(routine) | Edit::Alter { to: routine, .. } = edit {
            node.wishes = self.new_in_text(routine, changes);
        }
        self.add(node);
    }

    /// What is new and named in a routine's text: the server keeps the text as it is, and looks names up at each call.
    fn new_in_text(&self, routine: &Routine, changes: &[Change]) -> Vec<Thing> {
        let has = |name: &Ident| has_any(routine, &[name.as_str()]);
        let new = changes.iter().filter_map(|change| match change {
            Change::Column(table, Edit::Add(it)) if has(&it.name) => {
                Some(Thing::Column(self.absolute(table), it.name.clone()))
            }
            Change::Table(Edit::Add(it)) if has(&it.name.name) => Some(self.relation(&it.name)),
            Change::View(Edit::Add(it)) if has(&it.name.name) => Some(self.relation(&it.name)),
            Change::Sequence(Edit::Add(it)) if has(&it.name.name) => Some(self.relation(&it.name)),
            Change::Type(Edit::Add(it)) if has(&it.name().name) => {
                Some(Thing::Type(self.absolute(it.name())))
            }
            Change::Routine(Edit::Add(it)) if has(&it.name.name) && it.name != routine.name => {
                Some(Thing::Routine(self.absolute(&it.name)))
            }
            _ => None,
        });
        new.collect()
    }

    fn function_is(&self, routine: &Routine, state: CatalogState) -> Condition {
        let signature = routine_signature(self.to, routine);
        Condition::new(CatalogObject::Function(signature), state)
    }

    fn create_routine(&self, routine: &Routine) -> Node {
        let name = &routine.name;
        let create = Action::Create(ObjectRef::Routine(name.clone()));
        Node::new(
            Phase::Expand,
            format!("routine `{name}` is created"),
            vec![create],
        )
        .needs(self.routine_needs(routine))
        .makes([Thing::Routine(self.absolute(name))])
        .before([self.function_is(routine, CatalogState::Absent)])
        .leaves([self.function_is(routine, CatalogState::There)])
    }

    fn drop_routine(&self, routine: &Routine) -> Node {
        let name = &routine.name;
        let drop = Action::DropRoutine(routine.clone());
        Node::new(
            Phase::Release,
            format!("routine `{name}` is dropped"),
            vec![drop],
        )
        .releases(self.routine_needs(routine))
        .removes([Thing::Routine(self.absolute(name))])
        .before([self.function_is(routine, CatalogState::There)])
        .leaves([self.function_is(routine, CatalogState::Absent)])
    }

    /// What the server looks up when it creates a routine: of a `plpgsql` one not the body, which is read when it runs.
    fn routine_needs(&self, routine: &Routine) -> Vec<Thing> {
        self.routine_names(routine, routine.language != Language::PlPgSql)
    }

    /// What the server does not let go while a routine is there: of a body that is no text.
    fn routine_holds(&self, routine: &Routine) -> Vec<Thing> {
        self.routine_names(routine, routine.language == Language::SqlAtomic)
    }

    fn routine_names(&self, routine: &Routine, with_body: bool) -> Vec<Thing> {
        let mut names = self.types(routine.types());
        names.extend(self.named_by(routine.expressions()));
        if with_body {
            names.extend(self.named_in(&routine.body));
        }
        names
    }

    /// What a text names: relations with all their columns, and routines.
    pub(super) fn named_in(&self, text: &Template) -> Vec<Thing> {
        let mut named = Vec::new();
        for binding in text.bindings.values() {
            match binding {
                Binding::Relation(name) => {
                    named.push(self.relation(name));
                    for schema in [self.renamed, self.to] {
                        let columns = schema
                            .find_table(name)
                            .into_iter()
                            .flat_map(|it| &it.columns);
                        named.extend(columns.map(|it| self.column_thing(name, &it.name)));
                    }
                }
                Binding::Sequence(name) => named.push(self.relation(name)),
                Binding::Routine(name) => named.push(Thing::Routine(self.absolute(name))),
                Binding::Type(ty) => named.extend(self.types([ty])),
                Binding::Integer(_) | Binding::Text(_) => {}
            }
        }
        named.sort();
        named.dedup();
        named
    }

    pub(super) fn grant(&mut self, edit: &Edit<Grant>) {
        let (revoked, granted) = match edit {
            Edit::Add(grant) => (None, Some(grant.clone())),
            Edit::Drop(grant) => (Some(grant.clone()), None),
            Edit::Alter { from, to } => {
                let without = |grant: &Grant, other: &Grant| {
                    let privileges: Vec<Privilege> = grant
                        .privileges
                        .iter()
                        .filter(|it| !other.privileges.contains(it))
                        .copied()
                        .collect();
                    (!privileges.is_empty()).then(|| Grant {
                        privileges,
                        ..grant.clone()
                    })
                };
                (without(from, to), without(to, from))
            }
            Edit::Rename { .. } => return,
        };
        // A new object brings its grants, and one that is gone takes them along.
        let granted = granted.filter(|grant| self.renamed.has(&grant.on));
        let revoked = revoked.filter(|grant| self.to.has(&grant.on));
        for (grant, is_grant) in [(revoked, false), (granted, true)] {
            let Some(grant) = grant else { continue };
            let role = grant.to.clone();
            // Partitions have privileges of their own.
            let leaves = match &grant.on {
                ObjectRef::Table(table) if self.is_partitioned(table) => {
                    let change = if is_grant {
                        LeafChange::Grant
                    } else {
                        LeafChange::Revoke
                    };
                    Some(Action::AlterLeaves(
                        table.clone(),
                        vec![change(grant.clone())],
                    ))
                }
                _ => None,
            };
            let with_leaves = |action| std::iter::once(action).chain(leaves).collect();
            let node = if is_grant {
                let label = format!("`{role}` gets privileges on `{}`", grant.on.name());
                Node::new(Phase::Expand, label, with_leaves(Action::Grant(grant)))
            } else {
                let label = format!("`{role}` loses privileges on `{}`", grant.on.name());
                let breach = Breach::Privileges(grant.on.clone(), role.clone());
                let what = format!("privileges of role {role} that are taken away");
                Node::new(Phase::Release, label, with_leaves(Action::Revoke(grant)))
                    .hazard(self.breach(&breach, what))
            };
            self.add(node);
        }
    }
}

/// The least and the greatest number that the server lets a sequence give.
fn limits(sequence: &Sequence) -> (i64, i64) {
    let Sequence { start, max, .. } = *sequence;
    if sequence.increment > 0 {
        (start.min(1), max.unwrap_or(i64::MAX))
    } else {
        (i64::MIN, max.unwrap_or(start.max(-1)))
    }
}

/// Whether the server puts one routine in the place of the other: it takes the same calls, with no argument more.
pub(super) fn is_replaceable(from: &Routine, to: &Routine) -> bool {
    from.arguments.len() == to.arguments.len() && to.takes_calls_of(from)
}
