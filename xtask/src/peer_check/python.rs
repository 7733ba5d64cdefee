//! Python with packages from PyPI, in virtual environments under `target`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of a virtual environment with these packages in it, made once.
pub(super) fn venv(folder: &Path, packages: &[&str]) -> Result<PathBuf, String> {
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let has_all = || {
        let mut show = Command::new(&python);
        quiet(show.args(["-m", "pip", "show", "--quiet"]).args(packages))
    };
    if has_all().is_ok() {
        return Ok(python);
    }
    let base = if cfg!(windows) { "python" } else { "python3" };
    quiet(Command::new(base).args(["-m", "venv"]).arg(folder))
        .map_err(|e| format!("{base} makes no virtual environment: {e}"))?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--retries", "1", "--timeout", "10"])
        .args(packages);
    let names = packages.join(", ");
    quiet(&mut install).map_err(|e| format!("{names} cannot be had from PyPI: {e}"))?;
    Ok(python)
}

/// Runs a command; its last line of complaint if it fails.
pub(super) fn quiet(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(complaint.lines().last().unwrap_or("failed").to_owned())
}
