//! From a project to the files it wants: validation, lints, rendering. Writes no file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use eventcore_codegen::lint::lint;
use eventcore_codegen::output::{OutputFile, is_slug};
use eventcore_codegen::plan::EvolutionError;
use eventcore_codegen::{GenerateError, GenerateOptions, Store, generate};
use eventcore_schema_model::validate::{ValidSchema, Violations, validate};

use super::error::GenSqlError;
use crate::project::Project;

/// A message about the definition, said once for all stores that share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// Such as `SM014`.
    pub(super) code: String,
    /// The whole text: `error[SM014]: ...`, or `warning[LT001]: ...`.
    pub(super) text: String,
    /// The stores it was found in.
    pub(super) stores: Vec<String>,
}

/// Folders of the output folder that no store may take.
const RESERVED: [&str; 3] = ["src", "queries", "target"];

/// Checks the words of a migration's file name.
pub(super) fn check_slug(text: &str) -> Result<(), GenSqlError> {
    if is_slug(text) {
        Ok(())
    } else {
        Err(GenSqlError::Slug {
            text: text.to_owned(),
        })
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Checks what the model cannot: the stores' folders.
pub(super) fn check_folders(project: &Project) -> Result<(), GenSqlError> {
    let mut seen = BTreeSet::new();
    for store in &project.stores {
        let folder = store.folder.as_str();
        let defect = if !is_plain(folder) {
            "its folder is one name of `a-z`, `0-9` and `_`"
        } else if RESERVED.contains(&folder) {
            "its folder is taken by what all stores share; choose another name"
        } else if !seen.insert(folder) {
            "another store has this folder; each has one of its own"
        } else {
            continue;
        };
        return Err(GenSqlError::Folder {
            project: project.name.clone(),
            folder: folder.to_owned(),
            defect,
        });
    }
    Ok(())
}

/// Proves every store's schema well-formed.
///
/// # Errors
/// Every violation of every store.
pub(super) fn validate_all(project: &Project) -> Result<Vec<(&str, ValidSchema)>, Vec<Finding>> {
    let mut valid = Vec::new();
    let mut findings: Vec<Finding> = Vec::new();
    for store in &project.stores {
        match validate(store.schema.clone()) {
            Ok(schema) => valid.push((store.folder.as_str(), schema)),
            Err(violations) => {
                for violation in violations.as_slice() {
                    add(&mut findings, &violation.code, violation, &store.folder);
                }
            }
        }
    }
    if findings.is_empty() {
        Ok(valid)
    } else {
        Err(findings)
    }
}

/// What is unwise in the stores' schemas.
pub(super) fn lint_all(stores: &[(&str, ValidSchema)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, schema) in stores {
        for lint in lint(schema) {
            add(&mut findings, &lint.code, &lint, folder);
        }
    }
    findings
}

fn add(findings: &mut Vec<Finding>, code: &impl ToString, text: &impl ToString, store: &str) {
    let (code, text) = (code.to_string(), text.to_string());
    match findings.iter_mut().find(|known| known.text == text) {
        Some(known) if known.stores.iter().any(|it| it == store) => {}
        Some(known) => known.stores.push(store.to_owned()),
        None => findings.push(Finding {
            code,
            text,
            stores: vec![store.to_owned()],
        }),
    }
}

/// What the project wants to have in its output folder, by path.
pub(super) fn render(
    stores: &[Store<'_>],
    options: GenerateOptions<'_>,
) -> Result<BTreeMap<String, OutputFile>, GenSqlError> {
    let mut wanted = BTreeMap::new();
    for file in generate(stores, options)? {
        let defect = if !is_below(&file.path) {
            "is no path below the output folder"
        } else if wanted.contains_key(&file.path) {
            "is given twice"
        } else {
            wanted.insert(file.path.clone(), file);
            continue;
        };
        return Err(GenSqlError::Path {
            path: file.path,
            defect,
        });
    }
    Ok(wanted)
}

/// The violations that a definition has as the successor of the one before it, if these are what is wrong.
pub(super) fn violations_of(error: &GenerateError) -> Vec<Finding> {
    match error {
        GenerateError::Evolution {
            store,
            source: EvolutionError::Violations(violations),
        } => findings(violations, store),
        _ => Vec::new(),
    }
}

/// Violations of one store.
pub(super) fn findings(violations: &Violations, store: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for violation in violations.as_slice() {
        add(&mut findings, &violation.code, violation, store);
    }
    findings
}

fn is_below(path: &str) -> bool {
    !path.is_empty()
        && !path.contains('\\')
        && !path.contains("//")
        && Path::new(path)
            .components()
            .all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::{check_folders, check_slug, is_below};
    use crate::project::Project;
    use eventcore_schema_model::schema::Schema;

    #[test]
    fn a_slug_is_plain() {
        for good in ["add_tenant", "a", "v2"] {
            assert!(check_slug(good).is_ok(), "{good}");
        }
        for bad in ["", "Add", "add-tenant", "a b", "../x", "é", &"a".repeat(61)] {
            assert!(check_slug(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_store_has_a_folder_of_its_own() {
        let check = |folders: &[&str], expected: Option<&str>| {
            let project = folders
                .iter()
                .fold(Project::new("shop").root("."), |all, folder| {
                    all.store(*folder, Schema::new("shop"))
                });
            let error = check_folders(&project).err().map(|error| error.to_string());
            match (error, expected) {
                (None, None) => {}
                (Some(error), Some(part)) => assert!(error.contains(part), "{error}"),
                other => panic!("{folders:?}: {other:?}"),
            }
        };
        check(&["simple", "partitioned"], None);
        check(&["simple", "simple"], Some("another store"));
        check(&["src"], Some("taken"));
        check(&["../x"], Some("one name"));
        check(&[""], Some("one name"));
    }

    #[test]
    fn paths_stay_below_the_output_folder() {
        assert!(is_below("simple/migrations/001_a.sql"));
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b"] {
            assert!(!is_below(bad), "{bad}");
        }
    }
}
