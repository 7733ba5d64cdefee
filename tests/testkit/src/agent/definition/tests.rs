//! Definitions as they are accepted and refused.

use serde_json::json;

use super::*;

#[test]
fn refusals_are_worded_as_the_agent_words_them() {
    for (document, refusal) in [
        (json!({}), "Invalid protocol name ''"),
        (
            json!({"name": "b", "proto": "udp", "addr": "1"}),
            "Invalid protocol name 'udp'",
        ),
        (
            json!({"proto": "http", "addr": "80"}),
            "Tunnel declaration must contain a 'name'",
        ),
        (
            json!({"name": "n", "proto": "http"}),
            "Tunnel 'n' must specify 'addr' to tunnel to",
        ),
        (
            json!({"name": 5, "proto": "http", "addr": "80"}),
            "json: cannot unmarshal number into Go struct field .name of type string",
        ),
        (
            json!({"name": "n", "proto": "http", "addr": "80", "inspect": "yes"}),
            "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `yes` into bool",
        ),
        (
            json!({"name": "n", "proto": "tcp", "addr": "80", "inspect": true}),
            "TCP tunnel 'n' cannot inspect traffic",
        ),
        (
            json!({"name": "n", "proto": "http", "addr": "80", "bind_tls": true}),
            "yaml: unmarshal errors:\n  line 1: field bind_tls not found in type config.HTTPv2Tunnel",
        ),
        (
            json!({"name": "n", "proto": "http", "addr": "80", "hostname": "a", "subdomain": "b"}),
            "Tunnel 'n' must not specify both hostname and subdomain.",
        ),
    ] {
        assert_eq!(Definition::tunnel(&document).unwrap_err(), refusal);
    }
}

#[test]
fn null_fields_count_as_absent() {
    let document =
        json!({"name": "n", "proto": "http", "addr": 80, "inspect": null, "metadata": null});
    let definition = Definition::tunnel(&document).unwrap();
    assert!(definition.inspect);
    assert_eq!(definition.target.to_string(), "http://localhost:80");
}

#[test]
fn an_endpoint_takes_its_kind_from_its_url_or_its_upstream() {
    for (document, kind, target) in [
        (
            json!({"name": "e", "upstream": {"url": "8080"}}),
            Kind::Http,
            "http://localhost:8080",
        ),
        (
            json!({"name": "e", "upstream": {"url": 8080}}),
            Kind::Http,
            "http://localhost:8080",
        ),
        (
            json!({"name": "e", "url": "tcp://", "upstream": {"url": "localhost:22"}}),
            Kind::Tcp,
            "localhost:22",
        ),
        (
            json!({"name": "e", "upstream": {"url": "tcp://localhost:22"}}),
            Kind::Tcp,
            "localhost:22",
        ),
        (
            json!({"name": "e", "url": "tls://a.test", "upstream": {"url": "443"}}),
            Kind::Tls,
            "tls://localhost:443",
        ),
    ] {
        let endpoint = Definition::endpoint(&document).unwrap();
        assert_eq!(
            (endpoint.kind, endpoint.target.to_string().as_str()),
            (kind, target)
        );
    }
    let refused = json!({"name": "e", "upstream": {"url": "80"}, "basic_auth": ["a:b"]});
    assert!(
        Definition::endpoint(&refused)
            .unwrap_err()
            .contains("basic_auth")
    );
}

#[test]
fn a_policy_as_object_or_text_guards_an_endpoint() {
    let policy = json!({"on_http_request": [{"actions": [
        {"type": "basic-auth", "config": {"credentials": ["u:p"]}}]}]});
    for policy in [policy.clone(), policy.to_string().into()] {
        let document = json!({"name": "e", "upstream": {"url": "80"}, "traffic_policy": policy});
        assert_eq!(
            Definition::endpoint(&document).unwrap().credentials,
            ["u:p"]
        );
    }
}
