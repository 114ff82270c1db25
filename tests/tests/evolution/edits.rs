//! The second schema of a random pair: the first after some edits, with the words that those need.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::evolution::Rewrite;
use eventcore_schema_model::prelude::*;

use crate::pairs::{Pairs, kept_as, view_of};

impl Pairs {
    /// The schema after some edits; it may break rules.
    pub(crate) fn edited(&mut self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        // Last time's words are carried out.
        schema.dropped.clear();
        schema.breaking.clear();
        for table in &mut schema.tables {
            table.dropped_columns.clear();
            table.dropped_partitions.clear();
        }
        for _ in 0..=self.random.below(5) {
            self.edit(&mut schema);
        }
        schema
    }

    fn edit(&mut self, schema: &mut Schema) {
        let at = self.place(schema.tables.len());
        match (self.random.below(35), at) {
            (0, _) => self.add_table(schema),
            (1, _) => self.add_view(schema),
            (2, _) => self.add_routine(schema),
            (3, _) => self.add_sequence(schema),
            (4 | 5, Some(at)) => {
                let mut column = self.column(schema);
                if !column.nullable && column.default.is_none() {
                    column.backfill = self.constant(schema, &column.ty);
                    column.nullable = column.backfill.is_none();
                }
                if matches!(column.default, Some(Expr::NextValue(_)))
                    || schema.has_rules(&column.ty)
                {
                    column = column.rewrite("a small table");
                }
                schema.tables[at].columns.push(column);
            }
            (6 | 7, Some(at)) => self.drop_column(&mut schema.tables[at]),
            (8 | 9, Some(at)) => self.change_column(schema, at),
            (10 | 11, Some(at)) => self.add_part(schema, at),
            (12, Some(at)) => self.drop_part(&mut schema.tables[at]),
            (13, Some(at)) => self.change_part(&mut schema.tables[at]),
            (14, Some(at)) => self.rename_table(schema, at),
            (15, Some(at)) => self.rename_column(schema, at),
            (16, Some(at)) => self.rename_part(&mut schema.tables[at]),
            (17, Some(at)) => Self::drop_table(schema, at),
            (18, _) => self.change_view(schema),
            (19, _) => self.change_routine(schema),
            (20, _) => {
                if let Some(at) = self.place(schema.sequences.len()) {
                    schema.sequences[at].increment += 1;
                    schema.sequences[at].comment = self.random.chance(50).then(|| self.text());
                }
            }
            (21..=23, Some(at)) => self.change_partitions(&mut schema.tables[at]),
            (24 | 25, _) => self.add_label(schema),
            (26, _) => self.change_type(schema),
            (27 | 28, _) => self.change_namespace(schema),
            (29 | 30, _) => self.change_extension(schema),
            (31 | 32, _) => self.change_composite(schema),
            (_, Some(at)) => {
                schema.tables[at].comment = self.random.chance(50).then(|| self.text());
                schema.tables[at].storage.clear();
                if schema.tables[at].partitioning.is_none() && self.random.chance(50) {
                    schema.tables[at]
                        .storage
                        .push(StorageParameter::new("fillfactor", 70));
                }
            }
            _ => {}
        }
    }

    fn drop_column(&mut self, table: &mut Table) {
        if table.columns.len() < 3 {
            return;
        }
        let at = 1 + self.place(table.columns.len() - 1).unwrap();
        let column = table.columns.remove(at);
        if column.renamed_from.is_none() {
            *table = table.clone().drop_column(&column.name, "nobody reads it");
        }
        let holds = |columns: Vec<&Ident>| columns.contains(&&column.name);
        table.constraints.retain(|it| match &it.kind {
            ConstraintKind::Check(check) => !holds(check.columns()),
            ConstraintKind::Exclude(exclusion) => !holds(exclusion.columns()),
            ConstraintKind::ForeignKey(key) => !key.columns.contains(&column.name),
            _ => it
                .key()
                .is_none_or(|key| !key.columns.contains(&column.name)),
        });
        table.indexes.retain(|it| {
            !holds(
                it.parts
                    .iter()
                    .flat_map(|part| part.value.columns())
                    .collect(),
            )
        });
        table
            .triggers
            .retain(|it| !it.events.contains(&TriggerEvent::update_of([&column.name])));
        if let Some(by) = &mut table.partitioning {
            let keys = &mut by.leaf.constraints;
            keys.retain(|it| {
                it.key()
                    .is_none_or(|key| !key.columns.contains(&column.name))
            });
        }
    }

