//! A configuration file of our own, for what must not be on the command line.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Call;
use crate::{Error, Result, sys};

/// A file that only this user can read, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Overlay(PathBuf);

impl Overlay {
    /// Writes the text to a new file in `dir`.
    pub(crate) fn write(text: &str, dir: &Path) -> Result<Self> {
        // A name that nobody can foresee; the file must not exist yet in any case.
        let random = RandomState::new().hash_one(std::process::id());
        let path = dir.join(format!("ngrok-overlay-{random:016x}.yml"));
        let fail = |error| Error::io(Call::WriteOverlay, &path, error);
        let mut file = sys::create_private(&path).map_err(fail)?;
        let overlay = Self(path.clone());
        file.write_all(text.as_bytes()).map_err(fail)?;
        Ok(overlay)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        // What cannot be removed is private still.
        let _ = std::fs::remove_file(&self.0);
    }
}
