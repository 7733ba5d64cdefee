//! Deadlines, progress and cancelling: an install never waits longer than it was told to.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ngrok_installer::{
    ErrorKind, InstallerBuilder, Outcome, Progress, Receipt, Result, Source, Stage,
};

use crate::support::archives::{program, tgz};
use crate::support::host::{Answer, Host};
use crate::support::{Place, whole_text};

const MINUTE: Duration = Duration::from_secs(60);

fn from(place: &Place, host: &Host) -> InstallerBuilder {
    place.builder().source(Source::url(host.url("/ngrok.tgz")))
}

fn install(builder: InstallerBuilder) -> Result<Receipt> {
    builder.build()?.install()
}

#[test]
fn a_server_that_goes_quiet_is_left_after_the_idle_time() {
    for stall_at in [0, 1000] {
        let archive = tgz(&program(1, 300_000));
        let host = Host::start(move |_| Answer {
            stall_at: Some(stall_at),
            ..Answer::ok(&archive)
        });
        let builder = from(&Place::new(), &host).retries(0);
        let start = Instant::now();
        let error = install(builder.idle_timeout(Duration::from_millis(300))).unwrap_err();
        assert!(error.is_timeout(), "{}", whole_text(&error));
        assert!(start.elapsed() >= Duration::from_millis(300));
        assert!(start.elapsed() < MINUTE / 2);
    }
}

#[test]
fn a_host_that_never_finishes_its_handshake_is_left_after_the_connect_time() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/ngrok.tgz", silent.local_addr().unwrap());
    let builder = Place::new().builder().source(Source::url(url)).retries(0);
    let start = Instant::now();
    let error = install(builder.connect_timeout(Duration::from_millis(300))).unwrap_err();
    assert!(error.is_timeout(), "{}", whole_text(&error));
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(start.elapsed() < MINUTE / 2);
}

#[test]
fn a_trickle_keeps_the_connection_but_not_past_the_whole_deadline() {
    let archive = tgz(&program(1, 300_000));
    let host = Host::start(move |_| Answer {
        pace: Some((100, Duration::from_millis(20))),
        ..Answer::ok(&archive)
    });
    let start = Instant::now();
    let builder = from(&Place::new(), &host).timeout(Duration::from_millis(700));
    let error = install(builder).unwrap_err();
    assert!(error.is_timeout(), "{}", whole_text(&error));
    assert!(start.elapsed() >= Duration::from_millis(700));
    assert!(start.elapsed() < MINUTE / 2);
    assert_eq!(host.count(), 1, "no try begins after the deadline");
}

#[test]
fn progress_is_told_now_and_then_and_to_the_end() {
    let archive = tgz(&program(1, 200_000));
    let size = archive.len() as u64;
    let host = Host::start(move |_| Answer {
        pace: Some((8 * 1024, Duration::from_millis(40))),
        ..Answer::ok(&archive)
    });
    let seen: Arc<Mutex<Vec<(Instant, Progress)>>> = Arc::default();
    let log = Arc::clone(&seen);
    let builder = from(&Place::new(), &host).on_progress(move |progress| {
        log.lock().unwrap().push((Instant::now(), progress));
        ControlFlow::Continue(())
    });
    install(builder).unwrap();
    let seen = seen.lock().unwrap();
    let (_, last) = seen.last().unwrap();
    assert_eq!(
        (last.stage, last.bytes, last.total),
        (Stage::Reading, size, Some(size))
    );
    assert!(
        seen.windows(2).all(|w| w[0].1.bytes <= w[1].1.bytes),
        "{seen:?}"
    );
    for (at, _) in seen.iter() {
        let second = *at..*at + Duration::from_secs(1);
        let calls = seen.iter().filter(|(t, _)| second.contains(t)).count();
        assert!(calls <= 10, "{calls} calls within a second");
    }
}

#[test]
fn the_callback_ends_it_while_bytes_come_and_while_none_do() {
    for stall_at in [None, Some(0), Some(5000)] {
        let archive = tgz(&program(1, 3_000_000));
        let host = Host::start(move |_| Answer {
            stall_at,
            pace: Some((50_000, Duration::from_millis(20))),
            ..Answer::ok(&archive)
        });
        let place = Place::new();
        let mut calls = 0;
        let builder = from(&place, &host).on_progress(move |_| {
            calls += 1;
            if calls < 4 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        let start = Instant::now();
        let error = install(builder.idle_timeout(MINUTE)).unwrap_err();
        assert!(error.is_cancelled(), "{stall_at:?}: {}", whole_text(&error));
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(start.elapsed() < MINUTE / 2);
        assert_eq!(place.names(), ["ngrok.lock"]);
    }
}

#[test]
fn a_cancelled_installer_may_try_again() {
    fn is_shared_between_threads<T: Send + Sync>(_: &T) {}
    let host = Host::serving(tgz(&program(1, 2000)));
    let place = Place::new();
    let mut calls = 0;
    let builder = from(&place, &host).on_progress(move |_| {
        calls += 1;
        if calls == 1 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let installer = builder.build().unwrap();
    is_shared_between_threads(&installer);
    assert!(installer.install().unwrap_err().is_cancelled());
    assert_eq!(installer.install().unwrap().outcome, Outcome::Fresh);
}
