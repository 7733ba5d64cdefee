//! The packages that are published, and who requires whom.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::version::Version;

pub(super) struct Packages {
    published: Vec<Package>,
    manifests: Vec<PathBuf>,
}

pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: Version,
    /// Relative to the root.
    pub(super) manifest: PathBuf,
    /// The published packages that it requires, those for its tests aside.
    pub(super) requires: Vec<String>,
    /// Every package of the workspace that it uses in any way.
    uses: Vec<String>,
}

impl Package {
    /// Its folder, relative to the root.
    pub(super) fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new(""))
    }
}

impl Packages {
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root)
            .output()
            .map_err(|e| format!("cargo metadata: {e}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let metadata: Value =
            serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
        let list = metadata["packages"].as_array().cloned().unwrap_or_default();
        let root = root
            .canonicalize()
            .map_err(|e| format!("{}: {e}", root.display()))?;
        let manifest = |package: &Value| {
            let path = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
            path.strip_prefix(&root)
                .map_or(path.clone(), Path::to_path_buf)
        };
        let mut manifests: Vec<PathBuf> = list.iter().map(manifest).collect();
        manifests.push(PathBuf::from("Cargo.toml"));
        // `publish = false` is an empty list of registries.
        let is_published = |package: &Value| {
            package["publish"]
                .as_array()
                .is_none_or(|to| !to.is_empty())
        };
        let names: Vec<&str> = list
            .iter()
            .filter(|package| is_published(package))
            .filter_map(|package| package["name"].as_str())
            .collect();
        let mut published = Vec::new();
        for package in list.iter().filter(|package| is_published(package)) {
            let dependencies = package["dependencies"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let name = package["name"].as_str().unwrap_or_default();
            let used = |with_dev: bool| {
                let mut used: Vec<String> = dependencies
                    .iter()
                    .filter(|it| with_dev || it["kind"].as_str() != Some("dev"))
                    .filter_map(|it| it["name"].as_str())
                    .filter(|it| names.contains(it) && *it != name)
                    .map(str::to_owned)
                    .collect();
                used.sort();
                used.dedup();
                used
            };
            published.push(Package {
                name: name.to_owned(),
                version: package["version"].as_str().unwrap_or_default().parse()?,
                manifest: manifest(package),
                requires: used(false),
                uses: used(true),
            });
        }
        Ok(Self {
            published,
            manifests,
        })
    }

    /// Every manifest of the workspace, relative to the root.
    pub(super) fn manifests(&self) -> &[PathBuf] {
        &self.manifests
    }

    pub(super) fn find(&self, name: &str) -> Result<&Package, String> {
        let mut found = self.published.iter();
        found
            .find(|package| package.name == name)
            .ok_or_else(|| format!("{name} is not published from this workspace"))
    }

    /// Those that are required stand before those that require them.
    pub(super) fn bottom_up(&self) -> Vec<&Package> {
        let mut sorted: Vec<&Package> = Vec::new();
        while sorted.len() < self.published.len() {
            let next = self.published.iter().find(|package| {
                let is_sorted = |name: &String| sorted.iter().any(|it| it.name == *name);
                !is_sorted(&package.name) && package.requires.iter().all(is_sorted)
            });
            match next {
                Some(package) => sorted.push(package),
                // Cargo refuses a circle, so this is never reached; it ends the loop all the same.
                None => break,
            }
        }
        sorted
    }

    /// The packages that use it, directly or through others, in their tests too.
    pub(super) fn dependants<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut found: Vec<&str> = vec![name];
        loop {
            let next = self.published.iter().find(|package| {
                !found.contains(&package.name.as_str())
                    && package.uses.iter().any(|it| found.contains(&it.as_str()))
            });
            match next {
                Some(package) => found.push(&package.name),
                None => return found.split_off(1),
            }
        }
    }

    /// It and everything published that it requires, lower ones first.
    pub(super) fn with_required(&self, name: &str) -> Vec<&Package> {
        let mut wanted = vec![name.to_owned()];
        let mut at = 0;
        while let Some(next) = wanted.get(at).cloned() {
            at += 1;
            for required in self
                .find(&next)
                .map(|it| it.requires.clone())
                .unwrap_or_default()
            {
                if !wanted.contains(&required) {
                    wanted.push(required);
                }
            }
        }
        let sorted = self.bottom_up().into_iter();
        sorted
            .filter(|package| wanted.contains(&package.name))
            .collect()
    }
}
