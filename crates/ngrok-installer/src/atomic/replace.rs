//! Giving a finished file its name, on systems that refuse to replace a file that is in use.
//!
//! Unix replaces any file. Windows refuses while a program runs from the file, or while another process has it open and
//! does not share it. A program that runs can be renamed, so it is moved aside. Data is never moved aside, since a
//! writer that is killed between the two renames would leave no file under the name: the reader is waited for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use tempfile::TempPath;

use ngrok_core::Deadline;

/// What a file holds, which decides what may happen to it when the system refuses to replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A program, which may be running.
    Program,
    /// Anything else.
    Data,
}

/// How long Windows is given to release a file: a virus scanner opens every new file for a moment, and readers of a
/// configuration file close it soon.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(10);

/// How many old programs may be running at the same time, each under a name of its own.
const MOST_ASIDE: u32 = 16;

/// The calls that systems differ in; a test brings those of another system.
#[derive(Clone, Copy)]
pub(super) struct Files {
    rename: fn(&Path, &Path) -> io::Result<()>,
    /// Whether a file that is in use cannot be replaced. Only then can a file have been moved aside; elsewhere a file of
    /// that name is the user's.
    refuses_busy: bool,
}

impl Files {
    pub(super) fn of_system() -> Self {
        Self {
            // On Windows this replaces a file that others have open, if they share it for deletion.
            rename: |from, to| fs::rename(from, to),
            refuses_busy: cfg!(windows),
        }
    }

    /// Gives `from` the name `target`. If that fails, `from` is removed and `target` is as it was.
    pub(super) fn replace(self, from: TempPath, target: &Path, content: Content) -> io::Result<()> {
        // Kept, so that Windows no longer marks it as temporary, and guarded again.
        let from = TempPath::try_from_path(from.keep().map_err(|kept| kept.error)?)?;
        let deadline = Deadline::after(PATIENCE);
        loop {
            let Err(error) = (self.rename)(&from, target) else {
                return Ok(());
            };
            if !self.is_busy(&error) {
                return Err(error);
            }
            if content == Content::Program && self.move_aside_for(&from, target).is_ok() {
                return Ok(());
            }
            if deadline.is_over() {
                return Err(error);
            }
            thread::sleep(deadline.remaining_or(PAUSE));
        }
    }

    /// Access denied (5), sharing violation (32), lock violation (33), user-mapped section open (1224).
    fn is_busy(self, error: &io::Error) -> bool {
        self.refuses_busy && matches!(error.raw_os_error(), Some(5 | 32 | 33 | 1224))
    }

    /// Moves the program aside that runs, so that its name is free for the new one.
    fn move_aside_for(self, from: &Path, target: &Path) -> io::Result<()> {
        let aside = aside_paths(target)
            .find(|path| fs::remove_file(path).is_ok() || !path.exists())
            .ok_or(io::ErrorKind::ResourceBusy)?;
        (self.rename)(target, &aside)?;
        (self.rename)(from, target).inspect_err(|_| {
            // If even that fails, the next writer brings it back.
            let _ = (self.rename)(&aside, target);
        })?;
        // It fails as long as the old program runs.
        let _ = fs::remove_file(&aside);
        Ok(())
    }

    /// Removes the programs that were moved aside and have ended. If nothing has the name of the target, a writer was
    /// killed between its two renames, and the newest of them gets its name back.
    pub(super) fn clear_aside(self, target: &Path, content: Content) {
        if !self.refuses_busy {
            return;
        }
        let asides = || aside_paths(target).filter(|path| is_file(path));
        if fs::symlink_metadata(target).is_err()
            && let Some(newest) = asides().max_by_key(|path| modified(path))
        {
            let _ = (self.rename)(&newest, target);
        }
        // Beside data a file of that name is the user's.
        if content == Content::Program && is_file(target) {
            for aside in asides() {
                let _ = fs::remove_file(aside);
            }
        }
    }
}

