//! Which options share an agent.

use std::sync::Barrier;
use std::thread;

use ngrok_process::{
    AuthtokenVia, ErrorKind, Registry, get_process, is_process_running, kill_process,
};

use crate::fake::{Api, Fake, exists};

fn counting(api: &Api) -> Fake {
    Fake::ready(api, "echo started >> $DIR/starts; exec sleep 100")
}

#[test]
fn the_same_options_share_an_agent_and_others_do_not() {
    let api = Api::serve();
    let fake = counting(&api);
    let registry = Registry::new();
    let base = || fake.options();
    let first = registry.get_or_start(base().build()).unwrap();
    let again = registry.get_or_start(base().max_logs(5).build()).unwrap();
    assert_eq!(first.pid(), again.pid());
    let link = fake.dir().join("link");
    std::os::unix::fs::symlink(fake.path(), &link).unwrap();
    assert!(registry.is_running(&link), "one file has one name");

    let mut pids = vec![first.pid()];
    for other in [
        base().config_path("/a.yml"),
        base().config_path("/b.yml"),
        base().authtoken("token-one"),
        base()
            .authtoken("token-two")
            .authtoken_via(AuthtokenVia::Argument),
        base().env("NGROK_AUTHTOKEN", "token-three"),
        base().web_addr("127.0.0.1:4045"),
    ] {
        let options = other.build();
        let agent = registry.get_or_start(options.clone()).unwrap();
        assert_eq!(registry.get(&options).unwrap().pid(), agent.pid());
        pids.push(agent.pid());
    }
    let all = pids.len();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), all, "each has an agent of its own");

    let error = registry.start(base().build()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyRunning, "{error}");

    registry.kill(&link);
    assert!(!registry.is_running(&fake.path()));
    assert!(
        pids.iter().all(|pid| !exists(pid.unwrap())),
        "all are reaped"
    );
}

#[test]
fn threads_that_ask_at_once_get_one_agent() {
    let api = Api::serve();
    let fake = counting(&api);
    let registry = Registry::new();
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                registry.get_or_start(fake.options().build()).unwrap();
            });
        }
    });
    assert_eq!(fake.written("starts"), "started\n");
}

#[test]
fn a_start_can_be_killed_by_path_and_a_dead_agent_is_replaced() {
    let registry = Registry::new();
    let slow = Fake::new("echo up > $DIR/up; exec sleep 100");
    thread::scope(|scope| {
        let starting = scope.spawn(|| registry.get_or_start(slow.options().build()));
        slow.written("up");
        registry.kill(&slow.path());
        let error = starting.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped, "{error}");
    });

    let api = Api::serve();
    let fake = counting(&api);
    let first = registry.get_or_start(fake.options().build()).unwrap();
    // Not waited for: one that is about to end is replaced as well.
    first.kill();
    let second = registry.get_or_start(fake.options().build()).unwrap();
    assert_ne!(first.pid(), second.pid());
    assert!(second.is_running());
}

#[test]
fn the_functions_work_on_one_registry_of_the_program() {
    let api = Api::serve();
    let fake = counting(&api);
    assert!(!is_process_running(fake.path()), "asking starts nothing");
    let agent = get_process(fake.options().build()).unwrap();
    assert!(is_process_running(fake.path()));
    assert_eq!(
        get_process(fake.options().build()).unwrap().pid(),
        agent.pid()
    );
    kill_process(fake.path());
    assert!(!is_process_running(fake.path()) && !agent.is_running());
    kill_process(fake.path());
}
