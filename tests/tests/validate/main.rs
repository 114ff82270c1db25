//! Every rule of the definition: its text, and where it says that a server would refuse, the server's word.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod called;
mod cases;
mod catalog;
mod constants;
mod event_changes;
mod event_store;
mod extensions;
mod refusals;
mod shapes;
mod taken_back;
mod trigger_functions;

use std::collections::BTreeMap;

use eventcore_schema_model::diff::{check_names, diff};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code;

/// A definition that breaks one rule, and a word on how.
struct Case {
    code: Code,
    how: &'static str,
    /// What the migrations so far lead to, for a rule on changes.
    from: Option<Schema>,
    schema: Schema,
}

fn case(code: Code, how: &'static str, schema: Schema) -> Case {
    Case {
        code,
        how,
        from: None,
        schema,
    }
}

/// A change that breaks one rule.
fn change(code: Code, how: &'static str, from: Schema, schema: Schema) -> Case {
    Case {
        from: Some(from),
        ..case(code, how, schema)
    }
}

/// The violations of a definition as text, without the places in this crate's source.
#[track_caller]
fn refusal(from: Option<Schema>, schema: Schema, how: &str) -> (Vec<Code>, String) {
    let broken = match (validate(schema), from) {
        (Err(violations), None) => Some(violations),
        (Ok(schema), Some(from)) => diff(&from, &schema).err(),
        (Ok(schema), None) => check_names(&schema).err(),
        (Err(violations), Some(_)) => panic!("`{how}` is to be a change, but:\n{violations}"),
    };
    let Some(violations) = broken else {
        panic!("`{how}` is to break a rule, but keeps all");
    };
    let codes = violations.as_slice().iter().map(|it| it.code).collect();
    let text = violations.to_string();
    let lines = text.lines().filter(|line| !line.starts_with("  at: "));
    let lines = lines.map(|line| match line.split_once("the first stands at ") {
        Some((start, _)) => format!("{start}the first stands at [place]"),
        None => line.to_owned(),
    });
    (codes, lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_rule_has_its_text() {
    let mut texts: BTreeMap<Code, String> = BTreeMap::new();
    for Case {
        code,
        how,
        from,
        schema,
    } in cases::all()
    {
        let (codes, text) = refusal(from, schema, how);
        assert!(
            codes.iter().all(|found| *found == code),
            "`{how}` is to break {code} alone, but:\n{text}"
        );
        let all = texts
            .entry(code)
            .or_insert_with(|| format!("{}\n", code.summary()));
        all.extend(["\n# ", how, "\n", &text, "\n"]);
    }
    for code in Code::ALL {
        let text = texts.get(code);
        let text = text.unwrap_or_else(|| panic!("no case breaks {code}: {}", code.summary()));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("validate_{code}"), text));
    }
}

#[test]
fn a_text_may_mean_something_else_by_a_name_that_goes() {
    for (before, after) in cases::accepted() {
        let routine = after.routines.last().map(|it| &it.body.text);
        let text = format!(
            "{:?}",
            after.queries.first().map(|it| &it.body.text).or(routine)
        );
        let after = validate(after).unwrap_or_else(|found| panic!("{text}: {found}"));
        if let Err(found) = eventcore_schema_model::diff::diff(&before, &after) {
            panic!("{text}: {found}");
        }
    }
}

#[test]
fn all_violations_come_at_once_sorted_by_object_and_with_their_places() {
    let schema = Schema::new("shop")
        .table(
            Table::new("zebra")
                .column(Column::new("id", DataType::Json))
                .primary_key(["id"]),
        )
        .table(
            Table::new("ant")
                .column(Column::new("id", DataType::SmallInt).default(40_000))
                .column(Column::new("id", DataType::Text).collate("C")),
        );
    let violations = validate(schema).unwrap_err();
    let lines: Vec<String> = violations
        .as_slice()
        .iter()
        .map(|violation| format!("{} {}", violation.code, violation.path))
        .collect();
    assert_eq!(
        lines,
        [
            "SM004 table `ant`: column `id`",
            "SM019 table `ant`: column `id`",
            "SM029 table `zebra`: constraint `zebra_pkey`",
        ]
    );
    let place = violations.as_slice()[0].place.location();
    assert!(place.is_some_and(|(file, _)| file.ends_with("validate/main.rs")));
}
