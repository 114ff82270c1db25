//! `pg_upgrade`: the store keeps its catalog, its events and its order, and goes on.

use std::ffi::OsStr;
use std::path::PathBuf;

use eventcore_generated::event_store::{Append, ExpectedVersion, read_feed_page};
use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_generated::monitoring::{health, verify_events};
use eventcore_tests::store::{moves, store};
use eventcore_tests::{Server, catalog, not_run, on_both_layouts};
use eventcore_xtask::postgres::{Home, Installation, Search, ServerUser, Workspace};

use super::cluster::Cluster;

on_both_layouts!(an_upgraded_store_goes_on);

/// The newest installation of this machine that can upgrade.
fn newest() -> Option<Installation> {
    let user = ServerUser::choose().unwrap();
    let target = Workspace::here().unwrap().target_directory;
    let home = Home::below(&target, &user).unwrap();
    let search = Search::of_this_machine(Vec::new(), &home);
    let found = search.find(&user).unwrap();
    let newest = found
        .supported()
        .rfind(|it| it.bin_dir.join("pg_upgrade").exists());
    newest.cloned()
}

async fn an_upgraded_store_goes_on(layout: Layout) {
    let server = Server::shared();
    let Some(old) = server.program("pg_dump") else {
        return;
    };
    let old: PathBuf = old.parent().unwrap().to_owned();
    let newest = newest().filter(|it| it.version.major >= server.version().major);
    let Some(new) = newest else {
        not_run(
            "upgrade::an_upgraded_store_goes_on: no installation of this version or a newer one has pg_upgrade",
        );
        return;
    };
    // A store with events, as a file that psql reads.
    let source = store(layout).await;
    let client = source.connect().await;
    let append = |stream: &str| Append::new().to(stream, ExpectedVersion::Any, moves(3));
    append("counter").run(&client).await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    append("burned").run(&client).await.unwrap();
    client.batch_execute("ROLLBACK").await.unwrap();
    append("counter").run(&client).await.unwrap();
    let url = source.url();
    let upgraded = Cluster::make(
        r#"
        init() { "$1/initdb" -D "$2" -U postgres --auth=trust --encoding=UTF8 --locale=C --data-checksums --no-sync; }
        init "$2" "$base/old"
        "$2/pg_ctl" start -D "$base/old" -w -l "$base/old.log" -o "-p $1 -c listen_addresses='' -c unix_socket_directories='$base'"
        bin=$2
        "$3/createdb" -h "$base" -p "$1" -U postgres store
        "$2/pg_dump" --dbname="$4" --file="$base/dump.sql"
        "$3/psql" -h "$base" -p "$1" -U postgres -d store --set=ON_ERROR_STOP=1 --quiet --file="$base/dump.sql"
        "$2/pg_ctl" stop -D "$base/old" -w
        init "$3" "$base/data"
        "$3/pg_upgrade" -b "$2" -B "$3" -d "$base/old" -D "$base/data" -U postgres -p "$1" -P "$1" -s "$base"
        start "$3" "$1"
        "#,
        [old.as_os_str(), new.bin_dir.as_os_str(), OsStr::new(&url)],
    );
    let client = upgraded.connect("", "store").await;
    let page = read_feed_page(&client, 0, 100).await.unwrap();
    let positions: Vec<_> = page.events.iter().map(|it| it.global_position).collect();
    assert_eq!(positions, [1, 2, 3, 7, 8, 9]);
    let next = append("counter").run(&client).await.unwrap();
    assert_eq!(next.positions, [10, 11, 12]);
    assert_eq!(next.versions, [9]);
    assert_eq!(verify_events(&client).await.unwrap(), []);
    assert!(!health(&client).await.unwrap().sequence_behind);

    // As if the migrations had run there.
    client
        .batch_execute("CREATE DATABASE fresh TEMPLATE template0")
        .await
        .unwrap();
    let fresh = upgraded.connect("", "fresh").await;
    for migration in migrations(layout) {
        fresh.batch_execute(migration.sql).await.unwrap();
    }
    let [upgraded, fresh] = [
        catalog::describe(&client, &[]).await,
        catalog::describe(&fresh, &[]).await,
    ];
    catalog::assert_same(&fresh, &upgraded);
}
