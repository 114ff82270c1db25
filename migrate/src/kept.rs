//! What a run leaves of changes that were made by hand: what it changed itself counts, and nothing else does.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{EACH_PARTITION, KeptBy, Objects, compare};
use crate::places::{is_alike, with_places};

/// What stands in descriptions between the values, in this order, by the first word of the description.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "relation",
        &[
            "kind",
            "persistence",
            "owner",
            "acl",
            "options",
            "security",
            "replica",
            "method",
            "parent",
            "bound",
            "key",
            "comment",
        ],
    ),
    (
        "column",
        &[
            "collation",
            "notnull",
            "default",
            "identity",
            "generated",
            "storage",
            "options",
            "acl",
            "comment",
        ],
    ),
    ("schema", &["owner", "acl", "comment"]),
    ("function", &["owner", "acl", "comment", DEFINITION]),
    (
        "type",
        &[
            "kind",
            "owner",
            "acl",
            "comment",
            "base",
            "collation",
            "notnull",
            "default",
            "checks",
            "labels",
            "attributes",
        ],
    ),
    (
        "sequence",
        &[
            "start",
            "increment",
            "min",
            "max",
            "cache",
            "cycle",
            "owned",
        ],
    ),
    (
        "identity",
        &["start", "increment", "min", "max", "cache", "cycle"],
    ),
    (
        "constraint",
        &["validated", "local", "inherited", "comment"],
    ),
    (
        "index",
        &["valid", "clustered", "replica", "parent", "comment"],
    ),
    ("trigger", &["enabled", "comment"]),
    ("policy", &["permissive", "for", "to", "using", "check"]),
];

/// First words of descriptions without fields.
const WHOLE: &[&str] = &["view", "child", "rule", "has", "lacks", "extension"];

/// Stands for the field that begins with the statement that makes a function.
const DEFINITION: &str = "CREATE OR REPLACE";

/// The letters of privileges, as the server sorts them.
const PRIVILEGES: &str = "arwdDxtXUCTcsAm";

/// Objects by the numbers that the server gives them, which they keep when they get other names.
pub(crate) type Numbers = BTreeMap<String, String>;

/// Objects that were not as they were kept before a run.
pub(crate) struct Drifted {
    /// As they were kept.
    pub(crate) kept: Objects,
    /// By whom.
    pub(crate) by: KeptBy,
    /// As they were when the run began.
    pub(crate) before: Objects,
    pub(crate) numbers: Numbers,
}

impl Drifted {
    /// Whether anything was changed by hand.
    pub(crate) fn differs(&self) -> bool {
        !compare(&self.kept, &self.before).is_empty()
    }

    /// What is to be kept after the run: the objects as they are, without what was changed by hand before it. `made` is what the
    /// files make, if that is known.
    pub(crate) fn keep(
        &self,
        mut now: Objects,
        names: &BTreeSet<String>,
        numbers: &Numbers,
        made: Option<&Objects>,
    ) -> Objects {
        for drift in compare(&self.kept, &self.before) {
            let (table, suffix) = match drift.object.strip_suffix(EACH_PARTITION) {
                Some(table) => (table, EACH_PARTITION),
                None => (drift.object.as_str(), ""),
            };
            let mut number = self.numbers.iter().filter(|(_, name)| *name == table);
            let renamed = number.next().and_then(|(number, _)| numbers.get(number));
            let name = renamed.map_or(table, String::as_str);
            if !names.contains(name) {
                continue;
            }
            let of = |objects: &Objects, name: &str| objects.get(name).cloned().unwrap_or_default();
            let object = format!("{name}{suffix}");
            let kept = of(&self.kept, &drift.object);
            let before = of(&self.before, &drift.object);
            let after = of(&now, &object);
            let text = if after == before {
                kept
            } else {
                merge(&kept, &before, &after, (table, name))
            };
            let text = match made.and_then(|it| it.get(&object)) {
                // The files say so too by now.
                Some(made) if is_alike(made, &after) => after,
                // Where the run changed what was changed by hand, the difference is not always told apart.
                Some(made) if text == after => with_places(made, &after),
                _ => text,
            };
            now.insert(object, text);
        }
        now
    }
}

/// A part of an object: a column, say.
struct Part<'a> {
    /// What it is among the object's parts.
    key: String,
    /// Where a column stands among the others.
    place: Option<&'a str>,
    text: &'a str,
}

