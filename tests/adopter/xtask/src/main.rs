//! `cargo xtask`: describes this project; the commands are EventCore Schema's.

use eventcore_xtask::{Project, run};

fn main() -> std::process::ExitCode {
    run(Project::new("orders").store("orders", orders_schema::definition()))
}
