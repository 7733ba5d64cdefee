//! What has to hold before a crate is published: tests, compatibility, and the package by itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;

use super::Step;
use super::packages::Packages;
use super::scratch::git;
use crate::workspace;

pub(super) fn clean_tree(root: &Path) -> Result<(), String> {
    if git(root, &["status", "--porcelain"])?.is_empty() {
        Ok(())
    } else {
        Err("the work tree has changes: commit or stash them".to_owned())
    }
}

/// Today's date in UTC, as changelogs have it.
pub(super) fn today() -> String {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    // Days since 1970 to a date of the Gregorian calendar, in eras of 400 years that begin in March.
    let day = i64::try_from(seconds / 86_400).unwrap_or(0) + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The tests of the crate and of all that use it.
pub(super) fn tests(root: &Path, packages: &Packages, name: &str) -> Result<(), String> {
    let mut args = vec!["test", "--all-features", "--package", name];
    for dependant in packages.dependants(name) {
        args.extend(["--package", dependant]);
    }
    cargo(root, &args)
}

/// Compares the public interface with the last release, if there was one and the tool is installed.
pub(super) fn semver(root: &Path, step: &Step) -> Result<(), String> {
    let tag = format!("{}-v{}", step.package, step.old);
    if git(root, &["rev-parse", "--verify", "--quiet", &tag]).is_err() {
        println!("semver: there is no tag {tag}, so there is nothing to compare with");
        return Ok(());
    }
    let has_tool = Command::new("cargo")
        .args(["semver-checks", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_tool {
        println!("semver: NOT CHECKED, the tool is missing: cargo install cargo-semver-checks");
        return Ok(());
    }
    cargo(
        root,
        &[
            "semver-checks",
            "--package",
            &step.package,
            "--baseline-rev",
            &tag,
        ],
    )
}

/// Packs the crate with those that it requires, and builds and tests the package by itself: unpacked, outside of the
/// workspace, with its siblings as they are packed too.
pub(super) fn package(root: &Path, packages: &Packages, step: &Step) -> Result<(), String> {
    let wanted = packages.with_required(&step.package);
    let mut args = vec!["package", "--no-verify", "--allow-dirty"];
    for package in &wanted {
        args.extend(["--package", &package.name]);
    }
    cargo(root, &args)?;
    let built = workspace::target().join("package");
    let place = std::env::temp_dir().join(format!("ngrok-package-{}", std::process::id()));
    let outcome = alone(root, &built, &place, &step.package);
    let _ = fs::remove_dir_all(&place);
    outcome
}

fn alone(root: &Path, built: &Path, place: &Path, name: &str) -> Result<(), String> {
    fs::create_dir_all(place).map_err(|e| format!("{}: {e}", place.display()))?;
    let mut patches = Vec::new();
    let mut folder = None;
    for package in super::Packages::read(root)?.with_required(name) {
        let stem = format!("{}-{}", package.name, package.version);
        let archive = built.join(format!("{stem}.crate"));
        let file = File::open(&archive).map_err(|e| format!("{}: {e}", archive.display()))?;
        let mut archive = tar::Archive::new(GzDecoder::new(file));
        archive.unpack(place).map_err(|e| format!("{stem}: {e}"))?;
        let unpacked = place.join(&stem);
        if package.name == name {
            review(&unpacked)?;
            folder = Some(unpacked);
        } else {
            patches.push(format!(
                "patch.crates-io.{}.path={:?}",
                package.name,
                unpacked.display().to_string()
            ));
        }
    }
    let folder = folder.ok_or_else(|| format!("{name} was not packed"))?;
    let mut args = vec!["test".to_owned(), "--all-features".to_owned()];
    for patch in patches {
        args.extend(["--config".to_owned(), patch]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    cargo(&folder, &args)
}

/// What a package must hold and must not.
fn review(folder: &Path) -> Result<(), String> {
    for file in [
        "README.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "src/lib.rs",
    ] {
        if !folder.join(file).exists() {
            return Err(format!("the package has no {file}"));
        }
    }
    let stray: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.ends_with("tests") || path.ends_with("fixtures") || path.ends_with("target")
        })
        .collect();
    if stray.is_empty() {
        Ok(())
    } else {
        Err(format!("the package holds {stray:?}"))
    }
}

/// Commits the changes and tags them, a tag for each crate.
pub(super) fn commit_and_tag(root: &Path, steps: &[Step]) -> Result<(), String> {
    // The lock file names the workspace's versions too.
    cargo(root, &["update", "--workspace", "--offline"])?;
    let names: Vec<String> = steps
        .iter()
        .map(|step| format!("{} {}", step.package, step.new))
        .collect();
    git(
        root,
        &[
            "commit",
            "--all",
            "--quiet",
            "--message",
            &format!("Release {}", names.join(", ")),
        ],
    )?;
    for step in steps {
        let tag = format!("{}-v{}", step.package, step.new);
        git(root, &["tag", &tag])?;
        println!("tagged {tag}");
    }
    Ok(())
}

fn cargo(root: &Path, args: &[&str]) -> Result<(), String> {
    let line = format!("cargo {}", args.join(" "));
    println!("$ {line}");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(args)
        .current_dir(root)
        .env("CARGO_TARGET_DIR", workspace::target())
        .status()
        .map_err(|e| format!("{line}: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` failed with {status}"))
    }
}
