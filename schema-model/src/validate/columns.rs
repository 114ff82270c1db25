//! Columns: type, collation, default, identity and generated value.

use super::casts::assignable;
use super::code::Code;
use super::evaluate::{Known, ONE, Value};
use super::expressions::{self, Role};
use super::report::{Report, Site, list};
use super::{evaluate, literals, settings};
use crate::column::Column;
use crate::expr::{Expr, Literal};
use crate::extension::bringing_type;
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;
use crate::user_type::UserType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        for column in &table.columns {
            let site = owner.child("column", &column.name, column.place);
            check_type(schema, report, &site, &column.ty);
            check_collation(schema, report, &site, column);
            check_identity(report, &site, table, column);
            if let Some(value) = &column.default {
                check_default(schema, report, &site, value, &column.ty, column.nullable);
                check_constant(schema, report, &site, table, column, ("default", value));
            }
            check_numbers(schema, report, &site, table, column);
            if let Some(value) = &column.generated {
                check_generated(schema, report, &site, table, column, value);
                check_constant(
                    schema,
                    report,
                    &site,
                    table,
                    column,
                    ("generated value", value),
                );
            }
            if let Some(value) = &column.backfill {
                check_backfill(schema, report, &site, table, column, value);
                check_constant(schema, report, &site, table, column, ("back-fill", value));
            }
            let rewrite = column.rewrite.as_ref();
            if let Some(value) = rewrite.and_then(|rewrite| rewrite.using.as_ref()) {
                // Over the row as it was: of which types, only a server that holds it knows.
                expressions::unknown_columns(report, &site, value.columns(), &table.columns);
            }
        }
        check_row_of_defaults(schema, report, &owner, table);
    }
}

/// A check over several columns, all of which have constants as defaults.
fn check_row_of_defaults(schema: &Schema, report: &mut Report, owner: &Site, table: &Table) {
    let nothing = Known::nothing(schema);
    let defaults = table.columns.iter().filter_map(|column| {
        let value = nothing.stored(schema.default_of(column)?, &column.ty)?;
        Some((&column.name, value))
    });
    let defaults: Vec<_> = defaults.collect();
    let all = defaults
        .iter()
        .fold(Known::nothing(schema), |known, (name, value)| {
            known.column(name, value.clone())
        });
    // What one of them breaks alone is said of it.
    let by_one = |condition: &Expr| {
        let mut each = defaults.iter();
        each.any(|(name, value)| {
            let known = Known::nothing(schema).column(name, value.clone());
            known.refuses(condition)
        })
    };
    let checks = evaluate::checks_of(table).filter(|(_, it)| all.refuses(it) && !by_one(it));
    for (name, _) in checks {
        report.add(
            Code::SM152,
            &owner.part("constraint", name),
            "it refuses a row of the defaults of its columns",
            "give defaults that the check lets pass, or change the check",
        );
    }
}

/// A type that no server has.
pub(super) fn check_type(schema: &Schema, report: &mut Report, site: &Site, ty: &DataType) {
    if let DataType::Named(name) = ty
        && schema.find_type(name).is_none()
        && schema.extension_of(name).is_none()
    {
        let extension = bringing_type(&name.name);
        let mut elsewhere = schema.extensions.iter();
        let elsewhere = elsewhere.find(|it| it.type_names().contains(&name.name));
        let types = schema.types.iter().map(UserType::name);
        report.add(
            Code::SM080,
            site,
            format!("there is no type `{name}`"),
            match (schema.types.as_slice(), extension) {
                (_, Some(_)) if elsewhere.is_some() => {
                    let home = elsewhere.map_or(&schema.namespace, |it| schema.home_of(it));
                    format!(
                        "it stands elsewhere: `DataType::named(QualifiedName::new({:?}, {:?}))`",
                        home.as_str(),
                        name.name.as_str()
                    )
                }
                (_, Some(extension)) => {
                    format!("add the extension that brings it: `.extension(Extension::new(\"{extension}\"))`")
                }
                ([], None) => "add it to the definition: `.user_type(EnumType::new(...))`".to_owned(),
                (_, None) => format!("the types are {}", list(types)),
            },
        );
    }
    let defect = match ty {
        DataType::VarChar(length) if !(1..=10_485_760).contains(length) => {
            Some("a length is 1 to 10485760 characters")
        }
        DataType::Numeric(Some((precision, _))) if !(1..=1000).contains(precision) => {
            Some("a precision is 1 to 1000 digits")
        }
        DataType::Numeric(Some((_, scale))) if !(-1000..=1000).contains(scale) => {
            Some("a scale is -1000 to 1000")
        }
        DataType::Array(element) => {
            check_type(schema, report, site, element);
            matches!(**element, DataType::Array(_)).then_some("an array's element is no array")
        }
        _ => None,
    };
    if let Some(defect) = defect {
        report.add(
            Code::SM063,
            site,
            format!("there is no type {ty}: {defect}"),
            "choose a type within these bounds; `text` has none",
        );
    }
}

