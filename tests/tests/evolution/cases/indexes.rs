//! Each attribute of an index.

use eventcore_schema_model::index::NullsOrder;
use eventcore_schema_model::prelude::*;

use super::Case;

fn over<P: Into<IndexPart>>(parts: impl IntoIterator<Item = P>) -> Index {
    Index::new("held", parts).serves_external("tests")
}

fn customer() -> Index {
    over(["customer"])
}

fn part(name: &str) -> IndexPart {
    IndexPart::new(col(name))
}

#[rustfmt::skip] // an index a line
fn kinds() -> Vec<(&'static str, Index)> {
    vec![
        ("plain", customer()),
        ("two_columns", over(["customer", "note"])),
        ("unique", over(["customer", "id"]).unique()),
        ("unique_nulls_not_distinct", over(["note", "id"]).unique().nulls_not_distinct()),
        ("including", customer().include(["note"])),
        ("partial", customer().only_where(col("note").is_not_null())),
        ("expression", over([IndexPart::new(call(Function::Lower, [col("note")]))])),
        ("descending", over([part("customer").descending()])),
        ("nulls_first", over([part("note").nulls(NullsOrder::First)])),
        ("operator_class", over([part("note").opclass("text_pattern_ops")])),
        ("collated", over([part("note").collate("C")])),
        ("hash", customer().method(IndexMethod::Hash)),
        ("brin", customer().method(IndexMethod::Brin)),
        ("storage", customer().storage("fillfactor", 80)),
        ("comment", customer().comment("It's said.")),
        ("odd_name", Index { name: Ident::new("odd \"name\" of a'").unwrap(), ..customer() }),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, index) in kinds() {
        let with = |table: Table| table.index(index.clone());
        cases.push(Case::of_table(format!("add_index_{name}"), |it| it, with));
        cases.push(Case::of_table(format!("drop_index_{name}"), with, |it| it));
        let other = Index {
            name: Ident::new("other").unwrap(),
            ..index.clone()
        }
        .renamed_from(&index.name);
        let renamed = |table: Table| table.index(other.clone());
        cases.push(Case::of_table(
            format!("rename_index_{name}"),
            with,
            renamed,
        ));
        if index.name == *"held" && index != customer() {
            let plain = |table: Table| table.index(customer());
            cases.push(Case::of_table(format!("index_becomes_{name}"), plain, with));
            cases.push(Case::of_table(
                format!("index_is_no_more_{name}"),
                with,
                plain,
            ));
        }
    }
    let new = |table: Table| {
        let column = Column::new("c", DataType::BigInt).nullable();
        table.column(column).index(over(["c"]))
    };
    cases.push(Case::of_table("add_column_with_index", |it| it, new));
    cases.push(Case::of_table("drop_column_with_index", new, |it| {
        it.drop_column("c", "unused")
    }));
    cases
}
