//! Where the workspace is, and how commands are run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The library crates.
pub(crate) const CRATES: [&str; 6] = [
    "ngrok-core",
    "ngrok-installer",
    "ngrok-localapi",
    "ngrok-process",
    "ngrok-cloudapi",
    "ngrok-facade",
];

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where Cargo builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The `cargo` that runs us, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}
