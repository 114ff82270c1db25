//! Names of objects as texts have them beside names of their own, qualified, or as constants that they look up in the catalog.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::template::Template;

use super::texts::other;
use crate::Case;

fn routine(schema: Schema, text: &str) -> Schema {
    let body = Template::new(text);
    let body = if text.contains('{') {
        body.relation("items", "items")
    } else {
        body
    };
    schema.routine(Routine::new("look", Returns::Void, body))
}

/// A store whose type gets another name.
fn of_type(after: bool) -> Schema {
    let ty = EnumType::new(if after { "standing" } else { "st" }, ["open", "paid"]);
    let ty = if after { ty.renamed_from("st") } else { ty };
    let named = DataType::named(if after { "standing" } else { "st" });
    let table = Table::new("items").column(Column::new("state", named));
    Schema::new("public").user_type(ty).table(table)
}

/// A store whose index, key and trigger get other names.
fn of_parts(after: bool) -> Schema {
    let name = |old: &'static str, new: &'static str| if after { new } else { old };
    let key = Constraint::unique(name("items_id_key", "items_no_key"), Key::new(["id"]));
    let key = if after {
        key.renamed_from("items_id_key")
    } else {
        key
    };
    let index = Index::new(name("items_note_idx", "items_text_idx"), ["note"]);
    let index = if after {
        index.renamed_from("items_note_idx")
    } else {
        index
    };
    let mark = Trigger::new(
        name("mark", "mark_rows"),
        TriggerTiming::Before,
        [TriggerEvent::Insert],
        "mark",
    );
    let table = Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("note", DataType::Text))
        .constraint(key)
        .index(index.serves_external("reports"))
        .trigger(mark);
    let body = "BEGIN\n    RETURN new;\nEND";
    Schema::new("public")
        .table(table)
        .routine(Routine::new("mark", Returns::Trigger, body))
}

/// A store with tables of one name in two PostgreSQL schemas, one of which is dropped.
fn of_two(after: bool) -> Schema {
    let table = |namespace: &str| {
        let name = QualifiedName::new(namespace, "items");
        Table::new(&name).column(Column::new("id", DataType::BigInt))
    };
    let schema = Schema::new("public")
        .namespace("sales")
        .namespace("archive")
        .table(
            Table::new(QualifiedName::new("sales", "boxes"))
                .column(Column::new("id", DataType::BigInt)),
        )
        .table(table("archive"));
    if after {
        schema.drop(
            ObjectRef::table(QualifiedName::new("sales", "items")),
            "all is in the archive",
        )
    } else {
        schema.table(table("sales"))
    }
}

/// A store whose table loses a declared partition.
fn of_partitions(after: bool) -> Schema {
    let table = Table::new("items").column(Column::new("place", DataType::Text));
    let parts = Partitioning::by(PartitionKey::list("place")).partition(Partition::new(
        "items_south",
        PartitionBound::list(["south"]),
    ));
    if after {
        Schema::new("public").table(
            table
                .partitioned(parts)
                .drop_partition("items_north", "nothing is kept there"),
        )
    } else {
        let parts = parts.partition(Partition::new(
            "items_north",
            PartitionBound::list(["north"]),
        ));
        Schema::new("public").table(table.partitioned(parts))
    }
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let of = |how, schema: fn(bool) -> Schema, text: &'static str| other(how, move |after| routine(schema(after), text));
    vec![
        of("a variable has a renamed type's old name and type", of_type, "DECLARE\n    st public.st;\nBEGIN\n    st := 'open';\nEND"),
        of("a catalog's row has a renamed type's old name", of_type, "BEGIN\n    PERFORM 1 FROM pg_catalog.pg_type AS t WHERE t.typname = 'st';\nEND"),
        of("an array has a renamed type's old name", of_type, "DECLARE\n    st public.st[];\nBEGIN\n    st := NULL;\nEND"),
        of("a statement names a trigger's old name", of_parts, "BEGIN\n    ALTER TABLE {items} DISABLE TRIGGER mark;\nEND"),
        of("a statement drops a trigger by its old name", of_parts, "BEGIN\n    DROP TRIGGER IF EXISTS mark ON {items};\nEND"),
        of("a trigger's old name is compared", of_parts, "BEGIN\n    IF tg_name = 'mark' THEN\n        RETURN;\n    END IF;\nEND"),
        of("a statement names an index's old name", of_parts, "BEGIN\n    CLUSTER {items} USING items_note_idx;\nEND"),
        of("an index's old name is a class", of_parts, "BEGIN\n    PERFORM 'public.items_note_idx'::regclass;\nEND"),
        of("a statement defers keys by old names", of_parts, "BEGIN\n    SET CONSTRAINTS public.others_key, public.items_id_key DEFERRED;\nEND"),
        of("a catalog's row has a key's old name", of_parts, "BEGIN\n    PERFORM 1 FROM pg_catalog.pg_constraint AS c WHERE c.conname = 'items_id_key';\nEND"),
        of("a routine reads a dropped partition", of_partitions, "BEGIN\n    DELETE FROM public.items_north;\nEND"),
        of("a statement names a dropped table beside another of its name", of_two, "BEGIN\n    DELETE FROM sales.items;\nEND"),
    ]
}

/// Texts that mean something else by the word, or have the new name already.
pub(super) fn accepted() -> Vec<(Schema, Schema)> {
    let both = |schema: fn(bool) -> Schema, text: &'static str| {
        (routine(schema(false), text), routine(schema(true), text))
    };
    vec![
        both(of_two, "BEGIN\n    DELETE FROM archive.items;\nEND"),
        both(
            of_type,
            "DECLARE\n    st text;\nBEGIN\n    st := 'st';\nEND",
        ),
        both(
            of_parts,
            "DECLARE\n    mark integer := 1;\nBEGIN\n    mark := mark + 1;\nEND",
        ),
    ]
}