fn check_collation(schema: &Schema, report: &mut Report, site: &Site, column: &Column) {
    if let Some(collation) = &column.collation
        && !schema.base_of(&column.ty).is_collatable()
    {
        report.add(
            Code::SM030,
            site,
            format!(
                "{} has no collation, so `{collation}` cannot be its own",
                column.ty
            ),
            "leave the collation out: only text and character varying are sorted by one",
        );
    }
}

fn check_identity(report: &mut Report, site: &Site, table: &Table, column: &Column) {
    if column.identity.is_none() {
        return;
    }
    let defect = if !column.ty.is_integer() {
        Some(format!(
            "an identity column is of an integer type, not {}",
            column.ty
        ))
    } else if column.default.is_some() {
        Some("an identity column takes no default beside its own numbers".to_owned())
    } else if column.generated.is_some() {
        Some("a column is numbered or computed, not both".to_owned())
    } else if column.nullable {
        Some("an identity column is never NULL".to_owned())
    } else {
        None
    };
    if let Some(defect) = defect {
        let remedy = "make it a plain bigint identity, or take the identity away";
        report.add(Code::SM032, site, defect, remedy);
    }
    if table.partitioning.is_some() {
        report.add(
            Code::SM033,
            site,
            "an identity column of a partitioned table keeps partitions from being attached on newer servers",
            "number it by a sequence of its own: `.default(next_value(\"..._seq\"))`",
        );
    }
}

/// A default: of a column or of a routine's argument.
pub(super) fn check_default(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    value: &Expr,
    ty: &DataType,
    nullable: bool,
) {
    let found = expressions::check(schema, report, site, value, &[], Role::Default);
    settings::check_stored(schema, report, site, (value, &[]), ty);
    let mut wrong = |defect: String| {
        let remedy = format!("give a default that {ty} can hold, or change the type");
        report.add(Code::SM019, site, defect, remedy);
    };
    match (value, found) {
        (Expr::Literal(Literal::Null), _) if !nullable => {
            wrong("the default is NULL, which the column refuses".to_owned());
        }
        (Expr::Literal(literal), _) if literals::constant_defect(schema, literal, ty).is_some() => {
            let defect = literals::constant_defect(schema, literal, ty);
            wrong(format!("the default {}", defect.unwrap_or_default()));
        }
        (_, Some(found)) if !assignable(&found, schema.base_of(ty)) => {
            wrong(format!("the default is {found}, the column {ty}"));
        }
        (value, _) => match Known::nothing(schema).value(value) {
            Some(Value::Null) if !nullable => {
                wrong("the default is NULL, which the column refuses".to_owned());
            }
            Some(value) => {
                if let Some(defect) = value.defect(schema, ty) {
                    wrong(format!("the default {defect}"));
                }
            }
            None => {}
        },
    }
}

/// That no check refuses a constant.
fn check_constant(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    column: &Column,
    (word, value): (&str, &Expr),
) {
    if let Some(check) = evaluate::refusing_check(schema, table, column, value) {
        report.add(
            Code::SM152,
            site,
            format!("{check} refuses the {word}"),
            format!("give a {word} that the check lets pass, or change the check"),
        );
    }
}

