//! House rules that neither rustfmt nor clippy knows: what every file and every crate has.

mod links;
mod manifests;

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace;

/// The most lines of a file written by hand.
const LONGEST: usize = 500;

pub(crate) fn run() -> Result<(), String> {
    let problems = check(&workspace::root())?;
    if problems.is_empty() {
        println!("tidy: nothing to say");
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

fn check(root: &Path) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for folder in ["crates", "tests", "xtask"] {
        for file in rust_files(&root.join(folder))? {
            let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            problems.extend(judge(&file.display().to_string(), &text));
        }
    }
    for package in workspace::CRATES {
        let folder = root.join("crates").join(package);
        for name in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            if !folder.join(name).exists() {
                problems.push(format!("{package} has no {name}"));
            }
        }
    }
    problems.extend(links::check(root)?);
    problems.extend(manifests::check(root)?);
    Ok(problems)
}

fn judge(file: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let generated = file.contains("/src/generated/");
    let first = text
        .lines()
        .find(|line| !line.is_empty() && !line.starts_with("// "));
    if !first.is_some_and(|line| line.starts_with("//!") || line.starts_with("#!")) {
        problems.push(format!(
            "{file} does not open with a `//!` line that says its job"
        ));
    }
    let lines = text.lines().count();
    if lines > LONGEST && !generated {
        problems.push(format!("{file} has {lines} lines: split it by jobs"));
    }
    problems
}

/// Every `.rs` file below `folder`, sorted.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry
            .map_err(|e| format!("{}: {e}", folder.display()))?
            .path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                files.extend(rust_files(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        assert_eq!(
            check(&workspace::root()).expect("readable"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_file_without_its_first_line_or_too_long_is_named() {
        assert_eq!(judge("a.rs", "fn main() {}\n").len(), 1);
        assert!(judge("a.rs", "//! Job.\n").is_empty());
        let long = format!("//! Job.\n{}", "\n".repeat(LONGEST));
        assert_eq!(judge("a.rs", &long).len(), 1);
        assert!(judge("crates/x/src/generated/a.rs", &long).is_empty());
    }
}
