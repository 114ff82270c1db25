//! R13: four settings build a real pool, and each of them is observed on a server.

#[rustfmt::skip]
#[path = "rust_emission/src/modules.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::struct_field_names,
    reason = "an emitted crate, mounted in a test"
)]
mod fixture;
#[path = "support/authority.rs"]
mod authority;

use std::future::Future;
use std::time::{Duration, Instant};

use authority::Authority;
use eventcore_tests::{Part, Server, TestDatabase};
use fixture::config::{PostgresConfig, Tls};
use fixture::error::Error;
use fixture::pool::Pool;
use tokio_postgres::Client;

fn settings(min_connections: u32, max_connections: u32) -> PostgresConfig {
    PostgresConfig {
        max_connections,
        min_connections,
        acquire_timeout: Duration::from_millis(700),
        idle_timeout: Some(Duration::from_millis(600)),
    }
}

async fn pool(database: &TestDatabase<'_>, settings: PostgresConfig) -> Pool {
    settings
        .connect(&database.url(), Tls::disabled())
        .await
        .unwrap()
}

/// Connections to the database as the server sees them, without the observer's own.
async fn connections(observer: &Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
               AND backend_type = 'client backend'";
    observer.query_one(sql, &[]).await.unwrap().get(0)
}

/// Waits until a condition holds, at most ten seconds.
async fn eventually<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if condition().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn no_more_than_max_connections_and_a_timeout_beyond() {
    let database = TestDatabase::create().await;
    let observer = database.connect().await;
    let pool = pool(&database, settings(0, 3)).await;
    let mut loans = Vec::new();
    for _ in 0..3 {
        loans.push(pool.get_owned().await.unwrap());
    }
    let started = Instant::now();
    let error = pool.get().await.unwrap_err();
    let waited = started.elapsed();
    assert!(
        matches!(error, Error::AcquireTimeout { last: None, .. }),
        "{error}"
    );
    assert!(
        waited >= Duration::from_millis(700) && waited < Duration::from_secs(3),
        "{waited:?}"
    );
    assert!(error.is_retryable());
    assert_eq!(connections(&observer).await, 3);
    let released = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(loans.pop());
        loans.len()
    });
    pool.get_owned().await.unwrap();
    assert_eq!(released.await.unwrap(), 2);
}

#[tokio::test]
async fn idle_connections_are_closed_down_to_min_connections_and_never_below() {
    let database = TestDatabase::create().await;
    let observer = database.connect().await;
    let pool = pool(&database, settings(2, 6)).await;
    assert_eq!(
        connections(&observer).await,
        2,
        "the floor is there at the start"
    );
    let mut loans = Vec::new();
    for _ in 0..6 {
        loans.push(pool.get().await.unwrap());
    }
    assert_eq!(connections(&observer).await, 6);
    drop(loans);
    assert!(
        eventually(async || connections(&observer).await == 2).await,
        "idle ones stay"
    );
    let pids = pids(&observer).await;
    let until = Instant::now() + Duration::from_millis(2500);
    while Instant::now() < until {
        assert_eq!(connections(&observer).await, 2);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        self::pids(&observer).await,
        pids,
        "the floor is kept, not closed and opened again"
    );
}

