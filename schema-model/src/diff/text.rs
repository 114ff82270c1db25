//! A text of the definition, and whether it means by a word what is gone. No parser: a word counts unless the text plainly means
//! something else by it.

mod targets;

use super::gone::{Gone, Kind};
use crate::eventcore::events::EVENT_LOG;
use crate::name::QualifiedName;
use crate::pieces::{Piece, located};
use crate::routine::{Returns, Routine};
use crate::schema::Schema;
use crate::table::StoreTable;
use crate::template::{Binding, Template};
use crate::ty::DataType;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// What turns texts into names of objects and columns, or rows into documents whose members are named so.
const TAKES_NAMES: &[&str] = &[
    "attname",
    "column_name",
    "conname",
    "constraint_name",
    "currval",
    "execute",
    "indexname",
    "json_agg",
    "json_populate_record",
    "jsonb_agg",
    "jsonb_populate_record",
    "nextval",
    "pg_datatype_name",
    "pg_get_serial_sequence",
    "proname",
    "regclass",
    "regproc",
    "regprocedure",
    "regtype",
    "relname",
    "routine_name",
    "row_to_json",
    "sequencename",
    "setval",
    "table_name",
    "tablename",
    "tg_name",
    "tg_relname",
    "tg_table_name",
    "tgname",
    "to_json",
    "to_jsonb",
    "to_regclass",
    "to_regproc",
    "to_regprocedure",
    "to_regtype",
    "trigger_name",
    "typname",
    "udt_name",
    "viewname",
];

