//! Statements over the partitions that a table has when they run: the catalog gives them, so that none is forgotten that
//! was made since.

use eventcore_schema_model::index::Index;
use eventcore_schema_model::name::{Ident, MAX_IDENT_BYTES, QualifiedName};
use eventcore_schema_model::partition::BoundEncoding;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::storage::StorageParameter;

use super::encoded;
use super::leaf::escaped;
use crate::output::sha256_hex;
use crate::plan::LeafChange;
use crate::sql::comment::comment;
use crate::sql::grant::{privileges, role};
use crate::sql::index::{index_columns, index_head, index_options};
use crate::sql::layout::clauses;
use crate::sql::quote::{dollar_quoted, list, qualified, quote_ident, quote_literal};
use crate::sql::storage::parameters;
use crate::sql::trigger::{trigger_action, trigger_events};

/// A partition of this many bytes or less is indexed within a moment, together with the table.
const SMALL_BYTES: u32 = 1 << 20;

/// Hexadecimal digits in the names of partitions' indexes: another definition has another name.
const HASH_DIGITS: usize = 6;

/// Builds an index on each partition that lacks it, then on the table, which takes those in. Run again, it goes on where
/// it was interrupted.
pub(in crate::sql) fn build_partitioned_index(
    schema: &Schema,
    table: &QualifiedName,
    index: &Index,
) -> String {
    let parent = qualified(schema, table);
    let tree = quote_literal(&parent);
    let mut parts = vec![index_columns(schema, index)];
    parts.extend(index_options(schema, index));
    let definition = parts.join(" ");
    let own = suffix(table, &index.name, &definition);
    let own = format!(
        "left(c.relname, {}) || {}",
        MAX_IDENT_BYTES - own.len(),
        quote_literal(&own)
    );
    let head = index_head(index);
    let build = quote_literal(&format!("{head} %s%I ON %s {}", escaped(&definition)));
    let sealed = sealed(schema, table);
    let name = quote_ident(index.name.as_str());
    let mut clause = vec![format!("ON {parent} {}", index_columns(schema, index))];
    clause.extend(index_options(schema, index));
    let create = quote_literal(&clauses(&format!("{head} {name}"), &clause));
    let object = qualified(
        schema,
        &QualifiedName {
            namespace: table.namespace.clone(),
            name: index.name.clone(),
        },
    );
    let there = quote_literal(&object);
    let comment = comment_of(&object, index);
    format!(
        "-- Each partition that lacks the index gets it: plainly where no more rows come, else beside ordinary work.
-- What an interrupted build left behind goes first.
SELECT s.statement
  FROM pg_partition_tree({tree}) AS t
  JOIN pg_class AS c ON c.oid = t.relid
 CROSS JOIN LATERAL (
           SELECT {own},
                  {sealed}
       ) AS x (index_name, is_sealed)
  LEFT JOIN (pg_index AS i JOIN pg_class AS o ON o.oid = i.indexrelid)
    ON i.indrelid = c.oid AND o.relname = x.index_name
 CROSS JOIN LATERAL (
           VALUES (1, format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass)),
                  (2, format(
                          {build},
                          CASE WHEN x.is_sealed THEN '' ELSE 'CONCURRENTLY ' END, x.index_name, c.oid::regclass
                      ))
       ) AS s (place, statement)
 WHERE t.isleaf
   AND c.relkind = 'r'
   AND i.indisvalid IS NOT TRUE
   AND (s.place = 2 OR i.indexrelid IS NOT NULL)
 ORDER BY x.is_sealed DESC, c.oid, s.place
\\gexec

-- The table takes in the indexes of its partitions. A partition that was made meanwhile is still small; while a
-- larger one lacks the index, nothing is done, and the whole has to run again.
SET lock_timeout = '3s';
SELECT {create}
 WHERE to_regclass({there}) IS NULL
   AND NOT EXISTS (
       SELECT
         FROM pg_partition_tree({tree}) AS t
         JOIN pg_class AS c ON c.oid = t.relid
        WHERE t.isleaf
          AND pg_relation_size(c.oid) > {SMALL_BYTES}
          AND NOT EXISTS (
              SELECT
                FROM pg_index AS i
                JOIN pg_class AS o ON o.oid = i.indexrelid
               WHERE i.indrelid = c.oid
                 AND i.indisvalid
                 AND o.relname = {own}
          )
   )
\\gexec
RESET lock_timeout;
{comment}"
    )
}

