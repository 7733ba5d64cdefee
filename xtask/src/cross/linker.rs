//! C compilers and linkers: mingw-w64 for Windows, zig for every other system.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian::{self, make};
use super::target::{Runs, Target};
use super::toolchain::{Kit, write};

/// The variables that let cargo compile C code and link for the target, and run what needs an emulator.
pub(super) fn env(kit: &Kit, target: Target) -> Result<Vec<(String, OsString)>, String> {
    let triple = target.triple.replace('-', "_");
    let (compiler, archiver) = match target.zig {
        Some(zig) => zig_cc(kit, target, zig)?,
        None => mingw(kit)?,
    };
    let mut env = vec![
        (format!("CC_{triple}"), compiler.clone().into()),
        (format!("AR_{triple}"), archiver.into()),
        (target.variable("LINKER"), compiler.into()),
    ];
    if target.is_musl() {
        // zig has the C library's start files, which Debian's compiler has not.
        let flags = "-C link-self-contained=no";
        env.push((target.variable("RUSTFLAGS"), flags.into()));
    }
    if target.runs == Runs::UnderQemu {
        env.push((target.variable("RUNNER"), qemu(kit)?.into()));
    }
    Ok(env)
}

/// Debian's mingw-w64.
fn mingw(kit: &Kit) -> Result<(PathBuf, PathBuf), String> {
    let root = kit.root();
    kit.once("mingw", || {
        debian::unpack(
            &root,
            &[
                "binutils-mingw-w64-x86-64",
                "gcc-mingw-w64-base",
                "mingw-w64-common",
                "mingw-w64-x86-64-dev",
                "gcc-mingw-w64-x86-64-win32-runtime",
                "gcc-mingw-w64-x86-64-win32",
            ],
        )
    })?;
    let bin = root.join("usr/bin");
    // A wrapper, since gcc looks for its assembler on PATH.
    let compiler = kit.folder.join("bin/cc-mingw");
    let text = format!(
        "#!/bin/sh\nPATH=\"{bin}:$PATH\" exec \"{bin}/x86_64-w64-mingw32-gcc-win32\" \"$@\"\n",
        bin = bin.display()
    );
    script(&compiler, &text)?;
    Ok((compiler, bin.join("x86_64-w64-mingw32-ar")))
}

/// zig, which has the headers and libraries of many systems, from PyPI; cargo-zigbuild's front end takes out the arguments of
/// rustc's that zig does not know.
fn zig_cc(kit: &Kit, target: Target, zig: &str) -> Result<(PathBuf, PathBuf), String> {
    let python = kit.folder.join("py");
    kit.once("py", || {
        let pip =
            "python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore";
        let mut words = pip.split(' ');
        debian::run(
            Command::new(words.next().unwrap_or_default())
                .args(words)
                .arg("--target")
                .arg(&python)
                .args(["ziglang", "cargo-zigbuild"]),
        )
    })?;
    let cache = kit.folder.join("zig-cache");
    let python = python.display();
    let compiler = kit.folder.join(format!("bin/cc-{}", target.name));
    let text = format!(
        "#!/bin/sh\n\
         export PATH=\"{python}/bin:$PATH\" ZIG_GLOBAL_CACHE_DIR=\"{cache}\" ZIG_LOCAL_CACHE_DIR=\"{cache}\"\n\
         export CARGO_ZIGBUILD_ZIG_PATH=\"{python}/ziglang/zig\" CARGO_ZIGBUILD_CACHE_DIR=\"{cache}\"\n\
         exec cargo-zigbuild zig cc -- -target {zig} \"$@\"\n",
        cache = cache.display()
    );
    script(&compiler, &text)?;
    let archiver = kit.folder.join("bin/ar-zig");
    let text = format!(
        "#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR=\"{cache}\"\nexec \"{python}/ziglang/zig\" ar \"$@\"\n",
        cache = cache.display()
    );
    script(&archiver, &text)?;
    Ok((compiler, archiver))
}

fn qemu(kit: &Kit) -> Result<PathBuf, String> {
    let folder = kit.folder.join("qemu");
    kit.once("qemu", || debian::unpack(&folder, &["qemu-user-static"]))?;
    Ok(folder.join("usr/bin/qemu-aarch64-static"))
}

/// Writes a program of the shell, unless it is there already: another run may be using it.
pub(super) fn script(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    write(path, text)?;
    // The permissions of Unix are set where there are some; the toolchain is made nowhere else.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}
