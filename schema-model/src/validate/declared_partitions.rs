//! Declared partitions: bounds that fit the key, partitions that do not overlap, and what can stand where.

use super::bound_values::{BoundKey, bound_key};
use super::casts::assignable;
use super::code::Code;
use super::duplicates::not_empty;
use super::evaluate::{Known, refusing_domain};
use super::literals;
use super::partitions::check_key;
use super::report::{Report, Site};
use crate::column::Column;
use crate::expr::{Expr, Literal};
use crate::partition::{
    BoundValue, LeafTemplate, Partition, PartitionBound, PartitionKey, Partitioning,
};
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;

pub(super) fn check(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    partitioning: &Partitioning,
) {
    let declares =
        !partitioning.partitions.is_empty() || partitioning.leaf != LeafTemplate::default();
    if partitioning.policy.is_some() && declares {
        report.add(
            Code::SM102,
            site,
            "a policy makes its partitions, and others are declared beside it",
            "leave one of the two out: a policy has a `LeafTemplate` of its own",
        );
    }
    check_level(schema, report, site, table, partitioning);
}

fn check_level(
    schema: &Schema,
    report: &mut Report,
    owner: &Site,
    table: &Table,
    partitioning: &Partitioning,
) {
    for partition in &partitioning.partitions {
        let site = owner.child("partition", &partition.name, partition.place);
        check_bound(
            schema,
            report,
            &site,
            table,
            &partitioning.key,
            &partition.bound,
        );
        let Some(below) = &partition.partitioning else {
            continue;
        };
        check_key(schema, report, &site, table, &below.key);
        if below.policy.is_some() || below.leaf != LeafTemplate::default() {
            report.add(
                Code::SM102,
                &site,
                "it has a policy or a `LeafTemplate` of its own below the table's",
                "declare its partitions one by one, and give the table's `Partitioning` the template for all",
            );
        }
        check_level(schema, report, &site, table, below);
    }
    check_overlaps(schema, report, owner, table, partitioning);
    check_default(schema, report, owner, table, partitioning);
}

/// Whether some partition takes the value that rows have by default.
fn check_default(
    schema: &Schema,
    report: &mut Report,
    owner: &Site,
    table: &Table,
    partitioning: &Partitioning,
) {
    let [name] = partitioning.key.columns() else {
        return;
    };
    let Some(column) = table.find_column(name) else {
        return;
    };
    let Some(Expr::Literal(literal)) = schema.default_of(column) else {
        return;
    };
    let Some(value) = bound_key(schema, literal, &column.ty) else {
        return;
    };
    let takes = |bound: &PartitionBound| match bound {
        PartitionBound::Default | PartitionBound::Hash { .. } => true,
        PartitionBound::List(values) => values
            .iter()
            .any(|it| bound_key(schema, it, &column.ty).is_none_or(|it| it == value)),
        PartitionBound::Range { from, to } => {
            let place = |bound| place(schema, bound, &[column]);
            match (place(from), place(to)) {
                (Some(from), Some(to)) => {
                    let is_ordered = !matches!(value, BoundKey::Unordered(_));
                    !is_ordered || (from..to).contains(&vec![value.clone()])
                }
                _ => true,
            }
        }
    };
    let partitions = &partitioning.partitions;
    if !partitions.is_empty() && !partitions.iter().any(|it| takes(&it.bound)) {
        report.add(
            Code::SM103,
            &owner.child("column", name, column.place),
            "no partition accepts its default, so every insert that omits the column fails",
            "declare a partition for it, or remove the default",
        );
    }
}

fn check_bound(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    key: &PartitionKey,
    bound: &PartitionBound,
) {
    let columns = || key.columns().iter().filter_map(|it| table.find_column(it));
    match (key, bound) {
        (PartitionKey::Range(names), PartitionBound::Range { from, to }) => {
            for values in [from, to] {
                if values.len() != names.len() {
                    let defect = format!(
                        "a bound of {} values for a key of {} columns",
                        values.len(),
                        names.len()
                    );
                    report.add(Code::SM100, site, defect, "give a value a key column");
                    return;
                }
                columns()
                    .zip(values)
                    .for_each(|(column, value)| check_value(schema, report, site, column, value));
                let open = values
                    .iter()
                    .position(|it| !matches!(it, BoundValue::Value(_)));
                if open.is_some_and(|at| values[at..].iter().any(|it| *it != values[at])) {
                    report.add(
                        Code::SM100,
                        site,
                        "a value stands behind an open end, which decides alone",
                        "repeat the `Min` or `Max` to the end of the bound",
                    );
                }
            }
        }
        (PartitionKey::List(_), PartitionBound::List(values)) => {
            not_empty(report, site, "values", values.is_empty());
            for (column, value) in columns().cycle().zip(values) {
                if let Some(defect) = defect(schema, value, &column.ty) {
                    wrong_value(report, site, column, &defect);
                }
            }
        }
        (PartitionKey::Hash(_), PartitionBound::Hash { modulus, remainder }) => {
            if remainder >= modulus {
                report.add(
                    Code::SM100,
                    site,
                    format!("nothing divided by {modulus} leaves {remainder}"),
                    "number the partitions from 0 to one less than the modulus",
                );
            }
        }
        (PartitionKey::Range(_) | PartitionKey::List(_), PartitionBound::Default) => {}
        (PartitionKey::Hash(_), PartitionBound::Default) => report.add(
            Code::SM100,
            site,
            "a hash leaves no rows for a default partition",
            "give it a modulus and a remainder",
        ),
        (key, _) => report.add(
            Code::SM100,
            site,
            format!("its bound is not one of a key by {}", key.method()),
            "choose the `PartitionBound` of the key's kind",
        ),
    }
}

