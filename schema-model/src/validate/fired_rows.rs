//! `NEW` and `OLD` in the text of a trigger function: that each table that a statement runs for has the columns that it names. The
//! server looks for all names of an expression before it evaluates a part of it.

use super::code::Code;
use super::report::{Report, Site, list};
use super::text_columns::{SYSTEM, Text};
use crate::name::{Ident, QualifiedName};
use crate::pieces::Piece;
use crate::routine::{Language, Returns};
use crate::schema::Schema;

/// What a trigger function tells its tables apart by.
const ASKS_FOR_TABLE: [&str; 6] = [
    "tg_argv",
    "tg_name",
    "tg_relid",
    "tg_relname",
    "tg_table_name",
    "tg_table_schema",
];

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let text = Text::of(schema, &routine.body);
        if routine.language == Language::PlPgSql && routine.returns == Returns::Trigger {
            of_end(&text, &site, report);
        }
        let tables = schema.triggered_by(&routine.name);
        if !tables.is_empty() {
            of_rows(&text, &tables, &site, report);
        }
    }
}

/// A trigger function that only ends is refused when it does.
fn of_end(text: &Text<'_>, site: &Site, report: &mut Report) {
    let ends = |piece: &Piece<'_>| piece.is_keyword("return") || piece.is_keyword("raise");
    if !text.pieces.iter().any(ends) {
        report.add(
            Code::SM168,
            site,
            "its text never returns, and the server refuses a trigger function that ends without `RETURN`".to_owned(),
            "end it with `RETURN NEW` (`RETURN OLD` before a DELETE, `RETURN NULL` where the result is ignored, after the event)",
        );
    }
}

/// The tables that a place of the text runs for.
#[derive(Clone, PartialEq)]
enum For<'a> {
    /// Each of them.
    Each(Vec<&'a QualifiedName>),
    /// The text asks in a way that says no more.
    Any,
}

/// An `IF` or `CASE` of the text that has not ended yet.
struct Block<'a> {
    /// For which the block itself runs.
    around: For<'a>,
    /// For which no branch has run so far.
    left: For<'a>,
    /// For which the text goes on behind it.
    stays: For<'a>,
    /// Whether it is a `CASE` over the table's name.
    is_case: bool,
}

fn of_rows(text: &Text<'_>, tables: &[&QualifiedName], site: &Site, report: &mut Report) {
    let runs_for = runs_for(text, tables);
    let mut found: Vec<(&str, &str, Vec<&QualifiedName>, &For<'_>)> = Vec::new();
    for (at, of) in runs_for.iter().enumerate() {
        let Some((row, word)) = field_at(text, at) else {
            continue;
        };
        let lacks = |table: &&&QualifiedName| {
            let columns = text.schema.columns_of(table);
            !columns.is_empty() && !columns.iter().any(|it| **it == *word)
        };
        let lacking = match of {
            For::Each(tables) => tables.iter().filter(lacks).copied().collect(),
            For::Any if tables.iter().all(|it| lacks(&it)) => tables.to_vec(),
            For::Any => Vec::new(),
        };
        let is_known = |it: &(&str, &str, Vec<&QualifiedName>, &For<'_>)| {
            it.0 == row && it.1 == word && it.2 == lacking
        };
        if !lacking.is_empty() && !SYSTEM.contains(&word) && !found.iter().any(is_known) {
            found.push((row, word, lacking, of));
        }
    }
    for (row, word, lacking, of) in found {
        let names: Vec<String> = lacking.iter().map(ToString::to_string).collect();
        let columns = lacking.iter().flat_map(|it| text.schema.columns_of(it));
        let columns: Vec<&Ident> = columns.collect();
        let mut tables = tables.iter();
        let is_of_another = matches!(of, For::Each(_))
            && tables.any(|it| text.schema.columns_of(it).iter().any(|it| **it == *word));
        report.add(
            Code::SM134,
            site,
            format!(
                "the text names `{row}.{word}`, and `{}` has no such column",
                names.join("`, `")
            ),
            format!(
                "name a column that exists: {}{}",
                list(&columns),
                if is_of_another {
                    "; or put what is for another table alone into `IF tg_table_name = '...' THEN`"
                } else {
                    ""
                }
            ),
        );
    }
}

/// The row and the column that a place names: `new.a`.
fn field_at<'t>(text: &'t Text<'_>, at: usize) -> Option<(&'static str, &'t str)> {
    let [row, dot, word] = text.pieces.get(at..at + 3)? else {
        return None;
    };
    let is = |at: Option<usize>, symbol: &str| {
        at.and_then(|at| text.pieces.get(at))
            .is_some_and(|it| it.is_symbol(symbol))
    };
    let row = ["new", "old"].into_iter().find(|it| row.is_word(it))?;
    let is_alone = dot.is_symbol(".") && !is(at.checked_sub(1), ".") && !is(Some(at + 3), "(");
    word.as_word().filter(|_| is_alone).map(|word| (row, word))
}

