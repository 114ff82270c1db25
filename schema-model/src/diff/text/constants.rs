//! Constants of a text that are names, statements or labels.

use super::{Gone, Text};
use crate::pieces::Piece;
use crate::template::Template;

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

/// Beginnings of the names of functions that take such names.
const TAKES_NAMES_PREFIXES: &[&str] = &[
    "has_",
    "pg_get_",
    "pg_indexes_size",
    "pg_relation_",
    "pg_table_size",
    "pg_total_relation_size",
];

/// The first words of statements.
const STATEMENTS: &[&str] = &[
    "alter", "analyze", "call", "cluster", "comment", "copy", "create", "delete", "do", "drop",
    "explain", "grant", "insert", "lock", "merge", "refresh", "reindex", "revoke", "security",
    "select", "set", "table", "truncate", "update", "vacuum", "values", "with",
];

/// Words that begin a part of a statement, and that messages rarely have.
const CLAUSES: &[&str] = &[
    "where",
    "having",
    "returning",
    "join",
    "order",
    "set",
    "and",
];

impl Text<'_> {
    /// Whether a constant is a name, in a text that takes constants as such: `nextval('x')`, `to_jsonb(t) ->> 'x'`,
    /// `format('%I', 'x')`.
    pub(super) fn is_name(&self, at: usize, name: &str) -> bool {
        let is = |value: String| {
            let last = value.rsplit('.').next().unwrap_or_default();
            last.trim_matches('"') == name
        };
        let takes_names = |it: &Piece<'_>| {
            it.as_word().is_some_and(|word| {
                TAKES_NAMES.contains(&word)
                    || TAKES_NAMES_PREFIXES
                        .iter()
                        .any(|start| word.starts_with(start))
            })
        };
        let value = self.pieces[at].1.as_constant();
        value.is_some_and(is)
            && self.pieces.iter().any(|(_, it)| takes_names(it))
            && !self.is_key(at)
            && !self.is_of_document(at)
    }

    /// Whether a constant is a member of a document that is stored or an argument, and so was not made from a row here.
    fn is_of_document(&self, at: usize) -> bool {
        let takes = |at: usize| {
            let signs = ["->", "->>", "#>", "#>>", "?", "-"];
            self.piece(at)
                .is_some_and(|it| signs.iter().any(|sign| it.is_symbol(sign)))
        };
        let mut of = at;
        // `doc -> 'a' ->> 'b'`
        while of > 1 && takes(of - 1) {
            of -= 2;
        }
        let Some(word) = self.piece(of).filter(|_| of < at) else {
            return false;
        };
        let is_argument = |name: &str| {
            let mut arguments = self.routine.iter().flat_map(|it| &it.arguments);
            arguments.any(|it| it.name == *name)
        };
        match (word, word.as_word()) {
            (Piece::Placeholder { column, .. }, _) => column.is_some(),
            (_, Some(_)) if self.follows(of, ".") => {
                self.qualifier(of).is_some_and(|it| self.has_column(it, of))
            }
            (_, Some(name)) => {
                let visible = self
                    .levels
                    .outwards(of)
                    .flat_map(|level| self.read_by(level, of));
                is_argument(name) || { visible }.any(|it| self.has_column(it, of))
            }
            _ => false,
        }
    }

    /// Whether a constant is a key of a document that the text builds, `jsonb_build_object('a', t.b)`, or the name of a channel.
    pub(super) fn is_key(&self, at: usize) -> bool {
        let open = self.bracket_around(at);
        let function = open.and_then(|open| open.checked_sub(1));
        let function = function.and_then(|at| self.pieces[at].1.as_word());
        let next = self.pieces.get(at + 1);
        function.is_some_and(|it| it.ends_with("build_object") || it == "pg_notify")
            && next.is_some_and(|(_, it)| it.is_symbol(","))
    }

    /// Whether a piece is the name of a member of a payload: a constant, part of a JSON path or of JSON, or a column of a record that is
    /// made from JSON.
    pub(super) fn is_member(&self, at: usize, name: &str) -> bool {
        let piece = &self.pieces[at].1;
        let value = piece.as_constant();
        let is_json = |it: &String| {
            let path = it.trim_start().trim_start_matches("strict ");
            let path = path.trim_start_matches("lax ");
            path.starts_with(['$', '{', '['])
        };
        let makes_record = |it: &Piece<'_>| {
            it.as_word()
                .is_some_and(|it| it.contains("to_record") || it.contains("populate_record"))
        };
        is_constant(piece, name) && !self.is_key(at) && !self.is_of_metadata(at)
            || value.filter(is_json).is_some_and(|it| has_token(&it, name))
            || piece.is_word(name) && self.pieces.iter().any(|(_, it)| makes_record(it))
    }

    /// Whether a constant is a member of an event's metadata: `e.metadata ->> 'a'`.
    fn is_of_metadata(&self, at: usize) -> bool {
        let of = at.checked_sub(2).and_then(|of| self.piece(of));
        let takes = at.checked_sub(1).and_then(|at| self.piece(at));
        of.is_some_and(|it| it.is_word("metadata"))
            && takes.is_some_and(|it| ["->", "->>", "?"].iter().any(|symbol| it.is_symbol(symbol)))
    }

    /// Whether a constant is a statement that the text executes, and that means by a piece what is gone.
    pub(super) fn executes(&self, at: usize, gone: &Gone<'_>) -> bool {
        let mut pieces = self.pieces.iter();
        let is_dynamic = pieces.any(|(_, it)| it.is_word("execute")) || self.is_block();
        let piece = &self.pieces[at].1;
        let statement = if piece.is_keyword("execute") {
            Some(self.put_together(at))
        } else {
            piece.as_constant()
        };
        let Some(statement) = statement.filter(|_| is_dynamic) else {
            return false;
        };
        let template = Template::verbatim(&statement);
        let mut text = Text::of(self.schema, &template, self.relations.clone());
        text.types.clone_from(&self.types);
        text.is_executed = true;
        let is_statement = text.pieces.first().is_some_and(|(_, first)| {
            self.is_block()
                || first.is_symbol("(")
                || STATEMENTS.iter().any(|verb| first.is_word(verb))
        });
        // Of a statement that is put together.
        let mut clauses = text.pieces.iter();
        let is_statement =
            is_statement || clauses.any(|(_, it)| CLAUSES.iter().any(|word| it.is_keyword(word)));
        is_statement
            && (0..text.pieces.len()).any(|at| text.means(at, gone) || text.executes(at, gone))
    }

    /// The statement that is executed at a place, of its constants alone.
    fn put_together(&self, execute: usize) -> String {
        let behind = self.pieces[execute + 1..].iter().map(|(_, piece)| piece);
        let ends = |it: &&Piece<'_>| {
            it.is_symbol(";")
                || ["into", "using", "loop"]
                    .iter()
                    .any(|word| it.is_keyword(word))
        };
        let parts = behind.take_while(|it| !ends(it));
        parts.filter_map(Piece::as_constant).collect()
    }

    /// Whether it is a block that is executed at once.
    pub(super) fn is_block(&self) -> bool {
        let first = self.pieces.first();
        first.is_some_and(|(_, first)| first.is_keyword("do"))
    }
}

