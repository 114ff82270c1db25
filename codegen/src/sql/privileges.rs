//! Privileges that an object has from its creation: a database's default privileges give them to others, and the
//! definition does not know whom. What is created is taken back from all of them before its own grants are given.

use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::partition::Partition;
use eventcore_schema_model::schema::Schema;

use super::layout::{text_indented, with_commas};
use super::partition::partition_routines;
use super::quote::{dollar_quoted, qualified, quote_ident, quote_literal};
use super::routine::routine_signature;
use crate::plan::{Action, TableChange};

/// A kind of object that has privileges.
struct Kind {
    /// As `REVOKE` names it.
    word: &'static str,
    /// The type that reads a name of one.
    reads: &'static str,
    /// Its catalog, and how the columns there begin.
    catalog: (&'static str, &'static str),
    /// Whether everybody has a privilege on a new one, as PostgreSQL has it: that stays.
    is_public: bool,
}

const TABLE: Kind = Kind {
    word: "TABLE",
    reads: "regclass",
    catalog: ("pg_class", "rel"),
    is_public: false,
};
const FUNCTION: Kind = Kind {
    word: "FUNCTION",
    reads: "regprocedure",
    catalog: ("pg_proc", "pro"),
    is_public: true,
};
const TYPE: Kind = Kind {
    word: "TYPE",
    reads: "regtype",
    catalog: ("pg_type", "typ"),
    is_public: true,
};
const NAMESPACE: Kind = Kind {
    word: "SCHEMA",
    reads: "regnamespace",
    catalog: ("pg_namespace", "nsp"),
    is_public: false,
};

/// The statement that leaves to its owner all that these actions create; nothing where that has no privileges.
pub(super) fn owners_alone(schema: &Schema, actions: &[Action]) -> String {
    let mut selects = Vec::new();
    for kind in [NAMESPACE, TYPE, TABLE, FUNCTION] {
        let names = actions
            .iter()
            .flat_map(|action| created(schema, action, &kind));
        let names: Vec<String> = names.collect();
        if !names.is_empty() {
            selects.push(select(&kind, names));
        }
    }
    if selects.is_empty() {
        return String::new();
    }
    format!(
        "-- Default privileges of this database may have given others a right to what was just created.\n{}",
        revoking(&selects)
    )
}

/// The statement that leaves a table of this qualified name to its owner.
pub fn owner_alone(table: &str) -> String {
    revoking(&[select(&TABLE, vec![quote_literal(table)])])
}

/// Runs the REVOKEs that these queries give.
fn revoking(selects: &[String]) -> String {
    let body = format!(
        "DECLARE
    v_revoke varchar;
BEGIN
    FOR v_revoke IN
{}
    LOOP
        EXECUTE v_revoke;
    END LOOP;
END;",
        text_indented(&selects.join("\nUNION\n"), 2)
    );
    format!("DO {};\n", dollar_quoted("privileges", &body))
}

/// The REVOKEs for objects of a kind, as a query.
fn select(kind: &Kind, names: Vec<String>) -> String {
    let Kind { word, reads, .. } = kind;
    let (catalog, prefix) = kind.catalog;
    // A PostgreSQL schema may have been there before, with privileges that somebody gave on it.
    let is_new = if kind.word == NAMESPACE.word {
        "\n   AND o.xmin = pg_current_xact_id()::xid"
    } else {
        ""
    };
    let (to, public) = if kind.is_public {
        (
            "quote_ident(pg_get_userbyid(a.grantee))",
            "\n   AND a.grantee <> 0",
        )
    } else {
        (
            "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END",
            "",
        )
    };
    format!(
        "SELECT format(
           'REVOKE ALL ON {word} %s FROM %s',
           o.oid::{reads},
           {to}
       )
  FROM {catalog} AS o
 CROSS JOIN aclexplode(o.{prefix}acl) AS a
 WHERE o.oid = ANY (ARRAY[
{}
       ]::{reads}[])
   AND a.grantee <> o.{prefix}owner{public}{is_new}",
        text_indented(&with_commas(names).join("\n"), 3)
    )
}

/// The names, as texts in SQL, of what an action creates of this kind.
fn created(schema: &Schema, action: &Action, kind: &Kind) -> Vec<String> {
    let found = match (action, kind.word) {
        (Action::Create(object), _) => return of_object(schema, object, kind),
        (Action::CreatePartition(new), "TABLE") => {
            let (table, _, partition) = new.as_ref();
            let mut names = Vec::new();
            partitions(table, std::slice::from_ref(partition), &mut names);
            names
        }
        (Action::FillView(view), "TABLE") => vec![view.name.clone()],
        (Action::AlterTable(table, changes), "TABLE") => {
            let numbered = changes.iter().filter_map(|change| match change {
                TableChange::AddIdentity(column, _) => Some(column),
                TableChange::AddColumn(column) if column.identity.is_some() => Some(&column.name),
                _ => None,
            });
            return numbered
                .map(|column| counter(schema, table, column))
                .collect();
        }
        _ => Vec::new(),
    };
    let names = found.iter();
    names
        .map(|name| quote_literal(&qualified(schema, name)))
        .collect()
}

fn of_object(schema: &Schema, object: &ObjectRef, kind: &Kind) -> Vec<String> {
    let mut names = match (object, kind.word) {
        (ObjectRef::Namespace(name), "SCHEMA") => vec![quote_ident(name.as_str()).into_owned()],
        (ObjectRef::Type(name), "TYPE")
        | (ObjectRef::Sequence(name) | ObjectRef::Table(name) | ObjectRef::View(name), "TABLE") => {
            vec![qualified(schema, name)]
        }
        (ObjectRef::Routine(name), "FUNCTION") => {
            let routine = schema.find_routine(name).into_iter();
            routine.map(|it| routine_signature(schema, it)).collect()
        }
        (ObjectRef::Partitions(name), "FUNCTION") => {
            let table = schema.find_table(name).into_iter();
            let routines = table.flat_map(|it| partition_routines(schema, it));
            routines.map(|it| routine_signature(schema, &it)).collect()
        }
        _ => Vec::new(),
    };
    let mut expressions = Vec::new();
    if let (ObjectRef::Table(name), "TABLE") = (object, kind.word)
        && let Some(table) = schema.find_table(name)
    {
        let declared = table.partitioning.iter().flat_map(|it| &it.partitions);
        let mut below = Vec::new();
        for partition in declared {
            partitions(name, std::slice::from_ref(partition), &mut below);
        }
        names.extend(below.iter().map(|it| qualified(schema, it)));
        let numbered = table.columns.iter().filter(|it| it.identity.is_some());
        expressions.extend(numbered.map(|it| counter(schema, name, &it.name)));
    }
    let names = names.iter().map(|name| quote_literal(name));
    names.chain(expressions).collect()
}

/// These partitions and all below them.
fn partitions(table: &QualifiedName, these: &[Partition], names: &mut Vec<QualifiedName>) {
    for partition in these {
        names.push(table.sibling(&partition.name));
        partitions(table, partition.partitions(), names);
    }
}

/// The sequence of an identity column, whose name the server chose.
fn counter(schema: &Schema, table: &QualifiedName, column: &Ident) -> String {
    format!(
        "pg_get_serial_sequence({}, {})",
        quote_literal(&qualified(schema, table)),
        quote_literal(column.as_str())
    )
}
