//! Connections that break at any byte: every operation ends in time with the right kind, and nothing is sent twice that must
//! not be.

use std::time::{Duration, Instant};

use ngrok_localapi::{Client, ErrorKind, TunnelConfig};
use ngrok_testkit::{ConnectionFault, FaultProxy, LoopbackAgent, eventually};

const DEADLINE: Duration = Duration::from_millis(400);
const GRACE: Duration = Duration::from_millis(1500);

struct Lab {
    agent: LoopbackAgent,
    proxy: FaultProxy,
}

impl Lab {
    fn new() -> Self {
        let agent = LoopbackAgent::builder().start().unwrap();
        let address = agent
            .api_url()
            .trim_start_matches("http://")
            .parse()
            .unwrap();
        let proxy = FaultProxy::to(address).unwrap();
        Self { agent, proxy }
    }

    /// A client without a connection from before.
    fn client(&self) -> Client {
        Client::builder(self.proxy.url())
            .deadline(DEADLINE)
            .build()
            .unwrap()
    }

    fn tunnels(&self) -> usize {
        self.agent.tunnels().as_array().unwrap().len()
    }
}

#[test]
fn a_read_that_is_cut_at_any_byte_ends_in_time_with_a_kind_that_says_so() {
    let lab = Lab::new();
    let faults = [
        ConnectionFault::ResetRequestAt as fn(usize) -> ConnectionFault,
        ConnectionFault::ResetResponseAt,
        ConnectionFault::CloseResponseAt,
    ];
    for fault in faults {
        // The request and the response both have some hundred bytes; past the end nothing breaks.
        for at in (0..400).step_by(7) {
            lab.proxy.set(fault(at));
            let begin = Instant::now();
            let outcome = lab.client().tunnels().list();
            assert!(begin.elapsed() < DEADLINE + GRACE, "{:?}", fault(at));
            if let Err(error) = outcome {
                assert!(
                    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Decode),
                    "{:?}: {:?} {error}",
                    fault(at),
                    error.kind()
                );
            }
        }
    }
}

#[test]
fn stalls_drips_garbage_and_floods_end_at_the_deadline() {
    let lab = Lab::new();
    for fault in [
        ConnectionFault::StallResponseAt(0),
        ConnectionFault::StallResponseAt(40),
        ConnectionFault::StallResponseAt(120),
        ConnectionFault::Drip(Duration::from_millis(20)),
    ] {
        lab.proxy.set(fault);
        let begin = Instant::now();
        let error = lab.client().tunnels().list().unwrap_err();
        assert!(error.is_timeout(), "{fault:?}: {error}");
        assert!(begin.elapsed() < DEADLINE + GRACE, "{fault:?}");
    }
    for fault in [ConnectionFault::Refuse, ConnectionFault::Garbage] {
        lab.proxy.set(fault);
        let begin = Instant::now();
        lab.client().tunnels().list().unwrap_err();
        assert!(begin.elapsed() < DEADLINE + GRACE, "{fault:?}");
    }
}

/// The first one may have had its effect, wherever the connection broke.
#[test]
fn a_tunnel_is_never_asked_for_twice() {
    let lab = Lab::new();
    for (at, fault) in [
        ConnectionFault::ResetResponseAt(0),
        ConnectionFault::CloseResponseAt(0),
        ConnectionFault::ResetResponseAt(30),
        ConnectionFault::CloseResponseAt(200),
        ConnectionFault::StallResponseAt(10),
    ]
    .into_iter()
    .enumerate()
    {
        lab.proxy.set(fault);
        let before = lab.proxy.connections();
        let config = TunnelConfig::http(format!("web-{at}"), 80).schemes(["http"]);
        lab.client().tunnels().start(&config).unwrap_err();
        assert_eq!(lab.proxy.connections(), before + 1, "{fault:?}");
        assert!(
            eventually(DEADLINE + GRACE, || lab.tunnels() == at + 1),
            "{fault:?}"
        );
    }
}
