//! What was recorded of a store's migrations, and what comes after it. Pure: the texts on disk are handed in, and what
//! a run wants is handed back.

mod absorbed;
mod both_changed;
mod defect;
mod group;
mod next;
mod read;
mod unreleased_events;

use std::borrow::Cow;
use std::collections::BTreeMap;

use eventcore_schema_model::diff::former_events;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::snapshot::Snapshot;
use eventcore_schema_model::validate::ValidSchema;

use crate::output::{SumLine, is_slug};

pub use both_changed::both_changed;
pub use defect::{Fault, HistoryDefect};
pub(crate) use next::{Migrations, plan};

/// The texts that tell of a store's migrations, as they are on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// `migrations.sum`
    pub sum: Option<String>,
    /// `schema.lock.json`
    pub lock: Option<String>,
    /// The `.sql` files of the folder `migrations`, by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Which of them the project says are written by hand.
    pub hand_written: Vec<String>,
    /// Whether the newest are planned anew, so that it does not matter what their files hold.
    pub is_amended: bool,
}

/// A history that can be relied on: what is recorded is there, unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// In order of number.
    files: Vec<RecordedFile>,
    /// None for a store without a history.
    snapshot: Option<Snapshot>,
    /// Lines in which `NNN_slug.sql ` tells the slugs of founding migrations.
    names: String,
    /// Generated migrations that nothing records.
    leftovers: Vec<String>,
    /// The slug of what comes next, where no other is given.
    slug: Option<String>,
}

/// A migration that keeps its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RecordedFile {
    version: u32,
    line: SumLine,
    contents: String,
    origin: RecordedOrigin,
}

/// Where the bytes of a recorded migration come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RecordedOrigin {
    /// It was generated, and is on disk.
    Disk,
    /// It was generated, and a killed run has not written it yet.
    Rendered,
    /// It was written by hand.
    Hand,
    /// It was written by hand, and this run sees it for the first time.
    NewHand,
}

/// Which migrations a run plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Planning {
    /// What is recorded stays, and what is missing comes after it.
    #[default]
    Onward,
    /// The newest are planned anew.
    Amend,
    /// Nothing was ever released: all are planned anew.
    Founding,
}

impl Recorded {
    /// The files that came last and can be planned anew.
    pub fn newest(&self) -> &[String] {
        let newest = self.snapshot.as_ref().map(|found| &found.newest);
        newest.map_or(&[], |newest| newest.files.as_slice())
    }

    /// The words that their names begin with.
    pub fn newest_slug(&self) -> Option<&str> {
        let newest = self.snapshot.as_ref().map(|found| &found.newest);
        newest.and_then(|newest| newest.slug.as_deref())
    }

    /// Whether the recorded migrations lead to this definition.
    pub fn leads_to(&self, definition: &ValidSchema) -> bool {
        let now = self.remembered(definition, Planning::Onward);
        self.schema() == Some(&**now)
    }

    /// The definition with the event types that the lock file is to remember.
    pub(crate) fn remembered<'a>(
        &self,
        definition: &'a ValidSchema,
        planning: Planning,
    ) -> Cow<'a, ValidSchema> {
        let before = self.snapshot.as_ref().and_then(|snapshot| match planning {
            Planning::Founding => None,
            Planning::Amend if !snapshot.newest.files.is_empty() => snapshot.newest.before.as_ref(),
            Planning::Amend | Planning::Onward => Some(&snapshot.schema),
        });
        let former = before.map(|before| former_events(before, definition));
        match former.filter(|former| !former.is_empty()) {
            Some(former) => Cow::Owned(definition.clone().with_former_events(former)),
            None => Cow::Borrowed(definition),
        }
    }

    /// The definition that the recorded migrations lead to.
    pub fn schema(&self) -> Option<&Schema> {
        self.snapshot.as_ref().map(|found| &found.schema)
    }

    /// The names of all recorded migrations, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.line.name.as_str())
    }

    /// The same for a branch that stood on an older history: its own files, which are dropped, and the slug that what
    /// takes their place is to have.
    pub fn rebased(mut self, dropped: Vec<String>, slug: Option<String>) -> Self {
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.newest.replaces.extend(dropped.iter().cloned());
        }
        self.leftovers = dropped;
        self.slug = slug;
        self
    }
}

/// Number and words of a migration's file name, `NNN_slug.sql`.
fn parts(name: &str) -> Option<(u32, &str)> {
    let (digits, slug) = name.strip_suffix(".sql")?.split_once('_')?;
    let number: u32 = digits.parse().ok()?;
    (format!("{number:03}") == digits && is_slug(slug)).then_some((number, slug))
}

/// The number that a file's name begins with; strangers write it as they like.
fn number(name: &str) -> Option<u32> {
    let end = name
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(name.len());
    name[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{number, parts};

    #[test]
    fn a_name_is_a_number_of_three_digits_or_more_and_a_slug() {
        assert_eq!(parts("007_add_tenant.sql"), Some((7, "add_tenant")));
        assert_eq!(parts("1000_x.sql"), Some((1000, "x")));
        for odd in [
            "7_x.sql",
            "0007_x.sql",
            "+07_x.sql",
            "007_X.sql",
            "007_x",
            "007.sql",
        ] {
            assert_eq!(parts(odd), None, "{odd}");
        }
        assert_eq!(number("7-x.sql"), Some(7));
        assert_eq!(number("x.sql"), None);
    }
}
