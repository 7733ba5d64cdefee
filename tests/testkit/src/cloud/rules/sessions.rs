//! Sessions and tunnels of agents, which a test puts there: no agent connects to a loopback cloud.

use serde_json::{Map, Value, json};

use super::{default, plain};
use crate::cloud::answer::Checked;
use crate::cloud::store::{Resource, Store, now};

/// Refuses what a session's agent cannot do from afar.
pub(in crate::cloud) fn check(session: &Resource, operation: &str) -> Checked {
    let ssh = session.text("transport") == Some("ssh");
    let windows = session
        .text("os")
        .is_some_and(|os| os.eq_ignore_ascii_case("windows"));
    match operation {
        "update" if ssh => Err(plain("1121")),
        "restart" if ssh => Err(plain("1122")),
        "restart" if windows => Err(plain("804")),
        _ => Ok(()),
    }
}

pub(super) fn fill(
    store: &mut Store,
    service: &str,
    id: &str,
    given: &mut Map<String, Value>,
    own: &mut Map<String, Value>,
) {
    default(own, "started_at", now());
    default(own, "region", "us");
    if service == "tunnel_sessions" {
        default(own, "agent_version", "3.39.0");
        default(own, "ip", "127.0.0.1");
        default(own, "os", "linux");
        default(own, "transport", "ngrok/2");
        if !own.contains_key("credential") && !given.contains_key("credential") {
            let credential = store.new_id("credentials");
            let uri = format!("{}/credentials/{credential}", store.base());
            own.insert(
                "credential".to_owned(),
                json!({"id": credential, "uri": uri}),
            );
        }
        return;
    }
    // A tunnel and its endpoint share the part of the id after the prefix.
    let (_, bare) = id.split_once('_').unwrap_or(("", id));
    let endpoint = format!("ep_{bare}");
    let uri = format!("{}/endpoints/{endpoint}", store.base());
    default(own, "endpoint", json!({"id": endpoint, "uri": uri}));
    default(own, "proto", "https");
}
