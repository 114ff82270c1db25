//! Where the statements of a migration's text end, by psql's own rules, and which of them are queries whose results
//! are run (`\gexec`). Knows nothing of what statements do.

use eventcore_codegen::sql::lexer::{Token, TokenKind, tokens};
use thiserror::Error;

/// A statement, or a query whose results are statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its text, without the `;` or `\gexec` behind it and without comments before it.
    pub(crate) sql: String,
    /// Whether `\gexec` follows it.
    pub(crate) expand: bool,
    /// Its first line in the file, from 1.
    pub(crate) line: usize,
}

impl Part {
    /// Whether it sets nothing but the session, which is no work to report.
    pub(crate) fn only_sets(&self) -> bool {
        let word = first_words(&self.sql, 1);
        let word = word.first().map_or("", String::as_str);
        matches!(word, "set" | "reset") || self.sql.starts_with("SELECT pg_catalog.set_config(")
    }

    /// Whether it may change rows, and no more than the definition of an object that does.
    pub(crate) fn changes_rows(&self) -> bool {
        let first = first_words(&self.sql, 1);
        let makes = ["alter", "comment", "create", "drop", "grant", "revoke"];
        let makes = first.first().is_some_and(|it| makes.contains(&it.as_str()));
        let text = self.sql.to_ascii_lowercase();
        let words: Vec<&str> = text
            .split(|it: char| !it.is_ascii_alphanumeric() && it != '_')
            .filter(|it| !it.is_empty())
            .collect();
        let mut places = words.iter().enumerate();
        let updates = places.any(|(at, word)| {
            *word == "update" && words[at + 1..].iter().take(5).any(|it| *it == "set")
        });
        let verbs = [["insert", "into"], ["delete", "from"], ["merge", "into"]];
        let has = |verb: [&str; 2]| words.windows(2).any(|it| it == verb);
        !makes && (updates || verbs.into_iter().any(has))
    }
}

/// A text that cannot be cut into statements.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {defect}")]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub defect: String,
}

/// Cuts a text into its statements.
pub(crate) fn split(text: &str) -> Result<Vec<Part>, ScriptError> {
    let mut parts = Vec::new();
    let mut open: Option<Open> = None;
    // Counted on the way: from the start for each of many statements that takes seconds.
    let (mut behind, mut line_behind) = (0, 1);
    for token in tokens(text) {
        let (at, line) = (behind, line_behind);
        behind += token.text.len();
        line_behind += token.text.matches('\n').count();
        let error = |defect: String| ScriptError { line, defect };
        match token.kind {
            kind if kind.is_space() => {}
            TokenKind::Unclosed => {
                let start: String = token.text.chars().take(20).collect();
                return Err(error(format!("what opens with `{start}` is never closed")));
            }
            TokenKind::Command => {
                let command = token.text.trim_end();
                if command != r"\gexec" {
                    return Err(error(format!(
                        "`{command}` is a command of psql; of these only `\\gexec`, alone at the end of its line, \
                         has a meaning here"
                    )));
                }
                let Some(query) = open.take() else {
                    return Err(error(
                        "`\\gexec` stands behind no query; take away the `;` before it".to_owned(),
                    ));
                };
                parts.push(query.part(text, at, true));
            }
            _ if token.text == ";" && open.as_ref().is_none_or(Open::can_end) => {
                if let Some(statement) = open.take() {
                    parts.push(statement.part(text, at, false));
                }
            }
            _ => open.get_or_insert_with(|| Open::at(at, line)).take(token),
        }
    }
    if let Some(statement) = open {
        parts.push(statement.part(text, text.len(), false));
    }
    Ok(parts)
}

/// A statement whose end is not seen yet.
struct Open {
    start: usize,
    line: usize,
    /// Its first words, in lower case: they tell a function's definition, whose body may have statements in it.
    words: Vec<String>,
    parentheses: usize,
    blocks: usize,
}

impl Open {
    fn at(start: usize, line: usize) -> Self {
        Self {
            start,
            line,
            words: Vec::new(),
            parentheses: 0,
            blocks: 0,
        }
    }

