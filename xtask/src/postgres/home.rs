//! Where fetched programs are kept, and the lock that keeps two fetching processes apart.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::error::PostgresError;
use super::os_user::ServerUser;
use super::random;

/// Root's own place for programs that another user must be able to run.
const REACHABLE_BY_ALL: &str = "/var/cache/eventcore-schema";

/// The folder of fetched programs: one folder an installation, complete from the moment it bears its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    dir: PathBuf,
}

impl Home {
    /// `postgres` below the target folder. Root's workspace may lie where the server's user cannot go (in `/root`,
    /// say); then it is a folder in `/var/cache`, which only root can write.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn below(target_directory: &Path, user: &ServerUser) -> Result<Self, PostgresError> {
        let make = |dir: &Path| {
            DirBuilder::new()
                .recursive(true)
                .mode(0o755)
                .create(dir)
                .map_err(PostgresError::io(format!("create {}", dir.display())))
        };
        let dir = target_directory.join("postgres");
        make(&dir)?;
        if user.can("-x", &dir) {
            return Ok(Self { dir });
        }
        let dir = Path::new(REACHABLE_BY_ALL).join("postgres");
        make(&dir)?;
        Ok(Self { dir })
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The complete installations.
    pub(super) fn installed(&self) -> Vec<PathBuf> {
        let mut dirs: Vec<_> = fs::read_dir(&self.dir)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir() && !is_staging(path))
            .collect();
        dirs.sort();
        dirs
    }

    /// Fills `name` by `fill`, which gets an empty folder to work in. Whoever comes second waits, and takes what the
    /// first one made. What a killed process left half-finished never bears the name, and is removed here.
    pub(super) fn install(
        &self,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<(), PostgresError>,
    ) -> Result<PathBuf, PostgresError> {
        let complete = self.dir.join(name);
        let _lock = self.lock()?;
        if complete.is_dir() {
            return Ok(complete);
        }
        self.remove_half_finished()?;
        let staging = self
            .dir
            .join(format!("{STAGING}{name}-{}", random::hex(4)?));
        DirBuilder::new()
            .mode(0o755)
            .create(&staging)
            .map_err(PostgresError::io(format!("create {}", staging.display())))?;
        let filled = fill(&staging).and_then(|()| {
            fs::rename(&staging, &complete)
                .map_err(PostgresError::io(format!("name {}", complete.display())))
        });
        if let Err(error) = filled {
            // The first error is the one to report; what is left here goes at the next attempt.
            let _ = fs::remove_dir_all(&staging);
            return Err(error);
        }
        Ok(complete)
    }

    fn remove_half_finished(&self) -> Result<(), PostgresError> {
        let entries = fs::read_dir(&self.dir)
            .map_err(PostgresError::io(format!("list {}", self.dir.display())))?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if is_staging(&path) {
                fs::remove_dir_all(&path)
                    .map_err(PostgresError::io(format!("remove {}", path.display())))?;
            }
        }
        Ok(())
    }

    /// Held until dropped; the system lets go of it when the process dies.
    fn lock(&self) -> Result<File, PostgresError> {
        let path = self.dir.join("lock");
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(PostgresError::io(format!("lock {}", path.display())))
    }
}

const STAGING: &str = ".staging-";

fn is_staging(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(STAGING.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(test: &str) -> Home {
        let dir =
            std::env::temp_dir().join(format!("eventcore-home-{test}-{}", random::hex(4).unwrap()));
        Home::below(&dir, &ServerUser::Ourselves).unwrap()
    }

    #[test]
    fn half_finished_installs_are_never_taken_for_complete() {
        let home = home("half");
        let killed = home.dir().join(".staging-npm-18-dead");
        fs::create_dir(&killed).unwrap();
        assert!(home.installed().is_empty());

        let failed = home.install("npm-18", |dir| {
            fs::create_dir(dir.join("bin")).unwrap();
            Err(PostgresError::NoUnprivilegedUser)
        });
        assert!(failed.is_err());
        assert!(home.installed().is_empty());

        let done = home.install("npm-18", |_| Ok(())).unwrap();
        assert_eq!(home.installed(), [done]);
        assert!(!killed.exists());
        fs::remove_dir_all(home.dir().parent().unwrap()).unwrap();
    }

    #[test]
    fn the_second_of_two_installers_takes_what_the_first_one_made() {
        let home = home("two");
        let fills = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    home.install("npm-18", |_| {
                        std::thread::sleep(std::time::Duration::from_millis(50));
                        fills.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        Ok(())
                    })
                    .unwrap();
                });
            }
        });
        assert_eq!(fills.into_inner(), 1);
        fs::remove_dir_all(home.dir().parent().unwrap()).unwrap();
    }
}
