//! Many at once.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ngrok_testkit::{Upstream, agent_bin};
use serde_json::json;

use crate::client::{call, get};

/// As a program: it raises its limit of open files, which the test's own process must not.
#[test]
fn a_thousand_tunnels_stand_side_by_side() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("ngrok.yml");
    std::fs::write(&file, "version: 2\nweb_addr: 127.0.0.1:0\n").unwrap();
    let mut child = Command::new(agent_bin())
        .args(["start", "--none", "--log", "stdout", "--config"])
        .arg(&file)
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let line = lines.find(|l| l.contains("starting web service")).unwrap();
    lines
        .find(|l| l.contains("tunnel session started"))
        .unwrap();
    let drain = std::thread::spawn(move || lines.count());
    let addr = line
        .split_whitespace()
        .find_map(|w| w.strip_prefix("addr="))
        .unwrap();
    let api = format!("http://{addr}/api/tunnels");
    let upstream = Upstream::start().unwrap();
    let start = Instant::now();
    let urls: Vec<String> = (0..1_000)
        .map(|n| {
            let body = json!({"name": format!("t{n}"), "proto": "http", "addr": upstream.url()});
            let opened = call("POST", &api, &body);
            assert_eq!(opened.status, 201, "{n}: {}", opened.text());
            opened.json()["public_url"].as_str().unwrap().to_owned()
        })
        .collect();
    let listed = get(&api).json();
    assert_eq!(listed["tunnels"].as_array().unwrap().len(), 1_000);
    for url in urls.iter().step_by(50) {
        assert_eq!(get(url).status, 200);
    }
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(drain.join().unwrap() >= 3_000);
}