/// `ngrok.exe.locked`, `ngrok.exe.1.locked` and so on.
fn aside_paths(target: &Path) -> impl Iterator<Item = PathBuf> {
    (0..MOST_ASIDE).map(|n| {
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        if n > 0 {
            name.push(format!(".{n}"));
        }
        name.push(".locked");
        target.with_file_name(name)
    })
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system that refuses to replace a file of a folder in which there is a file `busy`.
    const WINDOWS: Files = Files {
        rename: |from, to| {
            if to.exists() && to.with_file_name("busy").exists() {
                return Err(io::Error::from_raw_os_error(32));
            }
            fs::rename(from, to)
        },
        refuses_busy: true,
    };

    const UNIX: Files = Files {
        rename: WINDOWS.rename,
        refuses_busy: false,
    };

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with(files: &[(&str, &str)]) -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            for (name, text) in files {
                fs::write(folder.path(name), text).unwrap();
            }
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn temp(&self) -> TempPath {
            let file = tempfile::NamedTempFile::new_in(&self.0).unwrap();
            fs::write(&file, "new").unwrap();
            file.into_temp_path()
        }

        /// Names and contents, sorted.
        fn found(&self) -> Vec<(String, String)> {
            let mut found: Vec<_> = fs::read_dir(&self.0)
                .unwrap()
                .map(|entry| {
                    let entry = entry.unwrap();
                    let name = entry.file_name().into_string().unwrap();
                    (name, fs::read_to_string(entry.path()).unwrap())
                })
                .collect();
            found.sort();
            found
        }
    }

    fn files(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        expected.iter().map(own).collect()
    }

    #[test]
    fn a_running_program_is_moved_aside_and_data_that_is_read_never() {
        let folder = Folder::with(&[("busy", ""), ("ngrok.exe", "old")]);
        let target = folder.path("ngrok.exe");
        WINDOWS
            .replace(folder.temp(), &target, Content::Program)
            .unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");

        let folder = Folder::with(&[("busy", ""), ("ngrok.yml", "old")]);
        let refused = WINDOWS.replace(folder.temp(), &folder.path("ngrok.yml"), Content::Data);
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(32));
        assert_eq!(folder.found(), files(&[("busy", ""), ("ngrok.yml", "old")]));

        let folder = Folder::with(&[("busy", ""), ("ngrok", "old")]);
        let refused = UNIX.replace(folder.temp(), &folder.path("ngrok"), Content::Program);
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(32));
        assert_eq!(folder.found(), files(&[("busy", ""), ("ngrok", "old")]));
    }

    #[test]
    fn a_reader_is_waited_for() {
        let folder = Folder::with(&[("busy", ""), ("ngrok.yml", "old")]);
        let busy = folder.path("busy");
        let reader = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            fs::remove_file(busy).unwrap();
        });
        let target = folder.path("ngrok.yml");
        WINDOWS
            .replace(folder.temp(), &target, Content::Data)
            .unwrap();
        reader.join().unwrap();
        assert_eq!(folder.found(), files(&[("ngrok.yml", "new")]));
    }

    #[test]
    fn a_failed_replacement_puts_the_old_program_back() {
        let folder = Folder::with(&[("busy", ""), ("ngrok.exe", "old")]);
        let temp = folder.temp();
        fs::remove_file(&temp).unwrap();
        let target = folder.path("ngrok.exe");
        assert!(WINDOWS.move_aside_for(&temp, &target).is_err());
        let expected = files(&[("busy", ""), ("ngrok.exe", "old")]);
        assert_eq!(folder.found(), expected);
    }

    #[test]
    fn what_a_killed_writer_moved_aside_comes_back() {
        for content in [Content::Program, Content::Data] {
            let folder = Folder::with(&[("ngrok.locked", "old")]);
            WINDOWS.clear_aside(&folder.path("ngrok"), content);
            assert_eq!(folder.found(), files(&[("ngrok", "old")]), "{content:?}");
        }
        // The one that was moved last, when others run still.
        let folder = Folder::with(&[("ngrok.locked", "older"), ("ngrok.1.locked", "old")]);
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let older = fs::File::options()
            .write(true)
            .open(folder.path("ngrok.locked"));
        older.unwrap().set_modified(hour_ago).unwrap();
        WINDOWS.clear_aside(&folder.path("ngrok"), Content::Program);
        assert_eq!(folder.found(), files(&[("ngrok", "old")]));
    }

    #[test]
    fn only_old_programs_are_removed_and_on_unix_nothing_is_touched() {
        let both = [("ngrok", "new"), ("ngrok.locked", "old")];
        for (system, content, left) in [
            (WINDOWS, Content::Program, 1),
            (WINDOWS, Content::Data, 2),
            (UNIX, Content::Program, 2),
            (UNIX, Content::Data, 2),
        ] {
            let folder = Folder::with(&both);
            system.clear_aside(&folder.path("ngrok"), content);
            let case = format!("{} {content:?}", system.refuses_busy);
            assert_eq!(folder.found(), files(&both[..left]), "{case}");
        }
        let folder = Folder::with(&both[1..]);
        UNIX.clear_aside(&folder.path("ngrok"), Content::Data);
        assert_eq!(folder.found(), files(&both[1..]));
    }
}
