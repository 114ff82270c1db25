//! `migrations.sum`: the checksums of a store's migrations, chained, so that a changed, removed or inserted
//! migration shows in every later line, and two branches that add one conflict in git. The only place that writes or
//! reads that file; what its lines mean for the migrations on disk is not known here.

use thiserror::Error;

use super::header::is_ours;
use super::state::unix_text;
use super::{OutputFile, Syntax, WriteOrder, sha256_hex};
use crate::sql::lexer::{TokenKind, tokens};

/// The format that this version writes and reads; its number stands in the file.
const FORMAT: u32 = 2;

/// What a file of that format begins with, below its header.
const FORMAT_LINE: &str = "# format ";

/// The first line of a migration that cannot run in a transaction: a comment that is not only one.
const NO_TRANSACTION: &str = "-- no-transaction";

/// What is recorded of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SumLine {
    /// The file's name.
    pub(crate) name: String,
    /// The SHA-256 of its bytes.
    pub(crate) bytes: String,
    /// The SHA-256 of its tokens: the same when only comments, white space or line ends differ.
    pub(crate) tokens: String,
}

/// Why a `migrations.sum` cannot be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum SumDefect {
    /// Another version wrote it.
    #[error("it has format {found}, and this version of EventCore Schema reads format {FORMAT}")]
    Format { found: String },
    /// A line that is none.
    #[error("line {number} is not `file bytes tokens chain`")]
    Line { number: usize },
    /// A line that does not continue the one before it.
    #[error(
        "the line of `{name}` does not continue the chain: it, or one before it, was edited, removed or inserted"
    )]
    Chain { name: String },
    /// Its header says so.
    #[error("it was edited by hand")]
    Edited,
}

impl SumLine {
    /// The line of a file.
    pub(crate) fn of(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: sha256_hex(bytes),
            tokens: tokens_hash(&unix_text(bytes)),
        }
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.name, self.bytes, self.tokens)
    }

    /// The SHA-256 of the chain so far, if there is one, and this line.
    fn continues(&self, chain: &str) -> String {
        let separator = if chain.is_empty() { "" } else { " " };
        sha256_hex(format!("{chain}{separator}{}", self.text()))
    }
}

/// The chained checksum over all lines; empty where there is none.
pub(crate) fn chain(lines: &[SumLine]) -> String {
    lines
        .iter()
        .fold(String::new(), |chain, line| line.continues(&chain))
}

/// The file of this path over these lines.
///
/// A line holds the file's name, the SHA-256 of its bytes, the SHA-256 of its tokens, and the SHA-256 of the previous
/// line's last word (nothing for the first line) followed by this line's first three words, single spaces between them.
pub(crate) fn migrations_sum(path: String, source: &str, lines: &[SumLine]) -> OutputFile {
    let mut body = format!(
        "{FORMAT_LINE}{FORMAT}\n# file, SHA-256 of its bytes, SHA-256 of its tokens, chained SHA-256\n"
    );
    let mut chain = String::new();
    for line in lines {
        chain = line.continues(&chain);
        body.push_str(&line.text());
        body.push(' ');
        body.push_str(&chain);
        body.push('\n');
    }
    OutputFile::lockstep(path, Syntax::Hash, source, body).written(WriteOrder::Sum)
}

/// The lines of a file's text.
///
/// # Errors
/// When it is not as it was written.
pub(crate) fn parse(text: &str) -> Result<Vec<SumLine>, SumDefect> {
    let text = unix_text(text.as_bytes());
    let stated = text.lines().find_map(|line| line.strip_prefix(FORMAT_LINE));
    if let Some(found) = stated
        && found.parse() != Ok(FORMAT)
    {
        let found = found.to_owned();
        return Err(SumDefect::Format { found });
    }
    let mut lines = Vec::new();
    let mut chain = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words: Vec<_> = line.split(' ').collect();
        let [name, bytes, tokens, linked] = words[..] else {
            return Err(SumDefect::Line { number });
        };
        let line = SumLine {
            name: name.to_owned(),
            bytes: bytes.to_owned(),
            tokens: tokens.to_owned(),
        };
        chain = line.continues(&chain);
        if chain != linked {
            let name = line.name;
            return Err(SumDefect::Chain { name });
        }
        lines.push(line);
    }
    if !is_ours(&text) {
        return Err(SumDefect::Edited);
    }
    Ok(lines)
}

/// Over the tokens with a separator that no text holds; what stands at once behind a word, as in `b'01'`, is one with
/// it.
pub fn tokens_hash(sql: &str) -> String {
    let mut seen = String::with_capacity(sql.len());
    if sql.lines().next() == Some(NO_TRANSACTION) {
        seen.push_str(NO_TRANSACTION);
    }
    let mut glued = false;
    for token in tokens(sql) {
        if token.kind.is_space() {
            glued = false;
            continue;
        }
        if !(glued && token.text.starts_with(['\'', '"'])) {
            seen.push('\0');
        }
        seen.push_str(token.text.trim_end());
        glued = token.kind == TokenKind::Word || token.text.ends_with('&');
    }
    sha256_hex(seen)
}

