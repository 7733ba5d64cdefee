//! The cloud as a program: what it prints, what it takes, what it refuses.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use ureq::http::Request;

use crate::client::{Answer, send};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_loopback-cloud"))
}

fn output(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

/// A cloud that runs until this is dropped, and what it printed.
struct Running {
    child: Child,
    lines: Vec<String>,
}

impl Running {
    fn new(args: &[&str], lines: usize) -> Self {
        let mut child = program().args(args).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let lines = stdout.lines().take(lines).map(Result::unwrap).collect();
        Self { child, lines }
    }

    fn get(&self, path: &str) -> Answer {
        let value = |name: &str| {
            let mut found = self.lines.iter().filter_map(|l| l.strip_prefix(name));
            found.next().unwrap().to_owned()
        };
        let request = Request::get(value("NGROK_API_URL=") + path)
            .header(
                "authorization",
                format!("Bearer {}", value("NGROK_API_KEY=")),
            )
            .header("ngrok-version", "2")
            .body(Vec::new())
            .unwrap();
        send(request).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_shell_reads_where_it_is() {
    let cloud = Running::new(&["--seed", r#"tunnel_sessions={"region":"eu"}"#], 2);
    let page = cloud.get("/tunnel_sessions");
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.json()["tunnel_sessions"][0]["region"], "eu");
    assert!(page.header("ngrok-operation-id").starts_with("op_"));
}

#[test]
fn options_reach_the_cloud() {
    let args = [
        "--api-key=mine",
        "--path-prefix=/ngrok",
        "--rate-limit",
        "1",
        "--variant",
        "retry-after",
        "--variant=filter-code-250",
    ];
    let cloud = Running::new(&args, 2);
    assert_eq!(cloud.lines[1], "NGROK_API_KEY=mine");
    assert!(cloud.lines[0].ends_with("/ngrok"));
    let refused = cloud.get("/vaults?filter=nope");
    assert_eq!(refused.json()["error_code"], "ERR_NGROK_250");
    let refused = cloud.get("/vaults");
    assert_eq!(refused.status, 429);
    assert!(!refused.header("retry-after").is_empty());
}

#[test]
fn one_json_object_instead_of_two_lines() {
    let cloud = Running::new(&["--json", "--no-rules", "--plan", "free"], 1);
    let printed: Value = serde_json::from_str(&cloud.lines[0]).unwrap();
    assert!(
        printed["url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(printed["api_key"].as_str().unwrap().len(), 49);
}

#[test]
fn help_lists_every_variant_and_wrong_use_ends_with_2() {
    let help = output(&["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success());
    for variant in ngrok_testkit::CloudVariant::all() {
        assert!(text.contains(variant.name()), "{variant}");
    }
    assert!(output(&["--version"]).status.success());
    for (args, said) in [
        (&["--nope"][..], "unknown option '--nope'"),
        (&["--port"], "--port needs a value"),
        (&["--port", "x"], "--port does not take 'x'"),
        (&["--json=1"], "--json takes no value"),
        (&["--variant", "nope"], "there is no variant 'nope'"),
        (&["--plan", "nope"], "there is no plan 'nope'"),
        (&["--path-prefix", "x"], "begins with a slash"),
        (&["--seed", "moons={}"], "no service 'moons'"),
        (&["--seed", "vaults=[]"], "needs a JSON object"),
        (&["--seed", "vaults"], "SERVICE=JSON"),
    ] {
        let wrong = output(args);
        let stderr = String::from_utf8(wrong.stderr).unwrap();
        assert_eq!(wrong.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
}
