//! Declared partitions: `CREATE TABLE ... PARTITION OF`, with what each has of its own, and the way out.

use eventcore_schema_model::constraint::Constraint;
use eventcore_schema_model::expr::{Expr, Literal};
use eventcore_schema_model::grant::Grant;
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::partition::{
    BoundValue, LeafTemplate, Partition, PartitionBound, PartitionKey,
};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;

use crate::sql::comment::comment;
use crate::sql::constraint::constraint_definition;
use crate::sql::expr::expr;
use crate::sql::grant::grant;
use crate::sql::index::create_index;
use crate::sql::layout::clauses;
use crate::sql::quote::{list, qualified, quote_ident, quote_literal};
use crate::sql::storage::storage;
use crate::sql::trigger::create_trigger;

/// The declared partitions of a table, each before those below it, a block of statements each.
pub(in crate::sql) fn create_partitions(schema: &Schema, table: &Table) -> Vec<String> {
    let declared = table.partitioning.iter().flat_map(|it| &it.partitions);
    declared
        .flat_map(|it| create_partition(schema, table, &table.name.name, it))
        .collect()
}

/// A partition of a table, or of a partition of it, and those below.
pub(in crate::sql) fn create_partition(
    schema: &Schema,
    table: &Table,
    parent: &Ident,
    partition: &Partition,
) -> Vec<String> {
    let none = LeafTemplate::default();
    let template = match &partition.partitioning {
        None => table.leaf().unwrap_or(&none),
        Some(_) => &none,
    };
    let own = Table {
        name: table.name.sibling(&partition.name),
        ..Table::new(&partition.name)
    };
    let name = qualified(schema, &own.name);
    let head = format!(
        "CREATE TABLE {name} PARTITION OF {}",
        qualified(schema, &table.name.sibling(parent))
    );
    let mut words = vec![bound(schema, &partition.bound)];
    words.extend(partition.partitioning.as_ref().map(|it| by_key(&it.key)));
    words.extend(storage(&template.storage));
    let mut block = format!("{};\n", clauses(&head, &words));
    block.push_str(&comment(
        &format!("TABLE {name}"),
        partition.comment.as_deref(),
    ));
    let mut blocks = vec![block];
    for constraint in &template.constraints {
        blocks.push(add_key(schema, &own, constraint));
    }
    for index in &template.indexes {
        let index = Index {
            name: suffixed(&partition.name, &index.name),
            ..index.clone()
        };
        blocks.push(create_index(schema, &own, &index));
    }
    for trigger in &template.triggers {
        blocks.push(create_trigger(schema, &own, trigger));
    }
    for below in partition.partitions() {
        blocks.extend(create_partition(schema, table, &partition.name, below));
    }
    blocks
}

/// What the definition grants on the partitions that hold rows, of this one and all below it.
pub(in crate::sql) fn partition_grants(
    schema: &Schema,
    table: &Table,
    partition: &Partition,
) -> String {
    if partition.partitioning.is_some() {
        let below = partition.partitions().iter();
        return below
            .map(|it| partition_grants(schema, table, it))
            .collect();
    }
    let on_table = ObjectRef::Table(table.name.clone());
    let grants = schema.grants.iter();
    let grants = grants.filter(|it| schema.same_object(&it.on, &on_table));
    grants
        .map(|known| {
            let on = ObjectRef::Table(table.name.sibling(&partition.name));
            let own = Grant {
                on,
                ..known.clone()
            };
            grant(schema, &own)
        })
        .collect()
}

fn add_key(schema: &Schema, own: &Table, constraint: &Constraint) -> String {
    let table = qualified(schema, &own.name);
    let name = suffixed(&own.name.name, &constraint.name);
    let name = quote_ident(name.as_str());
    let definition = constraint_definition(schema, &constraint.kind);
    let object = format!("CONSTRAINT {name} ON {table}");
    format!(
        "ALTER TABLE {table} ADD CONSTRAINT {name} {definition};\n{}",
        comment(&object, constraint.comment.as_deref())
    )
}

/// Takes a partition out of what it belongs to: without blocking where there is no DEFAULT partition. What was begun and
/// interrupted is finished.
pub(in crate::sql) fn detach_partition(
    schema: &Schema,
    table: &QualifiedName,
    parent: &Ident,
    partition: &Ident,
) -> String {
    let name = |name: &Ident| qualified(schema, &table.sibling(name));
    let (parent, partition) = (name(parent), name(partition));
    let statement = quote_literal(&format!(
        "ALTER TABLE {parent} DETACH PARTITION {partition}"
    ));
    format!(
        "-- Reads and writes go on, but where a DEFAULT partition stands beside it. What was begun is finished.
SET lock_timeout = '3s';
SELECT {statement} || CASE
           WHEN i.inhdetachpending THEN ' FINALIZE'
           WHEN p.partdefid <> 0 THEN ''
           ELSE ' CONCURRENTLY'
       END
  FROM pg_inherits AS i
  JOIN pg_partitioned_table AS p ON p.partrelid = i.inhparent
 WHERE i.inhparent = {}::regclass
   AND i.inhrelid = {}::regclass
\\gexec
RESET lock_timeout;
",
        quote_literal(&parent),
        quote_literal(&partition)
    )
}

/// `PARTITION BY ...`.
pub(in crate::sql) fn by_key(key: &PartitionKey) -> String {
    format!(
        "PARTITION BY {} ({})",
        key.method().to_ascii_uppercase(),
        list(key.columns())
    )
}

/// `FOR VALUES ...` or `DEFAULT`.
pub(crate) fn bound(schema: &Schema, bound: &PartitionBound) -> String {
    let constant = |value: &Literal| expr(schema, &Expr::Literal(value.clone()));
    let end = |values: &[BoundValue]| {
        let values = values.iter().map(|value| match value {
            BoundValue::Min => "MINVALUE".to_owned(),
            BoundValue::Value(value) => constant(value),
            BoundValue::Max => "MAXVALUE".to_owned(),
        });
        values.collect::<Vec<_>>().join(", ")
    };
    match bound {
        PartitionBound::Range { from, to } => {
            format!("FOR VALUES FROM ({}) TO ({})", end(from), end(to))
        }
        PartitionBound::List(values) => {
            let values: Vec<String> = values.iter().map(constant).collect();
            format!("FOR VALUES IN ({})", values.join(", "))
        }
        PartitionBound::Hash { modulus, remainder } => {
            format!("FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})")
        }
        PartitionBound::Default => "DEFAULT".to_owned(),
    }
}

/// A name after the partition's own; a valid schema has none that is too long.
fn suffixed(partition: &Ident, suffix: &Ident) -> Ident {
    Ident::new(format!("{partition}_{suffix}")).unwrap_or_else(|_| suffix.clone())
}
