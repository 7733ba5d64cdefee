//! Finding the programs that a test starts: `cargo test` alone builds no other package's binary.

use std::collections::HashMap;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The variable that names a loopback agent built beforehand.
pub const AGENT_BIN_VAR: &str = "NGROK_TESTKIT_AGENT";

/// The variable that names a folder of programs built beforehand, for where no cargo can be run.
const BIN_DIR_VAR: &str = "NGROK_TESTKIT_BIN_DIR";

/// Returns the path of the program `loopback-agent`, for tests of the start itself. Others are faster with
/// [`LoopbackAgent`](crate::LoopbackAgent), which needs no program.
///
/// It is the file that the environment variable `NGROK_TESTKIT_AGENT` names, or the program of that name in the folder that
/// `NGROK_TESTKIT_BIN_DIR` names. Without them, it is built once per process by a nested `cargo build`, which is announced
/// on stderr.
/// To spare a suite of many processes that step, build once and set the variable,
/// or make a program of your own from [`agent_main`](crate::agent_main) and take its path from `env!("CARGO_BIN_EXE_…")`.
///
/// # Panics
/// When the build fails: a test cannot go on without it, and cargo's output says why.
#[must_use]
pub fn agent_bin() -> PathBuf {
    if let Some(path) = std::env::var_os(AGENT_BIN_VAR) {
        return path.into();
    }
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    built(
        "loopback-agent",
        &[
            "--manifest-path",
            &manifest.to_string_lossy(),
            "--bin",
            "loopback-agent",
        ],
    )
}

/// A program of the workspace that the running test belongs to, built once per process by a nested `cargo build`.
///
/// # Panics
/// When the build fails.
#[must_use]
pub fn workspace_bin(package: &str, bin: &str, features: &[&str]) -> PathBuf {
    let features = features.join(",");
    built(
        bin,
        &["--package", package, "--bin", bin, "--features", &features],
    )
}

/// Paths by the arguments that built them. Held while building, so that parallel tests build once.
static BUILT: Mutex<Option<HashMap<Vec<String>, PathBuf>>> = Mutex::new(None);

#[expect(
    clippy::panic,
    reason = "a helper of tests: the panic is the test's failure"
)]
fn built(bin: &str, args: &[&str]) -> PathBuf {
    if let Some(folder) = std::env::var_os(BIN_DIR_VAR) {
        let name = format!("{bin}{}", std::env::consts::EXE_SUFFIX);
        return Path::new(&folder).join(name);
    }
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    let key: Vec<String> = args.iter().map(ToString::to_string).collect();
    if let Some(path) = built.get(&key) {
        return path.clone();
    }
    match build(bin, args) {
        Ok(path) => built.entry(key).or_insert(path).clone(),
        Err(reason) => panic!("cargo build of {bin}: {reason}"),
    }
}

fn build(bin: &str, args: &[&str]) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(args);
    if let Some(target) = target() {
        command.arg("--target-dir").arg(target);
    }
    announce(bin, &command);
    // It can take minutes, so a person sees cargo's progress.
    if std::io::stderr().is_terminal() {
        command.stderr(Stdio::inherit());
    }
    let output = command.output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| {
            message
                .pointer("/target/name")
                .is_some_and(|name| name == bin)
        })
        .find_map(|message| Some(message.get("executable")?.as_str()?.into()))
        .ok_or_else(|| "it named no program".to_owned())
}

/// Says what takes so long. Written past the capture of the test harness, which shows nothing until a test has ended.
fn announce(bin: &str, command: &Command) {
    let arguments: Vec<_> = command
        .get_args()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let _ = writeln!(
        std::io::stderr(),
        "ngrok-testkit: building {bin} once for this process: cargo {} (set {AGENT_BIN_VAR} to the path of a loopback-agent to spare its build)",
        arguments.join(" ")
    );
}

/// The folder in which the running test was built: there much of the work is done already,
/// while a package that lies in Cargo's registry must not get a `target` of its own.
fn target() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let mut folders = test.ancestors();
    folders
        .find(|folder| folder.join("CACHEDIR.TAG").exists())
        .map(Path::to_path_buf)
}
