//! What the command makes of `sslmode` and its files, on servers with and without TLS.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use eventcore_tests::{Part, Server, ServerOptions, TestDatabase, TlsFiles};
use tempfile::TempDir;

use crate::authority::Authority;
use crate::fixture::Files;

/// Keeps how the session of the run came here.
const SEEN: &str = "CREATE TABLE seen AS SELECT ssl, client_serial IS NOT NULL AS knows_client \
    FROM pg_stat_ssl WHERE pid = pg_backend_pid();\n";

/// A run by a connection string with these words about TLS. `Ok`: whether it was encrypted, and whether the server saw
/// a certificate of the client. `Err`: what the command says.
async fn run_as(server: &Server, host: &str, words: &str) -> Result<(bool, bool), String> {
    let db = TestDatabase::create_on(server).await;
    let files = Files::new(&[("001_seen.sql", SEEN)]);
    let address = server.address();
    let url = format!(
        "host={host} port={} user={} password={} dbname={} {words}",
        address.port,
        address.user,
        address.password,
        db.name()
    );
    // A home of its own: libpq looks for root certificates there.
    let home = TempDir::new().unwrap();
    let output = files
        .command(&db, &["--database-url", &url])
        .env("HOME", home.path())
        .output()
        .unwrap();
    if !output.status.success() {
        let to = format!(
            "database `{}` at {host}:{} as user `{}`",
            db.name(),
            address.port,
            address.user
        );
        let said = String::from_utf8(output.stderr).unwrap();
        return Err(said.replace(&to, "DATABASE"));
    }
    let client = db.connect().await;
    let row = client.query_one("TABLE seen", &[]).await.unwrap();
    Ok((row.get(0), row.get(1)))
}

