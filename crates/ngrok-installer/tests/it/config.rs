//! The config file: read, judged, shown and edited, through the public functions.

mod cases;
mod documented;
mod edits;
mod malformed;
mod model;
mod report;
mod verdicts;
mod writers;

use std::path::PathBuf;

/// A token that no error, debug text or masked file may hold.
const PLANTED: &str = "2planted_TOKENthatMustNotShow";

/// A directory of the test's own, with the file in it.
struct Home {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl Home {
    fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ngrok.yml");
        Self {
            _directory: directory,
            path,
        }
    }

    fn with(content: impl AsRef<[u8]>) -> Self {
        let home = Self::empty();
        std::fs::write(&home.path, content).unwrap();
        home
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.path).unwrap()
    }
}

/// Everything that an error says, its causes included.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(" | {inner} {inner:?}"));
        cause = inner.source();
    }
    text
}
