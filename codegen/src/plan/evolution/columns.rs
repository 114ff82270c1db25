//! Columns of tables that are in use: what takes a moment, what must look at every row, and what comes in between.

use eventcore_schema_model::column::Column;
use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::expr::{BinaryOp, Expr, Literal, col, lit};
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::trigger::{Trigger, TriggerEvent, TriggerLevel};

use super::super::action::{Action, Commented, LeafChange, TableChange};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogState, Hazard};
use super::{Planner, in_sql, of_table, temporary};

impl Planner<'_> {
    pub(super) fn column(&mut self, table: &QualifiedName, edit: &Edit<Column>) {
        match edit {
            Edit::Add(column) => self.add_column(table, column),
            Edit::Alter { from, to } => self.alter_column(table, from, to),
            // Its values go with what stands in the way of that: see `blocked`.
            Edit::Drop(_) | Edit::Rename { .. } => {}
        }
    }

    fn add_column(&mut self, table: &QualifiedName, column: &Column) {
        let label = format!("{} is added", of_table("column", &column.name, table));
        let thing = self.column_thing(table, &column.name);
        let expressions = column.expressions();
        let needs: Vec<Thing> = self
            .named_by(expressions)
            .into_iter()
            .chain(self.types([&column.ty]))
            .chain(
                column
                    .generated
                    .iter()
                    .flat_map(|it| self.column_things(table, it.columns())),
            )
            .collect();
        let conditions = (
            self.column_is(table, &column.name, CatalogState::Absent),
            self.column_is(table, &column.name, CatalogState::There),
        );
        let ambiguous = self.breach_of_queries(
            &Breach::Added(table.clone(), column.name.clone()),
            format!("the name {} for something else", column.name),
        );
        let add = |column: Column| {
            let rewrite = column.rewrite.clone();
            let comment = column.comment.clone().map(|text| {
                let object = Commented::Column(table.clone(), column.name.clone());
                Action::Comment(object, Some(text))
            });
            let alter = Action::AlterTable(
                table.clone(),
                vec![TableChange::AddColumn(Box::new(column))],
            );
            let actions = std::iter::once(alter).chain(comment).collect();
            let mut node = Node::new(Phase::Expand, label.clone(), actions)
                .needs(needs.clone())
                .makes([thing.clone()])
                .hazards(ambiguous.clone())
                .before([conditions.0.clone()])
                .leaves([conditions.1.clone()]);
            if let Some(rewrite) = rewrite {
                node.long = true;
                node.alone = true;
                node = node.hazard(Hazard::RewritesTable {
                    table: self.sql(table),
                    reason: rewrite.reason,
                });
            }
            node
        };
        let Some(value) = &column.backfill else {
            let mut node = add(column.clone());
            if !column.nullable {
                node = node.makes([Thing::NotNull(self.absolute(table), column.name.clone())]);
            }
            self.add(node);
            return;
        };
        // Rows that are there must not take the default, nor that of a domain: it is set once they are told from new ones.
        let bare = Column {
            nullable: true,
            default: None,
            ..column.clone()
        };
        let of_domain = self.to.default_of(&bare).is_some();
        let empty = Column {
            default: of_domain.then(|| lit(Literal::Null)),
            ..bare
        };
        let name = || column.name.clone();
        let counts = self.continues(table, column);
        let later = match &column.default {
            Some(value) => Some(TableChange::SetDefault(name(), value.clone())),
            None => of_domain.then(|| TableChange::DropDefault(name())),
        };
        let mut first = add(empty);
        first
            .actions
            .extend(later.map(|change| Action::AlterTable(table.clone(), vec![change])));
        let first = self.continuing(first, counts.into_iter().collect());
        let mut chain = vec![first];
        if column.nullable {
            chain.push(self.fill(table, &column.name, value));
        } else {
            chain.extend(self.refuse_null(table, &column.name, Some(value)));
        }
        self.add_chain(chain);
    }

    fn alter_column(&mut self, table: &QualifiedName, from: &Column, to: &Column) {
        let name = &to.name;
        let label = format!("{} is altered", of_table("column", name, table));
        let mut changes = Vec::new();
        let mut actions = Vec::new();
        let mut needs = Vec::new();
        if from.generated.is_some() && to.generated.is_none() {
            changes.push(TableChange::DropExpression(name.clone()));
        }
        if from.identity.is_some() && to.identity.is_none() {
            changes.push(TableChange::DropIdentity(name.clone()));
        }
        // Another type takes the default along: see `blocked`.
        let keeps_type = from.ty == to.ty && from.collation == to.collation;
        match (&from.default, &to.default) {
            (before, Some(after)) if keeps_type && before.as_ref() != Some(after) => {
                needs.extend(self.named_by([after]));
                changes.push(TableChange::SetDefault(name.clone(), after.clone()));
            }
            (Some(_), None) if keeps_type => changes.push(TableChange::DropDefault(name.clone())),
            _ => {}
        }
        if !from.nullable && to.nullable {
            changes.push(TableChange::DropNotNull(name.clone()));
        }
        let mut continues = false;
        match (from.identity, to.identity) {
            (None, Some(identity)) => {
                changes.push(TableChange::AddIdentity(name.clone(), identity));
                continues = true;
            }
            (Some(before), Some(after)) if before != after => {
                changes.push(TableChange::SetIdentity(name.clone(), after));
            }
            _ => {}
        }
        if !changes.is_empty() {
            actions.push(Action::AlterTable(table.clone(), changes));
        }
        if !from.nullable && to.nullable && self.is_partitioned(table) {
            let change = LeafChange::DropNotNull(name.clone());
            actions.push(Action::AlterLeaves(table.clone(), vec![change]));
        }
        if continues {
            actions.push(Action::ContinueIdentity(table.clone(), name.clone()));
        }
        if from.comment != to.comment {
            let object = Commented::Column(table.clone(), name.clone());
            actions.push(Action::Comment(object, to.comment.clone()));
        }
        let computed = from.generated.as_ref().and(to.generated.as_ref());
        if let Some(value) = computed.filter(|value| from.generated.as_ref() != Some(value)) {
            let node = self.compute_anew(table, from, to, value);
            self.add(node);
        }
        let mut removes = Vec::new();
        if !from.nullable && to.nullable {
            removes.push(Thing::NotNull(self.absolute(table), name.clone()));
        }
        let mut chain = Vec::new();
        if from.nullable && !to.nullable {
            let defined = self
                .to
                .find_table(table)
                .and_then(|it| it.find_column(name));
            let value = defined.and_then(|column| column.backfill.as_ref());
            chain.extend(self.refuse_null(table, name, value));
        }
        if !actions.is_empty() {
            let mut releases = self.named_by(&from.default);
            if to.generated.is_none() {
                let base = from.generated.iter().flat_map(Expr::columns);
                releases.extend(self.column_things(table, base));
                releases.extend(self.named_by(&from.generated));
            }
            // Whatever became of an earlier step that was to refuse NULL, this one is about the column.
            let takes_null = (!from.nullable && to.nullable)
                .then(|| self.column_is(table, name, CatalogState::There));
            let mut node = Node::new(Phase::Expand, label, actions)
                .needs(needs)
                .leaves(takes_null)
                .removes(removes)
                .releases(releases)
                .hazards(self.no_longer(table, name))
                .hazards(self.default_breach(table, name).filter(|_| keeps_type))
                .hazards(self.lost_count(table, from, to))
                .hazards(self.other_default(table, from, to).filter(|_| keeps_type));
            if keeps_type {
                node = self.continuing(node, self.continues(table, to).into_iter().collect());
            }
            if continues {
                // An identity column must refuse NULL already.
                node.long = true;
                node = node.hazard(Hazard::ScansTable {
                    table: self.sql(table),
                });
                chain.push(node);
            } else {
                self.add(node);
            }
        }
        self.add_chain(chain);
    }

    /// That rows which leave a column out get another value.
    fn other_default(&self, table: &QualifiedName, from: &Column, to: &Column) -> Option<Hazard> {
        let (before, after) = (from.default.as_ref()?, to.default.as_ref()?);
        (before != after).then(|| Hazard::OtherDefault {
            what: in_sql(self.to, "column", &to.name, table),
        })
    }

    /// What queries relied on of a column that is altered in place.
    fn no_longer(&self, table: &QualifiedName, column: &Ident) -> impl Iterator<Item = Hazard> {
        let what = in_sql(self.to, "column", column, table);
        let (null, given) = (
            Breach::Null(table.clone(), column.clone()),
            Breach::Given(table.clone(), column.clone()),
        );
        let null = self.breach_of_queries(&null, format!("{what} as one that is never NULL"));
        let given = self.breach_of_queries(&given, format!("{what} and give it a value"));
        null.into_iter().chain(given)
    }

    /// That queries leave a column to a default that goes.
    pub(super) fn default_breach(&self, table: &QualifiedName, column: &Ident) -> Option<Hazard> {
        let what = in_sql(self.to, "column", column, table);
        let breach = Breach::Default(table.clone(), column.clone());
        self.breach_of_queries(&breach, format!("{what} and leave it to its default"))
    }

    /// Computes a column otherwise than before, in every row that is there.
    fn compute_anew(
        &self,
        table: &QualifiedName,
        from: &Column,
        to: &Column,
        value: &Expr,
    ) -> Node {
        let change = TableChange::SetExpression(to.name.clone(), value.clone());
        let label = format!("{} is computed anew", of_table("column", &to.name, table));
        let mut node = Node::new(
            Phase::Expand,
            label,
            vec![Action::AlterTable(table.clone(), vec![change])],
        )
        .needs(self.column_things(table, value.columns()))
        .needs(self.named_by([value]))
        .releases(self.column_things(table, from.generated.iter().flat_map(Expr::columns)))
        .releases(self.named_by(&from.generated));
        node.long = true;
        node.alone = true;
        if let Some(rewrite) = &to.rewrite {
            node = node.hazard(Hazard::RewritesTable {
                table: self.sql(table),
                reason: rewrite.reason.clone(),
            });
        }
        node
    }

    /// Gives rows that are there a value.
    fn fill(&self, table: &QualifiedName, column: &Ident, value: &Expr) -> Node {
        let fill = Action::Backfill(table.clone(), column.clone(), value.clone());
        let label = format!("{} is filled", of_table("column", column, table));
        let hazard = can_fail(value).then(|| Hazard::FillMayFail {
            what: in_sql(self.to, "column", column, table),
        });
        Node::new(Phase::Fill, label, vec![fill])
            .hazards(hazard)
            .hazards(self.fires(table))
            .needs(self.column_things(table, value.columns()))
            .needs(self.named_by([value]))
            .makes([self.column_thing(table, column)])
            .outside()
    }

    /// The triggers that an update of each row fires, which may change or swallow it.
    fn fires(&self, table: &QualifiedName) -> Option<Hazard> {
        let fires = |it: &&Trigger| {
            let on_update = |event: &TriggerEvent| matches!(event, TriggerEvent::Update(columns) if columns.is_empty());
            it.level == TriggerLevel::Row && it.events.iter().any(on_update)
        };
        let triggers = &self.to.find_table(table)?.triggers;
        let triggers: Vec<String> = triggers
            .iter()
            .filter(fires)
            .map(|it| format!("trigger {}", it.name))
            .collect();
        (!triggers.is_empty()).then(|| Hazard::FiresTriggers {
            table: self.sql(table),
            triggers,
        })
    }

    /// From rows that may be without a value to a column that refuses NULL. New rows are held to that before old ones
    /// are looked at. What is filled is filled on both sides of that moment: before it, since an old row without a value
    /// cannot be updated from then on; after it, since rows may have come without one until then.
    fn refuse_null(&self, table: &QualifiedName, column: &Ident, fill: Option<&Expr>) -> Vec<Node> {
        let mut nodes = match self.unvalidated_not_null(table, column) {
            Some(name) => self.refuse_null_by_name(table, column, &name),
            None => self.refuse_null_by_check(table, column),
        };
        if let Some(value) = fill {
            let mut late = self.fill(table, column, value);
            let what = of_table("column", column, table);
            late.label = format!("{what} is filled where rows came without it meanwhile");
            // What rests on the filled column comes behind the first fill, and so does what refuses NULL.
            late.makes.clear();
            nodes.insert(1, late);
            nodes.insert(0, self.fill(table, column, value));
        }
        nodes
    }

    /// By a check that new rows keep at once, that old ones are held against while the table is in use, and that spares
    /// the server another look when the column itself refuses NULL.
    fn refuse_null_by_check(&self, table: &QualifiedName, column: &Ident) -> Vec<Node> {
        let check = temporary(table, column, "not_null");
        let constraint = Constraint::new(&check, ConstraintKind::Check(col(column).is_not_null()));
        let what = of_table("column", column, table);
        let alter = |changes| vec![Action::AlterTable(table.clone(), changes)];
        let there = self.constraint_is(table, &check, CatalogState::There);
        let add = Node::new(
            Phase::Expand,
            format!("{what} refuses NULL in new rows"),
            alter(vec![TableChange::AddUnvalidated(constraint)]),
        )
        .needs([self.column_thing(table, column)])
        .hazard(self.breaks_previous(table, column))
        .hazard(Hazard::HoldsOldRows {
            what: format!("NOT NULL of {}", in_sql(self.to, "column", column, table)),
        })
        .before([self.constraint_is(table, &check, CatalogState::Absent)])
        .leaves([there.clone()]);
        let validate = self.validation(
            table,
            &check,
            format!("rows of `{table}` are checked for NULL in `{column}`"),
        );
        let enforce = Node::new(
            Phase::Enforce,
            format!("{what} refuses NULL"),
            alter(vec![
                TableChange::SetNotNull(column.clone()),
                TableChange::DropConstraint(check.clone()),
            ]),
        )
        .makes([Thing::NotNull(self.absolute(table), column.clone())])
        .before([self.constraint_is(table, &check, CatalogState::Valid)])
        .leaves([
            self.column_is(table, column, CatalogState::NotNull),
            self.constraint_is(table, &check, CatalogState::Absent),
        ]);
        vec![add, validate, enforce]
    }

    /// The name that a column's refusal of NULL gets where it can be added without a look at the rows that are there.
    fn unvalidated_not_null(&self, table: &QualifiedName, column: &Ident) -> Option<Ident> {
        let name = Ident::of_server(&table.name, column, "not_null");
        let is_free = self.to.find_table(table).is_some_and(|table| {
            let mut constraints = table.constraints.iter();
            constraints.all(|constraint| constraint.name != name)
        });
        (is_free && self.to.minimum_server.has_unvalidated_not_null()).then_some(name)
    }

    /// The same where all servers can do without the check.
    fn refuse_null_by_name(
        &self,
        table: &QualifiedName,
        column: &Ident,
        name: &Ident,
    ) -> Vec<Node> {
        let what = of_table("column", column, table);
        let change = TableChange::AddUnvalidatedNotNull(name.clone(), column.clone());
        let add = Node::new(
            Phase::Expand,
            format!("{what} refuses NULL in new rows"),
            vec![Action::AlterTable(table.clone(), vec![change])],
        )
        .needs([self.column_thing(table, column)])
        .hazard(self.breaks_previous(table, column))
        .hazard(Hazard::HoldsOldRows {
            what: format!("NOT NULL of {}", in_sql(self.to, "column", column, table)),
        })
        .before([self.constraint_is(table, name, CatalogState::Absent)])
        .leaves([self.constraint_is(table, name, CatalogState::There)]);
        let label = format!("rows of `{table}` are checked for NULL in `{column}`");
        let validate = self
            .validation(table, name, label)
            .makes([Thing::NotNull(self.absolute(table), column.clone())]);
        vec![add, validate]
    }

    fn breaks_previous(&self, table: &QualifiedName, column: &Ident) -> Hazard {
        self.breach(
            &Breach::NotNull(table.clone(), column.clone()),
            format!(
                "{} and leave it NULL",
                in_sql(self.to, "column", column, table)
            ),
        )
    }

    /// Holds the rows that are there against a constraint, while the table is in use.
    pub(super) fn validation(&self, table: &QualifiedName, name: &Ident, label: String) -> Node {
        let change = TableChange::Validate(name.clone());
        let mut node = Node::new(
            Phase::Validate,
            label,
            vec![Action::AlterTable(table.clone(), vec![change])],
        )
        .hazard(Hazard::MayNotFit {
            what: in_sql(self.to, "constraint", name, table),
        })
        .before([self.constraint_is(table, name, CatalogState::There)])
        .leaves([self.constraint_is(table, name, CatalogState::Valid)]);
        node.alone = true;
        node.long = true;
        node
    }
}

/// Whether an expression can end with an error for the values of some row.
fn can_fail(value: &Expr) -> bool {
    use BinaryOp::{Add, Divide, Multiply, Subtract};
    let own = match value {
        Expr::Cast(..) | Expr::Raw(_) => !value.columns().is_empty(),
        Expr::Binary(_, operator, _) => matches!(operator, Add | Subtract | Multiply | Divide),
        _ => false,
    };
    own || value.operands().into_iter().any(can_fail)
}
