//! The compiler for other systems: rustup's where that has the target, else one made of Debian's packages.
//!
//! Debian's `rustc-web` is a current rustc that comes with the source of its standard library. It is unpacked into a folder of
//! its own, so it is in the way of no other toolchain. std is built for each target once, with a crate that holds nothing,
//! and goes into that compiler's sysroot; the project itself is then built by plain stable cargo, without `-Z` flags.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian::{self, make};
use super::target::{Runs, Target};
use super::{linker, wine};
use crate::workspace;

/// Where the pieces are.
#[derive(Clone, Debug)]
pub(crate) struct Kit {
    /// What is fetched and made once for all clones: `NGROK_CROSS_DIR`, else a folder of the user's cache.
    pub(crate) folder: PathBuf,
    /// What is built of this clone.
    pub(crate) output: PathBuf,
}

/// The oldest compiler that the project takes.
const OLDEST: u32 = 89;

impl Kit {
    pub(crate) fn new() -> Result<Self, String> {
        let variable = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let cache = variable("XDG_CACHE_HOME")
            .or_else(|| Some(std::env::home_dir()?.join(".cache")))
            .map(|cache| cache.join("ngrok-cross"));
        let folder = variable("NGROK_CROSS_DIR")
            .or(cache)
            .ok_or("there is no home directory; NGROK_CROSS_DIR names a folder")?;
        make(&folder)?;
        Ok(Self {
            folder,
            output: workspace::target().join("cross"),
        })
    }

    /// Debian's compiler, with mingw-w64.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// Makes a piece once: the file `done` of its folder says that it is whole.
    pub(crate) fn once(
        &self,
        piece: &str,
        make_it: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let done = self.folder.join(format!("{piece}.done"));
        if done.is_file() {
            return Ok(());
        }
        eprintln!("cross: making {piece} in {}", self.folder.display());
        make_it().map_err(|e| format!("{piece}: {e}"))?;
        fs::write(&done, "").map_err(|e| format!("{}: {e}", done.display()))
    }
}

/// A compiler that can build for one target.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    kit: Kit,
    target: Target,
    /// The folder of cargo, cargo-clippy and rustc, if it is not the one that `cargo` is found in.
    own: bool,
    env: Vec<(String, OsString)>,
}

impl Toolchain {
    /// Finds or makes all that is needed to build for the target.
    pub(crate) fn of(kit: &Kit, target: Target) -> Result<Self, String> {
        let own = !has_rustup_target(target);
        if own {
            kit.once("root", || compiler(kit))?;
        }
        let mut toolchain = Self {
            kit: kit.clone(),
            target,
            own,
            env: linker::env(kit, target)?,
        };
        if own {
            kit.once(&format!("std-{}", target.triple), || toolchain.build_std())?;
        }
        if target.runs == Runs::UnderWine {
            toolchain.env.extend(wine::env(kit, target)?);
        }
        Ok(toolchain)
    }

    /// `cargo VERB --locked --target …`, to be run in the workspace.
    pub(crate) fn cargo(&self, verb: &str) -> Command {
        let mut command = self.bare(verb);
        command
            .current_dir(workspace::root())
            .env("CARGO_TARGET_DIR", &self.kit.output)
            // These builds are made once and then thrown away.
            .env("CARGO_INCREMENTAL", "0")
            .args(["--locked", "--target", self.target.triple]);
        command
    }

