//! Statements that change what is there: one for each action of a plan.

use std::fmt::Write as _;

use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::storage::StorageParameter;

use super::alter_table::alter_table;
use super::comment::set_comment;
use super::expr::expr;
use super::extension::update_extension;
use super::grant::{grant, revoke};
use super::index::{index_columns, index_options};
use super::layout::clauses;
use super::partition::{
    add_partitioned_reference, alter_leaves, build_leaf_index, build_partitioned_index,
    build_partitioned_key, create_partition, detach_partition,
};
use super::quote::{dollar_quoted, list, qualified, quote_ident, quote_literal};
use super::routine::{replace_routine, routine_signature};
use super::sequence::alter_sequence;
use super::settings::{Caller, pinned_around};
use super::storage::parameters;
use super::template::RenderError;
use super::trigger::replace_trigger;
use super::user_type::{add_label, alter_composite, alter_domain};
use super::view::{create_view, replace_view};
use crate::plan::{Action, Commented, Renamed};

/// Blocks of 8 kB that a back-fill goes through in one transaction: some thousand rows, so that nobody waits long for one.
const BACKFILL_BLOCKS: u32 = 20;

/// How often a back-fill goes through the table at the most, where programs keep adding rows without a value.
const BACKFILL_PASSES: u32 = 5;

/// The statements of an action that creates no object; `create` renders one that does.
///
/// # Errors
/// When a template cannot be rendered; never for a valid schema.
pub(super) fn change(
    schema: &Schema,
    action: &Action,
    create: impl Fn(&ObjectRef) -> Result<String, RenderError>,
) -> Result<String, RenderError> {
    let name = |name: &QualifiedName| qualified(schema, name);
    let beside = |table: &QualifiedName, own: &Ident| beside(schema, table, own);
    Ok(match action {
        Action::Create(object) => return create(object),
        Action::DropNamespace(namespace) => {
            format!("DROP SCHEMA {};\n", quote_ident(namespace.as_str()))
        }
        Action::DropExtension(extension) => {
            format!("DROP EXTENSION {};\n", quote_ident(extension.as_str()))
        }
        Action::UpdateExtension(extension, version) => update_extension(extension, version),
        Action::DropTable(table) => format!("DROP TABLE {};\n", name(table)),
        Action::DropView(view) => format!("DROP VIEW {};\n", name(view)),
        Action::DropMaterializedView(view) => {
            format!("DROP MATERIALIZED VIEW {};\n", name(view))
        }
        Action::FillView(view) => return create_view(schema, view),
        Action::DropType(ty) => format!("DROP TYPE {};\n", name(ty)),
        Action::AlterDomain(domain, change) => alter_domain(schema, domain, change),
        Action::AlterComposite(ty, change) => alter_composite(schema, ty, change),
        Action::AddLabel(ty, label, place) => add_label(schema, ty, label, place),
        Action::DropSequence(sequence) => format!("DROP SEQUENCE {};\n", name(sequence)),
        Action::DropRoutine(routine) => {
            format!("DROP FUNCTION {};\n", routine_signature(schema, routine))
        }
        Action::Rename(renamed) => rename(schema, renamed),
        Action::AlterTable(table, changes) => alter_table(schema, table, changes),
        Action::BuildIndex(table, index) => build_index(schema, table, index),
        Action::DropIndex(table, index) => {
            format!("DROP INDEX CONCURRENTLY {};\n", beside(table, index))
        }
        Action::BuildPartitionedIndex(table, index) => {
            build_partitioned_index(schema, table, index)
        }
        Action::BuildPartitionedKey(key) => build_partitioned_key(schema, key),
        Action::AddPartitionedReference(table, constraint) => {
            add_partitioned_reference(schema, table, constraint)
        }
        Action::CreatePartition(new) => {
            let (table, parent, partition) = new.as_ref();
            let found = schema.find_table(table).into_iter();
            let blocks = found.flat_map(|it| create_partition(schema, it, parent, partition));
            blocks.collect::<Vec<_>>().join("\n")
        }
        Action::DetachPartition(table, parent, partition) => {
            detach_partition(schema, table, parent, partition)
        }
        Action::BuildLeafIndex(table, index) => build_leaf_index(schema, table, index),
        Action::DropPartitionedIndex(table, index) => {
            format!("DROP INDEX {};\n", beside(table, index))
        }
        Action::AlterLeaves(table, changes) => alter_leaves(schema, table, changes),
        Action::AlterIndex(table, index, set, reset) => {
            alter_index(&beside(table, index), set, reset)
        }
        Action::SetTrigger(table, trigger) => replace_trigger(schema, table, trigger),
        Action::DropTrigger(table, trigger) => format!(
            "DROP TRIGGER {} ON {};\n",
            quote_ident(trigger.as_str()),
            name(table)
        ),
        Action::ReplaceView(view) => return replace_view(schema, view),
        Action::ReplaceRoutine(routine) => return replace_routine(schema, routine),
        Action::AlterSequence(sequence) => alter_sequence(schema, sequence),
        Action::Grant(known) => grant(schema, known),
        Action::Revoke(known) => revoke(schema, known),
        Action::Comment(object, text) => set_comment(&commented(schema, object), text.as_deref()),
        Action::Backfill(table, column, value) => backfill(schema, table, column, value),
        Action::ContinueIdentity(table, column) => continue_identity(schema, table, column),
        Action::ContinueSequence(table, value, sequence) => {
            continue_sequence(schema, table, value, sequence)
        }
    })
}

