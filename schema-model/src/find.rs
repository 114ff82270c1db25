//! Finding the objects of a definition, and what they come down to.

use crate::column::Column;
use crate::composite::Composite;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::name::{Ident, QualifiedName};
use crate::namespace::Namespace;
use crate::partition::PartitionPolicy;
use crate::query::Query;
use crate::routine::Routine;
use crate::schema::Schema;
use crate::sequence::Sequence;
use crate::table::{StoreTable, Table};
use crate::trigger::Trigger;
use crate::ty::DataType;
use crate::user_type::{EnumType, UserType};
use crate::view::View;

impl Schema {
    /// The PostgreSQL schema that a name stands in.
    pub fn namespace_of<'a>(&'a self, name: &'a QualifiedName) -> &'a Ident {
        name.namespace.as_ref().unwrap_or(&self.namespace)
    }

    /// Whether two names stand for the same object.
    pub fn same_name(&self, left: &QualifiedName, right: &QualifiedName) -> bool {
        left.name == right.name && self.namespace_of(left) == self.namespace_of(right)
    }

    /// This table of the event store, if the definition has one.
    pub fn find_store_table(&self, table: StoreTable) -> Option<&Table> {
        let mut tables = self.tables.iter();
        tables.find(|it| it.store_table == Some(table))
    }

    /// The PostgreSQL schema of this name, if it is declared.
    pub fn find_namespace(&self, name: &Ident) -> Option<&Namespace> {
        self.namespaces.iter().find(|it| it.name == *name)
    }

    /// The type of this name.
    pub fn find_type(&self, name: &QualifiedName) -> Option<&UserType> {
        self.types.iter().find(|ty| self.same_name(ty.name(), name))
    }

    /// The enum type that a column's type is, if it is one.
    pub fn find_enum(&self, ty: &DataType) -> Option<&EnumType> {
        let DataType::Named(name) = ty else {
            return None;
        };
        match self.find_type(name)? {
            UserType::Enum(ty) => Some(ty),
            UserType::Domain(_) | UserType::Composite(_) => None,
        }
    }

    /// The domain that a type is, if it is one.
    pub fn find_domain(&self, ty: &DataType) -> Option<&Domain> {
        let DataType::Named(name) = ty else {
            return None;
        };
        match self.find_type(name)? {
            UserType::Domain(ty) => Some(ty),
            UserType::Enum(_) | UserType::Composite(_) => None,
        }
    }

    /// The composite type that a type is, if it is one.
    pub fn find_composite(&self, ty: &DataType) -> Option<&Composite> {
        let DataType::Named(name) = ty else {
            return None;
        };
        match self.find_type(name)? {
            UserType::Composite(ty) => Some(ty),
            UserType::Enum(_) | UserType::Domain(_) => None,
        }
    }

    /// Whether values of the type have an order that stays as it is: that of a composite type changes with its attributes.
    pub(crate) fn is_sortable(&self, ty: &DataType) -> bool {
        let base = self.base_of(ty);
        base.is_sortable() && self.find_composite(self.base_of(base.element())).is_none()
    }

    /// The domains that a type is made of, from the type itself down; none where it is no domain.
    pub fn domains_of<'a>(&'a self, ty: &'a DataType) -> impl Iterator<Item = &'a Domain> {
        let next = |domain: &&'a Domain| self.find_domain(&domain.base);
        // A circle of domains is an error of its own.
        std::iter::successors(self.find_domain(ty), next).take(self.types.len())
    }

    /// Whether a value of the type can break a rule of a domain.
    pub fn has_rules(&self, ty: &DataType) -> bool {
        self.domains_of(ty).any(Domain::has_rules)
    }

    /// Whether the type is a domain over an enum type: the server's operators for enums do not take those.
    pub fn is_over_enum(&self, ty: &DataType) -> bool {
        self.find_domain(ty).is_some() && self.find_enum(self.base_of(ty)).is_some()
    }

    /// Whether a domain lets no value of the type be NULL.
    pub fn refuses_null(&self, ty: &DataType) -> bool {
        self.domains_of(ty).any(|domain| domain.not_null)
    }

    /// What the server gives a column that an INSERT leaves out: its own default, or that of its domain.
    pub fn default_of<'a>(&'a self, column: &'a Column) -> Option<&'a Expr> {
        let of_domain = || {
            self.domains_of(&column.ty)
                .find_map(|it| it.default.as_ref())
        };
        column.default.as_ref().or_else(of_domain)
    }

    /// The type itself, or the one below a domain: what operators and programs see.
    pub fn base_of<'a>(&'a self, ty: &'a DataType) -> &'a DataType {
        self.domains_of(ty).last().map_or(ty, |domain| &domain.base)
    }

    /// Whether values of a type hold values of one of the definition's own: as elements, or in attributes.
    pub(crate) fn is_made_of(&self, ty: &DataType, part: &QualifiedName) -> bool {
        let base = self.base_of(ty.element());
        let composite = self.find_composite(base).into_iter();
        let mut attributes = composite.flat_map(|it| &it.attributes);
        base.name().is_some_and(|name| self.same_name(name, part))
            || attributes.any(|it| self.is_made_of(&it.ty, part))
    }

