//! Where the real agent's binary is.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A binary to use instead of the one that `cargo xtask real-agent` puts in place.
const OVERRIDE: &str = "NGROK_REAL_AGENT";
/// Set to make a missing agent a failure, as CI does.
const REQUIRED: &str = "NGROK_REAL_AGENT_REQUIRED";

/// The real agent's binary: `NGROK_REAL_AGENT`, else what `cargo xtask real-agent` has put or now puts into `target/`.
///
/// Without one it says so on the process's standard error, once and past the test harness's capture, and answers `None`: the test should return.
///
/// # Panics
///
/// If there is none and `NGROK_REAL_AGENT_REQUIRED` is set, to anything but `0`.
pub fn real_agent() -> Option<PathBuf> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let found = find();
        if let Err(reason) = &found {
            let _ = writeln!(
                std::io::stderr(),
                "\n*** SKIPPED: tests with the real ngrok agent did not run: {reason}\n*** (`cargo xtask real-agent` fetches it, NGROK_REAL_AGENT=/path/to/ngrok names one)\n"
            );
        }
        found
    });
    let required = env::var(REQUIRED).is_ok_and(|value| !value.is_empty() && value != "0");
    match found {
        Ok(path) => Some(path.clone()),
        #[allow(
            clippy::panic,
            reason = "a test fails by panicking, and it was asked to"
        )]
        Err(reason) if required => panic!("{REQUIRED} is set, but {reason}"),
        Err(_) => None,
    }
}

fn find() -> Result<PathBuf, String> {
    if let Some(path) = env::var_os(OVERRIDE).filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!("{OVERRIDE} names no file: {}", path.display()))
        };
    }
    // The command is quick once the agent is in place, and knows where that is.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--package", "xtask", "--", "real-agent"])
        .current_dir(workspace)
        .output()
        .map_err(|e| format!("`cargo xtask real-agent` could not be run: {e}"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        return Err(reason.trim().to_owned());
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}
