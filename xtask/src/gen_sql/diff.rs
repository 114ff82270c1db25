//! Unified diffs, cut where nobody would read on.

use std::time::Duration;

use similar::TextDiff;

/// Lines of context around a change, as `diff -u` shows them.
const CONTEXT: usize = 3;

/// After this, the diff may be longer than it need be.
const TIMEOUT: Duration = Duration::from_millis(200);

/// The lines of a unified diff, without line ends.
pub(super) struct Diff {
    pub(super) lines: Vec<String>,
    /// How many more there are.
    pub(super) cut: usize,
}

/// The way from `old` to `new`; an absent side is a file that is not there.
pub(super) fn unified(path: &str, old: Option<&str>, new: Option<&str>, limit: usize) -> Diff {
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let text = TextDiff::configure()
        .timeout(TIMEOUT)
        .diff_lines(old.unwrap_or_default(), new.unwrap_or_default())
        .unified_diff()
        .context_radius(CONTEXT)
        .header(&name("a", old), &name("b", new))
        .to_string();
    let count = text.lines().count();
    Diff {
        lines: text.lines().take(limit).map(str::to_owned).collect(),
        cut: count.saturating_sub(limit),
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn a_long_diff_is_cut_with_a_count() {
        let lines: Vec<String> = (0..100).map(|line| line.to_string()).collect();
        let new = lines.join("\n") + "\n";
        let diff = unified("x.sql", None, Some(&new), 10);
        assert_eq!(diff.lines.len(), 10);
        assert_eq!(diff.lines[..2], ["--- /dev/null", "+++ b/x.sql"]);
        assert_eq!(diff.cut, 93);
    }
}
