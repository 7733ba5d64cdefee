//! Whether other users could have put a binary, or what lies beside it, where it is.

use std::path::Path;

use crate::error::Result;

/// Checks that only you or root could have put the program at `path`: its directory, the program and its receipt.
///
/// A place is trusted if it belongs to the effective user or to root, and no one else may write to it: not everyone (a
/// directory with the sticky bit aside), and not a group other than that of the effective user or one that root chose. Root
/// also trusts a program whose directory belongs to the same user as the program does. A place where there is nothing yet
/// is judged by its directory. On Windows, where permissions are inherited from the profile, every place is trusted.
///
/// [`Installer::install`](crate::Installer::install) and [`verify_installed`](crate::verify_installed) check by
/// themselves; call it before you start a binary from a place that others can reach, such as `/tmp` or a cache.
///
/// ```no_run
/// ngrok_installer::check_place("/tmp/tools/ngrok")?;
/// # Ok::<(), ngrok_installer::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Insecure`](crate::ErrorKind::Insecure), which names the file or directory and what is wrong with it.
pub fn check_place(path: impl AsRef<Path>) -> Result<()> {
    system::check(path.as_ref())
}

#[cfg(not(unix))]
mod system {
    use std::path::Path;

    use crate::error::Result;

    pub(super) fn check(_path: &Path) -> Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
mod system {
    use std::fs::{self, Metadata};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use crate::atomic::parent;
    use crate::error::{Error, Result};
    use crate::receipt::receipt_path;

    const STICKY: u32 = 0o1000;

    pub(super) fn check(path: &Path) -> Result<()> {
        let me = Me {
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
        };
        let Some(directory) = look(parent(path), |path| fs::metadata(path))? else {
            return Ok(());
        };
        refuse(parent(path), me.distrust(Facts::of(&directory), None))?;
        for file in [path.to_path_buf(), receipt_path(path)] {
            if let Some(found) = look(&file, |path| fs::symlink_metadata(path))? {
                // A link's own mode says nothing; where it may not lie is checked elsewhere.
                let facts = Facts::of(&found);
                refuse(&file, me.distrust(facts, Some(directory.uid())))?;
            }
        }
        Ok(())
    }

    fn look(path: &Path, with: fn(&Path) -> io::Result<Metadata>) -> Result<Option<Metadata>> {
        match with(path) {
            Ok(found) => Ok(Some(found)),
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(e) => Err(Error::io("look at", path, e)),
        }
    }

    fn refuse(path: &Path, reason: Option<&'static str>) -> Result<()> {
        match reason {
            Some(reason) => Err(Error::insecure_path(path, reason)),
            None => Ok(()),
        }
    }

    /// What is known about a file or directory.
    #[derive(Clone, Copy)]
    struct Facts {
        uid: u32,
        gid: u32,
        mode: u32,
        is_directory: bool,
        is_link: bool,
    }

    impl Facts {
        fn of(found: &Metadata) -> Self {
            Self {
                uid: found.uid(),
                gid: found.gid(),
                mode: found.mode(),
                is_directory: found.is_dir(),
                is_link: found.is_symlink(),
            }
        }
    }

    /// The effective user and group.
    #[derive(Clone, Copy)]
    struct Me {
        uid: u32,
        gid: u32,
    }

