//! `connect` and `connect-all`.

use std::net::TcpListener;

#[cfg(unix)]
use ngrok_testkit::eventually;
use ngrok_testkit::{TcpEcho, Upstream};

#[cfg(unix)]
use crate::machine::PATIENCE;
use crate::machine::{Machine, visit};

#[test]
fn json_is_one_line_with_all_that_a_script_needs() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let mut running = machine.start(&[
        "connect",
        &upstream.addr().to_string(),
        "--name",
        "web",
        "--json",
    ]);
    let object = running.object();
    let mut keys: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "agent_pid",
            "api_url",
            "config",
            "inspect_url",
            "name",
            "pid",
            "proto",
            "public_url",
            "upstream",
            "uri"
        ]
    );
    assert_eq!(object["pid"], running.pid());
    let api_url = object["api_url"].as_str().unwrap();
    assert_eq!(visit(&format!("{api_url}/api/tunnels")), Some(200));
    assert_eq!(object["inspect_url"], format!("{api_url}/inspect/http"));
    assert_eq!(object["name"], "web");
    assert_eq!(object["uri"], "/api/tunnels/web");
    assert_eq!(object["upstream"]["url"], upstream.url());
    assert_eq!(visit(object["public_url"].as_str().unwrap()), Some(200));
    #[cfg(unix)]
    {
        running.signal("INT");
        let ended = running.end().ok();
        assert!(
            ended.stdout.is_empty() && ended.stderr.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn each_signal_ends_it_cleanly() {
    let hangup = (!ngrok_testkit::ignores_hangup()).then_some("HUP");
    for signal in ["INT", "TERM"].into_iter().chain(hangup) {
        let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
        let mut running = machine.start(&["connect", &upstream.port().to_string(), "--json"]);
        let url = running.object()["public_url"].as_str().unwrap().to_owned();
        let agents = crate::machine::children(running.pid());
        assert_eq!(agents.len(), 1);
        running.signal(signal);
        running.end().ok();
        assert_eq!(visit(&url), None, "{signal}");
        assert!(
            !std::path::Path::new(&format!("/proc/{}", agents[0])).exists(),
            "{signal}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn nohup_keeps_it_open() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    let connect = machine.command(&["connect", &port, "--json"]);
    let mut command = std::process::Command::new("nohup");
    command.arg(connect.get_program()).args(connect.get_args());
    command.env_clear();
    for (name, value) in connect.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let mut running = crate::machine::Running::start(command.stdin(std::process::Stdio::null()));
    let url = running.object()["public_url"].as_str().unwrap().to_owned();
    running.signal("HUP");
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.pid())).unwrap();
    let caught = status.lines().find(|line| line.starts_with("SigCgt:"));
    let mask = u64::from_str_radix(caught.unwrap()[7..].trim(), 16).unwrap();
    assert_eq!(mask & 1, 0, "a hangup is not even looked at");
    assert_eq!(visit(&url), Some(200));
    running.signal("TERM");
    running.end().ok();
}

#[test]
#[cfg(target_os = "linux")]
fn a_parent_that_dies_takes_the_agent_along() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let mut running = machine.start(&["connect", &upstream.port().to_string(), "--json"]);
    running.object();
    let agent = format!("/proc/{}", crate::machine::children(running.pid())[0]);
    running.signal("KILL");
    drop(running);
    assert!(eventually(PATIENCE, || !std::path::Path::new(&agent).exists()));
}

#[test]
fn once_opens_and_closes() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let ended = machine
        .run(&["connect", &upstream.port().to_string(), "--once", "--json"])
        .ok();
    let url = ended.object()["public_url"].as_str().unwrap().to_owned();
    assert_eq!(visit(&url), None);
}

