//! pyngrok's own test suite, from its source package on PyPI, against the stand-in agent.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::python;
use crate::workspace;

/// The source package, and the SHA-256 of its archive.
const NAME: &str = "pyngrok-9.1.0";
const SHA256: &str = "8d9a521d3df29ad3f41523be13f1ef0790592605764d87605937aab20ff67daa";
/// What the package and its tests import.
const NEEDED: &[&str] = &["PyYAML", "psutil"];
const SCRIPT: &str = include_str!("agent.py");

/// Fails on every test that fails and is not on the list of expected differences in `agent.py`.
pub(super) fn run() -> Result<(), String> {
    let scratch = workspace::target().join("peer-check");
    let got = python::venv(&scratch.join("agent-venv"), NEEDED)
        .and_then(|python| Ok((source(&python, &scratch)?, python)));
    let (source, python) = match got {
        Ok(found) => found,
        Err(reason) => {
            println!("peer-check: SKIPPED, pyngrok was not run: {reason}");
            return Ok(());
        }
    };
    let agent = build_agent()?;
    let home = scratch.join("home");
    fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    println!("peer-check: running the tests of {NAME}; they take some two minutes");
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .args([&agent, &source])
        // Nothing of the user's is read or changed.
        .env("HOME", &home)
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .map_err(|e| format!("python: {e}"))?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    if output.status.success() {
        return Ok(());
    }
    // Only now: what agents and pyngrok log of their own accord is noise in a run that works.
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err("the tests of pyngrok found a difference that is not expected".to_owned())
}

fn build_agent() -> Result<PathBuf, String> {
    let built = workspace::cargo()
        .args(["build", "--quiet", "-p", "ngrok-testkit"])
        .args(["--bin", "loopback-agent"])
        .status()
        .map_err(|e| format!("cargo build: {e}"))?;
    if !built.success() {
        return Err("the stand-in does not build".to_owned());
    }
    let agent = format!("debug/loopback-agent{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace::target().join(agent))
}

/// The folder of the unpacked source package, made anew: its tests leave files behind.
fn source(python: &Path, scratch: &Path) -> Result<PathBuf, String> {
    let archive = scratch.join(format!("{NAME}.tar.gz"));
    if !archive.is_file() {
        let requirement = NAME.replace('-', "==");
        let mut download = Command::new(python);
        download
            .args(["-m", "pip", "download", "--quiet", "--no-deps"])
            .args([
                "--disable-pip-version-check",
                "--retries",
                "1",
                "--timeout",
                "10",
            ])
            .args(["--no-binary", "pyngrok", "--dest"])
            .arg(scratch)
            .arg(&requirement);
        python::quiet(&mut download)
            .map_err(|e| format!("the source of {requirement} cannot be had from PyPI: {e}"))?;
    }
    let mut bytes = Vec::new();
    File::open(&archive)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|e| format!("{}: {e}", archive.display()))?;
    let digest = Sha256::digest(&bytes);
    let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if found != SHA256 {
        return Err(format!(
            "{} has the SHA-256 {found}, not {SHA256}",
            archive.display()
        ));
    }
    let folder = scratch.join(NAME);
    let _ = fs::remove_dir_all(&folder);
    tar::Archive::new(GzDecoder::new(bytes.as_slice()))
        .unpack(scratch)
        .map_err(|e| format!("{}: {e}", archive.display()))?;
    Ok(folder)
}
