//! Several handles, threads and agents in one program.

#[cfg(unix)]
use std::time::{Duration, Instant};

use ngrok_facade::{Error, Ngrok};
use ngrok_testkit::{LoopbackAgent, eventually};

use crate::lab::{Lab, PATIENCE, visit};

#[test]
fn two_handles_have_two_agents() {
    let (one, two) = (Lab::new(), Lab::new());
    let (first, second) = (one.ngrok(), two.ngrok());
    let here = first.connect(one.addr()).unwrap();
    let there = second.connect(two.addr()).unwrap();
    assert_ne!(first.api_url().unwrap(), second.api_url().unwrap());
    first.kill();
    assert!(eventually(PATIENCE, || visit(here.public_url()).is_none()));
    assert_eq!(visit(there.public_url()).unwrap().0, 200);
}

#[test]
fn many_threads_share_one_agent() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    let addr = lab.addr();
    let pids: Vec<Option<u32>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let tunnel = ngrok.connect(&addr).unwrap();
                    assert_eq!(visit(tunnel.public_url()).unwrap().0, 200);
                    tunnel.disconnect().unwrap();
                    ngrok.process().unwrap().pid()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(
        pids.iter().all(|pid| pid.is_some() && *pid == pids[0]),
        "{pids:?}"
    );
    assert!(ngrok.tunnels().unwrap().is_empty());
}

#[test]
fn an_attached_handle_uses_the_agent_and_leaves_it_alone() {
    let lab = Lab::new();
    let agent = LoopbackAgent::builder().start().unwrap();
    {
        let ngrok = Ngrok::attach(lab.builder().build().unwrap(), agent.api_url());
        let tunnel = ngrok.connect(lab.addr()).unwrap();
        assert_eq!(visit(tunnel.public_url()).unwrap().0, 200);
        assert!(matches!(
            ngrok.process().unwrap_err(),
            Error::NotOurs { .. }
        ));
        assert!(ngrok.running().is_none());
        ngrok.kill();
        assert_eq!(ngrok.tunnels().unwrap().len(), 1);
    }
    let again = Ngrok::attach(lab.builder().build().unwrap(), agent.api_url());
    assert_eq!(
        again.tunnels().unwrap().len(),
        1,
        "dropping the handle ended nothing"
    );
}

#[test]
#[cfg(unix)]
fn kill_ends_an_agent_that_does_not_get_ready() {
    let lab = Lab::new();
    let path = crate::lab::script(&lab, "exec sleep 60");
    let ngrok = Ngrok::new(
        lab.builder()
            .ngrok_path(path)
            .startup_timeout(Duration::from_secs(30))
            .build()
            .unwrap(),
    );
    let began = Instant::now();
    let waiting = std::thread::spawn({
        let ngrok = ngrok.clone();
        move || ngrok.connect(80)
    });
    assert!(eventually(PATIENCE, || ngrok.running().is_some()));
    ngrok.kill();
    assert!(waiting.join().unwrap().is_err());
    assert!(began.elapsed() < PATIENCE, "nobody waited for the deadline");
}

#[test]
#[cfg(unix)]
fn the_start_has_a_deadline() {
    let lab = Lab::new();
    let path = crate::lab::script(&lab, "exec sleep 60");
    let config = lab
        .builder()
        .ngrok_path(path)
        .startup_timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let began = Instant::now();
    let error = Ngrok::new(config).connect(80).unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
}
