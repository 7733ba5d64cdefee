//! Tables: definitions with what is wrong with them, for agents of both generations, and translations.

mod endpoints;
mod translation;

use serde_json::{Map, Value, json};

use super::*;
use crate::{AgentVersion, ConfigVersion};

const NEW: AgentVersion = AgentVersion::NEWEST;
const OLD: AgentVersion = AgentVersion::LAST_2;

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn shown(issues: Vec<Issue>) -> Vec<String> {
    let line = |issue: Issue| format!("{} {}", issue.severity, issue);
    issues.into_iter().map(line).collect()
}

fn tunnel(fields: Value, agent: AgentVersion) -> Vec<String> {
    let reader = Reader::file(agent, Some(ConfigVersion::V2));
    shown(Vocabulary::ngrok().check_tunnel(&map(fields), "tunnel `x`", reader))
}

fn endpoint(fields: Value) -> Vec<String> {
    let reader = Reader::file(NEW, Some(ConfigVersion::V3));
    shown(Vocabulary::ngrok().check_endpoint(&map(fields), "endpoint `x`", reader))
}

/// Each part must be in one of the issues; no part means that there is no issue.
fn expect(issues: &[String], parts: &[&str], about: &dyn std::fmt::Debug) {
    for part in parts {
        assert!(
            issues.iter().any(|issue| issue.contains(part)),
            "{about:?}: {part:?} is not in {issues:#?}"
        );
    }
    assert_eq!(
        issues.is_empty(),
        parts.is_empty(),
        "{about:?}: {issues:#?}"
    );
}

