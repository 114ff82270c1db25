//! The owner's side of the guardian (`guardian.sh`): the only thing that starts, stops and removes a server. Its
//! standard input is a pipe whose other end only the owner holds, so the system tells it of the owner's death.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::address::ServerAddress;
use super::error::PostgresError;
use super::os_user::ServerUser;

const SCRIPT: &str = include_str!("guardian.sh");

/// The guardian's answer to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Ok,
    /// The folder to make is there already.
    Exists,
    Failed,
}

/// A running guardian; dropping it stops the server and waits until it is gone.
#[derive(Debug)]
pub(super) struct Guardian {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    base: PathBuf,
}

impl Guardian {
    /// Starts a guardian, as `user`, for a server whose files are all to be in `base`, a folder yet to be made.
    pub(super) fn start(
        bin_dir: &Path,
        base: &Path,
        user: &ServerUser,
    ) -> Result<Self, PostgresError> {
        let mut command = user.command(Path::new("/bin/sh"));
        // PGPORT, PGOPTIONS and the like are meant for other servers.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args([OsStr::new("-c"), OsStr::new(SCRIPT), OsStr::new("guardian")])
            .args([bin_dir, base])
            .env("LC_ALL", "C")
            // Ctrl-C in a terminal goes to the whole foreground group; the guardian must outlive it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(PostgresError::io("start /bin/sh as a server's guardian"))?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both were asked for as pipes")
        };
        Ok(Self {
            child,
            orders: Some(orders),
            answers: BufReader::new(answers),
            base: base.to_owned(),
        })
    }

    /// Makes the folder and, in it, a cluster whose superuser has this password.
    pub(super) fn make_cluster(&mut self, password: &str) -> Result<Answer, PostgresError> {
        self.order(&format!("make {password}\n"))
    }

    /// Makes the folder and, in it, a copy of a running server's cluster that follows it as a standby.
    pub(super) fn copy_cluster(&mut self, of: &ServerAddress) -> Result<Answer, PostgresError> {
        let ServerAddress {
            host,
            port,
            user,
            password,
            ..
        } = of;
        self.order(&format!(
            "copy host={host} port={port} user={user} password={password}\n"
        ))
    }

    /// Starts the server on a port and waits until it accepts connections.
    pub(super) fn start_server(&mut self, port: u16) -> Result<Answer, PostgresError> {
        self.order(&format!("start {port}\n"))
    }

    fn order(&mut self, line: &str) -> Result<Answer, PostgresError> {
        let mut answer = String::new();
        self.orders
            .as_mut()
            .map_or(Ok(()), |orders| orders.write_all(line.as_bytes()))
            .and_then(|()| self.answers.read_line(&mut answer))
            .map_err(PostgresError::io("talk to a server's guardian"))?;
        Ok(match answer.trim_end() {
            "ok" => Answer::Ok,
            "exists" => Answer::Exists,
            _ => Answer::Failed,
        })
    }

    /// The folder of all the server's files.
    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// The guardian's process id.
    pub(super) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.orders.take();
        // Without a guardian there is nothing to wait for.
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Guardian};
    use crate::postgres::ServerUser;
    use std::path::Path;

    #[test]
    fn only_a_folder_that_is_there_is_in_the_way() {
        let user = ServerUser::choose().unwrap();
        let ask = |base: &Path| {
            let mut guardian = Guardian::start(Path::new("/nowhere"), base, &user).unwrap();
            guardian.make_cluster("secret").unwrap()
        };
        assert_eq!(ask(&std::env::temp_dir()), Answer::Exists);
        assert_eq!(ask(Path::new("/nowhere/data")), Answer::Failed);
    }
}
