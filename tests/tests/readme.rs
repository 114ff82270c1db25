//! README.md, run as a newcomer would: each block has someone who executes it, or the test fails.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(
    unreachable_pub,
    reason = "the README shows these functions as a library has them"
)]

#[path = "../tour/changed_event.rs"]
mod changed_event;
#[path = "../tour/feed.rs"]
mod feed;
#[path = "../tour/pool.rs"]
mod pool;
#[path = "../tour/retry.rs"]
mod retry;
#[path = "../tour/upkeep.rs"]
mod upkeep;
#[path = "../tour/with_refinery.rs"]
mod with_refinery;
#[path = "../tour/with_sqlx.rs"]
mod with_sqlx;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use eventcore_generated::config::Tls;
use eventcore_generated::event_store::{Append, ExpectedVersion, NewEvent};
use eventcore_generated::layout::Layout;
use eventcore_generated::streams::{find_stream, read_stream_forward};
use eventcore_tests::TestDatabase;
use eventcore_tests::guide::{
    self, ADOPTERS, Block, Commands, copy, lines, root, scratch, without_header,
};
use eventcore_tests::store::{Closed, Moved, store};
use sqlx::{Connection as _, PgConnection};

/// The files of tests/tour. Each is a block of the README, and each is run below.
const TOUR: [&str; 8] = [
    "changed_event.rs",
    "feed.rs",
    "first_event.rs",
    "pool.rs",
    "retry.rs",
    "upkeep.rs",
    "with_refinery.rs",
    "with_sqlx.rs",
];

/// Whether `adopter.rs` runs it.
fn of_adopters(block: &Block) -> bool {
    ADOPTERS.contains(&block.section.as_str())
}

fn blocks(language: &str) -> Vec<Block> {
    let all = guide::readme().into_iter();
    all.filter(|block| !of_adopters(block) && block.language == language)
        .collect()
}

#[test]
fn every_block_has_its_executor() {
    let known = ["rust", "sh", "sql", "text"];
    for block in guide::readme() {
        assert!(
            of_adopters(&block) || known.contains(&block.language.as_str()),
            "README.md:{}: nobody runs a block of `{}`",
            block.line,
            block.language
        );
    }
    assert!(guide::readme().iter().any(of_adopters));
}

/// What the README shows in Rust is a file that is compiled and run here, to the byte, and each such file is shown.
#[test]
fn rust_blocks_are_the_files_of_the_tour() {
    let folder = root().join("tests/tour");
    let files: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, TOUR.map(str::to_owned).into());
    let mut missing: BTreeMap<String, String> = files
        .into_iter()
        .map(|file| {
            let source = fs::read_to_string(folder.join(&file)).unwrap();
            (without_header(&source).to_owned(), file)
        })
        .collect();
    for block in blocks("rust") {
        assert!(
            missing.remove(&block.text).is_some(),
            "README.md:{}: no file of tests/tour is this block",
            block.line
        );
    }
    assert!(
        missing.is_empty(),
        "not in the README: {:?}",
        missing.values()
    );
}

/// `sql empty` runs on an empty database, `sql partitioned` on a store of that layout, `sql` on one of each.
#[tokio::test]
async fn sql_blocks_run_in_psql() {
    let root = root().canonicalize().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks("sql");
    assert!(blocks.len() >= 4);
    for block in blocks {
        let databases = match block.tag.as_str() {
            "empty" => vec![TestDatabase::create().await],
            "partitioned" => vec![store(Layout::Partitioned).await],
            "" => vec![
                store(Layout::Simple).await,
                store(Layout::Partitioned).await,
            ],
            other => panic!("README.md:{}: no database is `{other}`", block.line),
        };
        // A reader's psql runs in the repository's folder; ours does not.
        let text = block.text.replace(
            "\\i generated/",
            &format!("\\i {}/generated/", root.display()),
        );
        let file = folder.path().join("block.sql");
        write(&file, &text);
        for db in databases {
            db.psql_file(&file, false).succeeds();
        }
    }
}

/// The commands before the adopter's section, in a copy of the repository in which nothing is generated yet.
#[tokio::test]
async fn commands_run_in_a_new_copy() {
    let folder = scratch("readme/eventcore-schema");
    copy(root(), &folder, &|path, contents| {
        if path.ends_with(".cargo/config.toml") {
            return Some([contents, profile().into_bytes()].concat());
        }
        let generated = path
            .strip_prefix(root())
            .is_ok_and(|below| below.starts_with("generated"));
        let by_hand = path.ends_with("Cargo.toml") || path.ends_with("src/lib.rs");
        (by_hand || !generated).then_some(contents)
    })
    .unwrap();
    let db = TestDatabase::create().await;
    let mut commands = Commands::new(&folder, &scratch("readme/target"), &db);
    let mut stdout = String::new();
    for block in guide::readme().iter().filter(|block| !of_adopters(block)) {
        match block.language.as_str() {
            "sh" => {
                stdout = lines(&block.text)
                    .iter()
                    .map(|line| run(&mut commands, line))
                    .collect();
            }
            "text" => assert_eq!(stdout, block.text, "README.md:{}", block.line),
            _ => {}
        }
    }
    let found = files(&folder.join("generated"));
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        files(&root().join("generated")).keys().collect::<Vec<_>>()
    );
    assert!(
        found == files(&root().join("generated")),
        "the copy generated something else"
    );
}

