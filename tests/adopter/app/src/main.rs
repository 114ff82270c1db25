//! Places an order: its event and its row of the read model in one transaction.

use std::error::Error;

use orders_schema::OrderPlaced;
use orders_store::config::{PostgresConfig, Tls};
use orders_store::event_store::{Append, ExpectedVersion, NewEvent};
use orders_store::orders::{orders_of_customer, record_order};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let pool = PostgresConfig::default()
        .connect(&url, Tls::disabled())
        .await?;
    let mut connection = pool.get().await?;

    for (order_id, total_cents) in [("order-1", 1990), ("order-2", 500)] {
        let placed = OrderPlaced {
            order_id: order_id.to_owned(),
            customer: "Ada".to_owned(),
            total_cents,
        };
        let append = Append::new().to(
            order_id,
            ExpectedVersion::NoStream,
            [NewEvent::new(&placed)?],
        );

        let transaction = connection.transaction().await?;
        if !append.run(&transaction).await?.replayed {
            record_order(&transaction, order_id, &placed.customer, total_cents).await?;
        }
        transaction.commit().await?;
    }

    for order in orders_of_customer(&*connection, "Ada").await? {
        println!("{}: {} cents", order.order_id, order.total_cents);
    }
    Ok(())
}
