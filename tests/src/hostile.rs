//! A database whose settings are all other than PostgreSQL's own, in whose search path other functions, operators and
//! types hide the server's, and whose default privileges give all to a stranger: nothing that is generated may notice.

use tokio_postgres::{Client, Config};

use crate::TestDatabase;

/// The role to which default privileges of the database give everything that is created.
pub const ROLE: &str = "hostile_role";

/// Settings with hostile values, for sessions that are opened from then on. Half of them are the database's, half the
/// role's in that database.
const SETTINGS: [(&str, &str); 15] = [
    ("TimeZone", "'Asia/Kolkata'"),
    ("DateStyle", "'German, DMY'"),
    ("IntervalStyle", "'sql_standard'"),
    ("extra_float_digits", "-15"),
    ("bytea_output", "'escape'"),
    ("xmloption", "'document'"),
    ("array_nulls", "off"),
    ("transform_null_equals", "on"),
    ("quote_all_identifiers", "on"),
    ("check_function_bodies", "off"),
    ("default_tablespace", "'hostile'"),
    ("default_table_access_method", "'hostile'"),
    ("jit_above_cost", "0"),
    ("search_path", "hostile, public, pg_catalog"),
    ("lc_monetary", "'C'"),
];

/// What hides the server's own functions, operators and types from who looks into the search path first.
const SHADOWS: &str = "
    CREATE SCHEMA IF NOT EXISTS hostile;
    DROP SCHEMA hostile CASCADE;
    CREATE SCHEMA hostile;
    CREATE FUNCTION hostile.lower(pg_catalog.text) RETURNS pg_catalog.text IMMUTABLE LANGUAGE sql AS 'SELECT ''x''::pg_catalog.text';
    CREATE FUNCTION hostile.upper(pg_catalog.text) RETURNS pg_catalog.text IMMUTABLE LANGUAGE sql AS 'SELECT ''x''::pg_catalog.text';
    CREATE FUNCTION hostile.char_length(pg_catalog.text) RETURNS pg_catalog.int4 IMMUTABLE LANGUAGE sql AS 'SELECT 0';
    CREATE FUNCTION hostile.now() RETURNS pg_catalog.timestamptz STABLE LANGUAGE sql AS 'SELECT NULL::pg_catalog.timestamptz';
    CREATE FUNCTION hostile.gen_random_uuid() RETURNS pg_catalog.uuid VOLATILE LANGUAGE sql AS 'SELECT NULL::pg_catalog.uuid';
    CREATE FUNCTION hostile.wrong(pg_catalog.int8, pg_catalog.int4) RETURNS pg_catalog.bool IMMUTABLE LANGUAGE sql AS 'SELECT false';
    CREATE OPERATOR hostile.> (LEFTARG = pg_catalog.int8, RIGHTARG = pg_catalog.int4, FUNCTION = hostile.wrong);
    CREATE OPERATOR hostile.>= (LEFTARG = pg_catalog.int8, RIGHTARG = pg_catalog.int4, FUNCTION = hostile.wrong);
    CREATE DOMAIN hostile.text AS pg_catalog.int4;
    CREATE DOMAIN hostile.uuid AS pg_catalog.int4;
    CREATE DOMAIN hostile.date AS pg_catalog.int4;
    CREATE DOMAIN hostile.timestamptz AS pg_catalog.int4;
    CREATE DOMAIN hostile.jsonb AS pg_catalog.int4;";

/// Makes the database hostile to sessions that are opened from then on.
///
/// # Panics
/// When the server refuses.
pub async fn configure(db: &TestDatabase<'_>) {
    let client = neutral(db).await;
    // One for all databases of the server, made by whoever comes first.
    execute(&client, "SET allow_in_place_tablespaces = on").await;
    let made = client
        .batch_execute("CREATE TABLESPACE hostile LOCATION ''")
        .await;
    let exists = "SELECT count(*) FROM pg_tablespace WHERE spcname = 'hostile'";
    let found: i64 = client
        .query_one(exists, &[])
        .await
        .map_or(0, |row| row.get(0));
    assert!(found == 1, "{made:?}");
    // The server's own under another name.
    let method = "CREATE ACCESS METHOD hostile TYPE TABLE HANDLER heap_tableam_handler";
    execute(&client, method).await;
    // Whoever comes first makes it; it is there either way.
    let _ = client.batch_execute(&format!("CREATE ROLE {ROLE}")).await;
    for objects in ["TABLES", "SEQUENCES", "FUNCTIONS", "TYPES", "SCHEMAS"] {
        let sql = format!("ALTER DEFAULT PRIVILEGES GRANT ALL ON {objects} TO {ROLE}");
        execute(&client, &sql).await;
    }
    shadow(&client).await;
    let owner = format!("DATABASE {}", db.name());
    let role = format!("ROLE CURRENT_USER IN DATABASE {}", db.name());
    let mut all = SETTINGS.to_vec();
    // Newer servers know one value alone.
    if db.server().version().major < 19 {
        all.push(("standard_conforming_strings", "off"));
    }
    for (at, (name, value)) in all.into_iter().enumerate() {
        let whose = if at % 2 == 0 { &owner } else { &role };
        execute(&client, &format!("ALTER {whose} SET {name} = {value}")).await;
    }
}

/// Hides the server's functions, operators and types, again where they were dropped.
///
/// # Panics
/// When the server refuses.
pub async fn shadow(client: &Client) {
    execute(client, SHADOWS).await;
}

/// Drops what [`shadow`] made, so that a description of the database has only what a test made.
///
/// # Panics
/// When the server refuses.
pub async fn unshadow(client: &Client) {
    execute(client, "DROP SCHEMA IF EXISTS hostile CASCADE").await;
}

/// A session with PostgreSQL's own settings, whatever the database's are.
///
/// # Panics
/// When the server refuses.
pub async fn neutral(db: &TestDatabase<'_>) -> Client {
    let mut config: Config = db.config();
    let settings = eventcore_codegen::sql::pinned().chain([("search_path", "public")]);
    let options = settings.map(|(name, value)| format!("-c {name}={}", value.replace(' ', "\\ ")));
    config.options(options.collect::<Vec<_>>().join(" "));
    let (client, connection) = match config.connect(tokio_postgres::NoTls).await {
        Ok(both) => both,
        Err(error) => panic!("{error}"),
    };
    tokio::spawn(connection);
    client
}

async fn execute(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{error}: {:?}\n{sql}", error.as_db_error());
    }
}
