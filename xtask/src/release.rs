//! What has to hold before a crate is published, and the commands that publish it.
//!
//! Crates are released one by one, lower ones first. Nothing is uploaded from here: the last step is printed, for a person to run.

use std::fs;
use std::process::Command;

use serde::Deserialize;

use crate::workspace;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
    kind: Option<String>,
}

/// Checks `package` and builds its archive; prints what is left to do.
pub(crate) fn run(package: Option<&str>) -> Result<(), String> {
    let Some(name) = package.filter(|name| workspace::CRATES.contains(name)) else {
        return Err(format!(
            "name one of {}, lower ones first",
            workspace::CRATES.join(", ")
        ));
    };
    let metadata = metadata()?;
    let package = metadata
        .packages
        .iter()
        .find(|p| p.name == name)
        .ok_or_else(|| format!("{name} is not in the workspace"))?;
    clean_tree()?;
    let changelog = workspace::root()
        .join("crates")
        .join(name)
        .join("CHANGELOG.md");
    let text =
        fs::read_to_string(&changelog).map_err(|e| format!("{}: {e}", changelog.display()))?;
    changelog_names(&text, &package.version)
        .map_err(|reason| format!("{}: {reason}", changelog.display()))?;
    siblings_match(package, &metadata)?;
    run_all(name, &package.version)
}

fn metadata() -> Result<Metadata, String> {
    let output = workspace::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))
}

fn clean_tree() -> Result<(), String> {
    let output = Command::new("git")
        .args(["status", "--porcelain"])
        .current_dir(workspace::root())
        .output()
        .map_err(|e| format!("git status: {e}"))?;
    if output.status.success() && output.stdout.is_empty() {
        Ok(())
    } else {
        Err("the work tree has changes: commit or stash them".to_owned())
    }
}

/// The changelog must have exactly one heading for the version, and nothing left under 'Unreleased'.
fn changelog_names(text: &str, version: &str) -> Result<(), String> {
    let heading = format!("## {version}");
    let found = text
        .lines()
        .filter(|line| *line == heading || line.starts_with(&format!("{heading} ")))
        .count();
    if found != 1 {
        return Err(format!("{found} headings `{heading}`, one is needed"));
    }
    let unreleased = text
        .lines()
        .skip_while(|line| !line.starts_with("## Unreleased"))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .any(|line| !line.trim().is_empty());
    if unreleased {
        return Err(format!(
            "lines under `## Unreleased`: move them under `{heading}`"
        ));
    }
    Ok(())
}

/// A crate that is published must ask for the versions of its siblings that stand in the workspace.
fn siblings_match(package: &Package, metadata: &Metadata) -> Result<(), String> {
    for dependency in &package.dependencies {
        let sibling = metadata
            .packages
            .iter()
            .find(|p| p.name == dependency.name && workspace::CRATES.contains(&p.name.as_str()));
        let Some(sibling) = sibling else { continue };
        let wanted = format!("^{}", sibling.version);
        if dependency.kind.as_deref() != Some("dev") && dependency.req != wanted {
            return Err(format!(
                "{} asks for {} {}, the workspace has {}: change [workspace.dependencies]",
                package.name, sibling.name, dependency.req, sibling.version
            ));
        }
    }
    Ok(())
}

fn run_all(name: &str, version: &str) -> Result<(), String> {
    for args in [
        vec!["test", "--package", name, "--all-features"],
        vec!["package", "--package", name, "--no-verify", "--list"],
    ] {
        let status = workspace::cargo()
            .args(&args)
            .status()
            .map_err(|e| format!("cargo {}: {e}", args.join(" ")))?;
        if !status.success() {
            return Err(format!("`cargo {}` failed", args.join(" ")));
        }
    }
    println!("\n{name} {version} is ready:");
    println!("  cargo publish --package {name}");
    println!("  git tag {name}-v{version} && git push origin {name}-v{version}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changelog_needs_one_heading_for_the_version_and_nothing_unreleased() {
        let ready = "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-11-21)\n\n- New.\n";
        assert_eq!(changelog_names(ready, "0.2.0"), Ok(()));
        assert!(changelog_names(ready, "0.3.0").is_err());
        let left = "## Unreleased\n\n- Late.\n\n## 0.2.0\n";
        assert!(changelog_names(left, "0.2.0").is_err_and(|reason| reason.contains("Unreleased")));
        assert!(changelog_names("## 0.2.01\n", "0.2.0").is_err());
    }

    #[test]
    fn a_stale_sibling_requirement_is_named() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"packages":[
                {"name":"ngrok-localapi","version":"0.2.0","dependencies":[]},
                {"name":"ngrok-process","version":"0.1.0","dependencies":[
                    {"name":"ngrok-localapi","req":"^0.1.0","kind":null}]}]}"#,
        )
        .expect("valid");
        let reason = siblings_match(&metadata.packages[1], &metadata).expect_err("stale");
        assert!(reason.contains("ngrok-localapi ^0.1.0"), "{reason}");
    }
}
