//! Random partitions of random tables: by range, list and hash of the id, at one or two levels, and what becomes of them.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::prelude::*;

use crate::pairs::Pairs;

/// All rows, also those that queries add, have ids below; partitions for ids from here on are empty.
const EMPTY_FROM: i64 = 2_000;

impl Pairs {
    /// Some tables are partitioned: each row has its place.
    pub(crate) fn perhaps_partitioned(&mut self, mut table: Table) -> Table {
        if !self.random.chance(35) {
            return table;
        }
        table.storage.clear();
        let mut by = self.whole();
        for partition in &mut by.partitions {
            if self.random.chance(25) {
                partition.partitioning = Some(Box::new(self.whole()));
            }
        }
        self.change_leaf(&table, &mut by);
        table.partitioned(by)
    }

    /// Partitions that take every row.
    fn whole(&mut self) -> Partitioning {
        let bounds = match self.random.below(3) {
            0 => vec![
                PartitionBound::range([BoundValue::Min], [5]),
                PartitionBound::range([5], [EMPTY_FROM]),
            ],
            1 => vec![
                PartitionBound::list([1_i64, 2, 3]),
                PartitionBound::list([7_i64]),
                PartitionBound::Default,
            ],
            _ => (0..3).map(|it| PartitionBound::hash(3, it)).collect(),
        };
        let key = match &bounds[0] {
            PartitionBound::Range { .. } => PartitionKey::range(["id"]),
            PartitionBound::List(_) => PartitionKey::list("id"),
            _ => PartitionKey::hash(["id"]),
        };
        bounds.into_iter().fold(Partitioning::by(key), |by, bound| {
            let mut partition = Partition::new(self.name("place"), bound);
            partition.comment = self.random.chance(20).then(|| self.text());
            by.partition(partition)
        })
    }

    /// What each partition has of its own.
    fn change_leaf(&mut self, table: &Table, by: &mut Partitioning) {
        match self.random.below(5) {
            0 => by.leaf.storage = vec![StorageParameter::new("fillfactor", 60)],
            1 => {
                let touch = Trigger::new(
                    "touch",
                    TriggerTiming::After,
                    [TriggerEvent::Truncate],
                    "touch",
                );
                by.leaf.triggers = vec![touch];
            }
            2 => {
                let least = i64::try_from(self.random.below(9)).unwrap();
                let index = Index::new("few", ["id"]).only_where(col("id").gt(least));
                by.leaf.indexes = vec![index.serves_external("tests")];
            }
            3 => {
                let columns = table.columns[1..].iter();
                let columns: Vec<&Column> = columns.filter(|it| it.ty.is_sortable()).collect();
                if let Some(column) = self.pick(&columns) {
                    let key = Key::new([column.name.as_str(), "id"]);
                    by.leaf.constraints = vec![Constraint::unique("own", key)];
                }
            }
            _ => by.leaf = LeafTemplate::default(),
        }
    }

    pub(crate) fn change_partitions(&mut self, table: &mut Table) {
        let Some(mut by) = table.partitioning.take() else {
            return;
        };
        match self.random.below(5) {
            // A policy makes its own.
            0..=3 if by.policy.is_some() => {}
            0 | 1 => self.add_partition(&mut by),
            2 => {
                let gone = by.partitions.iter().position(is_empty);
                if let Some(gone) = gone.map(|at| by.partitions.remove(at))
                    && gone.renamed_from.is_none()
                {
                    *table = table.clone().drop_partition(&gone.name, "it is empty");
                }
            }
            3 => {
                let at = self.place(by.partitions.len()).unwrap();
                let partition = &mut by.partitions[at];
                partition.comment = self.random.chance(50).then(|| self.text());
                if partition.renamed_from.is_none() {
                    let new = Ident::new(self.name("moved")).unwrap();
                    partition.renamed_from = Some(std::mem::replace(&mut partition.name, new));
                }
            }
            _ => self.change_leaf(&table.clone(), &mut by),
        }
        table.partitioning = Some(by);
    }

    /// One for ids that no row has, partitioned again or not.
    fn add_partition(&mut self, by: &mut Partitioning) {
        let name = self.name("more");
        let from = EMPTY_FROM * (1 + i64::try_from(self.names).unwrap());
        let bound = match by.key {
            PartitionKey::Range(_) => PartitionBound::range([from], [from + EMPTY_FROM]),
            PartitionKey::List(_) => PartitionBound::list([from, from + 1]),
            PartitionKey::Hash(_) => return,
        };
        let mut partition = Partition::new(name, bound);
        if self.random.chance(30) {
            partition.partitioning = Some(Box::new(self.whole()));
        }
        by.partitions.push(partition);
    }
}

/// Whether no row has its place in a partition.
fn is_empty(partition: &Partition) -> bool {
    let holds_none = |value: &Literal| matches!(value, Literal::Integer(id) if *id >= EMPTY_FROM);
    match &partition.bound {
        PartitionBound::Range { from, .. } => {
            matches!(&from[..], [BoundValue::Value(value)] if holds_none(value))
        }
        PartitionBound::List(values) => values.iter().all(holds_none),
        _ => false,
    }
}
