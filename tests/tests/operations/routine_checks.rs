//! `plpgsql_check`, where the server has it, over every routine of both layouts: no hidden cast, no unused variable, nothing that
//! `docs/operations.md` does not explain.

use eventcore_generated::layout::Layout;
use eventcore_tests::not_run;
use eventcore_tests::store::store;

/// What it reports for no good reason, with the reason in `docs/operations.md`.
const EXPLAINED: [(&str, &str); 3] = [
    (
        "append_outcome",
        "routine is marked as VOLATILE, should be STABLE",
    ),
    (
        "create_monthly_partition",
        "the expression is not SQL injection safe",
    ),
    ("drop_old_partitions", "text type variable is not sanitized"),
];

const CHECKED: &str = "
    SELECT DISTINCT p.proname, f.message, coalesce(f.lineno, 0)
      FROM pg_proc AS p
      LEFT JOIN LATERAL (SELECT t.tgrelid FROM pg_trigger AS t WHERE t.tgfoid = p.oid LIMIT 1) AS t ON TRUE
     CROSS JOIN LATERAL plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), all_warnings => TRUE) AS f
     WHERE p.pronamespace = 'public'::regnamespace
       AND p.prolang = (SELECT l.oid FROM pg_language AS l WHERE l.lanname = 'plpgsql')";

#[tokio::test]
async fn plpgsql_check_finds_nothing_but_what_is_explained() {
    for layout in [Layout::Simple, Layout::Partitioned] {
        let db = store(layout).await;
        let client = db.connect().await;
        let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'";
        let row = client.query_one(available, &[]).await.unwrap();
        if row.get::<_, i64>(0) == 0 {
            return not_run("plpgsql_check is no extension of this server");
        }
        client
            .batch_execute("CREATE EXTENSION plpgsql_check")
            .await
            .unwrap();
        let mut seen = Vec::new();
        for row in client.query(CHECKED, &[]).await.unwrap() {
            let (routine, message, line): (String, String, i32) =
                (row.get(0), row.get(1), row.get(2));
            let known = EXPLAINED.iter().find(|it| **it == (&*routine, &*message));
            let known =
                known.unwrap_or_else(|| panic!("{layout}: {routine}, line {line}: {message}"));
            seen.push(known.0);
        }
        assert!(
            seen.contains(&"append_outcome"),
            "{layout}: nothing was checked"
        );
    }
}
