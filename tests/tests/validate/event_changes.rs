//! Pairs of an event type before and after a change: gen-sql accepts a change exactly when serde reads what the type before
//! wrote. Exceptions are listed as such.

use eventcore_schema_model::diff::{changed_defaults, diff, former_events};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::{Event, EventData, validate::Code};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

#[derive(Debug, PartialEq)]
enum Is {
    /// Accepted, and read.
    Fine,
    /// Refused, and not read.
    Unread,
    /// Refused although serde reads this payload: as another value, or because another payload would not be read.
    Unsafe,
}
use Is::{Fine, Unread, Unsafe};

fn refusal<Old: Event, New: Event>() -> Vec<Code> {
    let shop = || Schema::new("shop");
    codes(&shop().event::<Old>(), shop().event::<New>())
}

fn check<Old: Event, New: Event>(how: &str, is: &Is, before: &Old) {
    let payload = before.encode().unwrap();
    let read = New::decode(before.event_type(), before.schema_version(), &payload).is_ok();
    let refused = refusal::<Old, New>();
    assert_eq!(read, *is != Unread, "`{how}`: whether serde reads it");
    assert_eq!(refused.is_empty(), *is == Fine, "`{how}`: {refused:?}");
    // Every type reads itself.
    assert_eq!(refusal::<Old, Old>(), [], "`{how}`");
    assert_eq!(refusal::<New, New>(), [], "`{how}`");
}

macro_rules! pairs {
    ($($is:ident $how:literal: $(#[$old:meta])* $v:literal {$($before:tt)*} {$($values:tt)*}
        => $(#[$new:meta])* $w:literal {$($after:tt)*};)+) => {
        $({
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "item.added", version = $v)]
            $(#[$old])*
            struct Old { $($before)* }
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "item.added", version = $w)]
            $(#[$new])*
            struct New { $($after)* }
            check::<Old, New>($how, &$is, &Old { $($values)* });
        })+
    };
}

mod as_text {
    use serde::de::{Deserialize as _, Deserializer, Error as _};
    use serde::ser::Serializer;

    pub(super) fn serialize<T: ToString, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.to_string())
    }

    pub(super) fn deserialize<'de, T: std::str::FromStr, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| D::Error::custom(text))
    }
}

fn text() -> String {
    "five".to_owned()
}

