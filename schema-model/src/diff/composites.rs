//! Composite types: attributes that come, go, or change, and what columns of them cannot do.

use super::named::Named;
use super::{Change, Edit, paired, words};
use crate::composite::{Attribute, Composite};
use crate::migration::ObjectRef;
use crate::name::QualifiedName;
use crate::routine::Language;
use crate::schema::Schema;
use crate::template::Binding;
use crate::ty::DataType;
use crate::user_type::UserType;
use crate::validate::Code;
use crate::validate::report::{Report, Site, list};

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn compare(
    site: &Site,
    (renamed, to): (&Schema, &Schema),
    before: &Composite,
    after: &Composite,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let same = |left: &Attribute, right: &Attribute| left.name == right.name;
    let (both, new, gone) = paired(&before.attributes, &after.attributes, same);
    let kept = before.attributes.iter();
    let kept: Vec<&Attribute> = kept
        .filter(|it| after.find_attribute(&it.name).is_some())
        .collect();
    let names = |list: &[&Attribute]| -> Vec<String> {
        list.iter().map(|it| it.name.to_string()).collect()
    };
    let mut expected = names(&kept);
    expected.extend(names(&new));
    let all: Vec<&Attribute> = after.attributes.iter().collect();
    if names(&all) != expected {
        report.add(
            Code::SM086,
            site,
            "its attributes stand in another order than the server would have them, which adds one last and moves none",
            format!("put them in this order: {}", list(&expected)),
        );
    }
    let change = |edit| Change::Attribute(after.name.clone(), edit);
    for attribute in gone {
        if !after
            .dropped_attributes
            .iter()
            .any(|it| it.name == attribute.name)
        {
            report.add(
                Code::SM071,
                &site.child("attribute", &attribute.name, attribute.place),
                "the definition no longer has this attribute, and does not say that it may go",
                format!(
                    "say `.drop_attribute({:?}, \"why\")` of the type; or, if it has another name now, say \
                     `.renamed_from(...)` there; or take it back",
                    attribute.name.as_str()
                ),
            );
        }
        changes.push(change(Edit::Drop(attribute.clone())));
    }
    for (before, after_one) in both {
        let (from, to_one) = (before.under(&before.name), after_one.under(&before.name));
        if from.ty != to_one.ty
            && let Some(user) = user_of(renamed, &after.name).or_else(|| user_of(to, &after.name))
        {
            report.add(
                Code::SM076,
                &site.child("attribute", &after_one.name, after_one.place),
                format!(
                    "it is {} so far, and the server changes no attribute of a type that {user} uses",
                    from.ty
                ),
                "add an attribute of the new type behind it, and give this one up in a later release",
            );
        }
        if from != to_one {
            changes.push(change(Edit::Alter { from, to: to_one }));
        }
    }
    changes.extend(new.into_iter().cloned().map(Edit::Add).map(change));
    for word in &after.dropped_attributes {
        let site = site.child("attribute", &word.name, word.place);
        words::reason(report, &site, &word.reason);
        let mut said = before.dropped_attributes.iter();
        if after.find_attribute(&word.name).is_some() {
            words::still_there(report, &site);
        } else if before.find_attribute(&word.name).is_none()
            && !said.any(|it| it.name == word.name)
        {
            words::never_there(report, &site);
        }
    }
}

/// What has the type so that the server keeps its attributes' types: a column, another type, a body that it reads.
fn user_of(schema: &Schema, name: &QualifiedName) -> Option<String> {
    let is = |ty: &DataType| ty.name().is_some_and(|it| schema.same_name(it, name));
    let tables = schema.tables.iter();
    let mut tables = tables.filter(|it| it.columns.iter().any(|it| is(&it.ty)));
    let views = schema.views.iter();
    let mut views = views.filter(|it| it.columns.iter().any(|it| is(&it.ty)));
    let mut types = schema
        .types
        .iter()
        .filter(|it| it.parts().into_iter().any(is));
    let mut routines = schema.routines.iter().filter(|it| {
        let mut bound = it.body.bindings.values();
        it.language == Language::SqlAtomic
            && (it.types().into_iter().any(is)
                || bound.any(|it| matches!(it, Binding::Type(ty) if is(ty))))
    });
    let object = |object: ObjectRef| format!("{} `{}`", object.kind(), object.name());
    tables
        .next()
        .map(|it| ObjectRef::Table(it.name.clone()))
        .or_else(|| views.next().map(|it| ObjectRef::View(it.name.clone())))
        .or_else(|| types.next().map(|it| ObjectRef::Type(it.name().clone())))
        .or_else(|| {
            routines
                .next()
                .map(|it| ObjectRef::Routine(it.name.clone()))
        })
        .map(object)
}

/// Columns of composite types: to the server a value is NULL also where each attribute is, so that neither a back-fill nor a
/// check tells one from the other.
pub(super) fn columns(renamed: &Schema, to: &Schema, report: &mut Report) {
    for table in &to.tables {
        let Some(before) = renamed.find_table(&table.name) else {
            continue;
        };
        let composite = |ty| to.find_composite(to.base_of(ty)).is_some();
        for column in table.columns.iter().filter(|it| composite(&it.ty)) {
            let old = before.find_column(&column.name);
            let refuses_null = old.is_some_and(|it| it.nullable && !column.nullable);
            let (is_filled, is_new) = (column.backfill.is_some(), old.is_none());
            if !(refuses_null || is_filled && is_new) {
                continue;
            }
            let site = Site::new("table", &table.name, table.place);
            report.add(
                Code::SM076,
                &site.child("column", &column.name, column.place),
                "to the server a value of a composite type is NULL also where each of its attributes is, so that rows \
                 without one cannot be told from those",
                "leave it nullable, or add it with a constant default",
            );
        }
    }
}

/// Whether a type of the definition has attributes.
pub(super) fn as_composite(ty: &UserType) -> Option<&Composite> {
    match ty {
        UserType::Composite(ty) => Some(ty),
        UserType::Enum(_) | UserType::Domain(_) => None,
    }
}
