//! Changes of a column and of its table, under each kind of object that can stand on them.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::prelude::*;

use super::{Case, Layout, orders, shop};

/// The table and the column, as they are called at one time, and the column's type.
struct At {
    table: &'static str,
    column: &'static str,
    ty: DataType,
    /// Whether it may be NULL, and whether a row gets a value of it by itself.
    takes_null: bool,
    has_value: bool,
}

/// What stands on the column, at one time.
type Standing = (&'static str, fn(Schema, &At) -> Schema);

/// The column before and after; nothing when it is gone.
type Change = (&'static str, Column, Option<Column>);

fn c() -> Column {
    Column::new("c", DataType::BigInt)
}

#[rustfmt::skip] // a change a line
fn changes() -> Vec<Change> {
    vec![
        ("rename", c(), Some(Column::new("d", DataType::BigInt).renamed_from("c"))),
        ("retype", c(), Some(Column::new("c", DataType::Numeric(None)).rewrite("a small table"))),
        ("refuse_null", c().nullable(), Some(c().backfill(1))),
        ("allow_null", c(), Some(c().nullable())),
        ("set_default", c(), Some(c().default(7))),
        ("drop_default", c().default(7), Some(c())),
        ("comment", c(), Some(c().comment("It's said."))),
        ("drop", c(), None),
    ]
}

fn template(text: &str, at: &At) -> Template {
    Template::new(text.replace("{c}", &format!("{{t.{}}}", at.column))).relation("t", at.table)
}

fn of_table(schema: Schema, at: &At, edit: impl FnOnce(Table) -> Table) -> Schema {
    schema.edit_table(at.table, edit)
}

fn view(name: &str, at: &At) -> View {
    View::new(name, template("SELECT t.{c} AS shown FROM {t} AS t", at)).column(
        "shown",
        at.ty.clone(),
        true,
    )
}

fn counting(name: &str, language: Language, at: &At) -> Routine {
    let body = match language {
        Language::PlPgSql => "BEGIN\n    RETURN (SELECT count(t.{c}) FROM {t} AS t);\nEND;",
        _ => "SELECT count(t.{c}) FROM {t} AS t",
    };
    Routine::new(name, Returns::Value(DataType::BigInt), template(body, at))
        .language(language)
        .volatility(Volatility::Stable)
}

fn reading(at: &At) -> Query {
    let row = Row::new("Seen", "It.").nullable(at.column, at.ty.clone(), "It.");
    Query::new(
        "shop",
        "read",
        "It.",
        template("SELECT t.{c} FROM {t} AS t", at),
    )
    .many(row)
}

fn adding(at: &At) -> Query {
    let text = "INSERT INTO {t} ({t.id}, {t.customer}, {c}) VALUES ({id}, {id}, {given})";
    let mut given = Param::new("given", at.ty.clone(), "It.");
    given.nullable = at.takes_null;
    let query = Query::new("shop", "add", "It.", template(text, at)).affected();
    query
        .param(Param::new("id", DataType::BigInt, "It."))
        .param(given)
}

fn leaving_out(at: &At) -> Query {
    let text = "INSERT INTO {t} ({t.id}, {t.customer}) VALUES ({id}, {id})";
    let query = Query::new("shop", "add_few", "It.", template(text, at)).affected();
    query.param(Param::new("id", DataType::BigInt, "It."))
}

/// A reference from the column's values, or to them; a referenced key holds the partition key too.
fn referenced(schema: Schema, at: &At) -> Schema {
    let key = Key::new(["id", at.column]);
    let reference = ForeignKey::new(["id", "c"], at.table, ["id", at.column]);
    let lines = Table::new("lines")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("c", at.ty.clone()))
        .foreign_key("lines_fkey", reference);
    of_table(schema, at, |it| {
        it.constraint(Constraint::unique("held", key))
    })
    .table(lines)
}

#[rustfmt::skip] // a kind a line
const STANDING: [Standing; 20] = [
    ("nothing", |schema, _| schema),
    ("view", |schema, at| schema.view(view("shown", at))),
    ("view_over_view", |schema, at| {
        let body = Template::new("SELECT v.{v.shown} FROM {v} AS v").relation("v", "shown");
        schema.view(view("shown", at)).view(View::new("over", body).column("shown", at.ty.clone(), true))
    }),
    ("index", |schema, at| of_table(schema, at, |it| it.index(Index::new("held", [at.column]).serves_external("tests")))),
    ("index_over_expression", |schema, at| of_table(schema, at, |it| it.index(Index::new("held", [IndexPart::new(call(Function::Abs, [col(at.column)]))]).serves_external("tests")))),
    ("partial_index", |schema, at| of_table(schema, at, |it| it.index(Index::new("held", ["id"]).only_where(col(at.column).is_not_null()).serves_external("tests")))),
    ("included_by_index", |schema, at| of_table(schema, at, |it| it.index(Index::new("held", ["customer"]).include([at.column]).serves_external("tests")))),
    ("unique_index", |schema, at| of_table(schema, at, |it| it.index(Index::new("held", [at.column, "id"]).unique().serves_external("tests")))),
    ("unique_key", |schema, at| of_table(schema, at, |it| it.unique("held", [at.column, "id"]))),
    ("check", |schema, at| of_table(schema, at, |it| it.check("held", col(at.column).is_not_null().or(col("id").gt(0))))),
    ("foreign_key", |schema, at| of_table(schema, at, |it| it.foreign_key("held", ForeignKey::new([at.column], "customers", ["id"])))),
    ("reference", referenced),
    ("trigger", |schema, at| of_table(schema, at, |it| it.trigger(Trigger::new("held", TriggerTiming::Before, [TriggerEvent::update_of([at.column])], "touch")))),
    ("trigger_condition", |schema, at| of_table(schema, at, |it| it.trigger(Trigger::new("held", TriggerTiming::Before, [TriggerEvent::Insert], "touch").when(new(at.column).is_not_null())))),
    ("generated_column", |schema, at| of_table(schema, at, |it| it.column(Column::new("computed", DataType::Boolean).nullable().generated(col(at.column).is_not_null())))),
    ("plpgsql", |schema, at| schema.routine(counting("counted", Language::PlPgSql, at))),
    ("sql_routine", |schema, at| schema.routine(counting("counted", Language::Sql, at))),
    ("sql_standard_body", |schema, at| schema.routine(counting("counted", Language::SqlAtomic, at))),
    ("grant", |schema, at| schema.grant(Grant::new([Privilege::Select], ObjectRef::table(at.table), "public"))),
    ("queries", |schema, at| {
        let schema = schema.query(reading(at)).query(adding(at));
        if at.has_value { schema.query(leaving_out(at)) } else { schema }
    }),
];

/// The words for what goes with a column.
fn without(schema: Schema, kind: &str) -> Schema {
    match kind {
        "view" => schema.drop(ObjectRef::view("shown"), "unused"),
        "view_over_view" => schema
            .drop(ObjectRef::view("over"), "unused")
            .drop(ObjectRef::view("shown"), "unused"),
        "plpgsql" | "sql_routine" | "sql_standard_body" => {
            schema.drop(ObjectRef::routine("counted"), "unused")
        }
        "reference" => schema.drop(ObjectRef::table("lines"), "unused"),
        _ => schema,
    }
}

fn renamed(layout: Layout) -> Table {
    let mut table = orders(layout).renamed_from("orders");
    table.name = Table::new("purchases").name;
    table
}

/// A change of the column, and of its table's name, under what stands on both.
struct Release {
    before: Column,
    after: Option<Column>,
    kinds: Vec<Standing>,
    moves: bool,
}

impl Release {
    fn on(&self, layout: Layout) -> (Schema, Schema) {
        let at = |column: &Column, table| At {
            table,
            column: if column.name == *"d" { "d" } else { "c" },
            ty: column.ty.clone(),
            takes_null: column.nullable,
            has_value: column.nullable || column.default.is_some(),
        };
        let all = |schema: Schema, at: &At| {
            let kinds = self.kinds.iter();
            kinds.fold(schema, |schema, (_, stands)| stands(also(schema), at))
        };
        let start = shop(orders(layout).column(self.before.clone()));
        let start = all(start, &at(&self.before, "orders"));
        let (table, name) = if self.moves {
            (renamed(layout), "purchases")
        } else {
            (orders(layout), "orders")
        };
        if let Some(after) = &self.after {
            let end = all(shop(table.column(after.clone())), &at(after, name));
            return (start, end);
        }
        let computed = self
            .kinds
            .iter()
            .any(|(kind, _)| *kind == "generated_column");
        let table = table.drop_column("c", "unused");
        let table = if computed {
            table.drop_column("computed", "unused")
        } else {
            table
        };
        let kinds = self.kinds.iter();
        let end = kinds.fold(shop(table), |schema, (kind, _)| without(schema, kind));
        (start, end)
    }
}

/// What stands under a name that something else is to have gets another.
fn also(mut schema: Schema) -> Schema {
    let other = |name: &mut Ident| {
        if *name == *"held" {
            *name = Index::new("also", ["id"]).name;
        }
    };
    for table in &mut schema.tables {
        table
            .constraints
            .iter_mut()
            .for_each(|it| other(&mut it.name));
        table.indexes.iter_mut().for_each(|it| other(&mut it.name));
        table.triggers.iter_mut().for_each(|it| other(&mut it.name));
    }
    schema
}

/// Each change of the column, its table renamed or not, under each two kinds.
pub(super) fn under_two_kinds() -> Vec<Case> {
    let mut cases = Vec::new();
    for (change, before, after) in changes() {
        for (place, one) in STANDING.into_iter().enumerate() {
            for other in STANDING.into_iter().skip(place + 1) {
                if !can_stand_together(change, one.0, other.0) {
                    continue;
                }
                for (moves, table) in [(false, "table"), (true, "renamed_table")] {
                    let release = Release {
                        before: before.clone(),
                        after: after.clone(),
                        kinds: vec![one, other],
                        moves,
                    };
                    let name = format!("{change}_of_{table}_under_{}_and_{}", one.0, other.0);
                    cases.push(Case::new(name, |it| release.on(it)));
                }
            }
        }
    }
    cases
}

/// Objects of one name cannot, nor an index that repeats a key; both ends of a reference have one type.
fn can_stand_together(change: &str, one: &str, other: &str) -> bool {
    let both = [one, other];
    let same = |names: &[&str]| both.iter().all(|it| names.contains(it));
    !(same(&["view", "view_over_view"])
        || same(&["plpgsql", "sql_routine", "sql_standard_body"])
        || same(&["unique_index", "unique_key"])
        || change == "retype" && both.contains(&"foreign_key"))
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (change, before, after) in changes() {
        for (kind, stands) in STANDING {
            let release = Release {
                before: before.clone(),
                after: after.clone(),
                kinds: vec![(kind, stands)],
                moves: false,
            };
            cases.push(Case::new(format!("{change}_column_under_{kind}"), |it| {
                release.on(it)
            }));
        }
    }
    for (kind, stands) in STANDING {
        let here = At {
            table: "orders",
            column: "c",
            ty: DataType::BigInt,
            takes_null: false,
            has_value: false,
        };
        let there = At {
            table: "purchases",
            column: "c",
            ty: DataType::BigInt,
            takes_null: false,
            has_value: false,
        };
        let start = |layout| stands(shop(orders(layout).column(c())), &here);
        let rename = |layout| stands(shop(renamed(layout).column(c())), &there);
        cases.push(Case::new(format!("rename_table_under_{kind}"), |it| {
            (start(it), rename(it))
        }));
        let drop = |layout| {
            let schema =
                without(shop(orders(layout)), kind).drop(ObjectRef::table("orders"), "unused");
            let gone = |table: &Table| table.name.name != *"orders";
            Schema {
                tables: schema
                    .tables
                    .iter()
                    .filter(|it| gone(it))
                    .cloned()
                    .collect(),
                ..schema
            }
        };
        cases.push(Case::new(format!("drop_table_under_{kind}"), |it| {
            (start(it), drop(it))
        }));
        let end = |layout| stands(shop(orders(layout).column(c())), &here);
        cases.push(Case::new(format!("add_{kind}"), |it| {
            (shop(orders(it).column(c())), end(it))
        }));
        let gone = |layout| {
            let schema = without(shop(orders(layout).column(c())), kind);
            let computed = |it: Table| {
                if kind == "generated_column" {
                    it.drop_column("computed", "unused")
                } else {
                    it
                }
            };
            schema.edit_table("orders", computed)
        };
        cases.push(Case::new(format!("drop_{kind}"), |it| {
            (start(it), gone(it))
        }));
    }
    // Nothing cannot come and go, and both ends of a reference have one type.
    let none = [
        "add_nothing",
        "drop_nothing",
        "retype_column_under_foreign_key",
    ];
    cases.retain(|case| !none.contains(&case.name.as_str()));
    cases
}
