//! Text that stays what it is inside Markdown, tables included. Knows nothing of schemas.

use std::fmt::Write as _;

/// Text in code type, anywhere but in a table.
pub(super) fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = text
        .split(|symbol| symbol != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A space at both ends is dropped by the reader, and keeps a backtick off the fence.
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text in code type, in a table's cell.
pub(super) fn cell_code(text: &str) -> String {
    if !text.contains(['|', '\n', '\r', '`']) {
        return code(text);
    }
    // A backslash before a pipe means different things to different readers; a character reference does not.
    let mut html = String::from("<code>");
    for symbol in text.replace("\r\n", "\n").chars() {
        match symbol {
            '\n' | '\r' => html.push_str("<br>"),
            symbol if symbol.is_ascii_punctuation() => {
                // Writing to a string cannot fail.
                let _ = write!(html, "&#{};", u32::from(symbol));
            }
            symbol => html.push(symbol),
        }
    }
    html + "</code>"
}

/// A sentence or more, anywhere but in a table: line ends are kept as they are.
pub(super) fn prose(text: &str) -> String {
    let text = escape(text.trim(), ToOwned::to_owned);
    let lines = text.lines().map(|line| {
        let begins_a_block = line.trim_start().starts_with(['#', '>', '|', '=']);
        let guard = if begins_a_block { "\\" } else { "" };
        format!("{guard}{}", line.trim_start())
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A sentence or more, in a table's cell.
pub(super) fn cell_prose(text: &str) -> String {
    let text = text.trim().replace("\r\n", "\n");
    escape(&text, |inner| cell_code(inner.trim_matches('`')))
        .replace('|', "&#124;")
        .replace('\n', "<br>")
}

/// Escapes what Markdown would take for markup, but for code between single backticks, which an author means.
fn escape(text: &str, code: impl Fn(&str) -> String) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let balanced = parts.len() % 2 == 1;
    let mut out = String::new();
    for (position, part) in parts.iter().enumerate() {
        if balanced && position % 2 == 1 && !part.is_empty() {
            out.push_str(&code(&format!("`{part}`")));
            continue;
        }
        if position > 0 && (!balanced || position % 2 == 1) {
            out.push_str("\\`");
        }
        for symbol in part.chars() {
            match symbol {
                '<' => out.push_str("&lt;"),
                '\\' | '*' | '[' | ']' => {
                    out.push('\\');
                    out.push(symbol);
                }
                symbol => out.push(symbol),
            }
        }
        if balanced && position % 2 == 1 {
            out.push_str("\\`");
        }
    }
    out
}

/// A table. Columns in which no row has anything are left out, so that none is there for nothing.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let used: Vec<usize> = (0..headings.len())
        .filter(|&column| rows.iter().any(|row| !row[column].is_empty()))
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::from("|");
        for cell in cells {
            let _ = write!(line, " {cell} |");
        }
        line + "\n"
    };
    let mut out = line(&mut used.iter().map(|&column| headings[column]));
    out.push_str(&line(&mut used.iter().map(|_| "---")));
    for row in rows {
        out.push_str(&line(&mut used.iter().map(|&column| row[column].as_str())));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{cell_code, cell_prose, code, prose, table};

    #[test]
    fn code_holds_anything() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a\n  b"), "`a b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("```"), "```` ``` ````");
        assert_eq!(cell_code("a || b"), "<code>a &#124;&#124; b</code>");
        assert_eq!(cell_code("a\\\n`b"), "<code>a&#92;<br>&#96;b</code>");
    }

    #[test]
    fn prose_keeps_its_code_and_loses_its_markup() {
        assert_eq!(prose("see `a*b` and *c*"), "see `a*b` and \\*c\\*");
        assert_eq!(prose("one ` alone"), "one \\` alone");
        assert_eq!(prose("an empty `` pair"), "an empty \\`\\` pair");
        assert_eq!(prose("<b>"), "&lt;b>");
        assert_eq!(prose("1\n# 2\n> 3"), "1\n\\# 2\n\\> 3");
        assert_eq!(
            cell_prose("a | b\nc `d|e`"),
            "a &#124; b<br>c <code>d&#124;e</code>"
        );
    }

    #[test]
    fn a_column_without_content_is_left_out() {
        let rows = [
            vec!["a".to_owned(), String::new(), "x".to_owned()],
            vec!["b".to_owned(), String::new(), String::new()],
        ];
        assert_eq!(
            table(&["One", "Two", "Three"], &rows),
            "| One | Three |\n| --- | --- |\n| a | x |\n| b |  |\n"
        );
    }
}
