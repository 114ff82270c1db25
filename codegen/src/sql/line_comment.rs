//! Where a line comment is open: what is put in there must not bring a line end.

/// Whether what follows `sql` stands in a comment that the next line end ends.
pub(super) fn is_open(sql: &str) -> bool {
    let mut rest = sql;
    let mut before = None;
    while let Some(next) = rest.chars().next() {
        let behind = &rest[next.len_utf8()..];
        let in_word = before.is_some_and(is_of_word);
        let end = match next {
            '-' if behind.starts_with('-') => match rest.find(['\n', '\r']) {
                Some(end) => Some(end),
                None => return true,
            },
            '/' if behind.starts_with('*') => block_comment(rest),
            '"' => behind.find('"').map(|at| at + 2),
            '\'' => string(rest, false),
            // Only as a word of its own does the letter belong to the constant behind it.
            'e' | 'E' if !in_word && behind.starts_with('\'') => {
                string(behind, true).map(|end| end + 1)
            }
            '$' if !in_word => dollar_quotes(rest),
            _ => Some(next.len_utf8()),
        };
        // Without an end, what follows stands in something else than a line comment.
        let Some(end) = end else { return false };
        before = rest[..end].chars().next_back();
        rest = &rest[end..];
    }
    false
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$') || !letter.is_ascii()
}

/// The length of the comment at the start of a text; such comments nest.
fn block_comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next()?.len_utf8();
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The length of the constant at the start of a text. A doubled quote does not end it.
fn string(text: &str, backslash_escapes: bool) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if backslash_escapes => {
                letters.next();
            }
            '\'' if letters.next_if(|(_, next)| *next == '\'').is_none() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of the text in dollar quotes at the start of a text, or of the dollar sign that is no quote.
fn dollar_quotes(text: &str) -> Option<usize> {
    let Some(tag) = text[1..].find('$').map(|end| &text[..end + 2]) else {
        return Some(1);
    };
    let name = &tag[1..tag.len() - 1];
    if name.starts_with(|first: char| first.is_ascii_digit()) || !name.chars().all(is_of_word) {
        return Some(1);
    }
    let end = text[tag.len()..].find(tag)?;
    Some(end + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn a_comment_is_open_to_the_end_of_its_line() {
        for open in [
            "-- ",
            "SELECT 1 -- a 'b \"c $x$ /* ",
            "SELECT '--''\n', \"--\"\"\" -- ",
            "SELECT E'\\'' -- ",
            "SELECT '\\' -- ",
            "SELECT $a$ $b$ -- $a$ -- ",
            "SELECT $1, a$b$ -- ",
            "/* /* */ */-- ",
            "SELECT name'--' -- ",
            "größe -- ",
        ] {
            assert!(is_open(open), "{open}");
        }
        for closed in [
            "",
            "SELECT - ",
            "-- a\n",
            "-- a\r",
            "SELECT '-- ",
            "SELECT '''-- ",
            "SELECT E'\\' -- ",
            "SELECT \"-- ",
            "/* /* */ -- ",
            "SELECT $a$ -- $b$ -- ",
            "SELECT $$ -- ",
        ] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
