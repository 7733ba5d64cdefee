//! Packages of Debian, downloaded and unpacked into a folder: nothing is installed on the system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Downloads the packages and unpacks them into the folder. A name may have a version: `rustc-web=1.96.0`.
pub(crate) fn unpack(into: &Path, packages: &[&str]) -> Result<(), String> {
    let archives = into.join("archives");
    make(&archives)?;
    run(Command::new("apt-get")
        .args(["download", "-qq"])
        .args(packages)
        .current_dir(&archives))?;
    let found = fs::read_dir(&archives).map_err(|e| format!("{}: {e}", archives.display()))?;
    for archive in found.flatten().map(|entry| entry.path()) {
        run(Command::new("dpkg").arg("-x").arg(&archive).arg(into))?;
    }
    // They are as large as what came out of them.
    fs::remove_dir_all(&archives).map_err(|e| format!("{}: {e}", archives.display()))
}

/// The newest version of a package, from lists that are fetched if `is_enough` says that the present ones are too old.
pub(crate) fn newest(package: &str, is_enough: fn(&str) -> bool) -> Result<String, String> {
    if let Some(version) = versions(package)?
        .into_iter()
        .find(|found| is_enough(found))
    {
        return Ok(version);
    }
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    versions(package)?
        .into_iter()
        .find(|found| is_enough(found))
        .ok_or_else(|| format!("Debian has no {package} that is new enough"))
}

fn versions(package: &str) -> Result<Vec<String>, String> {
    Ok(fields(&show(package)?, "Version"))
}

/// What the packages depend on, taken from one of their fields by its beginning.
pub(crate) fn depends(package: &str, prefix: &str) -> Result<String, String> {
    fields(&show(package)?, "Depends")
        .into_iter()
        .next()
        .and_then(|line| {
            line.split([',', '|'])
                .map(|one| one.split_whitespace().next().unwrap_or_default().to_owned())
                .find(|name| name.starts_with(prefix))
        })
        .ok_or_else(|| format!("{package} depends on no {prefix}"))
}

/// Every package that would be installed with this one.
pub(crate) fn with_dependencies(package: &str) -> Result<Vec<String>, String> {
    let output = output(Command::new("apt-get").args([
        "install",
        "--simulate",
        "--no-install-recommends",
        package,
    ]))?;
    let names = output.lines().filter_map(|line| {
        let mut words = line.strip_prefix("Inst ")?.split_whitespace();
        words.next().map(str::to_owned)
    });
    Ok(names.collect())
}

fn show(package: &str) -> Result<String, String> {
    output(Command::new("apt-cache").args(["show", package])).or(Ok(String::new()))
}

/// The values of a field, one for each version.
fn fields(text: &str, field: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| Some(line.strip_prefix(field)?.strip_prefix(": ")?.to_owned()))
        .collect()
}

pub(crate) fn make(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))
}

/// Runs a command that has to succeed.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    output(command).map(|_| ())
}

/// What a command prints that has to succeed.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = PathBuf::from(command.get_program());
    let output = command
        .output()
        .map_err(|e| format!("{}: {e}", name.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!(
        "{} failed with {}: {}",
        name.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_every_version() {
        let text = "Package: a\nVersion: 1.96.0+dfsg1-1\nDepends: b (= 1), c | d\n\nPackage: a\nVersion: 1.85.0\n";
        assert_eq!(fields(text, "Version"), ["1.96.0+dfsg1-1", "1.85.0"]);
        assert_eq!(fields(text, "Depends"), ["b (= 1), c | d"]);
        assert!(fields(text, "Vers").is_empty());
    }
}
