//! Stores that have an index by an operator class that is refused today: the next migration builds it by another.

use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

use crate::case::{apply, catalog_of, evolve_stored, found, founded_catalog, run, valid};

/// Hosts, indexed by a class of `btree_gist` or, without one, by what the server takes by itself.
fn hosts(class: Option<&str>) -> Schema {
    let mut part = IndexPart::from("host");
    part.opclass = class.map(|class| Ident::new(class).unwrap());
    let index = Index::new("hosts_idx", [part]).method(IndexMethod::Gist);
    let table = Table::new("hosts").column(Column::new("host", DataType::Inet));
    Schema::new("shop")
        .extension(Extension::new("btree_gist"))
        .table(table.index(index.serves_external("support")))
}

/// The same without its index.
fn bare() -> Schema {
    let mut schema = hosts(Some("inet_ops"));
    schema.tables[0].indexes.clear();
    schema
}

#[tokio::test]
async fn an_index_by_an_unreliable_class_is_built_anew() {
    let to = valid(hosts(Some("inet_ops")));
    let expected = founded_catalog(&to).await;
    for class in [None, Some("gist_inet_ops")] {
        let from = hosts(class);
        assert!(validate(from.clone()).is_err());
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &valid(bare())).await;
        let class = class.unwrap_or_default();
        let create = format!("CREATE INDEX hosts_idx ON public.hosts USING gist (host {class})");
        run(&client, &create, &create).await;
        for migration in evolve_stored(&from, &to, 100).unwrap() {
            apply(&client, &migration).await;
        }
        assert_eq!(catalog_of(&client).await, expected);
    }
}
