//! Agents that die and come again.

use std::fs;
use std::time::Duration;

use ngrok_process::{Delivery, ErrorKind, RestartPolicy, Supervisor, SupervisorEvent};

use crate::fake::{Api, Fake, exists};

fn quick() -> RestartPolicy {
    RestartPolicy::default()
        .first_pause(Duration::from_millis(1))
        .longest_pause(Duration::from_secs(30))
}

fn names(events: impl Iterator<Item = Delivery<SupervisorEvent>>) -> Vec<String> {
    let name = |event| match event {
        SupervisorEvent::Started(_) => "started".to_owned(),
        SupervisorEvent::Exited(status) => format!("exited {:?}", status.code()),
        SupervisorEvent::Failed(error) => format!("failed {:?}", error.kind()),
        SupervisorEvent::Restarting { attempt, pause } => {
            format!("again {attempt} after {pause:?}")
        }
        SupervisorEvent::GaveUp(error) => format!("gave up {:?}", error.kind()),
        other => format!("{other:?}").to_lowercase(),
    };
    events.filter_map(Delivery::item).map(name).collect()
}

#[test]
fn an_agent_that_dies_is_started_again_until_an_error_is_final() {
    let api = Api::serve();
    // The first run dies early, the second after it was ready, the third is refused.
    let fake = Fake::new(&format!(
        "n=$(cat $DIR/n 2>/dev/null || echo 0); echo $((n+1)) > $DIR/n
         case $n in
         0) exit 5;;
         1) {}\n while [ ! -e $DIR/go ]; do sleep 0.02; done; exit 6;;
         *) echo 'ERROR:  ERR_NGROK_107' >&2; exit 1;;
         esac",
        crate::fake::ready_lines(&api.addr)
    ));
    let (supervisor, mut events) = Supervisor::start(fake.options().build(), quick()).unwrap();
    assert_eq!(
        names(events.by_ref().take(3)),
        ["failed Exited", "again 1 after 1ms", "started"]
    );
    assert!(supervisor.agent().is_some_and(|agent| agent.has_session()));
    fs::write(fake.dir().join("go"), "").unwrap();
    assert_eq!(
        names(events),
        [
            "exited Some(6)",
            "again 2 after 2ms",
            "failed Auth",
            "gave up Auth"
        ]
    );
    assert!(supervisor.agent().is_none());
    assert_eq!(fake.written("n"), "3\n");
}

#[test]
fn the_policy_ends_a_row_of_failures() {
    let fake = Fake::new("exit 5");
    let policy = quick().max_restarts(2);
    let (_supervisor, events) = Supervisor::start(fake.options().build(), policy).unwrap();
    let names = names(events);
    assert_eq!(names.len(), 3 + 2 + 1, "{names:?}");
    assert_eq!(names.last().unwrap(), "gave up Exited");
}

#[test]
fn a_start_that_takes_longer_than_the_longest_pause_is_no_time_up() {
    let fake = Fake::new("exec sleep 100");
    let policy = quick()
        .longest_pause(Duration::from_millis(20))
        .max_restarts(2);
    let options = fake.options().startup_timeout(Duration::from_millis(100));
    let (_supervisor, events) = Supervisor::start(options.build(), policy).unwrap();
    let names = names(events.take(6));
    assert_eq!(names.last().unwrap(), "gave up Timeout", "{names:?}");
}

#[test]
fn stopping_ends_the_agent_the_pause_and_the_start() {
    let api = Api::serve();
    let running = Fake::ready(&api, "echo up > $DIR/up; exec sleep 100");
    let (supervisor, mut events) = Supervisor::start(running.options().build(), quick()).unwrap();
    let Some(Delivery::Item(SupervisorEvent::Started(agent))) = events.next() else {
        panic!("it starts");
    };
    drop(supervisor);
    assert!(!exists(agent.pid().unwrap()));
    assert_eq!(names(events), ["stopped"]);

    let starting = Fake::new("echo up > $DIR/up; exec sleep 100");
    let (supervisor, events) = Supervisor::start(starting.options().build(), quick()).unwrap();
    starting.written("up");
    supervisor.stop(Duration::from_secs(5));
    assert_eq!(names(events), ["stopped"]);

    let pausing = Fake::new("exit 5");
    let policy = quick().first_pause(Duration::from_secs(25));
    let (supervisor, mut events) = Supervisor::start(pausing.options().build(), policy).unwrap();
    events.next();
    events.next();
    supervisor.stop(Duration::from_secs(5));
    assert_eq!(names(events), ["stopped"]);

    let missing = starting.options().build().to_builder().arg("x").build();
    drop(starting);
    let (_supervisor, events) = Supervisor::start(missing, quick()).unwrap();
    assert_eq!(
        names(events),
        [
            format!("failed {:?}", ErrorKind::NotFound),
            "gave up NotFound".to_owned()
        ]
    );
}
