//! The connect rules, as tables of input and request.

use std::io;
use std::path::Path;

use ngrok_core::definition::{Key, Kind, Place, Protocol, Vocabulary};
use ngrok_core::{AgentVersion, ConfigVersion};
use ngrok_localapi::{EndpointConfig, OAuth, Oidc, TunnelConfig, Upstream};
use serde_json::{Map, Value, json};

use super::{Context, Request, Sort, Start, changed, depends_on_agent, for_agent, names};
use crate::error::{Error, Result};
use crate::options::ConnectOptions;
use ConfigVersion::{V2, V3};

mod agents;
mod endpoint;
mod said;

const POLICY: &str = "on_http_request:\n- actions:\n  - type: deny\n";

fn no_file(_: &Path) -> io::Result<String> {
    Err(io::ErrorKind::NotFound.into())
}

fn context(config: &Value, version: ConfigVersion) -> Context<'_> {
    Context {
        vocabulary: Vocabulary::ngrok(),
        config,
        folder: None,
        version,
        unique: "ID",
        read: &no_file,
    }
}

fn plan(config: &Value, options: &ConnectOptions, version: ConfigVersion) -> Result<Start> {
    super::plan(&context(config, version), options)
}

/// What the newest agent is sent.
fn sent(start: Start) -> Value {
    let fields = match start.request {
        Request::Tunnel(config, protocol) => {
            let vocabulary = Vocabulary::ngrok();
            for_agent(vocabulary, config, protocol, AgentVersion::NEWEST)
                .unwrap()
                .into_fields()
        }
        Request::Endpoint(config) => config.into_fields(),
    };
    Value::Object(fields)
}

fn body(config: &Value, options: ConnectOptions, version: ConfigVersion) -> Value {
    sent(plan(config, &options, version).unwrap())
}

fn error(options: ConnectOptions, version: ConfigVersion) -> Error {
    plan(&json!({}), &options, version).unwrap_err()
}

#[test]
fn rule_1_an_endpoint_option_in_v2_names_the_option_and_the_setting() {
    for options in [
        ConnectOptions::new().upstream(Upstream::new("http://localhost:80")),
        ConnectOptions::new().binding("internal"),
        ConnectOptions::new().option("agent_tls_termination", json!({"server_certificate": "c"})),
    ] {
        let option = options.fields.keys().next().unwrap().clone();
        let error = error(options, V2).to_string();
        assert!(
            error.contains(&format!("`{option}`")) && error.contains("config_version"),
            "{error}"
        );
    }
}

#[test]
fn rule_2_endpoints_win_over_tunnels_in_v3_and_v2_reads_tunnels_alone() {
    let config = json!({
        "endpoints": [{"name": "web", "url": "https://a.example", "upstream": {"url": "http://localhost:1"}}],
        "tunnels": {"web": {"proto": "http", "addr": 2}, "old": {"proto": "tcp", "addr": "22", "metadata": "m"}},
    });
    let web = ConnectOptions::named("web");
    assert_eq!(
        body(&config, web.clone(), V3),
        json!({"name": "web-api", "url": "https://a.example", "upstream": {"url": "http://localhost:1"}})
    );
    assert_eq!(
        body(&config, web, V2),
        json!({"name": "web-api", "proto": "http", "addr": "2"})
    );
    // A tunnel of the file is opened as one, whatever the version.
    for version in [V2, V3] {
        assert_eq!(
            body(&config, ConnectOptions::named("old"), version),
            json!({"name": "old-api", "proto": "tcp", "addr": "22", "metadata": "m"})
        );
    }
    // For an agent that has no tunnels any more it is planned as an endpoint.
    let start = super::plan_as(
        &context(&config, V2),
        &ConnectOptions::named("old"),
        Sort::Endpoint,
    );
    assert_eq!(
        sent(start.unwrap()),
        json!({"name": "old-api", "url": "tcp://", "inspect": false, "metadata": "m", "upstream": {"url": "localhost:22"}})
    );
}

#[test]
fn rule_3_a_default_definition_is_used_when_no_name_is_given() {
    for name in ["pyngrok-default", "ngrok-default"] {
        let config =
            json!({"tunnels": {name: {"proto": "http", "addr": 5000, "subdomain": "sub"}}});
        assert_eq!(
            body(&config, ConnectOptions::new(), V2),
            json!({"name": format!("{name}-api"), "proto": "http", "addr": "5000", "subdomain": "sub"})
        );
        assert_eq!(
            body(&config, ConnectOptions::named("x"), V2),
            json!({"name": "x", "proto": "http", "addr": "80"})
        );
    }
    let config = json!({"endpoints": [{"name": "pyngrok-default", "upstream": {"url": "5000"}}]});
    assert_eq!(
        body(&config, ConnectOptions::new(), V3),
        json!({"name": "pyngrok-default-api", "upstream": {"url": "5000"}})
    );
    // Of both, pyngrok's name is first, wherever it stands.
    let config = json!({
        "endpoints": [{"name": "ngrok-default", "upstream": {"url": "1"}}],
        "tunnels": {"pyngrok-default": {"addr": 2}},
    });
    assert_eq!(
        body(&config, ConnectOptions::new(), V3)["name"],
        "pyngrok-default-api"
    );
}

