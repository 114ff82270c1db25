//! A process that owns a server, says so and waits for its end: `tests/servers.rs` kills it in every way there is.

use std::io::Write as _;

use eventcore_tests::{Server, ServerOptions};

fn main() -> std::io::Result<()> {
    let server = Server::dedicated(&ServerOptions::default());
    writeln!(std::io::stdout(), "{}", server.address().data_dir.display())?;
    loop {
        std::thread::park();
    }
}
