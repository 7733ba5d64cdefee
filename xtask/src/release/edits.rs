//! Changes of files that a release takes, computed before any file is touched.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::version::Version;

/// A file and its new text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Relative to the root.
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// The files looked at so far: their text as it is, and as it is to be.
pub(super) struct Edits<'a> {
    root: &'a Path,
    files: BTreeMap<PathBuf, (String, String)>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self {
            root,
            files: BTreeMap::new(),
        }
    }

    pub(super) fn change(
        &mut self,
        path: &Path,
        change: impl FnOnce(&str) -> Result<String, String>,
    ) -> Result<(), String> {
        if !self.files.contains_key(path) {
            let text = fs::read_to_string(self.root.join(path))
                .map_err(|e| format!("{}: {e}", path.display()))?;
            self.files.insert(path.to_path_buf(), (text.clone(), text));
        }
        if let Some((_, text)) = self.files.get_mut(path) {
            *text = change(text).map_err(|reason| format!("{}: {reason}", path.display()))?;
        }
        Ok(())
    }

    /// The files that change.
    pub(super) fn finish(self) -> Vec<Edit> {
        let changed = self
            .files
            .into_iter()
            .filter(|(_, (before, after))| before != after);
        changed
            .map(|(path, (_, text))| Edit { path, text })
            .collect()
    }
}

pub(super) fn apply(root: &Path, edits: &[Edit]) -> Result<(), String> {
    for edit in edits {
        fs::write(root.join(&edit.path), &edit.text)
            .map_err(|e| format!("{}: {e}", edit.path.display()))?;
    }
    Ok(())
}

/// Sets the version of `[package]`.
pub(super) fn set_version(manifest: &str, version: &Version) -> Result<String, String> {
    let mut in_package = false;
    let mut is_set = false;
    let mut text = String::new();
    for line in manifest.split_inclusive('\n') {
        if line.starts_with('[') {
            in_package = line.trim() == "[package]";
        }
        let ending = if line.ends_with('\n') { "\n" } else { "" };
        if in_package && !is_set && line.starts_with("version = \"") {
            text.push_str(&format!("version = \"{version}\"{ending}"));
            is_set = true;
        } else {
            text.push_str(line);
        }
    }
    is_set
        .then_some(text)
        .ok_or_else(|| "[package] has no version of its own".to_owned())
}

/// Sets the version that a manifest requires of `package`, where it names one.
pub(super) fn set_requirement(manifest: &str, package: &str, version: &Version) -> String {
    let mut text = String::new();
    for line in manifest.split_inclusive('\n') {
        let is_requirement = line
            .strip_prefix(package)
            .is_some_and(|rest| rest.trim_start().starts_with('='));
        match is_requirement.then(|| quoted_version(line)).flatten() {
            Some((start, end)) => {
                text.push_str(line.get(..start).unwrap_or_default());
                text.push_str(&version.to_string());
                text.push_str(line.get(end..).unwrap_or_default());
            }
            None => text.push_str(line),
        }
    }
    text
}

/// Where the version stands in `name = { path = "…", version = "0.1.0" }`, without its quotes.
fn quoted_version(line: &str) -> Option<(usize, usize)> {
    const KEY: &str = "version = \"";
    let start = line.find(KEY)? + KEY.len();
    let end = start + line.get(start..)?.find('"')?;
    Some((start, end))
}
