//! LT009: a check calls a routine that reads a table: rows change there, nobody looks at the check again, and a dump that
//! restores this table first fails.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::template::Binding;
use eventcore_schema_model::validate::{ObjectPath, ValidSchema};

use super::{Lint, is_allowed};

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for table in &schema.tables {
        if is_allowed(LintCode::LT009, &[&table.allows]) {
            continue;
        }
        for constraint in &table.constraints {
            let ConstraintKind::Check(condition) = &constraint.kind else {
                continue;
            };
            let Some((routine, read)) = reads(schema, condition) else {
                continue;
            };
            let path = ObjectPath::new("table", &table.name);
            lints.push(Lint {
                code: LintCode::LT009,
                path: path.child("constraint", &constraint.name),
                message: format!(
                    "its check calls `{routine}`, which reads `{read}`: a change there is not looked at, and a dump may not be \
                     restorable"
                ),
                help: "check it in a trigger, or reference the table by a foreign key".to_owned(),
                place: constraint.place,
            });
        }
    }
    lints
}

/// A routine that an expression calls, and a relation that it reads.
fn reads(schema: &ValidSchema, condition: &Expr) -> Option<(QualifiedName, QualifiedName)> {
    schema.named_by([condition]).into_iter().find_map(|object| {
        let ObjectRef::Routine(name) = object else {
            return None;
        };
        let routine = schema.find_routine(&name)?;
        let mut bound = routine.body.bindings.values();
        let read = bound.find_map(|it| match it {
            Binding::Relation(read) => Some(read.clone()),
            _ => None,
        })?;
        Some((name, read))
    })
}
