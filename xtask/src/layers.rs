//! Fails on any arrow between the crates that the design does not allow.
//!
//! `cargo metadata --no-deps` lists normal, build and optional dependencies whatever features are on, so nothing hides behind a feature.

use serde::Deserialize;

use crate::workspace;

/// Who may depend on whom. Test packages and xtask are listed too: of ours, the kit stands on core alone.
const ALLOWED: &[(&str, &[&str])] = &[
    ("ngrok-core", &[]),
    ("ngrok-installer", &["ngrok-core"]),
    ("ngrok-localapi", &["ngrok-core"]),
    ("ngrok-cloudapi", &["ngrok-core"]),
    ("ngrok-process", &["ngrok-core", "ngrok-localapi"]),
    (
        "ngrok-facade",
        &[
            "ngrok-core",
            "ngrok-installer",
            "ngrok-process",
            "ngrok-localapi",
            "ngrok-cloudapi",
        ],
    ),
    ("ngrok-testkit", &["ngrok-core"]),
    ("ngrok-edge", &[]),
    ("xtask", &[]),
];

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
    Ok(forbidden_arrows(&metadata))
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
                {"name":"ngrok-core","manifest_path":"m","dependencies":[]},
                {"name":"ngrok-installer","manifest_path":"/w/installer/Cargo.toml","dependencies":[
                    {"name":"ngrok-core","kind":null},
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
}
