//! Releases crates: checks that they can be published, raises versions, rolls changelogs, and prints what publishes them.
//!
//! Nothing is uploaded from here. Everything is tried in a scratch copy of the last commit; with `--execute` the changes are
//! then made, committed and tagged in the work tree.

mod changelog;
mod checks;
mod edits;
mod packages;
mod scratch;
mod version;

use std::path::Path;

use crate::workspace;
use edits::Edit;
use packages::{Package, Packages};
use version::{Level, Version};

/// One crate's step from a version to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    package: String,
    old: Version,
    new: Version,
}

const USAGE: &str =
    "usage: cargo xtask release CRATE|all patch|minor|major|X.Y.Z [--dry-run | --execute]";

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let execute = args.iter().any(|arg| arg == "--execute");
    let words: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|arg| !matches!(*arg, "--execute" | "--dry-run"))
        .collect();
    let [target, level] = words[..] else {
        return Err(USAGE.to_owned());
    };
    let level: Level = level.parse()?;
    let root = workspace::root();
    checks::clean_tree(&root)?;
    let packages = Packages::read(&root)?;
    let steps = plan(&packages, target, level)?;
    let edits = edits(&root, &packages, &steps)?;
    show(&steps, &edits, &packages);
    let scratch = scratch::Copy::of(&root)?;
    edits::apply(scratch.root(), &edits)?;
    for step in &steps {
        println!("\n=== {} {}", step.package, step.new);
        checks::tests(scratch.root(), &packages, &step.package)?;
        checks::semver(scratch.root(), step)?;
        checks::package(scratch.root(), &packages, step)?;
    }
    if execute {
        edits::apply(&root, &edits)?;
        checks::commit_and_tag(&root, &steps)?;
    }
    finish(&steps, execute);
    Ok(())
}

/// The steps of a release, lower crates first.
fn plan(packages: &Packages, target: &str, level: Level) -> Result<Vec<Step>, String> {
    let wanted: Vec<&Package> = packages
        .bottom_up()
        .into_iter()
        .filter(|package| target == "all" || package.name == target)
        .collect();
    if wanted.is_empty() {
        let names: Vec<&str> = packages
            .bottom_up()
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        return Err(format!(
            "{target:?} is not a crate that is published; name one of {} or `all`",
            names.join(", ")
        ));
    }
    let step = |package: &Package| {
        let new = level.after(&package.version)?;
        Ok(Step {
            package: package.name.clone(),
            old: package.version.clone(),
            new,
        })
    };
    wanted.into_iter().map(step).collect()
}

/// Every change of a file that the steps take.
fn edits(root: &Path, packages: &Packages, steps: &[Step]) -> Result<Vec<Edit>, String> {
    let mut edits = edits::Edits::new(root);
    for step in steps {
        let package = packages.find(&step.package)?;
        edits.change(&package.manifest, |text| {
            edits::set_version(text, &step.new)
        })?;
        for manifest in packages.manifests() {
            edits.change(manifest, |text| {
                Ok(edits::set_requirement(text, &step.package, &step.new))
            })?;
        }
        let changelog = package.folder().join("CHANGELOG.md");
        edits.change(&changelog, |text| {
            changelog::roll(text, &step.new, &checks::today())
        })?;
    }
    Ok(edits.finish())
}

fn show(steps: &[Step], edits: &[Edit], packages: &Packages) {
    for step in steps {
        println!("{} {} -> {}", step.package, step.old, step.new);
        let dependants = packages.dependants(&step.package);
        if !dependants.is_empty() {
            println!("  required by {}", dependants.join(", "));
        }
    }
    for edit in edits {
        println!("  changes {}", edit.path.display());
    }
}

fn finish(steps: &[Step], executed: bool) {
    println!();
    if !executed {
        println!("Nothing was changed. `--execute` makes the changes, commits and tags them.");
    }
    println!("To publish, in this order:");
    for step in steps {
        let tag = format!("{}-v{}", step.package, step.new);
        println!(
            "  git push origin main {tag} && cargo publish --package {}",
            step.package
        );
    }
}

#[cfg(test)]
mod tests;