/// That a column holds, and its checks let pass, the first number that it gets by itself.
fn check_numbers(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    column: &Column,
) {
    let (what, first) = match (column.identity, schema.default_of(column)) {
        (Some(_), _) => ("the identity".to_owned(), 1),
        (None, Some(Expr::NextValue(name))) => match schema.find_sequence(name) {
            Some(sequence) => (format!("the sequence `{name}`"), sequence.start),
            None => return,
        },
        _ => return,
    };
    if literals::integer_defect(first, schema.base_of(&column.ty)).is_some() {
        report.add(
            Code::SM153,
            site,
            format!(
                "{what} starts with {first}, which {} cannot hold",
                column.ty
            ),
            "make the column `DataType::BigInt`, or let the sequence start with less",
        );
    }
    let value = Value::Number(i128::from(first) * ONE);
    if let Some(check) = evaluate::refusing_value(schema, table, column, value) {
        report.add(
            Code::SM153,
            site,
            format!("{what} starts with {first}, which {check} refuses"),
            "number it by a sequence that starts with a number which the check lets pass, or change the check",
        );
    }
}

fn check_backfill(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    column: &Column,
    value: &Expr,
) {
    let found = expressions::check(schema, report, site, value, &table.columns, Role::Written);
    settings::check_stored(schema, report, site, (value, &table.columns), &column.ty);
    let defect = match (value, found) {
        (Expr::Literal(Literal::Null), _) => Some("is NULL, which fills nothing".to_owned()),
        (Expr::Literal(literal), _)
            if literals::constant_defect(schema, literal, &column.ty).is_some() =>
        {
            literals::constant_defect(schema, literal, &column.ty)
        }
        (_, Some(found)) if !assignable(&found, schema.base_of(&column.ty)) => {
            Some(format!("is {found}, the column {}", column.ty))
        }
        _ => null_of_others(schema, table, column, value)
            .map(|name| format!("is NULL in rows where `{name}` is")),
    };
    if let Some(defect) = defect {
        let remedy = if defect.starts_with("is NULL") {
            "give a value that is never NULL, such as `call(Function::Coalesce, [value, other])`, or make the column nullable"
                .to_owned()
        } else {
            format!(
                "give a value that {} can hold, or change the type",
                column.ty
            )
        };
        report.add(Code::SM019, site, format!("the back-fill {defect}"), remedy);
    }
    if value.columns().contains(&&column.name) {
        report.add(
            Code::SM022,
            site,
            "its back-fill reads the column itself, which has no value yet",
            "make it from the row's other columns",
        );
    }
}

/// The column that may be NULL, and with which the back-fill of one that may not is NULL too.
fn null_of_others<'a>(
    schema: &Schema,
    table: &'a Table,
    column: &Column,
    value: &'a Expr,
) -> Option<&'a Ident> {
    let sources = value.columns().into_iter();
    let mut sources = sources.filter(|_| !schema.takes_null(column));
    sources.find(|name| {
        let is_open = table
            .find_column(name)
            .is_some_and(|it| schema.takes_null(it));
        let known = Known::nothing(schema).column(name, Value::Null);
        is_open && **name != column.name && known.value(value) == Some(Value::Null)
    })
}

fn check_generated(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    column: &Column,
    value: &Expr,
) {
    let found = expressions::check(schema, report, site, value, &table.columns, Role::Generated);
    settings::check_stored(schema, report, site, (value, &table.columns), &column.ty);
    if let Some(found) = found
        && !assignable(&found, schema.base_of(&column.ty))
    {
        report.add(
            Code::SM019,
            site,
            format!("the generated value is {found}, the column {}", column.ty),
            "cast it, or change the column's type",
        );
    }
    if let Expr::Literal(Literal::Text(text)) = value
        && let Some(defect) = literals::defect(schema, text, &column.ty)
    {
        report.add(
            Code::SM019,
            site,
            format!("the generated value {defect}"),
            format!(
                "give a value that {} can hold, or change the type",
                column.ty
            ),
        );
    }
    if column.default.is_some() {
        report.add(
            Code::SM034,
            site,
            "a generated column takes no default",
            "leave the default out: the value is always computed",
        );
    }
    for name in value.columns() {
        if table
            .find_column(name)
            .is_some_and(|read| read.generated.is_some())
        {
            report.add(
                Code::SM034,
                site,
                format!("it reads `{name}`, which is generated itself"),
                "repeat that column's expression here: the server computes generated columns in no order",
            );
        }
    }
}
