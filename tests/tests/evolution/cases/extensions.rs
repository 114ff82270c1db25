//! Extensions of the server, and what uses their types and operator classes.

use eventcore_schema_model::index::IndexMethod;
use eventcore_schema_model::prelude::*;

use super::{Case, Layout, orders, shop};

/// An extension, a type of it, and a default that every server reads.
const TYPES: [(&str, &str, &str); 3] = [
    ("citext", "citext", "none"),
    ("hstore", "hstore", "a=>1"),
    ("ltree", "ltree", "top"),
];

fn base() -> Schema {
    shop(orders(Layout::Plain))
}

fn tag(ty: &str) -> Column {
    Column::new("tag", DataType::named(ty)).nullable()
}

/// Orders with this extension and one more column.
fn with(layout: Layout, extension: &str, column: Column) -> Schema {
    shop(orders(layout).column(column)).extension(Extension::new(extension))
}

fn tagged(layout: Layout, extension: &str, edit: impl Fn(Table) -> Table) -> Schema {
    shop(edit(orders(layout))).extension(Extension::new(extension))
}

fn apart(table: Table) -> Table {
    let span = call(
        Function::Range(RangeOf::BigInt),
        [col("id"), col("id"), lit("[]")],
    );
    let exclusion = Exclusion::new()
        .part("customer", ExclusionOperator::Equal)
        .part(IndexPart::new(span), ExclusionOperator::Overlaps)
        .blocking("a small table");
    table.exclude("orders_excl", exclusion)
}

fn indexed(table: Table, column: &str, method: IndexMethod, class: Option<&str>) -> Table {
    let part = match class {
        Some(class) => IndexPart::from(column).opclass(class),
        None => IndexPart::from(column),
    };
    let index = Index::new("orders_more_idx", [part]).method(method);
    table.index(index.serves_external("support"))
}

fn classes(cases: &mut Vec<Case>) {
    for (extension, ty, _) in TYPES {
        let methods = [
            IndexMethod::Btree,
            IndexMethod::Gist,
            IndexMethod::Gin,
            IndexMethod::Hash,
        ];
        for method in methods {
            let with_index = |layout| {
                let edit = |it: Table| indexed(it.column(tag(ty)), "tag", method, None);
                tagged(layout, extension, edit)
            };
            if validate(with_index(Layout::Plain)).is_ok() {
                let name = format!("extension_{ty}_{}_index", method.name());
                cases.push(Case::new(name, |it| {
                    (with(it, extension, tag(ty)), with_index(it))
                }));
            }
        }
    }
    for (method, class) in [
        (IndexMethod::Gin, "gin_trgm_ops"),
        (IndexMethod::Gist, "gist_trgm_ops"),
    ] {
        let with_index = |layout| {
            tagged(layout, "pg_trgm", |it| {
                indexed(it, "note", method, Some(class))
            })
        };
        let gone = |layout| shop(orders(layout)).drop(ObjectRef::extension("pg_trgm"), "unused");
        cases.push(Case::new(format!("extension_{class}"), |it| {
            (shop(orders(it)), with_index(it))
        }));
        cases.push(Case::new(format!("extension_{class}_goes"), |it| {
            (with_index(it), gone(it))
        }));
    }
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let alone = |extension: Extension| base().extension(extension);
    let gone = |name: &str| base().drop(ObjectRef::extension(name), "unused");
    let ext = || Namespace::new("ext");
    let elsewhere = || Extension::new("citext").namespace("ext");
    let mut cases = vec![
        Case::plain("extension_add", base(), alone(Extension::new("citext"))),
        Case::plain("extension_add_version", base(), alone(Extension::new("citext").version("1.5"))),
        Case::plain("extension_update", alone(Extension::new("citext").version("1.5")), alone(Extension::new("citext").version("1.6"))),
        Case::plain("extension_drop", alone(Extension::new("citext")), gone("citext")),
        Case::plain("extension_drop_without_word", alone(Extension::new("citext")), base()),
        Case::plain("extension_in_its_namespace", base(), alone(elsewhere()).declare_namespace(ext())),
        Case::plain("extension_goes_with_its_namespace", alone(elsewhere()).declare_namespace(ext()), gone("citext").drop(ObjectRef::namespace("ext"), "unused")),
        Case::plain("extension_type_in_another_namespace", base(), shop(orders(Layout::Plain).column(Column::new("tag", DataType::named(QualifiedName::new("ext", "citext"))).nullable())).extension(elsewhere()).declare_namespace(ext())),
        Case::plain("extension_moves", alone(Extension::new("citext")).declare_namespace(ext()), alone(elsewhere()).declare_namespace(ext())),
        Case::new("extension_exclusion_by_btree_gist", |it| (shop(orders(it)), tagged(it, "btree_gist", apart))),
        Case::new("extension_exclusion_by_btree_gist_goes", |it| (tagged(it, "btree_gist", apart), shop(orders(it)).drop(ObjectRef::extension("btree_gist"), "unused"))),
        Case::new("extension_gist_index_of_number", |it| (tagged(it, "btree_gist", |it| it), tagged(it, "btree_gist", |it| indexed(it, "customer", IndexMethod::Gist, None)))),
        Case::new("extension_text_becomes_citext", |it| (shop(orders(it)), shop({ let mut table = orders(it); table.columns[2] = Column::new("note", DataType::named("citext")).nullable().rewrite_using(col("note").cast(DataType::named("citext")), "a small table"); table }).extension(Extension::new("citext")))),
        Case::new("extension_citext_becomes_text", |it| (shop({ let mut table = orders(it); table.columns[2].ty = DataType::named("citext"); table }).extension(Extension::new("citext")), shop({ let mut table = orders(it); table.columns[2] = table.columns[2].clone().rewrite("a small table"); table }).drop(ObjectRef::extension("citext"), "plain text"))),
        Case::new("extension_unique_citext", |it| (with(it, "citext", tag("citext")), tagged(it, "citext", |it| it.column(tag("citext")).unique("orders_tag_key", ["tag", "id"])))),
    ];
    for (extension, ty, value) in TYPES {
        let plain = |layout| with(layout, extension, tag(ty));
        let gone = |layout| shop(orders(layout).drop_column("tag", "unused")).drop(ObjectRef::extension(extension), "unused");
        cases.push(Case::new(format!("extension_{ty}_column"), |it| (shop(orders(it)), plain(it))));
        cases.push(Case::new(format!("extension_{ty}_column_with_default"), |it| (shop(orders(it)), with(it, extension, tag(ty).default(value)))));
        cases.push(Case::new(format!("extension_{ty}_column_goes"), |it| (plain(it), gone(it))));
        cases.push(Case::new(format!("extension_{ty}_array"), |it| (shop(orders(it)), with(it, extension, Column::new("tags", DataType::array(DataType::named(ty))).nullable()))));
    }
    classes(&mut cases);
    cases
}
