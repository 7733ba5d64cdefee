//! All that this crate reads of the environment.

use std::path::PathBuf;

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
