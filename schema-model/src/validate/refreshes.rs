//! What texts refresh: materialised views, and beside their readers only those with a unique index of all rows.

use super::code::Code;
use super::report::{Report, Site};
use super::text_columns::{Text, statements};
use crate::index::Index;
use crate::schema::Schema;
use crate::template::Template;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for (site, body) in statements(schema) {
        of_text(schema, body, &site, report);
    }
}

fn of_text(schema: &Schema, body: &Template, site: &Site, report: &mut Report) {
    let text = Text::of(schema, body);
    for (at, piece) in text.pieces.iter().enumerate() {
        let behind = |more: usize, word: &str| {
            let next = text.pieces.get(at + more);
            next.is_some_and(|it| it.is_keyword(word))
        };
        if !(piece.is_keyword("refresh") && behind(1, "materialized") && behind(2, "view")) {
            continue;
        }
        let beside = behind(3, "concurrently");
        let named = text.pieces.get(at + 3 + usize::from(beside));
        let Some(name) = named.and_then(|it| text.relation(it)) else {
            continue;
        };
        let view = schema.find_view(name);
        let view = view.filter(|it| it.materialized.is_some());
        let is_whole =
            |it: &Index| it.unique && it.predicate.is_none() && it.column_names().is_some();
        let (defect, remedy) = match view {
            None => ("is not a materialised view", "name one that is"),
            Some(view) if beside && !view.indexes().iter().any(is_whole) => (
                "has no unique index over plain columns of all its rows",
                "give it one, or leave CONCURRENTLY out",
            ),
            Some(_) => continue,
        };
        report.add(
            Code::SM161,
            site,
            format!("its text refreshes `{name}`, which {defect}"),
            remedy,
        );
    }
}