/// The parts that a text has, one line or more each.
fn parts(text: &str) -> Vec<Part<'_>> {
    let is_start = |line: &str| {
        let word = line.split(' ').next().unwrap_or_default();
        // A body may have anything.
        if text.starts_with("function ") {
            return word == "function";
        }
        WHOLE.contains(&word) || FIELDS.iter().any(|(kind, _)| *kind == word)
    };
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at == 0 || is_start(line) {
            starts.push(at);
        }
        at += line.len();
    }
    starts.push(text.len());
    let texts = starts.windows(2).map(|it| &text[it[0]..it[1]]);
    texts.filter(|it| !it.is_empty()).map(part).collect()
}

fn part(text: &str) -> Part<'_> {
    let words: Vec<&str> = text.split_whitespace().take(4).collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let head = || text.split(" ON ").next().unwrap_or_default();
    let behind_name = |it: &str| it.split(' ').skip(2).collect::<Vec<_>>().join(" ");
    let kind = word(0);
    let key = match kind {
        "column" => word(3).to_owned(),
        "constraint" | "policy" | "identity" => word(2).to_owned(),
        "index" | "trigger" | "rule" => behind_name(head()),
        "child" | "has" | "lacks" => text.to_owned(),
        "function" => text.split(" owner=").next().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    Part {
        key: format!("{kind} {key}"),
        place: (kind == "column").then(|| word(2)),
        text,
    }
}

fn find<'p, 'a>(parts: &'p [Part<'a>], key: &str) -> Option<&'p Part<'a>> {
    parts.iter().find(|it| it.key == key)
}

/// The text that was kept, with what a run made of it.
fn merge(kept: &str, before: &str, after: &str, (was, is): (&str, &str)) -> String {
    let (kept, before, after) = (parts(kept), parts(before), parts(after));
    let mut merged = Vec::new();
    for part in &after {
        // A column with a new name has the place of one whose name is gone.
        let renamed = || {
            let place = part.place?;
            before
                .iter()
                .find(|it| it.place == Some(place) && find(&after, &it.key).is_none())
        };
        let earlier = find(&before, &part.key).or_else(renamed);
        let Some(earlier) = earlier else {
            merged.push(part.text.to_owned());
            continue;
        };
        match find(&kept, &earlier.key) {
            Some(kept) => merged.push(merge_fields(kept.text, earlier.text, part.text)),
            // It was added by hand, unless the run made another one of it.
            None if part.text.replace(is, was) == earlier.text => {}
            None => merged.push(part.text.to_owned()),
        }
    }
    // What was removed by hand, and the run did not bring back.
    let removed = kept
        .iter()
        .filter(|it| find(&before, &it.key).is_none() && find(&after, &it.key).is_none());
    merged.extend(removed.map(|it| it.text.to_owned()));
    merged.concat()
}

fn merge_fields(kept: &str, before: &str, after: &str) -> String {
    let (kept, before, after) = (fields(kept), fields(before), fields(after));
    if kept.len() != after.len() || before.len() != after.len() {
        return after.concat();
    }
    let merged = kept.iter().zip(&before).zip(&after);
    let merged = merged.map(|((kept, before), after)| {
        if kept == before {
            (*after).to_owned()
        } else if before == after {
            (*kept).to_owned()
        } else {
            merge_lists(kept, before, after).unwrap_or_else(|| (*after).to_owned())
        }
    });
    merged.collect()
}

/// Lists of privileges or options, element by element.
fn merge_lists(kept: &str, before: &str, after: &str) -> Option<String> {
    let list = |it: &'_ str| {
        let (name, list) = it.split_once("={")?;
        let (list, behind) = list.rsplit_once('}')?;
        let elements: BTreeSet<_> = list.split(',').flat_map(elements).collect();
        Some((name.to_owned(), elements, behind.to_owned()))
    };
    let (_, kept, _) = list(kept)?;
    let (_, before, _) = list(before)?;
    let (name, after, behind) = list(after)?;
    let by_hand = &before - &kept;
    let removed = &kept - &before;
    let mut all: BTreeMap<Holder, String> = BTreeMap::new();
    for (holder, _, privilege) in &(&after - &by_hand) | &removed {
        all.entry(holder).or_default().push_str(&privilege);
    }
    let all = all.into_iter().map(|(holder, privileges)| match holder {
        Holder::Option(text) => text,
        Holder::Role(role, grantor) => format!("{role}={privileges}/{grantor}"),
    });
    let mut all: Vec<String> = all.collect();
    all.sort();
    Some(format!("{name}={{{}}}{behind}", all.join(",")))
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Option(String),
    /// A role, and the one that granted it something.
    Role(String, String),
}

