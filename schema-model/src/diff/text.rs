//! A text of the definition, and whether it means by a word what is gone. No parser: a word counts unless the text plainly means
//! something else by it.

mod brought;
mod captures;
mod constants;
mod derived;
mod row_columns;
mod scope;
mod syntax;
mod targets;
mod variables;

use std::cell::RefCell;
use std::collections::BTreeMap;

use self::constants::{has_event_type, has_label};
use self::derived::Held;
use self::row_columns::Columns;
use self::scope::{Levels, Owner};
use super::gone::{Gone, Kind};
use crate::event_type::{EventField, EventType};
use crate::eventcore::events::EVENT_LOG;
use crate::name::{Ident, QualifiedName};
use crate::pieces::{Piece, located};
use crate::routine::{Argument, Language, Returns, Routine};
use crate::schema::Schema;
use crate::table::StoreTable;
use crate::template::{Binding, Template};
use crate::ty::DataType;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// A text of the definition.
pub(crate) struct Text<'a> {
    schema: &'a Schema,
    template: &'a Template,
    pieces: Vec<(usize, Piece<'a>)>,
    /// The relations that it reads or is called for.
    relations: Vec<&'a QualifiedName>,
    /// Types that it names.
    types: Vec<&'a DataType>,
    /// Names of its own.
    own: Vec<&'a str>,
    /// The routine that it is the body of.
    routine: Option<&'a Routine>,
    /// Whether a column of the query's own is meant before these.
    prefers_columns: bool,
    levels: Levels,
    /// The columns of its queries, by where these begin.
    queries: RefCell<BTreeMap<usize, Columns<'a>>>,
    /// Whether it is part of a statement that a text executes, which may get its relations from elsewhere.
    is_executed: bool,
    /// Whether it is a raw expression, which has no annotations.
    is_raw: bool,
}

impl<'a> Text<'a> {
    /// Those of views, routines and queries.
    pub(super) fn all(schema: &'a Schema) -> Vec<(Site, Self)> {
        let views = schema.views.iter().map(|it| {
            let site = Site::new("view", &it.name, it.place);
            (site, Self::of(schema, &it.body, Vec::new()))
        });
        let routines = schema.routines.iter().map(|it| {
            let site = Site::new("routine", &it.name, it.place);
            let text = Self::of(schema, &it.body, schema.triggered_by(&it.name));
            (site, text.with_names(it))
        });
        let queries = schema.queries.iter().map(|it| {
            let site = Site::new("query", &it.name, it.place);
            (site, Self::of(schema, &it.body, Vec::new()))
        });
        views.chain(routines).chain(queries).collect()
    }

    pub(crate) fn of(
        schema: &'a Schema,
        template: &'a Template,
        called_for: Vec<&'a QualifiedName>,
    ) -> Self {
        let (mut relations, mut types) = (called_for, Vec::new());
        for binding in template.bindings.values() {
            match binding {
                Binding::Relation(name) => relations.push(name),
                Binding::Type(ty) => types.push(ty),
                Binding::Routine(name) => {
                    let routine = schema.find_routine(name).into_iter();
                    types.extend(routine.flat_map(Routine::types));
                }
                _ => {}
            }
        }
        let pieces = located(template);
        let named = schema.tables.iter().map(|it| &it.name);
        let named = named.chain(schema.views.iter().map(|it| &it.name));
        let has_word = |name: &str| {
            pieces
                .iter()
                .any(|(_, piece)| piece.is_word(name) || constants::has_word(piece, name))
        };
        relations.extend(named.filter(|name| has_word(name.name.as_str())));
        let prefers_columns = pieces.iter().any(|(_, piece)| piece.is_word("use_column"));
        Self {
            schema,
            template,
            prefers_columns,
            levels: Levels::of(&pieces),
            queries: RefCell::default(),
            pieces,
            relations,
            types,
            own: Vec::new(),
            routine: None,
            is_executed: false,
            is_raw: false,
        }
    }

    /// Whether another text is the same.
    pub(super) fn has_body_of(&self, other: &Text<'_>) -> bool {
        self.template == other.template
    }

    /// As a raw expression.
    pub(super) fn raw(mut self) -> Self {
        self.is_raw = true;
        self
    }

    /// Arguments and columns of the result are names of a routine's body.
    pub(crate) fn with_names(mut self, routine: &'a Routine) -> Self {
        self.prefers_columns |= routine.language != Language::PlPgSql;
        self.routine = Some(routine);
        self.own.extend(routine.names().map(Ident::as_str));
        self.types.extend(routine.types());
        self
    }