    fn change_column(&mut self, schema: &mut Schema, at: usize) {
        let (kept, table) = (schema.clone(), &mut schema.tables[at]);
        let place = 1 + self.place(table.columns.len() - 1).unwrap();
        let column = &mut table.columns[place];
        match self.random.below(5) {
            0 => {
                let ty = match &column.ty {
                    DataType::SmallInt => DataType::Integer,
                    DataType::Integer => DataType::BigInt,
                    DataType::BigInt => DataType::Numeric(None),
                    DataType::VarChar(_) | DataType::Date | DataType::Uuid => DataType::Text,
                    DataType::Text => DataType::VarChar(90),
                    DataType::Numeric(Some((precision, scale))) => {
                        DataType::Numeric(Some((precision + 2, *scale)))
                    }
                    other => other.clone(),
                };
                if ty != column.ty {
                    column.default = None;
                    column.collation = None;
                    column.ty = ty;
                    column.rewrite = Some(Rewrite {
                        using: None,
                        reason: "a small table".to_owned(),
                    });
                    let (owner, name, ty) =
                        (table.name.clone(), column.name.clone(), column.ty.clone());
                    retype_in_views(schema, &owner, &name, &ty);
                }
            }
            1 if column.nullable => {
                if let Some(value) = self.constant(&kept, &column.ty) {
                    column.nullable = false;
                    column.backfill = Some(value);
                }
            }
            1 => column.nullable = true,
            2 => column.default = self.constant(&kept, &column.ty),
            3 => column.default = None,
            _ => column.comment = self.random.chance(60).then(|| self.text()),
        }
    }

    fn drop_part(&mut self, table: &mut Table) {
        match self.random.below(3) {
            0 => {
                let at = self.place(table.constraints.len());
                let gone = at.filter(|at| table.constraints[*at].name.as_str().starts_with("part"));
                gone.map(|at| table.constraints.remove(at));
            }
            1 => {
                self.place(table.indexes.len())
                    .map(|at| table.indexes.remove(at));
            }
            _ => {
                self.place(table.triggers.len())
                    .map(|at| table.triggers.remove(at));
            }
        }
    }

    fn change_part(&mut self, table: &mut Table) {
        if let Some(at) = self.place(table.indexes.len()) {
            let index = &mut table.indexes[at];
            match self.random.below(3) {
                0 => index.parts[0].descending = !index.parts[0].descending,
                1 => index.comment = Some(self.text()),
                _ => index.storage = vec![StorageParameter::new("fillfactor", 60)],
            }
        }
        if let Some(at) = self.place(table.constraints.len()) {
            let id = Ident::new("id").unwrap();
            let constraint = &mut table.constraints[at];
            match &mut constraint.kind {
                ConstraintKind::Check(check) => {
                    *check = check.clone().or(col("id").lt(0));
                }
                ConstraintKind::Exclude(exclusion) if exclusion.storage.is_empty() => {
                    exclusion
                        .storage
                        .push(StorageParameter::new("fillfactor", 70));
                }
                ConstraintKind::Exclude(exclusion) => exclusion.deferred = !exclusion.deferred,
                ConstraintKind::Unique(key) if key.include.is_empty() => {
                    key.columns.retain(|it| *it != id);
                    key.columns.insert(0, id);
                }
                _ => constraint.comment = Some(self.text()),
            }
        }
        if let Some(at) = self.place(table.triggers.len()) {
            table.triggers[at].events.push(TriggerEvent::Insert);
            table.triggers[at].events.dedup();
        }
    }

    fn rename_table(&mut self, schema: &mut Schema, at: usize) {
        let old = schema.tables[at].name.clone();
        if schema.tables[at].renamed_from.is_some() {
            return;
        }
        let new = self.name("renamed");
        let new = old.sibling(&Ident::new(new).unwrap());
        schema.tables[at].renamed_from = Some(old.clone());
        schema.tables[at].name = new.clone();
        for table in &mut schema.tables {
            for constraint in &mut table.constraints {
                if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                    && key.references == old
                {
                    key.references = new.clone();
                }
            }
        }
        let views = schema.views.iter_mut().map(|view| &mut view.body);
        for body in views.chain(schema.routines.iter_mut().map(|routine| &mut routine.body)) {
            for binding in body.bindings.values_mut() {
                if *binding == Binding::Relation(old.clone()) {
                    *binding = Binding::Relation(new.clone());
                }
            }
        }
    }

    fn rename_column(&mut self, schema: &mut Schema, at: usize) {
        let table = &mut schema.tables[at];
        let place = 1 + self.place(table.columns.len() - 1).unwrap();
        let old = table.columns[place].name.clone();
        let of_leaves = table.leaf().into_iter().flat_map(|leaf| &leaf.constraints);
        let held = table
            .constraints
            .iter()
            .chain(of_leaves)
            .any(|it| match &it.kind {
                ConstraintKind::Check(check) => check.columns().contains(&&old),
                ConstraintKind::Exclude(exclusion) => exclusion.columns().contains(&&old),
                ConstraintKind::ForeignKey(key) => key.columns.contains(&old),
                _ => it.key().is_some_and(|key| key.columns.contains(&old)),
            })
            || table
                .triggers
                .iter()
                .any(|it| it.events.contains(&TriggerEvent::update_of([&old])));
        if held || table.columns[place].renamed_from.is_some() {
            return;
        }
        let new = Ident::new(self.name("r")).unwrap();
        table.columns[place].renamed_from = Some(old.clone());
        table.columns[place].name = new.clone();
        for index in &mut table.indexes {
            for part in &mut index.parts {
                if part.value == col(&old) {
                    part.value = col(&new);
                }
            }
        }
        let table = table.clone();
        for view in &mut schema.views {
            if view.body.bindings.get("t") == Some(&Binding::Relation(table.name.clone())) {
                let few: Vec<&Column> = table
                    .columns
                    .iter()
                    .filter(|column| {
                        let name = if column.name == new {
                            &old
                        } else {
                            &column.name
                        };
                        view.columns.iter().any(|it| it.name == *name)
                    })
                    .collect();
                *view = kept_as(view_of(view.name.name.as_str(), &table, &few), view);
            }
        }
    }

