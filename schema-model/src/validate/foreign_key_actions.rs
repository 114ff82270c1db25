//! What a foreign key does to referencing rows: an action that no row could bear is refused. Which columns reference
//! which is not looked at here.

use super::code::Code;
use super::report::{Report, Site};
use crate::column::{Column, Identity};
use crate::constraint::{ConstraintKind, ForeignKey, ForeignKeyAction};
use crate::domain::value;
use crate::expr::{BinaryOp, Expr, Literal};
use crate::schema::Schema;
use crate::table::Table;

pub(super) fn check(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    key: &ForeignKey,
) {
    let columns = key.columns.iter();
    for column in columns.filter_map(|name| table.find_column(name)) {
        let mut told = Vec::new();
        for (on_update, action) in [(false, key.on_delete), (true, key.on_update)] {
            if let Some((defect, remedy)) = defect(schema, table, column, action, on_update)
                && !told.contains(&defect)
            {
                report.add(Code::SM150, site, defect.clone(), remedy);
                told.push(defect);
            }
        }
    }
}

/// Why an action can never succeed on this column, and what to do instead.
fn defect(
    schema: &Schema,
    table: &Table,
    column: &Column,
    action: ForeignKeyAction,
    on_update: bool,
) -> Option<(String, String)> {
    let name = &column.name;
    let sets = match action {
        ForeignKeyAction::SetNull | ForeignKeyAction::SetDefault => true,
        ForeignKeyAction::Cascade => on_update,
        ForeignKeyAction::NoAction | ForeignKeyAction::Restrict => false,
    };
    if sets && column.generated.is_some() {
        return Some((
            format!("its action would set `{name}`, which is computed from other columns"),
            "let it refuse, `NoAction` or `Restrict`, or reference by a stored column".to_owned(),
        ));
    }
    match action {
        ForeignKeyAction::SetNull => {
            let why = refuses_null(schema, table, column)?;
            Some((
                format!("its action sets `{name}` to NULL, which {why} refuses"),
                "allow NULL there, or choose another action".to_owned(),
            ))
        }
        ForeignKeyAction::SetDefault if column.identity.is_none() => {
            let own = column.default.as_ref();
            let default = own.or_else(|| schema.find_domain(&column.ty)?.default.as_ref());
            if default.is_some_and(|it| *it != Expr::Literal(Literal::Null)) {
                return None;
            }
            let why = refuses_null(schema, table, column)?;
            Some((
                format!("its action sets `{name}` to its default, which is NULL, which {why} refuses"),
                "give the column a default that the referenced table has a row for, `.default(...)`, or choose \
                 another action"
                    .to_owned(),
            ))
        }
        ForeignKeyAction::Cascade if on_update && column.identity == Some(Identity::Always) => {
            Some((
                format!(
                    "its action sets `{name}` to the new key, and an identity that is always generated takes \
                     no value"
                ),
                "make it `Identity::ByDefault`, or let it refuse: `NoAction` or `Restrict`"
                    .to_owned(),
            ))
        }
        _ => None,
    }
}

/// What refuses NULL in a column: the column itself, its type or a check.
fn refuses_null(schema: &Schema, table: &Table, column: &Column) -> Option<String> {
    if !column.nullable {
        return Some("the column".to_owned());
    }
    if let Some(domain) = schema.find_domain(&column.ty) {
        let mut checks = domain.checks.iter();
        let refuses = domain.not_null || checks.any(|it| needs_value(&it.condition, &value()));
        if refuses {
            return Some(format!("the domain `{}`", domain.name));
        }
    }
    let own = Expr::Column(column.name.clone());
    let mut constraints = table.constraints.iter();
    let check = constraints.find(|it| match &it.kind {
        ConstraintKind::Check(condition) => needs_value(condition, &own),
        _ => false,
    });
    check.map(|it| format!("the check `{}`", it.name))
}

/// Whether a condition is false whenever this is NULL: `IS NOT NULL`, alone or among what must all hold.
fn needs_value(condition: &Expr, what: &Expr) -> bool {
    match condition {
        Expr::IsNotNull(inner) => **inner == *what,
        Expr::Not(inner) => matches!(&**inner, Expr::IsNull(inner) if **inner == *what),
        Expr::Binary(left, BinaryOp::And, right) => {
            needs_value(left, what) || needs_value(right, what)
        }
        _ => false,
    }
}
