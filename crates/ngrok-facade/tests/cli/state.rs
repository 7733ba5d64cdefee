//! Agents that `ngrok-rs` runs: found, listed, stopped, and their logs.

use ngrok_testkit::Upstream;
#[cfg(target_os = "linux")]
use ngrok_testkit::eventually;

#[cfg(target_os = "linux")]
use crate::machine::PATIENCE;
use crate::machine::{Machine, visit};

/// The machine's config file names a port that no agent has, so an agent is found by what `ngrok-rs` noted alone.
fn machine() -> Machine {
    let machine = Machine::new();
    machine.write_config("version: 2\nweb_addr: 127.0.0.1:0\n");
    machine
}

#[test]
fn commands_find_the_agent_that_was_started_last() {
    let (machine, upstream) = (machine(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    let mut running = machine.start(&["http", &port, "--name", "web", "--json"]);
    let opened = running.object();
    let status = machine.run(&["status", "--json"]).ok().object();
    assert_eq!(status["api_url"], opened["api_url"]);
    assert_eq!(status["pid"], running.pid());
    assert_eq!(status["session"]["legs"][0]["region"], "us");
    let page = machine.run(&["status"]).ok().stdout;
    for text in ["online", "us 1", opened["public_url"].as_str().unwrap()] {
        assert!(page.contains(text), "{page}");
    }
    let tunnels = machine.run(&["tunnels", "--json"]).ok().object();
    assert_eq!(tunnels["public_url"], opened["public_url"]);
    let all = machine.run(&["status", "--all", "--json"]).ok().object();
    assert_eq!(all["tunnels"][0]["name"], "web");
    assert_eq!(all["background"], false);

    let logs = machine.run(&["logs", "--json"]).ok().objects();
    assert!(
        logs.iter().any(|line| line["message"] == "started tunnel"),
        "{logs:?}"
    );
    let errors = machine.run(&["logs", "--level", "error"]).ok();
    assert!(!errors.stdout.contains("started tunnel"), "{errors:?}");
    assert_eq!(machine.run(&["logs", "nonsense"]).status, 1);

    machine.run(&["stop", "web"]).ok();
    running.end().ok();
    assert!(machine.run(&["status", "--all"]).ok().stdout.is_empty());
    // The log of the last one stays, to see why it ended.
    let last = machine.run(&["logs"]).ok();
    assert!(last.stdout.contains("started tunnel"), "{last:?}");
}

#[test]
fn an_agent_in_the_background_outlives_the_command_until_it_is_stopped() {
    let (machine, upstream) = (machine(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    let opened = machine
        .run(&["http", &port, "--background", "--json"])
        .ok()
        .object();
    let url = opened["public_url"].as_str().unwrap();
    assert_eq!(visit(url), Some(200));
    assert_eq!(opened["background"], true);
    assert_eq!(opened["stop"][2], url);
    let second = machine.run(&["tcp", &port, "--background"]).ok();
    assert!(
        second.stdout.contains("tcp://") && second.stderr.contains("ngrok-rs stop tcp://"),
        "{second:?}"
    );
    let all = machine.run(&["status", "--all", "--json"]).ok().objects();
    assert_eq!(all.len(), 2, "{all:?}");

    let stopped = machine.run(&["stop", url, "--json"]).ok().object();
    assert_eq!(stopped["stopped"], opened["pid"]);
    assert_eq!(visit(url), None);
    assert_eq!(machine.run(&["stop", url]).status, 1, "it is gone");
    machine.run(&["stop", "--all"]).ok();
    assert!(machine.run(&["status", "--all"]).ok().stdout.is_empty());
}

#[test]
fn what_fails_in_the_background_fails_in_the_foreground() {
    let machine = machine();
    let failed = machine.run(&[
        "http",
        "80",
        "--background",
        "--json",
        "--ngrok-path",
        "/nonexistent/x/ngrok",
    ]);
    assert_eq!(
        (failed.status, failed.error()["exit_status"].as_i64()),
        (1, Some(1)),
        "{failed:?}"
    );
    let wrong = machine.run(&["http", "99999", "--background"]);
    assert_eq!(wrong.status, 2, "{wrong:?}");
    assert!(
        wrong.stderr.contains("99999") && !wrong.stderr.contains('{'),
        "{wrong:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_was_killed_is_forgotten() {
    let (machine, upstream) = (machine(), Upstream::start().unwrap());
    let mut running = machine.start(&["http", &upstream.port().to_string(), "--json"]);
    running.object();
    assert_eq!(
        machine
            .run(&["status", "--all", "--json"])
            .ok()
            .objects()
            .len(),
        1
    );
    running.signal("KILL");
    assert!(eventually(PATIENCE, || !running.lives()));
    assert!(
        machine
            .run(&["status", "--all", "--json"])
            .ok()
            .stdout
            .is_empty()
    );
    assert!(
        machine
            .run(&["stop", "--all"])
            .ok()
            .stderr
            .contains("no agent")
    );
}

#[test]
fn of_several_endpoints_one_is_closed_and_the_last_one_ends_the_process() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port();
    machine.write_config(&format!(
        "version: 2\nweb_addr: 127.0.0.1:0\ntunnels:\n  a:\n    proto: http\n    schemes: [http]\n    addr: {port}\n  b:\n    proto: http\n    schemes: [http]\n    addr: {port}\n"
    ));
    let mut running = machine.start(&["connect-all", "--json"]);
    let (a, b) = (running.object(), running.object());
    machine.run(&["stop", a["name"].as_str().unwrap()]).ok();
    assert_eq!(visit(a["public_url"].as_str().unwrap()), None);
    assert_eq!(visit(b["public_url"].as_str().unwrap()), Some(200));
    machine
        .run(&["stop", b["public_url"].as_str().unwrap()])
        .ok();
    running.end().ok();
}

#[test]
fn logs_are_followed_to_the_end_of_the_agent() {
    let (machine, upstream) = (machine(), Upstream::start().unwrap());
    let mut running = machine.start(&["http", &upstream.port().to_string(), "--json"]);
    let url = running.object()["public_url"].as_str().unwrap().to_owned();
    let mut logs = machine.start(&["logs", "--follow"]);
    while !logs.line().contains("started tunnel") {}
    machine.run(&["stop", &url]).ok();
    logs.end().ok();
    running.end().ok();
}