/// The name of what stands in the same PostgreSQL schema as a table.
fn beside(schema: &Schema, table: &QualifiedName, name: &Ident) -> String {
    qualified(schema, &table.sibling(name))
}

fn rename(schema: &Schema, renamed: &Renamed) -> String {
    let name = |name: &QualifiedName| qualified(schema, name);
    let (head, new) = match renamed {
        Renamed::Table(old, new) => (format!("ALTER TABLE {} RENAME", name(old)), new),
        Renamed::View(old, new) => (format!("ALTER VIEW {} RENAME", name(old)), new),
        Renamed::MaterializedView(old, new) => {
            (format!("ALTER MATERIALIZED VIEW {} RENAME", name(old)), new)
        }
        Renamed::Type(old, new) => (format!("ALTER TYPE {} RENAME", name(old)), new),
        Renamed::Label(ty, old, new) => {
            return format!(
                "ALTER TYPE {} RENAME VALUE {} TO {};\n",
                name(ty),
                quote_literal(old),
                quote_literal(new)
            );
        }
        Renamed::Attribute(ty, old, new) => (
            format!(
                "ALTER TYPE {} RENAME ATTRIBUTE {}",
                name(ty),
                quote_ident(old.as_str())
            ),
            new,
        ),
        Renamed::Sequence(old, new) => (format!("ALTER SEQUENCE {} RENAME", name(old)), new),
        Renamed::Routine(old, new) => {
            let signature = routine_signature(schema, old);
            (format!("ALTER FUNCTION {signature} RENAME"), new)
        }
        Renamed::Column(table, old, new) => {
            let old = quote_ident(old.as_str());
            (
                format!("ALTER TABLE {} RENAME COLUMN {old}", name(table)),
                new,
            )
        }
        Renamed::Constraint(table, old, new) => {
            let old = quote_ident(old.as_str());
            (
                format!("ALTER TABLE {} RENAME CONSTRAINT {old}", name(table)),
                new,
            )
        }
        Renamed::Index(table, old, new) => (
            format!("ALTER INDEX {} RENAME", beside(schema, table, old)),
            new,
        ),
    };
    format!("{head} TO {};\n", quote_ident(new.as_str()))
}