    fn bare(&self, verb: &str) -> Command {
        let mut command = if self.own {
            let bin = self.kit.root().join("usr/bin");
            // rustup's cargo would look for its own clippy.
            let program = if verb == "clippy" {
                "cargo-clippy"
            } else {
                "cargo"
            };
            let mut command = Command::new(bin.join(program));
            command
                .env("PATH", with_first(&bin))
                .env(
                    "LD_LIBRARY_PATH",
                    self.kit.root().join("usr/lib/x86_64-linux-gnu"),
                )
                .env("RUSTC", bin.join("rustc"))
                .env("RUSTDOC", bin.join("rustdoc"));
            command
        } else {
            Command::new("cargo")
        };
        for name in [
            "RUSTUP_TOOLCHAIN",
            "RUSTFLAGS",
            "CARGO",
            "CARGO_ENCODED_RUSTFLAGS",
        ] {
            command.env_remove(name);
        }
        if !self.own {
            command.env_remove("RUSTC").env_remove("RUSTDOC");
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.arg(verb);
        command
    }

    /// Builds std and puts it into the sysroot. Its bitcode is kept for a profile with link-time optimisation.
    fn build_std(&self) -> Result<(), String> {
        let triple = self.target.triple;
        let folder = self.kit.folder.join("std");
        make(&folder.join("src"))?;
        let manifest = "[package]\nname = \"std-of-target\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
                        [profile.release]\ndebug = 0\n";
        write(&folder.join("Cargo.toml"), manifest)?;
        write(&folder.join("src/lib.rs"), "")?;
        let built = folder.join("target").join(triple);
        let mut build = self.bare("build");
        build
            .args(["--release", "--target", triple])
            .arg("-Zbuild-std=std,panic_unwind,panic_abort,test,proc_macro")
            // For std alone; nothing of the project is built with it.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .current_dir(&folder);
        debian::run(&mut build)?;
        let library = self
            .kit
            .root()
            .join("usr/lib/rustlib")
            .join(triple)
            .join("lib");
        make(&library)?;
        for file in files(&built.join("release/deps"))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(".rlib") && !name.starts_with("libstd_of_target") {
                copy(&file, &library.join(&*name))?;
            }
        }
        if triple.ends_with("windows-gnu") {
            self.start_files(&library)?;
        }
        fs::remove_dir_all(&built).map_err(|e| format!("{}: {e}", built.display()))
    }

    /// The two objects that a program for Windows begins and ends with.
    fn start_files(&self, library: &Path) -> Result<(), String> {
        let root = self.kit.root();
        let source = files(&root.join("usr/src"))?
            .into_iter()
            .find(|path| path.join("library/rtstartup").is_dir())
            .ok_or("the source of std has no library/rtstartup")?;
        for half in ["rsbegin", "rsend"] {
            let mut rustc = Command::new(root.join("usr/bin/rustc"));
            rustc
                .args(["--target", self.target.triple, "--emit=obj", "-o"])
                .arg(library.join(format!("{half}.o")))
                .arg(source.join(format!("library/rtstartup/{half}.rs")))
                .env("RUSTC_BOOTSTRAP", "1")
                .env("LD_LIBRARY_PATH", root.join("usr/lib/x86_64-linux-gnu"))
                .env_remove("RUSTUP_TOOLCHAIN");
            debian::run(&mut rustc)?;
        }
        Ok(())
    }
}

/// Whether rustup has the target, or can get it.
fn has_rustup_target(target: Target) -> bool {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", target.triple]);
    debian::run(&mut rustup).is_ok()
}

/// rustc, cargo, clippy and the source of std.
fn compiler(kit: &Kit) -> Result<(), String> {
    let version = debian::newest("rustc-web", is_new_enough)?;
    let of = |package: &str| format!("{package}={version}");
    // The library's package has the version in its name.
    let library = debian::depends(&of("libstd-rust-web-dev"), "libstd-rust-web-")?;
    let llvm = debian::depends(&of(&library), "libllvm")?;
    let packages = [
        of("rustc-web"),
        of("cargo-web"),
        of("rust-web-clippy"),
        of("rust-web-src"),
        of("libstd-rust-web-dev"),
        of(&library),
        llvm,
    ];
    let further = [
        "libgit2-1.5",
        "libhttp-parser2.9",
        "libmbedcrypto7",
        "libmbedtls14",
        "libmbedx509-1",
    ];
    let all: Vec<&str> = packages.iter().map(String::as_str).chain(further).collect();
    debian::unpack(&kit.root(), &all)
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next(), parts.next().unwrap_or(0)) >= (Some(1), OLDEST)
}

/// `PATH` with this folder before the others.
fn with_first(folder: &Path) -> OsString {
    let mut path = OsString::from(folder);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to)
        .map(|_| ())
        .map_err(|e| format!("{}: {e}", from.display()))
}

/// The files of a folder, sorted.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_compilers_are_not_taken() {
        for (version, expected) in [
            ("1.96.0+dfsg1-1~deb12u2", true),
            ("1.89.0", true),
            ("1.85.0+dfsg3-1~deb12u3", false),
            ("2.0.0", true),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
