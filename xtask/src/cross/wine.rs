//! Runs programs for Windows under wine, as cargo's runner does: `xtask wine PROGRAM ARGUMENTS…`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use super::debian;
use super::linker::script;
use super::target::{Target, WINDOWS};
use super::toolchain::{Kit, copy, write};

/// Tests that fail under wine and would not on Windows: package and test program, test, reason.
const DIFFERENCES: &str = include_str!("wine-differences.txt");

/// No test program takes longer.
const PATIENCE: Duration = Duration::from_secs(900);

/// What Rust's std calls and wine 8 lacks.
const RANDOM: &str = "#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    return SystemFunction036(data, (ULONG)length);
}
";

/// Gets wine, and tells cargo to run programs with it.
pub(super) fn env(kit: &Kit, target: Target) -> Result<Vec<(String, OsString)>, String> {
    kit.once("wine", || make(kit))?;
    let mut runner = std::env::current_exe()
        .map_err(|e| e.to_string())?
        .into_os_string();
    runner.push(" wine");
    Ok(vec![(target.variable("RUNNER"), runner)])
}

fn folder(kit: &Kit) -> PathBuf {
    kit.folder.join("wine")
}

fn make(kit: &Kit) -> Result<(), String> {
    let wine = folder(kit);
    let needed = debian::with_dependencies("wine64")?;
    let mut packages = vec!["wine64", "libwine", "libz-mingw-w64"];
    packages.extend(needed.iter().map(String::as_str));
    packages.sort_unstable();
    packages.dedup();
    debian::unpack(&wine, &packages)?;
    // Debian's wrapper names a place that this is not unpacked to.
    let server = format!(
        "#!/bin/sh\nexec \"{}/usr/lib/wine/wineserver64\" -p0 \"$@\"\n",
        wine.display()
    );
    script(&wine.join("usr/lib/wine/wineserver"), &server)?;
    let source = wine.join("random.c");
    write(&source, RANDOM)?;
    debian::run(
        Command::new(kit.folder.join("bin/cc-mingw"))
            .args(["-shared", "-O1", "-o"])
            .args([wine.join("bcryptprimitives.dll"), source])
            .arg("-ladvapi32"),
    )?;
    let system = prefix(kit).join("drive_c/windows/system32");
    debian::make(&system)?;
    let zlib = wine.join("usr/x86_64-w64-mingw32/lib/zlib1.dll");
    copy(&zlib, &system.join("zlib1.dll"))?;
    // wine ends with an error when there is no display; what counts is whether it has made its folders.
    let _ = debian::run(command(kit).args(["wineboot", "-i"]));
    let dll = "bcryptprimitives.dll";
    copy(&wine.join(dll), &system.join(dll))
}

/// The user's folder of wine's, with the drive `C:`.
fn prefix(kit: &Kit) -> PathBuf {
    kit.folder.join("wine-prefix")
}

/// wine, to be given a program.
fn command(kit: &Kit) -> Command {
    let wine = folder(kit);
    let libraries = wine.join("usr/lib/x86_64-linux-gnu");
    let mut command = Command::new(wine.join("usr/lib/wine/wine64"));
    command
        .env("WINEPREFIX", prefix(kit))
        .env("WINEARCH", "win64")
        .env("WINEDEBUG", "-all")
        .env("WINELOADER", wine.join("usr/lib/wine/wine64"))
        .env("WINESERVER", wine.join("usr/lib/wine/wineserver64"))
        .env("WINEDLLPATH", libraries.join("wine"))
        .env(
            "WINEDLLOVERRIDES",
            "mscoree=d;mshtml=d;winemenubuilder.exe=d",
        )
        .env("LD_LIBRARY_PATH", &libraries);
    command
}

/// A path of this machine as Windows programs see it.
fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// Runs a test program, or another one, without the tests that only wine fails.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (program, args) = args
        .split_first()
        .ok_or("usage: cargo xtask wine PROGRAM")?;
    let kit = Kit::new()?;
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let skipped = skipped(DIFFERENCES, &package, Path::new(program));
    let mut command = command(&kit);
    command.arg(program).args(args);
    if !skipped.is_empty() {
        command.arg("--exact");
    }
    for test in skipped {
        command.args(["--skip", test]);
    }
    let programs = WINDOWS.programs(&kit);
    command
        .env("NGROK_TESTKIT_BIN_DIR", windows_path(&programs))
        .env_remove("CARGO")
        .env_remove("RUSTC")
        .env_remove("RUSTDOC");
    let status = within(command, PATIENCE)?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} ended with {status}"))
    }
}

fn within(mut command: Command, patience: Duration) -> Result<ExitStatus, String> {
    let mut child = command.spawn().map_err(|e| format!("wine: {e}"))?;
    let end = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        if Instant::now() >= end {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("it did not end within {} s", patience.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How many tests are left out in all.
pub(crate) fn differences() -> usize {
    rows(DIFFERENCES).count()
}

/// The tests of this program that the list names.
fn skipped<'a>(list: &'a str, package: &str, program: &Path) -> Vec<&'a str> {
    let stem = program.file_stem().unwrap_or_default().to_string_lossy();
    // Cargo puts a hash behind the name.
    let name = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name);
    let of = format!("{package}/{name}");
    rows(list)
        .filter(|(program, ..)| *program == of)
        .map(|(_, test, _)| test)
        .collect()
}

/// Program, test and reason of each row.
fn rows(list: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (program, rest) = line.trim().split_once(char::is_whitespace)?;
            let (test, reason) = rest.trim_start().split_once(char::is_whitespace)?;
            Some((program, test, reason.trim()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_by_program() {
        let list = "# comment\n\np/it  a::b  wine has no x\np/it c  y\nq/it d z\n";
        let program = Path::new("/t/deps/it-0123abcd.exe");
        assert_eq!(skipped(list, "p", program), ["a::b", "c"]);
        assert_eq!(skipped(list, "q", program), ["d"]);
        assert!(skipped(list, "r", program).is_empty());
        assert!(skipped(list, "p", Path::new("other-1.exe")).is_empty());
    }

    #[test]
    fn every_row_of_the_list_has_a_reason() {
        for line in DIFFERENCES.lines() {
            let is_row = !line.is_empty() && !line.starts_with('#');
            let reasons = rows(line).filter(|(.., reason)| reason.len() > 10).count();
            assert_eq!(reasons, usize::from(is_row), "{line}");
        }
    }

    #[test]
    fn paths_are_those_of_the_drive_z() {
        assert_eq!(windows_path(Path::new("/a/b c")), r"Z:\a\b c");
    }
}
