//! How a file on disk stands to what a run wants. Pure: the bytes are handed in.

use super::header::{Origin, origin};
use super::{OutputFile, OutputKind};

/// How a file on disk stands to what a run wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// As wanted, to the byte.
    Fresh,
    /// As some earlier definition wanted it.
    Stale,
    /// Not there.
    Missing,
    /// Ours, and no longer wanted.
    Orphaned,
    /// Ours, and edited by hand since it was generated.
    Altered,
    /// Ours and as wanted, but its line ends were converted to CR LF.
    LineEnds,
    /// Not ours: it has no header of a generated file.
    Foreign,
}

impl OutputFile {
    /// How the file on disk at this path stands to this one.
    pub fn state(&self, found: Option<&[u8]>) -> FileState {
        let Some(found) = found else {
            return FileState::Missing;
        };
        if found == self.contents.as_bytes() {
            return FileState::Fresh;
        }
        let text = unix_text(found);
        if text == self.contents {
            return FileState::LineEnds;
        }
        match origin(&text) {
            Origin::Foreign => FileState::Foreign,
            Origin::Edited => FileState::Altered,
            Origin::Intact => match self.kind {
                // A recorded migration that differs was refused when the history was read.
                OutputKind::Frozen | OutputKind::Lockstep => FileState::Stale,
            },
        }
    }
}

impl FileState {
    /// How a file on disk stands that no run wants: orphaned, altered or foreign.
    pub fn of_unwanted(found: &[u8]) -> Self {
        match origin(&unix_text(found)) {
            Origin::Foreign => Self::Foreign,
            Origin::Edited => Self::Altered,
            Origin::Intact => Self::Orphaned,
        }
    }
}

/// A text with `\n` line ends.
pub(crate) fn unix_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::super::Syntax;
    use super::{FileState, OutputFile};

    fn file(body: &str) -> OutputFile {
        OutputFile::lockstep("schema.sql", Syntax::Sql, "schema `shop`", body)
    }

    #[test]
    fn each_state_is_told_from_the_others() {
        let wanted = file("SELECT 1;\n");
        let check = |found: Option<String>, expected: FileState| {
            let state = wanted.state(found.as_ref().map(String::as_bytes));
            assert_eq!(state, expected, "{found:?}");
        };
        check(None, FileState::Missing);
        check(Some(wanted.contents.clone()), FileState::Fresh);
        check(Some(file("SELECT 2;\n").contents), FileState::Stale);
        check(Some(wanted.contents.replace('1', "3")), FileState::Altered);
        let converted = wanted.contents.replace('\n', "\r\n");
        check(Some(converted), FileState::LineEnds);
        let converted = file("SELECT 2;\n").contents.replace('\n', "\r\n");
        check(Some(converted), FileState::Stale);
        check(Some("SELECT 1;\n".to_owned()), FileState::Foreign);
        assert_eq!(wanted.state(Some(&[0xff, 0xfe])), FileState::Foreign);
    }

    #[test]
    fn an_unwanted_file_is_ours_only_as_it_was_generated() {
        let ours = file("SELECT 1;\n").contents;
        let check = |text: &str, expected: FileState| {
            assert_eq!(FileState::of_unwanted(text.as_bytes()), expected, "{text}");
        };
        check(&ours, FileState::Orphaned);
        check(&ours.replace('\n', "\r\n"), FileState::Orphaned);
        check(&ours.replace("SELECT", "VALUES"), FileState::Altered);
        check("notes\n", FileState::Foreign);
    }
}