#[test]
fn rule_4_given_options_override_the_definition_key_by_key() {
    let config = json!({"tunnels": {"web": {
        "proto": "http", "addr": 5000, "subdomain": "sub", "inspect": true, "request_header": {"add": ["a: b"]},
    }}});
    let options = ConnectOptions::named("web")
        .addr(6000)
        .inspect(false)
        .add_request_header("c: d");
    assert_eq!(
        body(&config, options, V2),
        json!({
            "name": "web-api", "proto": "http", "addr": "6000", "subdomain": "sub", "inspect": false,
            "request_header": {"add": ["c: d"]},
        })
    );
}

#[test]
fn rule_5_address_protocol_and_name_have_defaults() {
    for (options, expected) in [
        (
            ConnectOptions::new(),
            json!({"addr": "80", "proto": "http", "name": "http-80-ID"}),
        ),
        (
            8080.into(),
            json!({"addr": "8080", "proto": "http", "name": "http-8080-ID"}),
        ),
        (
            ConnectOptions::tcp(22),
            json!({"addr": "22", "proto": "tcp", "name": "tcp-22-ID"}),
        ),
        (
            "tcp://22".into(),
            json!({"addr": "22", "proto": "tcp", "name": "tcp-22-ID"}),
        ),
        (
            "file:///srv/a/b".into(),
            json!({"addr": "file:///srv/a/b", "proto": "http", "name": "http-file-ID"}),
        ),
        (
            "https://localhost:8443".into(),
            json!({"addr": "https://localhost:8443", "proto": "http", "name": "http-localhost:8443-ID"}),
        ),
        (
            "192.168.0.5:80".into(),
            json!({"addr": "192.168.0.5:80", "proto": "http", "name": "http-192.168.0.5:80-ID"}),
        ),
        (
            ConnectOptions::named("mine"),
            json!({"addr": "80", "proto": "http", "name": "mine"}),
        ),
        (
            ConnectOptions::new().labels(["a=b"]),
            json!({"addr": "80", "labels": ["a=b"], "name": "http-80-ID"}),
        ),
    ] {
        assert_eq!(body(&json!({}), options, V2), expected);
    }
}

#[test]
fn rule_7_older_names_are_translated() {
    for (options, key, expected) in [
        (
            ConnectOptions::new().bind_tls(true),
            "schemes",
            json!(["https"]),
        ),
        (
            ConnectOptions::new().bind_tls(false),
            "schemes",
            json!(["http"]),
        ),
        (
            ConnectOptions::new().option("bind_tls", "true"),
            "schemes",
            json!(["https"]),
        ),
        (
            ConnectOptions::new().option("bind_tls", "false"),
            "schemes",
            json!(["http"]),
        ),
        (
            ConnectOptions::new().option("bind_tls", "both"),
            "schemes",
            json!(["http", "https"]),
        ),
        (
            ConnectOptions::new().auth("u:p"),
            "basic_auth",
            json!(["u:p"]),
        ),
        (
            ConnectOptions::new().option("auth", json!(["u:p", "v:q"])),
            "basic_auth",
            json!(["u:p", "v:q"]),
        ),
    ] {
        let body = body(&json!({}), options, V2);
        assert_eq!(body[key], expected);
        assert!(body.get("bind_tls").is_none() && body.get("auth").is_none());
    }
}

#[test]
fn what_both_know_and_what_is_new_is_sent_as_given() {
    let options = ConnectOptions::named("n")
        .metadata("m")
        .inspect(false)
        .url("https://x.example")
        .pooling_enabled(true)
        .option("traffic_policy", json!({"on_http_request": []}))
        .option("of_tomorrow", json!([1, null]));
    for version in [V2, V3] {
        let body = body(&json!({}), options.clone(), version);
        for (key, value) in &options.fields {
            assert_eq!(&body[key], value);
        }
    }
}

#[test]
fn connect_all_takes_every_name_once_but_the_default_ones() {
    let endpoints = ["b", "ngrok-default", "a"];
    let tunnels = ["pyngrok-default", "a", "c"];
    assert_eq!(names(&endpoints, &tunnels, V2), ["a", "c"]);
    assert_eq!(names(&endpoints, &tunnels, V3), ["b", "a", "c"]);
}

#[test]
fn typed_definitions_are_options_too() {
    let tunnel = TunnelConfig::http("web", 8080)
        .domain("x.example")
        .extra("of_tomorrow", 1);
    assert_eq!(
        body(&json!({}), tunnel.clone().into(), V2),
        Value::Object(tunnel.into_fields())
    );
    let endpoint = EndpointConfig::new("web", "http://localhost:1").extra("of_tomorrow", 1);
    assert_eq!(
        body(&json!({}), endpoint.clone().into(), V3),
        Value::Object(endpoint.into_fields())
    );
}
