//! What serde leaves out or calls otherwise, and reads back all the same.
use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

macro_rules! event {
    ($name:ident, $field:ident: $ty:ty) => {
        #[derive(Debug, Default, PartialEq, Serialize, Deserialize, Event)]
        #[event(type = "order.placed")]
        struct $name {
            #[serde(skip_serializing_if = "Option::is_none")]
            $field: $ty,
        }
    };
}

event!(FromMacro, note: Option<String>);

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct LeavesOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    city: String,
    #[serde(skip_serializing, default)]
    old: u32,
    #[serde(skip)]
    cache: u32,
    #[serde(flatten, skip_serializing_if = "BTreeMap::is_empty")]
    rest: BTreeMap<String, u32>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
#[serde(default, deny_unknown_fields)]
struct AllDefault {
    #[serde(skip_serializing_if = "String::is_empty")]
    city: String,
    #[serde(skip_serializing)]
    old: u32,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
#[serde(rename_all(serialize = "camelCase", deserialize = "snake_case"))]
struct Renamed {
    #[serde(rename = "y")]
    x: u32,
    #[serde(rename = "x")]
    y: u32,
    #[serde(alias = "firstName")]
    first_name: String,
    #[serde(rename(serialize = "p", deserialize = "q", deserialize = "p"))]
    z: u32,
    // A rule that leaves a name as it is in both directions.
    plain: u32,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
#[serde(rename_all = "UPPERCASE")]
struct Accented {
    été: u32,
}

fn comes_back<E: Event + Default + PartialEq + Debug>() {
    let payload = E::default().encode().unwrap();
    assert_eq!(E::decode("order.placed", 1, &payload), Ok(E::default()));
}

fn main() {
    comes_back::<FromMacro>();
    comes_back::<LeavesOut>();
    comes_back::<AllDefault>();
    comes_back::<Renamed>();
    comes_back::<Accented>();
    // serde's rules know the letters of ASCII alone, and the shape has the name that serde writes.
    assert_eq!(Accented::SHAPES[0].fields[0].name, "éTé");
}
