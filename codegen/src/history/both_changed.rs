//! What two branches both changed: there the order of their migrations matters. Knows definitions as JSON alone.

use std::collections::BTreeMap;

use eventcore_schema_model::schema::Schema;
use serde_json::Value;

/// Members of a definition whose objects no migration creates.
const OUTSIDE_THE_CATALOG: [&str; 4] = ["queries", "events", "former_events", "migrations"];

/// The objects of the catalog that differ from `base` both in `theirs` and in `ours`, and in different ways: each as
/// the list that it stands in and its name.
///
/// # Errors
/// None in practice: a definition holds nothing that JSON cannot.
pub fn both_changed(
    base: &Schema,
    theirs: &Schema,
    ours: &Schema,
) -> Result<Vec<String>, serde_json::Error> {
    let (base, theirs, ours) = (objects(base)?, objects(theirs)?, objects(ours)?);
    let all = theirs.keys().chain(base.keys()).chain(ours.keys());
    let mut found: Vec<_> = all
        .filter(|key| {
            let [base, theirs, ours] = [&base, &theirs, &ours].map(|side| side.get(*key));
            theirs != base && ours != base && theirs != ours
        })
        .map(|(kind, name)| format!("{kind} `{name}`"))
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// By list and name.
fn objects(schema: &Schema) -> Result<BTreeMap<(String, String), Value>, serde_json::Error> {
    let mut objects = BTreeMap::new();
    let Value::Object(members) = serde_json::to_value(schema)? else {
        return Ok(objects);
    };
    for (kind, value) in members {
        if OUTSIDE_THE_CATALOG.contains(&kind.as_str()) {
            continue;
        }
        let Value::Array(list) = value else { continue };
        for object in list {
            objects.insert((kind.clone(), name_of(&object)), object);
        }
    }
    Ok(objects)
}

/// What has no name is known by all that it is. Types stand below the word for their kind.
fn name_of(object: &Value) -> String {
    let name = match object.as_object() {
        Some(members) if members.len() == 1 => members
            .values()
            .next()
            .map_or(&Value::Null, |it| &it["name"]),
        _ => &object["name"],
    };
    match name {
        Value::String(name) => name.clone(),
        Value::Object(name) => {
            let parts = ["namespace", "name"].into_iter();
            let parts = parts.filter_map(|part| name.get(part)?.as_str());
            parts.collect::<Vec<_>>().join(".")
        }
        _ => object.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::both_changed;
    use eventcore_schema_model::prelude::*;

    fn schema(tables: &[(&str, &[&str])]) -> Schema {
        tables
            .iter()
            .fold(Schema::new("shop"), |schema, (name, columns)| {
                let table = columns.iter().fold(Table::new(*name), |table, column| {
                    table.column(Column::new(*column, DataType::Text))
                });
                schema.table(table)
            })
    }

    #[test]
    fn types_are_known_by_their_names() {
        let schema = |labels: &[&str]| {
            let labels = labels.iter().copied();
            Schema::new("shop").user_type(EnumType::new("state", labels))
        };
        let (theirs, ours) = (schema(&["a", "m"]), schema(&["a", "f"]));
        let found = both_changed(&schema(&["a"]), &theirs, &ours).unwrap();
        assert_eq!(found, ["types `state`"]);
    }

    #[test]
    fn only_what_both_changed_differently_is_found() {
        let base = schema(&[("a", &["x"]), ("b", &["x"]), ("c", &["x"]), ("d", &["x"])]);
        let theirs = schema(&[
            ("a", &["x", "y"]),
            ("b", &["y"]),
            ("c", &["y"]),
            ("e", &["x"]),
        ]);
        let ours = schema(&[
            ("a", &["x", "z"]),
            ("b", &["y"]),
            ("c", &["x"]),
            ("d", &["z"]),
            ("f", &["x"]),
        ]);
        let found = both_changed(&base, &theirs, &ours).unwrap();
        assert_eq!(found, ["tables `a`", "tables `d`"]);
    }
}
