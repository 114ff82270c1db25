//! Types that serde writes and does not read back, or reads as something else.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eventcore_schema_model::event::Representation::{Jsonb, Text};
use eventcore_schema_model::{Event, EventData};
use insta::assert_snapshot;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Serialize, Deserialize, EventData)]
#[serde(untagged)]
enum Number {
    Integer(i64),
    Float(f64),
    Big(u128),
}

/// Variants of which each that comes later looks like one before.
#[derive(Debug, PartialEq, Serialize, Deserialize, EventData)]
#[serde(untagged)]
enum Alike {
    Small(i8),
    Large(i64),
    Letter(char),
    Text(String),
    Pair(u8, u8),
    List(Vec<u8>),
    Single(f32),
    Double(f64),
    Point(Point),
    Place(Place),
    First { same: bool },
    Second { same: bool },
    Map(BTreeMap<String, bool>),
    Named { yes: bool },
    Unit,
    Nothing(Option<u8>),
    Dot(Dot),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, EventData)]
struct Point {
    x: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, EventData)]
struct Place {
    x: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, EventData)]
struct Dot;

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "t.alike")]
struct AlikeEvent {
    of: Alike,
}

/// A member of a nested type that is never stored.
#[derive(Debug, PartialEq, Serialize, Deserialize, EventData)]
struct Cached {
    #[serde(skip)]
    hits: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "t.cached")]
struct CachedEvent {
    of: Cached,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "t.skipping")]
struct SkippingEvent {
    #[serde(skip)]
    hits: u8,
}

#[derive(Debug, Serialize, Deserialize, EventData)]
#[serde(tag = "type")]
enum Tagged {
    Big { n: u128 },
}

/// Shorter than the tag, so that jsonb puts it first.
#[derive(Debug, Serialize, Deserialize, EventData)]
#[serde(tag = "type", content = "of")]
enum Beside {
    Big(u128),
}

#[derive(Debug, Serialize, Deserialize, EventData)]
struct Named {
    id: u8,
}

#[derive(Debug, Serialize, Deserialize, EventData)]
struct Clash {
    id: u8,
    #[serde(flatten)]
    named: Named,
}

#[derive(Debug, Serialize, Deserialize, EventData)]
struct Open {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize, Deserialize, EventData)]
struct Counted {
    #[serde(flatten)]
    counts: BTreeMap<String, Large>,
}

#[derive(Debug, Serialize, Deserialize, EventData)]
struct Tree(Vec<Tree>);

type Maybe = Option<u8>;

/// Under a name that the derive does not know.
type Large = u128;

#[derive(Debug, Default, Serialize, Deserialize, Event)]
#[event(type = "t.misread")]
struct Misread {
    number: Option<Number>,
    tagged: Option<Tagged>,
    beside: Option<Beside>,
    clash: Option<Clash>,
    open: Option<Open>,
    counted: Option<Counted>,
    tree: Option<Tree>,
    twice: Option<Maybe>,
    json: Option<Value>,
    #[serde(default)]
    float: f64,
    raw: Option<Box<RawValue>>,
    keys: Option<BTreeMap<char, u8>>,
}

fn with(set: impl FnOnce(&mut Misread)) -> Misread {
    let mut event = Misread::default();
    set(&mut event);
    event
}

fn raw(text: &str) -> Misread {
    let raw = RawValue::from_string(text.to_owned()).expect("JSON");
    with(|it| it.raw = Some(raw))
}

fn tree(depth: usize) -> Misread {
    let tree = (1..depth).fold(Tree(Vec::new()), |tree, _| Tree(vec![tree]));
    with(|it| it.tree = Some(tree))
}

fn number(number: Number) -> Misread {
    with(|it| it.number = Some(number))
}

fn json(value: Value) -> Misread {
    with(|it| it.json = Some(value))
}

fn open(name: &str) -> Misread {
    let rest = BTreeMap::from([(name.to_owned(), Value::Bool(true))]);
    with(|it| it.open = Some(Open { id: 1, rest }))
}

