//! What to write instead of a key.

use super::key::{Becomes, Key};
use super::protocol::Protocol;
use super::vocabulary::Place;

/// How to say it in the new way.
pub(super) fn renamed(key: &Key, name: &str) -> String {
    match key.name() {
        "bind_tls" => format!(
            "call it `{name}`: `[https]` for true, `[http]` for false, `[http, https]` for both"
        ),
        "auth" => format!("call it `{name}` and make it a list of `user:password`"),
        "ip_policy" => format!(
            "use `{name}` with `allow_cidrs` and `deny_cidrs`, or the traffic-policy action `restrict-ips` with `ip_policies`"
        ),
        _ => format!("call it `{name}`"),
    }
}

/// What an endpoint has for a key of a tunnel.
pub(super) fn instead(key: &Key, protocol: Option<Protocol>) -> String {
    match key.in_endpoint() {
        Becomes::Same => format!("call it `{}`", key.new_name().unwrap_or(key.name())),
        Becomes::Url => "say it in `url`".into(),
        Becomes::Key(name) => format!("say it in `{name}`"),
        Becomes::Policy => "call it `traffic_policy`".into(),
        Becomes::Termination => {
            "use `agent_tls_termination` to end TLS in the agent, or the traffic-policy action `terminate-tls`".into()
        }
        Becomes::Action { action, phase, how } => {
            let phase = match protocol {
                Some(Protocol::Tcp | Protocol::Tls) => "on_tcp_connect",
                _ => phase,
            };
            let actions = action.replace(", ", "` and `");
            let noun = if action.contains(',') { "actions" } else { "action" };
            format!("use the traffic-policy {noun} `{actions}` in `{phase}`: {how}")
        }
        Becomes::Nothing(why) => why.into(),
    }
}

/// Names that people write and no agent has.
pub(super) fn often_written(place: Place, name: &str) -> Option<&'static str> {
    match (place, name) {
        (Place::Tunnel, "remote_port") => Some("use `remote_addr`, as `host:port`"),
        (Place::Tunnel, "hostname_binding") => Some("use `domain`"),
        (Place::Tunnel, "tunnel") => {
            Some("move its keys one level up, under the name of the tunnel")
        }
        (Place::Agent | Place::Top, "authtoken_from_env") => {
            Some("leave it out: the agent reads NGROK_AUTHTOKEN by itself")
        }
        (Place::Agent | Place::Top, "inlets") => {
            Some("call it `tunnels`, or `endpoints` in version 3")
        }
        _ => None,
    }
}
