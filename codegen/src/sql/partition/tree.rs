//! What statements over the partitions of a table have in common. Partitions are found in the catalog when a statement
//! runs, at any depth, so that none is forgotten that was made since.

use eventcore_schema_model::index::Index;
use eventcore_schema_model::name::{MAX_IDENT_BYTES, QualifiedName};
use eventcore_schema_model::partition::BoundEncoding;
use eventcore_schema_model::schema::Schema;

use super::encoded;
use super::leaf::escaped;
use crate::output::sha256_hex;
use crate::sql::index::{index_columns, index_head, index_options};
use crate::sql::quote::{qualified, quote_literal};

/// A partition of this many bytes or less is indexed, or held against a key, within a moment, together with the table.
const SMALL_BYTES: u32 = 1 << 20;

/// Hexadecimal digits in the names of partitions' indexes: another definition has another name.
const HASH_DIGITS: usize = 6;

/// Bytes of an index's own name within those of partitions.
const OWN_BYTES: usize = 22;

/// The partitions of a table that hold rows.
pub(super) struct Tree<'a> {
    pub(super) schema: &'a Schema,
    pub(super) table: &'a QualifiedName,
}

impl Tree<'_> {
    /// The table in SQL.
    pub(super) fn parent(&self) -> String {
        qualified(self.schema, self.table)
    }

    /// The partitions as `c`, with the condition that they hold rows.
    pub(super) fn leaves(&self) -> (String, &'static str) {
        let tree = quote_literal(&self.parent());
        (
            format!("pg_partition_tree({tree}) AS t\n  JOIN pg_class AS c ON c.oid = t.relid"),
            "t.isleaf\n   AND c.relkind = 'r'",
        )
    }

    /// That no partition of some size lacks what `has` finds on the partition `c`.
    pub(super) fn no_large_one_lacks(&self, has: &str) -> String {
        let tree = quote_literal(&self.parent());
        format!(
            "NOT EXISTS (
       SELECT
         FROM pg_partition_tree({tree}) AS t
         JOIN pg_class AS c ON c.oid = t.relid
        WHERE t.isleaf
          AND pg_relation_size(c.oid) > {SMALL_BYTES}
          AND NOT EXISTS (
{has}
          )
   )"
        )
    }

    /// A query for the statements that build an index on each partition that lacks it, as long as `missing` holds.
    pub(super) fn builds(&self, index: &Index, missing: &str) -> String {
        let definition = definition(self.schema, index);
        let head = index_head(index);
        let build = quote_literal(&format!("{head} %s%I ON %s {}", escaped(&definition)));
        let own = self.own_name("c.relname", index);
        let (leaves, are_leaves) = self.leaves();
        let sealed = self.sealed();
        format!(
            "-- Each partition that lacks the index gets it: plainly where no more rows come, else beside ordinary work.
-- What an interrupted build left behind goes first.
SELECT s.statement
  FROM {leaves}
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
 WHERE {are_leaves}
   AND i.indisvalid IS NOT TRUE
   AND (s.place = 2 OR i.indexrelid IS NOT NULL)
   AND {missing}
 ORDER BY x.is_sealed DESC, c.oid, s.place
\\gexec
"
        )
    }

    /// The index of the partition `c`, for [`Self::no_large_one_lacks`].
    pub(super) fn has_index(&self, index: &Index) -> String {
        let own = self.own_name("c.relname", index);
        format!(
            "              SELECT
                FROM pg_index AS i
                JOIN pg_class AS o ON o.oid = i.indexrelid
               WHERE i.indrelid = c.oid
                 AND i.indisvalid
                 AND o.relname = {own}"
        )
    }

    /// The name of a partition's index, from that of the partition: it holds a hash of the definition, so that one left
    /// behind by another definition is never taken for it. Of a name that is too long a hash stands in its place.
    pub(super) fn own_name(&self, partition: &str, index: &Index) -> String {
        let name = index.name.as_str();
        let own = name
            .strip_prefix(self.table.name.as_str())
            .and_then(|rest| rest.strip_prefix('_'))
            .unwrap_or(name);
        let hash = sha256_hex(format!("{name} {}", definition(self.schema, index)));
        let mut end = own.len().min(OWN_BYTES);
        while !own.is_char_boundary(end) {
            end -= 1;
        }
        let suffix = format!("_{}_{}", &own[..end], &hash[..HASH_DIGITS]);
        format!(
            "CASE WHEN octet_length({partition}) <= {} THEN {partition} ELSE md5({partition}) END || {}",
            MAX_IDENT_BYTES - suffix.len(),
            quote_literal(&suffix)
        )
    }

    /// Whether the partition `c` gets no more rows, as far as its policy knows.
    fn sealed(&self) -> String {
        let Some(policy) = self.schema.find_policy(self.table) else {
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
}

/// What follows a table's name in the statement that creates an index.
fn definition(schema: &Schema, index: &Index) -> String {
    let mut parts = vec![index_columns(schema, index)];
    parts.extend(index_options(schema, index));
    parts.join(" ")
}
