//! `CREATE TYPE` and `CREATE DOMAIN`, and how such a type changes.

use eventcore_schema_model::composite::Attribute;
use eventcore_schema_model::domain::{Domain, DomainCheck};
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::user_type::UserType;

use super::comment::comment;
use super::expr::{expr, restricted};
use super::layout::{indented, with_commas};
use super::quote::{qualified, quote_ident, quote_literal};
use super::ty::data_type;
use crate::plan::{AttributeChange, DomainChange, LabelPlace};

/// Creates a type of the definition's own, with its comment.
pub fn create_type(schema: &Schema, ty: &UserType) -> String {
    let name = qualified(schema, ty.name());
    let definition = match ty {
        UserType::Enum(ty) => {
            let labels = ty.labels.iter().map(|label| quote_literal(label)).collect();
            format!(
                "CREATE TYPE {name} AS ENUM (\n{}\n);\n",
                indented(with_commas(labels))
            )
        }
        UserType::Domain(ty) => create_domain(schema, &name, ty),
        UserType::Composite(ty) => {
            let attributes = ty.attributes.iter().map(|it| attribute(schema, it));
            format!(
                "CREATE TYPE {name} AS (\n{}\n);\n",
                indented(with_commas(attributes.collect()))
            )
        }
    };
    let text = ty.comment().map(String::as_str);
    let mut statements = format!("{definition}{}", comment(&format!("TYPE {name}"), text));
    if let UserType::Composite(ty) = ty {
        for attribute in &ty.attributes {
            let object = format!("COLUMN {name}.{}", quote_ident(attribute.name.as_str()));
            statements.push_str(&comment(&object, attribute.comment.as_deref()));
        }
    }
    statements
}

fn attribute(schema: &Schema, attribute: &Attribute) -> String {
    format!(
        "{} {}",
        quote_ident(attribute.name.as_str()),
        data_type(schema, &attribute.ty)
    )
}

/// Changes the attributes of a composite type.
pub(super) fn alter_composite(
    schema: &Schema,
    ty: &QualifiedName,
    change: &AttributeChange,
) -> String {
    let what = match change {
        AttributeChange::Add(it) => format!("ADD ATTRIBUTE {}", attribute(schema, it)),
        AttributeChange::Drop(name) => format!("DROP ATTRIBUTE {}", quote_ident(name.as_str())),
        AttributeChange::SetType(name, ty) => format!(
            "ALTER ATTRIBUTE {} TYPE {}",
            quote_ident(name.as_str()),
            data_type(schema, ty)
        ),
    };
    format!("ALTER TYPE {} {what};\n", qualified(schema, ty))
}

fn create_domain(schema: &Schema, name: &str, domain: &Domain) -> String {
    let mut base = data_type(schema, &domain.base);
    if let Some(collation) = &domain.collation {
        base = format!("{base} COLLATE {}", quote_ident(collation.as_str()));
    }
    let mut parts = Vec::new();
    parts.extend(
        domain
            .default
            .iter()
            .map(|value| format!("DEFAULT {}", restricted(schema, value))),
    );
    if domain.not_null {
        parts.push("NOT NULL".to_owned());
    }
    parts.extend(domain.checks.iter().map(|it| check(schema, it)));
    let head = format!("CREATE DOMAIN {name} AS {base}");
    if parts.is_empty() {
        format!("{head};\n")
    } else {
        format!("{head}\n{};\n", indented(parts))
    }
}

fn check(schema: &Schema, check: &DomainCheck) -> String {
    format!(
        "CONSTRAINT {} CHECK ({})",
        quote_ident(check.name.as_str()),
        expr(schema, &check.condition)
    )
}

/// Changes a domain.
pub(super) fn alter_domain(
    schema: &Schema,
    domain: &QualifiedName,
    change: &DomainChange,
) -> String {
    let what = match change {
        DomainChange::SetDefault(value) => format!("SET DEFAULT {}", restricted(schema, value)),
        DomainChange::DropDefault => "DROP DEFAULT".to_owned(),
        DomainChange::SetNotNull => "SET NOT NULL".to_owned(),
        DomainChange::DropNotNull => "DROP NOT NULL".to_owned(),
        DomainChange::AddUnvalidated(it) => format!("ADD {} NOT VALID", check(schema, it)),
        DomainChange::Validate(name) => {
            format!("VALIDATE CONSTRAINT {}", quote_ident(name.as_str()))
        }
        DomainChange::DropCheck(name) => {
            format!("DROP CONSTRAINT {}", quote_ident(name.as_str()))
        }
    };
    format!("ALTER DOMAIN {} {what};\n", qualified(schema, domain))
}

/// Adds a label to an enum type: behind one that is there, or before the first.
pub(super) fn add_label(
    schema: &Schema,
    ty: &QualifiedName,
    label: &str,
    place: &LabelPlace,
) -> String {
    let place = match place {
        LabelPlace::After(other) => format!("AFTER {}", quote_literal(other)),
        LabelPlace::Before(other) => format!("BEFORE {}", quote_literal(other)),
    };
    format!(
        "ALTER TYPE {} ADD VALUE {} {place};\n",
        qualified(schema, ty),
        quote_literal(label)
    )
}
