//! What a server is asked about a condition.

use super::{CatalogObject, CatalogState, Condition};
use crate::sql::lexer::tokens;
use crate::sql::quote_literal;

impl Condition {
    /// A SELECT of one boolean: whether it holds. NULL counts as no.
    pub fn query(&self) -> String {
        let exists = match &self.object {
            CatalogObject::Index(name) if self.state == CatalogState::Valid => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indexrelid = pg_catalog.to_regclass({}) \
                 AND i.indisvalid)",
                quote_literal(name)
            ),
            CatalogObject::Table(name)
            | CatalogObject::View(name)
            | CatalogObject::Sequence(name)
            | CatalogObject::Index(name) => {
                format!(
                    "pg_catalog.to_regclass({}) IS NOT NULL",
                    quote_literal(name)
                )
            }
            CatalogObject::Namespace(name) => {
                format!(
                    "pg_catalog.to_regnamespace({}) IS NOT NULL",
                    quote_literal(name)
                )
            }
            CatalogObject::Extension(name) => self.of_extension(name, None),
            CatalogObject::ExtensionVersion(version, name) => {
                self.of_extension(name, Some(version))
            }
            CatalogObject::Function(name) => of_function(name),
            CatalogObject::Type(name) if self.state == CatalogState::NotNull => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_type AS t WHERE t.oid = pg_catalog.to_regtype({}) \
                 AND t.typnotnull)",
                quote_literal(name)
            ),
            CatalogObject::Type(name) => {
                format!("pg_catalog.to_regtype({}) IS NOT NULL", quote_literal(name))
            }
            CatalogObject::Partition(name, parent) => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid \
                 WHERE i.inhparent = pg_catalog.to_regclass({}) AND c.relname = {})",
                quote_literal(parent),
                quote_literal(name)
            ),
            CatalogObject::LeafIndex(suffix, table) => self.of_each_leaf(suffix, table),
            CatalogObject::DomainCheck(name, domain) => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_constraint AS o WHERE o.contypid = pg_catalog.to_regtype({}) \
                 AND o.conname = {}{})",
                quote_literal(domain),
                quote_literal(name),
                match self.state {
                    CatalogState::Valid => " AND o.convalidated",
                    _ => "",
                }
            ),
            CatalogObject::Label(label, ty) => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = pg_catalog.to_regtype({}) \
                 AND e.enumlabel = {})",
                quote_literal(ty),
                quote_literal(label)
            ),
            CatalogObject::Attribute(name, table) | CatalogObject::Column(name, table) => {
                self.of_table("pg_attribute", "att", "attrelid", name, table)
            }
            CatalogObject::Constraint(name, table) => {
                self.of_table("pg_constraint", "con", "conrelid", name, table)
            }
            CatalogObject::Trigger(name, table) => {
                self.of_table("pg_trigger", "tg", "tgrelid", name, table)
            }
        };
        match self.state {
            CatalogState::Absent => format!("SELECT NOT {exists}"),
            _ => format!("SELECT {exists}"),
        }
    }

    fn of_extension(&self, name: &str, version: Option<&str>) -> String {
        let (catalog, own_name, own_version) = match self.state {
            CatalogState::Available => ("pg_available_extension_versions", "name", "version"),
            _ => ("pg_extension", "extname", "extversion"),
        };
        let version = version.map_or_else(String::new, |version| {
            format!(" AND e.{own_version} = {}", quote_literal(version))
        });
        format!(
            "EXISTS (SELECT FROM pg_catalog.{catalog} AS e WHERE e.{own_name} = {}{version})",
            quote_literal(name)
        )
    }

    /// Whether each partition has it, or, where none is to have it, whether one does.
    fn of_each_leaf(&self, suffix: &str, table: &str) -> String {
        let has = format!(
            "EXISTS (SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS o ON o.oid = i.indexrelid \
             WHERE i.indrelid = c.oid AND i.indisvalid AND o.relname = c.relname || {})",
            quote_literal(&format!("_{suffix}"))
        );
        let leaves = format!(
            "EXISTS (SELECT FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({})) AS t \
             JOIN pg_catalog.pg_class AS c ON c.oid = t.relid WHERE t.isleaf AND c.relkind = 'r'",
            quote_literal(table)
        );
        match self.state {
            CatalogState::Absent => format!("{leaves} AND {has})"),
            _ => format!("NOT {leaves} AND NOT {has})"),
        }
    }

    fn of_table(
        &self,
        catalog: &str,
        prefix: &str,
        owner: &str,
        name: &str,
        table: &str,
    ) -> String {
        let mut wanted = format!(
            "o.{owner} = pg_catalog.to_regclass({}) AND o.{prefix}name = {}",
            quote_literal(table),
            quote_literal(name)
        );
        if catalog == "pg_attribute" {
            wanted.push_str(" AND o.attnum > 0 AND NOT o.attisdropped");
        }
        match self.state {
            CatalogState::Valid => wanted.push_str(" AND o.convalidated"),
            CatalogState::NotNull => wanted.push_str(" AND o.attnotnull"),
            CatalogState::There | CatalogState::Absent | CatalogState::Available => {}
        }
        format!("EXISTS (SELECT FROM pg_catalog.{catalog} AS o WHERE {wanted})")
    }
}

/// Whether a function is there, by its name and the types of its arguments. Servers before 16 end a question about types
/// that are not there with an error.
fn of_function(signature: &str) -> String {
    let mut depth = 0_usize;
    let mut arguments = vec![String::new()];
    for token in tokens(signature) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        match token.text {
            "(" if depth == 1 => arguments = vec![String::new()],
            ")" if depth == 0 => {}
            "," if depth == 1 => arguments.push(String::new()),
            text => arguments
                .last_mut()
                .into_iter()
                .for_each(|it| it.push_str(text)),
        }
    }
    let types = arguments.iter().map(|it| it.trim());
    let types = types.filter(|it| !it.is_empty());
    let mut are_there: Vec<String> = types
        .map(|ty| format!("pg_catalog.to_regtype({}) IS NOT NULL", quote_literal(ty)))
        .collect();
    are_there.dedup();
    let is_there = format!(
        "pg_catalog.to_regprocedure({}) IS NOT NULL",
        quote_literal(signature)
    );
    if are_there.is_empty() {
        return is_there;
    }
    format!(
        "(CASE WHEN {} THEN {is_there} ELSE FALSE END)",
        are_there.join(" AND ")
    )
}
