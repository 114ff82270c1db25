//! Reading what was recorded: every text is compared with its checksums, and what a killed run left half done is told
//! from what was edited. Plans nothing new.

use std::collections::BTreeMap;

use eventcore_schema_model::snapshot::{self, Newest, Snapshot};
use eventcore_schema_model::validate::validate;

use super::group::{plan_again, rendered};
use super::{Fault, History, HistoryDefect, Recorded, RecordedFile, RecordedOrigin, number, parts};
use crate::output::{SumDefect, SumLine, chain, is_ours, parse, unix_text};

/// What a list of migrations must be, and the contents of those that a killed run has not written.
#[derive(Default)]
struct Listed {
    lines: Vec<SumLine>,
    rendered: BTreeMap<String, String>,
}

struct Reader<'a> {
    history: &'a History,
    folder: &'a str,
    project: &'a str,
    /// The files that can be planned anew.
    newest: Vec<String>,
    defects: Vec<HistoryDefect>,
}

impl History {
    /// Compares all with what was recorded. `folder` is the store's, below the output folder; `project` is called so in
    /// headers.
    ///
    /// # Errors
    /// Every file that is not as it was recorded.
    pub fn read(&self, folder: &str, project: &str) -> Result<Recorded, Vec<HistoryDefect>> {
        let mut reader = Reader {
            history: self,
            folder,
            project,
            newest: Vec::new(),
            defects: Vec::new(),
        };
        let recorded = reader.recorded();
        match recorded {
            Some(recorded) if reader.defects.is_empty() => Ok(recorded),
            _ => Err(reader.defects),
        }
    }

    /// The history of a store of which nothing was released: only slugs and files written by hand are kept.
    ///
    /// # Errors
    /// Files written by hand that are no migrations.
    pub fn unreleased(&self, folder: &str) -> Result<Recorded, Vec<HistoryDefect>> {
        let mut reader = Reader {
            history: self,
            folder,
            project: "",
            newest: Vec::new(),
            defects: Vec::new(),
        };
        let by_hand = self.files.keys().filter(|name| self.is_by_hand(name));
        let mut files: Vec<_> = by_hand
            .filter_map(|name| reader.new_by_hand(name))
            .collect();
        files.sort_by_key(|file| file.version);
        if reader.defects.is_empty() {
            Ok(Recorded {
                files,
                names: self.sum.clone().unwrap_or_default(),
                ..Recorded::default()
            })
        } else {
            Err(reader.defects)
        }
    }

    fn is_by_hand(&self, name: &str) -> bool {
        self.hand_written.iter().any(|known| known == name)
    }

    fn is_generated(&self, name: &str) -> bool {
        let bytes = self.files.get(name);
        !self.is_by_hand(name) && bytes.is_some_and(|bytes| is_ours(&unix_text(bytes)))
    }
}

/// Whether a merge left its marks in a text.
fn is_conflicted(text: &str) -> bool {
    let marks = ["<<<<<<< ", ">>>>>>> "];
    text.lines()
        .any(|line| marks.iter().any(|mark| line.starts_with(mark)))
}

fn in_order(mut lines: Vec<SumLine>) -> Vec<SumLine> {
    lines.sort_by(|left, right| {
        (number(&left.name), &left.name).cmp(&(number(&right.name), &right.name))
    });
    lines
}

