//! Words in the definition: once carried out, they ask for nothing more.

use eventcore_schema_model::prelude::*;

use crate::case::{evolve, valid};

fn orders() -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .primary_key(["id"])
}

fn shop(table: Table) -> Schema {
    Schema::new("shop").table(table)
}

#[track_caller]
fn settles(from: Schema, to: Schema) {
    let (from, to) = (valid(from), valid(to));
    assert!(!evolve(&from, &to).unwrap().is_empty());
    let again = evolve(&to, &to).unwrap();
    let texts: Vec<&str> = again.iter().map(|it| it.text.as_str()).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
}

#[test]
fn a_word_that_is_carried_out_asks_for_nothing_more() {
    let mut purchases = orders().renamed_from("orders");
    purchases.name = Table::new("purchases").name;
    settles(shop(orders()), shop(purchases));

    let mut renamed = orders();
    renamed.columns[1] = Column::new("remark", DataType::Text)
        .nullable()
        .renamed_from("note");
    settles(shop(orders()), shop(renamed));

    let mut without = orders();
    without.columns.truncate(1);
    settles(
        shop(orders()),
        shop(without.drop_column("note", "nobody reads it")),
    );

    let empty = Schema::new("shop").drop(ObjectRef::table("orders"), "nobody reads it");
    settles(shop(orders()), empty);
}

/// What no catalog holds is no change: queries, documentation, what an index serves.
#[test]
fn what_the_catalog_does_not_hold_needs_no_migration() {
    let index = || Index::new("orders_note_idx", ["note"]);
    let from = shop(orders().index(index().serves_external("one")));
    let to = shop(orders().index(index().serves_external("another"))).description("A shop.");
    assert!(evolve(&valid(from), &valid(to)).unwrap().is_empty());
    let counted = |binds: bool| {
        let text = Template::new("SELECT 1");
        let text = if binds {
            text.relation("orders", "orders")
        } else {
            text
        };
        let returns = Returns::Value(DataType::Integer);
        let routine = Routine::new("one", returns, text).language(Language::Sql);
        valid(shop(orders()).routine(routine))
    };
    assert!(evolve(&counted(false), &counted(true)).unwrap().is_empty());
}

/// Where no version is asked for, any will do.
#[test]
fn a_version_of_an_extension_that_is_asked_for_no_more_stays() {
    let from = shop(orders()).extension(Extension::new("citext").version("1.6"));
    let to = shop(orders()).extension(Extension::new("citext"));
    assert!(evolve(&valid(from), &valid(to)).unwrap().is_empty());
}

#[test]
fn a_label_that_had_another_text_leaves_that_text_to_a_new_one() {
    let state = |labels: &[&str]| EnumType::new("state", labels.iter().copied());
    let renamed = |labels: &[&str]| state(labels).renamed_label("a", "z");
    let shop = |ty: EnumType| Schema::new("shop").user_type(ty);
    let other = Table::new("other").column(Column::new("id", DataType::BigInt));
    let releases = [
        shop(state(&["a", "b"])),
        shop(renamed(&["z", "b"])),
        shop(renamed(&["z", "b", "a"])),
        shop(renamed(&["z", "b", "a"])).table(other),
    ];
    let releases = releases.map(valid);
    for pair in releases.windows(2) {
        let migrations = evolve(&pair[0], &pair[1]).unwrap();
        assert_eq!(migrations.len(), 1);
    }
}