    fn rename_part(&mut self, table: &mut Table) {
        if let Some(at) = self.place(table.indexes.len())
            && table.indexes[at].renamed_from.is_none()
        {
            let old = table.indexes[at].name.clone();
            table.indexes[at].name = Ident::new(self.name("other")).unwrap();
            table.indexes[at].renamed_from = Some(old);
        }
        if let Some(at) = self.place(table.constraints.len())
            && table.constraints[at].renamed_from.is_none()
        {
            let old = table.constraints[at].name.clone();
            table.constraints[at].name = Ident::new(self.name("other")).unwrap();
            table.constraints[at].renamed_from = Some(old);
        }
    }

    fn drop_table(schema: &mut Schema, at: usize) {
        if schema.tables.len() < 2 {
            return;
        }
        let table = schema.tables.remove(at);
        if table.renamed_from.is_some() {
            schema.tables.insert(at, table);
            return;
        }
        *schema = schema
            .clone()
            .drop(ObjectRef::table(&table.name), "nobody reads it");
        let reads = |body: &Template| {
            body.bindings
                .values()
                .any(|it| *it == Binding::Relation(table.name.clone()))
        };
        let views: Vec<QualifiedName> = schema
            .views
            .iter()
            .filter(|it| reads(&it.body))
            .map(|it| it.name.clone())
            .collect();
        let routines: Vec<QualifiedName> = schema
            .routines
            .iter()
            .filter(|it| reads(&it.body))
            .map(|it| it.name.clone())
            .collect();
        schema.views.retain(|it| !views.contains(&it.name));
        schema.routines.retain(|it| !routines.contains(&it.name));
        for name in views {
            *schema = schema.clone().drop(ObjectRef::view(name), "its table goes");
        }
        for name in routines {
            *schema = schema
                .clone()
                .drop(ObjectRef::routine(name), "its table goes");
        }
        for other in &mut schema.tables {
            other.constraints.retain(|it| match &it.kind {
                ConstraintKind::ForeignKey(key) => key.references != table.name,
                _ => true,
            });
        }
    }

    fn change_view(&mut self, schema: &mut Schema) {
        let Some(at) = self.place(schema.views.len()) else {
            return;
        };
        if self.random.chance(30) {
            let view = &mut schema.views[at];
            view.comment = self.random.chance(60).then(|| self.text());
            if let Some(kept) = &mut view.materialized {
                match self.random.below(4) {
                    0 => kept.indexes.clear(),
                    1 => kept.storage = vec![StorageParameter::new("fillfactor", 60)],
                    2 => view.materialized = None,
                    _ => {}
                }
            }
            return;
        }
        let view = &schema.views[at];
        let Some(Binding::Relation(name)) = view.body.bindings.get("t") else {
            return;
        };
        let Some(table) = schema.find_table(name).cloned() else {
            return;
        };
        if self.random.chance(30) {
            let name = view.name.clone();
            schema.views.remove(at);
            *schema = schema
                .clone()
                .drop(ObjectRef::view(name), "nobody reads it");
            return;
        }
        let few: Vec<&Column> = table
            .columns
            .iter()
            .filter(|_| self.random.chance(60))
            .collect();
        if !few.is_empty() {
            let view = &schema.views[at];
            schema.views[at] = kept_as(view_of(view.name.name.as_str(), &table, &few), view);
        }
    }

    fn change_routine(&mut self, schema: &mut Schema) {
        let Some(at) = self.place(schema.routines.len()) else {
            return;
        };
        if at == 0 {
            return;
        }
        match self.random.below(4) {
            0 => schema.routines[at].comment = Some(self.text()),
            1 => schema.routines[at].volatility = Volatility::Volatile,
            2 => {
                let more = Argument::new("more", DataType::Integer);
                schema.routines[at] = schema.routines[at].clone().argument(more);
            }
            _ => {
                let name = schema.routines[at].name.clone();
                schema.routines.remove(at);
                *schema = schema
                    .clone()
                    .drop(ObjectRef::routine(name), "nobody calls it");
            }
        }
    }
}

/// Views say which type a column has that they show.
fn retype_in_views(schema: &mut Schema, table: &QualifiedName, column: &Ident, ty: &DataType) {
    let over =
        |view: &&mut View| view.body.bindings.get("t") == Some(&Binding::Relation(table.clone()));
    for view in schema.views.iter_mut().filter(over) {
        for shown in view.columns.iter_mut().filter(|it| it.name == *column) {
            shown.ty = ty.clone();
        }
    }
}
