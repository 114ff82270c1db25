//! Random pairs of schemas: one, and the same after some edits, with the words that those need.

use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;
use eventcore_tests::random::Random;

/// A random schema of tables, sequences, views and routines.
pub(crate) struct Pairs {
    random: Random,
    /// So that no two names are the same, ever.
    names: u64,
}

/// Types whose values `rows` can make from a number.
const TYPES: [DataType; 12] = [
    DataType::SmallInt,
    DataType::Integer,
    DataType::BigInt,
    DataType::Numeric(Some((12, 2))),
    DataType::DoublePrecision,
    DataType::Boolean,
    DataType::Text,
    DataType::VarChar(40),
    DataType::Uuid,
    DataType::Date,
    DataType::TimestampTz,
    DataType::Jsonb,
];

impl Pairs {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            names: 0,
        }
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let place = self.place(list.len())?;
        list.get(place)
    }

    fn place(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| usize::try_from(self.random.below(length as u64)).unwrap())
    }

    fn name(&mut self, stem: &str) -> String {
        self.names += 1;
        // Some names need quotes.
        let odd = if self.random.chance(15) {
            "\"x of Y"
        } else {
            ""
        };
        format!("{stem}{odd}{}", self.names)
    }

    fn text(&mut self) -> String {
        format!("it's \\ {} ;-- $$", self.random.below(1000))
    }

    /// A schema of some tables.
    pub(crate) fn schema(&mut self) -> Schema {
        let mut schema = Schema::new("shop").routine(touch("touch"));
        for _ in 0..=self.random.below(2) {
            self.add_sequence(&mut schema);
        }
        for _ in 0..=self.random.below(3) {
            self.add_table(&mut schema);
        }
        for _ in 0..self.random.below(3) {
            self.add_view(&mut schema);
        }
        for _ in 0..self.random.below(3) {
            self.add_routine(&mut schema);
        }
        schema
    }

    fn add_sequence(&mut self, schema: &mut Schema) {
        let name = self.name("numbers");
        let start = i64::try_from(self.random.below(50)).unwrap() + 1;
        schema.sequences.push(Sequence::new(name).start(start));
    }

    fn add_table(&mut self, schema: &mut Schema) {
        let name = self.name("things");
        let mut table = Table::new(name.as_str()).column(Column::new("id", DataType::BigInt));
        for _ in 0..=self.random.below(5) {
            let column = self.column(schema);
            table = table.column(column);
        }
        table = table.primary_key(["id"]);
        if self.random.chance(40) {
            table = table.comment(self.text());
        }
        if self.random.chance(20) {
            table = table.storage("fillfactor", 80);
        }
        schema.tables.push(table);
        let last = schema.tables.len() - 1;
        for _ in 0..self.random.below(4) {
            self.add_part(schema, last);
        }
    }

    fn column(&mut self, schema: &Schema) -> Column {
        let name = self.name("c");
        let ty = self.pick(&TYPES).unwrap().clone();
        let mut column = Column::new(name, ty.clone());
        if self.random.chance(50) {
            column = column.nullable();
        }
        if ty.is_text() && self.random.chance(30) {
            column = column.collate("C");
        }
        if self.random.chance(40)
            && let Some(value) = self.constant(&ty)
        {
            column = column.default(value);
        } else if ty == DataType::BigInt && self.random.chance(50) {
            let sequence = self.pick(&schema.sequences).cloned();
            if let Some(sequence) = sequence {
                column = column.default(next_value(&sequence.name));
            }
        }
        if self.random.chance(30) {
            column = column.comment(self.text());
        }
        column
    }

    fn constant(&mut self, ty: &DataType) -> Option<Expr> {
        // Rows have these numbers, so that a foreign key finds its row.
        let number = 1 + i64::try_from(self.random.below(12)).unwrap();
        Some(match ty {
            DataType::SmallInt | DataType::Integer | DataType::BigInt => lit(number),
            DataType::Text | DataType::VarChar(_) => lit(format!("d{number}")),
            DataType::Boolean => lit(number % 2 == 0),
            DataType::Jsonb => lit(Literal::Typed(
                format!("{{\"a\": {number}}}"),
                DataType::Jsonb,
            )),
            _ => return None,
        })
    }

    /// A constraint, an index or a trigger.
    fn add_part(&mut self, schema: &mut Schema, at: usize) {
        let others: Vec<(QualifiedName, bool)> = schema
            .tables
            .iter()
            .map(|it| (it.name.clone(), it.find_primary_key().is_some()))
            .collect();
        let table = &schema.tables[at];
        let columns: Vec<Column> = table.columns.clone();
        let Some(column) = self.pick(&columns[1..]).cloned() else {
            return;
        };
        let name = self.name("part");
        let kind = self.random.below(6);
        let comment = self.random.chance(40).then(|| self.text());
        let table = &mut schema.tables[at];
        match kind {
            0 => {
                let key = Constraint::unique(
                    name,
                    eventcore_schema_model::constraint::Key::new([column.name.as_str(), "id"]),
                );
                table.constraints.push(match comment {
                    Some(text) => key.comment(text),
                    None => key,
                });
            }
            1 if column.ty.is_integer() => {
                let check = col(&column.name).ge(-1 - i64::try_from(self.random.below(5)).unwrap());
                *table = table.clone().check(name, check);
            }
            2 if column.ty == DataType::BigInt => {
                let parents: Vec<_> = others.iter().filter(|(_, has_key)| *has_key).collect();
                if let Some((parent, _)) = self.pick(&parents) {
                    let key = ForeignKey::new([&column.name], parent, ["id"]);
                    *table = table.clone().foreign_key(name, key);
                }
            }
            3 => {
                let changes = [TriggerEvent::update_of([&column.name])];
                let trigger = Trigger::new(name, TriggerTiming::Before, changes, "touch");
                table.triggers.push(trigger);
            }
            _ if column.ty != DataType::Jsonb => {
                let mut index =
                    Index::new(name, [IndexPart::new(col(&column.name))]).serves_external("tests");
                if self.random.chance(30) {
                    index.parts[0].descending = true;
                }
                if self.random.chance(30) {
                    index = index.include(["id"]);
                }
                if self.random.chance(30) {
                    index = index.only_where(col("id").gt(3));
                }
                index.comment = comment;
                table.indexes.push(index);
            }
            _ => {}
        }
    }

    fn add_view(&mut self, schema: &mut Schema) {
        let Some(table) = self.pick(&schema.tables).cloned() else {
            return;
        };
        let view = self.view_over(&table);
        schema.views.push(view);
    }

    fn view_over(&mut self, table: &Table) -> View {
        let name = self.name("shown");
        let few: Vec<&Column> = table
            .columns
            .iter()
            .filter(|column| column.name == *"id" || self.random.chance(50))
            .collect();
        view_of(&name, table, &few)
    }

    fn add_routine(&mut self, schema: &mut Schema) {
        let Some(table) = self.pick(&schema.tables).cloned() else {
            return;
        };
        let name = self.name("count");
        let language =
            [Language::PlPgSql, Language::Sql, Language::SqlAtomic][self.place(3).unwrap()];
        schema.routines.push(count_of(&name, &table.name, language));
    }

    /// The schema after some edits; it may break rules.
    pub(crate) fn edited(&mut self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        // Last time's words are carried out.
        schema.dropped.clear();
        for table in &mut schema.tables {
            table.dropped_columns.clear();
        }
        for _ in 0..=self.random.below(5) {
            self.edit(&mut schema);
        }
        schema
    }

    fn edit(&mut self, schema: &mut Schema) {
        let at = self.place(schema.tables.len());
        match (self.random.below(22), at) {
            (0, _) => self.add_table(schema),
            (1, _) => self.add_view(schema),
            (2, _) => self.add_routine(schema),
            (3, _) => self.add_sequence(schema),
            (4 | 5, Some(at)) => {
                let mut column = self.column(schema);
                if !column.nullable && column.default.is_none() {
                    column.backfill = self.constant(&column.ty);
                    column.nullable = column.backfill.is_none();
                }
                if matches!(column.default, Some(Expr::NextValue(_))) {
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
            (17, Some(at)) => self.drop_table(schema, at),
            (18, _) => self.change_view(schema),
            (19, _) => self.change_routine(schema),
            (20, _) => {
                if let Some(at) = self.place(schema.sequences.len()) {
                    schema.sequences[at].increment += 1;
                    schema.sequences[at].comment = self.random.chance(50).then(|| self.text());
                }
            }
            (_, Some(at)) => {
                schema.tables[at].comment = self.random.chance(50).then(|| self.text());
                schema.tables[at].storage.clear();
                if self.random.chance(50) {
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
            eventcore_schema_model::constraint::ConstraintKind::Check(check) => {
                !holds(check.columns())
            }
            eventcore_schema_model::constraint::ConstraintKind::ForeignKey(key) => {
                !key.columns.contains(&column.name)
            }
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
    }

    fn change_column(&mut self, schema: &mut Schema, at: usize) {
        let table = &mut schema.tables[at];
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
                    column.rewrite = Some(eventcore_schema_model::evolution::Rewrite {
                        using: None,
                        reason: "a small table".to_owned(),
                    });
                }
            }
            1 if column.nullable => {
                if let Some(value) = self.constant(&column.ty.clone()) {
                    column.nullable = false;
                    column.backfill = Some(value);
                }
            }
            1 => column.nullable = true,
            2 => column.default = self.constant(&column.ty.clone()),
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
                eventcore_schema_model::constraint::ConstraintKind::Check(check) => {
                    *check = check.clone().or(col("id").lt(0));
                }
                eventcore_schema_model::constraint::ConstraintKind::Unique(key)
                    if key.include.is_empty() =>
                {
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
        let new = Table::new(new).name;
        schema.tables[at].renamed_from = Some(old.clone());
        schema.tables[at].name = new.clone();
        for table in &mut schema.tables {
            for constraint in &mut table.constraints {
                if let eventcore_schema_model::constraint::ConstraintKind::ForeignKey(key) =
                    &mut constraint.kind
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
        let held = table.constraints.iter().any(|it| match &it.kind {
            eventcore_schema_model::constraint::ConstraintKind::Check(check) => {
                check.columns().contains(&&old)
            }
            eventcore_schema_model::constraint::ConstraintKind::ForeignKey(key) => {
                key.columns.contains(&old)
            }
            _ => it.key().is_some_and(|key| key.columns.contains(&old)),
        }) || table
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
                *view = view_of(view.name.name.as_str(), &table, &few);
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

    fn drop_table(&mut self, schema: &mut Schema, at: usize) {
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
                eventcore_schema_model::constraint::ConstraintKind::ForeignKey(key) => {
                    key.references != table.name
                }
                _ => true,
            });
        }
    }

    fn change_view(&mut self, schema: &mut Schema) {
        let Some(at) = self.place(schema.views.len()) else {
            return;
        };
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
            schema.views[at] = view_of(schema.views[at].name.name.as_str(), &table, &few);
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
                schema.routines[at] = schema.routines[at]
                    .clone()
                    .argument(Argument::new("more", DataType::Integer))
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

fn touch(name: &str) -> Routine {
    Routine::new(name, Returns::Trigger, "BEGIN\n    RETURN NEW;\nEND;")
}

fn view_of(name: &str, table: &Table, columns: &[&Column]) -> View {
    let list: Vec<String> = columns
        .iter()
        .map(|column| format!("t.{{t.{}}}", column.name))
        .collect();
    let body = Template::new(format!(
        "SELECT {}\n  FROM {{t}} AS t",
        list.join(",\n       ")
    ))
    .relation("t", &table.name);
    columns.iter().fold(View::new(name, body), |view, column| {
        view.column(&column.name, column.ty.clone(), column.nullable)
    })
}

fn count_of(name: &str, table: &QualifiedName, language: Language) -> Routine {
    let body = match language {
        Language::PlPgSql => "BEGIN\n    RETURN (SELECT count(*) FROM {t});\nEND;",
        _ => "SELECT count(*) FROM {t}",
    };
    Routine::new(
        name,
        Returns::Value(DataType::BigInt),
        Template::new(body).relation("t", table),
    )
    .language(language)
    .volatility(Volatility::Stable)
}
