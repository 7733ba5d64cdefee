//! Faults of the agent as a program.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{call, get};
use crate::started::{Started, agent, config, output};

#[test]
fn faults_at_the_start_of_the_program() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let args = format!("start --none --log stdout --config {file}");
    let mut exits = agent(home.path(), &args);
    exits.env("LOOPBACK_AGENT_EXIT_CODE", "7");
    exits.env("LOOPBACK_AGENT_EXIT_STDOUT", "to stdout");
    exits.env("LOOPBACK_AGENT_EXIT_STDERR", "ERROR:  to stderr\n");
    assert_eq!(
        output(&mut exits),
        (7, "to stdout".into(), "ERROR:  to stderr\n".into())
    );
    let misspelt = output(agent(home.path(), &args).env("LOOPBACK_AGENT_SILNT", "1"));
    assert_eq!(misspelt.0, 1);

    let mut half = agent(home.path(), &args);
    half.env("LOOPBACK_AGENT_HALF_LINE", "1");
    let mut half = Started::new(half);
    half.read_to("open config file");
    let mut piece = [0; 200];
    let read = half.lines.read(&mut piece).unwrap();
    assert!(piece[..read].ends_with(b"\"starting web serv"));
    half.signal("TERM");
    assert_eq!(half.child.wait().unwrap().code(), Some(0));

    let mut late = agent(home.path(), &args);
    late.env("LOOPBACK_AGENT_START_DELAY_MS", "300");
    let since = Instant::now();
    Started::new(late).read_to("open config file");
    assert!(since.elapsed() >= Duration::from_millis(300));
}

#[test]
fn the_program_dies_at_the_ordered_request() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let mut command = agent(
        home.path(),
        &format!("start --none --log stdout --config {file}"),
    );
    command
        .env("LOOPBACK_AGENT_CRASH_ON_REQUEST", "2")
        .stderr(Stdio::piped());
    let mut agent = Started::new(command);
    let url = agent.api_url();
    assert_eq!(get(&format!("{url}/api/tunnels")).status, 200);
    let died =
        std::panic::catch_unwind(|| call("GET", &format!("{url}/api/tunnels"), &json!(null)));
    assert!(died.is_err());
    assert_eq!(agent.child.wait().unwrap().code(), Some(2));
    let mut stderr = String::new();
    agent
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert!(stderr.starts_with("panic: "));
}

#[test]
fn losing_the_reader_of_stdout_ends_it_at_the_next_line() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let args = format!("start --none --log stdout --config {file}");
    let mut child = agent(home.path(), &args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines
        .find_map(|l| l.ok().filter(|l| l.contains("starting web service")))
        .unwrap();
    lines.find(|l| {
        l.as_ref()
            .is_ok_and(|l| l.contains("tunnel session started"))
    });
    drop(lines);
    let addr = line
        .split_whitespace()
        .find_map(|w| w.strip_prefix("addr="))
        .unwrap()
        .to_owned();
    let _ = std::panic::catch_unwind(|| get(&format!("http://{addr}/api/tunnels")));
    assert!(!child.wait().unwrap().success());
}

#[test]
fn a_silent_agent_says_nothing_and_still_obeys() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let mut command = agent(
        home.path(),
        &format!("start --none --log stdout --config {file}"),
    );
    command.env("LOOPBACK_AGENT_SILENT", "1");
    let mut silent = Started::new(command);
    std::thread::sleep(Duration::from_millis(300));
    assert!(silent.child.try_wait().unwrap().is_none());
    silent.signal("TERM");
    assert_eq!(silent.child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    silent.lines.read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn a_late_web_service_has_its_port_open_and_answers_in_the_end() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let mut command = agent(
        home.path(),
        &format!("start --none --log stdout --config {file}"),
    );
    command.env("LOOPBACK_AGENT_WEB_DELAY_MS", "400");
    let mut late = Started::new(command);
    let url = late.api_url();
    let since = Instant::now();
    assert_eq!(get(&format!("{url}/api/tunnels")).status, 200);
    assert!(
        since.elapsed() >= Duration::from_millis(300),
        "{:?}",
        since.elapsed()
    );
}
