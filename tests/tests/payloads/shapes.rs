//! Events of all kinds of shapes, and values of each.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use eventcore_schema_model::{Event, EventData};
use proptest::collection::{btree_map, hash_map, hash_set, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) struct Plain {
    signed: (i8, i16, i32, i64, i128),
    unsigned: (u8, u16, u32, u64, u128),
    floats: (f32, f64),
    letter: char,
    text: String,
    yes: bool,
    nothing: (),
    list: [u16; 3],
    maybe: Option<Box<Plain>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) enum External {
    Unit,
    New(f64),
    Pair(i64, Option<String>),
    Struct {
        n: u128,
        deep: Option<Box<External>>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
#[serde(tag = "type")]
pub(crate) enum Internal {
    Unit,
    Float { f: f64, single: f32 },
    Big { n: i128 },
    Map { keys: BTreeMap<u8, bool> },
}

/// The content's name is shorter than the tag's, and `jsonb` puts it first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
#[serde(tag = "kind", content = "of")]
pub(crate) enum Adjacent {
    Unit,
    Float(f64),
    Big(u128),
    Letters(BTreeMap<char, f32>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Integer(i64),
    Float(f64),
    Text(String),
    Many(Vec<Untagged>),
    Point { x: Option<i32> },
}

/// Variants that JSON does not always tell apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
#[serde(untagged)]
pub(crate) enum Overlapping {
    Small(i8),
    Large(i64),
    Single(f32),
    Double(f64),
    Letter(char),
    Text(String),
    Pair(i8, String),
    Array([u8; 2]),
    List(Vec<u8>),
    Inner(Inner),
    Named(Named),
    Struct { id: u8 },
    Map(BTreeMap<String, u8>),
    Nothing(()),
    Maybe(Option<bool>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) struct Inner {
    id: u8,
    name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) struct Flattened {
    id: u8,
    #[serde(flatten)]
    inner: Option<Named>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) struct Named {
    name: f64,
    big: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) struct Keyed {
    by_number: BTreeMap<i64, Inner>,
    by_bool: BTreeMap<bool, u8>,
    by_unit: HashMap<Name, u8>,
    names: HashSet<String>,
    nested: BTreeSet<BTreeSet<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EventData)]
pub(crate) enum Name {
    A,
    #[serde(rename = "b \u{e9}\"")]
    B,
}

/// An `Option` under a name that the derive does not know.
type Maybe<T> = Option<T>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) struct Doubtful {
    twice: Option<Maybe<u8>>,
    json: Option<Value>,
    unit: Option<()>,
    lists: Vec<Option<Vec<Option<Maybe<bool>>>>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize, EventData)]
pub(crate) struct Raw {
    raw: Box<RawValue>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
pub(crate) struct Tree {
    leaf: Option<u8>,
    below: Vec<Tree>,
}

/// An event for each of the shapes.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(type = "t.plain")]
pub(crate) struct PlainEvent {
    pub(crate) of: Plain,
}

macro_rules! events {
    ($($event:ident $name:literal $shape:ty;)*) => {
        $(#[derive(Debug, Clone, Serialize, Deserialize, Event)]
        #[event(type = $name)]
        pub(crate) struct $event {
            pub(crate) of: $shape,
        })*
    };
}

events! {
    ExternalEvent "t.external" External;
    InternalEvent "t.internal" Internal;
    AdjacentEvent "t.adjacent" Adjacent;
    UntaggedEvent "t.untagged" Untagged;
    OverlappingEvent "t.overlapping" Overlapping;
    FlattenedEvent "t.flattened" Flattened;
    KeyedEvent "t.keyed" Keyed;
    DoubtfulEvent "t.doubtful" Doubtful;
    ValueEvent "t.value" Value;
    RawEvent "t.raw" Raw;
    TreeEvent "t.tree" Tree;
}

pub(crate) fn double() -> impl Strategy<Value = f64> + Clone {
    let odd = [
        0.0,
        -0.0,
        1.0,
        1e15,
        1e16,
        1e23,
        5e-324,
        f64::MAX,
        9_007_199_254_740_993.0,
    ];
    prop_oneof![
        any::<f64>(),
        any::<i32>().prop_map(f64::from),
        proptest::sample::select(odd.to_vec())
    ]
    .prop_filter("JSON has finite floats only", |float| float.is_finite())
}

pub(crate) fn single() -> impl Strategy<Value = f32> + Clone {
    any::<f32>().prop_filter("JSON has finite floats only", |float| float.is_finite())
}

/// Names that meet members of the shapes, and texts that need escapes.
pub(crate) fn text() -> impl Strategy<Value = String> + Clone {
    let odd = [
        "",
        "id",
        "name",
        "big",
        "of",
        "kind",
        "type",
        "\0",
        "\\u0000",
        "\u{1f600}\"\\/\u{7f}\u{1}",
    ];
    prop_oneof![
        1 => any::<String>(),
        2 => proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

pub(crate) fn plain() -> impl Strategy<Value = Plain> {
    let leaf = (
        any::<(i8, i16, i32, i64, i128)>(),
        any::<(u8, u16, u32, u64, u128)>(),
        (single(), double()),
        any::<char>(),
        text(),
        any::<(bool, [u16; 3])>(),
    );
    let leaf = leaf.prop_map(
        |(signed, unsigned, floats, letter, text, (yes, list))| Plain {
            signed,
            unsigned,
            floats,
            letter,
            text,
            yes,
            nothing: (),
            list,
            maybe: None,
        },
    );
    (leaf.clone(), proptest::option::of(leaf)).prop_map(|(plain, inner)| Plain {
        maybe: inner.map(Box::new),
        ..plain
    })
}

pub(crate) fn external() -> impl Strategy<Value = External> {
    let leaf = prop_oneof![
        Just(External::Unit),
        double().prop_map(External::New),
        (any::<i64>(), proptest::option::of(text())).prop_map(|(n, text)| External::Pair(n, text)),
    ];
    leaf.prop_recursive(4, 8, 1, |inner| {
        (any::<u128>(), proptest::option::of(inner)).prop_map(|(n, deep)| External::Struct {
            n,
            deep: deep.map(Box::new),
        })
    })
}

pub(crate) fn internal() -> impl Strategy<Value = Internal> {
    prop_oneof![
        Just(Internal::Unit),
        (double(), single()).prop_map(|(f, single)| Internal::Float { f, single }),
        any::<i128>().prop_map(|n| Internal::Big { n }),
        any::<i64>().prop_map(|n| Internal::Big { n: n.into() }),
        btree_map(any::<u8>(), any::<bool>(), 0..3).prop_map(|keys| Internal::Map { keys }),
    ]
}

pub(crate) fn adjacent() -> impl Strategy<Value = Adjacent> {
    prop_oneof![
        Just(Adjacent::Unit),
        double().prop_map(Adjacent::Float),
        any::<u8>().prop_map(|n| Adjacent::Big(n.into())),
        btree_map(any::<char>(), single(), 0..3).prop_map(Adjacent::Letters),
    ]
}

pub(crate) fn untagged() -> impl Strategy<Value = Untagged> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Untagged::Integer),
        double().prop_map(Untagged::Float),
        text().prop_map(Untagged::Text),
        any::<Option<i32>>().prop_map(|x| Untagged::Point { x }),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| vec(inner, 0..3).prop_map(Untagged::Many))
}

pub(crate) fn overlapping() -> impl Strategy<Value = Overlapping> {
    let inner =
        (any::<u8>(), proptest::option::of(text())).prop_map(|(id, name)| Inner { id, name });
    let named = (double(), any::<Option<u64>>()).prop_map(|(name, big)| Named { name, big });
    prop_oneof![
        any::<i8>().prop_map(Overlapping::Small),
        any::<i64>().prop_map(Overlapping::Large),
        any::<i8>().prop_map(|n| Overlapping::Large(n.into())),
        single().prop_map(Overlapping::Single),
        double().prop_map(Overlapping::Double),
        any::<char>().prop_map(Overlapping::Letter),
        text().prop_map(Overlapping::Text),
        (any::<i8>(), text()).prop_map(|(n, text)| Overlapping::Pair(n, text)),
        any::<[u8; 2]>().prop_map(Overlapping::Array),
        vec(any::<u8>(), 0..4).prop_map(Overlapping::List),
        inner.prop_map(Overlapping::Inner),
        named.prop_map(Overlapping::Named),
        any::<u8>().prop_map(|id| Overlapping::Struct { id }),
        btree_map(text(), any::<u8>(), 0..3).prop_map(Overlapping::Map),
        Just(Overlapping::Nothing(())),
        any::<Option<bool>>().prop_map(Overlapping::Maybe),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> + Clone {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        double().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

pub(crate) fn flattened() -> impl Strategy<Value = Flattened> {
    let named = (double(), any::<Option<u64>>()).prop_map(|(name, big)| Named { name, big });
    (
        any::<u8>(),
        proptest::option::of(named),
        btree_map(text(), value(), 0..3),
    )
        .prop_map(|(id, inner, rest)| Flattened { id, inner, rest })
}

pub(crate) fn keyed() -> impl Strategy<Value = Keyed> {
    let inner =
        (any::<u8>(), proptest::option::of(text())).prop_map(|(id, name)| Inner { id, name });
    let name = prop_oneof![Just(Name::A), Just(Name::B)];
    (
        btree_map(any::<i64>(), inner, 0..3),
        btree_map(any::<bool>(), any::<u8>(), 0..3),
        hash_map(name, any::<u8>(), 0..3),
        hash_set(text(), 0..6),
        any::<BTreeSet<BTreeSet<u8>>>(),
    )
        .prop_map(|(by_number, by_bool, by_unit, names, nested)| Keyed {
            by_number,
            by_bool,
            by_unit,
            names,
            nested,
        })
}

pub(crate) fn doubtful() -> impl Strategy<Value = Doubtful> {
    (
        any::<Option<Option<u8>>>(),
        proptest::option::of(value()),
        any::<Option<()>>(),
        vec(any::<Option<Vec<Option<Option<bool>>>>>(), 0..3),
        vec(any::<u8>(), 0..2),
    )
        .prop_map(|(twice, json, unit, lists, skipped)| Doubtful {
            twice,
            json,
            unit,
            lists,
            skipped,
        })
}

/// JSON text as people write it: white space, members of one name, numbers of any form, escapes.
pub(crate) fn json_text() -> impl Strategy<Value = String> + Clone {
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,3})?";
    let odd = [
        "1e131071",
        "1e131072",
        "12e131070",
        "0.1e131072",
        "0e999999",
        "1e-16383",
        "1e-16384",
        "0e-16384",
        "-0",
        "-0.00",
        "100e-2",
        "0.00e3",
        "\"\\u00e9\\/\\b\\f\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "null",
        "true",
        "[]",
        "{ }",
        "1234567890123456789012345678901234567890.00",
    ];
    let name = proptest::sample::select(vec!["a", "b", "aa", "\\u0061", "\u{e9}", "", "ab "]);
    let leaf = prop_oneof![
        number.prop_map(String::from),
        proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
        text().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(4, 12, 4, move |inner| {
        let member =
            (name.clone(), inner.clone()).prop_map(|(name, value)| format!("\"{name}\" : {value}"));
        prop_oneof![
            vec(inner, 0..4).prop_map(|elements| format!("[ {}\n]", elements.join(" ,"))),
            vec(member, 0..4).prop_map(|members| format!("{{{} }}", members.join(",\t"))),
        ]
    })
}

pub(crate) fn raw() -> impl Strategy<Value = Raw> {
    let raw = json_text().prop_filter_map("JSON", |text| RawValue::from_string(text).ok());
    raw.prop_map(|raw| Raw { raw })
}

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    (0..80_usize, any::<Option<u8>>()).prop_map(|(depth, leaf)| {
        let leaf = Tree {
            leaf,
            below: Vec::new(),
        };
        (0..depth).fold(leaf, |tree, _| Tree {
            leaf: None,
            below: vec![tree],
        })
    })
}
