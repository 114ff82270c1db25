//! Places of columns in the descriptions of objects: their order needs no migration.

/// `column public.t 0001 n integer`, without the number.
pub(crate) fn without_place(line: &str) -> String {
    let is_place = |it: &str| it.len() == 4 && it.bytes().all(|it| it.is_ascii_digit());
    let words: Vec<&str> = line.split(' ').collect();
    let place = words.iter().position(|it| is_place(it));
    match place.filter(|_| line.starts_with("column ")) {
        Some(place) => [&words[..place], &words[place + 1..]].concat().join(" "),
        None => line.to_owned(),
    }
}

/// Whether two texts differ in the places of columns at most.
pub(crate) fn is_alike(left: &str, right: &str) -> bool {
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(without_place).collect();
        lines.sort();
        lines
    };
    lines(left) == lines(right)
}

/// What the files make, with each column at the place that it has in the database.
pub(crate) fn with_places(made: &str, found: &str) -> String {
    let lines = made.split_inclusive('\n').map(|made| {
        let mut found = found.split_inclusive('\n');
        let same = found.find(|it| without_place(it) == without_place(made));
        same.unwrap_or(made)
    });
    lines.collect()
}