#[test]
fn what_is_wrong_with_a_tunnel_depends_on_the_agent() {
    let http = |more: Value| {
        let mut fields = map(json!({"proto": "http", "addr": 80}));
        fields.extend(map(more));
        Value::Object(fields)
    };
    // What it adds, what the newest agent says, what agent 2.3 says.
    let cases: &[(Value, &[&str], &[&str])] = &[
        (json!({}), &[], &[]),
        (
            json!({"bind_tls": true}),
            &[
                "error `bind_tls` of tunnel `x` is of older agents",
                "`schemes`: `[https]` for true",
            ],
            &[],
        ),
        (
            json!({"auth": "a:b"}),
            &["call it `basic_auth` and make it a list"],
            &[],
        ),
        (
            json!({"basic_auth": ["a:bbbbbbbb"]}),
            &[],
            &["so that the tunnel would be open to everyone; update the agent, or use `auth`"],
        ),
        (
            json!({"basic-auth": ["a:bbbbbbbb"]}),
            &["error unknown key `basic-auth` of tunnel `x`; call it `basic_auth`"],
            &["error unknown key `basic-auth`"],
        ),
        (
            json!({"bind-tls": true}),
            &["call it `schemes`"],
            &["call it `bind_tls`"],
        ),
        (
            json!({"domain": "a.example.com"}),
            &[],
            &[
                "error agent 2.3.42 ignores `domain` of tunnel `x`; update the agent, or use `hostname`",
            ],
        ),
        (json!({"hostname": "a.example.com"}), &[], &[]),
        (
            json!({"hostname": "a", "subdomain": "b"}),
            &["error `hostname` beside `subdomain`"],
            &["error `hostname` beside `subdomain`"],
        ),
        (json!({"ip_policy": "i"}), &["use `ip_restriction`"], &[]),
        (
            json!({"moon": 1}),
            &["error unknown key `moon`", "check its name"],
            &["warning unknown key `moon`"],
        ),
        (
            json!({"name": "y"}),
            &["in a file the name is the key above"],
            &["in a file the name"],
        ),
        (
            json!({"upstream": {"url": 80}}),
            &["which is a key of endpoints; write the definition under `endpoints`"],
            &["which is a key of endpoints"],
        ),
        (
            json!({"ip_restriction": {"allow": ["1.1.1.1/32"]}}),
            &[
                "error unknown key `ip_restriction.allow` of tunnel `x`; did you mean `allow_cidrs`?",
            ],
            &["open to everyone"],
        ),
        (
            json!({"oauth": {"provider": "google", "oauth_scopes": ["a"]}}),
            &["`oauth.oauth_scopes`", "call it `scopes`"],
            &["open to everyone"],
        ),
        (
            json!({"oauth": {}}),
            &["error no `provider` in `oauth` of tunnel `x`"],
            &["open to everyone"],
        ),
        (
            json!({"schemes": ["ftp"]}),
            &["`schemes` of tunnel `x` has a wrong value"],
            &["ignores `schemes`"],
        ),
        (
            json!({"proxy_proto": 9}),
            &["make it one of 1, 2"],
            &["ignores `proxy_proto`"],
        ),
        (
            json!({"addr": 69420}),
            &["a port from 1 to 65535"],
            &["a port from 1 to 65535"],
        ),
        (
            json!({"addr": null}),
            &["error no `addr` of tunnel `x`"],
            &["error no `addr`"],
        ),
        (
            json!({"proto": "HTTP"}),
            &["make it one of http, tcp, tls"],
            &["make it one of http, tcp, tls"],
        ),
        (
            json!({"proto": null}),
            &["error no `proto` of tunnel `x`"],
            &["error no `proto` of tunnel `x`"],
        ),
        (
            json!({"proto": null, "url": "https://a.example.com"}),
            &["warning no `proto`"],
            &["error no `proto`", "ignores `url`"],
        ),
        (
            json!({"proto": "tcp", "basic_auth": ["a:bbbbbbbb"]}),
            &[
                "error `basic_auth` of tunnel `x`, which agent 3.39.9 refuses for protocol tcp",
                "`ip_restriction`",
            ],
            &["open to everyone"],
        ),
        (
            json!({"proto": "tcp", "auth": "a:b"}),
            &["`auth`"],
            &["error `auth` of tunnel `x`, which agent 2.3.42 ignores for protocol tcp"],
        ),
        (
            json!({"proto": "tcp", "inspect": true}),
            &["only http can be inspected"],
            &["only http can be inspected"],
        ),
        (json!({"proto": "tcp", "inspect": false}), &[], &[]),
        (
            json!({"proto": "tls", "crt": "c.pem"}),
            &["`crt` without `key`"],
            &["`crt` without `key`"],
        ),
        (
            json!({"proto": "tls", "crt": "c.pem", "key": "k.pem"}),
            &[],
            &[],
        ),
        (
            json!({"proto": "tls", "terminate_at": "nowhere"}),
            &["make it one of edge, agent, upstream"],
            &["ignores `terminate_at`"],
        ),
        (
            json!({"labels": ["a=b"]}),
            &["error `labels` beside `proto`"],
            &["ignores `labels`"],
        ),
        (
            json!({"proto": null, "labels": ["a=b"]}),
            &[],
            &["ignores `labels`"],
        ),
        (
            json!({"addr": "proxy:${PORT}"}),
            &["waits to be filled in"],
            &["waits to be filled in"],
        ),
        (json!({"metadata": "${X}"}), &[], &[]),
        (
            json!({"metadata": {"a": 1}}),
            &["`metadata` of tunnel `x` has a wrong type"],
            &["wrong type"],
        ),
        (
            json!({"traffic_policy": {"inbound": []}}),
            &["phase of the older language", "call it `on_http_request`"],
            &["open to everyone"],
        ),
        (
            json!({"policy": {"inbound": [{"actions": [{"type": "deny"}]}]}}),
            &[],
            &["open to everyone"],
        ),
        (
            json!({"proto": "tcp", "traffic_policy": {"inbound": [{"actions": [{"type": "deny"}]}]}}),
            &[],
            &["open to everyone"],
        ),
        (
            json!({"traffic_policy": {"on_http_request": [{"name": "x"}]}}),
            &["error a rule without an action, in `traffic_policy` of tunnel `x`"],
            &["open to everyone"],
        ),
    ];
    for (more, new, old) in cases {
        let mut fields = http(more.clone());
        if let Value::Object(fields) = &mut fields {
            fields.retain(|_, value| !value.is_null());
        }
        expect(&tunnel(fields.clone(), NEW), new, more);
        expect(&tunnel(fields, OLD), old, more);
    }
}

/// A remedy never says to remove a key that ngrok documents, and an issue never shows a value.
#[test]
fn remedies_keep_documented_keys_and_hide_values() {
    let vocabulary = Vocabulary::ngrok();
    for key in vocabulary.keys(Place::Tunnel) {
        for protocol in ["http", "tcp", "tls"] {
            for agent in [OLD, AgentVersion::new(3, 0, 0), NEW] {
                let fields = map(json!({"proto": protocol, "addr": 80, key.name(): "SENTINEL"}));
                for issue in
                    vocabulary.check_tunnel(&fields, "tunnel `x`", Reader::file(agent, None))
                {
                    let text = issue.to_string();
                    assert!(
                        !text.contains("remove it") && !text.contains("SENTINEL"),
                        "{text}"
                    );
                    if key.guard() != Guard::No {
                        assert!(!issue.remedy.contains("leave it out"), "{text}");
                    }
                }
            }
        }
    }
}
