//! What it costs to know that an event can be read before it is stored: `NewEvent::new` against the encoding alone.
//!
//! `cargo bench -p eventcore-tests --bench new_event`; `ROUNDS` (15), `EVENTS` (20000) a sample.
#![expect(clippy::print_stdout, reason = "printing is what a benchmark is for")]

mod report;

use std::hint::black_box;
use std::time::Instant;

use eventcore_schema_model::Event;
use eventcore_schema_model::event::Representation::{Jsonb, Text};
use report::{Samples, setting};
use serde::{Deserialize, Serialize};

/// A payload of about 200 bytes.
#[derive(Clone, Debug, Serialize, Deserialize, Event)]
#[event(type = "order.line_added")]
struct LineAdded {
    order_id: String,
    product: String,
    description: String,
    quantity: i64,
    unit_price_cents: i64,
    discount: Option<f64>,
    tags: Vec<String>,
}

fn line() -> LineAdded {
    LineAdded {
        order_id: "0190f3c2-6b1e-7c3a-9d54-2f1c7e0a9b11".to_owned(),
        product: "kettle-1700-steel".to_owned(),
        description: "Kettle, 1.7 l, brushed steel, 2,200 W".to_owned(),
        quantity: 3,
        unit_price_cents: 4_990,
        discount: Some(0.05),
        tags: vec!["kitchen".to_owned(), "steel".to_owned()],
    }
}

/// Microseconds an event.
fn sample(events: u32, write: impl Fn() -> usize) -> f64 {
    let started = Instant::now();
    for _ in 0..events {
        black_box(write());
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(events)
}

fn main() {
    let rounds = setting("ROUNDS", 15);
    let events = u32::try_from(setting("EVENTS", 20_000)).unwrap_or(u32::MAX);
    let event = line();
    let length = |written: Result<Vec<u8>, _>| written.map_or(0, |text: Vec<u8>| text.len());
    let [mut alone, mut jsonb, mut text] = [const { Samples(Vec::new()) }; 3];
    for _ in 0..rounds {
        alone.0.push(sample(events, || length(event.encode())));
        jsonb
            .0
            .push(sample(events, || length(event.encode_for(Jsonb))));
        text.0
            .push(sample(events, || length(event.encode_for(Text))));
    }
    println!("microseconds an event of {} bytes", length(event.encode()));
    println!("encode                 {}", alone.show(2));
    println!("encode_for(Jsonb)      {}", jsonb.show(2));
    println!("encode_for(Text)       {}", text.show(2));
    println!(
        "encode_for(Jsonb) to encode, times {}",
        jsonb.ratio_to(&alone).show(1)
    );
    println!(
        "encode_for(Text) to encode, times  {}",
        text.ratio_to(&alone).show(1)
    );
}