    /// Reports each name that it has and that is gone.
    pub(super) fn check(&self, gone: &[Gone<'_>], site: &Site, report: &mut Report) {
        for it in gone {
            // Stored events keep a member that was removed, and a raw expression has no annotations to say so.
            let is_removed = matches!(it.kind, Kind::Member(_)) && it.now.is_none();
            if self.template.mentions.contains_key(&it.name) || self.is_raw && is_removed {
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
                None if is_removed => (
                    "is not stored any more".to_owned(),
                    "remove it from the text, or keep it if the text is about earlier events"
                        .to_owned(),
                ),
                None => (
                    "is dropped".to_owned(),
                    "take it out of the text".to_owned(),
                ),
            };
            let argument = self.routine.filter(|_| {
                matches!(it.kind, Kind::Column(_)) && self.own.contains(&name.as_str())
            });
            let write = match argument {
                Some(routine) => format!(
                    "{write} if the column is meant, and `{}.{name}` if the argument or result is",
                    routine.name.name
                ),
                None => write,
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

    /// Reports an event type that it looks for by its name, and not by the earlier names that stored events of the type have.
    pub(super) fn check_event_names(&self, site: &Site, report: &mut Report) {
        // A trigger calls it for new events.
        let is_trigger = |it: &Routine| it.returns == Returns::Trigger;
        if !self.reads_log() || self.routine.is_some_and(is_trigger) {
            return;
        }
        let has = |name: &str| self.pieces.iter().any(|(_, it)| has_event_type(it, name));
        let is_named = |event: &EventType| event.read_names().any(has);
        let names_some = self.schema.events.iter().any(is_named);
        for event in &self.schema.events {
            // A text that names event types reads members of these.
            let fields = event
                .fields
                .iter()
                .filter(|_| !names_some || is_named(event));
            for field in fields {
                self.check_member_names(&event.name, field, site, report);
            }
            let earlier = event.aliases.iter().find(|it| !has(it));
            let is_meant = has(&event.name) && !self.template.mentions.contains_key(&event.name);
            if let Some(earlier) = earlier.filter(|_| is_meant) {
                let name = &event.name;
                report.add(
                    Code::SM166,
                    site,
                    format!("its text looks for events of type `{name}`, and earlier ones are stored as `{earlier}`"),
                    format!(
                        "look for both names; if only later events are meant, add `.mentions({name:?}, \"only later ones\")` to the text"
                    ),
                );
            }
        }
    }

    /// Reports a member that it reads under its name, and not under the earlier names that stored events have.
    fn check_member_names(
        &self,
        event: &str,
        field: &EventField,
        site: &Site,
        report: &mut Report,
    ) {
        let places = 0..self.pieces.len();
        let has = |name: &str| places.clone().any(|at| self.is_member(at, name));
        let earlier = field.aliases.iter().find(|it| !has(it));
        let is_meant = has(&field.name) && !self.template.mentions.contains_key(&field.name);
        if let Some(earlier) = earlier.filter(|_| is_meant) {
            let name = &field.name;
            report.add(
                Code::SM166,
                site,
                format!(
                    "its text reads the member `{name}` of events of type `{event}`, and earlier ones are stored with `{earlier}`"
                ),
                format!(
                    "read both, as `coalesce(... ->> '{name}', ... ->> '{earlier}')` does; if only later ones or something else are \
                     meant, add `.mentions({name:?}, \"what it means\")` to the text"
                ),
            );
        }
    }

    /// Whether the text may mean by a piece what is gone.
    fn means(&self, at: usize, gone: &Gone<'_>) -> bool {
        let piece = &self.pieces[at].1;
        match &gone.kind {
            Kind::Label(ty) => {
                has_label(piece, &gone.name) && !self.is_key(at) && self.has_type(ty)
            }
            // A member of a value in parentheses or of a column, or a column of rows that are made of such values.
            Kind::Attribute(ty) if self.is_name(at, &gone.name) => self.has_type(ty),
            Kind::Attribute(ty) if self.follows(at, ".") => {
                piece.is_word(&gone.name)
                    && self.has_type(ty)
                    && (self.is_not_brought(at, false) || self.is_attribute_of_value(at))
            }
            Kind::Attribute(ty) => {
                piece.is_word(&gone.name) && !self.is_syntax(at) && self.is_attribute_of_row(at, ty)
            }
            Kind::Constraint(_) => {
                piece.is_word(&gone.name)
                    && self.is_listed_after(at, &["constraint", "constraints"])
                    || self.is_name(at, &gone.name)
            }
            Kind::Trigger(_) => {
                piece.is_word(&gone.name) && self.is_listed_after(at, &["trigger"])
                    || self.is_name(at, &gone.name)
            }
            Kind::Argument(routine) => {
                let next = self.pieces.get(at + 1).map(|(_, piece)| piece);
                piece.is_word(&gone.name)
                    && next.is_some_and(|it| it.is_symbol("=>") || it.is_symbol(":="))
                    && self.calls(routine)
            }
            // A text that has both names reads old and new events.
            Kind::EventType => {
                let has = |name: &str| self.pieces.iter().any(|(_, it)| has_event_type(it, name));
                has_event_type(piece, &gone.name)
                    && !gone.now.as_deref().is_some_and(has)
                    && (self.reads_log() || gone.name.contains('.'))
            }
            Kind::Member(_) => {
                let has = |name: &str| (0..self.pieces.len()).any(|at| self.is_member(at, name));
                self.is_member(at, &gone.name)
                    && !gone.now.as_deref().is_some_and(has)
                    && self.reads_log()
            }
            Kind::Object(kind, namespace) => {
                piece.is_word(&gone.name)
                    && (*kind != "routine" || self.is_called(at))
                    && (self.namespace_of(at))
                        .map_or_else(|| self.is_free(at), |it| *namespace == *it)
                    || self.is_name(at, &gone.name)
            }
            Kind::Column(table) => {
                let mut relations = self.relations.iter();
                relations.any(|it| self.schema.same_name(it, table))
                    && (piece.is_word(&gone.name)
                        && !self.is_called(at)
                        && self.is_column_of(at, table)
                        || self.is_name(at, &gone.name))
            }
        }
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

    /// Whether a word is a column of this name of a table that the text reads or writes.
    fn is_column_of(&self, at: usize, table: &QualifiedName) -> bool {
        if self.is_listed(at) {
            return self.is_target(at, table);
        }
        if self.is_assigned(at, table) {
            return true;
        }
        if let Some(relation) = self.qualifier(at) {
            return self.schema.same_name(relation, table);
        }
        if self.follows(at, ".") {
            return match self.held(at, table) {
                Held::Row(relation) => self.schema.same_name(relation, table),
                Held::Other => false,
                Held::Open => self.is_free(at),
            };
        }
        // The result is meant first.
        if self.is_result(at, "order") || self.is_syntax(at) || self.is_derived(at, table) {
            return false;
        }
        match self.owner(at, table) {
            Owner::Relation | Owner::Unknown => !self.is_other_name(at),
            Owner::Several => self.is_in_list_of(at, "using"),
            Owner::Other => false,
            Owner::Open => self.is_free(at),
        }
    }

    /// Whether a word is no name that the text brings itself, and no name of something else in the definition.
    fn is_free(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let is_column = self.relations.iter().any(|it| {
            let mut columns = self.schema.columns_of(it).into_iter();
            columns.any(|column| Some(column.as_str()) == word)
        });
        (!is_column || self.is_executed) && self.is_not_brought(at, true)
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

    /// Whether the text reads events, of the log or of the view over it, or is given documents by a text that does.
    fn reads_log(&self) -> bool {
        let is_document = |it: &Argument| matches!(it.ty, DataType::Json | DataType::Jsonb);
        let folds = self
            .routine
            .filter(|it| it.arguments.iter().any(is_document));
        self.reads_events() || folds.is_some_and(|it| self.is_called_over_events(&it.name))
    }

    fn is_called_over_events(&self, routine: &QualifiedName) -> bool {
        let calls = |template: &Template| {
            let mut bindings = template.bindings.values();
            bindings.any(
                |it| matches!(it, Binding::Routine(name) if self.schema.same_name(name, routine)),
            )
        };
        let texts = Self::all(self.schema).into_iter().map(|(_, text)| text);
        texts
            .filter(|it| calls(it.template))
            .any(|it| it.reads_events())
    }

    fn reads_events(&self) -> bool {
        let log = self.schema.find_store_table(StoreTable::Log);
        self.relations_below().iter().any(|it| {
            log.is_some_and(|log| self.schema.same_name(&log.name, it)) || it.name == *EVENT_LOG
        })
    }

    /// The relations, and those that views among them read.
    fn relations_below(&self) -> Vec<&'a QualifiedName> {
        let mut all = self.relations.clone();
        let mut at = 0;
        while let Some(relation) = all.get(at) {
            let view = self.schema.find_view(relation).into_iter();
            for binding in view.flat_map(|it| it.body.bindings.values()) {
                if let Binding::Relation(name) = binding
                    && !all.contains(&name)
                {
                    all.push(name);
                }
            }
            at += 1;
        }
        all
    }

    /// Whether the text has to do with an enum type.
    fn has_type(&self, ty: &QualifiedName) -> bool {
        let is = |it: &DataType| self.schema.is_made_of(it, ty);
        let named = self
            .pieces
            .iter()
            .any(|(_, piece)| piece.is_word(ty.name.as_str()));
        let of_columns = || {
            self.relations_below().iter().any(|relation| {
                let columns = self.schema.columns_of(relation).into_iter();
                let mut types = columns.filter_map(|it| self.schema.column_type(relation, it));
                types.any(is)
            })
        };
        named || self.types.iter().any(|it| is(it)) || of_columns()
    }
}
