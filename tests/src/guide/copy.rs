//! Copies of folders that keep the times of what has not changed, so that cargo builds in them again only what has.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of this repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A folder of this name below cargo's target folder: kept from run to run, cleared by `cargo clean`.
///
/// # Panics
/// When the test binary is in no target folder.
pub fn scratch(name: &str) -> PathBuf {
    let binary = std::env::current_exe().expect("a process knows its program");
    // target/debug/deps/BINARY
    let target = binary
        .ancestors()
        .nth(3)
        .expect("tests are in target/debug/deps");
    target.join(name)
}

/// A file's contents in a copy; `None` leaves it out.
pub type Change<'a> = &'a dyn Fn(&Path, Vec<u8>) -> Option<Vec<u8>>;

/// Makes `to` a copy of `from`: each file as `change` makes it, which leaves one out by `None`; without hidden entries
/// but `.cargo`, and without `target`. What else is in `to` goes.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy(from: &Path, to: &Path, change: Change<'_>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut kept = BTreeSet::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        let hidden = text.starts_with('.') && text != ".cargo";
        if hidden || text == "target" {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, change)?;
        } else {
            let Some(contents) = change(&entry.path(), fs::read(entry.path())?) else {
                continue;
            };
            if fs::read(&target).ok().as_ref() != Some(&contents) {
                write(&target, &contents)?;
            }
        }
        kept.insert(name);
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if kept.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own copy, made again by the next run"
)]
fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    fs::write(path, contents)
}
