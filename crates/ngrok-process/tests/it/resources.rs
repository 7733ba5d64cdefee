//! What is left in a program after many agents: counted in a process of its own, since other tests start threads too.

use std::fs;
use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentOptions, capture_run_process};

use crate::fake::{Api, Fake};
use crate::program;

const CYCLES: usize = 200;

#[test]
fn program() {
    let Some((order, folder)) = program::order() else {
        return;
    };
    let options = || AgentOptions::builder(folder.join("ngrok")).log_event_callback(|_| ());
    match &*order {
        "cycles" => {
            let before = Counts::now();
            for n in 0..CYCLES {
                cycle(n, &options().build(), &folder);
            }
            // The threads of the last agent may still be on their way out.
            let end = Instant::now() + Duration::from_secs(10);
            while Counts::now() != before && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert_eq!(Counts::now(), before);
            assert_eq!(before.zombies, 0);
        }
        "memory" => {
            let agent = Agent::start(options().build()).unwrap();
            let before = resident();
            fs::write(folder.join("go"), "").unwrap();
            agent.wait().unwrap();
            let grown = resident().saturating_sub(before);
            assert!(grown < 24 << 20, "grown by {grown} bytes");
            assert!(agent.logs().len() < 10, "not a hundred of the long lines");
        }
        other => panic!("no such order: {other}"),
    }
}

/// One agent each way: stopped, dropped, killed, failed at the deadline, failed by itself, and a command.
fn cycle(n: usize, options: &AgentOptions, folder: &std::path::Path) {
    match n % 6 {
        0 => {
            Agent::start(options.clone())
                .unwrap()
                .stop(Duration::from_secs(5))
                .unwrap();
        }
        1 => drop(Agent::start(options.clone()).unwrap()),
        2 => {
            let agent = Agent::start(options.clone()).unwrap();
            agent.kill();
            agent.wait().unwrap();
        }
        3 => {
            let silent = AgentOptions::builder(folder.join("silent"));
            Agent::start(silent.startup_timeout(Duration::from_millis(20)).build()).unwrap_err();
        }
        4 => {
            Agent::start(AgentOptions::builder("/bin/false").build()).unwrap_err();
        }
        _ => {
            capture_run_process("/bin/echo", ["x"]).unwrap();
        }
    }
}

#[derive(Debug, PartialEq)]
struct Counts {
    threads: usize,
    descriptors: usize,
    zombies: usize,
}

impl Counts {
    fn now() -> Self {
        let entries = |path: &str| fs::read_dir(path).unwrap().count();
        let parent = format!(" {} ", std::process::id());
        let stats = fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| {
                let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
                Some(stat.rsplit_once(')')?.1.to_owned())
            });
        Self {
            threads: entries("/proc/self/task"),
            descriptors: entries("/proc/self/fd"),
            zombies: stats
                .filter(|stat| stat.starts_with(&format!(" Z{parent}")))
                .count(),
        }
    }
}

/// Memory in use, in bytes.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn run(order: &str, fake: &Fake) {
    let mut child = program::spawn("resources::program", order, fake.dir());
    assert!(child.wait().unwrap().success(), "see above");
}

#[test]
fn two_hundred_agents_leave_no_thread_descriptor_or_zombie() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "exec sleep 100");
    let silent = fake.dir().join("silent");
    fs::write(&silent, "#!/bin/sh\nexec sleep 100\n").unwrap();
    fs::set_permissions(&silent, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    run("cycles", &fake);
}

#[test]
fn a_hundred_megabytes_of_log_leave_memory_as_it_was() {
    let api = Api::serve();
    let line = format!("t=1 lvl=info msg=\"{}\" n=1", "x".repeat(1000));
    // A hundred lines of a megabyte each come last: the ring is bounded by weight too.
    let fake = Fake::ready(
        &api,
        &format!(
            "while [ ! -e $DIR/go ]; do sleep 0.02; done; yes '{line}' | head -c 100000000
             head -c 100000000 /dev/zero | tr '\\0' y | fold -w 1000000"
        ),
    );
    run("memory", &fake);
}
