//! `#[derive(Event)]` at work: events come back as they went, and what cannot be written or read
//! is told in full. What the derive refuses at compile time is in `ui.rs`.

use std::collections::BTreeMap;

use eventcore_schema_model::event::Representation::{Jsonb, Text};
use eventcore_schema_model::event::{
    DecodeError, EncodeError, EventShape, check_json, encode_metadata,
};
use eventcore_schema_model::{Event, EventData};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.placed", version = 2)]
struct OrderPlaced {
    customer: String,
    items: Vec<Item>,
    note: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
struct Item {
    sku: String,
    quantity: u32,
    price: f64,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EventData)]
enum Kind {
    Plain,
    Gift { wrap: Option<String> },
    Weighed(f64, i128),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.shipped")]
struct OrderShipped {}

#[derive(Debug, Clone, PartialEq, Event)]
enum OrderEvent {
    Placed(Box<OrderPlaced>),
    Shipped(OrderShipped),
}

/// Every way in which serde gives a field its name.
#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "übung.begonnen")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Shaped {
    first_field: std::option::Option<Vec<(u8, [i64; 2])>>,
    #[serde(rename = "2nd", alias = "second")]
    second: BTreeMap<String, Box<dyn_free::Alias>>,
    #[serde(rename(serialize = "third", deserialize = "third"), default)]
    r#type: u8,
    #[serde(skip)]
    cache: u8,
    #[serde(deserialize_with = "Option::deserialize")]
    must_be_there: Option<u8>,
}

mod dyn_free {
    pub(super) type Alias = std::string::String;
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "note.taken")]
struct NoteTaken {
    text: String,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

fn placed() -> OrderPlaced {
    OrderPlaced {
        customer: "Zoë \u{1f600} \u{0} \u{7f} \"quoted\" \\u0000".to_owned(),
        items: vec![Item {
            sku: "a".to_owned(),
            quantity: u32::MAX,
            price: 0.1 + 0.2,
            kind: Kind::Weighed(f64::MIN_POSITIVE, i128::MIN),
        }],
        note: None,
        labels: BTreeMap::new(),
    }
}

fn shapes<E: Event>() -> Vec<&'static str> {
    E::SHAPES.iter().map(|shape| shape.event_type).collect()
}

fn refused<E: Event + std::fmt::Debug>(
    event_type: &str,
    version: i32,
    payload: &str,
) -> DecodeError {
    E::decode(event_type, version, payload.as_bytes()).expect_err("a refusal")
}

#[test]
fn a_struct_is_one_event_type() {
    let event = placed();
    assert_eq!(
        (event.event_type(), event.schema_version()),
        ("order.placed", 2)
    );
    let payload = event.encode().expect("JSON");
    assert_eq!(OrderPlaced::decode("order.placed", 2, &payload), Ok(event));
    assert_eq!(OrderShipped {}.schema_version(), 1);
    assert_eq!(OrderShipped {}.encode(), Ok(b"{}".to_vec()));
}

#[test]
fn an_enum_is_the_types_of_its_variants() {
    assert_eq!(shapes::<OrderEvent>(), ["order.placed", "order.shipped"]);
    for event in [
        OrderEvent::Placed(Box::new(placed())),
        OrderEvent::Shipped(OrderShipped {}),
    ] {
        let payload = event.encode().expect("JSON");
        let back = OrderEvent::decode(event.event_type(), event.schema_version(), &payload);
        assert_eq!(back, Ok(event));
    }
}