#[test]
#[cfg(unix)]
fn a_person_sees_the_url_and_a_line_for_each_request() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let mut running = machine.start(&["connect", &upstream.port().to_string()]);
    let first = running.line();
    let url = first.split(' ').next().unwrap().to_owned();
    assert!(
        url.starts_with("http://")
            && first.contains(&format!("http://localhost:{}", upstream.port())),
        "{first}"
    );
    // The watch begins a moment after the URL is printed.
    let mut wanted = Vec::new();
    for nth in 0..3 {
        assert_eq!(visit(&format!("{url}/status/404?nth={nth}")), Some(404));
        wanted.push(format!("/status/404?nth={nth}"));
    }
    let line = running.line();
    assert!(
        line.starts_with("GET") && line.contains("/status/404") && line.contains(" ms"),
        "{line}"
    );
    running.signal("INT");
    let ended = running.end().ok();
    assert!(ended.stderr.contains("Ctrl-C"), "{ended:?}");
}

#[test]
fn addresses_protocols_and_options() {
    let machine = Machine::new();
    let echo = TcpEcho::start().unwrap();
    let tcp = format!("tcp://{}", echo.addr());
    let addr = echo.addr().to_string();
    for (args, proto, config) in [
        (&["connect", tcp.as_str()][..], "tcp", "addr"),
        (&["connect", &addr, "--proto", "tcp"], "tcp", "addr"),
        (
            &["connect", "-o", "proto=tcp", "-o", &format!("addr={addr}")],
            "tcp",
            "addr",
        ),
        (
            &["connect", &addr, "-o", "inspect=false"],
            "http",
            "inspect",
        ),
    ] {
        let object = machine
            .run(&[args, &["--once", "--json"]].concat())
            .ok()
            .object();
        assert_eq!(object["proto"], proto, "{args:?}");
        assert!(!object["config"][config].is_null(), "{object}");
        assert!(
            object["config"]["addr"].is_string(),
            "an address goes out as a string: {object}"
        );
    }
    let object = machine
        .run(&[
            "connect",
            &addr,
            "--config-version",
            "3",
            "--once",
            "--json",
        ])
        .ok()
        .object();
    assert!(
        object["uri"]
            .as_str()
            .unwrap()
            .starts_with("/api/endpoints/"),
        "{object}"
    );
}

#[test]
fn connect_all_prints_a_line_for_each() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port();
    machine.write_config(&format!(
        "version: 2\ntunnels:\n  b: {{proto: http, addr: {port}}}\n  a: {{proto: http, addr: {port}}}\n"
    ));
    let ended = machine.run(&["connect-all", "--once", "--json"]).ok();
    let names: Vec<_> = ended
        .objects()
        .into_iter()
        .map(|object| object["name"].clone())
        .collect();
    assert_eq!(names, ["b-api", "a-api"]);
    machine.write_config("version: 2\n");
    assert_eq!(machine.run(&["connect-all", "--once"]).status, 2);
}

#[test]
fn an_upstream_that_does_not_listen_is_a_warning() {
    let machine = Machine::new();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let ended = machine.run(&["connect", &closed, "--once"]).ok();
    assert!(ended.stderr.contains("nothing listens on"), "{ended:?}");
    // It has ended already.
    assert!(!ended.stderr.contains("Ctrl-C"), "{ended:?}");
    let quiet = machine.run(&["connect", &closed, "--once", "--quiet"]).ok();
    assert!(
        quiet.stderr.is_empty() && !quiet.stdout.is_empty(),
        "{quiet:?}"
    );
}

