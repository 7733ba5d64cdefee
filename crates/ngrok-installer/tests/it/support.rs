//! What the tests have in common: archives, a scripted download host, and places to install to.

pub(crate) mod archives;
#[cfg(feature = "download")]
pub(crate) mod host;
#[cfg(feature = "download")]
pub(crate) mod tls;

use std::fs;
use std::path::{Path, PathBuf};

use ngrok_installer::{Environment, Error, Installer, InstallerBuilder, Platform};
use tempfile::TempDir;

/// An own directory with a place for the binary, gone with the test.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dir }
    }

    /// Where the binary goes.
    pub(crate) fn binary(&self) -> PathBuf {
        self.dir.path().join("bin/ngrok")
    }

    /// An installer's options for this place: Linux on x86-64, and nothing of the real environment.
    pub(crate) fn builder(&self) -> InstallerBuilder {
        builder(&self.binary())
    }

    /// A file with that content, outside the directory of the binary.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The names in the directory of the binary, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        names_in(self.binary().parent().unwrap())
    }
}

pub(crate) fn builder(binary: &Path) -> InstallerBuilder {
    Installer::builder()
        .path(binary)
        .platform(Platform::from_names("linux", "x86_64").unwrap())
        .environment(Environment::empty())
}

pub(crate) fn names_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The error and all its causes, as a person would read them.
pub(crate) fn whole_text(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