    /// The table of this name.
    pub fn find_table(&self, name: &QualifiedName) -> Option<&Table> {
        self.tables
            .iter()
            .find(|table| self.same_name(&table.name, name))
    }

    /// The view of this name.
    pub fn find_view(&self, name: &QualifiedName) -> Option<&View> {
        self.views
            .iter()
            .find(|view| self.same_name(&view.name, name))
    }

    /// The routine of this name.
    pub fn find_routine(&self, name: &QualifiedName) -> Option<&Routine> {
        self.routines
            .iter()
            .find(|routine| self.same_name(&routine.name, name))
    }

    /// The sequence of this name.
    pub fn find_sequence(&self, name: &QualifiedName) -> Option<&Sequence> {
        self.sequences
            .iter()
            .find(|sequence| self.same_name(&sequence.name, name))
    }

    /// The query of this name.
    pub fn find_query(&self, name: &Ident) -> Option<&Query> {
        self.queries.iter().find(|query| query.name == *name)
    }

    /// The partition policy of the table of this name.
    pub fn find_policy(&self, table: &QualifiedName) -> Option<&PartitionPolicy> {
        let partitioning = self.find_table(table)?.partitioning.as_ref()?;
        partitioning.policy.as_deref()
    }

    /// Whether a routine of this name is defined, or made from a partition policy.
    pub fn has_routine(&self, name: &QualifiedName) -> bool {
        let policies = self.tables.iter().filter_map(|table| {
            let partitioning = table.partitioning.as_ref()?;
            partitioning.policy.as_deref()
        });
        let mut made = policies.flat_map(PartitionPolicy::routine_names);
        self.find_routine(name).is_some() || made.any(|made| self.same_name(made, name))
    }

    /// The names of the columns of a table or view; none when there is no such relation.
    pub fn columns_of(&self, relation: &QualifiedName) -> Vec<&Ident> {
        if let Some(table) = self.find_table(relation) {
            return table.columns.iter().map(|column| &column.name).collect();
        }
        let view = self.find_view(relation);
        let columns = view.into_iter().flat_map(|view| &view.columns);
        columns.map(|column| &column.name).collect()
    }

    /// The tables whose triggers call a routine, or those of their partitions.
    pub(crate) fn triggered_by(&self, routine: &QualifiedName) -> Vec<&QualifiedName> {
        let calls = |trigger: &Trigger| self.same_name(&trigger.function, routine);
        let tables = self.tables.iter().filter(|table| {
            let of_leaves = table.leaf().into_iter().flat_map(|leaf| &leaf.triggers);
            table.triggers.iter().chain(of_leaves).any(calls)
        });
        tables.map(|table| &table.name).collect()
    }

    /// The type of a column of a table or view.
    pub fn column_type(&self, relation: &QualifiedName, column: &Ident) -> Option<&DataType> {
        if let Some(table) = self.find_table(relation) {
            return table.find_column(column).map(|column| &column.ty);
        }
        let columns = &self.find_view(relation)?.columns;
        let found = columns.iter().find(|found| found.name == *column);
        found.map(|found| &found.ty)
    }

    /// Whether a column of a table may be NULL, by its own word and by its type's.
    pub fn takes_null(&self, column: &Column) -> bool {
        column.nullable && !self.refuses_null(&column.ty)
    }

    /// The name that the definition gives to what was called so before.
    pub(crate) fn renamed_to(&self, old: &QualifiedName) -> Option<&QualifiedName> {
        let tables = self.tables.iter().map(|it| (&it.name, &it.renamed_from));
        let views = self.views.iter().map(|it| (&it.name, &it.renamed_from));
        let sequences = self.sequences.iter().map(|it| (&it.name, &it.renamed_from));
        let routines = self.routines.iter().map(|it| (&it.name, &it.renamed_from));
        let mut all = tables.chain(views).chain(sequences).chain(routines);
        let found = all.find(|(_, from)| from.as_ref().is_some_and(|it| self.same_name(it, old)));
        found.map(|(now, _)| now)
    }

    /// Whether an INSERT must give a column a value.
    pub(crate) fn needs_value(&self, column: &Column) -> bool {
        !self.takes_null(column)
            && self.default_of(column).is_none()
            && column.identity.is_none()
            && column.generated.is_none()
    }

    /// The table itself, or the tables that a view's body binds, through views between too.
    pub fn tables_below(&self, relation: &QualifiedName) -> Vec<&Table> {
        let mut tables: Vec<&Table> = Vec::new();
        let mut seen: Vec<&QualifiedName> = Vec::new();
        let mut open = vec![relation];
        while let Some(name) = open.pop() {
            if let Some(table) = self.find_table(name) {
                if !tables.iter().any(|known| known.name == table.name) {
                    tables.push(table);
                }
            } else if let Some(view) = self.find_view(name)
                && !seen.contains(&&view.name)
            {
                seen.push(&view.name);
                open.extend(view.body.relations());
            }
        }
        tables
    }
}
