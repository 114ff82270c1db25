//! The `.sql` file of each query runs in psql as its header shows, and holds the text that Rust sends.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use eventcore_generated::QUERIES;
use eventcore_generated::layout::Layout;
use eventcore_tests::TestDatabase;

use super::store;

/// Examples that a store refuses, and the error that says why.
const REFUSED: [(&str, &str); 1] = [
    // The example's event id is of 2024.
    ("append_events", "ES"),
];

fn generated() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../generated"))
}

/// The files of a layout: those that both share, and its own.
fn files(layout: Layout) -> Vec<PathBuf> {
    let folders = [
        generated().join("queries"),
        generated().join(layout.name()).join("queries"),
    ];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    // What removes comes last, so that the others find what they ask for.
    files.sort_by_key(|path| {
        let removes = ["drop_", "truncate_", "forget_"];
        (
            removes.iter().any(|it| name(path).starts_with(it)),
            path.clone(),
        )
    });
    files
}

fn name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// The call that a file's header shows, if it prepares anything.
fn call(text: &str) -> Option<&str> {
    text.lines()
        .find_map(|line| line.strip_prefix("--   EXECUTE"))
}

/// The statement alone: without the header and without PREPARE.
fn body(text: &str) -> &str {
    let start = text
        .split_inclusive('\n')
        .take_while(|line| line.starts_with("--") || line.trim().is_empty())
        .map(str::len)
        .sum();
    let statement = &text[start..];
    let statement = match statement.strip_prefix("PREPARE ") {
        Some(prepared) => prepared.split_once(" AS\n").unwrap().1,
        None => statement,
    };
    statement.strip_suffix(";\n").unwrap()
}

fn execute(db: &TestDatabase, path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut arguments = vec![
        "--set=VERBOSITY=verbose".to_owned(),
        "-c".to_owned(),
        format!("\\i {}", path.display()),
    ];
    if let Some(call) = call(&text) {
        assert!(text.contains("\nPREPARE "), "{}", path.display());
        arguments.extend(["-c".to_owned(), format!("EXECUTE{call}")]);
    } else {
        assert!(!text.contains("PREPARE"), "{}", path.display());
    }
    let output = db.psql(arguments);
    match REFUSED.iter().find(|(known, _)| *known == name(path)) {
        Some((_, class)) => {
            let errors = output.fails();
            assert!(
                errors.contains(&format!("ERROR:  {class}")),
                "{}:\n{errors}",
                path.display()
            );
        }
        None => {
            output.succeeds();
        }
    }
}

#[tokio::test]
async fn every_query_file_runs_in_psql_as_its_header_shows() {
    for &layout in Layout::ALL {
        let (db, _client) = store(layout).await;
        let files = files(layout);
        assert!(files.len() >= 28, "only {} files", files.len());
        for path in files {
            execute(&db, &path);
        }
    }
}

#[test]
fn every_query_file_holds_the_text_that_rust_sends() {
    for &layout in Layout::ALL {
        let mut seen = BTreeSet::new();
        for path in files(layout) {
            let name = name(&path).to_owned();
            let query = QUERIES
                .iter()
                .find(|query| query.name == name)
                .unwrap_or_else(|| panic!("no query `{name}` in the crate"));
            let (_, sent) = query
                .texts
                .iter()
                .find(|(known, _)| *known == layout)
                .unwrap_or_else(|| panic!("no text of `{name}` for {}", layout.name()));
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(body(&text), *sent, "{}", path.display());
            assert!(seen.insert(name.clone()), "two files of `{name}`");
        }
        let all: BTreeSet<String> = QUERIES
            .iter()
            .filter(|query| query.texts.iter().any(|(known, _)| *known == layout))
            .map(|query| query.name.to_owned())
            .collect();
        assert_eq!(seen, all, "files of {}", layout.name());
    }
}