#[test]
fn a_change_of_members_is_accepted_when_stored_events_can_be_read() {
    pairs! {
        Fine "no change": 1 { a: i64 } { a: 5 } => 1 { a: i64 };
        Fine "raised version": 1 { a: i64 } { a: 5 } => 2 { a: i64 };
        Unread "lowered version": 2 { a: i64 } { a: 5 } => 1 { a: i64 };
        Unread "new required member": 1 { a: i64 } { a: 5 } => 1 { a: i64, b: i64 };
        Unread "new required member, raised version": 1 { a: i64 } { a: 5 } => 2 { a: i64, b: i64 };
        Unread "new required member of no members": 1 {} {} => 1 { b: String };
        Fine "new optional member": 1 { a: i64 } { a: 5 } => 1 { a: i64, b: Option<i64> };
        Fine "new member with a default": 1 { a: i64 } { a: 5 } => 1 { a: i64, #[serde(default)] b: i64 };
        Fine "new member, default of the struct": 1 {} {} => #[serde(default)] #[derive(Default)] 1 { b: i64 };
        Unread "new optional member read by a function": 1 {} {} => 1 { #[serde(deserialize_with = "Option::deserialize")] b: Option<i64> };
        Fine "new skipped member": 1 { a: i64 } { a: 5 } => 1 { a: i64, #[serde(skip)] _b: i64 };
        Fine "removed member": 1 { a: i64, b: i64 } { a: 5, b: 6 } => 1 { a: i64 };
        Fine "other order": 1 { a: i64, b: String } { a: 5, b: text() } => 1 { b: String, a: i64 };
        Unread "renamed member": 1 { a: i64 } { a: 5 } => 1 { b: i64 };
        Unread "renamed member, raised version": 1 { a: i64 } { a: 5 } => 2 { b: i64 };
        Fine "renamed member with an alias": 1 { a: i64 } { a: 5 } => 1 { #[serde(alias = "a")] b: i64 };
        Unread "renamed member with another alias": 1 { a: i64 } { a: 5 } => 1 { #[serde(alias = "c")] b: i64 };
        Fine "renamed in Rust alone": 1 { a: i64 } { a: 5 } => 1 { #[serde(rename = "a")] b: i64 };
        Unread "renamed in JSON alone": 1 { a: i64 } { a: 5 } => 1 { #[serde(rename = "b")] a: i64 };
        Unread "rename_all": 1 { a_b: i64 } { a_b: 5 } => #[serde(rename_all = "camelCase")] 1 { a_b: i64 };
        Fine "rename_all of one word": 1 { ab: i64 } { ab: 5 } => #[serde(rename_all = "camelCase")] 1 { ab: i64 };
        Unsafe "lost alias": 1 { #[serde(alias = "a")] b: i64 } { b: 5 } => 1 { b: i64 };
        Fine "kept alias": 1 { #[serde(alias = "a")] b: i64 } { b: 5 } => 1 { #[serde(alias = "b", alias = "a")] c: i64 };
        Unread "retyped and renamed with an alias": 1 { a: i64 } { a: 5 } => 1 { #[serde(alias = "a")] b: String };
        Unread "two members swapped": 1 { a: i64, b: String } { a: 5, b: text() } => 1 { a: String, b: i64 };
        Fine "required becomes optional": 1 { a: i64 } { a: 5 } => 1 { a: Option<i64> };
        Unread "optional becomes required": 1 { a: Option<i64> } { a: None } => 1 { a: i64 };
        Unread "optional becomes a default": 1 { a: Option<i64> } { a: None } => 1 { #[serde(default)] a: i64 };
        Unsafe "a default is lost": 1 { #[serde(default)] a: i64 } { a: 5 } => 1 { a: i64 };
        Unread "a left out member loses its default": 1 { #[serde(default, skip_serializing_if = "String::is_empty")] a: String } { a: String::new() } => 1 { a: String };
        Unread "integer to text": 1 { a: i64 } { a: 5 } => 1 { a: String };
        Unread "text to integer": 1 { a: String } { a: text() } => 1 { a: i64 };
        Unread "truth value to integer": 1 { a: bool } { a: true } => 1 { a: i64 };
        Unread "integer to truth value": 1 { a: i64 } { a: 1 } => 1 { a: bool };
        Fine "character to text": 1 { a: char } { a: 'x' } => 1 { a: String };
        Unread "text to character": 1 { a: String } { a: text() } => 1 { a: char };
        Fine "wider integer": 1 { a: i32 } { a: i32::MIN } => 1 { a: i64 };
        Unread "narrower integer": 1 { a: i64 } { a: i64::MAX } => 1 { a: i32 };
        Fine "unsigned to wider signed": 1 { a: u32 } { a: u32::MAX } => 1 { a: i64 };
        Unread "unsigned to signed": 1 { a: u64 } { a: u64::MAX } => 1 { a: i64 };
        Unread "signed to unsigned": 1 { a: i32 } { a: -1 } => 1 { a: u64 };
        Fine "to 128 bits": 1 { a: u64 } { a: u64::MAX } => 1 { a: i128 };
        Fine "usize to u64": 1 { a: usize } { a: usize::MAX } => 1 { a: u64 };
        Fine "small integer to float": 1 { a: i32 } { a: 5 } => 1 { a: f64 };
        Unsafe "large integer to float": 1 { a: i64 } { a: i64::MAX } => 1 { a: f64 };
        Unread "float to integer": 1 { a: f64 } { a: 0.5 } => 1 { a: i64 };
        Fine "wider float": 1 { a: f32 } { a: 0.5 } => 1 { a: f64 };
        Unsafe "narrower float": 1 { a: f64 } { a: 0.1 } => 1 { a: f32 };
        Unread "one to a list": 1 { a: i64 } { a: 5 } => 1 { a: Vec<i64> };
        Unread "list to one": 1 { a: Vec<i64> } { a: vec![5] } => 1 { a: i64 };
        Fine "list of wider": 1 { a: Vec<i32> } { a: vec![5] } => 1 { a: VecDeque<Option<i64>> };
        Unread "list of others": 1 { a: Vec<i64> } { a: vec![5] } => 1 { a: Vec<String> };
        Fine "set to list": 1 { a: BTreeSet<i32> } { a: [5].into() } => 1 { a: Vec<i32> };
        Unsafe "list to set": 1 { a: Vec<i32> } { a: vec![5, 5] } => 1 { a: BTreeSet<i32> };
        Fine "array to list": 1 { a: [i64; 2] } { a: [5, 6] } => 1 { a: Vec<i64> };
        Unread "longer array": 1 { a: [i64; 2] } { a: [5, 6] } => 1 { a: [i64; 3] };
        Unread "list to array": 1 { a: Vec<i64> } { a: vec![5] } => 1 { a: [i64; 2] };
        Unread "longer tuple": 1 { a: (i64, String) } { a: (5, text()) } => 1 { a: (i64, String, bool) };
        Fine "tuple of wider": 1 { a: (i32, Vec<u8>) } { a: (5, vec![]) } => 1 { a: (i64, Vec<u16>) };
        Fine "kind of map": 1 { a: BTreeMap<String, i32> } { a: [(text(), 5)].into() } => 1 { a: HashMap<String, i64> };
        Unread "map of others": 1 { a: BTreeMap<String, i32> } { a: [(text(), 5)].into() } => 1 { a: BTreeMap<String, bool> };
        Unread "key of a map": 1 { a: BTreeMap<String, i32> } { a: [(text(), 5)].into() } => 1 { a: BTreeMap<u8, i32> };
        Unread "map to list": 1 { a: BTreeMap<String, i32> } { a: [(text(), 5)].into() } => 1 { a: Vec<i32> };
        Fine "boxed": 1 { a: i32 } { a: 5 } => 1 { a: Box<Option<Box<i64>>> };
        Fine "unboxed": 1 { a: Box<i32> } { a: Box::new(5) } => 1 { a: i32 };
        Fine "spelled in full": 1 { a: Option<String> } { a: None } => 1 { a: std::option::Option<std::string::String> };
        Fine "to anything": 1 { a: Vec<i64> } { a: vec![5] } => 1 { a: serde_json::Value };
        Unread "from anything": 1 { a: serde_json::Value } { a: true.into() } => 1 { a: i64 };
        Fine "flattened map added": 1 { a: i64 } { a: 5 } => 1 { a: i64, #[serde(flatten)] rest: BTreeMap<String, serde_json::Value> };
        Fine "flattened map removed": 1 { #[serde(flatten)] rest: BTreeMap<String, serde_json::Value> } { rest: BTreeMap::new() } => 1 {};
        Unread "flattened map of others": 1 { a: i64, b: i64 } { a: 5, b: 6 } => 1 { a: i64, #[serde(flatten)] rest: BTreeMap<String, bool> };
        Unread "new member under a name of a flattened map": 1 { #[serde(flatten)] rest: BTreeMap<String, serde_json::Value> } { rest: [("b".to_owned(), true.into())].into() } => 1 { b: Option<i64>, #[serde(flatten)] rest: BTreeMap<String, serde_json::Value> };
        Unsafe "function of another type": 1 { #[serde(with = "as_text")] a: i64 } { a: 5 } => 1 { #[serde(with = "as_text")] a: u8 };
        Unread "member of a type to text": 1 { a: Option<i64>, b: i64 } { a: Some(5), b: 6 } => 1 { a: Option<String>, b: i64 };
        Unread "removed member refused": #[serde(deny_unknown_fields)] 1 { a: i64, b: i64 } { a: 5, b: 6 } => #[serde(deny_unknown_fields)] 1 { a: i64 };
        Unread "removed member newly refused": 1 { a: i64, b: i64 } { a: 5, b: 6 } => #[serde(deny_unknown_fields)] 1 { a: i64 };
        Unsafe "earlier members newly refused": 1 { a: i64 } { a: 5 } => #[serde(deny_unknown_fields)] 1 { a: i64 };
        Fine "refused and added": #[serde(deny_unknown_fields)] 1 { a: i64 } { a: 5 } => #[serde(deny_unknown_fields)] 1 { a: i64, b: Option<i64> };
        Fine "no longer refused": #[serde(deny_unknown_fields)] 1 { a: i64, b: i64 } { a: 5, b: 6 } => 1 { a: i64 };
    }
}

/// Types before and after, each in a member `of`, in a list, as an optional member, as a map's value and inside another type.
macro_rules! nested {
    ($($is:ident $how:literal: {$($before:tt)*} $value:expr, {$($after:tt)*};)+) => {
        $({
            mod before {
                use super::*;
                #[derive(Clone, Serialize, Deserialize, EventData)]
                $($before)*
                pub(super) fn value() -> Of {
                    $value
                }
            }
            mod after {
                use super::*;
                #[derive(Clone, Serialize, Deserialize, EventData)]
                $($after)*
            }
            let of = before::value;
            macro_rules! within {
                ($shape:ty, $given:expr) => {{
                    type Holds<T> = $shape;
                    #[derive(Serialize, Deserialize, Event)]
                    #[event(type = "item.added")]
                    struct Old { of: Holds<before::Of> }
                    #[derive(Serialize, Deserialize, Event)]
                    #[event(type = "item.added")]
                    struct New { of: Holds<after::Of> }
                    check::<Old, New>($how, &$is, &Old { of: $given });
                }};
            }
            within!(T, of());
            within!(Vec<T>, vec![of()]);
            within!(Option<Box<T>>, Some(Box::new(of())));
            within!(BTreeMap<String, T>, [("k".to_owned(), of())].into());
            within!(Page<T>, Page { number: 1, content: (0, of()) });
        })+
    };
}

#[derive(Serialize, Deserialize, EventData)]
struct Page<T> {
    number: u8,
    content: (u8, T),
}

#[test]
fn a_change_of_a_nested_type_is_accepted_when_stored_events_can_be_read() {
    nested! {
        Fine "no change": { pub(super) struct Of { pub(super) a: i64 } } Of { a: 5 }, { pub(super) struct Of { a: i64 } };
        Unread "new required member": { pub(super) struct Of { a: i64 } } Of { a: 5 }, { pub(super) struct Of { a: i64, b: i64 } };
        Fine "new optional member": { pub(super) struct Of { a: i64 } } Of { a: 5 }, { pub(super) struct Of { a: i64, b: Option<i64> } };
        Fine "new member with a default": { pub(super) struct Of { a: i64 } } Of { a: 5 }, { pub(super) struct Of { a: i64, #[serde(default)] b: i64 } };
        Unread "renamed member": { pub(super) struct Of { a: i64 } } Of { a: 5 }, { pub(super) struct Of { b: i64 } };
        Fine "renamed member with an alias": { pub(super) struct Of { a: i64 } } Of { a: 5 }, { pub(super) struct Of { #[serde(alias = "a")] b: i64 } };
        Unread "rename_all": { pub(super) struct Of { a_b: i64 } } Of { a_b: 5 }, { #[serde(rename_all = "camelCase")] pub(super) struct Of { a_b: i64 } };
        Unread "retyped member": { pub(super) struct Of { a: i64 } } Of { a: 5 }, { pub(super) struct Of { a: String } };
        Fine "wider member": { pub(super) struct Of { a: i32 } } Of { a: 5 }, { pub(super) struct Of { a: i64 } };
        Fine "removed member": { pub(super) struct Of { a: i64, b: i64 } } Of { a: 5, b: 6 }, { pub(super) struct Of { a: i64 } };
        Unread "removed member that is refused": { pub(super) struct Of { a: i64, b: i64 } } Of { a: 5, b: 6 }, { #[serde(deny_unknown_fields)] pub(super) struct Of { a: i64 } };
        Fine "renamed type": { struct Other { a: i64 } #[derive(Clone, Serialize, Deserialize, EventData)] pub(super) struct Of { o: Other } } Of { o: Other { a: 5 } },
            { struct Another { a: i64 } #[derive(Clone, Serialize, Deserialize, EventData)] pub(super) struct Of { o: Another } };
        Unread "a type two levels down": { struct Other { a: i64 } #[derive(Clone, Serialize, Deserialize, EventData)] pub(super) struct Of { o: Other } } Of { o: Other { a: 5 } },
            { struct Other { a: i64, b: i64 } #[derive(Clone, Serialize, Deserialize, EventData)] pub(super) struct Of { o: Other } };
        Fine "one unnamed field": { pub(super) struct Of(i32); } Of(5), { pub(super) struct Of(i64); };
        Fine "one unnamed field becomes its type": { pub(super) struct Of(i32); } Of(5), { #[serde(transparent)] pub(super) struct Of { n: i64 } };
        Unread "one unnamed field is retyped": { pub(super) struct Of(i32); } Of(5), { pub(super) struct Of(String); };
        Unread "another unnamed field": { pub(super) struct Of(i32, i32); } Of(5, 6), { pub(super) struct Of(i32, i32, i32); };
        Fine "wider unnamed field": { pub(super) struct Of(i32, i32); } Of(5, 6), { pub(super) struct Of(i32, i64); };
        Unread "an unnamed field is skipped": { pub(super) struct Of(i32, ()); } Of(5, ()), { pub(super) struct Of(i32, #[serde(skip)] ()); };
        Fine "a skipped unnamed field": { pub(super) struct Of(i32, #[serde(skip)] ()); } Of(5, ()), { pub(super) struct Of(i64, #[serde(skip)] ()); };
        Fine "a list of itself": { pub(super) struct Of(Vec<Of>); } Of(vec![Of(vec![])]), { pub(super) struct Of(Vec<Of>); };
        Fine "optionally itself": { pub(super) struct Of(Box<Option<Of>>); } Of(Box::new(None)), { #[serde(transparent)] pub(super) struct Of { of: Box<Option<Of>> } };
        Unread "written with its name": { #[serde(tag = "type")] pub(super) struct Of { a: i32 } } Of { a: 5 }, { pub(super) struct Of { a: i32, r#type: Option<i32> } };
        Fine "no longer written with its name": { #[serde(tag = "type")] pub(super) struct Of { a: i32 } } Of { a: 5 }, { pub(super) struct Of { a: i32 } };
        Fine "its name is a member": { #[serde(tag = "type")] pub(super) struct Of { a: i32 } } Of { a: 5 }, { pub(super) struct Of { a: i32, r#type: Option<String> } };
        Unread "read as another type": { #[serde(into = "i32", from = "i32")] pub(super) struct Of { a: i32 } impl From<i32> for Of { fn from(a: i32) -> Self { Self { a } } } impl From<Of> for i32 { fn from(of: Of) -> Self { of.a } } } Of { a: 5 },
            { #[serde(into = "i32", from = "String")] pub(super) struct Of { a: i32 } impl From<String> for Of { fn from(_: String) -> Self { Self { a: 0 } } } impl From<Of> for i32 { fn from(of: Of) -> Self { of.a } } };
        Fine "unit struct": { pub(super) struct Of; } Of, { pub(super) struct Of; };
        Fine "recursive type": { pub(super) struct Of { below: Vec<Of>, a: i32 } } Of { below: vec![Of { below: vec![], a: 1 }], a: 2 }, { pub(super) struct Of { below: Vec<Of>, a: i64 } };
        Unread "recursive type gets a member": { pub(super) struct Of { below: Vec<Of> } } Of { below: vec![] }, { pub(super) struct Of { below: Vec<Of>, a: i64 } };
        Unread "recursive type becomes wider and required": { pub(super) struct Of { below: Option<Box<Of>>, a: Option<i32> } } Of { below: Some(Box::new(Of { below: None, a: None })), a: Some(2) }, { pub(super) struct Of { below: Option<Box<Of>>, a: i64 } };
        Fine "converted into a type": { #[serde(into = "i32", from = "i32")] pub(super) struct Of { a: i32 } impl From<i32> for Of { fn from(a: i32) -> Self { Self { a } } } impl From<Of> for i32 { fn from(of: Of) -> Self { of.a } } } Of { a: 5 },
            { pub(super) struct Of(i64); };
        Unread "converted into another type": { #[serde(into = "i32", from = "i32")] pub(super) struct Of { a: i32 } impl From<i32> for Of { fn from(a: i32) -> Self { Self { a } } } impl From<Of> for i32 { fn from(of: Of) -> Self { of.a } } } Of { a: 5 },
            { pub(super) struct Of(String); };
    }
}

/// Types before and after, flattened into the event.
macro_rules! in_place {
    ($($is:ident $how:literal: $given:expr, {$($before:tt)*} => {$($after:tt)*};)+) => {
        $({
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "item.added")]
            struct Old { $($before)* }
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "item.added")]
            struct New { $($after)* }
            check::<Old, New>($how, &$is, &Old { of: $given });
        })+
    };
}

#[derive(Serialize, Deserialize, EventData)]
struct One {
    a: i64,
}

#[derive(Serialize, Deserialize, EventData)]
struct Two {
    a: i64,
    b: i64,
}

#[derive(Serialize, Deserialize, EventData)]
struct TwoAtMost {
    a: i64,
    b: Option<i64>,
}

#[derive(Serialize, Deserialize, EventData)]
struct TwoAtLeastOne {
    a: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<i64>,
}

#[derive(Serialize, Deserialize, EventData)]
struct Texts {
    a: String,
}

#[derive(Serialize, Deserialize, EventData)]
struct Huge {
    a: i128,
}

#[derive(Serialize, Deserialize, EventData)]
enum Named {
    A { x: i64 },
}

#[derive(Serialize, Deserialize, EventData)]
#[serde(tag = "t")]
enum Tagged {
    A { x: i64 },
}

#[derive(Serialize, Deserialize, EventData)]
#[serde(untagged)]
enum Untagged {
    A { x: i64 },
}

#[derive(Serialize, Deserialize, EventData)]
struct AllInPlace {
    #[serde(flatten)]
    one: One,
}

#[test]
fn a_change_of_a_flattened_member_is_accepted_when_stored_events_can_be_read() {
    in_place! {
        Fine "no change": One { a: 5 }, { #[serde(flatten)] of: One } => { #[serde(flatten)] of: One };
        Fine "another optional member": One { a: 5 }, { #[serde(flatten)] of: One } => { #[serde(flatten)] of: TwoAtMost };
        Unread "another required member": One { a: 5 }, { #[serde(flatten)] of: One } => { #[serde(flatten)] of: Two };
        Fine "a member less": Two { a: 5, b: 6 }, { #[serde(flatten)] of: Two } => { #[serde(flatten)] of: One };
        Unread "a retyped member": One { a: 5 }, { #[serde(flatten)] of: One } => { #[serde(flatten)] of: Texts };
        Fine "a member of the event's own": One { a: 5 }, { #[serde(flatten)] of: One } => { a: i64 };
        Unread "a retyped member of the event's own": One { a: 5 }, { #[serde(flatten)] of: One } => { a: Option<String> };
        Fine "flattened again": One { a: 5 }, { #[serde(flatten)] of: One } => { #[serde(flatten)] of: AllInPlace };
        Fine "not flattened again": AllInPlace { one: One { a: 5 } }, { #[serde(flatten)] of: AllInPlace } => { #[serde(flatten)] of: One };
        Unread "no longer flattened": One { a: 5 }, { #[serde(flatten)] of: One } => { of: One };
        Unsafe "an optional one is flattened: read as `None`": Some(One { a: 5 }), { of: Option<One> } => { #[serde(flatten)] of: Option<One> };
        Unsafe "an optional one is no longer flattened: read as `None`": Some(One { a: 5 }), { #[serde(flatten)] of: Option<One> } => { of: Option<One> };
        Unread "flattened from now on": One { a: 5 }, { of: One } => { #[serde(flatten)] of: One };
        Fine "becomes optional": One { a: 5 }, { #[serde(flatten)] of: One } => { #[serde(flatten)] of: Option<One> };
        Unread "becomes required": None, { #[serde(flatten)] of: Option<One> } => { #[serde(flatten)] of: One };
        Unsafe "optional, another required member: read as `None`": Some(One { a: 5 }), { #[serde(flatten)] of: Option<One> } => { #[serde(flatten)] of: Option<Two> };
        Unsafe "optional, retyped: read as `None`": Some(One { a: 5 }), { #[serde(flatten)] of: Option<One> } => { #[serde(flatten)] of: Option<Texts> };
        Unsafe "optional, of which a required member was absent: read as `None`": TwoAtLeastOne { a: 5, b: None }, { #[serde(flatten)] of: TwoAtLeastOne } => { #[serde(flatten)] of: Option<Two> };
        Unread "wider than a buffer holds": One { a: 5 }, { #[serde(flatten)] of: One } => { #[serde(flatten)] of: Huge };
        Fine "wider beside": One { a: 5 }, { #[serde(flatten)] of: One } => { a: i128 };
        Unread "member of a variant's name": Named::A { x: 5 }, { #[serde(flatten)] of: Named } => { #[serde(flatten)] of: Named, #[serde(rename = "A")] a: Option<i64> };
        Unread "member of a tag's name": Tagged::A { x: 5 }, { #[serde(flatten)] of: Tagged } => { #[serde(flatten)] of: Tagged, t: Option<String> };
        Unread "member of a tagged variant's": Tagged::A { x: 5 }, { #[serde(flatten)] of: Tagged } => { #[serde(flatten)] of: Tagged, x: Option<i64> };
        Unsafe "member of an optional variant's: read as `None`": Some(Tagged::A { x: 5 }), { #[serde(flatten)] of: Option<Tagged> } => { #[serde(flatten)] of: Option<Tagged>, x: Option<i64> };
        Unread "member of an untagged variant's": Untagged::A { x: 5 }, { #[serde(flatten)] of: Untagged } => { #[serde(flatten)] of: Untagged, x: Option<i64> };
        Fine "member of no variant's": Tagged::A { x: 5 }, { #[serde(flatten)] of: Tagged } => { #[serde(flatten)] of: Tagged, y: Option<i64> };
        Fine "added, optional": 5, { of: i64 } => { of: i64, #[serde(flatten)] two: Option<Two> };
        Unread "added": 5, { of: i64 } => { of: i64, #[serde(flatten)] two: Two };
    }
}

#[test]
fn a_change_of_an_enum_is_accepted_when_stored_events_can_be_read() {
    nested! {
        Fine "no change": { pub(super) enum Of { A, B } } Of::B, { pub(super) enum Of { A, B } };
        Fine "new variant": { pub(super) enum Of { A, B } } Of::B, { pub(super) enum Of { C, A, B } };
        Unread "lost variant": { pub(super) enum Of { A, B } } Of::B, { pub(super) enum Of { A } };
        Unread "renamed variant": { pub(super) enum Of { A, B } } Of::B, { pub(super) enum Of { A, C } };
        Fine "renamed variant with an alias": { pub(super) enum Of { A, B } } Of::B, { pub(super) enum Of { A, #[serde(alias = "B")] C } };
        Unread "rename_all": { pub(super) enum Of { AB } } Of::AB, { #[serde(rename_all = "snake_case")] pub(super) enum Of { AB } };
        Fine "spelled as rename_all does": { #[serde(rename_all = "kebab-case")] pub(super) enum Of { AddedTwice } } Of::AddedTwice, { pub(super) enum Of { #[serde(rename = "added-twice")] A } };
        Fine "lost variant, any other is read": { pub(super) enum Of { A, B } } Of::B, { pub(super) enum Of { A, #[serde(other)] Z } };
        Unread "lost variant with content, no other is read": { pub(super) enum Of { A { a: i32 }, B } } Of::A { a: 5 }, { pub(super) enum Of { B, #[serde(other)] Z } };
        Unread "tag and content, lost variant with content": { #[serde(tag = "t", content = "c")] pub(super) enum Of { A { a: i32 }, B } } Of::A { a: 5 }, { #[serde(tag = "t", content = "c")] pub(super) enum Of { B, #[serde(other)] Z } };
        Fine "tag and content, lost variant without": { #[serde(tag = "t", content = "c")] pub(super) enum Of { A { a: i32 }, B } } Of::B, { #[serde(tag = "t", content = "c")] pub(super) enum Of { A { a: i32 }, #[serde(other)] Z } };
        Unread "wider than a buffer holds": { #[serde(tag = "t")] pub(super) enum Of { A { a: u64 } } } Of::A { a: 5 }, { #[serde(tag = "t")] pub(super) enum Of { A { a: u128 } } };
        Fine "wider without a buffer": { pub(super) enum Of { A { a: u64 } } } Of::A { a: 5 }, { pub(super) enum Of { A { a: u128 } } };
        Unread "numbered, and one of several from now on": { pub(super) struct Of(BTreeMap<u32, String>); } Of([(1, "a".to_owned())].into()), { #[serde(untagged)] pub(super) enum Of { A(BTreeMap<u32, String>), B(bool) } };
        Unsafe "untagged, a variant takes those of the next": { #[serde(untagged)] pub(super) enum Of { A { x: i32, y: Option<i32> }, B { x: i32, y: String } } } Of::B { x: 5, y: String::new() }, { #[serde(untagged)] pub(super) enum Of { A { x: i32 }, B { x: i32, y: String } } };
        Fine "untagged, the last has a member more": { #[serde(untagged)] pub(super) enum Of { A(bool), B { x: i32 } } } Of::B { x: 5 }, { #[serde(untagged)] pub(super) enum Of { A(bool), B { x: i64, y: Option<i32> } } };
        Fine "enum of names to text": { pub(super) enum Of { A } } Of::A, { #[serde(transparent)] pub(super) struct Of { text: String } };
        Unread "text to enum of names": { #[serde(transparent)] pub(super) struct Of { text: String } } Of { text: "B".to_owned() }, { pub(super) enum Of { A } };
        Fine "content becomes wider": { pub(super) enum Of { A(i32) } } Of::A(5), { pub(super) enum Of { A(i64) } };
        Unread "content of another type": { pub(super) enum Of { A(i32) } } Of::A(5), { pub(super) enum Of { A(String) } };
        Unread "content gone": { pub(super) enum Of { A(i32) } } Of::A(5), { pub(super) enum Of { A } };
        Unread "content added": { pub(super) enum Of { A } } Of::A, { pub(super) enum Of { A(i32) } };
        Unread "required member of a variant": { pub(super) enum Of { A { a: i32 } } } Of::A { a: 5 }, { pub(super) enum Of { A { a: i32, b: i32 } } };
        Fine "optional member of a variant": { pub(super) enum Of { A { a: i32 } } } Of::A { a: 5 }, { pub(super) enum Of { A { a: i64, b: Option<i32> } } };
        Unread "rename_all_fields": { pub(super) enum Of { A { a_b: i32 } } } Of::A { a_b: 5 }, { #[serde(rename_all_fields = "camelCase")] pub(super) enum Of { A { a_b: i32 } } };
        Unread "rename_all of a variant": { pub(super) enum Of { A { a_b: i32 } } } Of::A { a_b: 5 }, { pub(super) enum Of { #[serde(rename_all = "camelCase")] A { a_b: i32 } } };
        Fine "fields become a struct's": { pub(super) enum Of { A { a: i32 } } } Of::A { a: 5 }, { pub(super) enum Of { A(In) } #[derive(Clone, Serialize, Deserialize, EventData)] struct In { a: i32 } };
        Unread "tag added": { pub(super) enum Of { A { a: i32 } } } Of::A { a: 5 }, { #[serde(tag = "t")] pub(super) enum Of { A { a: i32 } } };
        Fine "tagged, optional member": { #[serde(tag = "t")] pub(super) enum Of { A { a: i32 }, B } } Of::A { a: 5 }, { #[serde(tag = "t")] pub(super) enum Of { A { a: i64, b: Option<i64> }, B } };
        Unread "tagged, required member": { #[serde(tag = "t")] pub(super) enum Of { A { a: i32 }, B } } Of::A { a: 5 }, { #[serde(tag = "t")] pub(super) enum Of { A { a: i64, b: i64 }, B } };
        Unread "another tag": { #[serde(tag = "t")] pub(super) enum Of { A { a: i32 } } } Of::A { a: 5 }, { #[serde(tag = "u")] pub(super) enum Of { A { a: i32 } } };
        Unread "tagged, lost variant": { #[serde(tag = "t")] pub(super) enum Of { A { a: i32 }, B } } Of::B, { #[serde(tag = "t")] pub(super) enum Of { A { a: i32 } } };
        Fine "tagged, any other is read": { #[serde(tag = "t")] pub(super) enum Of { A { a: i32 }, B } } Of::A { a: 5 }, { #[serde(tag = "t")] pub(super) enum Of { B, #[serde(other)] Z } };
        Fine "tag and content": { #[serde(tag = "t", content = "c")] pub(super) enum Of { A(i32), B } } Of::A(5), { #[serde(tag = "t", content = "c")] pub(super) enum Of { A(i64), B, C } };
        Unread "another content": { #[serde(tag = "t", content = "c")] pub(super) enum Of { A(i32) } } Of::A(5), { #[serde(tag = "t", content = "d")] pub(super) enum Of { A(i32) } };
        Fine "untagged, variant added behind": { #[serde(untagged)] pub(super) enum Of { A(i32), B(String) } } Of::B("x".to_owned()), { #[serde(untagged)] pub(super) enum Of { X(i32), Y(String), Z(bool) } };
        Unsafe "untagged, variant added before": { #[serde(untagged)] pub(super) enum Of { A(i32), B(String) } } Of::A(5), { #[serde(untagged)] pub(super) enum Of { N(i64), A(i32), B(String) } };
        Unsafe "untagged, wider variant": { #[serde(untagged)] pub(super) enum Of { A(i32), B(i64) } } Of::A(5), { #[serde(untagged)] pub(super) enum Of { A(i64), B(i64) } };
        Unread "untagged, lost variant": { #[serde(untagged)] pub(super) enum Of { A(i32), B(String) } } Of::B("x".to_owned()), { #[serde(untagged)] pub(super) enum Of { A(i32) } };
        Fine "a type becomes one of several": { pub(super) struct Of(String); } Of("x".to_owned()), { #[serde(untagged)] pub(super) enum Of { A(String), B(Vec<String>) } };
        Fine "a type becomes a wider one of several": { pub(super) struct Of(i32); } Of(5), { #[serde(untagged)] pub(super) enum Of { A(f64), B(i32) } };
        Unsafe "a type becomes a later one of several": { pub(super) struct Of(i32); } Of(5), { #[serde(untagged)] pub(super) enum Of { A(String), B(i32) } };
        Unread "one of several becomes a type": { #[serde(untagged)] pub(super) enum Of { A(String), B(Vec<String>) } } Of::B(vec![]), { pub(super) struct Of(String); };
        Fine "one variant becomes untagged, of its own content": { pub(super) enum Of { A(i32), #[serde(untagged)] B(String) } } Of::B("x".to_owned()), { pub(super) enum Of { A(i32), C, #[serde(untagged)] B(String) } };
    }
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "item.put", alias = "item.added", version = 2)]
struct Put {
    id: i64,
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "item.put", version = 2)]
struct PutAlone {
    id: i64,
}

#[test]
fn a_renamed_event_type_is_read_under_its_alias() {
    let shop = || Schema::new("shop");
    let before = shop().event::<Added>();
    assert_eq!(codes(&before, shop().event::<PutAlone>()), [Code::SM121]);
    let renamed = || shop().event::<Put>();
    assert_eq!(codes(&before, renamed()), []);
    // The log holds events of both names from then on.
    assert_eq!(codes(&renamed(), renamed()), []);
    assert_eq!(codes(&renamed(), shop().event::<PutAlone>()), [Code::SM121]);
    assert_eq!(codes(&renamed(), shop().event::<Added>()), [Code::SM121]);
    // A name that stored events have does not go to another type.
    let moved = shop().event::<PutAlone>().event::<Added>();
    assert_eq!(codes(&renamed(), moved), [Code::SM121]);
    let payload = Added { id: 5 }.encode().unwrap();
    assert_eq!(Put::decode("item.added", 2, &payload).unwrap().id, 5);
    assert_eq!(Put { id: 5 }.event_type(), "item.put");
    assert!(PutAlone::decode("item.added", 2, &payload).is_err());
    // One stored name is of one type.
    let both = validate(renamed().event::<Added>()).unwrap_err();
    assert_eq!(both.as_slice()[0].code, Code::SM004);
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "item.added", version = 2)]
struct Added {
    id: i64,
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "item.added", version = 2)]
struct AddedUnderAnotherId {
    item: i64,
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "item.added")]
struct AddedInVersionOne {
    id: i64,
}

fn codes(from: &Schema, to: Schema) -> Vec<Code> {
    let to = validate(to).unwrap();
    let violations = diff(from, &to).err();
    let all = violations.iter().flat_map(Violations::as_slice);
    all.map(|it| it.code).collect()
}

#[test]
fn a_retired_event_may_be_removed_or_changed_once() {
    let shop = || Schema::new("shop");
    let before = shop().event::<Added>();
    assert_eq!(codes(&before, shop()), [Code::SM121]);
    assert_eq!(
        codes(&before, shop().retire("item.added", "never stored")),
        []
    );
    let renamed = || shop().event::<AddedUnderAnotherId>();
    assert_eq!(codes(&before, renamed()), [Code::SM123]);
    let retired = || renamed().retire("item.added", "not released yet");
    assert_eq!(codes(&before, retired()), []);
    // An applied annotation may stay, and does not cover the next change.
    assert_eq!(codes(&retired(), retired()), []);
    let back = || {
        shop()
            .event::<Added>()
            .retire("item.added", "not released yet")
    };
    assert_eq!(codes(&retired(), back()), [Code::SM123]);
    assert_eq!(
        codes(
            &retired(),
            back().retire("item.added", "the log was emptied")
        ),
        []
    );
}

#[test]
fn a_shape_that_was_given_up_is_remembered() {
    #[derive(Serialize, Deserialize, Event)]
    #[event(type = "item.added", version = 2)]
    struct WithNote {
        id: i64,
        note: Option<i64>,
    }
    #[derive(Serialize, Deserialize, Event)]
    #[event(type = "item.added", version = 2)]
    struct WithText {
        id: i64,
        note: Option<String>,
    }
    let shop = || Schema::new("shop");
    let remember = |from: &Schema, to: Schema| {
        let former = former_events(from, &to);
        validate(to)
            .unwrap()
            .with_former_events(former)
            .into_inner()
    };
    let first = shop().event::<WithNote>();
    let second = remember(&first, shop().event::<Added>());
    assert_eq!(codes(&second, shop().event::<WithText>()), [Code::SM123]);
    assert_eq!(codes(&second, shop().event::<WithNote>()), []);
    // Also after a further change, and until it is said that there is no such event.
    let third = remember(&second, shop().event::<Added>().event::<Closed>());
    let text = || shop().event::<WithText>().event::<Closed>();
    assert_eq!(codes(&third, text()), [Code::SM123]);
    let retired = || text().retire("item.added", "never stored");
    assert_eq!(codes(&third, retired()), []);
    let fourth = remember(&third, retired());
    assert_eq!(fourth.former_events, []);
    assert_eq!(codes(&fourth, text()), []);
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "item.closed")]
struct Closed {}

#[test]
fn each_version_of_one_event_type_is_compared() {
    let shop = || Schema::new("shop");
    let both = || shop().event::<AddedInVersionOne>().event::<Added>();
    assert_eq!(codes(&shop().event::<AddedInVersionOne>(), both()), []);
    assert_eq!(codes(&both(), shop().event::<Added>()), []);
    assert_eq!(
        codes(&both(), shop().event::<AddedInVersionOne>()),
        [Code::SM122]
    );
    let broken = shop().event::<AddedUnderAnotherId>();
    assert_eq!(codes(&both(), broken), [Code::SM123, Code::SM123]);
}

/// A text that holds an `@`.
#[derive(Debug, Clone, Serialize, Deserialize, EventData)]
#[serde(try_from = "String", into = "String")]
struct Email(String);

impl TryFrom<String> for Email {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.contains('@') {
            Ok(Self(text))
        } else {
            Err("no address")
        }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

/// Any text.
#[derive(Debug, Clone, Serialize, Deserialize, EventData)]
#[serde(from = "String", into = "String")]
struct Label(String);

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

#[test]
fn a_type_that_refuses_values_reads_none_of_one_that_does_not() {
    let text = || "none".to_owned();
    let email = || Email("ada@example.org".to_owned());
    pairs! {
        Unread "a text becomes an address": 1 { to: String } { to: text() } => 1 { to: Email };
        Unread "texts become addresses": 1 { to: Vec<String> } { to: vec![text()] } => 1 { to: Vec<Email> };
        Unread "a text becomes an address, or nothing": 1 { to: String } { to: text() } => 1 { to: Option<Email> };
        Unread "a text becomes one of another crate": 1 { to: String } { to: text() } => 1 { #[event(json = String)] to: std::net::IpAddr };
        Fine "an address becomes a text": 1 { to: Email } { to: email() } => 1 { to: String };
        Fine "an address becomes nothing, or one": 1 { to: Email } { to: email() } => 1 { to: Option<Email> };
        Fine "a text becomes a label": 1 { to: String } { to: text() } => 1 { to: Label };
        Fine "a label becomes a text": 1 { to: Label } { to: Label(text()) } => 1 { to: String };
    }
}

/// A text that holds a `.` too.
#[derive(Debug, Clone, Serialize, Deserialize, EventData)]
#[serde(try_from = "String", into = "String")]
struct Address(String);

/// The same as [`Email`], under another name.
#[derive(Debug, Clone, Serialize, Deserialize, EventData)]
#[serde(try_from = "String", into = "String")]
#[event(same_as = "Email")]
struct Mail(String);

/// The same as [`Mail`], under a third name.
#[derive(Debug, Clone, Serialize, Deserialize, EventData)]
#[serde(try_from = "String", into = "String")]
#[event(same_as = "Mail")]
struct Post(String);

/// As they are after the release that gave them these names.
mod later {
    use super::{Deserialize, EventData, Serialize};

    #[derive(Debug, Clone, Serialize, Deserialize, EventData)]
    #[serde(try_from = "String", into = "String")]
    pub(super) struct Mail(pub(super) String);
}
use later::Mail as LaterMail;

macro_rules! texts {
    ($($ty:ident $sign:literal)+) => {$(
        impl TryFrom<String> for $ty {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.contains($sign).then_some(Self(text)).ok_or("no address")
            }
        }

        impl From<$ty> for String {
            fn from(text: $ty) -> Self {
                text.0
            }
        }
    )+};
}
texts! { Address '.' Mail '@' Post '@' LaterMail '@' }

/// Hexadecimal digits, read as text.
mod in_hex {
    use serde::de::{Deserialize as _, Deserializer, Error as _};
    use serde::ser::Serializer;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(value: &u32, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{value:x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        let text = String::deserialize(from)?;
        u32::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[derive(Debug, Default, Serialize, Deserialize, EventData)]
struct ItemByCode {
    code: i32,
}

#[derive(Debug, Default, Serialize, Deserialize, EventData)]
struct Item {
    sku: String,
}

#[derive(Debug, Default, Serialize, Deserialize, EventData)]
struct ItemWithMore {
    sku: String,
    #[serde(default)]
    more: i32,
}

fn null_is_default<'de, T: Default + Deserialize<'de>, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

use null_is_default as none_is_default;

mod as_it_was {
    pub(super) type Thing = super::Item;
}

mod by_code {
    pub(super) type Thing = super::ItemByCode;
}

mod with_more {
    pub(super) type Thing = super::ItemWithMore;
}

#[derive(Serialize, Deserialize, EventData)]
struct Amount {
    amount: i32,
}

/// Reads both forms, the newer one first.
#[derive(Serialize, Deserialize, EventData)]
#[serde(untagged)]
enum AmountRead {
    Newer { amount: i32, currency: String },
    Older { amount: i32 },
}

#[derive(Serialize, Deserialize, EventData)]
#[serde(from = "AmountRead")]
struct Money {
    amount: i32,
    currency: String,
}

impl From<AmountRead> for Money {
    fn from(read: AmountRead) -> Self {
        match read {
            AmountRead::Newer { amount, currency } => Self { amount, currency },
            AmountRead::Older { amount } => Self {
                amount,
                currency: "EUR".to_owned(),
            },
        }
    }
}

#[derive(Serialize, Deserialize, EventData)]
struct Loose {
    value: serde_json::Value,
}

#[derive(Serialize, Deserialize, EventData)]
struct AsText {
    value: Box<serde_json::value::RawValue>,
}

#[derive(Serialize, Deserialize, EventData)]
struct ByNumber {
    #[event(json = BTreeMap<String, i32>)]
    numbers: BTreeMap<u32, i32>,
}

#[test]
fn what_reads_a_value_is_compared_where_its_shape_does_not_say_it() {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let email = || Email("ada@example".to_owned());
    let mail = || Mail("ada@example".to_owned());
    let address = || IpAddr::V6(Ipv6Addr::LOCALHOST);
    let numbers = || BTreeMap::from([(1, 2)]);
    pairs! {
        Unread "one that refuses texts becomes another": 1 { to: Email } { to: email() } => 1 { to: Address };
        Fine "one that refuses texts gets another name": 1 { to: Email } { to: email() } => 1 { to: Mail };
        Fine "one that refuses texts gets a third name": 1 { to: Mail } { to: mail() } => 1 { to: Post };
        Fine "one that got another name is not said to be the same any more": 1 { to: Mail } { to: mail() } => 1 { to: LaterMail };
        Fine "one of another crate is written without its module": 1 { #[event(json = Option<String>)] to: Option<std::net::IpAddr> } { to: Some(address()) } => 1 { #[event(json = Option<String>)] to: Option<IpAddr> };
        Fine "a function gets another name": 1 { #[serde(deserialize_with = "null_is_default")] n: u32 } { n: 1 } => 1 { #[event(same_as = "function null_is_default of u32")] #[serde(deserialize_with = "none_is_default")] n: u32 };
        Unsafe "a function becomes another": 1 { #[serde(deserialize_with = "null_is_default")] n: u32 } { n: 1 } => 1 { #[serde(deserialize_with = "none_is_default")] n: u32 };
        Unread "one of another crate becomes another": 1 { #[event(json = String)] to: IpAddr } { to: address() } => 1 { #[event(json = String)] to: Ipv4Addr };
        Fine "one of another crate is said to be the same": 1 { #[event(json = String)] to: IpAddr } { to: address() } => 1 { #[event(json = String, same_as = "IpAddr")] to: std::net::IpAddr };
        Unsafe "a number is read as hexadecimal": 1 { #[event(json = String)] #[serde(with = "as_text")] n: u32 } { n: 10 } => 1 { #[event(json = String)] #[serde(with = "in_hex")] n: u32 };
        Fine "a function over a type that reads more": 1 { #[serde(deserialize_with = "null_is_default")] thing: as_it_was::Thing } { thing: Item { sku: text() } }
            => 1 { #[serde(deserialize_with = "null_is_default")] thing: as_it_was::Thing };
        Fine "objects of a struct become those of one read by a first form that does not fit": 1 { m: Amount } { m: Amount { amount: 1 } } => 1 { m: Money };
        Unread "JSON becomes its text below flatten": 1 { value: serde_json::Value } { value: serde_json::json!({"a": 1}) } => 1 { #[serde(flatten)] all: AsText };
        Unread "keys that are numbers below flatten": 1 { #[event(json = BTreeMap<String, i32>)] numbers: BTreeMap<u32, i32> } { numbers: numbers() } => 1 { #[serde(flatten)] all: ByNumber };
        Fine "JSON becomes its text": 1 { value: serde_json::Value } { value: serde_json::json!({"a": 1}) } => 1 { value: Box<serde_json::value::RawValue> };
        Unsafe "a text of JSON becomes JSON": 1 { value: Box<serde_json::value::RawValue> } { value: serde_json::value::to_raw_value(&1).unwrap() } => 1 { value: serde_json::Value };
        Fine "JSON below flatten": 1 { value: serde_json::Value } { value: serde_json::json!(1) } => 1 { #[serde(flatten)] all: Loose };
    }
}

/// The refusal says which word helps where a type got another name.
#[test]
fn a_type_under_another_name_is_told_from_another_type() {
    macro_rules! sent {
        ($ty:ident) => {{
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "mail.sent")]
            struct Sent {
                to: Option<$ty>,
            }
            Schema::new("shop").event::<Sent>()
        }};
    }
    let after = validate(sent!(Address)).unwrap();
    let refused = diff(&sent!(Email), &after).unwrap_err().to_string();
    for part in [
        "the member `to` was written for `Email`, and `Address` may refuse its values",
        r#"`#[event(same_as = "Email")]`: on the type `Address`, or on the member where that names a function"#,
    ] {
        assert!(refused.contains(part), "{refused}");
    }
}

/// A type that had several names is one type, whichever of them an event was recorded with.
#[test]
fn a_type_keeps_its_values_under_each_name_that_it_had() {
    macro_rules! sent {
        ($ty:ty) => {{
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "mail.sent")]
            struct Sent {
                to: Option<$ty>,
            }
            Schema::new("shop").event::<Sent>()
        }};
    }
    let release = |before: Schema, after: Schema| {
        let after = validate(after).unwrap();
        let former = former_events(&before, &after);
        if let Err(refused) = diff(&before, &after) {
            panic!("{refused}");
        }
        after.with_former_events(former).into_inner()
    };
    let first = release(Schema::new("shop"), sent!(Email));
    let second = release(first, sent!(Mail));
    // The word is taken out, or there is another name, with the last one before it.
    let third = release(second.clone(), sent!(without_word::Mail));
    release(third, sent!(Post));
    release(second, sent!(Post));
}

mod without_word {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, Serialize, Deserialize, eventcore_schema_model::EventData)]
    #[serde(try_from = "String", into = "String")]
    pub(super) struct Mail(String);

    impl TryFrom<String> for Mail {
        type Error = &'static str;

        fn try_from(text: String) -> Result<Self, Self::Error> {
            super::Email::try_from(text).map(|it| Self(it.0))
        }
    }

    impl From<Mail> for String {
        fn from(mail: Mail) -> Self {
            mail.0
        }
    }
}

/// A function's type is recorded by its text, and by its shape: types of one name are compared.
#[test]
fn what_a_function_makes_is_compared_by_what_is_below_it() {
    macro_rules! with {
        ($module:ident) => {{
            #[allow(unused_imports)]
            use $module::Thing;
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "item.added")]
            struct Added {
                #[serde(deserialize_with = "null_is_default")]
                thing: Thing,
            }
            Schema::new("shop").event::<Added>()
        }};
    }
    assert_eq!(codes(&with!(as_it_was), with!(with_more)), []);
    assert_eq!(codes(&with!(as_it_was), with!(by_code)), [Code::SM123]);
}

#[test]
fn another_default_is_told() {
    fn one() -> i32 {
        1
    }
    fn two() -> i32 {
        2
    }
    macro_rules! with {
        ($default:literal) => {{
            #[derive(Serialize, Deserialize, Event)]
            #[event(type = "item.added")]
            struct Added {
                #[serde(default = $default)]
                n: i32,
            }
            Schema::new("shop").event::<Added>()
        }};
    }
    let told = changed_defaults(&with!("one"), &with!("two"));
    let gives = ["`one()`".to_owned(), "`two()`".to_owned()];
    assert_eq!(told, [("item.added".to_owned(), "n".to_owned(), gives)]);
    assert_eq!(changed_defaults(&with!("one"), &with!("one")), []);
}