/// The slug of the migration of a number, as the text of a `migrations.sum` has it.
pub(crate) fn recorded_slug(sum: &str, version: u32) -> Option<&str> {
    sum.lines().find_map(|line| {
        let (name, _) = line.split_once(".sql ")?;
        let (number, slug) = name.split_once('_')?;
        let known = number.parse() == Ok(version);
        (known && is_slug(slug)).then_some(slug)
    })
}

/// Whether these words can stand in a migration's file name: 1 to 60 of `a-z`, `0-9` and `_`, so that number and
/// ending have room in any file system.
pub fn is_slug(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::{SumDefect, SumLine, chain, migrations_sum, parse, recorded_slug};

    #[test]
    fn a_recorded_slug_is_found_by_number() {
        let sum = "# format 1\n001_create_orders.sql 1a 2b\n006_add_tenant.sql 3c 4d\n007_../x.sql 5e 6f\n";
        assert_eq!(recorded_slug(sum, 6), Some("add_tenant"));
        assert_eq!(recorded_slug(sum, 7), None, "no words of a file name");
        assert_eq!(recorded_slug(sum, 8), None);
        assert_eq!(recorded_slug("", 1), None);
    }

    fn lines(migrations: &[(&str, &str)]) -> Vec<SumLine> {
        let lines = migrations.iter();
        lines
            .map(|(name, text)| SumLine::of(name, text.as_bytes()))
            .collect()
    }

    fn text(lines: &[SumLine]) -> String {
        migrations_sum("x".to_owned(), "schema `shop`", lines).contents
    }

    #[test]
    fn a_change_shows_in_every_later_line_and_no_earlier() {
        let listed = |second| {
            let lines = lines(&[
                ("001_a.sql", "1"),
                ("002_b.sql", second),
                ("003_c.sql", "3"),
            ]);
            let text = text(&lines);
            let found = text.lines().filter(|line| line.contains(".sql "));
            found.map(str::to_owned).collect::<Vec<_>>()
        };
        let (before, after) = (listed("2"), listed("x"));
        assert_eq!(before.len(), 3);
        assert_eq!(before[0], after[0]);
        assert_ne!(before[1], after[1]);
        assert_ne!(before[2], after[2]);
        assert_eq!(before[2].split(' ').nth(1), after[2].split(' ').nth(1));
    }

    #[test]
    fn what_is_written_is_read_and_an_edit_is_told() {
        let lines = lines(&[("001_a.sql", "1"), ("002_b.sql", "2"), ("003_c.sql", "3")]);
        let text = text(&lines);
        assert_eq!(parse(&text), Ok(lines.clone()));
        assert_eq!(parse(&text.replace('\n', "\r\n")), Ok(lines.clone()));
        assert!(text.contains(&chain(&lines)), "the chain is the last word");
        let broken = |name: &str| SumDefect::Chain {
            name: name.to_owned(),
        };
        let without = |name: &str| -> String {
            let kept = text.split_inclusive('\n');
            kept.filter(|line| !line.contains(name)).collect()
        };
        for (edited, defect) in [
            (text.replace("001_a", "001_b"), broken("001_b.sql")),
            (without("002_b"), broken("003_c.sql")),
            (without("003_c"), SumDefect::Edited),
            (text.replace("# file", "# files"), SumDefect::Edited),
            (format!("{text}x\n"), SumDefect::Line { number: 9 }),
            (
                text.replace("format 2", "format 9"),
                SumDefect::Format {
                    found: "9".to_owned(),
                },
            ),
        ] {
            assert_eq!(parse(&edited), Err(defect), "{edited}");
        }
    }

    #[test]
    fn the_hash_of_the_tokens_tells_a_changed_statement_from_a_changed_comment() {
        let hash = |text: &str| SumLine::of("x", text.as_bytes()).tokens;
        let plain = hash("SELECT a, 'b  c' FROM $$ x\ny $$ WHERE a<=1;\n");
        for same in [
            "SELECT a,'b  c'FROM $$ x\ny $$ WHERE a <= 1 ;",
            "-- new\nSELECT a, /* /* */ */ 'b  c'\r\nFROM $$ x\r\ny $$\tWHERE a<=1;",
        ] {
            assert_eq!(hash(same), plain, "{same}");
        }
        for other in [
            "SELECT a, 'b c' FROM $$ x\ny $$ WHERE a<=1;",
            "SELECT a, 'b  c' FROM $$ x y $$ WHERE a<=1;",
            "SELECT a, 'b  c' FROM $$ x\ny $$ WHERE a< =1;",
            "SELECT a, 'b  c' FROM $$ x\ny $$ WHERE a<=1",
            "SELECT a, 'b  c' FROM $$ x\ny $$ -- WHERE a<=1;",
            "-- no-transaction\nSELECT a, 'b  c' FROM $$ x\ny $$ WHERE a<=1;\n",
        ] {
            assert_ne!(hash(other), plain, "{other}");
        }
        assert_ne!(hash("SELECT b'01'"), hash("SELECT b '01'"));
        assert_eq!(
            hash("SELECT '1' \\gexec \nx"),
            hash("SELECT '1'\n\\gexec\n x")
        );
    }
}
