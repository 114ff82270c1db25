//! Texts of the definition that still have a name or label that the change takes away. A rename does not reach into
//! hand-written text: the server would find out at the next call, or when a view is created again a release later.
//!
//! No parser: a word counts unless the text plainly means something else by it. `.mentions(...)` says so where it does not.

use super::named::Named;
use super::{Change, Edit};
use crate::expr::Expr;
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::pieces::{Piece, located};
use crate::routine::{Returns, Routine};
use crate::schema::Schema;
use crate::table::Table;
use crate::template::{Binding, Template};
use crate::ty::DataType;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

pub(super) fn check(to: &Schema, changes: &[Change], report: &mut Report) {
    let gone: Vec<Gone<'_>> = changes.iter().flat_map(|it| gone(to, it)).collect();
    if gone.is_empty() {
        return;
    }
    for view in &to.views {
        let site = Site::new("view", &view.name, view.place);
        Text::of(to, &view.body, Vec::new()).check(&gone, &site, report);
    }
    for routine in &to.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let text = Text::of(to, &routine.body, to.triggered_by(&routine.name));
        text.with_names(routine).check(&gone, &site, report);
    }
    for query in &to.queries {
        let site = Site::new("query", &query.name, query.place);
        Text::of(to, &query.body, Vec::new()).check(&gone, &site, report);
    }
    for table in &to.tables {
        raw_texts(to, table, &gone, report);
    }
}

/// What a change takes away from texts.
struct Gone<'a> {
    kind: Kind<'a>,
    /// The word or label.
    name: String,
    /// What it is called now, if it is there under another name.
    now: Option<String>,
}

enum Kind<'a> {
    /// A table, view, routine, sequence or type.
    Object(&'static str),
    /// A column of a table.
    Column(&'a QualifiedName),
    /// A label of a type.
    Label(&'a QualifiedName),
}

fn gone<'a>(to: &Schema, change: &'a Change) -> Vec<Gone<'a>> {
    let one = match change {
        Change::Table(edit) => object(to, edit, ObjectRef::Table),
        Change::View(Edit::Alter { from, to }) => {
            let names = from.columns.iter().map(|it| &it.name);
            let lost = names.filter(|name| !to.columns.iter().any(|it| it.name == **name));
            return lost
                .map(|name| Gone::column(&to.name, name, None))
                .collect();
        }
        Change::View(edit) => object(to, edit, ObjectRef::View),
        Change::Routine(edit) => object(to, edit, ObjectRef::Routine),
        Change::Sequence(edit) => object(to, edit, ObjectRef::Sequence),
        Change::Type(edit) => object(to, edit, ObjectRef::Type),
        Change::Column(table, edit) => before(edit)
            .filter(|(name, _)| {
                let table = to.find_table(table);
                table.is_none_or(|it| it.find_column(name).is_none())
            })
            .map(|(name, now)| Gone::column(table, &name, now)),
        Change::Label(ty, Edit::Rename { from: was, to: now }) => Some(Gone {
            kind: Kind::Label(ty),
            name: was.clone(),
            now: Some(now.clone()),
        }),
        _ => None,
    };
    one.into_iter().collect()
}

impl<'a> Gone<'a> {
    fn column(relation: &'a QualifiedName, name: &Ident, now: Option<Ident>) -> Self {
        Self {
            kind: Kind::Column(relation),
            name: name.to_string(),
            now: now.map(|it| it.to_string()),
        }
    }
}

/// The name that an edit takes away, and the one that takes its place.
fn before<T: Named>(edit: &Edit<T>) -> Option<(T::Name, Option<T::Name>)> {
    match edit {
        Edit::Drop(it) => Some((it.name().clone(), None)),
        Edit::Rename { from, to } => Some((from.name().clone(), Some(to.name().clone()))),
        Edit::Add(_) | Edit::Alter { .. } => None,
    }
}

fn object<'a, T: Named<Name = QualifiedName>>(
    to: &Schema,
    edit: &Edit<T>,
    reference: fn(QualifiedName) -> ObjectRef,
) -> Option<Gone<'a>> {
    let (name, now) = before(edit)?;
    let is_free = !to.has(&reference(name.clone()));
    is_free.then(|| Gone {
        kind: Kind::Object(T::KIND),
        name: name.name.to_string(),
        now: now.map(|it| it.name.to_string()),
    })
}