/// A profile that sets the packages of the copy apart: cargo knows a member of a workspace by its path below that, so that it
/// would take those of the copy for ours, and ours for unchanged, in the folder that both are built in.
fn profile() -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let names = manifest
        .lines()
        .filter_map(|line| line.split_once(" = { path"));
    let profiles =
        names.map(|(name, _)| format!("\n[profile.dev.package.{name}]\ncodegen-units = 255\n"));
    profiles.collect()
}

/// A line, or what stands for it where it would take the test beyond this machine or into itself.
fn run(commands: &mut Commands, line: &str) -> String {
    let package = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    match line {
        "cd eventcore-schema" => String::new(),
        "cargo xtask test" => commands.line("cargo xtask test --help > /dev/null"),
        // Built already, with this test.
        "cargo run --package eventcore-tests --bin first_event" => {
            commands.line(env!("CARGO_BIN_EXE_first_event"))
        }
        _ => match line.strip_prefix("git clone ") {
            Some(url) => {
                assert!(
                    package.contains(&format!("repository = \"{url}\"")),
                    "{url}"
                );
                String::new()
            }
            None => commands.line(line),
        },
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(below, fs::read(path).unwrap());
            }
        }
    }
    files
}

#[expect(clippy::disallowed_methods, reason = "a test's own file")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[tokio::test]
async fn the_pool_opens_as_shown() {
    let db = TestDatabase::create().await;
    let pool = pool::open(&db.url(), Tls::disabled()).await.unwrap();
    assert_eq!(pool.size().connections, 5);
    pool.get().await.unwrap();
}

#[tokio::test]
async fn sqlx_migrates_as_shown() {
    for (layout, applied) in [(Layout::Simple, 2), (Layout::Partitioned, 4)] {
        let db = TestDatabase::create().await;
        let folder = root().join(format!("generated/{layout}/migrations"));
        let mut connection = PgConnection::connect(&db.url()).await.unwrap();
        for _ in 0..2 {
            with_sqlx::migrate(&mut connection, &folder).await.unwrap();
        }
        let client = db.connect().await;
        let count = "SELECT count(*) FROM _sqlx_migrations WHERE success";
        let rows: i64 = client.query_one(count, &[]).await.unwrap().get(0);
        assert_eq!(rows, applied, "{layout}");
    }
}

#[tokio::test]
async fn refinery_migrates_as_shown() {
    for (layout, applied) in [(Layout::Simple, 2), (Layout::Partitioned, 4)] {
        let db = TestDatabase::create().await;
        let mut client = db.connect().await;
        for expected in [applied, 0] {
            let report = with_refinery::migrate(&mut client, layout).await.unwrap();
            assert_eq!(report.applied_migrations().len(), expected, "{layout}");
        }
    }
}

#[tokio::test]
async fn appends_are_decided_again_as_shown() {
    let db = store(Layout::Simple).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = db.connect().await;
        tasks.spawn(async move {
            let next = |version| vec![NewEvent::new(&Moved::by(version)).unwrap()];
            for _ in 0..10 {
                retry::append_to(&client, "a", next).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let client = db.connect().await;
    let stream = find_stream(&client, "a").await.unwrap().unwrap();
    assert_eq!(stream.stream_version, 80);
    for event in read_stream_forward(&client, "a", 1, 100).await.unwrap() {
        // Each was decided on the version that it follows.
        let moved: Moved = event.decode().unwrap();
        assert_eq!(moved.by + 1, event.event_version);
    }
}

#[test]
fn an_event_that_changed_is_read_as_shown() {
    use changed_event::{Currency, Item, OrderPlaced};
    use eventcore_schema_model::Event as _;

    let stored = br#"{"customer":"c-1","items":[{"sku":"a","quantity":2}]}"#;
    let read = OrderPlaced::decode("order.created", 1, stored).unwrap();
    let item = Item {
        sku: "a".to_owned(),
        quantity: 2,
        note: None,
    };
    let expected = OrderPlaced {
        customer_id: "c-1".to_owned(),
        items: vec![item],
        currency: Currency::Eur,
    };
    assert_eq!(read, expected);
    assert_eq!(read.event_type(), "order.placed");
}

#[tokio::test]
async fn the_feed_is_read_as_shown() {
    for layout in Layout::ALL {
        let db = store(*layout).await;
        let client = db.connect().await;
        let moved = (0..3).map(|by| NewEvent::new(&Moved::by(by)).unwrap());
        let closed = NewEvent::new(&Closed { for_good: true }).unwrap();
        let append = Append::new().to("a", ExpectedVersion::NoStream, moved.chain([closed]));
        let last = append.run(&client).await.unwrap().positions[3];
        let mut checkpoint = 0;
        let counts = feed::count(&client, &mut checkpoint).await.unwrap();
        let expected = [
            ("counter.closed".to_owned(), 1),
            ("counter.moved".to_owned(), 3),
        ];
        assert_eq!((counts, checkpoint), (expected.into(), last));
        let counts = feed::count(&client, &mut checkpoint).await.unwrap();
        assert_eq!((counts, checkpoint), (BTreeMap::new(), last));
    }
}

#[tokio::test]
async fn upkeep_runs_as_shown() {
    for layout in Layout::ALL {
        let db = store(*layout).await;
        let client = db.connect().await;
        upkeep::watch_and_mend(&client, *layout).await.unwrap();
        if *layout == Layout::Partitioned {
            let dropped = upkeep::keep_partitions(&client).await.unwrap();
            assert!(dropped.is_empty());
        }
    }
}
