//! Queries whose columns are matched with those of another by their places: that they do not take them by `*` of a relation, which
//! fails once the relation gets another column.

use super::code::Code;
use super::query_rows::star_at;
use super::report::Report;
use super::text_columns::{Text, statements};
use crate::name::QualifiedName;
use crate::pieces::Piece;
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for (site, template) in statements(schema) {
        let text = Text::of(schema, template);
        let of = parts(&text);
        let found = of.iter().find_map(|part| {
            let arms = arms(&text, part);
            let has_star = arms.iter().any(|(star, read)| *star && !read.is_empty());
            let is_compared = part.first().is_some_and(|at| is_compared(&text, *at));
            let is_same = arms.iter().all(|arm| *arm == arms[0]);
            (has_star && (is_compared || !is_same)).then_some(if is_compared {
                "compares a value with"
            } else {
                "unites other rows with"
            })
        });
        if let Some(what) = found {
            report.add(
                Code::SM138,
                &site,
                format!("its text {what} `*` of a relation, and fails once the relation gets another column"),
                "name the columns, or write `{relation.*}`, which becomes their names",
            );
        }
    }
}

/// The places of each statement and of what is in each pair of brackets, without brackets inside of it.
fn parts(text: &Text<'_>) -> Vec<Vec<usize>> {
    let (mut done, mut open) = (Vec::new(), vec![Vec::new()]);
    for (at, piece) in text.pieces.iter().enumerate() {
        let ends = ["begin", "else", "loop", "then"];
        if piece.is_symbol("(") {
            open.push(Vec::new());
        } else if piece.is_symbol(")") && open.len() > 1 {
            done.extend(open.pop());
        } else if let Some(part) = open.last_mut() {
            if piece.is_symbol(";") || ends.iter().any(|word| piece.is_keyword(word)) {
                done.push(std::mem::take(part));
            } else {
                part.push(at);
            }
        }
    }
    done.extend(open);
    done
}

/// Of each query of those that a part unites: whether it has `*`, and the relations that it reads.
fn arms<'a>(text: &Text<'a>, part: &[usize]) -> Vec<(bool, Vec<&'a QualifiedName>)> {
    let unites = |at: &usize| {
        ["except", "intersect", "union"]
            .iter()
            .any(|word| text.pieces[*at].is_keyword(word))
    };
    let arms = part.split(unites).map(|arm| {
        let read = arm.iter().filter_map(|at| text.relation(&text.pieces[*at]));
        (arm.iter().any(|at| star_at(text, *at)), read.collect())
    });
    arms.collect()
}

/// Whether a query in brackets that begins at a place gives the values that one is compared with.
fn is_compared(text: &Text<'_>, at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).map(|at| &text.pieces[at]);
    let is = |piece: Option<&Piece<'_>>, words: &[&str]| {
        piece.is_some_and(|it| words.iter().any(|word| it.is_keyword(word)))
    };
    text.pieces[at].is_keyword("select")
        && before(1).is_some_and(|it| it.is_symbol("("))
        && is(before(2), &["all", "any", "in", "some"])
}
