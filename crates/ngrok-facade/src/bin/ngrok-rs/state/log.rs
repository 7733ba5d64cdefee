//! The agent's log in a file that does not grow without end.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::directory;

/// After this many bytes, the file is set aside and a new one begun; one older file is kept.
const MOST: usize = 1024 * 1024;

/// A file for the lines of an agent's log. Clones write to the same file.
#[derive(Clone, Debug)]
pub(crate) struct LogFile(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: File,
    written: usize,
}

impl LogFile {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = directory::private_file(&path)?;
        Ok(Self(Arc::new(Mutex::new(Inner {
            path,
            file,
            written: 0,
        }))))
    }

    /// Adds a line. One that cannot be written is dropped: the agent must go on.
    pub(crate) fn write(&self, line: &str) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.written > MOST {
            let _ = fs::rename(&inner.path, older(&inner.path));
            if let Ok(file) = directory::private_file(&inner.path) {
                inner.file = file;
            }
            inner.written = 0;
        }
        let line = format!("{line}\n");
        inner.written += line.len();
        let _ = inner.file.write_all(line.as_bytes());
    }
}

fn older(path: &Path) -> PathBuf {
    path.with_extension("log.1")
}

/// Returns the files that a log consists of, older lines first.
pub(super) fn paths_of(path: &Path) -> Vec<PathBuf> {
    [older(path), path.to_owned()]
        .into_iter()
        .filter(|path| path.exists())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("7.log");
        let log = LogFile::create(path.clone()).unwrap();
        let line = "x".repeat(1000);
        for _ in 0..3000 {
            log.write(&line);
        }
        log.write("the last one");
        let kept: u64 = paths_of(&path)
            .iter()
            .map(|path| fs::metadata(path).unwrap().len())
            .sum();
        assert!((1_000_000..2_200_000).contains(&kept), "{kept}");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("the last one\n"));
    }
}
