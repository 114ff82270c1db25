//! Payloads of any shape through a server, in each representation: refused before they are stored, or read as they were
//! written. `PAYLOADS=100000 PAYLOADS_SEED=2 cargo xtask test -- --test payloads` tries more, from another seed.

mod as_bytes;
mod misread;
mod shapes;

#[rustfmt::skip]
#[path = "../rust_emission/src/modules.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::struct_field_names,
    reason = "an emitted crate, mounted in a test"
)]
mod emitted;

use std::fmt::Debug;

use eventcore_schema_model::Event;
use eventcore_schema_model::event::Representation::{self, Jsonb, Text};
use eventcore_schema_model::event::check_json;
use eventcore_tests::TestDatabase;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Client;

use crate::shapes::*;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn values<S: Strategy>(strategy: &S) -> Vec<S::Value> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&setting("PAYLOADS_SEED", 1).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let count = setting("PAYLOADS", 100);
    let any = (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current());
    any.collect()
}

/// What a server gives back of texts that it stores.
async fn stored(client: &Client, texts: &[String], ty: &str) -> Vec<String> {
    let statement = format!(
        "CREATE TEMPORARY TABLE stored (n bigint, payload {ty});
         CREATE TEMPORARY TABLE given (n bigint, payload text)"
    );
    client.batch_execute(&statement).await.unwrap();
    let numbers: Vec<i64> = (0..).take(texts.len()).collect();
    let fill = "INSERT INTO given SELECT * FROM unnest($1::bigint[], $2::text[])";
    client.execute(fill, &[&numbers, &texts]).await.unwrap();
    let (write, read) = match ty {
        "bytea" => (
            "convert_to(payload, 'UTF8')",
            "convert_from(payload, 'UTF8')",
        ),
        "json" => ("payload::json", "payload::text"),
        _ => ("payload::jsonb", "payload::text"),
    };
    let store = format!("INSERT INTO stored SELECT n, {write} FROM given");
    client.batch_execute(&store).await.unwrap();
    let all = format!("SELECT {read} FROM stored ORDER BY n");
    let rows = client.query(&all, &[]).await.unwrap();
    client
        .batch_execute("DROP TABLE stored, given")
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// A value for each text that `encode_for` accepts comes back; how many were refused.
async fn prove<E>(client: &Client, events: Vec<E>) -> [usize; 2]
where
    E: Event + Clone + Debug + Serialize + DeserializeOwned,
{
    let mut refused = [0, 0];
    for (at, representation) in [Jsonb, Text].into_iter().enumerate() {
        let (mut accepted, mut texts) = (Vec::new(), Vec::new());
        for event in &events {
            match event.encode_for(representation) {
                Ok(text) => {
                    accepted.push(event);
                    texts.push(String::from_utf8(text).unwrap());
                }
                Err(_) => refused[at] += 1,
            }
        }
        let types: &[&str] = match representation {
            Representation::Jsonb => &["jsonb"],
            Representation::Text => &["json", "bytea"],
        };
        for ty in types {
            let found = stored(client, &texts, ty).await;
            assert_eq!(found.len(), accepted.len());
            for (event, text) in accepted.iter().zip(&found) {
                let name = event.event_type();
                let read = E::decode(name, 1, text.as_bytes())
                    .unwrap_or_else(|error| panic!("{ty}: {event:?}: {error}"));
                assert_eq!(shown(&read), shown(*event), "{ty}: {text}");
            }
        }
    }
    refused
}

/// A value for comparison: by its debug form, which tells zeros of either sign apart; sets have no order there, so that
/// its letters are sorted.
fn shown(value: &impl Debug) -> String {
    let mut letters: Vec<char> = format!("{value:?}")
        .chars()
        .filter(|it| *it != ' ')
        .collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

#[tokio::test]
async fn what_is_accepted_comes_back_from_a_server() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    macro_rules! prove {
        ($($event:ident $values:expr;)*) => {
            [$((stringify!($event), prove(&client, values(&$values.prop_map(|of| $event { of }))).await),)*]
        };
    }
    let refused = prove! {
        PlainEvent plain();
        ExternalEvent external();
        InternalEvent internal();
        AdjacentEvent adjacent();
        UntaggedEvent untagged();
        OverlappingEvent overlapping();
        FlattenedEvent flattened();
        KeyedEvent keyed();
        DoubtfulEvent doubtful();
        ValueEvent value();
        TreeEvent tree();
    };
    // Each shape has values that come back; those that can lose something have values that are refused.
    let count = usize::try_from(setting("PAYLOADS", 100)).unwrap();
    for (name, [jsonb, text]) in refused {
        assert!(jsonb < count && text < count, "{name}");
        let loses = !matches!(
            name,
            "PlainEvent" | "ExternalEvent" | "KeyedEvent" | "UntaggedEvent"
        );
        assert!(jsonb >= text && (jsonb > 0 || !loses), "{name}");
    }
}

/// Without the space that the server puts behind commas and colons.
fn compact(text: &str) -> String {
    let mut in_text = false;
    let mut escaped = false;
    let kept = text.chars().filter(|&letter| {
        let keep = in_text || letter != ' ';
        if in_text && escaped {
            escaped = false;
        } else if in_text && letter == '\\' {
            escaped = true;
        } else if letter == '"' {
            in_text = !in_text;
        }
        keep
    });
    kept.collect()
}

#[tokio::test]
async fn jsonb_is_known_as_the_server_knows_it() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let (mut accepted, mut refused) = (0, 0);
    for raw in values(&raw()) {
        let event = RawEvent { of: raw };
        let text = event.encode().unwrap();
        let given = String::from_utf8(text.clone()).unwrap();
        let sql = "SELECT ($1::text)::jsonb::text";
        let found = client.query_one(sql, &[&given]).await;
        match check_json("t.raw", &text, Jsonb) {
            Ok(stored) => {
                let found: String = found
                    .unwrap_or_else(|error| panic!("{given}: {error}"))
                    .get(0);
                assert_eq!(String::from_utf8_lossy(&stored), compact(&found), "{given}");
                // It is read by its own type, too.
                assert_eq!(event.encode_for(Jsonb).unwrap(), text);
                assert!(RawEvent::decode("t.raw", 1, found.as_bytes()).is_ok());
                accepted += 1;
            }
            Err(error) => {
                let said = error.to_string();
                let is_kept = said.contains("second member") || said.contains("negative zero");
                assert!(found.is_err() || is_kept, "{given}: {said}");
                refused += 1;
            }
        }
    }
    assert!(
        accepted > 0 && refused > 0,
        "{accepted} accepted, {refused} refused"
    );
}