/// Builds an index beside ordinary work. Its comment is another statement, and so another step.
fn build_index(schema: &Schema, table: &QualifiedName, index: &Index) -> String {
    let head = if index.unique {
        "CREATE UNIQUE INDEX CONCURRENTLY"
    } else {
        "CREATE INDEX CONCURRENTLY"
    };
    let mut parts = vec![format!(
        "ON {} {}",
        qualified(schema, table),
        index_columns(schema, index)
    )];
    parts.extend(index_options(schema, index));
    let name = quote_ident(index.name.as_str());
    format!("{};\n", clauses(&format!("{head} {name}"), &parts))
}

/// What takes back a statement that was interrupted, where it leaves something behind.
pub(super) fn undo(schema: &Schema, action: &Action) -> Option<String> {
    match action {
        Action::BuildIndex(table, index) => Some(format!(
            "DROP INDEX CONCURRENTLY IF EXISTS {};",
            beside(schema, table, &index.name)
        )),
        _ => None,
    }
}

fn alter_index(index: &str, set: &[StorageParameter], reset: &[Ident]) -> String {
    let mut sql = String::new();
    if !set.is_empty() {
        let _ = writeln!(sql, "ALTER INDEX {index} SET ({});", parameters(set));
    }
    if !reset.is_empty() {
        let _ = writeln!(sql, "ALTER INDEX {index} RESET ({});", list(reset));
    }
    sql
}

fn commented(schema: &Schema, object: &Commented) -> String {
    let name = |name: &QualifiedName| qualified(schema, name);
    let of = |own: &Ident, table: &QualifiedName| {
        format!("{} ON {}", quote_ident(own.as_str()), name(table))
    };
    match object {
        Commented::Namespace(namespace) => format!("SCHEMA {}", quote_ident(namespace.as_str())),
        Commented::Table(table) => format!("TABLE {}", name(table)),
        Commented::Column(table, column) => {
            format!("COLUMN {}.{}", name(table), quote_ident(column.as_str()))
        }
        Commented::Constraint(table, own) => format!("CONSTRAINT {}", of(own, table)),
        Commented::Trigger(table, own) => format!("TRIGGER {}", of(own, table)),
        Commented::Index(table, own) => format!("INDEX {}", beside(schema, table, own)),
        Commented::View(view) => format!("VIEW {}", name(view)),
        Commented::MaterializedView(view) => format!("MATERIALIZED VIEW {}", name(view)),
        Commented::Type(ty) => format!("TYPE {}", name(ty)),
        Commented::Attribute(ty, own) => {
            format!("COLUMN {}.{}", name(ty), quote_ident(own.as_str()))
        }
        Commented::Sequence(sequence) => format!("SEQUENCE {}", name(sequence)),
        Commented::Routine(routine) => format!("FUNCTION {}", routine_signature(schema, routine)),
    }
}

