//! Connections that break at any byte: every call ends in time with the right kind, and what makes an object is never sent
//! twice.

use std::time::{Duration, Instant};

use ngrok_cloudapi::types::IpPolicyCreate;
use ngrok_cloudapi::{Client, ErrorKind, RetryPolicy};
use ngrok_testkit::{ConnectionFault, FaultProxy, LoopbackCloud};

const LIMIT: Duration = Duration::from_millis(500);
const GRACE: Duration = Duration::from_millis(1500);

struct Lab {
    cloud: LoopbackCloud,
    proxy: FaultProxy,
}

impl Lab {
    fn new() -> Self {
        let cloud = LoopbackCloud::start().unwrap();
        let address = cloud.url().trim_start_matches("http://").parse().unwrap();
        let proxy = FaultProxy::to(address).unwrap();
        Self { cloud, proxy }
    }

    fn client(&self, retry: RetryPolicy) -> Client {
        Client::builder(self.cloud.api_key())
            .base_url(self.proxy.url())
            .timeout(LIMIT)
            .no_rate_limit()
            .retry(retry)
            .build()
            .unwrap()
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
        for at in (0..500).step_by(11) {
            lab.proxy.set(fault(at));
            let begin = Instant::now();
            let outcome = lab
                .client(RetryPolicy::never())
                .ip_policies()
                .list()
                .collect_all();
            assert!(begin.elapsed() < LIMIT + GRACE, "{:?}", fault(at));
            if let Err(error) = outcome {
                assert!(
                    matches!(error.kind(), ErrorKind::Connection | ErrorKind::Decode),
                    "{:?}: {:?} {error}",
                    fault(at),
                    error.kind()
                );
            }
        }
    }
}

#[test]
fn stalls_and_drips_end_at_the_deadline() {
    let lab = Lab::new();
    for fault in [
        ConnectionFault::StallResponseAt(0),
        ConnectionFault::StallResponseAt(100),
        ConnectionFault::Drip(Duration::from_millis(20)),
    ] {
        lab.proxy.set(fault);
        let begin = Instant::now();
        let error = lab
            .client(RetryPolicy::default())
            .ip_policies()
            .list()
            .collect_all()
            .unwrap_err();
        assert!(error.is_timeout(), "{fault:?}: {error}");
        assert!(begin.elapsed() < LIMIT + GRACE, "{fault:?}");
    }
}

#[test]
fn an_object_is_never_made_twice_wherever_the_connection_breaks() {
    let lab = Lab::new();
    for fault in [
        ConnectionFault::ResetResponseAt(0),
        ConnectionFault::CloseResponseAt(0),
        ConnectionFault::ResetResponseAt(60),
        ConnectionFault::CloseResponseAt(250),
        ConnectionFault::StallResponseAt(10),
    ] {
        lab.proxy.set(fault);
        let before = lab.cloud.requests().len();
        let client = lab.client(RetryPolicy::default());
        client
            .ip_policies()
            .create(&IpPolicyCreate::default())
            .unwrap_err();
        assert_eq!(lab.cloud.requests().len(), before + 1, "{fault:?}");
    }
    // A call that changes nothing is repeated.
    lab.proxy.set(ConnectionFault::ResetResponseAt(0));
    let before = lab.proxy.connections();
    lab.client(RetryPolicy::default())
        .ip_policies()
        .list()
        .collect_all()
        .unwrap_err();
    assert!(lab.proxy.connections() > before + 1);
}
