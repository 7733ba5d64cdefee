//! Tests of releases on a scratch repository: a small workspace of three published crates and one that is not.

use std::fs;
use std::path::PathBuf;

use super::scratch::git;
use super::*;

struct Repository(PathBuf);

impl Repository {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("release-test-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let repository = Self(root);
        repository.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"low\", \"middle\", \"other\", \"private\"]\n\n[workspace.dependencies]\nlow = { path = \"low\", version = \"0.1.0\" }\nmiddle = { path = \"middle\", version = \"0.3.0\" }\nother = { path = \"other\", version = \"1.0.0\" }\n",
        );
        for (name, version, rest) in [
            ("low", "0.1.0", ""),
            ("middle", "0.3.0", "[dependencies]\nlow.workspace = true\n"),
            (
                "other",
                "1.0.0",
                "[dev-dependencies]\nmiddle.workspace = true\n",
            ),
            (
                "private",
                "0.0.1",
                "[dependencies]\nlow = { path = \"../low\", version = \"0.1.0\" }\n",
            ),
        ] {
            let publish = if name == "private" {
                "publish = false\n"
            } else {
                ""
            };
            repository.write(
                &format!("{name}/Cargo.toml"),
                &format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n{publish}\n{rest}"),
            );
            repository.write(&format!("{name}/src/lib.rs"), "");
            repository.write(
                &format!("{name}/CHANGELOG.md"),
                "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.0.9 (2026-01-01)\n\n- Old.\n",
            );
        }
        git(&repository.0, &["init", "--quiet"]).unwrap();
        repository
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// Plans and applies a release; returns the files that changed.
    fn release(&self, target: &str, level: &str) -> Result<Vec<String>, String> {
        let packages = Packages::read(&self.0)?;
        let steps = plan(&packages, target, level.parse()?)?;
        let edits = edits(&self.0, &packages, &steps)?;
        edits::apply(&self.0, &edits)?;
        Ok(edits
            .iter()
            .map(|edit| edit.path.display().to_string().replace('\\', "/"))
            .collect())
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn raising_one_crate_touches_it_and_those_that_require_it_and_nothing_else() {
    let repository = Repository::new("one");
    let changed = repository.release("low", "minor").unwrap();
    assert_eq!(
        changed,
        [
            "Cargo.toml",
            "low/CHANGELOG.md",
            "low/Cargo.toml",
            "private/Cargo.toml"
        ]
    );
    assert!(
        repository
            .read("low/Cargo.toml")
            .contains("version = \"0.2.0\"")
    );
    let root = repository.read("Cargo.toml");
    assert!(
        root.contains("low = { path = \"low\", version = \"0.2.0\" }"),
        "{root}"
    );
    assert!(
        root.contains("version = \"0.3.0\"") && root.contains("version = \"1.0.0\""),
        "{root}"
    );
    assert!(
        repository
            .read("private/Cargo.toml")
            .contains("version = \"0.2.0\"")
    );
    let changelog = repository.read("low/CHANGELOG.md");
    assert!(
        changelog.contains("## Unreleased\n\n## 0.2.0 ("),
        "{changelog}"
    );
    assert!(changelog.contains(")\n\n- New.\n\n## 0.0.9"), "{changelog}");
    // Cargo reads the result, and finds the new version where the old one was required.
    let packages = Packages::read(&repository.0).unwrap();
    assert_eq!(packages.find("low").unwrap().version.to_string(), "0.2.0");
}

#[test]
fn lower_crates_come_first_and_dependants_are_known_through_their_tests_too() {
    let repository = Repository::new("order");
    let packages = Packages::read(&repository.0).unwrap();
    let steps = plan(&packages, "all", Level::Patch).unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step.package.as_str()).collect();
    assert!(names.iter().position(|it| *it == "low") < names.iter().position(|it| *it == "middle"));
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(packages.dependants("low"), ["middle", "other"]);
    assert_eq!(packages.dependants("other"), Vec::<&str>::new());
}

#[test]
fn what_cannot_be_released_is_refused_with_the_reason() {
    let repository = Repository::new("refused");
    for (target, level, reason) in [
        ("private", "patch", "not a crate that is published"),
        ("nope", "patch", "not a crate that is published"),
        ("low", "huge", "not a version such as"),
        ("low", "0.1.0", "not above 0.1.0"),
        ("low", "0.0.9", "not above"),
    ] {
        let error = repository.release(target, level).unwrap_err();
        assert!(error.contains(reason), "{target} {level}: {error}");
    }
    repository.release("low", "patch").unwrap();
    let error = repository.release("low", "patch").unwrap_err();
    assert!(error.contains("nothing to release"), "{error}");
    repository.write(
        "low/CHANGELOG.md",
        "## Unreleased\n\n- More.\n\n## 0.1.2 (2026-01-01)\n",
    );
    let error = repository.release("low", "patch").unwrap_err();
    assert!(error.contains("already"), "{error}");
}

#[test]
fn levels_raise_the_right_number() {
    let old: Version = "1.2.3".parse().unwrap();
    for (level, new) in [
        ("patch", "1.2.4"),
        ("minor", "1.3.0"),
        ("major", "2.0.0"),
        ("4.0.0", "4.0.0"),
    ] {
        let level: Level = level.parse().unwrap();
        assert_eq!(level.after(&old).unwrap().to_string(), new);
    }
    for bad in ["1.2", "1.2.3.4", "a.b.c", ""] {
        assert!(bad.parse::<Version>().is_err(), "{bad}");
    }
}

#[test]
fn today_is_a_date() {
    let today = checks::today();
    assert!(
        today.as_str() > "2026-01-01" && today.len() == 10,
        "{today}"
    );
}
