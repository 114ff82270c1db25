//! What the crate declares of each query is what the server infers from its text.

use eventcore_generated::QUERIES;
use eventcore_generated::layout::Layout;
use tokio_postgres::types::Type;

use super::store;

/// Queries whose parameters the server cannot infer without a word: it is told what Rust tells it.
const TOLD: [&str; 1] = ["read_events_by_type"];

#[tokio::test]
async fn every_statement_has_the_declared_parameters_and_columns() {
    for &layout in Layout::ALL {
        let (_db, client) = store(layout).await;
        let mut compared = 0;
        for query in QUERIES {
            let Some((_, text)) = query.texts.iter().find(|(known, _)| *known == layout) else {
                continue;
            };
            let place = format!("{} in {}", query.name, layout.name());
            let params: Vec<Type> = query.params.iter().map(|param| param.ty.clone()).collect();
            let told: &[Type] = if TOLD.contains(&query.name) {
                &params
            } else {
                &[]
            };
            let statement = client
                .prepare_typed(text, told)
                .await
                .unwrap_or_else(|error| {
                    panic!("{place}: {error}: {:?}\n{text}", error.as_db_error())
                });
            assert_eq!(statement.params(), params, "parameters of {place}");
            let found: Vec<(&str, &Type)> = statement
                .columns()
                .iter()
                .map(|column| (column.name(), column.type_()))
                .collect();
            let declared: Vec<(&str, &Type)> = query
                .columns
                .iter()
                .map(|column| (column.name, &column.ty))
                .collect();
            assert_eq!(found, declared, "columns of {place}");
            compared += 1;
        }
        assert!(
            compared >= 28,
            "only {compared} queries in {}",
            layout.name()
        );
    }
}

/// One query a name, and each in at least one layout.
#[test]
fn every_query_stands_in_the_list_once() {
    let mut names: Vec<&str> = QUERIES.iter().map(|query| query.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(QUERIES.iter().all(|query| !query.texts.is_empty()));
}
