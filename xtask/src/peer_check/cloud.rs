//! ngrok's own API clients for Python and Rust, against the loopback cloud.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::python;
use crate::workspace;

/// The official client for Python, and what it needs.
const PYTHON: &[&str] = &["ngrok-api==0.19.0", "requests"];
const PYTHON_SCRIPT: &str = include_str!("cloud/client.py");
/// The page for its users, and what compares its calls with the client.
const PAGE: &str = "docs/from-ngrok-api.md";
const PAGE_SCRIPT: &str = include_str!("cloud/page.py");
/// The official client for Rust, in a package of its own.
const RUST_MANIFEST: &str = include_str!("cloud/client.toml");
const RUST_SOURCE: &str = include_str!("cloud/client.rs");

/// Runs both clients. A client that cannot be had is reported as an error: what was not checked has not passed.
pub(super) fn run() -> Result<(), String> {
    let scratch = workspace::target().join("peer-check");
    let cloud = build_cloud()?;
    let outcomes = [
        ("Python", with_python(&cloud, &scratch)),
        ("Rust", with_rust(&cloud, &scratch)),
    ];
    let problems: Vec<String> = outcomes
        .into_iter()
        .filter_map(|(language, outcome)| Some(format!("{language}: {}", outcome.err()?)))
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "ngrok's own clients and the loopback cloud:\n{}",
        problems.join("\n")
    ))
}

fn build_cloud() -> Result<PathBuf, String> {
    let built = workspace::cargo()
        .args(["build", "--quiet", "-p", "ngrok-testkit"])
        .args(["--bin", "loopback-cloud"])
        .status()
        .map_err(|e| format!("cargo build: {e}"))?;
    if !built.success() {
        return Err("the loopback cloud does not build".to_owned());
    }
    let name = format!("debug/loopback-cloud{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace::target().join(name))
}

fn with_python(cloud: &Path, scratch: &Path) -> Result<(), String> {
    let python = python::venv(&scratch.join("cloud-venv"), PYTHON)
        .map_err(|reason| format!("NOT CHECKED: {reason}"))?;
    let page = workspace::root().join(PAGE);
    finished(Command::new(&python).args(["-c", PAGE_SCRIPT]).arg(page))?;
    let cloud = Cloud::start(cloud)?;
    println!("peer-check: running ngrok-api 0.19.0 for Python");
    finished(cloud.client(Command::new(python).args(["-c", PYTHON_SCRIPT])))
}

fn with_rust(cloud: &Path, scratch: &Path) -> Result<(), String> {
    // The package is outside of this workspace, and what is built stays for the next time.
    let folder = std::env::temp_dir().join(format!("ngrok-peer-check-{}", std::process::id()));
    let source = folder.join("src");
    let write = |path: PathBuf, text: &str| {
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
    };
    fs::create_dir_all(&source).map_err(|e| format!("{}: {e}", source.display()))?;
    let _folder = Removed(folder.clone());
    write(folder.join("Cargo.toml"), RUST_MANIFEST)?;
    write(source.join("main.rs"), RUST_SOURCE)?;
    let target = scratch.join("cloud-rust");
    let cargo = || {
        let mut cargo = workspace::cargo();
        cargo.current_dir(&folder).env("CARGO_TARGET_DIR", &target);
        cargo
    };
    println!("peer-check: building ngrok-api 0.12 for Rust; the first time takes some minutes");
    python::quiet(cargo().args(["fetch", "--quiet"])).map_err(|reason| {
        format!("NOT CHECKED: ngrok-api cannot be had from crates.io: {reason}")
    })?;
    finished(cargo().args(["build", "--quiet"]))
        .map_err(|_| "the client's program does not build".to_owned())?;
    let cloud = Cloud::start(cloud)?;
    println!("peer-check: running ngrok-api 0.12 for Rust");
    let client = format!("debug/peer-check-client{}", std::env::consts::EXE_SUFFIX);
    finished(cloud.client(&mut Command::new(target.join(client))))
}

/// Runs a client and shows what it says.
fn finished(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| e.to_string())?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    if output.status.success() {
        return Ok(());
    }
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err("the client found a difference".to_owned())
}

/// A folder that is removed in the end.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary one harms no one.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A loopback cloud that runs until this is dropped.
struct Cloud {
    child: Child,
    url: String,
    key: String,
}

impl Cloud {
    fn start(program: &Path) -> Result<Self, String> {
        let mut child = Command::new(program)
            .args([
                "--seed",
                r#"tunnel_sessions={"region":"eu","metadata":"m"}"#,
            ])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        let lines: Vec<String> = match child.stdout.take() {
            Some(stdout) => BufReader::new(stdout)
                .lines()
                .take(2)
                .map_while(Result::ok)
                .collect(),
            None => Vec::new(),
        };
        let value = |name: &str| {
            let mut values = lines.iter().filter_map(|line| line.strip_prefix(name));
            values.next().map(str::to_owned)
        };
        let started = value("NGROK_API_URL=").zip(value("NGROK_API_KEY="));
        let mut cloud = Self {
            child,
            url: String::new(),
            key: String::new(),
        };
        (cloud.url, cloud.key) = started.ok_or("the loopback cloud does not start")?;
        Ok(cloud)
    }

    /// Tells a client where the cloud is.
    fn client<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("NGROK_API_URL", &self.url)
            .env("NGROK_API_KEY", &self.key)
            .env("NO_PROXY", "127.0.0.1")
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // It may have ended by itself, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
