//! The way back from a definition to an earlier one, object by object. Knows definitions as JSON alone: a new kind of
//! object needs nothing here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::SnapshotError;
use crate::schema::Schema;

/// The members of the definition that were something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Reverse(BTreeMap<String, Was>);

/// What a member was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Was {
    /// It was left out: it had its default.
    Absent,
    /// This value.
    Value(Value),
    /// A list, made from today's by going through it from its start.
    List(Vec<Step>),
}

/// A step through a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// So many objects were there as they are.
    Same(usize),
    /// So many objects were not there, or not as they are.
    New(usize),
    /// This object was there.
    Was(Value),
}

impl Reverse {
    /// What leads from `now` back to `before`. Compared as text: most of a large definition stays as it is.
    pub(super) fn between(now: &Schema, before: &Schema) -> Result<Self, SnapshotError> {
        let (now, before) = (serde_json::to_string(now)?, serde_json::to_string(before)?);
        let now: Members<'_> = serde_json::from_str(&now)?;
        let mut before: Members<'_> = serde_json::from_str(&before)?;
        let mut found = BTreeMap::new();
        for (name, now) in now {
            let was = match before.remove(&name) {
                Some(was) if was.get() == now.get() => continue,
                Some(was) if is_list(now) && is_list(was) => Was::List(steps(now, was)?),
                Some(was) => Was::Value(value(was)?),
                None => Was::Absent,
            };
            found.insert(name, was);
        }
        for (name, was) in before {
            found.insert(name, Was::Value(value(was)?));
        }
        Ok(Self(found))
    }

    /// The definition that `now` was.
    pub(super) fn applied_to(self, now: &Schema) -> Result<Schema, SnapshotError> {
        let mut members = members(now)?;
        for (member, was) in self.0 {
            let value = match was {
                Was::Absent => {
                    members.remove(&member);
                    continue;
                }
                Was::Value(value) => value,
                Was::List(steps) => {
                    let Some(Value::Array(now)) = members.remove(&member) else {
                        return Err(SnapshotError::Before { member });
                    };
                    match walked(steps, now) {
                        Some(list) => Value::Array(list),
                        None => return Err(SnapshotError::Before { member }),
                    }
                }
            };
            members.insert(member, value);
        }
        Ok(serde_json::from_value(Value::Object(members))?)
    }
}

fn members(schema: &Schema) -> Result<Map<String, Value>, SnapshotError> {
    match serde_json::to_value(schema)? {
        Value::Object(members) => Ok(members),
        // A struct is an object.
        _ => Ok(Map::new()),
    }
}

/// The members of a definition as they are written.
type Members<'a> = BTreeMap<String, &'a RawValue>;

fn is_list(text: &RawValue) -> bool {
    text.get().starts_with('[')
}

fn value(text: &RawValue) -> Result<Value, SnapshotError> {
    Ok(serde_json::from_str(text.get())?)
}

/// What stays stands in both lists in the same order; an object that moved is written out.
fn steps(now: &RawValue, before: &RawValue) -> Result<Vec<Step>, SnapshotError> {
    let now: Vec<&RawValue> = serde_json::from_str(now.get())?;
    let before: Vec<&RawValue> = serde_json::from_str(before.get())?;
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, object) in now.iter().enumerate() {
        places.entry(object.get()).or_default().push(place);
    }
    let mut steps = Vec::new();
    let mut at = 0;
    for object in before {
        let known = places.get(object.get());
        let next = known.and_then(|places| places.iter().find(|place| **place >= at));
        let Some(&next) = next else {
            steps.push(Step::Was(value(object)?));
            continue;
        };
        if next > at {
            steps.push(Step::New(next - at));
        }
        match steps.last_mut() {
            Some(Step::Same(count)) => *count += 1,
            _ => steps.push(Step::Same(1)),
        }
        at = next + 1;
    }
    if at < now.len() {
        steps.push(Step::New(now.len() - at));
    }
    Ok(steps)
}

/// The list before; nothing where the steps do not end where the list does.
fn walked(steps: Vec<Step>, now: Vec<Value>) -> Option<Vec<Value>> {
    let mut now = now.into_iter();
    let mut list = Vec::new();
    for step in steps {
        match step {
            Step::Same(count) if count <= now.len() => list.extend(now.by_ref().take(count)),
            Step::New(count) if count <= now.len() => drop(now.by_ref().take(count).last()),
            Step::Was(object) => list.push(object),
            Step::Same(_) | Step::New(_) => return None,
        }
    }
    now.len().eq(&0).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::Reverse;
    use crate::prelude::*;

    /// Numbers that look random, from a seed.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(self.0 >> 33).unwrap() % limit
        }
    }

    fn table(number: usize, columns: usize) -> Table {
        let table = Table::new(format!("t{number}")).column(Column::new("id", DataType::BigInt));
        (0..columns).fold(table, |table, place| {
            table.column(Column::new(format!("c{place}"), DataType::Text))
        })
    }

    fn edit(schema: &mut Schema, dice: &mut Dice) {
        let count = schema.tables.len();
        match dice.below(8) {
            0 if count > 0 => drop(schema.tables.remove(dice.below(count))),
            1 if count > 1 => schema.tables.swap(dice.below(count), 0),
            2 if count > 0 => {
                let place = dice.below(count);
                schema.tables[place] = table(dice.below(9), dice.below(4));
            }
            3 => schema.description = "x".repeat(dice.below(2)),
            4 => schema.first_later_version = u32::try_from(dice.below(3)).unwrap(),
            5 => schema
                .sequences
                .push(Sequence::new(format!("s{}", dice.below(9)))),
            6 => schema.sequences.clear(),
            _ => schema
                .tables
                .insert(dice.below(count + 1), table(dice.below(9), dice.below(4))),
        }
    }

    #[test]
    fn the_way_back_leads_to_the_definition_before() {
        for seed in 0..2000 {
            let mut dice = Dice(seed);
            let mut before = Schema::new("shop");
            for _ in 0..dice.below(12) {
                edit(&mut before, &mut dice);
            }
            let mut now = before.clone();
            for _ in 0..dice.below(6) {
                edit(&mut now, &mut dice);
            }
            let reverse = Reverse::between(&now, &before).unwrap();
            let text = serde_json::to_string(&reverse).unwrap();
            let read: Reverse = serde_json::from_str(&text).unwrap();
            assert_eq!(
                read.applied_to(&now).unwrap(),
                before,
                "seed {seed}: {text}"
            );
        }
    }

    #[test]
    fn what_did_not_change_is_not_written() {
        let before = (0..50).fold(Schema::new("shop"), |schema, number| {
            schema.table(table(number, 3))
        });
        let mut now = before.clone();
        now.tables[20] = table(20, 4);
        now = now.table(table(50, 1));
        let text = serde_json::to_string(&Reverse::between(&now, &before).unwrap()).unwrap();
        assert!(
            text.starts_with(r#"{"tables":{"list":[{"same":20},{"was":{"#)
                && text.ends_with(r#"},{"new":1},{"same":29},{"new":1}]}}"#),
            "{text}"
        );
    }

    #[test]
    fn a_way_that_does_not_fit_is_refused() {
        let reverse: Reverse =
            serde_json::from_str(r#"{"tables": {"list": [{"same": 2}]}}"#).unwrap();
        let now = Schema::new("shop").table(table(0, 0));
        let refused = reverse.applied_to(&now).unwrap_err().to_string();
        assert!(refused.contains("`tables`"), "{refused}");
    }
}
