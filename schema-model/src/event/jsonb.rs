//! What a `jsonb` column gives back of a JSON text: members by the length and bytes of their names, numbers without an
//! exponent. Trusts the text to be well-formed, and ends early where it is not. The tests compare it with a server.

use std::borrow::Cow;
use std::ops::Range;

use super::json;

/// How many lists and objects may stand inside each other: `serde_json` reads no more.
pub(super) const MAX_DEPTH: usize = 127;

/// Digits before and behind the point that a `numeric` can have.
const MAX_INTEGER_DIGITS: i64 = 131_072;
const MAX_FRACTION_DIGITS: i64 = 16_383;

/// Why a `jsonb` column does not give a text back, and the offset of the value that is why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) offset: usize,
    pub(super) what: String,
}

/// The text that the column gives back, without white space between its parts.
pub(super) fn stored(text: &[u8]) -> Result<Vec<u8>, Lost> {
    if let Some((offset, what)) = json::refused_by_jsonb(text) {
        return Err(Lost { offset, what });
    }
    let mut rewriter = Rewriter {
        text,
        at: 0,
        depth: 0,
        out: Vec::with_capacity(text.len()),
    };
    rewriter.value()?;
    Ok(rewriter.out)
}

/// JSON text in the form in which two are compared; as it is where `jsonb` would lose something.
pub(super) fn comparable(text: &str) -> String {
    let stored = stored(text.as_bytes()).ok();
    let stored = stored.and_then(|text| String::from_utf8(text).ok());
    stored.unwrap_or_else(|| text.to_owned())
}

