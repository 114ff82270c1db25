//! What each partition has of its own, changed on all those that a table has when the statement runs.

use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::storage::StorageParameter;

use super::build::key_words;
use super::leaf::{escaped, execute};
use super::tree::Tree;
use crate::plan::{LeafChange, LeafPart};
use crate::sql::grant::{privileges, role};
use crate::sql::layout::text_indented;
use crate::sql::quote::{dollar_quoted, list, quote_ident, quote_literal};
use crate::sql::storage::parameters;
use crate::sql::trigger::{trigger_action, trigger_events};

/// Changes what each partition has of its own, in one statement.
pub(in crate::sql) fn alter_leaves(
    schema: &Schema,
    table: &QualifiedName,
    changes: &[LeafChange],
) -> String {
    let tree = Tree { schema, table };
    let statements: Vec<String> = changes
        .iter()
        .map(|change| text_indented(&statement(&tree, change), 2))
        .collect();
    let body = format!(
        "DECLARE
    v_partition text;
    v_namespace text;
    v_name      text;
BEGIN
    FOR v_partition, v_namespace, v_name IN
        SELECT format('%I.%I', n.nspname, c.relname), n.nspname, c.relname
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
        quote_literal(&tree.parent()),
        statements.join("\n")
    );
    format!("DO {};\n", dollar_quoted("partitions", &body))
}

/// The statement for the partition that the loop is at.
fn statement(tree: &Tree<'_>, change: &LeafChange) -> String {
    match change {
        LeafChange::TakePart { part, index } => {
            let own = tree.own_name("v_name", index);
            let name = name_of(part);
            let take = match part {
                LeafPart::Key(_, kind) => {
                    let kind = key_words(kind);
                    let pattern = format!("ALTER TABLE %s ADD CONSTRAINT %I {kind} USING INDEX %I");
                    execute(&pattern, &["v_partition", &name, &own])
                }
                LeafPart::Index(_) => execute(
                    "ALTER INDEX %I.%I RENAME TO %I",
                    &["v_namespace", &own, &name],
                ),
            };
            let lines = [drop_key(&name), drop_index(&name), take].join("\n");
            // A partition that was made since has it by its own name.
            format!(
                "IF to_regclass(format('%I.%I', v_namespace, {own})) IS NOT NULL THEN\n{}\nEND IF;",
                text_indented(&lines, 1)
            )
        }
        LeafChange::DropPart(part) => match part {
            LeafPart::Key(..) => drop_key(&name_of(part)),
            LeafPart::Index(_) => drop_index(&name_of(part)),
        },
        LeafChange::Revoke(grant) if grant.to != "public" => format!(
            "IF EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = {}) THEN\n{}\nEND IF;",
            quote_literal(grant.to.as_str()),
            text_indented(&execute(&pattern(tree.schema, change), &["v_partition"]), 1)
        ),
        other => execute(&pattern(tree.schema, other), &["v_partition"]),
    }
}

fn drop_key(name: &str) -> String {
    execute(
        "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I",
        &["v_partition", name],
    )
}

fn drop_index(name: &str) -> String {
    execute("DROP INDEX IF EXISTS %I.%I", &["v_namespace", name])
}

/// The name of a partition's key or index, an expression.
fn name_of(part: &LeafPart) -> String {
    let (LeafPart::Key(suffix, _) | LeafPart::Index(suffix)) = part;
    format!("v_name || {}", quote_literal(&format!("_{suffix}")))
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
                "DROP TRIGGER IF EXISTS {} ON %s",
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
        LeafChange::DropNotNull(column) => format!(
            "ALTER TABLE %s ALTER COLUMN {} DROP NOT NULL",
            escaped(&quote_ident(column.as_str()))
        ),
        // These have more than the partition in their text.
        LeafChange::TakePart { .. } | LeafChange::DropPart(_) => String::new(),
    }
}
