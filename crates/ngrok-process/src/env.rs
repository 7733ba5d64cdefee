//! All that this crate reads of the environment.

use std::path::{Path, PathBuf};

use crate::Secret;
use crate::options::{API_KEY, AUTHTOKEN};

/// The secrets that the agent inherits from this program's environment, so that they can be masked.
pub(crate) fn secrets() -> Vec<Secret> {
    [AUTHTOKEN, API_KEY]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .map(Secret::new)
        .collect()
}

/// Where temporary files go.
pub(crate) fn temp_dir() -> PathBuf {
    std::env::temp_dir()
}

/// The path seen from the root. A bare name becomes a file of the working directory, not one of `PATH`.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
