//! A copy of the last commit in which a release is tried, removed when it is dropped.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) struct Copy {
    of: PathBuf,
    root: PathBuf,
}

impl Copy {
    pub(super) fn of(root: &Path) -> Result<Self, String> {
        let copy = Self {
            of: root.to_path_buf(),
            root: std::env::temp_dir().join(format!("ngrok-release-{}", std::process::id())),
        };
        let path = copy.root.display().to_string();
        git(
            root,
            &["worktree", "add", "--quiet", "--detach", &path, "HEAD"],
        )?;
        Ok(copy)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let path = self.root.display().to_string();
        if let Err(reason) = git(&self.of, &["worktree", "remove", "--force", &path]) {
            eprintln!("release: {path} is left behind: {reason}");
        }
    }
}

pub(super) fn git(root: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args(args)
        .current_dir(root)
        .output()
        .map_err(|e| format!("git {}: {e}", args.join(" ")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let reason = String::from_utf8_lossy(&output.stderr);
        Err(format!("git {}: {}", args.join(" "), reason.trim()))
    }
}
