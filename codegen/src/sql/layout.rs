//! The one layout rule of all rendered SQL: what fits in [`WIDTH`] stands on one line; what does not is
//! broken at its list, an item a line, indented by four. Knows nothing of kinds of objects.

/// Widest line that is not broken, in characters.
pub(super) const WIDTH: usize = 100;

const INDENT: &str = "    ";

/// Width of a text's last line, in characters.
pub(super) fn last_line_width(text: &str) -> usize {
    let line = text.rsplit('\n').next().unwrap_or(text);
    line.chars().count()
}

/// Lines, each indented by four. Only their starts are touched: a line end within a quoted name belongs to
/// the name.
pub(super) fn indented<Line: AsRef<str>>(lines: impl IntoIterator<Item = Line>) -> String {
    let lines = lines
        .into_iter()
        .map(|line| format!("{INDENT}{}", line.as_ref()));
    lines.collect::<Vec<_>>().join("\n")
}

/// A text without quoted line ends, with each of its lines indented by `levels` times four.
pub(super) fn text_indented(text: &str, levels: usize) -> String {
    let lines = text.split('\n').map(|line| match line {
        "" => String::new(),
        line => format!("{}{line}", INDENT.repeat(levels)),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Items with a comma behind each but the last.
pub(super) fn with_commas(mut items: Vec<String>) -> Vec<String> {
    if let Some((_, all_but_last)) = items.split_last_mut() {
        for item in all_but_last {
            item.push(',');
        }
    }
    items
}

/// Rows of cells as lines, each cell but the last padded to its column's width, no spaces at line ends.
pub(super) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = width.saturating_sub(cell.chars().count());
                line.push_str(cell);
                line.push_str(&" ".repeat(padding + 1));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// A parenthesised list, an item a line.
pub(super) fn block(items: Vec<String>) -> String {
    if items.is_empty() {
        return "()".to_owned();
    }
    format!("(\n{}\n)", indented(with_commas(items)))
}

/// A statement's head and its further clauses: on one line where that fits and there is at most one
/// clause, else a clause a line.
pub(super) fn clauses(head: &str, clauses: &[String]) -> String {
    let single = std::iter::once(head)
        .chain(clauses.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    if clauses.len() <= 1 && !single.contains('\n') && single.chars().count() < WIDTH {
        return single;
    }
    format!("{head}\n{}", indented(clauses))
}

/// A reviewed text as the body of a statement: without blank edges and final semicolon. A text that ends
/// in a line comment gets a line end, so that nothing that follows is commented out.
pub(super) fn body(text: &str) -> String {
    let text = text.trim_matches(['\n', '\r']).trim_end();
    let text = text.strip_suffix(';').unwrap_or(text).trim_end();
    let last = text.rsplit('\n').next().unwrap_or(text);
    if last.contains("--") {
        format!("{text}\n")
    } else {
        text.to_owned()
    }
}