/// The offset of the first list or object that is too deep inside of others.
pub(super) fn too_deep(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match text[at] {
            b'{' | b'[' if depth == MAX_DEPTH => return Some(at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                at = json::string_end(text, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// A member of an object: its name, where that stands in the text, and what was written of it.
struct Member<'a> {
    name: Cow<'a, [u8]>,
    offset: usize,
    written: Range<usize>,
}

impl Member<'_> {
    fn key(&self) -> (usize, &[u8]) {
        (self.name.len(), &self.name)
    }
}

struct Rewriter<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    out: Vec<u8>,
}

impl<'a> Rewriter<'a> {
    fn value(&mut self) -> Result<(), Lost> {
        match self.peek() {
            Some(b'{') => self.inside(Self::members),
            Some(b'[') => self.inside(Self::elements),
            Some(b'"') => {
                self.string();
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let word = self.take(|byte| byte.is_ascii_alphabetic());
                self.out.extend_from_slice(word);
                Ok(())
            }
        }
    }

    fn inside(&mut self, read: fn(&mut Self) -> Result<(), Lost>) -> Result<(), Lost> {
        self.depth += 1;
        // What is too deep was refused before; this only bounds the stack.
        if self.depth <= MAX_DEPTH {
            read(self)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn elements(&mut self) -> Result<(), Lost> {
        self.put(b'[');
        while !matches!(self.peek(), None | Some(b']')) {
            self.value()?;
            if self.peek() == Some(b',') {
                self.put(b',');
            }
        }
        self.put(b']');
        Ok(())
    }

    fn members(&mut self) -> Result<(), Lost> {
        self.put(b'{');
        let mut members: Vec<Member<'a>> = Vec::new();
        let start = self.out.len();
        while self.peek() == Some(b'"') {
            let (offset, from) = (self.at, self.out.len());
            let name = self.string();
            self.peek();
            self.put(b':');
            self.value()?;
            members.push(Member {
                name,
                offset,
                written: from..self.out.len(),
            });
            if self.peek() == Some(b',') {
                self.at += 1;
            }
        }
        members.sort_by(|one, other| one.key().cmp(&other.key()));
        let mut pairs = members.windows(2);
        if let Some([_, second]) = pairs.find(|pair| pair[0].name == pair[1].name) {
            return self.lost(second.offset, "is a second member of its name");
        }
        let written = self.out.split_off(start);
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            let Range { start: from, end } = member.written;
            self.out
                .extend_from_slice(&written[from - start..end - start]);
        }
        self.put(b'}');
        Ok(())
    }

    /// Copies a string, with the escapes that the server writes, and gives its content.
    fn string(&mut self) -> Cow<'a, [u8]> {
        let end = json::string_end(self.text, self.at);
        let quoted = &self.text[self.at..end];
        self.at = end;
        let plain = quoted.get(1..quoted.len().saturating_sub(1));
        match serde_json::from_slice::<String>(quoted) {
            Ok(content) if quoted.contains(&b'\\') => {
                let written = serde_json::to_vec(&content).unwrap_or_default();
                self.out.extend_from_slice(&written);
                Cow::Owned(content.into_bytes())
            }
            _ => {
                self.out.extend_from_slice(quoted);
                Cow::Borrowed(plain.unwrap_or_default())
            }
        }
    }

    fn number(&mut self) -> Result<(), Lost> {
        let offset = self.at;
        let number =
            self.take(|byte| matches!(byte, b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E'));
        match plain(number) {
            Some(plain) => self.out.extend_from_slice(&plain),
            None => return self.lost(offset, "is a number that `numeric` cannot hold"),
        }
        let mut mantissa = number
            .iter()
            .take_while(|byte| !matches!(byte, b'e' | b'E'));
        let is_zero = !mantissa.any(|byte| matches!(byte, b'1'..=b'9'));
        if number.starts_with(b"-") && is_zero {
            return self.lost(offset, "is a negative zero, which loses its sign");
        }
        Ok(())
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Goes past a byte, and writes it.
    fn put(&mut self, byte: u8) {
        self.at += 1;
        self.out.push(byte);
    }

    fn take(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|&byte| !belongs(byte));
        let taken = &rest[..end.unwrap_or(rest.len())];
        // What is no JSON ends here, and does not go on for ever.
        self.at += taken.len().max(1);
        taken
    }

    fn lost(&self, offset: usize, what: &str) -> Result<(), Lost> {
        // Behind the first byte of the value: the place is that of what was read last.
        let offset = (offset + 1).min(self.text.len());
        let what = what.to_owned();
        Err(Lost { offset, what })
    }
}

/// A number as `numeric` writes it; nothing where it cannot hold it.
fn plain(number: &[u8]) -> Option<Cow<'_, [u8]>> {
    let exponent_at = number.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = match exponent_at {
        None => (number, 0),
        Some(at) => (
            &number[..at],
            std::str::from_utf8(&number[at + 1..])
                .ok()?
                .parse::<i64>()
                .ok()?,
        ),
    };
    let (sign, mantissa) = match mantissa.strip_prefix(b"-") {
        Some(rest) => (&b"-"[..], rest),
        None => (&b""[..], mantissa),
    };
    let point = mantissa.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &b""[..]),
    };
    let digits = [whole, fraction].concat();
    let significant = digits.iter().position(|&byte| byte != b'0');
    // How many digits stand before the point, and how many behind it.
    let before = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let behind = i64::try_from(fraction.len())
        .ok()?
        .checked_sub(exponent)?
        .max(0);
    if behind > MAX_FRACTION_DIGITS {
        return None;
    }
    if let Some(first) = significant
        && before - i64::try_from(first).ok()? > MAX_INTEGER_DIGITS
    {
        return None;
    }
    if exponent_at.is_none() {
        return Some(Cow::Borrowed(number));
    }
    let before = if significant.is_some() {
        before
    } else {
        1.min(before)
    };
    let digit = |place: i64| {
        let found = usize::try_from(place)
            .ok()
            .and_then(|place| digits.get(place));
        found.copied().unwrap_or(b'0')
    };
    let mut whole: Vec<u8> = (0..before).map(digit).collect();
    let leading = whole.iter().take_while(|&&byte| byte == b'0').count();
    whole.drain(..leading.min(whole.len().saturating_sub(1)));
    if whole.is_empty() {
        whole.push(b'0');
    }
    let mut plain = [sign, &whole].concat();
    if behind > 0 {
        plain.push(b'.');
        plain.extend((before..before + behind).map(digit));
    }
    Some(Cow::Owned(plain))
}
