//! Every query, the store's and our own, on a database that the migrations have made. `cargo xtask test` starts the
//! server.

use eventcore_migrate::{Migration, Migrator, Silent};
use eventcore_xtask::postgres::{SERVER_VARIABLE, ServerAddress};
use orders_store::QUERIES;
use orders_store::layout::Layout;
use orders_store::migrations::migrations;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls};

/// The roles that grants of the definition name.
const ROLES: &[&str] = &[];

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn the_server_understands_every_query() {
    let server = std::env::var(SERVER_VARIABLE).expect("run the tests with `cargo xtask test`");
    let server = ServerAddress::from_json(&server).unwrap();
    let maintenance = connect(&server.url("postgres")).await;
    for role in ROLES {
        let create = format!("CREATE ROLE {role}");
        maintenance.batch_execute(&create).await.unwrap();
    }
    maintenance
        .batch_execute("CREATE DATABASE orders_queries")
        .await
        .unwrap();
    let url = server.url("orders_queries");
    let files = migrations(Layout::Orders).iter();
    let migrator = Migrator::new(files.map(|it| Migration::new(it.version, it.name, it.sql)));
    let config: Config = url.parse().unwrap();
    migrator.run(&config, NoTls, &mut Silent).await.unwrap();
    let client = connect(&url).await;
    for query in QUERIES {
        let types: Vec<Type> = query.params.iter().map(|param| param.ty.clone()).collect();
        for (_, text) in query.texts {
            let prepared = client.prepare_typed(text, &types).await;
            let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error:?}", query.name));
            let given = prepared.columns().iter();
            let given: Vec<_> = given.map(|it| (it.name(), it.type_())).collect();
            let declared: Vec<_> = query.columns.iter().map(|it| (it.name, &it.ty)).collect();
            assert_eq!(given, declared, "the columns of {}", query.name);
        }
    }
}
