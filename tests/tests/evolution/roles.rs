//! Roles that come and go outside of a definition.

use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

use crate::case::{apply, evolve, found, run, valid};

fn orders() -> Schema {
    let id = Column::new("id", DataType::BigInt);
    Schema::new("shop").table(Table::new("orders").column(id).primary_key(["id"]))
}

#[tokio::test]
async fn a_grant_goes_with_its_role_or_without_it() {
    for is_there in [true, false] {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        let role = format!("{} reads", db.name());
        run(&client, &format!("CREATE ROLE \"{role}\""), "a role").await;
        let on = ObjectRef::table("orders");
        let before = valid(orders().grant(Grant::new([Privilege::Select], on, role.as_str())));
        found(&client, &before).await;
        if !is_there {
            let gone = format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"");
            run(&client, &gone, "the role goes").await;
        }
        for migration in evolve(&before, &valid(orders())).unwrap() {
            apply(&client, &migration).await;
        }
        let granted = "SELECT count(*) FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a
             WHERE c.relname = 'orders' AND a.grantee <> c.relowner";
        let granted: i64 = client.query_one(granted, &[]).await.unwrap().get(0);
        assert_eq!(granted, 0);
        if is_there {
            run(&client, &format!("DROP ROLE \"{role}\""), "the role").await;
        }
    }
}
