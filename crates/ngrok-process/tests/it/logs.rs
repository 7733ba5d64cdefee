//! What is kept of the agent's log, who is told, and that nobody can make the agent wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentEvent, Delivery};

use crate::fake::{Api, Fake, eventually};

/// Prints numbered log lines, then says so in a file.
fn flood(lines: usize) -> String {
    format!(
        "i=0; while [ $i -lt {lines} ]; do echo \"t=1 lvl=info msg=line n=$i\"; i=$((i+1)); done; echo done > $DIR/done; exec sleep 100"
    )
}

#[test]
fn lines_of_both_streams_are_kept_whatever_bytes_they_hold() {
    let api = Api::serve();
    let fake = Fake::ready(
        &api,
        "echo 't=1 lvl=warn msg=\"on stderr\"' >&2; printf 'bad \\377 byte\\n\\n'; printf 'no line end'",
    );
    let agent = Agent::spawn(fake.options().build()).unwrap();
    agent.wait().unwrap();
    let logs = agent.logs();
    assert_eq!(logs.len(), 6, "empty lines are not kept: {logs:?}");
    for raw in [
        "t=1 lvl=warn msg=\"on stderr\"",
        "bad \u{fffd} byte",
        "no line end",
    ] {
        assert!(logs.iter().any(|line| line.raw() == raw), "{raw}: {logs:?}");
    }
}

#[test]
fn the_ring_keeps_the_newest_lines() {
    let api = Api::serve();
    let fake = Fake::ready(&api, &flood(50));
    let agent = Agent::start(fake.options().max_logs(3).build()).unwrap();
    eventually(|| {
        agent
            .logs()
            .last()
            .is_some_and(|line| line.get("n") == Some("49"))
    });
    let numbers: Vec<String> = agent
        .logs()
        .iter()
        .map(|line| line.get("n").unwrap().to_owned())
        .collect();
    assert_eq!(numbers, ["47", "48", "49"]);
}

#[test]
fn a_line_of_over_a_megabyte_is_cut_and_marked() {
    let api = Api::serve();
    let fake = Fake::ready(
        &api,
        "head -c 1500000 /dev/zero | tr '\\0' x; echo; echo 'lvl=info msg=after'; exec sleep 100",
    );
    let agent = Agent::start(fake.options().build()).unwrap();
    eventually(|| {
        agent
            .logs()
            .last()
            .is_some_and(|line| line.msg() == Some("after"))
    });
    let logs = agent.logs();
    let long = &logs[logs.len() - 2];
    assert!(long.is_truncated());
    assert_eq!(long.raw().len(), 1024 * 1024);
    assert!(!logs.last().unwrap().is_truncated());
}

#[test]
fn a_blocked_callback_and_an_idle_subscriber_never_delay_the_agent() {
    let api = Api::serve();
    let fake = Fake::ready(&api, &flood(20_000));
    let gate = Arc::new(Mutex::new(()));
    let blocked = gate.lock().unwrap();
    let inner = gate.clone();
    let options = fake
        .options()
        .log_event_callback(move |_| drop(inner.lock()));
    let agent = Agent::spawn(options.build()).unwrap();
    let idle = agent.subscribe_logs();
    agent.wait_ready().unwrap();
    fake.written("done");
    eventually(|| {
        agent
            .logs()
            .last()
            .is_some_and(|line| line.get("n") == Some("19999"))
    });
    drop(blocked);
    let mut lagged = 0;
    let mut last = String::new();
    while let Some(delivery) = idle.recv_timeout(Duration::from_millis(200)) {
        match delivery {
            Delivery::Lagged(n) => lagged += n,
            Delivery::Item(line) => last = line.get("n").unwrap_or_default().to_owned(),
            _ => {}
        }
    }
    assert!(lagged > 10_000, "{lagged}");
    assert_eq!(last, "19999", "the newest lines are those that stay");
    eventually(|| agent.missed_by_callbacks() > 10_000);
}

#[test]
fn a_callback_that_panics_is_called_again() {
    let api = Api::serve();
    let fake = Fake::ready(&api, &flood(10));
    let calls = Arc::new(AtomicUsize::new(0));
    let events = Arc::new(Mutex::new(Vec::new()));
    let (counter, seen) = (calls.clone(), events.clone());
    let options = fake
        .options()
        .log_event_callback(move |line| {
            counter.fetch_add(1, Ordering::SeqCst);
            assert!(line.get("n").is_none(), "this panic is part of the test");
        })
        .event_callback(move |event| seen.lock().unwrap().push(event.clone()));
    let agent = Agent::start(options.build()).unwrap();
    eventually(|| calls.load(Ordering::SeqCst) == 13);
    assert!(agent.healthy());
    agent.stop(Duration::from_secs(5));
    eventually(|| {
        matches!(
            events.lock().unwrap().last(),
            Some(AgentEvent::Exited { .. })
        )
    });
    assert!(matches!(
        events.lock().unwrap()[0],
        AgentEvent::Starting { .. }
    ));
}

#[test]
fn without_a_monitor_nothing_is_kept_and_the_agent_does_not_block() {
    let api = Api::serve();
    let fake = Fake::ready(
        &api,
        &format!(
            "while [ ! -e $DIR/go ]; do sleep 0.05; done; {}",
            flood(20_000)
        ),
    );
    let agent = Agent::start(fake.options().monitor_thread(false).build()).unwrap();
    std::fs::write(fake.dir().join("go"), "").unwrap();
    fake.written("done");
    assert_eq!(agent.logs().len(), 3, "the lines of the start only");
    agent.stop(Duration::from_secs(5)).unwrap();
    assert!(matches!(
        agent.events().last(),
        Some(Delivery::Item(AgentEvent::Exited { .. }))
    ));
}

#[test]
fn stopping_the_monitor_counts_at_once_and_starting_it_again_too() {
    let api = Api::serve();
    let fake = Fake::ready(
        &api,
        "wait_for() { while [ ! -e $DIR/$1 ]; do sleep 0.02; done; echo \"lvl=info msg=$1\"; echo seen > $DIR/$1.seen; }
         printf 'lvl=info msg=begun'; wait_for off; wait_for on; exec sleep 100",
    );
    let agent = Agent::start(fake.options().build()).unwrap();
    agent.stop_monitor_thread();
    std::fs::write(fake.dir().join("off"), "").unwrap();
    fake.written("off.seen");
    // The line is in the pipe now, and read as soon as the reader runs: give it the time to do wrong.
    let end = Instant::now() + Duration::from_millis(200);
    while Instant::now() < end {
        assert_eq!(
            agent.logs().len(),
            3,
            "neither the line begun before nor the next is kept"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    agent.start_monitor_thread();
    std::fs::write(fake.dir().join("on"), "").unwrap();
    eventually(|| {
        agent
            .logs()
            .last()
            .and_then(|line| line.msg().map(str::to_owned))
            == Some("on".to_owned())
    });
    assert_eq!(agent.logs().len(), 4);
}
