//! Columns of a table that is there on both sides: what rows that are stored already must bear.

use super::named::Named as _;
use super::objects::alter;
use super::{Change, Edit, TypeChange, gone, new_columns, paired};
use crate::column::Column;
use crate::constraint::ConstraintKind;
use crate::expr::{BinaryOp, Expr, Literal};
use crate::partition::Partitioning;
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;
use crate::validate::casts::assignable;
use crate::validate::report::{Report, Site};
use crate::validate::settings::SessionConversion;
use crate::validate::{Code, type_of};

pub(super) fn compare(
    schemas: (&Schema, &Schema),
    owner: &Site,
    table_before: &Table,
    after: &Table,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let same = |left: &Column, right: &Column| left.name == right.name;
    let (both, new, old) = paired(&table_before.columns, &after.columns, same);
    // A rename that cannot be carried out is reported already, and so are the two columns that it is about.
    let is_reported = |old: &Column| {
        // A word that was carried out before is about another column.
        let is_said = |it: &Column| {
            let before = table_before.find_column(&it.name);
            before.is_some_and(|before| before.renamed_from == it.renamed_from)
        };
        let mut renamed = after.columns.iter().filter(|it| !is_said(it));
        renamed.any(|it| it.renamed_from.as_ref() == Some(&old.name))
    };
    // What was lost without a word is perhaps there under another name: that is for the team to say.
    let lost: Vec<String> = old
        .iter()
        .filter(|column| !is_given_up(after, column) && !is_reported(column))
        .map(|column| format!("`.renamed_from(\"{}\")`", column.name))
        .collect();
    new_columns::check(schemas, owner, after, &new, report);
    for column in new {
        let site = owner.child("column", &column.name, column.place);
        if column.renamed_from.is_none() {
            new_columns::added(schemas.1, &site, after, column, &lost, report);
        }
        let mut column = column.clone();
        // The server gives stored rows a constant default without touching them.
        if matches!(column.backfill, Some(Expr::Literal(_))) && column.backfill == column.default {
            column.backfill = None;
        }
        changes.push(Change::Column(after.name.clone(), Edit::Add(column)));
    }
    for (before, column) in both {
        let site = owner.child("column", &column.name, column.place);
        altered(
            schemas,
            &site,
            (table_before, after),
            (before, column),
            report,
        );
        let edit = |edit| Change::Column(after.name.clone(), edit);
        alter(seen(before), seen(column), edit, changes);
    }
    for column in old {
        if !is_given_up(after, column) && !is_reported(column) {
            let site = owner.child("column", &column.name, after.place);
            let remedy = format!(
                "say `.drop_column(\"{}\", \"why\")` of the table",
                column.name
            );
            gone(report, &site, "this column", &remedy);
        }
        changes.push(Change::Column(
            after.name.clone(),
            Edit::Drop(column.clone()),
        ));
    }
}

/// A column without what only its changes need to know, but for the value that a rewrite computes.
fn seen(column: &Column) -> Column {
    Column {
        stays_hot: false,
        backfill: None,
        rewrite: None,
        ..column.under(&column.name)
    }
}

fn is_given_up(table: &Table, column: &Column) -> bool {
    let mut words = table.dropped_columns.iter();
    words.any(|word| word.name == column.name)
}

/// Whether a default grows with the number that it draws.
fn steps_up(default: &Expr) -> bool {
    let is_count = |it: &Expr| matches!(it, Expr::Literal(Literal::Integer(number)) if *number > 0);
    match default {
        Expr::NextValue(_) => true,
        Expr::Cast(inner, ty) => ty.is_numeric() && steps_up(inner),
        Expr::Binary(left, BinaryOp::Add | BinaryOp::Multiply, right) => {
            steps_up(left) && is_count(right) || is_count(left) && steps_up(right)
        }
        _ => false,
    }
}