#[test]
fn an_older_version_is_read_as_far_as_serde_can_fit_it() {
    let event = OrderPlaced::decode("order.placed", 1, br#"{"customer":"Ada","items":[]}"#)
        .expect("an order");
    assert_eq!((event.note, event.labels.len()), (None, 0));
}

#[test]
fn the_shape_names_fields_as_they_are_stored() {
    let text = |shape: &EventShape| {
        let fields = shape.fields.iter().map(|field| {
            let optional = if field.optional { " (optional)" } else { "" };
            let flattened = if field.flattened { " (flattened)" } else { "" };
            format!(
                "\n  {}: {}{optional}{flattened}",
                field.name, field.rust_type
            )
        });
        format!(
            "{} v{}{}",
            shape.event_type,
            shape.schema_version,
            fields.collect::<String>()
        )
    };
    let all = [Shaped::SHAPES, NoteTaken::SHAPES, OrderEvent::SHAPES].concat();
    let all: Vec<String> = all.iter().map(text).collect();
    assert_snapshot!(all.join("\n"), @"
    übung.begonnen v1
      firstField: std::option::Option<Vec<(u8, [i64; 2])>> (optional)
      2nd: BTreeMap<String, Box<dyn_free::Alias>>
      third: u8 (optional)
      mustBeThere: Option<u8>
    note.taken v1
      text: String
      rest: BTreeMap<String, serde_json::Value> (flattened)
    order.placed v2
      customer: String
      items: Vec<Item>
      note: Option<String> (optional)
      labels: BTreeMap<String, f64> (optional)
    order.shipped v1
    ");
}

#[test]
fn decode_errors_name_the_event_the_place_and_the_way_out() {
    let item = |item: &str| {
        format!(
            r#"{{"customer":"Ada","items":[{{"sku":"a","quantity":1,"price":1,"kind":"Plain"}},{item}]}}"#
        )
    };
    let errors = [
        refused::<OrderEvent>("order.cancelled", 1, "{}"),
        refused::<OrderShipped>("order\n.placed", 1, "{}"),
        refused::<OrderEvent>("order.placed", 3, "{}"),
        refused::<OrderEvent>("order.placed", 0, "{}"),
        refused::<OrderEvent>("order.placed", 1, "{}"),
        refused::<OrderEvent>("order.placed", 2, r#"{"customer":7,"items":[]}"#),
        refused::<OrderEvent>("order.placed", 2, &item(r#"{"sku":"b","quantity":-1}"#)),
        refused::<OrderEvent>("order.placed", 2, &item(r#"{"sku":"b"}"#)),
        refused::<OrderEvent>(
            "order.placed",
            2,
            &item(r#"{"sku":"b","kind":{"Gift":{"wrap":[]}}}"#),
        ),
        refused::<OrderEvent>("order.placed", 2, &item(r#"{"sku":"b","kind":"Lost"}"#)),
        refused::<OrderEvent>(
            "order.placed",
            2,
            "{\n  \"customer\": \"Ada\",\n  \"note\": [\"x\"]\n}",
        ),
        refused::<OrderEvent>("order.placed", 2, "[]"),
        refused::<OrderEvent>("order.placed", 2, "{"),
        refused::<OrderEvent>("order.placed", 2, ""),
        refused::<OrderEvent>("order.shipped", 1, "{} {}"),
        refused::<Shaped>("übung.begonnen", 1, r#"{"2nd":{"a b":"x","c":1}}"#),
        refused::<Shaped>("übung.begonnen", 1, r#"{"2nd":{},"second":{}}"#),
        refused::<Shaped>("übung.begonnen", 1, r#"{"2nd":{},"fourth":{}}"#),
        refused::<Shaped>("übung.begonnen", 1, r#"{"2nd":{}}"#),
    ];
    let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_snapshot!(text.join("\n"), @r#"
    unknown event type `order.cancelled`; known: `order.placed`, `order.shipped`
    unknown event type `order\n.placed`; known: `order.shipped`
    event `order.placed` has schema version 3, this program knows up to 2: deploy the program that reads version 3 first
    event `order.placed` has schema version 0; versions start at 1
    payload of event `order.placed` version 1 (this program writes version 2) does not fit: missing field `customer`
    payload of event `order.placed` version 2 does not fit at `customer`: invalid type: integer `7`, expected a string
    payload of event `order.placed` version 2 does not fit at `items[1].quantity`: invalid value: integer `-1`, expected u32
    payload of event `order.placed` version 2 does not fit at `items[1]`: missing field `quantity`
    payload of event `order.placed` version 2 does not fit at `items[1].kind.Gift.wrap`: invalid type: sequence, expected a string
    payload of event `order.placed` version 2 does not fit at `items[1].kind`: unknown variant `Lost`, expected one of `Plain`, `Gift`, `Weighed`
    payload of event `order.placed` version 2 does not fit at `note`: invalid type: sequence, expected a string
    payload of event `order.placed` version 2 does not fit: invalid length 0, expected struct OrderPlaced with 4 elements
    payload of event `order.placed` version 2 does not fit: EOF while parsing an object at line 1 column 1
    payload of event `order.placed` version 2 does not fit: EOF while parsing a value at line 1 column 0
    payload of event `order.shipped` version 1 does not fit: trailing characters at line 1 column 4
    payload of event `übung.begonnen` version 1 does not fit at `2nd.c`: invalid type: integer `1`, expected a string
    payload of event `übung.begonnen` version 1 does not fit at `second`: duplicate field `2nd`
    payload of event `übung.begonnen` version 1 does not fit at `fourth`: unknown field `fourth`, expected one of `firstField`, `2nd`, `second`, `third`, `mustBeThere`
    payload of event `übung.begonnen` version 1 does not fit: missing field `mustBeThere`
    "#);
}

#[test]
fn floats_that_json_cannot_write_are_refused_and_not_stored_as_null() {
    let mut price = placed();
    price.items[0].price = f64::NAN;
    let mut weight = placed();
    weight.items[0].kind = Kind::Weighed(f64::INFINITY, 0);
    let mut label = placed();
    label.labels = BTreeMap::from([("a b".to_owned(), f64::NEG_INFINITY)]);
    let error = |event: OrderPlaced| event.encode().expect_err("a refusal").to_string();
    assert_snapshot!([error(price), error(weight), error(label)].join("\n"), @r#"
    event `order.placed` cannot be written as JSON: `items[0].price` is NaN, which would be stored as null; use a finite number, or the `None` of an `Option`
    event `order.placed` cannot be written as JSON: `items[0].kind.Weighed[0]` is inf, which would be stored as null; use a finite number, or the `None` of an `Option`
    event `order.placed` cannot be written as JSON: `labels["a b"]` is -inf, which would be stored as null; use a finite number, or the `None` of an `Option`
    "#);
}

#[test]
fn what_serde_refuses_names_the_event() {
    #[derive(Debug, Serialize, Deserialize, Event)]
    #[event(type = "grid.drawn")]
    struct GridDrawn {
        cells: BTreeMap<(i32, i32), u8>,
    }
    let event = GridDrawn {
        cells: BTreeMap::from([((1, 2), 3)]),
    };
    assert_snapshot!(event.encode().expect_err("a refusal"), @"event `grid.drawn` cannot be written as JSON: key must be a string");
}

#[test]
fn a_payload_that_jsonb_cannot_hold_is_refused_with_its_place() {
    let mut event = placed();
    let zero = event.encode_for(Jsonb).expect_err("a refusal");
    event.customer = "C:\\u0000".to_owned();
    event.items[0].kind = Kind::Gift {
        wrap: Some("a\0".to_owned()),
    };
    let nested = event.encode_for(Jsonb).expect_err("a refusal");
    let half = check_json("order.placed", br#""\ud83d""#, Jsonb).expect_err("a refusal");
    assert_snapshot!(
        [zero, nested, half]
            .map(|error| error.to_string())
            .join("\n")
    );

    assert_eq!(event.encode_for(Text), event.encode());
    event.items.clear();
    assert_eq!(event.encode_for(Jsonb), event.encode());
}

#[test]
fn metadata_is_an_object_that_jsonb_holds() {
    use serde_json::json;
    let refused = |metadata: &dyn erased::Metadata| match metadata.encode() {
        Ok(text) => String::from_utf8(text).expect("text"),
        Err(error) => error.to_string(),
    };
    let said = [
        refused(&json!({"ip": "192.0.2.1", "at": 1e16})),
        refused(&BTreeMap::from([("load", f64::NAN)])),
        refused(&json!({"names": ["a", "b\0"]})),
        refused(&json!([1])),
        refused(&json!(null)),
        refused(&json!("text")),
        refused(&Some(5)),
        refused(&BTreeMap::from([("zero", -0.0)])),
        refused(&BTreeMap::from([((1, 2), 3)])),
    ];
    assert_snapshot!(said.join("\n"));
}

mod erased {
    use super::{EncodeError, encode_metadata};

    pub(super) trait Metadata {
        fn encode(&self) -> Result<Vec<u8>, EncodeError>;
    }

    impl<T: serde::Serialize> Metadata for T {
        fn encode(&self) -> Result<Vec<u8>, EncodeError> {
            encode_metadata("t.any", self)
        }
    }
}

/// Finite floats of any size, as JSON holds them.
fn float() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("JSON has finite floats only", |float| float.is_finite())
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Plain),
        any::<Option<String>>().prop_map(|wrap| Kind::Gift { wrap }),
        (float(), any::<i128>()).prop_map(|(weight, number)| Kind::Weighed(weight, number)),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    (any::<String>(), any::<u32>(), float(), kind()).prop_map(|(sku, quantity, price, kind)| Item {
        sku,
        quantity,
        price,
        kind,
    })
}

fn order() -> impl Strategy<Value = OrderEvent> {
    let placed = (
        any::<String>(),
        proptest::collection::vec(item(), 0..4),
        any::<Option<String>>(),
        proptest::collection::btree_map(any::<String>(), float(), 0..4),
    );
    prop_oneof![
        4 => placed.prop_map(|(customer, items, note, labels)| OrderEvent::Placed(Box::new(OrderPlaced {
            customer,
            items,
            note,
            labels,
        }))),
        1 => Just(OrderEvent::Shipped(OrderShipped {})),
    ]
}

/// Text that looks like escapes and is none, beside characters that need one.
fn escapes() -> impl Strategy<Value = String> {
    let pieces = [
        "\\",
        "u0000",
        "\0",
        "\"",
        "\u{1}",
        "ud83d",
        "\u{1f600}",
        "a",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..8)
        .prop_map(|pieces| pieces.concat())
}

/// Whether any text in the JSON, key or value, holds the character `\u0000`.
fn holds_zero(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_zero),
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| key.contains('\0') || holds_zero(value)),
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_event_comes_back_as_it_went(event in order()) {
        let payload = event.encode().expect("JSON");
        prop_assert_eq!(&event.encode_for(Text), &Ok(payload.clone()));
        prop_assert_eq!(OrderEvent::decode(event.event_type(), event.schema_version(), &payload), Ok(event));
    }

    #[test]
    fn the_check_agrees_with_the_text_itself(text in escapes(), key in escapes()) {
        let rest = BTreeMap::from([(key, serde_json::Value::Null)]);
        let payload = NoteTaken { text, rest }.encode().expect("JSON");
        let value: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
        let refused = matches!(check_json("note.taken", &payload, Jsonb), Err(EncodeError::NotJsonb { .. }));
        prop_assert_eq!(refused, holds_zero(&value));
    }

    #[test]
    fn no_payload_makes_decode_panic(payload in r#"[\[\]{}:,"\\ua0-9\n ]{0,40}"#) {
        let _ = OrderEvent::decode("order.placed", 2, payload.as_bytes());
        let _ = check_json("order.placed", payload.as_bytes(), Jsonb);
    }
}