/// A text of the definition.
struct Text<'a> {
    schema: &'a Schema,
    template: &'a Template,
    pieces: Vec<(usize, Piece<'a>)>,
    /// The relations that it reads or is called for.
    relations: Vec<&'a QualifiedName>,
    /// Types that it names.
    types: Vec<&'a DataType>,
    /// Names of its own.
    own: Vec<&'a str>,
    /// Whether it is a raw expression, which has no annotations.
    is_raw: bool,
}

impl<'a> Text<'a> {
    fn of(schema: &'a Schema, template: &'a Template, called_for: Vec<&'a QualifiedName>) -> Self {
        let (mut relations, mut types) = (called_for, Vec::new());
        for binding in template.bindings.values() {
            match binding {
                Binding::Relation(name) => relations.push(name),
                Binding::Type(ty) => types.push(ty),
                _ => {}
            }
        }
        let pieces = located(template);
        let named = schema.tables.iter().map(|it| &it.name);
        let named = named.chain(schema.views.iter().map(|it| &it.name));
        let has_word = |name: &str| pieces.iter().any(|(_, piece)| piece.is_word(name));
        relations.extend(named.filter(|name| has_word(name.name.as_str())));
        Self {
            schema,
            template,
            pieces,
            relations,
            types,
            own: Vec::new(),
            is_raw: false,
        }
    }

    /// Arguments and columns of the result are names of a routine's body.
    fn with_names(mut self, routine: &'a Routine) -> Self {
        let arguments = routine.arguments.iter();
        self.own
            .extend(arguments.clone().map(|it| it.name.as_str()));
        self.types.extend(arguments.map(|it| &it.ty));
        match &routine.returns {
            Returns::Table(columns) => {
                self.own
                    .extend(columns.iter().map(|(name, _)| name.as_str()));
                self.types.extend(columns.iter().map(|(_, ty)| ty));
            }
            Returns::Value(ty) | Returns::SetOf(ty) => self.types.push(ty),
            Returns::Void | Returns::Trigger => {}
        }
        self
    }

    fn check(&self, gone: &[Gone<'_>], site: &Site, report: &mut Report) {
        for it in gone {
            if self.template.mentions.contains_key(&it.name) {
                continue;
            }
            let places = 0..self.pieces.len();
            let Some(at) = { places }.find(|at| self.means(*at, it)) else {
                continue;
            };
            let (line, name) = (self.pieces[at].0, &it.name);
            let what = match &it.kind {
                Kind::Object(kind) => format!("the {kind} `{name}`"),
                Kind::Column(table) => format!("the column `{name}` of `{table}`"),
                Kind::Label(ty) => format!("the label `{name}` of type `{ty}`"),
            };
            let (became, write) = match &it.now {
                Some(now) => (format!("is `{now}` now"), format!("write `{now}`")),
                None => (
                    "is dropped".to_owned(),
                    "take it out of the text".to_owned(),
                ),
            };
            report.add(
                Code::SM135,
                site,
                format!("line {line} of its text has `{name}`, and {what} {became}"),
                if self.is_raw {
                    write
                } else {
                    format!(
                        "{write}; if the word means something else, add `.mentions({name:?}, \"what it means\")` to the text"
                    )
                },
            );
        }
    }

    /// Whether the text may mean by a piece what is gone.
    fn means(&self, at: usize, gone: &Gone<'_>) -> bool {
        let piece = &self.pieces[at].1;
        match &gone.kind {
            Kind::Label(ty) => is_constant(piece, &gone.name) && self.has_type(ty),
            Kind::Object(kind) => {
                piece.is_word(&gone.name)
                    && (*kind != "routine" || self.is_called(at))
                    && self.is_free(at)
            }
            Kind::Column(table) => {
                piece.is_word(&gone.name)
                    && self
                        .relations
                        .iter()
                        .any(|it| self.schema.same_name(it, table))
                    && !self.is_called(at)
                    && self.is_free(at)
            }
        }
    }

    /// Whether a word is no name that the text brings itself, and no name of something else in the definition.
    fn is_free(&self, at: usize) -> bool {
        let Piece::Word(word) = &self.pieces[at].1 else {
            return false;
        };
        let is_column = self.relations.iter().any(|it| {
            let mut columns = self.schema.columns_of(it).into_iter();
            columns.any(|column| column.as_str() == word)
        });
        !is_column && !self.own.contains(&word.as_str()) && !self.is_brought(word)
    }

    /// Whether the text itself gives the name to something: a result, an alias, a common table expression, a variable.
    fn is_brought(&self, word: &str) -> bool {
        (0..self.pieces.len()).any(|at| {
            let piece = |at: Option<usize>| at.and_then(|at| self.pieces.get(at)).map(|it| &it.1);
            let is = |piece: Option<&Piece<'_>>, words: &[&str]| {
                piece.is_some_and(|it| {
                    words
                        .iter()
                        .any(|word| it.is_word(word) || it.is_symbol(word))
                })
            };
            let (before, after) = (piece(at.checked_sub(1)), piece(Some(at + 1)));
            let is_alias = || matches!(before, Some(Piece::Placeholder { column: None, .. }));
            self.pieces[at].1.is_word(word)
                && (is(before, &["as", "declare", "for", "with", "recursive"])
                    || is_alias() && !is(after, &["."])
                    || is(before, &[",", ")"]) && is(after, &["as"])
                    || is(before, &[";"]) && self.is_declared(at))
        })
    }

