//! Agents that start, run and are stopped.

use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentEvent, AuthtokenVia, Delivery, ErrorKind};

use crate::fake::{Api, Fake, eventually, exists, is_running};

const GRACE: Duration = Duration::from_secs(5);

#[test]
fn an_agent_is_ready_once_its_log_says_so_and_its_api_answers() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "echo \"$@\" > $DIR/args; exec sleep 100");
    let agent = Agent::start(fake.options().config_path("/some/ngrok.yml").build()).unwrap();
    assert_eq!(agent.api_url(), Some(format!("http://{}", api.addr)));
    assert!(agent.is_running() && agent.has_session() && agent.healthy());
    assert!(
        api.calls.load(Ordering::Relaxed) >= 2,
        "once for the start, once for the health"
    );
    assert_eq!(agent.logs().len(), 3);
    assert_eq!(
        fake.written("args"),
        "start --none --log stdout --log-format logfmt --log-level info --config /some/ngrok.yml\n"
    );

    let pid = agent.pid().unwrap();
    let status = agent.stop(GRACE).unwrap();
    assert_eq!(status.signal(), Some(15));
    assert!(!exists(pid), "the process is reaped");
    assert_eq!(
        agent.stop(GRACE),
        Some(status),
        "stopping twice is harmless"
    );
    agent.kill();
    assert_eq!(agent.try_wait().unwrap(), Some(status));
    assert!(!agent.is_running() && !agent.healthy());
}

#[test]
fn an_agent_that_ignores_sigterm_is_killed_after_the_grace_period() {
    let api = Api::serve();
    let fake = Fake::new(&format!(
        "trap '' TERM\n{}\nwhile :; do sleep 1; done",
        crate::fake::ready_lines(&api.addr)
    ));
    let agent = Agent::start(fake.options().build()).unwrap();
    let start = Instant::now();
    let status = agent.stop(Duration::from_millis(200)).unwrap();
    assert_eq!(status.signal(), Some(9));
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[test]
fn dropping_the_last_handle_stops_and_reaps() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "exec sleep 100");
    let agent = Agent::start(fake.options().build()).unwrap();
    let pid = agent.pid().unwrap();
    let other = agent.clone();
    drop(agent);
    assert!(other.is_running(), "a clone keeps it");
    drop(other);
    assert!(!exists(pid));
}

#[test]
fn helpers_that_the_agent_leaves_behind_are_ended_too() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "sleep 100 & echo $! > $DIR/helper; wait");
    let agent = Agent::start(fake.options().build()).unwrap();
    let helper: u32 = fake.written("helper").trim().parse().unwrap();
    let start = Instant::now();
    agent.stop(GRACE).unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "their hold on the pipes delays nothing"
    );
    eventually(|| !is_running(helper));
}

#[test]
fn an_agent_can_be_stopped_from_another_thread_while_it_starts() {
    let fake =
        Fake::new("echo 'lvl=info msg=\"open config file\"'; echo up > $DIR/up; exec sleep 100");
    let agent = Agent::spawn(fake.options().build()).unwrap();
    let waiter = {
        let agent = agent.clone();
        std::thread::spawn(move || agent.wait_ready())
    };
    fake.written("up");
    agent.stop(GRACE).unwrap();
    let error = waiter.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped, "{error}");
    assert_eq!(agent.wait_ready().unwrap_err().kind(), ErrorKind::Stopped);
}

#[test]
fn an_agent_killed_before_it_is_spawned_never_runs_or_is_reaped() {
    let fake = Fake::new("exec sleep 100");
    for _ in 0..50 {
        let agent = Agent::spawn(fake.options().build()).unwrap();
        agent.kill();
        assert_eq!(agent.wait_ready().unwrap_err().kind(), ErrorKind::Stopped);
        assert!(!agent.pid().is_some_and(exists));
    }
}

#[test]
fn the_authtoken_reaches_the_agent_by_the_way_that_was_asked_for_and_is_not_shown() {
    let token = "2abcTOKENtokenTOKENtoken_1234";
    for (via, in_env, in_args) in [
        (AuthtokenVia::Environment, true, false),
        (AuthtokenVia::Overlay, false, false),
        (AuthtokenVia::Argument, false, true),
    ] {
        let api = Api::serve();
        let fake = Fake::ready(
            &api,
            "for last; do :; done; { echo \"args $*\"; echo \"env $NGROK_AUTHTOKEN\"; } > $DIR/seen
             case $last in *overlay*) cat $last > $DIR/overlay; stat -c %a $last > $DIR/mode; echo $last > $DIR/path;; esac
             echo \"t=1 lvl=dbug msg=auth token=$NGROK_AUTHTOKEN $*\" ; echo \"the token is $NGROK_AUTHTOKEN\" >&2
             echo done > $DIR/done; exec sleep 100",
        );
        let options = fake.options().authtoken(token).authtoken_via(via).build();
        let agent = Agent::start(options).unwrap();
        fake.written("done");
        let seen = fake.written("seen");
        assert_eq!(seen.contains(&format!("env {token}")), in_env, "{seen}");
        assert_eq!(
            seen.contains(&format!("--authtoken {token}")),
            in_args,
            "{seen}"
        );
        let overlay = if via == AuthtokenVia::Overlay {
            assert_eq!(
                fake.written("overlay"),
                format!("version: \"2\"\nauthtoken: \"{token}\"\n")
            );
            assert_eq!(fake.written("mode"), "600\n");
            Some(fake.written("path").trim().to_owned())
        } else {
            None
        };
        eventually(|| agent.logs().len() == 5);
        let shown = format!("{:?} {agent:?} {:?}", agent.logs(), agent.options());
        assert!(!shown.contains(token), "{shown}");
        agent.stop(GRACE);
        assert!(
            overlay.is_none_or(|path| !std::path::Path::new(&path).exists()),
            "the overlay is removed"
        );
    }
}

