//! The binary of `cargo xtask`: describes our project and hands over to the library.

use std::process::ExitCode;

use eventcore_schema_model::eventcore;
use eventcore_xtask::Project;

fn main() -> ExitCode {
    eventcore_xtask::run(
        Project::new("EventCore")
            .store("simple", eventcore::simple())
            .store("partitioned", eventcore::partitioned())
            .unreleased(),
    )
}