/// For which tables each place of a text runs.
fn runs_for<'a>(text: &Text<'_>, tables: &[&'a QualifiedName]) -> Vec<For<'a>> {
    let pieces = &text.pieces;
    let mut now = For::Each(tables.to_vec());
    // Of them `IF` and statements with `CASE`; what else has an `END` is none.
    let mut blocks: Vec<Option<Block<'a>>> = Vec::new();
    let mut condition = None;
    let mut all = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &pieces[before]);
        let follows = |words: &[&str]| {
            before.is_some_and(|it| {
                words
                    .iter()
                    .any(|word| it.is_keyword(word) || it.is_symbol(word))
            })
        };
        let next = |words: &[&str]| {
            pieces
                .get(at + 1)
                .is_some_and(|it| words.iter().any(|word| it.is_keyword(word)))
        };
        all.push(now.clone());
        let Piece::Word(word) = piece else {
            continue;
        };
        let is_statement = follows(&[";", "begin", "then", "else", "loop", ">>"]);
        match (word.as_str(), blocks.last_mut()) {
            ("if" | "case", _) if is_statement => {
                blocks.push(Some(Block {
                    around: now.clone(),
                    left: now.clone(),
                    stays: now.clone(),
                    is_case: word == "case" && next(&["tg_table_name"]),
                }));
                condition = (word == "if").then_some(at + 1);
            }
            ("begin" | "case" | "loop", _) if !follows(&["end"]) => blocks.push(None),
            ("elsif" | "elseif" | "when", Some(Some(block))) => {
                now = block.left.clone();
                condition = Some(at + 1);
            }
            ("then", Some(Some(block))) => {
                if let Some(from) = condition.take() {
                    (now, block.left) = branches(text, &pieces[from..at], block);
                }
            }
            ("else", Some(Some(block))) => now = block.left.clone(),
            ("return" | "exit" | "continue", _) => {
                leave(&mut blocks, &now);
            }
            ("raise", _) if !next(&["debug", "log", "info", "notice", "warning"]) => {
                leave(&mut blocks, &now);
            }
            ("end", _) => {
                if let Some(Some(block)) = blocks.pop() {
                    now = block.stays;
                }
            }
            _ => {}
        }
    }
    all
}

/// Takes the tables that a branch runs for out of what goes on behind its block.
fn leave<'a>(blocks: &mut [Option<Block<'a>>], now: &For<'a>) {
    let Some(block) = blocks.iter_mut().rev().flatten().next() else {
        return;
    };
    if *now == block.around {
        return;
    }
    block.stays = match (&block.stays, now) {
        (For::Each(stay), For::Each(leave)) => {
            let stay = stay.iter().filter(|it| !leave.contains(it));
            For::Each(stay.copied().collect())
        }
        _ => For::Any,
    };
}

/// For which tables a branch with a condition runs, and for which those behind it.
fn branches<'a>(text: &Text<'_>, condition: &[Piece<'_>], block: &Block<'a>) -> (For<'a>, For<'a>) {
    let asks = |it: &Piece<'_>| ASKS_FOR_TABLE.iter().any(|word| it.is_word(word));
    let constants = match condition {
        constants if block.is_case => Some(constants),
        [name, sign, constant @ ..]
            if name.is_keyword("tg_table_name") && sign.is_symbol("=") && constant.len() == 1 =>
        {
            Some(constant)
        }
        [name, sign, open, constants @ .., close]
            if name.is_keyword("tg_table_name")
                && sign.is_keyword("in")
                && open.is_symbol("(")
                && close.is_symbol(")") =>
        {
            Some(constants)
        }
        _ => None,
    };
    let For::Each(tables) = &block.left else {
        return (For::Any, For::Any);
    };
    let Some(constants) = constants else {
        let is_open = condition.iter().any(asks) || is_asked_elsewhere(text);
        let runs_for = if is_open {
            For::Any
        } else {
            block.left.clone()
        };
        return (runs_for.clone(), runs_for);
    };
    let is_named = |table: &&QualifiedName| {
        let mut constants = constants.iter().filter_map(Piece::as_constant);
        constants.any(|it| table.name == *it)
    };
    let (these, others) = tables.iter().partition(|it| is_named(it));
    (For::Each(these), For::Each(others))
}

/// Whether the text keeps what it asks for a condition later.
fn is_asked_elsewhere(text: &Text<'_>) -> bool {
    let pairs = text.pieces.windows(2);
    pairs
        .into_iter()
        .any(|it| it[0].is_symbol(":=") && ASKS_FOR_TABLE.iter().any(|word| it[1].is_word(word)))
}
