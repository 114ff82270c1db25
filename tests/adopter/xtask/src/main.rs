//! `cargo xtask`: describes this project; the commands are EventCore Schema's.

use eventcore_xtask::{Project, run};

fn main() -> std::process::ExitCode {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    run(Project::new("orders", root).store("orders", orders_schema::definition()))
}
