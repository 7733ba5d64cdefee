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
fn a_policy_as_object_or_text_is_shown_as_text() {
    let policy = json!({"on_http_request": [{"actions": [{"type": "deny"}]}]});
    for policy in [
        policy.clone(),
        serde_yaml::to_string(&policy).unwrap().into(),
    ] {
        let document = json!({"name": "e", "upstream": {"url": "80"}, "traffic_policy": policy});
        let definition = Definition::endpoint(&document).unwrap();
        assert_eq!(
            definition.repeated["traffic_policy"],
            "on_http_request:\n- actions:\n  - type: deny\n"
        );
    }
}

#[test]
fn values_are_looked_at_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let tunnel = |proto: &str, more: serde_json::Value| {
        let mut document = json!({"name": "t", "proto": proto, "addr": 80});
        document
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Definition::tunnel(&document).unwrap().arm()
    };
    let endpoint = |more: serde_json::Value| {
        let mut document = json!({"name": "e", "upstream": {"url": "80"}});
        document
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Definition::endpoint(&document).unwrap().arm()
    };
    for (code, refused) in [
        (
            9021,
            tunnel("http", json!({"domain": "a.test", "hostname": "b.test"})),
        ),
        (
            9025,
            tunnel("http", json!({"policy": {}, "traffic_policy": {}})),
        ),
        (9036, tunnel("http", json!({"url": "tcp://a.test"}))),
        (9036, tunnel("tcp", json!({"url": "https://a.test"}))),
        (9037, tunnel("http", json!({"url": "https://a.test/path"}))),
        (9033, tunnel("tcp", json!({"remote_addr": "a.test:many"}))),
        (9035, tunnel("http", json!({"url": "https://a.test:8443"}))),
        (100, tunnel("http", json!({"metadata": "m".repeat(4097)}))),
        (2222, tunnel("http", json!({"proxy_proto": 9}))),
        (2222, tunnel("tls", json!({"terminate_at": "nowhere"}))),
        (0, tunnel("tls", json!({"terminate_at": "edge"}))),
        (0, tunnel("tls", json!({"crt": "/c.pem"}))),
        (
            0,
            tunnel(
                "tls",
                json!({"crt": "/no/such/c.pem", "key": "/no/such/k.pem"}),
            ),
        ),
        (
            0,
            tunnel(
                "http",
                json!({"upstream_tls_verify_cas": "/no/such/ca.pem"}),
            ),
        ),
        (0, tunnel("http", json!({"upstream_tls_verify_cas": file}))),
        (15005, endpoint(json!({"bindings": ["moon"]}))),
        (9028, endpoint(json!({"bindings": ["internal"]}))),
        (
            9029,
            endpoint(json!({"bindings": ["internal"], "url": "https://a.test"})),
        ),
        (
            0,
            endpoint(json!({"upstream": {"url": "80", "protocol": "http2"}})),
        ),
        (
            2222,
            endpoint(json!({"upstream": {"url": "80", "protocol": "http9"}})),
        ),
        (
            2222,
            endpoint(json!({"upstream": {"url": "80", "proxy_protocol": "3"}})),
        ),
    ] {
        match refused.unwrap_err() {
            Refused::Service {
                code: found,
                reason,
            } => assert_eq!(found, code, "{reason}"),
            Refused::Here(reason) => assert_eq!(code, 0, "{reason}"),
        }
    }
    for taken in [
        tunnel("http", json!({"url": "https://a.internal:8443"})),
        tunnel(
            "tcp",
            json!({"url": "tcp://1.tcp.ngrok.io:21746", "proxy_proto": "2"}),
        ),
        tunnel(
            "tls",
            json!({"terminate_at": "upstream", "domain": "a.test"}),
        ),
        tunnel(
            "http",
            json!({"upstream_tls_verify": false, "upstream_tls_verify_cas": "/no/such"}),
        ),
        endpoint(json!({"bindings": ["internal"], "url": "https://a.internal"})),
        endpoint(json!({"upstream": {"url": "80", "protocol": "https", "proxy_protocol": 1}})),
    ] {
        assert_eq!(taken, Ok(()));
    }
}
