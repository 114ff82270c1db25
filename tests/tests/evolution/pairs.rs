//! Random schemas: tables with all that belongs to them, sequences, views and routines.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;
use eventcore_tests::random::Random;

use crate::queries::with_words;

/// A random schema of tables, sequences, views and routines.
pub(crate) struct Pairs {
    pub(crate) random: Random,
    /// So that no two names are the same, ever.
    pub(crate) names: u64,
}

/// Types whose values `rows` can make from a number.
const TYPES: [DataType; 16] = [
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
    DataType::Timestamp,
    DataType::Time,
    DataType::Interval,
    DataType::Bytea,
    DataType::Jsonb,
];

impl Pairs {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            names: 0,
        }
    }

    /// A schema and one that it may become, both with queries, and with the words that the way between them needs; most
    /// seeds have one.
    pub(crate) fn valid_pair(&mut self) -> Option<(ValidSchema, ValidSchema)> {
        let from = (0..20).find_map(|_| {
            let schema = self.schema();
            validate(self.with_queries(schema)).ok()
        })?;
        let to = (0..20).find_map(|_| {
            let schema = self.edited(&from);
            validate(self.with_queries(schema)).ok()
        })?;
        let to = with_words(&from, to);
        Some((from, to))
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let place = self.place(list.len())?;
        list.get(place)
    }

    pub(crate) fn place(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| usize::try_from(self.random.below(length as u64)).unwrap())
    }

    pub(crate) fn name(&mut self, stem: &str) -> String {
        self.names += 1;
        // Some names need quotes.
        let odd = if self.random.chance(15) {
            "\"x of Y"
        } else {
            ""
        };
        format!("{stem}{odd}{}", self.names)
    }

    pub(crate) fn text(&mut self) -> String {
        format!("it's \\ {} ;-- $$", self.random.below(1000))
    }

    /// A schema of some tables.
    pub(crate) fn schema(&mut self) -> Schema {
        let mut schema = Schema::new("shop").routine(touch("touch"));
        if self.random.chance(30) {
            self.add_namespace(&mut schema);
        }
        if self.random.chance(30) {
            self.add_extension(&mut schema);
        }
        for _ in 0..self.random.below(3) {
            self.add_type(&mut schema);
        }
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
        if self.random.chance(30) {
            self.add_text(&mut schema);
        }
        schema
    }

    pub(crate) fn add_type(&mut self, schema: &mut Schema) {
        let name = self.name("kind");
        let name = self.somewhere(schema, name);
        let labels: Vec<String> = (0..=self.random.below(4))
            .map(|_| self.name("label's "))
            .collect();
        schema.types.push(EnumType::new(name, labels).into());
        let name = self.name("domain");
        let domain = if self.random.chance(50) {
            Domain::new(name, DataType::BigInt)
        } else {
            Domain::new(name, DataType::Text)
        };
        let domain = match self.constant(schema, &domain.base) {
            Some(value) if self.random.chance(50) => domain.default(value),
            _ => domain,
        };
        let domain = self.checked(domain);
        schema.types.push(domain.into());
        if self.random.chance(50) {
            self.add_composite(schema);
        }
    }

    /// The domain with another check, which every row keeps.
    pub(crate) fn checked(&mut self, domain: Domain) -> Domain {
        let number = i64::try_from(self.random.below(5)).unwrap();
        let name = self.name("rule");
        let check = match domain.base {
            DataType::BigInt => value().gt(-5 - number),
            _ => call(Function::CharLength, [value()]).lt(50 + number),
        };
        domain.check(name, check)
    }

    pub(crate) fn add_sequence(&mut self, schema: &mut Schema) {
        let name = self.name("numbers");
        let name = self.somewhere(schema, name);
        let start = i64::try_from(self.random.below(50)).unwrap() + 1;
        schema.sequences.push(Sequence::new(name).start(start));
    }

    pub(crate) fn add_table(&mut self, schema: &mut Schema) {
        let name = self.name("things");
        let name = self.somewhere(schema, name);
        let mut table = Table::new(name).column(Column::new("id", DataType::BigInt));
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
        let table = self.perhaps_partitioned(table);
        schema.tables.push(table);
        let last = schema.tables.len() - 1;
        for _ in 0..self.random.below(4) {
            self.add_part(schema, last);
        }
    }

    pub(crate) fn column(&mut self, schema: &Schema) -> Column {
        let name = self.name("c");
        let mut ty = self.pick(&TYPES).unwrap().clone();
        if self.random.chance(25)
            && let Some(own) = self.pick(&schema.types)
        {
            ty = DataType::named(own.name());
        }
        if self.random.chance(15)
            && let Some(brought) = self.brought(schema)
        {
            ty = brought;
        }
        let mut column = Column::new(name, ty.clone());
        if self.random.chance(50) {
            column = column.nullable();
        }
        if ty.is_text() && self.random.chance(30) {
            column = column.collate("C");
        }
        if self.random.chance(40)
            && let Some(value) = self.constant(schema, &ty)
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

    pub(crate) fn constant(&mut self, schema: &Schema, ty: &DataType) -> Option<Expr> {
        // Rows have these numbers, so that a foreign key finds its row.
        let number = 1 + i64::try_from(self.random.below(12)).unwrap();
        Some(match ty {
            DataType::SmallInt | DataType::Integer | DataType::BigInt => lit(number),
            DataType::Text | DataType::VarChar(_) => lit(format!("d{number}")),
            DataType::Boolean => lit(number % 2 == 0),
            DataType::Named(_) if schema.find_domain(ty).is_some() => {
                return self.constant(schema, schema.base_of(ty));
            }
            DataType::Named(_) => lit(self.pick(&schema.find_enum(ty)?.labels)?.as_str()),
            other => {
                // Texts that settings of a session would read otherwise.
                let text = match other {
                    DataType::Jsonb => format!("{{\"a\": {number}}}"),
                    DataType::Date => format!("2026-{number:02}-03"),
                    DataType::TimestampTz => format!("2026-{number:02}-03 01:30:00+00"),
                    DataType::Timestamp => format!("2026-{number:02}-03 01:30:00.5"),
                    DataType::Time => format!("{number:02}:30:00"),
                    DataType::Interval => format!("-{number} days +2 hours"),
                    DataType::Bytea => format!("\\x5c{number:02}"),
                    _ => return None,
                };
                lit(Literal::Typed(text, other.clone()))
            }
        })
    }

    /// A constraint, an index or a trigger.
    pub(crate) fn add_part(&mut self, schema: &mut Schema, at: usize) {
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
        let kind = self.random.below(7);
        // No index and no key holds a composite.
        if schema.find_composite(&column.ty).is_some() && !(1..=4).contains(&kind) {
            return;
        }
        let comment = self.random.chance(40).then(|| self.text());
        let (kept, table) = (schema.clone(), &mut schema.tables[at]);
        let is_enum = kept.find_enum(&column.ty).is_some();
        match kind {
            0 => {
                let key = Constraint::unique(name, Key::new([column.name.as_str(), "id"]));
                table.constraints.push(match comment {
                    Some(text) => key.comment(text),
                    None => key,
                });
            }
            1 if is_enum => {
                if let Some(label) = self.constant(&kept, &column.ty) {
                    let check = col(&column.name).not_eq(label).or(col("id").gt(-5));
                    *table = table.clone().check(name, check);
                }
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
            4 => {
                // No two rows have the same number.
                let own = call(
                    Function::Range(RangeOf::BigInt),
                    [col("id"), col("id"), lit("[]")],
                );
                let exclusion = Exclusion::new()
                    .part(own, ExclusionOperator::Overlaps)
                    .only_where(col(&column.name).is_not_null())
                    .blocking("a small table");
                *table = table.clone().exclude(name, exclusion);
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

    pub(crate) fn add_view(&mut self, schema: &mut Schema) {
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
        let view = view_of(&name, table, &few);
        if self.random.chance(60) {
            return view;
        }
        let mut index = Index::new(self.name("part"), ["id"]).serves_external("tests");
        if self.random.chance(50) {
            index = index.unique();
        }
        view.index(index).blocking("a small table")
    }

    pub(crate) fn add_routine(&mut self, schema: &mut Schema) {
        let Some(table) = self.pick(&schema.tables).cloned() else {
            return;
        };
        let name = self.name("count");
        let language =
            [Language::PlPgSql, Language::Sql, Language::SqlAtomic][self.place(3).unwrap()];
        schema.routines.push(count_of(&name, &table.name, language));
    }
}

fn touch(name: &str) -> Routine {
    Routine::new(name, Returns::Trigger, "BEGIN\n    RETURN NEW;\nEND;")
}

/// A view whose rows are kept as those of another, with the indexes that its columns bear.
pub(crate) fn kept_as(mut view: View, other: &View) -> View {
    view.materialized.clone_from(&other.materialized);
    let known: Vec<Ident> = view.columns.iter().map(|it| it.name.clone()).collect();
    if let Some(kept) = &mut view.materialized {
        kept.indexes.retain(|index| {
            let mut columns = index.parts.iter().flat_map(|it| it.value.columns());
            columns.all(|column| known.contains(column))
        });
    }
    view
}

pub(crate) fn view_of(name: &str, table: &Table, columns: &[&Column]) -> View {
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
