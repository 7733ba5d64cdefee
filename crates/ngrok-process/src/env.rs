//! All that this crate reads of the environment.

use std::path::{Path, PathBuf};

use ngrok_core::mask::secrets_of_url;
use ngrok_core::variables::PROXIES;

use crate::Secret;
use crate::options::{API_KEY, AUTHTOKEN};

/// The secrets that the agent inherits from this program's environment, so that they can be masked.
pub(crate) fn secrets() -> Vec<Secret> {
    let read = |name: &str| std::env::var(name).ok();
    let proxies = PROXIES.into_iter().filter_map(read);
    let in_proxies = proxies.flat_map(|url| secrets_of_url(&url));
    let keys = [AUTHTOKEN, API_KEY].into_iter().filter_map(read);
    keys.map(Secret::new).chain(in_proxies).collect()
}

/// The authtoken that the agent inherits from this program's environment, as it is written there.
pub(crate) fn authtoken() -> Option<Secret> {
    std::env::var(AUTHTOKEN).ok().map(Secret::new)
}

/// Where temporary files go.
pub(crate) fn temp_dir() -> PathBuf {
    std::env::temp_dir()
}

/// The path seen from the root. A bare name becomes a file of the working directory, not one of `PATH`.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
