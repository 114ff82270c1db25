//! Pairs of an event type before and after a change: gen-sql accepts a change exactly when serde reads what the type before
//! wrote. Exceptions are listed as such.

use eventcore_schema_model::diff::diff;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::{Event, validate::Code};
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
        Unread "member of a type to text": 1 { a: Option<i64>, b: i64 } { a: Some(5), b: 6 } => 1 { a: Option<String>, b: i64 };
        Unread "removed member refused": #[serde(deny_unknown_fields)] 1 { a: i64, b: i64 } { a: 5, b: 6 } => #[serde(deny_unknown_fields)] 1 { a: i64 };
        Unread "removed member newly refused": 1 { a: i64, b: i64 } { a: 5, b: 6 } => #[serde(deny_unknown_fields)] 1 { a: i64 };
        Unsafe "earlier members newly refused": 1 { a: i64 } { a: 5 } => #[serde(deny_unknown_fields)] 1 { a: i64 };
        Fine "refused and added": #[serde(deny_unknown_fields)] 1 { a: i64 } { a: 5 } => #[serde(deny_unknown_fields)] 1 { a: i64, b: Option<i64> };
        Fine "no longer refused": #[serde(deny_unknown_fields)] 1 { a: i64, b: i64 } { a: 5, b: 6 } => 1 { a: i64 };
    }
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
