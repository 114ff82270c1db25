//! The binary of `cargo xtask`: hands over to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    eventcore_xtask::run()
}
