//! Columns that a text names through an alias of a relation that it binds: that they exist. What a text may also mean otherwise is
//! left to a server.

use super::code::Code;
use super::report::{Report, Site, list};
use crate::name::{Ident, QualifiedName};
use crate::pieces::{Piece, pieces};
use crate::schema::Schema;
use crate::template::{Binding, Template};

/// What every table has.
pub(super) const SYSTEM: [&str; 6] = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

/// Words that follow a relation and are no alias of it.
const NO_ALIAS: &[&str] = &[
    "as",
    "cross",
    "default",
    "except",
    "fetch",
    "for",
    "from",
    "full",
    "group",
    "having",
    "inner",
    "intersect",
    "into",
    "join",
    "lateral",
    "left",
    "limit",
    "loop",
    "natural",
    "offset",
    "on",
    "order",
    "overriding",
    "returning",
    "right",
    "select",
    "set",
    "tablesample",
    "then",
    "union",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
];

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        Text::of(schema, &view.body).check(report, &site);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        Text::of(schema, &routine.body).check(report, &site);
    }
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        Text::of(schema, &query.body).check(report, &site);
    }
}

/// The texts that run as statements: bodies of routines, then queries.
pub(super) fn statements(schema: &Schema) -> impl Iterator<Item = (Site, &Template)> {
    let routines = schema.routines.iter();
    let routines = routines.map(|it| (Site::new("routine", &it.name, it.place), &it.body));
    let queries = schema.queries.iter();
    let queries = queries.map(|it| (Site::new("query", &it.name, it.place), &it.body));
    routines.chain(queries)
}

pub(super) struct Text<'a> {
    pub(super) schema: &'a Schema,
    pub(super) template: &'a Template,
    pub(super) pieces: Vec<Piece<'a>>,
}

impl<'a> Text<'a> {
    pub(super) fn of(schema: &'a Schema, template: &'a Template) -> Self {
        let pieces = pieces(template);
        Self {
            schema,
            template,
            pieces,
        }
    }

    /// The relation that a placeholder stands for.
    pub(super) fn relation(&self, piece: &Piece<'_>) -> Option<&'a QualifiedName> {
        let Piece::Placeholder { key, column: None } = piece else {
            return None;
        };
        self.template.relation_of(key)
    }

    /// The relations' aliases: a word behind a relation, which the text uses for nothing else.
    pub(super) fn aliases(&self) -> Vec<(&str, &'a QualifiedName)> {
        let mut found = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            let Some(relation) = self.relation(piece) else {
                continue;
            };
            let is_as = |it: &Piece<'_>| it.is_word("as");
            let at = at + 1 + usize::from(self.pieces.get(at + 1).is_some_and(is_as));
            let Some(piece) = self.pieces.get(at) else {
                continue;
            };
            // `AS t (a, b)`, but for `INSERT INTO t AS t (a, b)`, gives the columns other names.
            let is_into = self.pieces[..at]
                .iter()
                .rev()
                .take(3)
                .any(|it| it.is_keyword("into"));
            let has_names = self.pieces.get(at + 1).is_some_and(|it| it.is_symbol("("));
            if let Some(alias) = piece.as_word()
                && (is_into || !has_names)
                && !NO_ALIAS.iter().any(|word| piece.is_keyword(word))
            {
                found.push((at, alias, relation));
            }
        }
        let names = found.iter().filter(|(_, alias, relation)| {
            self.pieces.iter().enumerate().all(|(at, piece)| {
                let is_alias = found
                    .iter()
                    .any(|(own, _, other)| *own == at && self.schema.same_name(other, relation));
                is_alias || !piece.is_word(alias) || self.is_dotted(at)
            })
        });
        names
            .map(|(_, alias, relation)| (*alias, *relation))
            .collect()
    }

    /// Whether the word at a place qualifies what follows, or is qualified itself.
    fn is_dotted(&self, at: usize) -> bool {
        let dot = |it: Option<&Piece<'_>>| it.is_some_and(|it| it.is_symbol("."));
        dot(self.pieces.get(at + 1)) || dot(at.checked_sub(1).and_then(|at| self.pieces.get(at)))
    }

