//! How a table is partitioned: the key stays, policies and declared partitions change.

use super::named::Named as _;
use super::{Change, Edit, gone, paired};
use crate::name::{Ident, QualifiedName};
use crate::partition::{Partition, PartitionPolicy, Partitioning};
use crate::table::Table;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

pub(super) fn compare(
    site: &Site,
    before: &Table,
    after: &Table,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let key = |table: &Table| table.partitioning.as_ref().map(|it| it.key.clone());
    if key(before) != key(after) {
        report.add(
            Code::SM076,
            site,
            "it is partitioned otherwise than before, and the server cannot partition a table that is there",
            "keep the partition key; or define a new table beside it, and move the rows",
        );
        return;
    }
    let Some((old, new)) = before
        .partitioning
        .as_ref()
        .zip(after.partitioning.as_ref())
    else {
        return;
    };
    if let Some(edit) = policy(old.policy.as_deref(), new.policy.as_deref()) {
        changes.push(Change::Policy(after.name.clone(), edit));
    }
    if old.leaf != new.leaf {
        changes.push(Change::Leaf(after.name.clone()));
    }
    let mut level = Level {
        site,
        table: after,
        report,
        changes,
    };
    level.compare(&after.name, &after.name.name, (old, new));
}

fn policy(
    before: Option<&PartitionPolicy>,
    after: Option<&PartitionPolicy>,
) -> Option<Edit<PartitionPolicy>> {
    match (before.cloned(), after.cloned()) {
        (Some(from), Some(to)) if from != to => Some(Edit::Alter { from, to }),
        (None, Some(after)) => Some(Edit::Add(after)),
        (Some(before), None) => Some(Edit::Drop(before)),
        _ => None,
    }
}

/// The partitions of one table or partition, before and after.
struct Level<'a> {
    site: &'a Site,
    table: &'a Table,
    report: &'a mut Report,
    changes: &'a mut Vec<Change>,
}

impl Level<'_> {
    fn compare(
        &mut self,
        table: &QualifiedName,
        parent: &Ident,
        (old, new): (&Partitioning, &Partitioning),
    ) {
        let same = |left: &Partition, right: &Partition| left.name == right.name;
        let (both, added, dropped) = paired(&old.partitions, &new.partitions, same);
        for partition in added {
            let edit = Edit::Add(partition.clone());
            self.push(table, parent, edit);
        }
        for partition in dropped {
            let mut words = self.table.dropped_partitions.iter();
            if !words.any(|word| word.name == partition.name) {
                let site = self.child(partition);
                let name = &partition.name;
                let remedy = format!(
                    "say `.drop_partition(\"{name}\", \"why\")` of the table, or `.detach_partition(...)` to keep it \
                     as a table of its own"
                );
                gone(self.report, &site, "this partition, with its rows", &remedy);
            }
            self.push(table, parent, Edit::Drop(partition.clone()));
        }
        for (before, after) in both {
            self.pair(table, parent, before, after);
        }
    }

    fn pair(
        &mut self,
        table: &QualifiedName,
        parent: &Ident,
        before: &Partition,
        after: &Partition,
    ) {
        let key = |it: &Partition| it.partitioning.as_ref().map(|it| it.key.clone());
        let defect = if before.bound != after.bound {
            "it takes other rows than before, and the server changes no bounds"
        } else if key(before) != key(after) {
            "it is partitioned otherwise than before, and the server cannot change that"
        } else {
            if before.comment != after.comment {
                let (from, to) = (before.under(&after.name), after.under(&after.name));
                self.push(table, parent, Edit::Alter { from, to });
            }
            if let Some((old, new)) = before
                .partitioning
                .as_ref()
                .zip(after.partitioning.as_ref())
            {
                self.compare(table, &after.name, (old, new));
            }
            return;
        };
        let site = self.child(after);
        self.report.add(
            Code::SM076,
            &site,
            defect,
            "keep it; or detach it (`.detach_partition(...)`), add partitions under new names, and move its rows into \
             them from the table that it is then",
        );
    }

    fn child(&self, partition: &Partition) -> Site {
        self.site
            .child("partition", &partition.name, self.table.place)
    }

    fn push(&mut self, table: &QualifiedName, parent: &Ident, edit: Edit<Partition>) {
        let change = Change::Partition(table.clone(), parent.clone(), edit);
        self.changes.push(change);
    }
}