    impl Me {
        /// Why it is not trusted. `place` is the owner of the directory, if this is a file in it.
        fn distrust(self, found: Facts, place: Option<u32>) -> Option<&'static str> {
            let writable = |bit: u32| found.mode & bit != 0 && !found.is_link;
            let is_shared_directory = found.is_directory && found.mode & STICKY != 0;
            if writable(0o002) && !is_shared_directory {
                return Some(if found.is_directory {
                    "everyone may write to this directory and it has no sticky bit, so anyone could exchange the binary; \
                     take the permission away (`chmod o-w`) or use another directory"
                } else {
                    "everyone may write to it; remove it, or take the permission away (`chmod o-w`)"
                });
            }
            let own_group = found.gid == self.gid || found.gid == 0 || found.uid == 0;
            if writable(0o020) && !own_group && !is_shared_directory {
                return Some(
                    "a group that is not yours may write to it; take the permission away (`chmod g-w`) or use another \
                     directory",
                );
            }
            // Whoever owns a directory may exchange what is in it; root acts for that user then.
            let for_its_owner = self.uid == 0 && place.is_none_or(|owner| owner == found.uid);
            if found.uid != self.uid && found.uid != 0 && !for_its_owner {
                return Some(
                    "it belongs to another user, who could have put anything there; remove it, or use another directory",
                );
            }
            None
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        const DIR: Facts = Facts {
            uid: 1000,
            gid: 1000,
            mode: 0o40700,
            is_directory: true,
            is_link: false,
        };
        const FILE: Facts = Facts {
            mode: 0o100755,
            is_directory: false,
            ..DIR
        };

        #[test]
        fn only_what_the_user_and_root_alone_can_write_is_trusted() {
            let user = Me {
                uid: 1000,
                gid: 1000,
            };
            let root = Me { uid: 0, gid: 0 };
            for (me, found, place, is_trusted, case) in [
                (user, DIR, None, true, "own directory"),
                (
                    user,
                    Facts {
                        mode: 0o40775,
                        ..DIR
                    },
                    None,
                    true,
                    "writable by the user's own group",
                ),
                (
                    user,
                    Facts {
                        mode: 0o40775,
                        gid: 50,
                        ..DIR
                    },
                    None,
                    false,
                    "writable by another group",
                ),
                (
                    user,
                    Facts {
                        mode: 0o42775,
                        uid: 0,
                        gid: 50,
                        ..DIR
                    },
                    None,
                    true,
                    "root chose the group",
                ),
                (
                    user,
                    Facts {
                        mode: 0o40777,
                        ..DIR
                    },
                    None,
                    false,
                    "writable by everyone",
                ),
                (
                    user,
                    Facts {
                        mode: 0o41777,
                        uid: 0,
                        gid: 0,
                        ..DIR
                    },
                    None,
                    true,
                    "/tmp",
                ),
                (
                    user,
                    Facts {
                        uid: 1001,
                        gid: 1001,
                        ..DIR
                    },
                    None,
                    false,
                    "another user's directory",
                ),
                (user, FILE, Some(0), true, "own file in /tmp"),
                (
                    user,
                    Facts {
                        uid: 0,
                        gid: 0,
                        ..FILE
                    },
                    Some(0),
                    true,
                    "root's file",
                ),
                (
                    user,
                    Facts { uid: 1001, ..FILE },
                    Some(0),
                    false,
                    "another user's file in /tmp",
                ),
                (
                    user,
                    Facts {
                        mode: 0o100757,
                        ..FILE
                    },
                    Some(1000),
                    false,
                    "a file that everyone may write",
                ),
                (
                    user,
                    Facts {
                        mode: 0o100775,
                        gid: 50,
                        ..FILE
                    },
                    Some(1000),
                    false,
                    "a file of another group",
                ),
                (
                    user,
                    Facts {
                        mode: 0o120777,
                        is_link: true,
                        ..FILE
                    },
                    Some(1000),
                    true,
                    "a link's mode means nothing",
                ),
                (root, DIR, None, true, "root in a user's directory"),
                (root, FILE, Some(1000), true, "that user's file there"),
                (
                    root,
                    FILE,
                    Some(0),
                    false,
                    "a user's file in root's directory or /tmp",
                ),
                (
                    root,
                    Facts { uid: 1001, ..FILE },
                    Some(1000),
                    false,
                    "a third user's file",
                ),
            ] {
                assert_eq!(me.distrust(found, place).is_none(), is_trusted, "{case}");
            }
        }
    }
}