fn altered(
    schemas: (&Schema, &Schema),
    site: &Site,
    tables: (&Table, &Table),
    columns: (&Column, &Column),
    report: &mut Report,
) {
    let ((old, table), (before, after)) = (tables, columns);
    let drawn = |schema: &Schema, column: &Column| {
        let default = schema.default_of(column);
        default.and_then(Expr::drawn_sequence).cloned()
    };
    let default = schemas.1.default_of(after);
    let by_text =
        default.is_some_and(|it| it.calls("nextval")) && default != schemas.0.default_of(before);
    if by_text {
        report.add(
            Code::SM154,
            site,
            "a raw text is to number it, and whether its sequence is past the values that are there cannot be told",
            "define the sequence, and number the column by `.default(next_value(...))`",
        );
    }
    if let Some(sequence) = drawn(schemas.1, after)
        && drawn(schemas.0, before).is_none_or(|it| !schemas.1.same_name(&it, &sequence))
        && (!schemas.1.base_of(&after.ty).is_numeric() || !default.is_some_and(steps_up))
    {
        report.add(
            Code::SM154,
            site,
            format!(
                "`{sequence}` is to number it, and whether it is past the {} values that are there cannot be told",
                after.ty
            ),
            "add a column of a type of numbers for them",
        );
    }
    let keys = table
        .partitioning
        .iter()
        .flat_map(Partitioning::key_columns);
    let is_key = keys.into_iter().any(|key| *key == after.name);
    if is_key && (&before.ty, &before.collation) != (&after.ty, &after.collation) {
        report.add(
            Code::SM076,
            site,
            "the table is partitioned by it, and the server does not change the type or collation of such a column",
            "keep them; or define a new table beside it, and move the rows",
        );
        return;
    }
    if after.backfill.is_some() && after.backfill != before.backfill && after.nullable {
        report.add(
            Code::SM072,
            site,
            "its `.backfill(...)` fills nothing: the column is there already, and stays nullable",
            "fill it in a migration written by hand, or by a program; a back-fill is for a column that is added or refuses NULL",
        );
    }
    let written = |it: &Column| it.rewrite.as_ref().and_then(|it| it.using.clone());
    let keeps_type = (&before.ty, &before.collation) == (&after.ty, &after.collation);
    if keeps_type && written(after).is_some() && written(after) != written(before) {
        report.add(
            Code::SM072,
            site,
            "its `.rewrite_using(...)` has no effect: the column keeps its type",
            "change the values in a hand-written migration or in a program; a rewrite applies to a column whose type changes",
        );
    }
    if before.nullable && !after.nullable && after.backfill.is_some() && table.append_only {
        let defect = "a back-fill would change stored rows, and the table is append-only";
        report.add(Code::SM074, site, defect, "leave it nullable");
    }
    if before.generated != after.generated && after.generated.is_some() {
        if before.generated.is_some() && keeps_type && schemas.1.minimum_server.has_set_expression()
        {
            let what = "every row is written anew with what is computed now";
            let remedy =
                "add a column of another name that is computed so, and give this one up later";
            rewrites(site, table, (Some(before), after), what, remedy, report);
        } else {
            report.add(
                Code::SM076,
                site,
                "it is computed otherwise than before, and no migration changes that",
                "add a column of another name that is computed so, and give this one up with `.drop_column(...)`; servers \
                 from 17 on can compute another value if both are computed: say `.minimum_server(17)` of the definition",
            );
        }
        return;
    }
    if before.ty != after.ty {
        retyped(schemas, site, (old, table), before, after, report);
    } else if before.collation != after.collation {
        let what = "under another collation every index on it is built anew";
        rewrites(
            site,
            table,
            (Some(before), after),
            what,
            "keep the collation",
            report,
        );
    }
}

fn retyped(
    schemas: (&Schema, &Schema),
    site: &Site,
    (old, table): (&Table, &Table),
    before: &Column,
    after: &Column,
    report: &mut Report,
) {
    let (from, to) = (&before.ty, &after.ty);
    let reads = |value: &Expr| value.columns().contains(&&after.name);
    if let Some(column) = old
        .columns
        .iter()
        .find(|it| it.generated.as_ref().is_some_and(reads))
    {
        report.add(
            Code::SM076,
            site,
            format!(
                "`{}` is computed from it, and the server then keeps its type",
                column.name
            ),
            "give the computed column up in this migration, and add it again in the next",
        );
        return;
    }
    let is_enum = |schema: &Schema, ty: &DataType| schema.find_enum(schema.base_of(ty)).is_some();
    if (is_enum(schemas.0, from) || is_enum(schemas.1, to))
        && let Some(held) = held_with_labels(old, after)
    {
        report.add(
            Code::SM076,
            site,
            format!("{held} compares it with constants of {from}, and the server keeps those"),
            "give that up in this migration, and add it again in the next",
        );
        return;
    }
    let what = match TypeChange::between_columns(schemas, before, after) {
        TypeChange::CatalogOnly if !is_indexed_otherwise(table, after) => return,
        TypeChange::CatalogOnly => format!("from {from} to {to} indexes on it are built anew"),
        TypeChange::Rewrite => format!("from {from} to {to} every row is written anew"),
        TypeChange::Narrowing => {
            format!(
                "from {from} to {to} every row is written anew, and values may not fit or lose a part"
            )
        }
    };
    let remedy = "add a column of the new type beside it, fill it with `.backfill(...)`, move the programs, and \
                  give the old one up in a later migration";
    let session = SessionConversion::between(schemas.1, schemas.0.base_of(from), to);
    let by_itself = assignable(schemas.0.base_of(from), schemas.1.base_of(to)) && session.is_none();
    let word = if by_itself { REWRITE } else { REWRITE_USING };
    rewrites_by(
        word,
        site,
        table,
        (Some(before), after),
        &what,
        remedy,
        report,
    );
    let using = after.rewrite.as_ref().map(|it| it.using.as_ref());
    let written = match using {
        Some(Some(value)) => {
            let found = type_of(schemas.0, value, &old.columns).unwrap_or_else(|errors| {
                for error in errors {
                    let defect = format!("over the row as it was, {}", error.defect);
                    report.add(Code::SM021, site, defect, error.remedy);
                }
                None
            });
            if let Some(found) = found
                .as_ref()
                .filter(|it| !assignable(it, schemas.1.base_of(to)))
            {
                report.add(
                    Code::SM019,
                    site,
                    format!("the rewrite is {found}, the column {to}"),
                    "cast it in the rewrite, or change the type",
                );
            }
            SessionConversion::of(schemas.0, value, &old.columns)
                .or_else(|| SessionConversion::between(schemas.1, &found?, to))
        }
        Some(None) => session,
        None => None,
    };
    if let Some(found) = written {
        report.add(
            Code::SM151,
            site,
            found.defect(),
            format!("{}, in `{REWRITE_USING}` of the column", found.remedy()),
        );
    } else if using.is_some_and(|it| it.is_none()) && !by_itself {
        report.add(
            Code::SM073,
            site,
            format!("the server makes no {to} of {from} by itself"),
            format!("say how: `{REWRITE_USING}` of the column"),
        );
    }
}