    /// Whether a place stands between `DECLARE` and the `BEGIN` behind it.
    fn is_declared(&self, at: usize) -> bool {
        let before = self.pieces[..at].iter().rev().map(|(_, piece)| piece);
        let mut ends = before.filter(|it| it.is_word("declare") || it.is_word("begin"));
        ends.next().is_some_and(|it| it.is_word("declare"))
    }

    fn is_called(&self, at: usize) -> bool {
        let next = self.pieces.get(at + 1);
        next.is_some_and(|(_, piece)| piece.is_symbol("("))
            && !at.checked_sub(1).is_some_and(|before| {
                matches!(
                    self.pieces[before].1,
                    Piece::Placeholder { column: None, .. }
                )
            })
    }

    /// Whether the text has to do with an enum type.
    fn has_type(&self, ty: &QualifiedName) -> bool {
        let is = |it: &DataType| {
            let base = self.schema.base_of(it.element());
            base.name()
                .is_some_and(|name| self.schema.same_name(name, ty))
        };
        let named = self
            .pieces
            .iter()
            .any(|(_, piece)| piece.is_word(ty.name.as_str()));
        let of_columns = || {
            self.relations.iter().any(|relation| {
                let columns = self.schema.columns_of(relation).into_iter();
                let mut types = columns.filter_map(|it| self.schema.column_type(relation, it));
                types.any(is)
            })
        };
        named || self.types.iter().any(|it| is(it)) || of_columns()
    }
}

fn is_constant(piece: &Piece<'_>, text: &str) -> bool {
    piece.is_symbol(&format!("'{}'", text.replace('\'', "''")))
}

/// Raw expressions of a table: their own columns alone.
fn raw_texts(schema: &Schema, table: &Table, gone: &[Gone<'_>], report: &mut Report) {
    let site = Site::new("table", &table.name, table.place);
    let mut check = |site: &Site, expr: &Expr| {
        let mut texts = Vec::new();
        expr.raw_texts(&mut texts);
        for text in texts {
            let template = Template::new(text.replace('{', "{{").replace('}', "}}"));
            let mut text = Text::of(schema, &template, vec![&table.name]);
            text.is_raw = true;
            text.check(gone, site, report);
        }
    };
    for column in &table.columns {
        let site = site.child("column", &column.name, column.place);
        for expr in column.default.iter().chain(&column.generated) {
            check(&site, expr);
        }
    }
    for constraint in &table.constraints {
        let site = site.child("constraint", &constraint.name, constraint.place);
        for expr in constraint.expressions() {
            check(&site, expr);
        }
    }
    for index in &table.indexes {
        let site = site.child("index", &index.name, index.place);
        let parts = index.parts.iter().map(|it| &it.value);
        for expr in parts.chain(&index.predicate) {
            check(&site, expr);
        }
    }
    for trigger in &table.triggers {
        let site = site.child("trigger", &trigger.name, trigger.place);
        if let Some(expr) = &trigger.when {
            check(&site, expr);
        }
    }
}
