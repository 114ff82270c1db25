//! What can be said of the files without a server: names, numbers, sums, and words that never occur.

use std::collections::BTreeSet;

use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_schema_model::eventcore;

use super::STORES;

#[test]
fn the_files_are_exactly_the_known_ones() {
    for store in STORES {
        let found: BTreeSet<String> = std::fs::read_dir(store.path("migrations"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let known = store.files.iter().copied().chain(["migrations.sum"]);
        let expected: BTreeSet<String> = known.map(str::to_owned).collect();
        assert_eq!(found, expected, "{}", store.folder);
    }
}

#[test]
fn the_first_file_is_the_same_in_both_layouts() {
    let [simple, partitioned] =
        STORES.map(|store| store.text("migrations/001_create_event_streams.sql"));
    assert_eq!(simple, partitioned);
}

#[test]
fn the_sums_list_every_file_in_order() {
    for store in STORES {
        let sums = store.text("migrations/migrations.sum");
        let listed: Vec<&str> = sums
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(listed, store.files, "{}", store.folder);
    }
}

#[test]
fn the_next_number_is_six_in_both() {
    for schema in [eventcore::simple(), eventcore::partitioned()] {
        assert_eq!(schema.first_later_version, 6, "{}", schema.name);
    }
    for store in STORES {
        let numbers = store
            .files
            .iter()
            .map(|file| file[..3].parse::<u32>().unwrap());
        assert!(numbers.max().unwrap() < 6);
    }
}

#[test]
fn the_migrations_as_data_are_the_files() {
    for (store, layout) in STORES.iter().zip([Layout::Simple, Layout::Partitioned]) {
        let data = migrations(layout);
        let names: Vec<String> = data
            .iter()
            .map(|one| format!("{}.sql", one.file_stem()))
            .collect();
        assert_eq!(names, store.files);
        for (path, one) in store.migrations().zip(data) {
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                one.sql,
                "{}",
                path.display()
            );
            assert_eq!(
                one.transactional,
                !one.sql.starts_with("-- no-transaction\n")
            );
        }
    }
}

/// The statements alone: no comments, no literals, no function bodies, one space between words.
fn statements(sql: &str) -> String {
    let mut rest = sql;
    let mut kept = String::new();
    while let Some(start) = rest.find(['\'', '$', '-']) {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = if rest.starts_with("--") {
            rest.find('\n')
        } else if let Some(body) = rest.strip_prefix("$function$") {
            body.find("$function$").map(|end| end + 20)
        } else if let Some(literal) = rest.strip_prefix('\'') {
            literal.find('\'').map(|end| end + 2)
        } else {
            kept.push_str(&rest[..1]);
            Some(1)
        };
        rest = &rest[end.unwrap()..];
    }
    kept.push_str(rest);
    kept.to_ascii_uppercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// D1: what cannot run in a transaction stands alone, in a file that says so in its first line. D4: nothing that holds
/// events is dropped, emptied or rewritten. R5: no stranger's table is taken for ours. D13: no function pretends to know
/// which layout is right.
#[test]
fn no_migration_holds_what_must_not_be_there() {
    let never = [
        "DROP ",
        "TRUNCATE ",
        "DELETE ",
        "UPDATE ",
        "ALTER TABLE",
        "IF NOT EXISTS",
        "CASCADE",
        "GET_RECOMMENDED_SCHEMA",
    ];
    let alone = ["CONCURRENTLY", "VACUUM", "REINDEX"];
    for store in STORES {
        for path in store.migrations() {
            let text = std::fs::read_to_string(&path).unwrap();
            // Triggers name the statements that they refuse.
            let statements = statements(&text)
                .replace("BEFORE UPDATE OR DELETE OR TRUNCATE ON", "")
                .replace("BEFORE UPDATE OF STREAM_VERSION ON", "");
            for word in never {
                assert!(
                    !statements.contains(word),
                    "{}: `{word}` in\n{statements}",
                    path.display()
                );
            }
            if !text.starts_with("-- no-transaction\n") {
                for word in alone {
                    assert!(
                        !statements.contains(word),
                        "{}: `{word}` in\n{statements}",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn statements_are_found_between_comments_literals_and_bodies() {
    let text =
        "-- DROP it\nCREATE FUNCTION f() AS $function$ DROP $function$;\nSELECT 'DROP', 1 - 2;";
    assert_eq!(statements(text), "CREATE FUNCTION F() AS ; SELECT , 1 - 2;");
}