    /// The words behind `name.`, which itself is qualified by nothing.
    fn qualified_by<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.pieces
            .windows(3)
            .enumerate()
            .filter_map(move |(at, pieces)| {
                let [qualifier, dot, word] = pieces else {
                    return None;
                };
                let word = word.as_word()?;
                let before = at.checked_sub(1).map(|at| &self.pieces[at]);
                let stands_alone = !before.is_some_and(|before| before.is_symbol("."));
                let is_call = self
                    .pieces
                    .get(at + 3)
                    .is_some_and(|next| next.is_symbol("("));
                (qualifier.is_word(name) && dot.is_symbol(".") && stands_alone && !is_call)
                    .then_some(word)
            })
    }

    fn check(&self, report: &mut Report, site: &Site) {
        for word in self.template.mentions.keys() {
            let constant = format!("{}'", word.replace('\'', "''"));
            let has = |it: &Piece<'_>| match it {
                Piece::Symbol(text) => text.ends_with(&constant),
                Piece::Placeholder { key, .. } => {
                    matches!(self.template.bindings.get(*key), Some(Binding::Routine(name)) if name.name == **word)
                }
                it => it.is_word(word),
            };
            if !self.pieces.iter().any(has) {
                report.add(
                    Code::SM136,
                    site,
                    format!("`.mentions({word:?}, ...)` names a word that the text does not have"),
                    "correct the word, or remove `.mentions(...)`",
                );
            }
        }
        let mut aliases = self.aliases();
        aliases.sort_unstable();
        aliases.dedup();
        for (alias, relation) in aliases {
            self.check_columns(report, site, alias, &[relation]);
        }
    }

    fn check_columns(&self, report: &mut Report, site: &Site, name: &str, of: &[&QualifiedName]) {
        let columns = of.iter().map(|relation| self.schema.columns_of(relation));
        let columns: Vec<&Ident> = columns.flatten().collect();
        if columns.is_empty() {
            return;
        }
        let mut words: Vec<&str> = self.qualified_by(name).collect();
        words.sort_unstable();
        words.dedup();
        for word in words {
            if SYSTEM.contains(&word) || columns.iter().any(|column| **column == *word) {
                continue;
            }
            let relations: Vec<String> = of.iter().map(ToString::to_string).collect();
            report.add(
                Code::SM134,
                site,
                format!(
                    "the text names `{name}.{word}`, and `{}` has no such column",
                    relations.join("`, `")
                ),
                format!("name a column that exists: {}", list(&columns)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Text;
    use crate::prelude::*;
    use crate::template::Template;
    use crate::validate::report::{Report, Site};

    fn found(text: &str) -> usize {
        let table = |name: &str, column: &str| {
            Table::new(name)
                .column(Column::new("id", DataType::BigInt))
                .column(Column::new(column, DataType::Text))
        };
        let schema = Schema::new("shop")
            .table(table("orders", "note"))
            .table(table("lines", "product"));
        let template = Template::new(text)
            .relation("orders", "orders")
            .relation("lines", "lines");
        let mut report = Report::default();
        let site = Site::new("query", "some", crate::place::Place::default());
        Text::of(&schema, &template).check(&mut report, &site);
        report.into_violations().len()
    }

    #[test]
    fn only_what_cannot_mean_anything_else_is_found() {
        for (text, expected) in [
            ("SELECT o.note FROM {orders} AS o", 0),
            ("SELECT o.remark FROM {orders} AS o", 1),
            (
                "SELECT o.remark, l.note FROM {orders} o JOIN {lines} l ON l.id = o.id",
                2,
            ),
            ("SELECT o.ctid, o.xmin, o.* FROM {orders} AS o", 0),
            ("SELECT o.remark() FROM {orders} AS o", 0),
            (
                "SELECT 'o.remark' /* o.remark */ FROM {orders} AS o -- o.remark",
                0,
            ),
            // The same alias for another relation, a query, a result, a whole row.
            (
                "SELECT o.product FROM {orders} AS o UNION SELECT o.product FROM {lines} AS o",
                0,
            ),
            (
                "WITH o AS (SELECT 1 AS x) SELECT o.x FROM {orders} AS p, o",
                0,
            ),
            (
                "SELECT o.x FROM {orders} AS p, LATERAL (SELECT 1 AS x) AS o",
                0,
            ),
            ("SELECT o.x FROM {orders} AS o, (SELECT 1 AS x) o", 0),
            ("SELECT to_jsonb(o), o.x FROM {orders} AS o", 0),
            ("SELECT a.o.x FROM {orders} AS o", 0),
            (
                "DECLARE r record; BEGIN FOR r IN SELECT * FROM {orders} LOOP PERFORM r.x; END LOOP; END",
                0,
            ),
            ("DECLARE v {orders}; BEGIN v.x := 1; END", 0),
            (
                "INSERT INTO {orders} AS o (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = o.idd + excluded.idd",
                1,
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