/// Whether a partition gets no more rows, as far as its policy knows.
fn sealed(schema: &Schema, table: &QualifiedName) -> String {
    let Some(policy) = schema.find_policy(table) else {
        return "FALSE".to_owned();
    };
    let (ty, limit) = (
        match policy.encoding {
            BoundEncoding::UuidV7 => "uuid",
            BoundEncoding::TimestampTz => "timestamptz",
        },
        encoded(
            policy.encoding,
            &format!("now() - INTERVAL '{} days'", policy.late_days),
        ),
    );
    format!(
        "coalesce(
                      substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO [(]''([^'']+)''[)]')::{ty}
                          <= {limit},
                      FALSE
                  )"
    )
}

fn comment_of(object: &str, index: &Index) -> String {
    let text = comment(&format!("INDEX {object}"), index.comment.as_deref());
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// What follows a partition's name in the name of its index.
fn suffix(table: &QualifiedName, index: &Ident, definition: &str) -> String {
    let name = index.as_str();
    let own = name
        .strip_prefix(table.name.as_str())
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(name);
    let hash = sha256_hex(format!("{name} {definition}"));
    // A partition's name is the table's and eight bytes more.
    let taken = table.name.as_str().len() + "_YYYY_MM".len() + HASH_DIGITS + 2;
    let mut end = own.len().min(MAX_IDENT_BYTES.saturating_sub(taken));
    while !own.is_char_boundary(end) {
        end -= 1;
    }
    format!("_{}_{}", &own[..end], &hash[..HASH_DIGITS])
}

/// Changes what each partition has of its own, in one statement.
pub(in crate::sql) fn alter_leaves(
    schema: &Schema,
    table: &QualifiedName,
    changes: &[LeafChange],
) -> String {
    let parent = qualified(schema, table);
    let statements: Vec<String> = changes
        .iter()
        .map(|change| {
            let pattern = pattern(schema, change);
            format!(
                "        EXECUTE format({}, v_partition);",
                quote_literal(&pattern)
            )
        })
        .collect();
    let body = format!(
        "DECLARE
    v_partition text;
BEGIN
    FOR v_partition IN
        SELECT format('%I.%I', n.nspname, c.relname)
          FROM pg_partition_tree({}) AS t
          JOIN pg_class AS c ON c.oid = t.relid
          JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE t.isleaf
           AND c.relkind = 'r'
         ORDER BY c.relname
    LOOP
{}
    END LOOP;
END;",
        quote_literal(&parent),
        statements.join("\n")
    );
    format!("DO {};\n", dollar_quoted("partitions", &body))
}

fn pattern(schema: &Schema, change: &LeafChange) -> String {
    let set = |set: &[StorageParameter]| escaped(&parameters(set));
    match change {
        LeafChange::SetTrigger(trigger) => format!(
            "CREATE OR REPLACE TRIGGER {} {} ON %s {}",
            escaped(&quote_ident(trigger.name.as_str())),
            escaped(&trigger_events(trigger)),
            escaped(&trigger_action(schema, trigger).join(" "))
        ),
        LeafChange::DropTrigger(name) => {
            format!(
                "DROP TRIGGER {} ON %s",
                escaped(&quote_ident(name.as_str()))
            )
        }
        LeafChange::SetStorage(parameters) => format!("ALTER TABLE %s SET ({})", set(parameters)),
        LeafChange::ResetStorage(names) => {
            format!("ALTER TABLE %s RESET ({})", escaped(&list(names)))
        }
        LeafChange::Grant(grant) => format!(
            "GRANT {} ON TABLE %s TO {}",
            privileges(grant),
            escaped(&role(grant))
        ),
        LeafChange::Revoke(grant) => format!(
            "REVOKE {} ON TABLE %s FROM {}",
            privileges(grant),
            escaped(&role(grant))
        ),
    }
}
