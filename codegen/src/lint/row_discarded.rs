//! LT010: a trigger before each row whose function returns NULL, whatever happens: the row is discarded without an error.

use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::routine::Routine;
use eventcore_schema_model::trigger::{Trigger, TriggerLevel, TriggerTiming};
use eventcore_schema_model::validate::{ObjectPath, ValidSchema};

use super::{Lint, is_allowed};

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for table in &schema.tables {
        if is_allowed(LintCode::LT010, &[&table.allows]) {
            continue;
        }
        let discards = |it: &&Trigger| {
            let is_before = it.timing == TriggerTiming::Before && it.level == TriggerLevel::Row;
            is_before && schema.find_routine(&it.function).is_some_and(returns_null)
        };
        for trigger in table.triggers.iter().filter(discards) {
            lints.push(Lint {
                code: LintCode::LT010,
                path: ObjectPath::new("table", &table.name).child("trigger", &trigger.name),
                message: format!(
                    "`{}` returns NULL, so every row is discarded without an error",
                    trigger.function
                ),
                help: "return `new` (`old` for DELETE), or fire the trigger AFTER".to_owned(),
                place: trigger.place,
            });
        }
    }
    lints
}

/// Whether each RETURN of a body returns NULL. A text is not parsed: a comment counts as well.
fn returns_null(routine: &Routine) -> bool {
    let text = routine.body.text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ';')
        .filter(|it| !it.is_empty())
        .collect();
    let mut returns = words
        .windows(2)
        .filter(|pair| pair[0] == "return")
        .peekable();
    returns.peek().is_some() && returns.all(|pair| pair[1] == "null")
}
