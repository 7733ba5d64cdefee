//! The examples of the READMEs and of docs that open a tunnel, built as programs and run with the real agent.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use ngrok_testkit::Upstream;

use crate::support::{edge_or_skip, public, ready_agent, until};

/// A page, a phrase that only the example meant has, and the program's name.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("README.md", "local_api.requests()", "readme"),
    ("crates/ngrok-facade/README.md", "close_on_drop", "facade"),
    ("crates/ngrok-facade/README.md", "work.yml", "handles"),
    (
        "crates/ngrok-localapi/README.md",
        "replay_and_wait",
        "localapi",
    ),
    ("crates/ngrok-process/README.md", "Agent::start", "process"),
    ("docs/from-pyngrok.md", "connect_all", "pyngrok"),
    ("docs/from-pyngrok.md", "refresh_metrics", "metrics"),
    ("docs/from-pyngrok.md", "Err(Error::Agent(error))", "errors"),
];

/// Examples that open a tunnel and do not run here, and why.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "docs/from-pyngrok.md",
        "ConfigVersion::V3",
        "endpoints need an agent of version 3",
    ),
    (
        "docs/from-pyngrok.md",
        "Source::pinned()",
        "it downloads from ngrok",
    ),
    (
        "tests/testkit/README.md",
        "LoopbackAgent",
        "it is about the stand-in",
    ),
    (
        "docs/testing.md",
        "LoopbackAgent",
        "it is about the stand-in, and runs as a doctest of e2e",
    ),
    (
        "docs/testing.md",
        "agent_bin",
        "it is about the stand-in, and runs as a doctest of e2e",
    ),
];

/// What opens a tunnel, or starts the agent that does.
const OPENERS: &[&str] = &[
    "connect(",
    "connect_all(",
    "tunnels().start(",
    "Agent::start(",
];

const OUR_FILE: &str = ".config_path(\"ngrok.yml\")";

const MANIFEST: &str = r#"
[package]
name = "page-examples"
version = "0.0.0"
edition = "2024"

[dependencies]
ngrok-facade = { path = "CRATES/ngrok-facade" }
ngrok-localapi = { path = "CRATES/ngrok-localapi" }
ngrok-process = { path = "CRATES/ngrok-process" }

[profile.dev]
debug = "line-tables-only"

[workspace]
"#;

fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

/// The page's blocks of Rust.
fn blocks(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```rust").skip(1).map(|rest| {
        let (_, block) = rest.split_once('\n').unwrap();
        block.split("```").next().unwrap().to_owned()
    });
    blocks.collect()
}

/// The block of the page that holds the phrase, as a program.
fn program(page: &str, phrase: &str) -> String {
    let mut blocks = blocks(&workspace().join(page)).into_iter();
    let block = blocks.find(|block| block.contains(phrase));
    let block = block.unwrap_or_else(|| panic!("{page} has no example with {phrase:?}"));
    if block.contains("fn main()") {
        return block;
    }
    // As rustdoc does it.
    format!("fn main() {{\n{block}\n}}")
}

/// The example with the test's binary, addresses and configuration file in the place of the reader's own.
fn with_ours(example: &str, binary: &Path, api_url: &str, port: u16) -> String {
    let binary = format!("\"{}\"", binary.display());
    let example = example
        .replace("http://127.0.0.1:4040", api_url)
        .replace("8080", &port.to_string())
        .replace("Config::builder()", &format!("Config::builder(){OUR_FILE}"))
        .replace("\"/usr/local/bin/ngrok\")", &format!("{binary}){OUR_FILE}"));
    // The agent of version 2 looks for its default file below the user's home, whatever the environment says.
    let default = "ngrok_facade::set_default_config(ngrok_facade::Config::builder()";
    let default = format!("{default}{OUR_FILE}.build().unwrap());");
    let (before, main) = example.split_once("fn main()").unwrap();
    let (result, body) = main.split_once("{\n").unwrap();
    format!("{before}fn main(){result}{{\n{default}\n{body}")
}

/// Builds all examples; the folder of the programs.
fn build(binary: &Path, api_url: &str, port: u16) -> PathBuf {
    let root = workspace();
    let package = root.join("target/page-examples");
    fs::create_dir_all(package.join("src/bin")).unwrap();
    let crates = root.join("crates").display().to_string();
    fs::write(
        package.join("Cargo.toml"),
        MANIFEST.replace("CRATES", &crates),
    )
    .unwrap();
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    for (page, phrase, name) in EXAMPLES {
        let source = with_ours(&program(page, phrase), binary, api_url, port);
        fs::write(package.join(format!("src/bin/{name}.rs")), source).unwrap();
    }
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--offline", "--quiet"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    root.join("target/debug")
}

fn start(program: &Path, binary: &Path, home: &Path) -> Child {
    Command::new(program)
        .current_dir(home)
        .env("HOME", home)
        .env("NGROK_PATH", binary)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("NGROK_AUTHTOKEN")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn every_example_that_opens_a_tunnel_runs() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let agent = ready_agent(&edge, &binary);
    let programs = build(&binary, &agent.config.api_url(), upstream.port());
    for (page, _, name) in EXAMPLES {
        let definitions = "tunnels:\n  web:\n    proto: http\n    addr: 80";
        let home = edge.folder().join(name);
        fs::create_dir(&home).unwrap();
        let config = edge.agent_config().unwrap().with(definitions).unwrap();
        fs::copy(config.file(), home.join("ngrok.yml")).unwrap();
        fs::copy(edge.agent_config().unwrap().file(), home.join("work.yml")).unwrap();
        let mut child = start(&programs.join(name), &binary, &home);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut told = String::new();
        stdout.read_line(&mut told).unwrap();
        // Some wait for a webhook at the URL that they print. Its answer is not awaited: they may end before it is out.
        let mut visitor = None;
        if matches!(*name, "readme" | "localapi") && !told.is_empty() {
            let url = told.split(' ').next().unwrap();
            let visitor = visitor.insert(public::connect(&edge, url));
            visitor.send_request("POST", "/webhook", &[], b"hello");
        }
        stdout.read_to_string(&mut told).unwrap();
        let mut errors = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        let status = child.wait().unwrap();
        assert!(status.success(), "{page}, {name}: {told}{errors}");
        assert!(!told.is_empty(), "{page}, {name}: {errors}");
        drop(visitor);
        until("its agent's end", || edge.sessions() == 1);
    }
    // Each of the two that wait has its webhook replayed.
    let webhooks = || {
        upstream
            .received()
            .iter()
            .filter(|it| it.path == "/webhook")
            .count()
    };
    until("the replays", || webhooks() == 4);
}

/// Every page, below the workspace's folder.
fn pages() -> Vec<PathBuf> {
    let root = workspace();
    let list = |folder: &str| {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let packages = list("crates")
        .chain(list("tests"))
        .map(|folder| folder.join("README.md"));
    let pages = packages.chain(list("docs")).chain([root.join("README.md")]);
    pages
        .filter(|page| page.extension().is_some_and(|it| it == "md") && page.is_file())
        .collect()
}

#[test]
fn no_example_is_forgotten() {
    let root = workspace();
    for page in pages() {
        let name = page.strip_prefix(&root).unwrap().to_str().unwrap();
        for block in blocks(&page) {
            let is_known = EXAMPLES
                .iter()
                .chain(ELSEWHERE)
                .any(|(known, phrase, _)| *known == name && block.contains(phrase));
            let opens = OPENERS.iter().any(|opener| block.contains(opener));
            assert!(
                is_known || !opens,
                "{name} opens a tunnel and is in neither list:\n{block}"
            );
        }
    }
}
