//! Indexes, keys and foreign keys of a partitioned table that is in use: each partition gets its own while it is in use,
//! then the table takes those in. Run again, each goes on where it was interrupted.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::index::Index;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::schema::Schema;

use super::leaf::escaped;
use super::tree::Tree;
use crate::plan::PartitionedKey;
use crate::sql::comment::comment;
use crate::sql::constraint::constraint_definition;
use crate::sql::index::{index_columns, index_head, index_options};
use crate::sql::layout::clauses;
use crate::sql::quote::{dollar_quoted, qualified, quote_ident, quote_literal};

/// Builds an index on each partition that lacks it, then on the table.
pub(in crate::sql) fn build_partitioned_index(
    schema: &Schema,
    table: &QualifiedName,
    index: &Index,
) -> String {
    let tree = Tree { schema, table };
    let mut clause = vec![format!(
        "ON {} {}",
        tree.parent(),
        index_columns(schema, index)
    )];
    clause.extend(index_options(schema, index));
    let head = format!("{} {}", index_head(index), quote_ident(index.name.as_str()));
    let object = qualified(schema, &table.sibling(&index.name));
    let missing = format!("to_regclass({}) IS NULL", quote_literal(&object));
    let builds = tree.builds(index, &missing);
    let take = take_in(
        &tree,
        &quote_literal(&clauses(&head, &clause)),
        &missing,
        &tree.has_index(index),
    );
    let comment = comment(&format!("INDEX {object}"), index.comment.as_deref());
    format!("{builds}\n{take}{}", separated(&comment))
}

/// Builds the index of a key on each partition that lacks it; then, in one statement, makes keys of them, which the
/// table's key takes in. Another key of the table goes in the same statement.
pub(in crate::sql) fn build_partitioned_key(schema: &Schema, key: &PartitionedKey) -> String {
    let PartitionedKey {
        table,
        constraint,
        index,
        replaced,
    } = key;
    let tree = Tree { schema, table };
    let missing = lacks_constraint(&tree.parent(), &constraint.name);
    let builds = tree.builds(index, &missing);
    let kind = key_words(&constraint.kind);
    let parent = tree.parent();
    let (leaves, are_leaves) = tree.leaves();
    let (leaves, are_leaves) = (
        leaves.replace('\n', "\n        "),
        are_leaves.replace('\n', "\n        "),
    );
    let drop = replaced.as_ref().map_or_else(String::new, |old| {
        format!(
            "    ALTER TABLE {parent} DROP CONSTRAINT IF EXISTS {};\n",
            quote_ident(old.as_str())
        )
    });
    let body = format!(
        "DECLARE
    v_leaf record;
BEGIN
    LOCK TABLE {parent} IN ACCESS EXCLUSIVE MODE;
{drop}    FOR v_leaf IN
        SELECT c.oid::regclass AS partition, o.relname AS index_name
          FROM {leaves}
          JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisvalid
          JOIN pg_class AS o ON o.oid = i.indexrelid
         WHERE {are_leaves}
           AND o.relname = {own}
    LOOP
        EXECUTE format(
            'ALTER TABLE %s ADD CONSTRAINT %I {kind} USING INDEX %I',
            v_leaf.partition, v_leaf.index_name, v_leaf.index_name
        );
    END LOOP;
    ALTER TABLE {parent} ADD CONSTRAINT {name} {definition};
END;",
        own = tree.own_name("c.relname", index),
        name = quote_ident(constraint.name.as_str()),
        definition = constraint_definition(schema, &constraint.kind),
    );
    let statement = format!("DO {};", dollar_quoted("key", &body));
    let take = take_in(
        &tree,
        &dollar_quoted("statement", &statement),
        &missing,
        &tree.has_index(index),
    );
    format!("{builds}\n{take}")
}

/// Adds a foreign key to each partition, unvalidated, and holds its rows against it; then adds it to the table, which
/// takes those in. Servers before 18 know no unvalidated foreign key of a partitioned table.
pub(in crate::sql) fn add_partitioned_reference(
    schema: &Schema,
    table: &QualifiedName,
    constraint: &Constraint,
) -> String {
    let tree = Tree { schema, table };
    let (leaves, are_leaves) = tree.leaves();
    let name = quote_ident(constraint.name.as_str());
    let literal = quote_literal(constraint.name.as_str());
    let definition = constraint_definition(schema, &constraint.kind);
    let missing = lacks_constraint(&tree.parent(), &constraint.name);
    let add = quote_literal(&escaped(&format!(
        "ADD CONSTRAINT {name} {definition} NOT VALID"
    )));
    let validate = quote_literal(&escaped(&format!("VALIDATE CONSTRAINT {name}")));
    let whole = quote_literal(&format!(
        "ALTER TABLE {} ADD CONSTRAINT {name} {definition}",
        tree.parent()
    ));
    let has = format!(
        "              SELECT
                FROM pg_constraint AS k
               WHERE k.conrelid = c.oid
                 AND k.conname = {literal}
                 AND k.convalidated"
    );
    let take = take_in(&tree, &whole, &missing, &has);
    format!(
        "-- Each partition that lacks the foreign key gets it, for rows that come from now on.
SET lock_timeout = '3s';
SELECT format('ALTER TABLE %s ', c.oid::regclass) || {add}
  FROM {leaves}
 WHERE {are_leaves}
   AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.conname = {literal})
   AND {missing}
 ORDER BY c.oid
\\gexec
RESET lock_timeout;

-- The rows that are there are held against it, partition after partition.
SELECT format('ALTER TABLE %s ', c.oid::regclass) || {validate}
  FROM {leaves}
  JOIN pg_constraint AS k ON k.conrelid = c.oid
 WHERE {are_leaves}
   AND k.conname = {literal}
   AND NOT k.convalidated
 ORDER BY c.oid
\\gexec

{take}"
    )
}

/// Builds an index that only partitions have on each of them, under a name of its own.
pub(in crate::sql) fn build_leaf_index(
    schema: &Schema,
    table: &QualifiedName,
    index: &Index,
) -> String {
    Tree { schema, table }.builds(index, "TRUE")
}

/// The statement by which the table takes in what its partitions have, as a text, under a lock that is soon given up.
fn take_in(tree: &Tree<'_>, statement: &str, missing: &str, has: &str) -> String {
    let lacks = tree.no_large_one_lacks(has);
    format!(
        "-- The table takes in what its partitions have. A partition that was made meanwhile is still small; while a
-- larger one lacks it, nothing is done, and the whole has to run again.
SET lock_timeout = '3s';
SELECT {statement}
 WHERE {missing}
   AND {lacks}
\\gexec
RESET lock_timeout;
"
    )
}

fn separated(comment: &str) -> String {
    if comment.is_empty() {
        String::new()
    } else {
        format!("\n{comment}")
    }
}

/// That a table has no constraint of a name.
fn lacks_constraint(table: &str, name: &Ident) -> String {
    format!(
        "NOT EXISTS (\n       SELECT FROM pg_constraint AS p WHERE p.conrelid = {}::regclass AND p.conname = {}\n   )",
        quote_literal(table),
        quote_literal(name.as_str())
    )
}

/// `PRIMARY KEY` or `UNIQUE`.
pub(in crate::sql) fn key_words(kind: &ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::PrimaryKey(_) => "PRIMARY KEY",
        _ => "UNIQUE",
    }
}
