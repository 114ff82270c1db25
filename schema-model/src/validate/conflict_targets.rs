//! What `ON CONFLICT` rests on: the server infers a key from the columns that it lists, and refuses the statement where the table
//! has none over them; in a routine at the first call.

use super::code::Code;
use super::report::{Report, Site, list};
use super::text_columns::{Text, statements};
use crate::constraint::{Constraint, ConstraintKind};
use crate::name::Ident;
use crate::pieces::Piece;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::Template;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for (site, body) in statements(schema) {
        of_text(schema, body, &site, report);
    }
}

fn of_text(schema: &Schema, body: &Template, site: &Site, report: &mut Report) {
    let text = Text::of(schema, body);
    let mut table = None;
    for (at, piece) in text.pieces.iter().enumerate() {
        if piece.is_keyword("insert") {
            table = text.pieces.get(at + 2).and_then(|it| text.relation(it));
        }
        let behind = text.pieces.get(at + 1);
        if !piece.is_keyword("on") || !behind.is_some_and(|it| it.is_keyword("conflict")) {
            continue;
        }
        // A view hands the target on to the table below, under the table's names; the event store's tables have a rule of their own.
        let written = table.and_then(|it| schema.written_table(it));
        let same_names =
            written.filter(|(_, names)| names.iter().all(|(own, below)| *below == Some(*own)));
        let table = same_names.and_then(|(name, _)| schema.find_table(name));
        let Some(table) = table.filter(|it| it.store_table.is_none()) else {
            continue;
        };
        if let Some(defect) = defect(table, &text.pieces[at + 2..]) {
            report.add(
                Code::SM139,
                site,
                format!("its ON CONFLICT names {defect}"),
                "name a key that the table has, or define one",
            );
        }
    }
}

/// What is wrong with what stands behind ON CONFLICT.
fn defect(table: &Table, target: &[Piece<'_>]) -> Option<String> {
    match target {
        [on, constraint, name, ..]
            if on.is_keyword("on") && constraint.is_keyword("constraint") =>
        {
            let name = name.as_word()?;
            let keys = || table.constraints.iter().filter(|it| is_arbiter(it));
            (!keys().any(|it| it.name == *name)).then(|| {
                let keys = list(keys().map(|it| &it.name));
                format!("`{name}`, and the keys of `{}` are: {keys}", table.name)
            })
        }
        [open, target @ ..] if open.is_symbol("(") => {
            let (columns, is_partial) = columns(target)?;
            let is_unique = table.has_key(&columns)
                || table
                    .unique_over(&columns)
                    .any(|index| is_partial || index.predicate.is_none());
            (!is_unique).then(|| {
                let columns = list(&columns);
                format!(
                    "{columns}, and `{}` has no key over just these columns",
                    table.name
                )
            })
        }
        _ => None,
    }
}

/// Whether rows can conflict on a constraint at once.
fn is_arbiter(constraint: &Constraint) -> bool {
    match &constraint.kind {
        ConstraintKind::Exclude(exclusion) => !exclusion.deferred,
        _ => constraint.has_index(),
    }
}

/// The columns of a target up to its closing bracket, and whether it says which rows it is about; nothing where it has
/// expressions.
fn columns(target: &[Piece<'_>]) -> Option<(Vec<Ident>, bool)> {
    let end = target.iter().position(|piece| piece.is_symbol(")"))?;
    let names = target[..end].split(|piece| piece.is_symbol(","));
    let names = names.map(|name| match name {
        [name] => name.as_column().map(Ident::unchecked),
        _ => None,
    });
    let is_partial = target.get(end + 1).is_some_and(|it| it.is_keyword("where"));
    Some((names.collect::<Option<_>>()?, is_partial))
}
