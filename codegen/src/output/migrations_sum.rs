//! `migrations.sum`: the checksums of a store's migrations, chained, so that a changed, removed or inserted
//! migration shows in every later line, and two branches that add one conflict in git.

use super::{OutputFile, OutputKind, Syntax, sha256_hex};

/// The format that this version writes; its number stands in the file.
const FORMAT: u32 = 1;

/// The file `<folder>/migrations.sum` over the migrations among `files`, in order of their names.
///
/// A line holds the file's name, the SHA-256 of its bytes, and the SHA-256 of the previous line's last word
/// (nothing for the first line) followed by this line's first two words, single spaces between them.
pub fn migrations_sum(folder: &str, source: &str, files: &[OutputFile]) -> OutputFile {
    let prefix = format!("{folder}/");
    let mut migrations: Vec<(&str, &str)> = files
        .iter()
        .filter(|file| file.kind == OutputKind::Frozen)
        .filter_map(|file| Some((file.path.strip_prefix(&prefix)?, file.contents.as_str())))
        .filter(|(name, _)| !name.contains('/'))
        .collect();
    migrations.sort_unstable();

    let mut body = format!("# format {FORMAT}\n# file, SHA-256 of its bytes, chained SHA-256\n");
    let mut chain = String::new();
    for (name, contents) in migrations {
        let line = format!("{name} {}", sha256_hex(contents));
        let linked = if chain.is_empty() {
            line.clone()
        } else {
            format!("{chain} {line}")
        };
        chain = sha256_hex(linked);
        body.push_str(&line);
        body.push(' ');
        body.push_str(&chain);
        body.push('\n');
    }
    OutputFile::lockstep(
        format!("{prefix}migrations.sum"),
        Syntax::Hash,
        source,
        body,
    )
}

/// The slug of the migration of a number, as the text of a `migrations.sum` has it.
pub(crate) fn recorded_slug(sum: &str, version: u32) -> Option<&str> {
    sum.lines().find_map(|line| {
        let (name, _) = line.split_once(".sql ")?;
        let (number, slug) = name.split_once('_')?;
        let known = number.parse() == Ok(version);
        (known && is_slug(slug)).then_some(slug)
    })
}

/// Whether these words can stand in a migration's file name: 1 to 60 of `a-z`, `0-9` and `_`, so that number and
/// ending have room in any file system.
pub fn is_slug(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::{OutputFile, migrations_sum, recorded_slug};

    #[test]
    fn a_recorded_slug_is_found_by_number() {
        let sum = "# format 1\n001_create_orders.sql 1a 2b\n006_add_tenant.sql 3c 4d\n007_../x.sql 5e 6f\n";
        assert_eq!(recorded_slug(sum, 6), Some("add_tenant"));
        assert_eq!(recorded_slug(sum, 7), None, "no words of a file name");
        assert_eq!(recorded_slug(sum, 8), None);
        assert_eq!(recorded_slug("", 1), None);
    }

    fn lines(migrations: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = migrations
            .iter()
            .map(|(name, body)| OutputFile::frozen(format!("shop/migrations/{name}"), "x", body))
            .collect();
        migrations_sum("shop/migrations", "schema `shop`", &files)
            .contents
            .lines()
            .filter(|line| line.contains(".sql "))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_change_shows_in_every_later_line_and_no_earlier() {
        let before = lines(&[("001_a.sql", "1"), ("002_b.sql", "2"), ("003_c.sql", "3")]);
        let after = lines(&[("001_a.sql", "1"), ("002_b.sql", "x"), ("003_c.sql", "3")]);
        assert_eq!(before.len(), 3);
        assert_eq!(before[0], after[0]);
        assert_ne!(before[1], after[1]);
        assert_ne!(before[2], after[2]);
        assert_eq!(before[2].split(' ').nth(1), after[2].split(' ').nth(1));
    }

    #[test]
    fn the_order_is_that_of_the_names_and_only_this_folder_counts() {
        let sorted = lines(&[("001_a.sql", "1"), ("002_b.sql", "2")]);
        assert_eq!(lines(&[("002_b.sql", "2"), ("001_a.sql", "1")]), sorted);
        let files = [
            OutputFile::frozen("other/migrations/001_a.sql", "x", "1"),
            OutputFile::lockstep("shop/migrations/note.sql", super::Syntax::Sql, "x", "1"),
        ];
        let sum = migrations_sum("shop/migrations", "x", &files);
        assert!(!sum.contents.contains(".sql "), "{}", sum.contents);
    }
}
