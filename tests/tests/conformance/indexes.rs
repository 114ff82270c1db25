//! Indexes: method, operator class, order, NULLs, INCLUDE, predicate, expression, storage.

use eventcore_schema_model::index::NullsOrder;
use eventcore_schema_model::prelude::*;

use super::{assert_lines, founded, texts};

/// What the catalog says of an index, but for its parts.
fn described(index: &Index, parts: &[String], predicate: &str) -> String {
    let method = format!("{:?}", index.method).to_lowercase();
    let storage: Vec<_> = index
        .storage
        .iter()
        .map(|p| format!("{}={}", p.name, p.value))
        .collect();
    let include: Vec<_> = index.include.iter().map(ToString::to_string).collect();
    format!(
        "{} {method} {} {} ({}) ({}) [{}] [{predicate}] [{}]",
        index.name,
        index.unique,
        index.nulls_not_distinct,
        parts.join(", "),
        include.join(", "),
        storage.join(" "),
        index.comment.as_deref().unwrap_or_default()
    )
}

const CATALOG: &str = "
    SELECT format('%s %s %s %s (%s) (%s) [%s] [%s] [%s]', c.relname, m.amname, i.indisunique::text, i.indnullsnotdistinct::text,
                  (SELECT string_agg(concat_ws(' ', pg_get_indexdef(i.indexrelid, n, FALSE), co.collname,
                                               CASE WHEN NOT o.opcdefault THEN o.opcname END,
                                               CASE WHEN m.amname = 'btree' THEN 'opt' || i.indoption[n - 1] END), ', ' ORDER BY n)
                     FROM generate_series(1, i.indnkeyatts) AS n
                     JOIN pg_opclass AS o ON o.oid = i.indclass[n - 1]
                     LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n - 1]
                     LEFT JOIN pg_collation AS co ON co.oid = i.indcollation[n - 1] AND co.oid <> coalesce(a.attcollation, 100)),
                  (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, FALSE), ', ' ORDER BY n)
                     FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS n),
                  array_to_string(c.reloptions, ' '), pg_get_expr(i.indpred, i.indrelid), obj_description(c.oid, 'pg_class'))
      FROM pg_index AS i
      JOIN pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_am AS m ON m.oid = c.relam
     WHERE i.indrelid = 's.t'::regclass
     ORDER BY c.oid";

/// One part in every order, with an operator class or without: order and operator class together are what
/// other renderers get wrong.
fn btree_matrix(indexes: &mut Vec<(Index, String)>) {
    let values = [
        (col("a"), "a"),
        (call(Function::Lower, [col("a")]), "lower(a)"),
        (col("a").concat("x"), "((a || 'x'::text))"),
    ];
    for (value, text) in values {
        for opclass in [None, Some("text_pattern_ops")] {
            for collation in [None, Some("C")] {
                for descending in [false, true] {
                    for nulls in [None, Some(NullsOrder::First), Some(NullsOrder::Last)] {
                        let mut part = IndexPart::new(value.clone());
                        part.opclass = opclass.map(|name| Ident::new(name).unwrap());
                        part.collation = collation.map(|name| Ident::new(name).unwrap());
                        part.descending = descending;
                        part.nulls = nulls;
                        let first = nulls.map_or(descending, |nulls| nulls == NullsOrder::First);
                        let options = i32::from(descending) + 2 * i32::from(first);
                        let words = [Some(text), collation, opclass]
                            .into_iter()
                            .flatten()
                            .collect::<Vec<_>>()
                            .join(" ");
                        let parts = [format!("{words} opt{options}"), "n opt0".to_owned()];
                        // Every further clause on every third, so that each meets each.
                        let number = indexes.len();
                        let mut index =
                            Index::new(format!("i{number}"), [part, IndexPart::new(col("n"))]);
                        let mut predicate = "";
                        if number.is_multiple_of(2) {
                            index = index.include(["b", "User"]);
                        }
                        if number.is_multiple_of(3) {
                            index = index.only_where(col("n").gt(5).and(col("b").is_not_null()));
                            predicate = "((n > 5) AND (b IS NOT NULL))";
                        }
                        if number.is_multiple_of(5) {
                            index = index.unique();
                            index.nulls_not_distinct = number.is_multiple_of(10);
                        }
                        if number.is_multiple_of(7) {
                            index = index
                                .storage("fillfactor", 80)
                                .storage("deduplicate_items", "off")
                                .comment("Why 'it' is.");
                        }
                        let expected =
                            described(&index, &parts, predicate).replace("User", "\"User\"");
                        indexes.push((index, expected));
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn every_index_form_is_as_defined() {
    let mut indexes = Vec::new();
    btree_matrix(&mut indexes);
    let others: Vec<(Index, &[&str], &str)> = vec![
        (
            Index::new("hash", ["n"])
                .method(IndexMethod::Hash)
                .storage("fillfactor", 60),
            &["n"],
            "",
        ),
        (
            Index::new("gin", ["j"])
                .method(IndexMethod::Gin)
                .storage("fastupdate", "off"),
            &["j"],
            "",
        ),
        (
            Index::new(
                "gin_path",
                [IndexPart::new(col("j")).opclass("jsonb_path_ops")],
            )
            .method(IndexMethod::Gin)
            .only_where(col("j").is_not_null()),
            &["j jsonb_path_ops"],
            "(j IS NOT NULL)",
        ),
        (
            Index::new("gist", [IndexPart::new(col("i")).opclass("inet_ops")])
                .method(IndexMethod::Gist),
            &["i inet_ops"],
            "",
        ),
        (
            Index::new("spgist", [IndexPart::new(col("i"))]).method(IndexMethod::SpGist),
            &["i"],
            "",
        ),
        (
            Index::new("brin", ["at"])
                .method(IndexMethod::Brin)
                .storage("pages_per_range", 32)
                .storage("autosummarize", "on"),
            &["at"],
            "",
        ),
        (
            Index::new("Odd \"idx\"", [col("User")]).method(IndexMethod::Hash),
            &["\"User\""],
            "",
        ),
        (
            Index::new("member", [IndexPart::new(col("j").json_text("key"))])
                .method(IndexMethod::Hash),
            &["((j ->> 'key'::text))"],
            "",
        ),
        (
            Index::new("cast", [IndexPart::new(col("n").cast(DataType::Text))])
                .method(IndexMethod::Hash),
            &["((n)::text)"],
            "",
        ),
    ];
    for (index, parts, predicate) in others {
        let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
        let expected = described(&index, &parts, predicate);
        indexes.push((index, expected));
    }
    let table = Table::new("t")
        .column(Column::new("a", DataType::Text))
        .column(Column::new("b", DataType::Text).nullable())
        .column(Column::new("n", DataType::BigInt))
        .column(Column::new("j", DataType::Jsonb))
        .column(Column::new("i", DataType::Inet))
        .column(Column::new("at", DataType::TimestampTz))
        .column(Column::new("User", DataType::Text));
    let expected: Vec<_> = indexes
        .iter()
        .map(|(_, expected)| expected.clone())
        .collect();
    let table = indexes
        .into_iter()
        .fold(table, |table, (index, _)| table.index(index));
    let (db, client) = founded(&Schema::new("x").namespace("s").table(table)).await;
    // A class that is the default, as this one from 19 on, the catalog does not write.
    let is_default = db.server().version().major >= 19;
    let shown = |it: &String| {
        if is_default {
            it.replace("(i inet_ops)", "(i)")
        } else {
            it.clone()
        }
    };
    let expected: Vec<_> = expected.iter().map(shown).collect();
    assert_lines(&texts(&client, CATALOG).await, &expected);
}
