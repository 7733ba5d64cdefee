//! Fails on any arrow between the crates that the design does not allow, and on shared files whose copies differ.
//!
//! `cargo metadata --no-deps` lists normal, build and optional dependencies whatever features are on, so nothing hides behind a feature.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::workspace;

/// Who may depend on whom. Test packages and xtask are listed too: the kit stands on none of the five.
const ALLOWED: &[(&str, &[&str])] = &[
    ("ngrok-installer", &[]),
    ("ngrok-localapi", &[]),
    ("ngrok-cloudapi", &[]),
    ("ngrok-process", &["ngrok-localapi"]),
    (
        "ngrok-facade",
        &[
            "ngrok-installer",
            "ngrok-process",
            "ngrok-localapi",
            "ngrok-cloudapi",
        ],
    ),
    ("ngrok-testkit", &[]),
    ("ngrok-edge", &[]),
    ("xtask", &[]),
];

/// Files that stand in several crates, byte for byte, since a sixth crate would tie all versions together.
const COPIES: &[&str] = &["secret.rs", "deadline.rs", "resolver.rs"];

#[derive(Deserialize)]
pub(crate) struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

pub(crate) fn run() -> Result<(), String> {
    let problems = check()?;
    if problems.is_empty() {
        println!("layers: every arrow is allowed, every copy is the same");
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// All that is wrong, a sentence each.
fn check() -> Result<Vec<String>, String> {
    let output = workspace::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
    let mut problems = forbidden_arrows(&metadata);
    problems.extend(differing_copies(&workspace::root())?);
    Ok(problems)
}

fn forbidden_arrows(metadata: &Metadata) -> Vec<String> {
    let members: Vec<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let mut problems: Vec<String> = ALLOWED
        .iter()
        .filter(|(name, _)| !members.contains(name))
        .map(|(name, _)| format!("{name} is in the table of layers but not in the workspace"))
        .collect();
    for package in &metadata.packages {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
            continue;
        };
        for dependency in &package.dependencies {
            let is_dev = dependency.kind.as_deref() == Some("dev");
            let name = dependency.name.as_str();
            if !is_dev && members.contains(&name) && !allowed.contains(&name) {
                problems.push(format!(
                    "{}: {} must not depend on {name} (docs/ARCHITECTURE.md, 'The arrows')",
                    package.manifest_path, package.name
                ));
            }
        }
    }
    problems
}

fn differing_copies(root: &Path) -> Result<Vec<String>, String> {
    let mut crates: Vec<_> = fs::read_dir(root.join("crates"))
        .map_err(|e| format!("crates: {e}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    crates.sort();
    let mut problems = Vec::new();
    for copy in COPIES {
        let mut first: Option<(String, Vec<u8>)> = None;
        for dir in &crates {
            let path = dir.join("src").join(copy);
            let Ok(bytes) = fs::read(&path) else { continue };
            let path = path.display().to_string();
            match &first {
                None => first = Some((path, bytes)),
                Some((model, expected)) if *expected != bytes => problems.push(format!(
                    "{path} differs from {model}: the copies must stay the same byte for byte"
                )),
                Some(_) => {}
            }
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_its_layers() {
        assert_eq!(check().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn an_upward_and_a_sideways_arrow_are_named_with_their_manifest() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"packages":[
                {"name":"ngrok-installer","manifest_path":"/w/installer/Cargo.toml","dependencies":[
                    {"name":"ngrok-facade","kind":null},
                    {"name":"ngrok-localapi","kind":"build"},
                    {"name":"ngrok-testkit","kind":"dev"},
                    {"name":"serde","kind":null}]},
                {"name":"ngrok-process","manifest_path":"/w/process/Cargo.toml","dependencies":[
                    {"name":"ngrok-localapi","kind":null}]},
                {"name":"ngrok-localapi","manifest_path":"m","dependencies":[]},
                {"name":"ngrok-cloudapi","manifest_path":"m","dependencies":[]},
                {"name":"ngrok-facade","manifest_path":"m","dependencies":[]},
                {"name":"ngrok-testkit","manifest_path":"m","dependencies":[]},
                {"name":"ngrok-edge","manifest_path":"m","dependencies":[]},
                {"name":"xtask","manifest_path":"m","dependencies":[]}]}"#,
        )
        .unwrap();
        let problems = forbidden_arrows(&metadata);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(
            problems
                .iter()
                .all(|p| p.starts_with("/w/installer/Cargo.toml"))
        );
        assert!(problems[0].contains("ngrok-facade"));
        assert!(problems[1].contains("ngrok-localapi"));
    }

    #[test]
    fn copies_that_differ_are_named() {
        let root = std::env::temp_dir().join(format!("layers-{}", std::process::id()));
        for (name, text) in [("a", "one"), ("b", "two")] {
            let src = root.join("crates").join(name).join("src");
            fs::create_dir_all(&src).unwrap();
            fs::write(src.join("secret.rs"), text).unwrap();
        }
        let problems = differing_copies(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("b/src/secret.rs"));
    }
}
