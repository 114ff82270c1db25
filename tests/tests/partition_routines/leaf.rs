//! What each partition has of its own.

use eventcore_codegen::sql;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

use super::{founding, schema, table, texts};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one partition, all that it has")]
async fn each_partition_has_what_the_parent_cannot_hand_down() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let (owner, role) = (
        format!("{}_owner", db.name()),
        format!("{} 100 %s", db.name()),
    );
    let odd = "Odd \"Events\" 'x' %s \\ {y}";
    let mut table = table(odd, BoundEncoding::UuidV7);
    let policy = table
        .partitioning
        .as_mut()
        .and_then(|p| p.policy.as_mut())
        .unwrap();
    policy.default_partition = true;
    policy.detach_concurrently = false;
    let schema = schema("Odd \"Schema\"", table).grant(Grant::new(
        [Privilege::Select],
        ObjectRef::table(odd),
        role.as_str(),
    ));
    let roles = format!(
        "CREATE ROLE {owner}; CREATE ROLE {};",
        sql::quote_ident(&role)
    );
    client
        .batch_execute(&(roles + &founding(&schema)))
        .await
        .unwrap();
    let parent = sql::qualified(&schema, &schema.tables[0].name);
    let namespace = sql::quote_ident(schema.namespace.as_str()).into_owned();
    client
        .batch_execute(&format!(
            "GRANT ALL ON SCHEMA {namespace} TO {owner}; ALTER TABLE {parent} OWNER TO {owner}"
        ))
        .await
        .unwrap();
    let made = texts(
        &client,
        &format!("SELECT {namespace}.maintain_partitions()"),
    )
    .await;
    assert_eq!(made.len(), 5, "the DEFAULT partition, this month, 3 ahead");
    assert_eq!(
        texts(
            &client,
            &format!("SELECT {namespace}.maintain_partitions()")
        )
        .await
        .len(),
        0
    );
    for leaf in &made {
        let facts = texts(
            &client,
            &format!(
                "SELECT v.fact FROM pg_class AS c, LATERAL (VALUES
                     (array_to_string(c.reloptions, ',')),
                     (pg_get_userbyid(c.relowner)),
                     (has_table_privilege({role}, c.oid, 'SELECT')::text),
                     ((SELECT string_agg(conname || ':' || contype::text || coalesce(':' || obj_description(oid), ''), ',' ORDER BY contype)
                         FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('p', 'u'))),
                     ((SELECT string_agg(tgname || ':' || tgtype || ':' || obj_description(oid), ',') FROM pg_trigger WHERE tgrelid = c.oid)),
                     ((SELECT string_agg(pg_get_expr(indpred, indrelid) || ':' || obj_description(indexrelid), ',')
                         FROM pg_index WHERE indrelid = c.oid AND indpred IS NOT NULL)),
                     (col_description(c.oid, 1))
                 ) AS v (fact) WHERE c.oid = to_regclass({leaf})",
                leaf = sql::quote_literal(leaf),
                role = sql::quote_literal(&role),
            ),
        )
        .await;
        let name: String = texts(
            &client,
            &format!(
                "SELECT relname::text FROM pg_class WHERE oid = to_regclass({})",
                sql::quote_literal(leaf)
            ),
        )
        .await
        .remove(0);
        assert_eq!(
            facts,
            [
                "fillfactor=90".to_owned(),
                owner.clone(),
                "true".to_owned(),
                format!("{name}_pkey:p,{name}_stream_key:u:100 % of a leaf's own."),
                "refuse:42:Nothing goes.".to_owned(),
                "(stream <> '%s'::text):An index of a leaf's own.".to_owned(),
                "Key.".to_owned(),
            ]
        );
    }
    client
        .batch_execute(&format!(
            "DROP OWNED BY {owner}; DROP OWNED BY {}",
            sql::quote_ident(&role)
        ))
        .await
        .unwrap();
    client
        .batch_execute(&format!(
            "DROP ROLE {owner}; DROP ROLE {}",
            sql::quote_ident(&role)
        ))
        .await
        .unwrap();
}
