//! Reads JSON text where serde is done with it: which place an offset belongs to, and what a
//! `jsonb` column would refuse. Runs on the way to an error message only, but for the one scan
//! for escapes; it trusts the text to be well-formed and never panics if it is not.

/// The first escape that `jsonb` refuses: its offset and how it is written.
pub(super) fn refused_by_jsonb(text: &[u8]) -> Option<(usize, String)> {
    // In JSON a backslash stands inside strings only and starts an escape of two bytes or of six.
    let mut at = 0;
    while let Some(found) = text.get(at..)?.iter().position(|&byte| byte == b'\\') {
        at += found;
        let Some(unit) = code_unit(text, at) else {
            at += 2;
            continue;
        };
        let low_follows = matches!(code_unit(text, at + 6), Some(0xDC00..=0xDFFF));
        match unit {
            0xD800..=0xDBFF if low_follows => at += 12,
            0xD800..=0xDFFF => {
                return Some((
                    at,
                    format!("contains half a surrogate pair, `\\u{unit:04x}`"),
                ));
            }
            0 => return Some((at, "contains the character `\\u0000`".to_owned())),
            _ => at += 6,
        }
    }
    None
}

/// The code unit of an escape `\uXXXX` that starts at the offset.
fn code_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The offset that a serde error's line and column (bytes consumed in that line) stand for.
pub(super) fn offset_of(text: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        match text[start..].iter().position(|&byte| byte == b'\n') {
            Some(end) => start += end + 1,
            None => break,
        }
    }
    (start + column).min(text.len())
}

/// The place of the value read last before the offset, such as `items[3].price`; empty at the root.
pub(super) fn path_at(text: &[u8], offset: usize) -> String {
    let mut open: Vec<Place> = Vec::new();
    let mut at = 0;
    while at < text.len() && at < offset {
        match text[at] {
            b'{' => open.push(Place::Key(None)),
            b'[' => open.push(Place::Index(0)),
            b'}' | b']' => drop(open.pop()),
            b',' => match open.last_mut() {
                Some(Place::Key(key)) => *key = None,
                Some(Place::Index(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let end = string_end(text, at);
                if let Some(Place::Key(key @ None)) = open.last_mut() {
                    *key = serde_json::from_slice(&text[at..end]).ok();
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    join(open.iter())
}

/// One step down into a payload.
#[derive(Debug)]
pub(super) enum Place {
    Key(Option<String>),
    Index(usize),
}

/// Writes a path as a Rust reader expects it; keys that are no identifiers stand in brackets.
pub(super) fn join<'p>(places: impl Iterator<Item = &'p Place>) -> String {
    let mut path = String::new();
    for place in places {
        match place {
            Place::Key(None) => {}
            Place::Key(Some(key)) if is_plain(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Place::Key(Some(key)) => path.extend(["[", &format!("{key:?}"), "]"]),
            Place::Index(index) => path.extend(["[", &index.to_string(), "]"]),
        }
    }
    path
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// The offset behind the string that starts at the offset.
pub(super) fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_told_from_escaped_backslashes() {
        for (text, refused) in [
            (r#""\u0000""#, Some(1)),
            (r#""\\u0000""#, None),
            (r#""\\\u0000""#, Some(3)),
            (r#""\\\\u0000""#, None),
            (r#""\"\u0000""#, Some(3)),
            (r#""\u0001\u00e9\u1000""#, None),
            (r#""\ud83d\ude00""#, None),
            (r#""\uD83D\uDE00\u0000""#, Some(13)),
            (r#""\ud83d""#, Some(1)),
            (r#""\ud83d\ud83d\ude00""#, Some(1)),
            (r#""\ude00""#, Some(1)),
            (r#""\ud83dx\ude00""#, Some(1)),
            (r#"{"a":1,"b\u0000":2}"#, Some(9)),
            (r#""\"#, None),
            (r#""\u00"#, None),
            ("", None),
        ] {
            let found = refused_by_jsonb(text.as_bytes()).map(|(at, _)| at);
            assert_eq!(found, refused, "{text}");
        }
    }

    #[test]
    fn a_path_leads_to_the_value_before_the_mark() {
        for (marked, path) in [
            (r#"{"a":5^,"b":1}"#, "a"),
            (r#"{"a":5,^"b":1}"#, ""),
            (r#"{"a":5,"b"^:1}"#, "b"),
            (r#"{"a":{"b":[1,^{}]}}"#, "a.b[1]"),
            (r#"{"a":[{"x":1}^]}"#, "a[0]"),
            (r#"{"a":[[],["y"^]]}"#, "a[1][0]"),
            (r#"{"a \" , [ b":"^""#, r#"["a \" , [ b"]"#),
            (r#"["\\",{"é":null^}]"#, "[1].é"),
            (r"^7", ""),
            (r"]]}}^", ""),
        ] {
            let offset = marked.find('^').expect("a mark");
            let text = marked.replacen('^', "", 1);
            assert_eq!(path_at(text.as_bytes(), offset), path, "{marked}");
        }
    }
}