impl Reader<'_> {
    fn fault(&mut self, name: &str, fault: Fault) {
        let file = name.strip_prefix("migrations/").unwrap_or(name);
        self.defects.push(HistoryDefect {
            path: format!("{}/{name}", self.folder),
            is_newest: self.newest.iter().any(|it| it == file),
            is_by_hand: self.history.is_by_hand(file),
            fault,
        });
    }

    fn migration_fault(&mut self, name: &str, fault: Fault) {
        self.fault(&format!("migrations/{name}"), fault);
    }

    fn recorded(&mut self) -> Option<Recorded> {
        let history = self.history;
        let lines = match &history.sum {
            Some(text) => self.sum(text),
            None => None,
        };
        let Some(lock) = &history.lock else {
            if history.sum.is_some() {
                self.fault("schema.lock.json", Fault::LockMissing);
            }
            return Some(self.files(Listed::default(), None));
        };
        let snapshot = self.lock(lock);
        if !self.defects.is_empty() {
            return None;
        }
        let snapshot = snapshot?;
        self.newest.clone_from(&snapshot.newest.files);
        let listed = match lines {
            Some(lines) if chain(&lines) == snapshot.chain => Listed {
                lines,
                ..Listed::default()
            },
            lines => self.half_done(&snapshot, lines).or_else(|| {
                self.fault("schema.lock.json", Fault::NotTogether);
                None
            })?,
        };
        Some(self.files(listed, Some(snapshot)))
    }

    fn sum(&mut self, text: &str) -> Option<Vec<SumLine>> {
        let fault = if is_conflicted(text) {
            Fault::Conflict
        } else {
            match parse(text) {
                Ok(lines) => return Some(lines),
                Err(defect @ SumDefect::Format { .. }) => Fault::SumFormat(defect.to_string()),
                Err(defect) => Fault::Sum(defect.to_string()),
            }
        };
        self.migration_fault("migrations.sum", fault);
        None
    }

    fn lock(&mut self, text: &str) -> Option<Snapshot> {
        let fault = if is_conflicted(text) {
            Fault::Conflict
        } else {
            match snapshot::from_text(text) {
                Ok(snapshot) if is_ours(&unix_text(text.as_bytes())) => return Some(snapshot),
                Ok(_) => Fault::LockEdited,
                Err(error) => Fault::Lock(error.to_string()),
            }
        };
        self.fault("schema.lock.json", fault);
        None
    }

    /// The list that the snapshot demands, where a run was killed before it wrote `migrations.sum`.
    fn half_done(&self, snapshot: &Snapshot, lines: Option<Vec<SumLine>>) -> Option<Listed> {
        let Newest {
            files, replaces, ..
        } = &snapshot.newest;
        let history = self.history;
        let on_disk = |name: &String| Some(SumLine::of(name, history.files.get(name)?));
        let mut earlier = lines.unwrap_or_else(|| {
            let known = history.files.keys();
            let known = known.filter(|name| history.is_by_hand(name) || history.is_generated(name));
            known.filter_map(on_disk).collect()
        });
        earlier.retain(|line| !replaces.contains(&line.name) && !files.contains(&line.name));
        let first = files.first().and_then(|name| number(name));
        let by_hand = history.files.keys().filter(|name| {
            let listed = earlier.iter().any(|line| line.name == **name);
            let before = first.is_none_or(|first| number(name).is_some_and(|one| one < first));
            !listed && before && history.is_by_hand(name)
        });
        let by_hand: Vec<_> = by_hand.filter_map(on_disk).collect();
        earlier.extend(by_hand);
        let with = |newest: Vec<SumLine>| {
            let lines = in_order([earlier.clone(), newest].concat());
            (chain(&lines) == snapshot.chain).then_some(lines)
        };
        if let Some(lines) = with(files.iter().filter_map(on_disk).collect()) {
            return Some(Listed {
                lines,
                ..Listed::default()
            });
        }
        let rendered = self.planned_again(snapshot)?;
        let newest = rendered.iter();
        let lines = with(
            newest
                .map(|(name, contents)| SumLine::of(name, contents.as_bytes()))
                .collect(),
        )?;
        Some(Listed { lines, rendered })
    }

    /// The newest migrations, from the snapshot alone.
    fn planned_again(&self, snapshot: &Snapshot) -> Option<BTreeMap<String, String>> {
        let newest = &snapshot.newest;
        let schema = validate(snapshot.schema.clone()).ok()?;
        let planned = plan_again(
            &schema,
            newest.before.as_ref(),
            &newest.files,
            newest.slug.as_deref(),
            &names_of(&newest.files),
        );
        let rendered = rendered(&schema, &planned.ok()?, self.project).ok()?;
        Some(rendered.into_iter().collect())
    }

    /// Compares the files with the list, and looks at what the list does not know.
    fn files(&mut self, listed: Listed, snapshot: Option<Snapshot>) -> Recorded {
        let history = self.history;
        let mut files = Vec::new();
        let mut moved = Vec::new();
        for line in &listed.lines {
            match self.file(line, &listed) {
                Ok(file) => files.push(file),
                // What is planned anew may be edited or gone: it is written again.
                Err(_) if history.is_amended && self.newest.contains(&line.name) => {
                    files.extend(amended(line));
                }
                Err(fault) => {
                    if let Fault::Renamed { to } = &fault {
                        moved.push(to.clone());
                    }
                    self.migration_fault(&line.name, fault);
                }
            }
        }
        let newest = listed.lines.last();
        let greatest = newest.and_then(|line| number(&line.name)).unwrap_or(0);
        let replaced = snapshot.as_ref().map(|found| &found.newest.replaces);
        let mut leftovers = Vec::new();
        for name in history.files.keys() {
            let known = listed.lines.iter().any(|line| line.name == *name);
            if known || moved.contains(name) {
                continue;
            }
            let was_replaced = replaced.is_some_and(|names| names.contains(name));
            let before = number(name).is_some_and(|number| number <= greatest);
            if history.is_generated(name) && (was_replaced || !before) {
                leftovers.push(name.clone());
            } else if let (true, Some(newest)) = (before, newest) {
                let newest = newest.name.clone();
                self.migration_fault(name, Fault::Inserted { newest });
            } else if history.is_by_hand(name) {
                files.extend(self.new_by_hand(name));
            }
        }
        files.sort_by_key(|file| file.version);
        self.same_numbers(&files);
        let named = snapshot.as_ref().map(|found| &found.newest.files);
        Recorded {
            names: names_of(named.unwrap_or(&leftovers)),
            files,
            snapshot,
            leftovers,
            slug: None,
        }
    }

    /// A recorded migration, as it must be.
    fn file(&self, line: &SumLine, listed: &Listed) -> Result<RecordedFile, Fault> {
        let history = self.history;
        let name = &line.name;
        let Some((version, _)) = parts(name) else {
            return Err(Fault::Name);
        };
        let file = |contents: &str, origin| RecordedFile {
            version,
            line: line.clone(),
            contents: contents.to_owned(),
            origin,
        };
        if let Some(contents) = listed.rendered.get(name) {
            return Ok(file(contents, RecordedOrigin::Rendered));
        }
        let Some(bytes) = history.files.get(name) else {
            let unlisted = history.files.iter().find(|(other, bytes)| {
                let known = listed.lines.iter().any(|line| line.name == **other);
                !known && SumLine::of(name, bytes) == *line
            });
            return Err(
                unlisted.map_or(Fault::Deleted, |(to, _)| Fault::Renamed { to: to.clone() })
            );
        };
        let text = unix_text(bytes);
        let found = SumLine::of(name, bytes);
        if found.bytes == line.bytes {
            let origin = if history.is_by_hand(name) {
                RecordedOrigin::Hand
            } else {
                RecordedOrigin::Disk
            };
            return Ok(file(&String::from_utf8_lossy(bytes), origin));
        }
        let converted = SumLine::of(name, text.as_bytes()).bytes == line.bytes;
        match (converted, history.is_by_hand(name)) {
            // Ours to write with its own line ends.
            (true, false) => Ok(file(&text, RecordedOrigin::Disk)),
            (true, true) => Err(Fault::LineEnds),
            (false, _) if is_conflicted(&text) => Err(Fault::Conflict),
            (false, _) if found.tokens == line.tokens => Err(Fault::Spelling),
            (false, _) => Err(Fault::Statements),
        }
    }

    /// A migration written by hand that nothing lists yet.
    fn new_by_hand(&mut self, name: &str) -> Option<RecordedFile> {
        let bytes = self.history.files.get(name)?;
        let fault = match (parts(name), std::str::from_utf8(bytes)) {
            (Some((version, _)), Ok(contents)) => {
                return Some(RecordedFile {
                    version,
                    line: SumLine::of(name, bytes),
                    contents: contents.to_owned(),
                    origin: RecordedOrigin::NewHand,
                });
            }
            (None, _) => Fault::Name,
            (_, Err(_)) => Fault::NotText,
        };
        self.migration_fault(name, fault);
        None
    }

    fn same_numbers(&mut self, files: &[RecordedFile]) {
        for pair in files.windows(2) {
            if let [first, second] = pair
                && first.version == second.version
            {
                let other = first.line.name.clone();
                self.migration_fault(&second.line.name, Fault::SameNumber { other });
            }
        }
    }
}

/// A migration that is planned anew, whatever its file holds.
fn amended(line: &SumLine) -> Option<RecordedFile> {
    let (version, _) = parts(&line.name)?;
    Some(RecordedFile {
        version,
        line: line.clone(),
        contents: String::new(),
        origin: RecordedOrigin::Disk,
    })
}

/// Lines that tell the slugs of these files.
fn names_of(files: &[String]) -> String {
    files
        .iter()
        .flat_map(|name| [name.as_str(), " \n"])
        .collect()
}
