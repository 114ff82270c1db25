//! Types of the definition's own: which labels an enum type gains, and that it loses none; which rules a domain gets.

use super::objects::{alter, named};
use super::{Change, Edit, composites};
use crate::composite::Composite;
use crate::domain::Domain;
use crate::migration::ObjectRef;
use crate::name::QualifiedName;
use crate::schema::Schema;
use crate::ty::DataType;
use crate::user_type::{EnumType, UserType};
use crate::validate::Code;
use crate::validate::report::{Report, Site, list};

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn compare(
    renamed: &Schema,
    to: &Schema,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let (from, after) = (&renamed.types, &to.types);
    let both = named(
        to,
        from,
        after,
        ObjectRef::Type,
        Change::Type,
        report,
        changes,
    );
    for (before, after) in both {
        let (site, name) = (Site::new("type", after.name(), after.place()), after.name());
        let before = match (before, after) {
            (UserType::Enum(before), UserType::Enum(ty)) => {
                labels(&site, before, ty, report, changes);
                UserType::Enum(EnumType {
                    labels: ty.labels.clone(),
                    ..before.clone()
                })
            }
            (UserType::Domain(before), UserType::Domain(ty)) => {
                domain(&site, renamed, before, ty, report);
                UserType::Domain(before.clone())
            }
            (UserType::Composite(before), UserType::Composite(ty)) => {
                composites::compare(&site, (renamed, to), before, ty, report, changes);
                UserType::Composite(Composite {
                    attributes: ty.attributes.clone(),
                    ..before.clone()
                })
            }
            _ => {
                report.add(
                    Code::SM076,
                    &site,
                    "its name belongs to a type of another kind so far",
                    "choose another name, or give the old one up in this migration and add the new one in the next",
                );
                continue;
            }
        };
        alter(before.under(name), after.under(name), Change::Type, changes);
    }
}

fn labels(
    site: &Site,
    before: &EnumType,
    after: &EnumType,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let lost: Vec<&String> = before
        .labels
        .iter()
        .filter(|label| !after.labels.contains(label))
        .collect();
    let kept = after
        .labels
        .iter()
        .filter(|label| before.labels.contains(label));
    if let Some(first) = lost.first() {
        report.add(
            Code::SM083,
            site,
            format!(
                "it has no label {} any more, and the server takes none away",
                list(&lost)
            ),
            format!(
                "leave it, and refuse it by a check of the columns; or, if it has another text now, say \
                 `.renamed_label(\"{}\", ...)`; or add a type of another name, give it to the columns with \
                 `.rewrite_using(...)`, and give this one up",
                first.escape_debug()
            ),
        );
    } else if !kept.eq(&before.labels) {
        report.add(
            Code::SM083,
            site,
            format!(
                "its labels stand in another order, and the server moves none: so far {}",
                list(&before.labels)
            ),
            "put them back in this order; or add a type of another name, give it to the columns with \
             `.rewrite_using(...)`, and give this one up",
        );
    }
    let new = after
        .labels
        .iter()
        .filter(|label| !before.labels.contains(label));
    changes.extend(new.map(|label| Change::Label(after.name.clone(), Edit::Add(label.clone()))));
}

fn domain(site: &Site, renamed: &Schema, before: &Domain, after: &Domain, report: &mut Report) {
    if before.base != after.base || before.collation != after.collation {
        report.add(
            Code::SM076,
            site,
            "its values are of another type or collation than before, and the server changes neither",
            "add a domain of another name, and give the columns that type",
        );
    }
    let is_stricter = after.not_null && !before.not_null
        || after.checks.iter().any(|it| !before.checks.contains(it));
    if is_stricter && let Some(within) = held_inside(renamed, &after.name) {
        report.add(
            Code::SM076,
            site,
            format!("{within}, and the server does not look into those when a rule comes"),
            "leave its rules, or give what is inside another type",
        );
    }
}

/// Where values of a domain stand inside of others, for messages: the server looks at columns of the domain alone.
fn held_inside(schema: &Schema, domain: &QualifiedName) -> Option<String> {
    let tables = schema.tables.iter().flat_map(|table| {
        let columns = table.columns.iter();
        columns.map(|column| (&table.name, &column.name, &column.ty))
    });
    let kept = schema.views.iter().filter(|it| it.materialized.is_some());
    let views = kept.flat_map(|view| {
        let columns = view.columns.iter();
        columns.map(|column| (&view.name, &column.name, &column.ty))
    });
    let mut inside = tables
        .chain(views)
        .filter(|(_, _, ty)| is_inside(schema, ty, domain, false, schema.types.len() + 1));
    inside.next().map(|(owner, column, _)| {
        format!("values of it stand inside those of `{column}` of `{owner}`")
    })
}

/// Whether a type has values of the domain in its arrays or attributes, at any depth.
fn is_inside(
    schema: &Schema,
    ty: &DataType,
    domain: &QualifiedName,
    within: bool,
    depth: usize,
) -> bool {
    // A circle of types is an error of its own.
    if depth == 0 {
        return false;
    }
    let below = |ty: &DataType, within| is_inside(schema, ty, domain, within, depth - 1);
    match ty {
        DataType::Array(element) => below(element, true),
        DataType::Named(name) if schema.same_name(name, domain) => within,
        DataType::Named(name) => match schema.find_type(name) {
            Some(UserType::Domain(known)) => below(&known.base, within),
            Some(UserType::Composite(known)) => {
                known.attributes.iter().any(|it| below(&it.ty, true))
            }
            _ => false,
        },
        _ => false,
    }
}
