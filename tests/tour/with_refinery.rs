//! Applies the migrations with refinery, which finds nothing in the folder: it gets them as data.

use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use refinery::{Error, Migration, Report, Runner};
use tokio_postgres::Client;

pub async fn migrate(client: &mut Client, layout: Layout) -> Result<Report, Error> {
    let migrations = migrations(layout)
        .iter()
        .map(|one| Migration::unapplied(&one.refinery_name(), one.sql))
        .collect::<Result<Vec<_>, _>>()?;
    Runner::new(&migrations).run_async(client).await
}
