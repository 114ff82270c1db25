//! Routines whose results are stored or were checked: an index, a generated column and a check keep what the routine gave before,
//! and the server does not look again.

use super::{Change, Edit};
use crate::expr::{Expr, calls_in};
use crate::name::QualifiedName;
use crate::routine::Routine;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::{Binding, Template};
use crate::user_type::UserType;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// `from` is the schema before, under today's names.
pub(super) fn check(from: &Schema, to: &Schema, changes: &[Change], report: &mut Report) {
    for change in changes {
        if let Change::Label(ty, Edit::Rename { .. }) = change {
            renamed_label(from, to, ty, report);
        }
        let Change::Routine(Edit::Alter { from: was, to: is }) = change else {
            continue;
        };
        if !computes_otherwise(was, is) {
            continue;
        }
        let callers = callers(to, is);
        let Some(user) = callers.iter().find_map(|it| user(from, to, it)) else {
            continue;
        };
        report.add(
            Code::SM155,
            &Site::new("routine", &is.name, is.place),
            format!("{user} calls it, and keeps what it gave before"),
            "leave it as it is, add a routine of another name, and call that there",
        );
    }
}

/// A routine over values of an enum may give their labels.
fn renamed_label(from: &Schema, to: &Schema, ty: &QualifiedName, report: &mut Report) {
    let takes_it = |it: &&Routine| {
        let mut arguments = it.arguments.iter();
        arguments.any(|argument| to.is_made_of(&argument.ty, ty))
    };
    for routine in to.routines.iter().filter(takes_it) {
        let callers = callers(to, routine);
        let Some(user) = callers.iter().find_map(|it| user(from, to, it)) else {
            continue;
        };
        let place = to.find_type(ty).map(UserType::place).unwrap_or_default();
        report.add(
            Code::SM155,
            &Site::new("type", ty, place),
            format!(
                "{user} calls `{}` over its values, and keeps what that gave for the label's old text",
                routine.name
            ),
            "keep the label; or give up what keeps the results in this migration, and add it again in the next",
        );
    }
}

fn computes_otherwise(was: &Routine, is: &Routine) -> bool {
    let same = Routine {
        comment: was.comment.clone(),
        renamed_from: was.renamed_from.clone(),
        place: was.place,
        parallel: was.parallel,
        ..is.clone()
    };
    same != *was
}

/// The routine, and those that call it through others of the definition.
fn callers<'a>(to: &'a Schema, routine: &'a Routine) -> Vec<&'a Routine> {
    let mut all = vec![routine];
    let mut at = 0;
    while let Some(called) = all.get(at).copied() {
        at += 1;
        for other in &to.routines {
            let binds = other.body.bindings.values().any(|it| match it {
                Binding::Routine(name) => to.same_name(name, &called.name),
                _ => false,
            });
            let names = || calls_in(&other.body, called.name.name.as_str());
            if !all.contains(&other) && (binds || names()) {
                all.push(other);
            }
        }
    }
    all
}

/// What calls the routine before and after, in words.
fn user(from: &Schema, to: &Schema, routine: &Routine) -> Option<String> {
    let calls = |expr: &Expr| expr.calls(routine.name.name.as_str());
    let of_tables = to.tables.iter().find_map(|table| {
        let before = users(from.find_table(&table.name)?);
        let mut users = users(table).into_iter();
        let (what, _) =
            users.find(|user| before.contains(user) && user.1.iter().any(|it| calls(it)))?;
        Some(format!("{what} of `{}`", table.name))
    });
    let of_views = || {
        to.views.iter().find_map(|view| {
            let before = from.find_view(&view.name)?;
            let index = view
                .indexes()
                .iter()
                .find(|index| before.indexes().contains(index) && index.expressions().any(calls));
            if let Some(index) = index {
                return Some(format!("the index `{}` of `{}`", index.name, view.name));
            }
            let names = |body: &Template| {
                let mut bound = body.bindings.values();
                bound.any(
                    |it| matches!(it, Binding::Routine(name) if to.same_name(name, &routine.name)),
                ) || calls_in(body, routine.name.name.as_str())
            };
            let is_kept = view.materialized.is_some() && view.body == before.body;
            (is_kept && names(&view.body)).then(|| format!("the materialised view `{}`", view.name))
        })
    };
    of_tables.or_else(of_views).or_else(|| {
        to.types.iter().find_map(|ty| {
            let UserType::Domain(domain) = ty else {
                return None;
            };
            from.find_type(&domain.name)?;
            let check = domain.checks.iter().find(|it| calls(&it.condition))?;
            Some(format!(
                "the check `{}` of the domain `{}`",
                check.name, domain.name
            ))
        })
    })
}

/// What keeps the values of expressions, with these.
fn users(table: &Table) -> Vec<(String, Vec<&Expr>)> {
    let columns = table.columns.iter().filter_map(|it| {
        let computed = it.generated.as_ref()?;
        Some((
            format!("the generated column `{}`", it.name),
            vec![computed],
        ))
    });
    let constraints = table.constraints.iter();
    let constraints =
        constraints.map(|it| (format!("the constraint `{}`", it.name), it.expressions()));
    let of_leaves = table.leaf().into_iter();
    let of_leaves = of_leaves.flat_map(|leaf| &leaf.indexes);
    let indexes = table.indexes.iter().chain(of_leaves);
    let indexes = indexes.map(|it| {
        (
            format!("the index `{}`", it.name),
            it.expressions().collect(),
        )
    });
    columns.chain(constraints).chain(indexes).collect()
}
