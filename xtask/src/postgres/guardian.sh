# The guardian of one throw-away server: a child of the process that owns the server, with a process group of its own.
# It makes the data folder, starts the server, and stops it and removes the folder as soon as its standard input ends,
# which is when the owner closes it or dies, however it dies. $1: folder of PostgreSQL's programs; $2: folder to make.
# It answers each line of its standard input with one line: ok, exists or failed.
bin=$1
base=$2
made=
umask 077
# The owner may be gone when we answer.
trap '' PIPE

clean_up() {
    trap '' HUP INT TERM
    [ -n "$made" ] || exit 0
    "$bin/pg_ctl" stop -D "$base/data" -m immediate -w -t 60 >>"$base/setup.log" 2>&1 </dev/null
    # Never the folder of a server that still runs: by it the server can be found.
    "$bin/pg_ctl" status -D "$base/data" >/dev/null 2>&1 </dev/null || rm -rf "$base"
    exit 0
}
trap clean_up HUP INT TERM

# A folder that cannot be made for another reason than that it is there would be tried under names without end.
make_base() {
    mkdir "$base" 2>/dev/null && made=1 && return
    if [ -e "$base" ]; then echo exists; else echo failed; fi
    return 1
}

# ICU's English, not C: order and LIKE then behave as in most real databases, whatever this machine's locales are. Builds
# without ICU have only the order of code points.
make_cluster() {
    make_base || return
    (umask 077; echo "$1" >"$base/password")
    if init_with --locale-provider=icu --icu-locale=en-US
    then echo ok
    elif grep -q 'ICU is not supported' "$base/setup.log" &&
        init_with --locale-provider=builtin --builtin-locale=C.UTF-8
    then echo ok
    else echo failed; fi
}

copy_cluster() {
    make_base || return
    if "$bin/pg_basebackup" -D "$base/data" -d "$1" --write-recovery-conf --checkpoint=fast --no-sync \
        >"$base/setup.log" 2>&1 </dev/null
    then echo ok; else echo failed; fi
}

init_with() {
    "$bin/initdb" -D "$base/data" --username=postgres --pwfile="$base/password" \
        --auth-local=trust --auth-host=password --encoding=UTF8 --locale=C "$@" --no-sync \
        >"$base/setup.log" 2>&1 </dev/null
}

start() {
    : >"$base/server.log"
    if "$bin/pg_ctl" start -D "$base/data" -w -t 60 -l "$base/server.log" -o "-p $1" \
        >>"$base/setup.log" 2>&1 </dev/null
    then echo ok; else echo failed; fi
}

while read -r order value; do
    case $order in
        make) make_cluster "$value" ;;
        copy) copy_cluster "$value" ;;
        start) start "$value" ;;
    esac
done
clean_up
