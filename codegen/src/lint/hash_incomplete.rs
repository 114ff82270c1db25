//! LT007: partitions by hash that leave remainders out: rows with these are refused.

use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::partition::{Partition, PartitionBound};
use eventcore_schema_model::table::Table;
use eventcore_schema_model::validate::{ObjectPath, ValidSchema};

use super::{Lint, is_allowed};

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for table in &schema.tables {
        let Some(partitioning) = &table.partitioning else {
            continue;
        };
        if is_allowed(LintCode::LT007, &[&table.allows]) {
            continue;
        }
        let path = ObjectPath::new("table", &table.name);
        if leaves_out(&partitioning.partitions) {
            lints.push(lint(path.clone(), table));
        }
        for partition in partitioning.tree() {
            if leaves_out(partition.partitions()) {
                lints.push(lint(
                    path.clone().child("partition", &partition.name),
                    table,
                ));
            }
        }
    }
    lints
}

/// Whether partitions by hash take less than all rows. Those of one level do not overlap, so their shares add up.
fn leaves_out(partitions: &[Partition]) -> bool {
    let moduli = partitions.iter().filter_map(|it| match it.bound {
        PartitionBound::Hash { modulus, .. } => Some(u64::from(modulus)),
        _ => None,
    });
    let all = moduli.clone().max();
    all.is_some_and(|all| moduli.map(|modulus| all / modulus).sum::<u64>() < all)
}

fn lint(path: ObjectPath, table: &Table) -> Lint {
    Lint {
        code: LintCode::LT007,
        path,
        message: "its hash partitions do not cover every remainder, so some rows are rejected"
            .to_owned(),
        help: "declare a partition for each remainder, from 0 to one less than the modulus"
            .to_owned(),
        place: table.place,
    }
}