#[test]
fn events_come_in_order_and_end_with_the_exit() {
    let api = Api::serve();
    let fake = Fake::ready(
        &api,
        "echo 't=1 lvl=info msg=\"started tunnel\" obj=tunnels name=web addr=http://localhost:80 url=https://a.ngrok.app'
         echo 't=1 lvl=eror msg=\"session closed, starting reconnect loop\" obj=csess err=\"read EOF\"'
         echo 't=1 lvl=warn msg=careful'
         echo 't=1 lvl=info msg=\"tunnel session started\"'
         echo 't=1 lvl=info msg=\"client session established\"'
         exit 3",
    );
    let agent = Agent::spawn(fake.options().build()).unwrap();
    let events: Vec<AgentEvent> = agent.events().filter_map(Delivery::item).collect();
    let names: Vec<String> = events
        .iter()
        .map(|event| match event {
            AgentEvent::WebService { addr } => format!("web {addr}"),
            AgentEvent::SessionLost { error } => {
                format!("lost {}", error.as_deref().unwrap_or("-"))
            }
            AgentEvent::TunnelStarted { name, url } => format!("tunnel {name} {url}"),
            AgentEvent::Warning(line) => format!("warning {}", line.msg().unwrap_or("-")),
            AgentEvent::Exited { status, .. } => format!("exited {:?}", status.code()),
            other => format!("{other:?}")
                .split([' ', '{'])
                .next()
                .unwrap()
                .to_owned(),
        })
        .collect();
    assert_eq!(
        names,
        [
            "Starting",
            &format!("web {}", api.addr),
            "SessionUp",
            "tunnel web https://a.ngrok.app",
            "lost read EOF",
            "warning careful",
            "SessionUp",
            "exited Some(3)"
        ]
    );
    let found = agent.wait_for(|event| *event == AgentEvent::SessionUp, Duration::ZERO);
    assert_eq!(
        found.unwrap(),
        AgentEvent::SessionUp,
        "what has happened is found too"
    );
    assert_eq!(agent.wait().unwrap().code(), Some(3));
    let never = agent
        .wait_for(|_| false, Duration::from_secs(100))
        .unwrap_err();
    assert_eq!(
        never.kind(),
        ErrorKind::Exited,
        "the end of the agent ends the wait: {never}"
    );
    assert!(
        !never.to_string().contains("before it was ready"),
        "{never}"
    );
}

#[test]
fn a_binary_that_is_still_open_for_writing_is_waited_for() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "exec sleep 100");
    let writer = std::fs::OpenOptions::new()
        .append(true)
        .open(fake.path())
        .unwrap();
    let agent = Agent::spawn(fake.options().build()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    drop(writer);
    agent.wait_ready().unwrap();
}

#[test]
fn many_threads_may_stop_and_kill_at_once() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "exec sleep 100");
    let agent = Agent::start(fake.options().build()).unwrap();
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let stop = |n: u8| {
            let agent = agent.clone();
            move || {
                if n.is_multiple_of(2) {
                    agent.kill();
                }
                agent.stop(GRACE).unwrap()
            }
        };
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(stop(n))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(
        statuses.iter().all(|status| *status == statuses[0]),
        "{statuses:?}"
    );
    assert!(!exists(agent.pid().unwrap()));
}

#[test]
fn the_last_handle_may_go_within_a_callback() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "exec sleep 100");
    let slot = Arc::new(Mutex::new(None));
    let inner = slot.clone();
    let options = fake.options().event_callback(move |event| {
        if *event == AgentEvent::SessionUp {
            eventually(|| inner.lock().unwrap().take().is_some());
        }
    });
    let agent = Agent::spawn(options.build()).unwrap();
    eventually(|| agent.pid().is_some());
    let pid = agent.pid().unwrap();
    *slot.lock().unwrap() = Some(agent);
    eventually(|| !exists(pid));
}

#[test]
fn threads_that_write_a_binary_and_start_it_do_not_disturb_each_other() {
    let api = Api::serve();
    // A fork of one thread holds the file that another writes, so that its binary is busy for a moment.
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                let fake = Fake::ready(&api, "exec sleep 100");
                let agent = Agent::start(fake.options().build()).unwrap();
                assert!(agent.stop(GRACE).is_some());
            });
        }
    });
}
