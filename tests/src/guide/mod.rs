//! README.md as what it is: blocks that a reader copies. Cuts it into them and runs them; knows nothing of what they say.

mod commands;
mod copy;

pub use commands::{Commands, lines};
pub use copy::{Change, copy, root, scratch};

/// The sections that an adopter follows, in a workspace of their own.
pub const ADOPTERS: [&str; 2] = [
    "In a workspace of your own",
    "Change a schema that is in use",
];

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its language, the first word after the fence.
    pub language: String,
    /// The word after that, which readers do not see; often empty.
    pub tag: String,
    /// What stands in it, each line with its end.
    pub text: String,
    /// The line of its fence, from 1.
    pub line: usize,
    /// The `##` heading that it stands under.
    pub section: String,
}

/// All fenced blocks of the README, in order.
///
/// # Panics
/// When it cannot be read, or a block is not closed.
pub fn readme() -> Vec<Block> {
    let text = std::fs::read_to_string(root().join("README.md")).expect("there is a README.md");
    blocks(&text)
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut section = String::new();
    for (index, line) in markdown.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(info), None) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                open = Some(Block {
                    language: words.next().unwrap_or_default(),
                    tag: words.next().unwrap_or_default(),
                    text: String::new(),
                    line: index + 1,
                    section: section.clone(),
                });
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {
                if let Some(heading) = line.strip_prefix("## ") {
                    heading.clone_into(&mut section);
                }
            }
        }
    }
    assert_eq!(open, None, "a block of the README is not closed");
    blocks
}

/// A Rust file as a reader sees it: without the header that says what the file owns and which lints it expects.
pub fn without_header(source: &str) -> &str {
    let mut rest = source;
    while rest.starts_with("//!") || rest.starts_with("#![") {
        rest = rest.split_once('\n').map_or("", |(_, after)| after);
    }
    rest.strip_prefix('\n').unwrap_or(rest)
}

/// Applies the one hunk of a `diff` block to a text.
///
/// # Panics
/// When its old lines do not stand in the text exactly once.
pub fn apply(diff: &str, text: &str) -> String {
    let side = |other: char| {
        diff.lines()
            .filter(|line| !line.starts_with(other))
            .flat_map(|line| [line.get(1..).unwrap_or_default(), "\n"])
            .collect::<String>()
    };
    let (old, new) = (side('+'), side('-'));
    assert_eq!(
        text.matches(&old).count(),
        1,
        "the diff starts from:\n{old}"
    );
    text.replace(&old, &new)
}

#[cfg(test)]
mod tests {
    use super::{apply, blocks, without_header};

    #[test]
    fn a_text_is_cut_into_its_blocks() {
        let found = blocks("# a\n```sh\nls\n```\n## b\ntext\n```sql empty\n\nSELECT 1;\n```\n");
        let shown: Vec<_> = found
            .iter()
            .map(|block| {
                let place = format!("{}:{}", block.section, block.line);
                (
                    place,
                    block.language.as_str(),
                    block.tag.as_str(),
                    block.text.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                (":2".to_owned(), "sh", "", "ls\n"),
                ("b:7".to_owned(), "sql", "empty", "\nSELECT 1;\n"),
            ]
        );
    }

    #[test]
    fn a_header_is_left_out() {
        assert_eq!(without_header("//! a\n//! b\n\nuse c;\n"), "use c;\n");
        assert_eq!(without_header("use c;\n"), "use c;\n");
    }

    #[test]
    fn a_diff_is_applied() {
        assert_eq!(apply(" a\n-b\n+c\n+d\n", "x\na\nb\n"), "x\na\nc\nd\n");
    }

    #[test]
    #[should_panic = "the diff starts from"]
    fn a_diff_of_another_text_is_refused() {
        apply("-b\n+c\n", "b\nb\n");
    }
}