#[rustfmt::skip] // a case a line
fn all() -> Vec<(&'static str, Misread)> {
    let counts = BTreeMap::from([("a".to_owned(), 5)]);
    let clash = Clash { id: 1, named: Named { id: 2 } };
    vec![
        ("nothing special", Misread::default()),
        ("an integer, untagged", number(Number::Integer(5))),
        ("a float, untagged", number(Number::Float(0.5))),
        ("a whole float, untagged", number(Number::Float(1e16))),
        ("a small u128, untagged", number(Number::Big(5))),
        ("a u128, tagged", with(|it| it.tagged = Some(Tagged::Big { n: 5 }))),
        ("a u128, beside its tag", with(|it| it.beside = Some(Beside::Big(5)))),
        ("a flattened member of the same name", with(|it| it.clash = Some(clash))),
        ("a flattened map", open("more")),
        ("a flattened map with a sibling's name", open("id")),
        ("a flattened map of u128", with(|it| it.counted = Some(Counted { counts }))),
        ("as deep as can be read", tree(126)),
        ("too deep", tree(127)),
        ("Some(None)", with(|it| it.twice = Some(None))),
        ("Some(null)", json(Value::Null)),
        ("a whole float in a JSON value", json(1e16.into())),
        ("a large float in a JSON value", json(1e300.into())),
        ("floats in a JSON value", json(serde_json::json!([5e-324, 1e23, u64::MAX]))),
        ("a float", with(|it| it.float = 117.633_311_394_000_17)),
        ("a negative zero", with(|it| it.float = -0.0)),
        ("raw members in any order", raw(r#"{ "b" : 1.50, "a" : [1e2, "\u00e9"] }"#)),
        ("raw members of one name", raw(r#"{"a":1,"b":{"c":1,"c":2}}"#)),
        ("a raw number out of range", raw("[1e131071,1e131072]")),
        ("a raw negative zero", raw("[0,-0]")),
        ("letters as names", with(|it| it.keys = Some(BTreeMap::from([('a', 1)])))),
    ]
}

#[test]
fn a_variant_that_looks_like_an_earlier_one_is_refused() {
    let alike = [
        Alike::Small(5),
        Alike::Large(5),
        Alike::Large(1 << 40),
        Alike::Letter('a'),
        Alike::Text("a".to_owned()),
        Alike::Text("ab".to_owned()),
        Alike::Pair(1, 2),
        Alike::List(vec![1, 2]),
        Alike::List(vec![1, 2, 3]),
        Alike::Single(0.5),
        Alike::Double(0.5),
        Alike::Point(Point { x: 1 }),
        Alike::Place(Place { x: 1 }),
        Alike::Map(BTreeMap::from([("yes".to_owned(), true)])),
        Alike::Named { yes: true },
        Alike::Unit,
        Alike::Nothing(None),
        Alike::Dot(Dot),
        Alike::First { same: true },
        Alike::Second { same: true },
    ];
    let mut said = String::new();
    for of in alike {
        let name = format!("{of:?}");
        let outcome = AlikeEvent { of }.encode_for(Jsonb);
        let outcome = outcome.map_or_else(|error| error.to_string(), |_| "comes back".to_owned());
        let _ = writeln!(said, "{name}: {outcome}");
    }
    assert_snapshot!(said);
}

#[test]
fn what_serde_skips_in_a_nested_type_is_refused_unless_it_is_the_default() {
    let cached = |hits| {
        CachedEvent {
            of: Cached { hits },
        }
        .encode_for(Text)
    };
    assert!(cached(0).is_ok());
    let refused = cached(1).unwrap_err().to_string();
    assert!(refused.contains("not equal (`PartialEq`)"), "{refused}");
    assert!(SkippingEvent { hits: 1 }.encode_for(Text).is_ok());
}

#[test]
fn what_would_be_read_as_something_else_is_refused() {
    let mut said = String::new();
    for (name, event) in all() {
        let mut say = |representation| {
            let outcome = match event.encode_for(representation) {
                Ok(_) => "comes back".to_owned(),
                Err(error) => error.to_string(),
            };
            let _ = writeln!(said, "{name} as {representation:?}: {outcome}");
        };
        say(Jsonb);
        say(Text);
    }
    assert_snapshot!(said);
}
