//! A server that PostgreSQL's own programs make, by a script of the test.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};

use eventcore_xtask::postgres::ServerUser;
use tokio_postgres::{Client, Config, NoTls};

/// Runs the script in front of it in a folder `$base` of its own, with the port as `$1`, says when it is done, and stops and
/// removes everything when its standard input ends.
const FRAME: &str = r#"
set -eu
umask 077
base=$(mktemp -d /tmp/eventcore-made-XXXXXX)
cd "$base"
clean_up() {
    trap '' HUP INT TERM EXIT
    [ "$made" ] || { echo failed; cat "$base/log" "$base"/*.log 2>/dev/null || true; }
    for data in "$base"/*/postmaster.pid; do
        [ -e "$data" ] || continue
        "$bin/pg_ctl" stop -D "${data%/*}" -m immediate -w >>"$base/log" 2>&1 </dev/null || true
    done
    rm -rf "$base"
}
trap clean_up EXIT HUP INT TERM
start() {
    bin=$1
    "$1/pg_ctl" start -D "$base/data" -w -l "$base/server.log" \
        -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories='$base' -c fsync=off" </dev/null
}
run() {
SCRIPT
}
bin=
made=
run "$@" >"$base/log" 2>&1 </dev/null
made=1
echo ready
cat >/dev/null
"#;

/// A running server; stopped and removed with the value.
pub(crate) struct Cluster {
    script: Child,
    port: u16,
}

impl Cluster {
    /// The server that a script makes in `$base/data` and starts with `start BIN_DIR PORT`. Its arguments are a free port, then
    /// those given.
    pub(crate) fn make<'a>(script: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let text = FRAME.replace("SCRIPT", script);
        let mut command = ServerUser::choose().unwrap().command(Path::new("/bin/sh"));
        command
            .args([OsStr::new("-c"), OsStr::new(&text), OsStr::new("make")])
            .arg(OsString::from(port.to_string()))
            .args(arguments)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        let mut script = command.spawn().unwrap();
        let mut output = BufReader::new(script.stdout.take().unwrap());
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        if answer != "ready\n" {
            output.read_to_string(&mut answer).unwrap();
            panic!("the script failed:\n{answer}");
        }
        Self { script, port }
    }

    /// A new connection as superuser.
    pub(crate) async fn connect(&self, password: &str, database: &str) -> Client {
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user("postgres")
            .password(password)
            .dbname(database);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.script.stdin.take();
        self.script.wait().unwrap();
    }
}
