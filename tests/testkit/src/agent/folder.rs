//! A private folder with a configuration file in it, which is removed at the end.

use std::io;
use std::path::{Path, PathBuf};

use super::ids;

/// A folder that no one else has.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("ngrok-testkit-{}", ids::hex(16)));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // An existing folder is an error: it would be another's.
        builder.create(&path)?;
        Ok(Self { path })
    }

    /// Writes the configuration file.
    pub(crate) fn write(&self, text: &str) -> io::Result<()> {
        std::fs::write(self.config(), text)
    }

    /// The path of the configuration file.
    pub(crate) fn config(&self) -> PathBuf {
        self.path.join("ngrok.yml")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for temporary files, where the system removes it.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