/// An element of a list, of privileges one each, with its place among all that there are.
fn elements(element: &str) -> Vec<(Holder, Option<usize>, String)> {
    let role = element.rsplit_once('/').and_then(|(granted, grantor)| {
        let (role, privileges) = granted.rsplit_once('=')?;
        Some((
            Holder::Role(role.to_owned(), grantor.to_owned()),
            privileges,
        ))
    });
    let Some((holder, privileges)) = role else {
        return vec![(Holder::Option(element.to_owned()), None, String::new())];
    };
    let mut all: Vec<(Holder, Option<usize>, String)> = Vec::new();
    for letter in privileges.chars() {
        match all.last_mut() {
            // With the right to grant it.
            Some((_, _, last)) if letter == '*' => last.push(letter),
            _ => all.push((holder.clone(), PRIVILEGES.find(letter), letter.to_string())),
        }
    }
    all
}

/// A description, cut before each of its fields.
fn fields(text: &str) -> Vec<&str> {
    let kind = text.split(' ').next().unwrap_or_default();
    let names = FIELDS.iter().find(|(it, _)| *it == kind);
    let mut all = Vec::new();
    let mut rest = text;
    for name in names.into_iter().flat_map(|(_, names)| *names) {
        let start = if *name == DEFINITION {
            format!(" {name} ")
        } else {
            format!(" {name}=")
        };
        if let Some(at) = rest.find(&start) {
            all.push(&rest[..at]);
            rest = &rest[at..];
        }
    }
    all.push(rest);
    all
}

#[cfg(test)]
mod tests {
    use super::merge;

    const SAME: (&str, &str) = ("p.t", "p.t");

    /// What is kept after a run is what it would have left without the change by hand.
    #[test]
    fn only_what_a_run_changed_counts() {
        let table = |acl: &str, default: &str, name: &str, more: &str| {
            format!(
                "column p.t 0001 {name} text collation=- notnull=f default={default} identity= generated= storage=x options= acl= comment=\n\
                 {more}\
                 relation p.t kind=r persistence=p owner=o acl={{{acl}}} options= security=f/f replica=d method=heap parent= bound= key= comment=\n"
            )
        };
        let kept = table("o=r/o", "", "a", "");
        for (before, after, expected) in [
            // The run grants something on what had another grant by hand.
            (
                table("o=r/o,x=r/o", "", "a", ""),
                table("o=r/o,w=r/o,x=r/o", "", "a", ""),
                table("o=r/o,w=r/o", "", "a", ""),
            ),
            // A privilege was revoked by hand.
            (
                table("", "", "a", ""),
                table("w=r/o", "", "a", ""),
                table("o=r/o,w=r/o", "", "a", ""),
            ),
            // The run renames a column that had got a default.
            (
                table("o=r/o", "1", "a", ""),
                table("o=r/o", "1", "b", ""),
                table("o=r/o", "", "b", ""),
            ),
            // The run gives it a default itself.
            (
                table("o=r/o", "1", "a", ""),
                table("o=r/o", "2", "a", ""),
                table("o=r/o", "2", "a", ""),
            ),
            // A column that was added by hand.
            (
                table("o=r/o", "", "a", "column p.t 0002 h text collation=-\n"),
                table("o=r/o", "1", "a", "column p.t 0002 h text collation=-\n"),
                table("o=r/o", "1", "a", ""),
            ),
        ] {
            assert_eq!(merge(&kept, &before, &after, SAME), expected, "{after}");
        }
    }

    #[test]
    fn what_a_run_drops_is_not_missed() {
        let kept = "column p.t 0001 a text\ncolumn p.t 0002 b text default=\n";
        let before = "column p.t 0001 a text\ncolumn p.t 0002 b text default=1\n";
        assert_eq!(
            merge(kept, before, "column p.t 0001 a text\n", SAME),
            "column p.t 0001 a text\n"
        );
        // What a hand dropped is.
        let before = "column p.t 0001 a text\n";
        let after = "column p.t 0001 c text\n";
        assert_eq!(
            merge(kept, before, after, SAME),
            "column p.t 0001 c text\ncolumn p.t 0002 b text default=\n"
        );
    }

    #[test]
    fn the_owner_of_a_function_is_no_part_of_its_body() {
        let function = |acl: &str, body: &str| {
            format!(
                "function f() owner=o acl={{{acl}}} comment= CREATE OR REPLACE FUNCTION f()\n AS $${body}$$\nindex of words\n\n"
            )
        };
        assert_eq!(
            merge(
                &function("o=X/o", "1"),
                &function("o=X/o,x=X/o", "1"),
                &function("o=X/o,x=X/o", "2"),
                SAME
            ),
            function("o=X/o", "2")
        );
    }
}
