//! What makes one partition's table, as `EXECUTE` statements: the parent's likeness, and what a parent does
//! not hand down.

use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::partition::PartitionPolicy;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;

use crate::sql::constraint::constraint_definition;
use crate::sql::grant::{privileges, role};
use crate::sql::index::{index_columns, index_head, index_options};
use crate::sql::layout::{WIDTH, text_indented};
use crate::sql::quote::{qualified, quote_ident, quote_literal};
use crate::sql::storage::storage;
use crate::sql::trigger::{trigger_action, trigger_events};

/// A partition that is to be made; all are PL/pgSQL expressions.
pub(super) struct Leaf<'a> {
    /// Its qualified name, quoted.
    pub(super) partition: &'a str,
    /// Its bare name.
    pub(super) name: &'a str,
    /// Its comment.
    pub(super) comment: &'a str,
}

/// Text of a statement within a pattern of `format()`.
pub(super) fn escaped(text: &str) -> String {
    text.replace('%', "%%")
}

/// The statements, in order, up to but without ATTACH.
pub(super) fn statements(
    schema: &Schema,
    table: &Table,
    policy: &PartitionPolicy,
    target: &Leaf<'_>,
) -> Vec<String> {
    let partition = target.partition;
    let parent = qualified(schema, &table.name);
    // A partition takes identity values from its parent; from PostgreSQL 17 on it may have none of its own.
    let likeness = format!("(LIKE {parent} INCLUDING ALL EXCLUDING IDENTITY)");
    let options = storage(&policy.leaf.storage).map(|options| format!(" {options}"));
    let likeness = escaped(&(likeness + &options.unwrap_or_default()));
    let mut statements = vec![execute(
        &format!("CREATE TABLE %s {likeness}"),
        &[partition],
    )];
    let leaf = &policy.leaf;
    for constraint in &leaf.constraints {
        let name = suffixed(target, &constraint.name);
        let definition = escaped(&constraint_definition(schema, &constraint.kind));
        statements.push(execute(
            &format!("ALTER TABLE %s ADD CONSTRAINT %I {definition}"),
            &[partition, &name],
        ));
        if let Some(comment) = &constraint.comment {
            let pattern = commented("CONSTRAINT %I ON %s", comment);
            statements.push(execute(&pattern, &[&name, partition]));
        }
    }
    for index in &leaf.indexes {
        let name = suffixed(target, &index.name);
        let mut words = vec![index_columns(schema, index)];
        words.extend(index_options(schema, index));
        let pattern = format!(
            "{} %I ON %s {}",
            index_head(index),
            escaped(&words.join(" "))
        );
        statements.push(execute(&pattern, &[&name, partition]));
        if let Some(comment) = &index.comment {
            let namespace = schema.namespace_of(&table.name);
            let pattern = commented(
                &format!("INDEX {}.%I", escaped(&quote_ident(namespace.as_str()))),
                comment,
            );
            statements.push(execute(&pattern, &[&name]));
        }
    }
    for trigger in &leaf.triggers {
        let name = escaped(&quote_ident(trigger.name.as_str()));
        let events = escaped(&trigger_events(trigger));
        let action = escaped(&trigger_action(schema, trigger).join(" "));
        let pattern = format!("CREATE TRIGGER {name} {events} ON %s {action}");
        statements.push(execute(&pattern, &[partition]));
        if let Some(comment) = &trigger.comment {
            let pattern = commented(&format!("TRIGGER {name} ON %s"), comment);
            statements.push(execute(&pattern, &[partition]));
        }
    }
    statements.push(execute(
        "COMMENT ON TABLE %s IS %L",
        &[partition, target.comment],
    ));
    let owner = format!(
        "(SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = {}::regclass)",
        quote_literal(&parent)
    );
    statements.push(execute("ALTER TABLE %s OWNER TO %I", &[partition, &owner]));
    statements.push(owner_alone(partition));
    let grants = schema.grants.iter().filter(|grant| match &grant.on {
        ObjectRef::Table(name) => schema.same_name(name, &table.name),
        _ => false,
    });
    statements.extend(grants.map(|grant| {
        let pattern = format!(
            "GRANT {} ON TABLE %s TO {}",
            privileges(grant),
            escaped(&role(grant))
        );
        let granting = execute(&pattern, &[partition]);
        if grant.to == "public" {
            return granting;
        }
        // Months have to come also where a role has gone that was there when the routine was made.
        let name = quote_literal(grant.to.as_str());
        format!(
            "IF EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = {name}) THEN\n{}\nELSE\n    RAISE WARNING 'partitions: % gets no \
             privileges for role %, which does not exist', {partition}, {name};\nEND IF;",
            text_indented(&granting, 1)
        )
    }));
    statements
}

/// Takes back what default privileges of the database gave to others on the partition.
fn owner_alone(partition: &str) -> String {
    format!(
        "EXECUTE (
    SELECT coalesce(string_agg(format('REVOKE ALL ON TABLE %s FROM %s', g.partition, g.grantee), '; '), 'SELECT')
      FROM (
          SELECT DISTINCT c.oid::regclass AS partition,
                 CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
            FROM pg_class AS c
           CROSS JOIN aclexplode(c.relacl) AS a
           WHERE c.oid = {partition}::regclass
             AND a.grantee <> c.relowner
      ) AS g
);"
    )
}

/// A name after the partition's own, as an expression.
fn suffixed(target: &Leaf<'_>, suffix: &Ident) -> String {
    format!(
        "{} || {}",
        target.name,
        quote_literal(&format!("_{suffix}"))
    )
}

fn commented(object: &str, comment: &str) -> String {
    format!(
        "COMMENT ON {object} IS {}",
        escaped(&quote_literal(comment))
    )
}

/// `EXECUTE format(pattern, arguments);`, broken where it does not fit on a line.
pub(super) fn execute(pattern: &str, arguments: &[&str]) -> String {
    let (pattern, arguments) = (quote_literal(pattern), arguments.join(", "));
    let line = format!("EXECUTE format({pattern}, {arguments});");
    if line.contains('\n') || line.chars().count() + 4 > WIDTH {
        format!("EXECUTE format(\n    {pattern},\n    {arguments}\n);")
    } else {
        line
    }
}