/// Whether a constant is a text, or an array or row of texts with it.
pub(super) fn is_constant(piece: &Piece<'_>, text: &str) -> bool {
    piece.as_constant().is_some_and(|value| {
        let inside = |(open, close)| {
            value
                .strip_prefix(open)
                .and_then(|it| it.strip_suffix(close))
        };
        let elements = [('{', '}'), ('(', ')')].into_iter().find_map(inside);
        let mut elements = elements.into_iter().flat_map(|it| it.split(','));
        value == text || elements.any(|it| it.trim().trim_matches('"') == text)
    })
}

/// Whether a constant is a label, or a list, a pattern or a document with it.
pub(super) fn has_label(piece: &Piece<'_>, name: &str) -> bool {
    is_constant(piece, name)
        || piece.as_constant().is_some_and(|it| {
            let is_document = it.starts_with(['{', '[']) && it.contains(':');
            let is_list = it.contains(['|', ',', '%', '^', '$']) && !it.contains(' ');
            is_document && it.contains(&format!("\"{name}\"")) || is_list && has_token(&it, name)
        })
}

/// Whether a constant is the name of an event type, or a pattern that is made for it.
pub(super) fn has_event_type(piece: &Piece<'_>, name: &str) -> bool {
    is_constant(piece, name) || {
        let value = piece.as_constant();
        let is_pattern = |it: &String| it.contains(['%', '^', '$', '|', '*']) && !it.contains(' ');
        value
            .filter(is_pattern)
            .is_some_and(|it| has_token(&it.replace('\\', ""), name))
    }
}

/// Whether a constant has a name as a word: a text that is executed perhaps.
pub(super) fn has_word(piece: &Piece<'_>, name: &str) -> bool {
    piece.as_constant().is_some_and(|it| has_token(&it, name))
}

/// Whether a text has a name that is no part of a longer one.
fn has_token(text: &str, name: &str) -> bool {
    let is_part = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        let mut after = behind.chars();
        let next = after.next();
        let goes_on = is_part(next) || next == Some('.') && is_part(after.next());
        !is_part(before.chars().next_back()) && !goes_on
    })
}