    fn take(&mut self, token: Token<'_>) {
        match (token.kind, token.text) {
            (TokenKind::Symbol, "(") => self.parentheses += 1,
            (TokenKind::Symbol, ")") => self.parentheses = self.parentheses.saturating_sub(1),
            (TokenKind::Word, text) => {
                let word = text.to_ascii_lowercase();
                if self.words.len() < 4 {
                    self.words.push(word.clone());
                }
                // `BEGIN ATOMIC ... END`, and CASE in it, as psql counts them.
                if self.parentheses == 0 && self.is_routine() {
                    match word.as_str() {
                        "begin" => self.blocks += 1,
                        "case" if self.blocks > 0 => self.blocks += 1,
                        "end" => self.blocks = self.blocks.saturating_sub(1),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn is_routine(&self) -> bool {
        let words: Vec<_> = self.words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..]
                | ["create", "or", "replace", "function" | "procedure", ..]
        )
    }

    fn can_end(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn part(&self, text: &str, end: usize, expand: bool) -> Part {
        Part {
            sql: text[self.start..end].trim_end().to_owned(),
            expand,
            line: self.line,
        }
    }
}

/// The first words of a statement, in lower case, up to `count`.
pub(crate) fn first_words(sql: &str, count: usize) -> Vec<String> {
    tokens(sql)
        .filter(|token| !token.kind.is_space())
        .take_while(|token| token.kind == TokenKind::Word)
        .take(count)
        .map(|token| token.text.to_ascii_lowercase())
        .collect()
}

/// All words of a statement, in lower case, without what is quoted.
pub(crate) fn all_words(sql: &str) -> Vec<String> {
    let words = tokens(sql).filter(|token| token.kind == TokenKind::Word);
    words.map(|token| token.text.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Part, split};

    #[test]
    fn what_changes_rows_is_told_from_what_makes_something_that_does() {
        for (sql, expected) in [
            ("UPDATE t SET n = 1", true),
            ("UPDATE outbox AS o SET n = o.n + 1", true),
            (
                "SELECT format('CREATE TRIGGER a BEFORE UPDATE ON %s', c) FROM t AS c",
                false,
            ),
            ("WITH a AS (SELECT 1) INSERT\n INTO t (n) SELECT 1", true),
            ("SELECT format('DELETE FROM %s', c) FROM t AS c", true),
            (
                "CREATE TRIGGER a BEFORE UPDATE ON t EXECUTE FUNCTION f()",
                false,
            ),
            ("GRANT UPDATE ON t TO r", false),
            ("SELECT pg_catalog.set_config('a', 'b', false)", false),
        ] {
            let part = Part {
                sql: sql.to_owned(),
                expand: false,
                line: 1,
            };
            assert_eq!(part.changes_rows(), expected, "{sql}");
        }
    }

    /// Each part is its line, `>` for an expansion, and its text.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = match split(text) {
            Ok(parts) => parts
                .iter()
                .map(|part| {
                    let mark = if part.expand { ">" } else { "" };
                    format!("{}{mark} {}", part.line, part.sql)
                })
                .collect(),
            Err(error) => vec![error.to_string()],
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_statement_ends_where_psql_ends_it() {
        check("", &[]);
        check(" ;; -- a;\n/* ; */", &[]);
        check("SELECT 1;\n-- b\nSELECT 2", &["1 SELECT 1", "3 SELECT 2"]);
        for one in [
            "SELECT ';', 'it''s ;', E'\\';', \";\"\";\", $$;$$, $t$;$$;$t$, a$b$ /* ; /* ; */ ; */",
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
            "create or replace procedure p() begin atomic select 1; end",
            "SELECT 'é;' AS größe",
        ] {
            check(
                &format!("{one};\nSELECT 1;"),
                &[&format!("1 {one}"), "2 SELECT 1"],
            );
        }
        check("BEGIN; END;", &["1 BEGIN", "1 END"]);
    }

    #[test]
    fn a_query_whose_results_are_run() {
        check(
            "A;\nSELECT 1\n\\gexec\nB;\nSELECT '\\gexec' \\gexec",
            &["1 A", "2> SELECT 1", "4 B", "5> SELECT '\\gexec'"],
        );
        check(
            "SELECT 1;\n\\gexec\n",
            &["line 2: `\\gexec` stands behind no query; take away the `;` before it"],
        );
        check(
            "SELECT 1\n\\gset\n",
            &[
                "line 2: `\\gset` is a command of psql; of these only `\\gexec`, alone at the end of its line, has a \
                 meaning here",
            ],
        );
        check(
            "A;\nSELECT 'x;\n",
            &["line 2: what opens with `'x;\n` is never closed"],
        );
    }
}
