//! The operating system's user that runs a server: ourselves, or an unprivileged one when we are root, because
//! PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::PostgresError;

/// Who runs the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerUser {
    /// Whoever runs this process; not root.
    Ourselves,
    /// We are root, and this is the one who runs servers.
    Unprivileged {
        /// Name in `/etc/passwd`.
        name: String,
        /// User id.
        uid: u32,
        /// Group id.
        gid: u32,
    },
}

impl ServerUser {
    /// Ourselves; as root, `postgres` if there is such a user, else `nobody`.
    ///
    /// # Errors
    /// When we are root and the machine knows neither.
    pub fn choose() -> Result<Self, PostgresError> {
        if !we_are_root()? {
            return Ok(Self::Ourselves);
        }
        let passwd =
            fs::read_to_string("/etc/passwd").map_err(PostgresError::io("read /etc/passwd"))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| from_passwd(&passwd, name))
            .ok_or(PostgresError::NoUnprivilegedUser)
    }

    /// Whether this process is root, so that it may use the system's package manager.
    pub fn we_are_root(&self) -> bool {
        matches!(self, Self::Unprivileged { .. })
    }

    /// The name, for messages.
    pub fn name(&self) -> &str {
        match self {
            Self::Ourselves => "who runs this",
            Self::Unprivileged { name, .. } => name,
        }
    }

    /// A command that runs as this user, in a folder that everyone can reach.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/");
        if let Self::Unprivileged { uid, gid, .. } = self {
            // The standard library drops root's other groups together with the user id.
            command.uid(*uid).gid(*gid);
        }
        command
    }

    /// Whether this user passes the shell's `test`: `-x` to enter a folder or run a program, `-w` to write to it.
    pub(super) fn can(&self, test: &str, path: &Path) -> bool {
        self.command(Path::new("/bin/sh"))
            .args(["-c", "test \"$1\" \"$2\"", "sh", test])
            .arg(path)
            .stdin(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// A folder in which this user can make the data folder of a server.
    pub(super) fn data_parent(&self) -> Result<PathBuf, PostgresError> {
        // Root's TMPDIR may be a folder of its own, which nobody else can enter.
        let candidates = [
            std::env::temp_dir(),
            PathBuf::from("/tmp"),
            PathBuf::from("/var/tmp"),
        ];
        candidates
            .iter()
            .find(|dir| self.can("-x", dir) && self.can("-w", dir))
            .cloned()
            .ok_or_else(|| PostgresError::NoDataFolder {
                user: self.name().to_owned(),
                tried: candidates.map(|dir| dir.display().to_string()).join(", "),
            })
    }
}

fn we_are_root() -> Result<bool, PostgresError> {
    let output = Command::new("id")
        .arg("-u")
        .output()
        .map_err(PostgresError::io("run `id -u`"))?;
    Ok(output.stdout.trim_ascii() == b"0")
}

fn from_passwd(passwd: &str, wanted: &str) -> Option<ServerUser> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| *name == wanted)?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(ServerUser::Unprivileged {
            name: name.to_owned(),
            uid,
            gid,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{ServerUser, from_passwd};

    #[test]
    fn passwd_lines_are_read() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\nbroken\nnobody:x:65534:65533::/:/bin/false\n";
        let expected = ServerUser::Unprivileged {
            name: "nobody".to_owned(),
            uid: 65534,
            gid: 65533,
        };
        assert_eq!(from_passwd(passwd, "nobody"), Some(expected));
        assert_eq!(from_passwd(passwd, "postgres"), None);
        assert_eq!(from_passwd(passwd, "broken"), None);
    }
}