fn check_value(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    column: &Column,
    value: &BoundValue,
) {
    let BoundValue::Value(value) = value else {
        return;
    };
    let defect = match value {
        Literal::Null => Some("no range holds NULL".to_owned()),
        value => defect(schema, value, &column.ty),
    };
    if let Some(defect) = defect {
        wrong_value(report, site, column, &defect);
    }
}

fn wrong_value(report: &mut Report, site: &Site, column: &Column, defect: &str) {
    report.add(
        Code::SM100,
        site,
        format!("the bound for `{}`: {defect}", column.name),
        format!("give a value that {} can hold", column.ty),
    );
}

/// What is wrong with a constant as a value of a column.
fn defect(schema: &Schema, value: &Literal, of_column: &DataType) -> Option<String> {
    let ty = schema.base_of(of_column);
    let other = |found: &DataType| {
        (!assignable(found, ty)).then(|| format!("it is {found}, the column {ty}"))
    };
    let defect = match value {
        Literal::Null => None,
        Literal::Boolean(_) => other(&DataType::Boolean),
        Literal::Integer(number) if ty.is_integer() => literals::integer_defect(*number, ty),
        Literal::Integer(_) => other(&DataType::BigInt),
        Literal::Text(text) => literals::defect(schema, text, ty),
        Literal::Typed(text, own) => literals::defect(schema, text, own).or_else(|| other(own)),
    };
    defect.or_else(|| {
        let stored = Known::nothing(schema).stored(&Expr::Literal(value.clone()), of_column)?;
        let check = refusing_domain(schema, of_column, &stored)?;
        Some(format!("{check} refuses it"))
    })
}

fn check_overlaps(
    schema: &Schema,
    report: &mut Report,
    owner: &Site,
    table: &Table,
    partitioning: &Partitioning,
) {
    let columns: Vec<&Column> = partitioning
        .key
        .columns()
        .iter()
        .filter_map(|name| table.find_column(name))
        .collect();
    for (at, partition) in partitioning.partitions.iter().enumerate() {
        let site = owner.child("partition", &partition.name, partition.place);
        if is_empty(schema, &partition.bound, &columns) {
            report.add(
                Code::SM101,
                &site,
                "no row lies between its bounds",
                "let the lower bound lie below the upper one",
            );
        }
        let mut earlier = partitioning.partitions[..at].iter();
        let clash = earlier.find(|other| overlap(schema, other, partition, &columns));
        if let Some(other) = clash {
            report.add(
                Code::SM101,
                &site,
                format!(
                    "it takes rows that `{}` takes, or their moduli do not divide each other",
                    other.name
                ),
                "give each row one partition",
            );
        }
    }
}

fn overlap(schema: &Schema, left: &Partition, right: &Partition, columns: &[&Column]) -> bool {
    match (&left.bound, &right.bound) {
        (PartitionBound::Default, PartitionBound::Default) => true,
        (PartitionBound::List(left), PartitionBound::List(right)) => {
            let keys = |values: &[Literal]| -> Vec<Option<BoundKey>> {
                let pairs = values.iter().zip(columns.iter().cycle());
                pairs
                    .map(|(value, column)| bound_key(schema, value, &column.ty))
                    .collect()
            };
            let known = keys(right);
            let is_known = |key: &Option<BoundKey>| key.is_some() && known.contains(key);
            left.iter().any(|value| right.contains(value)) || keys(left).iter().any(is_known)
        }
        (
            PartitionBound::Hash { modulus, remainder },
            PartitionBound::Hash {
                modulus: other,
                remainder: rest,
            },
        ) => {
            let (least, most) = (modulus.min(other), modulus.max(other));
            *least != 0 && (most % least != 0 || remainder % least == rest % least)
        }
        (
            PartitionBound::Range { from, to },
            PartitionBound::Range {
                from: other_from,
                to: other_to,
            },
        ) => {
            let place = |bound: &[BoundValue]| place(schema, bound, columns);
            match (place(from), place(to), place(other_from), place(other_to)) {
                (Some(from), Some(to), Some(other_from), Some(other_to)) => {
                    from < other_to && other_from < to
                }
                _ => from == other_from || to == other_to,
            }
        }
        _ => false,
    }
}

fn is_empty(schema: &Schema, bound: &PartitionBound, columns: &[&Column]) -> bool {
    let PartitionBound::Range { from, to } = bound else {
        return false;
    };
    match (place(schema, from, columns), place(schema, to, columns)) {
        (Some(from), Some(to)) => from >= to,
        _ => from == to,
    }
}

/// A bound as what can be compared, so far as that is known without a server.
fn place(schema: &Schema, bound: &[BoundValue], columns: &[&Column]) -> Option<Vec<BoundKey>> {
    let pairs = bound.iter().zip(columns);
    pairs
        .map(|(value, column)| match value {
            BoundValue::Min => Some(BoundKey::Min),
            BoundValue::Max => Some(BoundKey::Max),
            BoundValue::Value(value) => bound_key(schema, value, &column.ty)
                .filter(|it| !matches!(it, BoundKey::Unordered(_))),
        })
        .collect()
}