/// A text of the definition.
pub(super) struct Text<'a> {
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
    pub(super) fn of(
        schema: &'a Schema,
        template: &'a Template,
        called_for: Vec<&'a QualifiedName>,
    ) -> Self {
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

    /// As a raw expression.
    pub(super) fn raw(mut self) -> Self {
        self.is_raw = true;
        self
    }

    /// Arguments and columns of the result are names of a routine's body.
    pub(super) fn with_names(mut self, routine: &'a Routine) -> Self {
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

    /// Reports each name that it has and that is gone.
    pub(super) fn check(&self, gone: &[Gone<'_>], site: &Site, report: &mut Report) {
        for it in gone {
            if self.template.mentions.contains_key(&it.name) {
                continue;
            }
            let places = 0..self.pieces.len();
            let Some(at) = { places }.find(|at| self.means(*at, it) || self.executes(*at, it))
            else {
                continue;
            };
            let (line, name) = (self.pieces[at].0, &it.name);
            let what = match &it.kind {
                Kind::Object(kind, _) => format!("the {kind} `{name}`"),
                Kind::Trigger(table) => format!("the trigger `{name}` of `{table}`"),
                Kind::Column(table) => format!("the column `{name}` of `{table}`"),
                Kind::Label(ty) => format!("the label `{name}` of type `{ty}`"),
                Kind::Attribute(ty) => format!("the attribute `{name}` of type `{ty}`"),
                Kind::Constraint(table) => format!("the constraint `{name}` of `{table}`"),
                Kind::Argument(routine) => format!("the argument `{name}` of `{routine}`"),
                Kind::EventType => format!("the event type `{name}`"),
                Kind::Member(event) => format!("the member `{name}` of event type `{event}`"),
            };
            let (became, write) = match &it.now {
                Some(now) if matches!(it.kind, Kind::EventType | Kind::Member(_)) => (
                    format!("is stored as `{now}` from now on"),
                    format!("write `{now}` too: stored events keep `{name}`"),
                ),
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
            // A member of a value in parentheses or of a column.
            Kind::Attribute(ty) => {
                piece.is_word(&gone.name) && self.follows(at, ".") && self.has_type(ty)
            }
            Kind::Constraint(_) => {
                piece.is_word(&gone.name)
                    && self.is_listed_after(at, &["constraint", "constraints"])
                    || self.is_name(piece, &gone.name)
            }
            Kind::Trigger(_) => {
                piece.is_word(&gone.name) && self.is_listed_after(at, &["trigger"])
                    || self.is_name(piece, &gone.name)
            }
            Kind::Argument(routine) => {
                let next = self.pieces.get(at + 1).map(|(_, piece)| piece);
                piece.is_word(&gone.name)
                    && next.is_some_and(|it| it.is_symbol("=>") || it.is_symbol(":="))
                    && self.calls(routine)
            }
            // A text that has both names reads old and new events.
            Kind::EventType | Kind::Member(_) => {
                let has = |name: &str| self.pieces.iter().any(|(_, it)| is_constant(it, name));
                is_constant(piece, &gone.name)
                    && !gone.now.as_deref().is_some_and(has)
                    && self.reads_log()
            }
            Kind::Object(kind, namespace) => {
                piece.is_word(&gone.name)
                    && (*kind != "routine" || self.is_called(at))
                    && (self.namespace_of(at))
                        .map_or_else(|| self.is_free(at), |it| *namespace == *it)
                    || self.is_name(piece, &gone.name)
            }
            Kind::Column(table) => {
                let mut relations = self.relations.iter();
                relations.any(|it| self.schema.same_name(it, table))
                    && (piece.is_word(&gone.name)
                        && !self.is_called(at)
                        && (self.is_free(at)
                            || self.is_target(at, table)
                            || self.is_assigned(at, table)
                            || self.is_qualified(at, table))
                        || self.is_name(piece, &gone.name))
            }
        }
    }

    /// Whether a constant is a name, in a text that takes constants as such: `nextval('x')`, `to_jsonb(t) ->> 'x'`,
    /// `format('%I', 'x')`.
    fn is_name(&self, piece: &Piece<'_>, name: &str) -> bool {
        let Piece::Symbol(symbol) = piece else {
            return false;
        };
        let is = |value: String| {
            let last = value.rsplit('.').next().unwrap_or_default();
            last.trim_matches('"') == name
        };
        constant(symbol).is_some_and(is)
            && self
                .pieces
                .iter()
                .any(|(_, piece)| TAKES_NAMES.iter().any(|word| piece.is_word(word)))
    }

    /// Whether a constant is a statement that the text executes, and that means by a piece what is gone.
    fn executes(&self, at: usize, gone: &Gone<'_>) -> bool {
        let is_dynamic = || {
            self.pieces
                .iter()
                .any(|(_, piece)| piece.is_word("execute"))
        };
        let Piece::Symbol(symbol) = &self.pieces[at].1 else {
            return false;
        };
        let Some(statement) = constant(symbol).filter(|_| is_dynamic()) else {
            return false;
        };
        let template = Template::verbatim(&statement);
        let mut text = Text::of(self.schema, &template, self.relations.clone());
        text.types.clone_from(&self.types);
        let verbs = [
            "select", "insert", "update", "delete", "merge", "with", "truncate", "lock", "alter",
            "drop", "create", "copy", "call",
        ];
        let first = text.pieces.first();
        first.is_some_and(|(_, first)| verbs.iter().any(|verb| first.is_word(verb)))
            && (0..text.pieces.len()).any(|at| text.means(at, gone))
    }

    /// Whether a symbol stands right before a piece.
    fn follows(&self, at: usize, symbol: &str) -> bool {
        let before = at.checked_sub(1).map(|before| &self.pieces[before].1);
        before.is_some_and(|it| it.is_symbol(symbol))
    }

    /// Whether the text names a routine.
    fn calls(&self, routine: &QualifiedName) -> bool {
        self.pieces.iter().any(|(_, piece)| match piece {
            Piece::Placeholder { key, .. } => {
                let bound = self.template.bindings.get(*key);
                matches!(bound, Some(Binding::Routine(name)) if self.schema.same_name(name, routine))
            }
            piece => piece.is_word(routine.name.as_str()),
        })
    }

    /// Whether a word is part of what the text gives that same name, as in `sum(qty) AS qty`.
    fn feeds_alias(&self, at: usize) -> bool {
        let Some(word) = self.pieces[at].1.as_word() else {
            return false;
        };
        let (mut depth, mut least, mut is_next) = (0, 0, false);
        let mut behind = self.pieces[at + 1..]
            .iter()
            .map(|(_, piece)| piece)
            .peekable();
        while let Some(piece) = behind.next() {
            if piece.is_symbol("(") {
                depth += 1;
            } else if piece.is_symbol(")") {
                depth -= 1;
            } else if piece.is_symbol(",") && depth == least {
                is_next = true;
            } else if piece.is_word("from") || piece.is_word("select") || piece.is_symbol(";") {
                return false;
            } else if piece.is_word("as") && behind.peek().is_some_and(|it| it.is_word(word)) {
                return depth == least && !is_next;
            }
            if depth < least {
                (least, is_next) = (depth, false);
            }
        }
        false
    }

    /// Whether a word is no name that the text brings itself, and no name of something else in the definition.
    fn is_free(&self, at: usize) -> bool {
        let Some(word) = self.pieces[at].1.as_word() else {
            return false;
        };
        let is_column = self.relations.iter().any(|it| {
            let mut columns = self.schema.columns_of(it).into_iter();
            columns.any(|column| column.as_str() == word)
        });
        let is_brought = || self.is_brought(word) && !self.feeds_alias(at);
        !is_column && !self.own.contains(&word) && !is_brought()
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
                    // A further common table expression; an output column has no parenthesis behind its name.
                    || is(before, &[",", ")"])
                        && is(after, &["as"])
                        && is(piece(Some(at + 2)), &["(", "materialized", "not"])
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

    /// Whether the text reads events, of the log or of the view over it.
    fn reads_log(&self) -> bool {
        let log = self.schema.find_store_table(StoreTable::Log);
        self.relations.iter().any(|it| {
            log.is_some_and(|log| self.schema.same_name(&log.name, it)) || it.name == *EVENT_LOG
        })
    }

    /// Whether the text has to do with an enum type.
    fn has_type(&self, ty: &QualifiedName) -> bool {
        let is = |it: &DataType| self.schema.is_made_of(it, ty);
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

/// Whether a constant is a text, or an array of texts with it.
fn is_constant(piece: &Piece<'_>, text: &str) -> bool {
    let Piece::Symbol(symbol) = piece else {
        return false;
    };
    constant(symbol).is_some_and(|value| {
        let elements = value.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        let mut elements = elements.into_iter().flat_map(|it| it.split(','));
        value == text || elements.any(|it| it.trim().trim_matches('"') == text)
    })
}

/// The text of a constant, whatever its quotes are.
fn constant(symbol: &str) -> Option<String> {
    let quoted = symbol.strip_prefix(['e', 'E']).unwrap_or(symbol);
    if let Some(inner) = quoted
        .strip_prefix('\'')
        .and_then(|it| it.strip_suffix('\''))
    {
        return Some(inner.replace("''", "'"));
    }
    let tag = symbol.strip_prefix('$')?.split_once('$')?.0;
    let tag = format!("${tag}$");
    let inner = symbol.strip_prefix(&tag)?.strip_suffix(&tag)?;
    Some(inner.to_owned())
}