/// Rows without a value get one, a batch a transaction, so that no row is locked for long and what is done stays done.
/// The batches follow the blocks of each partition, or of the table: no index is needed to find what is left. A row that
/// programs change meanwhile may move behind the batch, so the whole is gone through again; rows whose value would be
/// NULL stay as they are.
fn backfill(schema: &Schema, table: &QualifiedName, column: &Ident, value: &Expr) -> String {
    let is_partitioned = schema
        .find_table(table)
        .is_some_and(|it| it.partitioning.is_some());
    let table = qualified(schema, table);
    let column = quote_ident(column.as_str());
    let value_text = expr(schema, value);
    let update =
        |table: &str, column: &str, value_text: &str, first: &str, end: &str, pad: &str| {
            let given = match value {
                Expr::Literal(_) => String::new(),
                // Each look at it would draw a number.
                value if value.drawn_sequence().is_some() => String::new(),
                _ => format!("\n{pad}   AND ({value_text}) IS NOT NULL"),
            };
            format!(
                "{pad}UPDATE {table}
{pad}   SET {column} = {value_text}
{pad} WHERE ctid >= {first}
{pad}   AND ctid < {end}
{pad}   AND {column} IS NULL{given}"
            )
        };
    let (first, end) = (
        "format('(%s,0)', v_block)::tid",
        format!("format('(%s,0)', v_block + {BACKFILL_BLOCKS})::tid"),
    );
    let literal = quote_literal(&table);
    let (variables, statements) = if is_partitioned {
        let pad = " ".repeat(20);
        let pattern = update(
            "%s",
            &column.replace('%', "%%"),
            &value_text.replace('%', "%%"),
            "%L",
            "%L",
            &pad,
        );
        let pattern = format!("{pad}{}", dollar_quoted("update", &pattern));
        let statements = format!(
            "    FOR v_pass IN 1..{BACKFILL_PASSES} LOOP
        v_filled := FALSE;
        FOR v_leaf IN
            SELECT t.relid::regclass::text FROM pg_partition_tree({literal}) AS t WHERE t.isleaf
        LOOP
            v_block := 0;
            WHILE v_block * current_setting('block_size')::bigint < pg_relation_size(v_leaf) LOOP
                EXECUTE format(
{pattern},
                    v_leaf, {first}, {end}
                );
                GET DIAGNOSTICS v_count = ROW_COUNT;
                v_filled := v_filled OR v_count > 0;
                COMMIT;
                v_block := v_block + {BACKFILL_BLOCKS};
            END LOOP;
        END LOOP;
        EXIT WHEN NOT v_filled;
    END LOOP;"
        );
        (
            "    v_leaf   varchar;\n    v_block  bigint;\n    v_count  bigint;\n    v_filled boolean;",
            statements,
        )
    } else {
        let pad = " ".repeat(12);
        let update = update(&table, &column, &value_text, first, &end, &pad);
        let statements = format!(
            "    FOR v_pass IN 1..{BACKFILL_PASSES} LOOP
        v_block := 0;
        v_filled := FALSE;
        WHILE v_block * current_setting('block_size')::bigint < pg_relation_size({literal}) LOOP
{update};
            v_filled := v_filled OR FOUND;
            COMMIT;
            v_block := v_block + {BACKFILL_BLOCKS};
        END LOOP;
        EXIT WHEN NOT v_filled;
    END LOOP;"
        );
        ("    v_block  bigint;\n    v_filled boolean;", statements)
    };
    // Types of variables are looked up before a statement runs; those of these names are the grammar's own.
    let statements = pinned_around(schema, Caller::Block, &statements);
    let body = format!("DECLARE\n{variables}\nBEGIN\n{statements}END;");
    format!("DO {};\n", dollar_quoted("backfill", &body))
}

/// Sets a sequence to what follows the last number in the direction in which it counts, and never back.
fn continue_sequence(
    schema: &Schema,
    table: &QualifiedName,
    value: &Expr,
    sequence: &QualifiedName,
) -> String {
    let increment = schema.find_sequence(sequence).map_or(1, |it| it.increment);
    let (most, last, round) = if increment > 0 {
        ("greatest", "max", "ceil")
    } else {
        ("least", "min", "floor")
    };
    let step = format!("({increment})");
    let sequence = qualified(schema, sequence);
    format!(
        "-- The numbers that are there are not given again.
SELECT setval(
    {},
    {most}(
        {round}({last}({}))::bigint + {step},
        (SELECT s.last_value + s.is_called::integer * {step} FROM {sequence} AS s)
    ),
    FALSE
)
  FROM {};
",
        quote_literal(&sequence),
        expr(schema, value),
        qualified(schema, table),
    )
}

fn continue_identity(schema: &Schema, table: &QualifiedName, column: &Ident) -> String {
    let table = qualified(schema, table);
    format!(
        "SELECT setval(\n    pg_get_serial_sequence({}, {}),\n    greatest(coalesce(max({column}), 0) + 1, 1),\n    FALSE\n)\n  FROM {table};\n",
        quote_literal(&table),
        quote_literal(column.as_str()),
        column = quote_ident(column.as_str()),
    )
}
