//! `CREATE SEQUENCE`.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::sequence::Sequence;

use super::comment::comment;
use super::layout::indented;
use super::quote::qualified;

/// Creates a sequence, with its comment.
pub fn create_sequence(schema: &Schema, sequence: &Sequence) -> String {
    let name = qualified(schema, &sequence.name);
    format!(
        "CREATE SEQUENCE {name}\n{};\n{}",
        indented(options(sequence)),
        comment(&format!("SEQUENCE {name}"), sequence.comment.as_deref())
    )
}

/// Lets a sequence count as it is defined, from where it is.
pub(super) fn alter_sequence(schema: &Schema, sequence: &Sequence) -> String {
    let name = qualified(schema, &sequence.name);
    let mut options = options(sequence);
    // Limits that the definition leaves to the server go back to the server's own.
    if !options.iter().any(|option| option.starts_with("MINVALUE")) {
        options.push("NO MINVALUE".to_owned());
    }
    if !options.iter().any(|option| option.starts_with("MAXVALUE")) {
        options.push("NO MAXVALUE".to_owned());
    }
    format!("ALTER SEQUENCE {name}\n{};\n", indented(options))
}

fn options(sequence: &Sequence) -> Vec<String> {
    let ascending = sequence.increment > 0;
    let mut options = vec!["AS bigint".to_owned()];
    options.push(format!("START WITH {}", sequence.start));
    options.push(format!("INCREMENT BY {}", sequence.increment));
    // The server's own limits start at 1 and -1; a start beyond them needs room.
    if ascending && sequence.start < 1 {
        options.push(format!("MINVALUE {}", sequence.start));
    }
    match sequence.max {
        Some(max) => options.push(format!("MAXVALUE {max}")),
        None if !ascending && sequence.start > -1 => {
            options.push(format!("MAXVALUE {}", sequence.start));
        }
        None => {}
    }
    options.push(format!("CACHE {}", sequence.cache));
    options.push("NO CYCLE".to_owned());
    options
}
