//! `CREATE SEQUENCE`.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::sequence::Sequence;

use super::comment::comment;
use super::layout::indented;
use super::quote::qualified;

/// Creates a sequence, with its comment.
pub fn create_sequence(schema: &Schema, sequence: &Sequence) -> String {
    let name = qualified(schema, &sequence.name);
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
    format!(
        "CREATE SEQUENCE {name}\n{};\n{}",
        indented(options),
        comment(&format!("SEQUENCE {name}"), sequence.comment.as_deref())
    )
}