fn put(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[tokio::test]
async fn each_mode_checks_what_libpq_checks() {
    if !Server::shared().is_built_with(Part::Tls).await {
        return;
    }
    let authority = Authority::new();
    let (folder, server) = authority.server(&["localhost"]);
    let right = put(folder.path(), "right.pem", &authority.pem());
    let wrong = put(folder.path(), "wrong.pem", &Authority::new().pem());
    let run = async |host: &str, words: &str| {
        let words = words.replace("RIGHT", &right).replace("WRONG", &wrong);
        run_as(&server, host, &words).await
    };
    for (host, words, is_encrypted) in [
        ("127.0.0.1", "", true),
        ("127.0.0.1", "sslmode=disable", false),
        ("127.0.0.1", "sslmode=prefer", true),
        ("127.0.0.1", "sslmode=require", true),
        ("127.0.0.1", "sslmode=require sslrootcert='RIGHT'", true),
        ("127.0.0.1", "sslmode=verify-ca sslrootcert='RIGHT'", true),
        ("localhost", "sslmode=verify-full sslrootcert='RIGHT'", true),
    ] {
        assert_eq!(run(host, words).await, Ok((is_encrypted, false)), "{words}");
    }
    let unknown = "error: cannot connect to DATABASE: error performing TLS handshake: invalid peer certificate: \
         UnknownIssuer\n  help: name the file of the authority that signed the server's certificate: \
         `sslrootcert=FILE`\n";
    for words in [
        "sslmode=prefer sslrootcert='WRONG'",
        "sslmode=require sslrootcert='WRONG'",
        "sslmode=verify-ca sslrootcert='WRONG'",
        "sslmode=verify-full sslrootcert='WRONG'",
        "sslrootcert=system",
    ] {
        let said = run("localhost", words).await.unwrap_err();
        assert_eq!(said, unknown, "{words}");
    }
    let said = run("127.0.0.1", "sslmode=verify-full sslrootcert='RIGHT'").await;
    let said = said.unwrap_err();
    assert!(said.contains("not valid for name"), "{said}");
    assert!(
        said.contains("help: connect by a name that the certificate has"),
        "{said}"
    );
}

#[tokio::test]
async fn a_certificate_that_is_trusted_as_it_is_needs_no_authority() {
    if !Server::shared().is_built_with(Part::Tls).await {
        return;
    }
    let authority = Authority::new();
    let (folder, server) = authority.server(&["localhost"]);
    let itself = std::fs::read_to_string(folder.path().join("server.crt")).unwrap();
    let itself = put(folder.path(), "itself.pem", &itself);
    let words = format!("sslmode=verify-full sslrootcert='{itself}'");
    assert_eq!(
        run_as(&server, "localhost", &words).await,
        Ok((true, false))
    );
    let said = run_as(&server, "127.0.0.1", &words).await.unwrap_err();
    assert!(said.contains("not valid for name"), "{said}");

    let files = authority.files_until(folder.path(), &["localhost"], 2020);
    let words = format!(
        "sslmode=verify-ca sslrootcert='{}'",
        files.certificate.display()
    );
    let server = Server::dedicated(&ServerOptions::default().tls(files));
    let said = run_as(&server, "localhost", &words).await.unwrap_err();
    assert!(said.contains("invalid peer certificate: Expired"), "{said}");
}

#[tokio::test]
async fn the_client_shows_a_certificate_of_its_own() {
    if !Server::shared().is_built_with(Part::Tls).await {
        return;
    }
    let authority = Authority::new();
    let folder = TempDir::new().unwrap();
    // The server may run as another user, who reads the authority's file.
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let root = put(folder.path(), "root.pem", &authority.pem());
    let files = authority.files(folder.path(), &["localhost"]);
    let options = ServerOptions::default()
        .tls(files)
        .setting("ssl_ca_file", &root);
    let server = Server::dedicated(&options);
    let client = TempDir::new().unwrap();
    let TlsFiles { certificate, key } = authority.files(client.path(), &["client"]);
    let (certificate, key) = (certificate.display(), key.display());
    let words = format!("sslmode=require sslcert='{certificate}' sslkey='{key}'");
    assert_eq!(run_as(&server, "localhost", &words).await, Ok((true, true)));
    if server.version().major >= 17 {
        let words = format!("{words} sslnegotiation=direct");
        assert_eq!(run_as(&server, "localhost", &words).await, Ok((true, true)));
    }
}

#[tokio::test]
async fn a_server_without_tls_is_left_where_it_is_demanded() {
    let server = Server::shared();
    let folder = TempDir::new().unwrap();
    let root = put(folder.path(), "root.pem", &Authority::new().pem());
    for words in ["", "sslmode=prefer", "sslmode=disable"] {
        assert_eq!(run_as(server, "127.0.0.1", words).await, Ok((false, false)));
    }
    for words in ["sslmode=require", "sslmode=verify-full sslrootcert='ROOT'"] {
        let words = words.replace("ROOT", &root);
        let said = run_as(server, "127.0.0.1", &words).await.unwrap_err();
        assert_eq!(
            said,
            "error: cannot connect to DATABASE: error performing TLS handshake: server does not support TLS\n  \
             help: turn `ssl` on at the server, or say `sslmode=disable` where the network is trusted\n"
        );
    }
    // There is none over a socket of this machine, and nobody who could listen.
    let socket = server.address().socket_dir.display().to_string();
    let said = run_as(server, &socket, "sslmode=require").await;
    assert_eq!(said, Ok((false, false)));
}

#[tokio::test]
async fn what_cannot_be_done_is_said_before_a_connection() {
    let server = Server::shared();
    let folder = TempDir::new().unwrap();
    let empty = put(folder.path(), "empty.pem", "");
    let root = put(folder.path(), "root.pem", &Authority::new().pem());
    let mut said = String::new();
    for words in [
        "sslmode=allow",
        "sslmode=verify-ca",
        "sslrootcert=system sslmode=verify-ca",
        "sslmode=require sslrootcert=/nowhere/root.pem",
        "sslmode=require sslrootcert='EMPTY'",
        "sslmode=require sslcert='ROOT'",
        "sslmode=require sslcert='ROOT' sslkey='ROOT'",
        "sslcompression=1",
    ] {
        let words = words.replace("EMPTY", &empty).replace("ROOT", &root);
        said += &run_as(server, "127.0.0.1", &words).await.unwrap_err();
    }
    let said = said.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(said);
}
