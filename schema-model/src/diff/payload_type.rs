//! Whether serde reads from JSON, as one Rust type, what it wrote of another. Compares types as written in the source: it does
//! not know what a type alias or a user-defined type is, and accepts those only unchanged.

/// A type: its name and what it is made of.
struct Written<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
}

/// Whether every value written as `old` is read as the same value by `new`.
pub(super) fn reads(new: &str, old: &str) -> bool {
    let (new, old) = (owned(new), owned(old));
    if new == old {
        return true;
    }
    let (to, from) = (Written::of(new), Written::of(old));
    match (to.name, from.name) {
        // It reads an integer of over 64 bits as a float.
        ("serde_json::Value", _) => is_plain(&from),
        ("Option", "Option") | ("(", "(") => to.reads_each(&from),
        ("Option", _) => to.arguments.len() == 1 && reads(to.arguments[0], old),
        ("String", "char") | ("f64", "f32") => true,
        ("f64", name) => integer(name).is_some_and(|(_, bits)| bits <= 32),
        ("f32", name) => integer(name).is_some_and(|(_, bits)| bits <= 16),
        ("Vec" | "VecDeque" | "LinkedList", name) if is_list(name) => {
            to.arguments.len() == 1
                && from
                    .arguments
                    .first()
                    .is_some_and(|it| reads(to.arguments[0], it))
        }
        ("BTreeMap" | "HashMap", "BTreeMap" | "HashMap") => {
            match (&to.arguments[..], &from.arguments[..]) {
                ([to_key, to, ..], [from_key, from, ..]) => to_key == from_key && reads(to, from),
                _ => false,
            }
        }
        (to, from) => match (integer(to), integer(from)) {
            (Some((true, to)), Some((false, from))) => to > from,
            (Some((to_sign, to)), Some((from_sign, from))) => to_sign == from_sign && to >= from,
            _ => false,
        },
    }
}

/// Whether a type is an integer of at most 64 bits, a float, a text, a truth value or a list of such.
fn is_plain(ty: &Written<'_>) -> bool {
    let scalar = matches!(ty.name, "bool" | "String" | "char" | "f32" | "f64")
        || integer(ty.name).is_some_and(|(_, bits)| bits <= 64);
    let listed = is_list(ty.name) || matches!(ty.name, "Option" | "(");
    let each = |it: &&str| is_plain(&Written::of(owned(it)));
    let length = usize::from(ty.name == "[");
    let elements = ty.arguments.iter().rev().skip(length);
    scalar || listed && elements.rev().all(each)
}

fn is_list(name: &str) -> bool {
    let lists = [
        "Vec",
        "VecDeque",
        "LinkedList",
        "BTreeSet",
        "HashSet",
        "BinaryHeap",
        "[",
    ];
    lists.contains(&name)
}

/// Whether an integer type has a sign, and its bits.
fn integer(name: &str) -> Option<(bool, u32)> {
    let bits = match name.get(1..)? {
        "size" => 64,
        bits => bits.parse().ok()?,
    };
    let known = [8, 16, 32, 64, 128].contains(&bits);
    match name.get(..1)? {
        "i" if known => Some((true, bits)),
        "u" if known => Some((false, bits)),
        _ => None,
    }
}

/// The type in a `Box`, which JSON does not show.
fn owned(ty: &str) -> &str {
    let written = Written::of(ty);
    match (written.name, &written.arguments[..]) {
        ("Box" | "Rc" | "Arc", [inner]) if *inner == "str" => "String",
        ("Box" | "Rc" | "Arc", [inner]) => owned(inner),
        ("String", []) => "String",
        _ => ty,
    }
}

impl<'a> Written<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.trim();
        if let Some(inner) = within(text, '(', ')') {
            return Self {
                name: "(",
                arguments: split(inner, ','),
            };
        }
        if let Some(inner) = within(text, '[', ']') {
            return Self {
                name: "[",
                arguments: split(inner, ';'),
            };
        }
        let (name, arguments) = match text.split_once('<') {
            Some((name, rest)) => (name, rest.strip_suffix('>').unwrap_or(rest)),
            None => (text, ""),
        };
        let path = name.trim_start_matches("::");
        let of_rust = ["std::", "core::", "alloc::"];
        let name = match path.rsplit_once("::") {
            Some((_, last)) if of_rust.iter().any(|root| path.starts_with(root)) => last,
            _ => path,
        };
        Self {
            name,
            arguments: split(arguments, ','),
        }
    }

    /// Whether there are as many arguments, and each is read.
    fn reads_each(&self, old: &Self) -> bool {
        let mut pairs = self.arguments.iter().zip(&old.arguments);
        self.arguments.len() == old.arguments.len() && pairs.all(|(new, old)| reads(new, old))
    }
}

fn within(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// The parts between separators that are in no brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = text.split(|c| {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c == separator
    });
    let parts = parts.map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}
