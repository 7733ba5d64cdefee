//! Lets pyngrok, the most used library around the agent, drive the stand-in: a check by someone else's eye.

mod cloud;
mod python;

use std::path::Path;
use std::process::Command;

use crate::workspace;

/// The version whose calls the script below makes.
const PYNGROK: &str = "pyngrok==9.1.0";
const SCRIPT: &str = include_str!("peer_check.py");

/// Passes when pyngrok works with the stand-in agent and ngrok's own clients with the loopback cloud.
pub(crate) fn run() -> Result<(), String> {
    let agent = agent();
    cloud::run().and(agent)
}

/// Passes when all calls work, and when pyngrok is not to be had: then it says that it was skipped.
fn agent() -> Result<(), String> {
    let target = workspace::target();
    let scratch = target.join("peer-check");
    let python = match venv(&scratch) {
        Ok(python) => python,
        Err(reason) => {
            println!("peer-check: SKIPPED, nothing was checked: {reason}");
            return Ok(());
        }
    };
    let built = workspace::cargo()
        .args([
            "build",
            "--quiet",
            "-p",
            "ngrok-testkit",
            "--bin",
            "loopback-agent",
        ])
        .status()
        .map_err(|e| format!("cargo build: {e}"))?;
    if !built.success() {
        return Err("the stand-in does not build".to_owned());
    }
    let agent = format!("debug/loopback-agent{}", std::env::consts::EXE_SUFFIX);
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .arg(target.join(agent))
        // Nothing of the user's is read or changed.
        .env("HOME", &scratch)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("NGROK_AUTHTOKEN")
        .env_remove("NGROK_API_KEY")
        .output()
        .map_err(|e| format!("python: {e}"))?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    if output.status.success() {
        return Ok(());
    }
    // Only now: what agents and pyngrok log of their own accord is noise in a run that works.
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err("pyngrok could not work with the stand-in".to_owned())
}

/// The interpreter of a virtual environment with pyngrok in it, made once.
fn venv(scratch: &Path) -> Result<std::path::PathBuf, String> {
    let python = scratch.join(if cfg!(windows) {
        "venv/Scripts/python.exe"
    } else {
        "venv/bin/python"
    });
    let has_pyngrok = || quiet(Command::new(&python).args(["-c", "import pyngrok"]));
    if has_pyngrok().is_ok() {
        return Ok(python);
    }
    let base = if cfg!(windows) { "python" } else { "python3" };
    quiet(
        Command::new(base)
            .args(["-m", "venv"])
            .arg(scratch.join("venv")),
    )
    .map_err(|e| format!("{base} makes no virtual environment: {e}"))?;
    quiet(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "1",
        "--timeout",
        "10",
        PYNGROK,
    ]))
    .map_err(|e| format!("{PYNGROK} is not to be had from PyPI: {e}"))?;
    Ok(python)
}

/// Runs a command; its last line of complaint if it fails.
fn quiet(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(complaint.lines().last().unwrap_or("failed").to_owned())
}