/// Whether an index would be built anew although the values stay: one over an expression or a condition, and any of a
/// partitioned table.
fn is_indexed_otherwise(table: &Table, column: &Column) -> bool {
    let reads = |value: &Expr| value.columns().contains(&&column.name);
    table.indexes.iter().any(|index| {
        let mut parts = index.parts.iter().map(|part| &part.value);
        let plain = |value: &Expr| matches!(value, Expr::Column(_)) && table.partitioning.is_none();
        parts.any(|value| reads(value) && !plain(value))
            || index.predicate.as_ref().is_some_and(reads)
    }) || table
        .constraints
        .iter()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::Exclude(exclusion) => {
                let mut values = exclusion.expressions().into_iter();
                values.any(|value| reads(value) && !matches!(value, Expr::Column(_)))
            }
            _ => false,
        })
}

/// A check or an index that reads the column in an expression, for messages.
fn held_with_labels(table: &Table, column: &Column) -> Option<String> {
    let reads = |value: &Expr| value.columns().contains(&&column.name);
    let mut checks = table.constraints.iter().filter(|it| match &it.kind {
        ConstraintKind::Check(condition) => reads(condition),
        _ => false,
    });
    let mut indexes = table.indexes.iter().filter(|index| {
        let mut parts = index.parts.iter().map(|part| &part.value);
        index.predicate.as_ref().is_some_and(reads)
            || parts.any(|value| reads(value) && !matches!(value, Expr::Column(_)))
    });
    let check = checks.next().map(|it| format!("constraint `{}`", it.name));
    check.or_else(|| indexes.next().map(|it| format!("index `{}`", it.name)))
}

/// The words that let every row be written anew: as the server does it, and as an expression says.
const REWRITE: &str = ".rewrite(\"why\")";
const REWRITE_USING: &str = ".rewrite_using(value, \"why\")";

pub(super) fn rewrites(
    site: &Site,
    table: &Table,
    columns: (Option<&Column>, &Column),
    what: &str,
    instead: &str,
    report: &mut Report,
) {
    rewrites_by(REWRITE, site, table, columns, what, instead, report);
}

/// A change that writes the table anew needs a word, and never touches an append-only table.
fn rewrites_by(
    word: &str,
    site: &Site,
    table: &Table,
    (before, column): (Option<&Column>, &Column),
    what: &str,
    instead: &str,
    report: &mut Report,
) {
    // What was said of an earlier change may stay, and allows no later one.
    let is_old = before.is_some_and(|it| it.rewrite == column.rewrite);
    if table.append_only {
        report.add(
            Code::SM074,
            site,
            format!("{what}, and the table is append-only"),
            if table.store_table.is_some() {
                "add a column that has a constant default, or is nullable and filled by a trigger BEFORE INSERT for each row: stored rows \
                 keep what they have"
            } else {
                "add a column beside it that is nullable or has a constant default: stored rows keep what they have"
            },
        );
    } else if column.rewrite.is_none() || is_old {
        let reason = if column.rewrite.is_some() {
            ", with a reason that no earlier change gave"
        } else {
            ""
        };
        report.add(
            Code::SM073,
            site,
            format!("{what}, and reads and writes wait for it"),
            format!(
                "{instead}; or, if the table is small enough, say `{word}` of the column{reason}"
            ),
        );
    }
}
