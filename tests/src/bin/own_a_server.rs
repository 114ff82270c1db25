//! A process that owns a server, says so and waits for its end: `tests/servers.rs` kills it in every way there is.

use std::io::Write as _;

use eventcore_tests::{Server, ServerOptions};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    // Signals end a process by themselves; but not in a background job of a shell, which inherits some as ignored.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let server = Server::dedicated(&ServerOptions::default());
    writeln!(std::io::stdout(), "{}", server.address().data_dir.display())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
    // As the signal would: without a destructor.
    std::process::exit(1)
}