async fn pids(observer: &Client) -> Vec<i32> {
    let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
               AND backend_type = 'client backend' ORDER BY pid";
    let rows = observer.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn min_connections_counts_those_in_use() {
    let database = TestDatabase::create().await;
    let observer = database.connect().await;
    let pool = pool(&database, settings(2, 6)).await;
    let loans = (pool.get().await.unwrap(), pool.get().await.unwrap());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(connections(&observer).await, 2);
    drop(loans);
}

#[tokio::test]
async fn the_floor_comes_back_after_connections_were_lost() {
    let database = TestDatabase::create().await;
    let observer = database.connect().await;
    let pool = pool(&database, settings(2, 6)).await;
    let lost = pids(&observer).await;
    observer
        .execute(
            "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid",
            &[&lost],
        )
        .await
        .unwrap();
    assert!(eventually(async || connections(&observer).await == 2).await);
    pool.get()
        .await
        .unwrap()
        .simple_query("SELECT 1")
        .await
        .unwrap();
}

#[tokio::test]
async fn without_idle_timeout_connections_stay() {
    let database = TestDatabase::create().await;
    let observer = database.connect().await;
    let pool = pool(
        &database,
        PostgresConfig {
            idle_timeout: None,
            ..settings(0, 2)
        },
    )
    .await;
    drop((pool.get().await.unwrap(), pool.get().await.unwrap()));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(connections(&observer).await, 2);
    assert_eq!(pool.size().idle, 2);
    drop(pool);
    assert!(
        eventually(async || connections(&observer).await == 0).await,
        "the pool ends with its last owner"
    );
}

#[tokio::test]
async fn a_pool_with_a_floor_ends_with_its_last_owner() {
    let database = TestDatabase::create().await;
    let observer = database.connect().await;
    drop(pool(&database, settings(2, 3)).await);
    assert!(eventually(async || connections(&observer).await == 0).await);
}

#[tokio::test]
async fn what_cannot_work_is_an_error_that_says_why() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let connect = async |settings: PostgresConfig, url: &str| {
        settings
            .connect(url, Tls::disabled())
            .await
            .unwrap_err()
            .to_string()
    };
    let wrong = url.replace(&database.server().address().password, "wrong");
    let refused = [
        connect(settings(0, 0), &url).await,
        connect(settings(3, 2), &url).await,
        connect(
            PostgresConfig {
                acquire_timeout: Duration::ZERO,
                ..settings(0, 1)
            },
            &url,
        )
        .await,
        connect(
            PostgresConfig {
                idle_timeout: Some(Duration::ZERO),
                ..settings(0, 1)
            },
            &url,
        )
        .await,
        connect(settings(0, 1), "postgres://h:port/x").await,
        Tls::with_roots(b"nothing").unwrap_err().to_string(),
        Tls::with_roots_file("/does/not/exist.pem")
            .unwrap_err()
            .to_string(),
    ];
    insta::assert_snapshot!(refused.join("\n"), @r"
    invalid connection settings: max_connections is 0; allow at least one connection
    invalid connection settings: min_connections is 3, more than max_connections, 2
    invalid connection settings: acquire_timeout is zero; give the time a call may wait
    invalid connection settings: idle_timeout is zero; give a time, or None to keep idle connections
    invalid connection settings: the connection URL cannot be read: invalid connection string: invalid value for option `port`
    invalid TLS settings: the PEM text holds no certificate
    invalid TLS settings: cannot read /does/not/exist.pem: No such file or directory (os error 2)
    ");
    let started = Instant::now();
    let error = settings(0, 1)
        .connect(&wrong, Tls::disabled())
        .await
        .unwrap_err();
    assert!(
        started.elapsed() < Duration::from_millis(600),
        "the first attempt tells, no time-out"
    );
    assert_eq!(error.sql_state(), Some("28P01"), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("cannot connect: password authentication failed"),
        "{error}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_timeout_names_the_reason_when_connecting_failed() {
    let database = TestDatabase::create().await;
    let observer = database.server().connect("postgres").await;
    let pool = pool(&database, settings(0, 2)).await;
    observer
        .batch_execute(&format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS false",
            database.name()
        ))
        .await
        .unwrap();
    let loan = pool.get().await.unwrap();
    let error = pool.get().await.unwrap_err().to_string();
    drop(loan);
    assert!(
        error.contains("is not currently accepting connections"),
        "{error}"
    );
}

fn tls(authority: &Authority) -> Tls {
    Tls::with_roots(authority.pem().as_bytes()).unwrap()
}

#[tokio::test]
async fn tls_is_used_and_the_certificate_is_checked() {
    if !Server::shared().is_built_with(Part::Tls).await {
        return;
    }
    let authority = Authority::new();
    let (_folder, server) = authority.server(&["127.0.0.1", "localhost"]);
    let url = server.url("postgres");
    let is_encrypted = async |tls: Tls| -> Result<bool, Error> {
        let pool = settings(0, 2).connect(&url, tls).await?;
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(pool.get().await?.query_one(sql, &[]).await.unwrap().get(0))
    };
    assert!(is_encrypted(tls(&authority)).await.unwrap());
    assert!(!is_encrypted(Tls::disabled()).await.unwrap());
    let stranger = is_encrypted(tls(&Authority::new())).await.unwrap_err();
    assert!(
        stranger.to_string().contains("invalid peer certificate"),
        "{stranger}"
    );
    let separator = if url.contains('?') { '&' } else { '?' };
    for (mode, tls) in [("disable", tls(&authority)), ("require", Tls::disabled())] {
        let url = format!("{url}{separator}sslmode={mode}");
        let error = settings(0, 1).connect(&url, tls).await.unwrap_err();
        assert!(matches!(error, Error::Tls { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    if !Server::shared().is_built_with(Part::Tls).await {
        return;
    }
    let authority = Authority::new();
    let (_folder, server) = authority.server(&["elsewhere.example"]);
    let error = settings(0, 1)
        .connect(&server.url("postgres"), tls(&authority))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not valid for name"), "{error}");
}

#[tokio::test]
async fn tls_is_never_given_up_when_the_server_has_none() {
    let database = TestDatabase::create().await;
    let error = settings(0, 1)
        .connect(&database.url(), tls(&Authority::new()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("does not support TLS"),
        "{error}"
    );
}
