//! What a foreign key does to referencing rows: an action that no row could bear is refused. Which columns reference
//! which is not looked at here.

use super::code::Code;
use super::evaluate::{Known, Value, refusing_value};
use super::report::{Report, Site};
use crate::column::{Column, Identity};
use crate::constraint::{ForeignKey, ForeignKeyAction};
use crate::expr::{Expr, Literal};
use crate::schema::Schema;
use crate::table::Table;

pub(super) fn check(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    key: &ForeignKey,
) {
    if key.deferred && [key.on_delete, key.on_update].contains(&ForeignKeyAction::Restrict) {
        report.add(
            Code::SM150,
            site,
            "it is deferred, and `Restrict` refuses at once all the same",
            "choose `NoAction`, which is checked at commit, or leave `.deferred()` out",
        );
    }
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
        ForeignKeyAction::SetDefault => {
            let default = schema.default_of(column);
            if column.identity.is_some() || default.is_some_and(|it| it.drawn_sequence().is_some())
            {
                return Some((
                    format!("its action sets `{name}` to its default, the next number, which no referenced row has"),
                    "give the column a default that the referenced table has a row for, or choose another action".to_owned(),
                ));
            }
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
    if let Some(domain) = schema.domains_of(&column.ty).find(|it| it.not_null) {
        return Some(format!("the domain `{}`", domain.name));
    }
    if let Some(check) = refusing_value(schema, table, column, Value::Null) {
        return Some(check);
    }
    let known = Known::nothing(schema).column(&column.name, Value::Null);
    let computed = table.columns.iter().find(|it| {
        let value = it.generated.as_ref().and_then(|it| known.value(it));
        !it.nullable && value == Some(Value::Null)
    });
    computed.map(|it| format!("the column `{}`, computed from it,", it.name))
}
