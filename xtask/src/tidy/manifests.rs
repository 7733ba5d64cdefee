//! Manifests agree: every package inherits the workspace's Rust version, licence and edition, and each published one has a
//! changelog that knows its version.

use std::fs;
use std::path::Path;

/// What no manifest may set by itself.
const INHERITED: [&str; 3] = ["edition", "rust-version", "license"];

/// A sentence for each manifest that differs.
pub(super) fn check(root: &Path) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for folder in ["crates", "tests"] {
        let folder = root.join(folder);
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries.filter_map(Result::ok) {
            let manifest = entry.path().join("Cargo.toml");
            let Ok(text) = fs::read_to_string(&manifest) else {
                continue;
            };
            let changelog = fs::read_to_string(entry.path().join("CHANGELOG.md")).ok();
            let shown = manifest
                .strip_prefix(root)
                .unwrap_or(&manifest)
                .display()
                .to_string();
            problems.extend(judge(&shown, &text, changelog.as_deref()));
        }
    }
    problems.sort();
    Ok(problems)
}

fn judge(shown: &str, manifest: &str, changelog: Option<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    for key in INHERITED {
        if !manifest
            .lines()
            .any(|line| line == format!("{key}.workspace = true"))
        {
            problems.push(format!(
                "{shown}: write `{key}.workspace = true`, so that all crates agree"
            ));
        }
    }
    if manifest.lines().any(|line| line == "publish = false") {
        return problems;
    }
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .unwrap_or_default();
    let is_known = |text: &str| {
        text.lines().any(|line| {
            line == "## Unreleased"
                || line
                    .strip_prefix("## ")
                    .is_some_and(|title| title.split(' ').next() == Some(version))
        })
    };
    if !changelog.is_some_and(is_known) {
        problems.push(format!(
            "{shown}: its CHANGELOG.md has neither a heading for {version} nor `## Unreleased`"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: &str = "[package]\nversion = \"0.1.0\"\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n";

    #[test]
    fn a_manifest_that_goes_its_own_way_is_named() {
        assert!(judge("a", FINE, Some("# Changelog\n\n## 0.1.0 (2026-11-25)\n")).is_empty());
        assert!(judge("a", FINE, Some("## Unreleased\n")).is_empty());
        assert_eq!(judge("a", FINE, Some("## 0.1.01\n")).len(), 1);
        assert_eq!(judge("a", FINE, None).len(), 1);
        assert!(judge("a", &format!("{FINE}publish = false\n"), None).is_empty());
        let own = FINE.replace("rust-version.workspace = true", "rust-version = \"1.90\"");
        assert!(judge("a", &own, Some("## Unreleased\n"))[0].contains("rust-version"));
    }
}