#[test]
#[cfg(unix)]
fn a_failed_start_tells_status_code_and_text() {
    let machine = Machine::new();
    let refusal = "The authtoken you specified is properly formed, but it is invalid.\nYour authtoken: planted-token\n\nERR_NGROK_107\n";
    let mut command = machine.command(&["connect", "80", "--json"]);
    command
        .env("LOOPBACK_AGENT_REFUSE_SESSION", refusal)
        .env("NGROK_AUTHTOKEN", "planted-token");
    let ended = crate::machine::end(&mut command);
    assert_eq!(ended.status, 1);
    let error = ended.error();
    assert_eq!(error["error_code"], "ERR_NGROK_107");
    let text = error["error"].as_str().unwrap();
    assert!(
        text.contains("ERR_NGROK_107")
            && text.contains("exit status: 1")
            && text.contains("authtoken"),
        "{text}"
    );
    assert!(
        error["hint"].is_string()
            && error["docs_url"]
                .as_str()
                .unwrap()
                .ends_with("err_ngrok_107")
    );
    assert!(!format!("{ended:?}").contains("planted"), "{ended:?}");

    let killed = machine.path("killed");
    crate::machine::script(&killed, "kill -9 $$");
    let ended = machine.run(&[
        "connect",
        "80",
        "--json",
        "--ngrok-path",
        killed.to_str().unwrap(),
    ]);
    assert!(
        ended.error()["error"]
            .as_str()
            .unwrap()
            .contains("signal: 9"),
        "{ended:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn an_agent_that_dies_ends_it_with_an_error() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let mut running = machine.start(&["connect", &upstream.port().to_string(), "--json"]);
    running.object();
    let agent = crate::machine::children(running.pid())[0];
    assert!(
        std::process::Command::new("kill")
            .args(["-KILL", &agent.to_string()])
            .status()
            .unwrap()
            .success()
    );
    let ended = running.end();
    assert_eq!(ended.status, 1);
    assert!(
        ended.error()["error"]
            .as_str()
            .unwrap()
            .contains("signal: 9"),
        "{ended:?}"
    );
}

#[test]
#[cfg(unix)]
fn a_signal_while_it_starts_ends_it_at_once() {
    let machine = Machine::new();
    let slow = machine.path("slow");
    crate::machine::script(&slow, "echo $$ > \"$HOME/pid\"; exec sleep 60");
    let running = machine.start(&[
        "connect",
        "80",
        "--json",
        "--ngrok-path",
        slow.to_str().unwrap(),
    ]);
    assert!(eventually(PATIENCE, || std::fs::read_to_string(
        machine.path("pid")
    )
    .is_ok_and(|pid| !pid.is_empty())));
    running.signal("INT");
    let ended = running.end();
    assert_eq!(ended.status, 130);
    assert_eq!(ended.error()["kind"], "interrupted");
    let pid = std::fs::read_to_string(machine.path("pid")).unwrap();
    let alive = || {
        std::process::Command::new("kill")
            .args(["-0", pid.trim()])
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(eventually(PATIENCE, || !alive()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_while_it_starts_leaves_no_file_with_a_token() {
    let machine = Machine::new();
    machine.write_config("version: 2\nauthtoken: of-file\n");
    let slow = machine.path("slow");
    crate::machine::script(&slow, "echo > \"$HOME/up\"; exec sleep 60");
    let temporary = machine.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let files = || std::fs::read_dir(&temporary).unwrap().count();
    let mut command = machine.command(&["connect", "80", "--ngrok-path", slow.to_str().unwrap()]);
    command
        .env("NGROK_AUTHTOKEN", "of-environment")
        .env("TMPDIR", &temporary);
    let running = crate::machine::Running::start(&mut command);
    assert!(eventually(PATIENCE, || machine.path("up").exists()));
    assert_eq!(files(), 1);
    running.signal("INT");
    assert_eq!((running.end().status, files()), (130, 0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_second_signal_ends_it_without_waiting() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    machine.write_config("version: 2\nauthtoken: of-file\n");
    let temporary = machine.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = machine.command(&["connect", &upstream.port().to_string(), "--json"]);
    command
        .env("NGROK_AUTHTOKEN", "of-environment")
        .env("TMPDIR", &temporary);
    let mut running = crate::machine::Running::start(&mut command);
    running.object();
    // Stopped, it neither answers the local API nor ends.
    let agent = crate::machine::children(running.pid())[0];
    let stopped = std::process::Command::new("kill")
        .args(["-STOP", &agent.to_string()])
        .status();
    assert!(stopped.unwrap().success());
    running.signal("INT");
    let asked = std::time::Instant::now();
    // Two at the same moment are one to the system.
    while asked.elapsed() < std::time::Duration::from_secs(5) && running.lives() {
        running.signal("INT");
        std::thread::yield_now();
    }
    assert!(!running.lives());
    assert_eq!(running.end().status, 130);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}
