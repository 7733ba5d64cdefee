//! The example programs and what the documentation shows, against the loopback cloud.

use ngrok_cloudapi::Client;
use ngrok_cloudapi::types::*;
use ngrok_testkit::LoopbackCloud;

use crate::catalog::Catalog;

#[path = "../../examples/cloud_endpoint.rs"]
#[allow(dead_code, reason = "its main is for the example alone")]
mod cloud_endpoint;
#[path = "../../examples/copy_ip_policies.rs"]
#[allow(dead_code, reason = "its main is for the example alone")]
mod copy_ip_policies;
#[path = "../../examples/ensure_endpoint.rs"]
#[allow(dead_code, reason = "its main is for the example alone")]
mod ensure_endpoint;
#[path = "../../examples/ip_policy.rs"]
#[allow(dead_code, reason = "its main is for the example alone")]
mod ip_policy;
#[path = "../../examples/list_account.rs"]
#[allow(dead_code, reason = "its main is for the example alone")]
mod list_account;
#[path = "../../examples/rotate_credential.rs"]
#[allow(dead_code, reason = "its main is for the example alone")]
mod rotate_credential;

fn parts() -> (LoopbackCloud, Client) {
    let cloud = LoopbackCloud::start().unwrap();
    let client = Client::builder(cloud.api_key())
        .base_url(cloud.url())
        .build()
        .unwrap();
    (cloud, client)
}

#[test]
fn a_life_from_creation_to_deletion() {
    let (_cloud, client) = parts();
    let keys = client.api_keys();
    let made = keys
        .create(&ApiKeyCreate::new().description("ci").metadata("{}"))
        .unwrap();
    assert!(made.token.as_ref().is_some_and(|token| !token.is_empty()));
    let read = keys.get(&made.id).unwrap();
    assert_eq!((read.description.as_str(), &read.token), ("ci", &None));
    let changed = read
        .update(&client, &ApiKeyUpdate::new().description("cd"))
        .unwrap();
    assert_eq!(
        (changed.description.as_str(), changed.metadata.as_str()),
        ("cd", "{}")
    );
    let all = keys.list().collect_all().unwrap();
    assert!(all.iter().any(|key| key.id == made.id));
    changed.delete(&client).unwrap();
    assert!(keys.get(&made.id).unwrap_err().is_not_found());
}

#[test]
fn the_examples_do_what_they_say() {
    let (_cloud, client) = parts();
    let mut out = Vec::new();
    ip_policy::run(&client, &mut out).unwrap();
    cloud_endpoint::run(&client, "hello.ngrok.app", &mut out).unwrap();
    list_account::run(&client, &mut out).unwrap();
    let shown = String::from_utf8(out).unwrap();
    for part in [
        "office and VPN",
        "allow 24.0.0.0/8",
        "allow 12.0.0.0/8",
        "answers at https://hello.ngrok.app",
        "reserved_domains: rd_",
        "endpoints: ep_",
        "in ",
    ] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
    assert!(
        !shown.contains("ip_policies:"),
        "the policy is gone:\n{shown}"
    );
}

#[test]
fn the_short_examples_can_be_run_again() {
    let (_cloud, client) = parts();
    for _ in 0..2 {
        ensure_endpoint::ensure(&client, "hello.ngrok.app").unwrap();
    }
    assert_eq!(client.reserved_domains().list().count(), 1);
    assert_eq!(client.endpoints().list().count(), 1);

    let first = rotate_credential::rotate(&client, "ci").unwrap();
    let second = rotate_credential::rotate(&client, "ci").unwrap();
    assert_ne!(first.expose(), second.expose());
    assert_eq!(client.credentials().list().count(), 1);

    let policy = client
        .ip_policies()
        .create(&IpPolicyCreate::new().description("office"));
    let policy = policy.unwrap();
    for cidr in ["24.0.0.0/8", "12.0.0.0/8"] {
        let rule = IpPolicyRuleCreate::new(cidr, &policy.id, "allow");
        client.ip_policy_rules().create(&rule).unwrap();
    }
    let (_other, to) = parts();
    for copied in [2, 0] {
        assert_eq!(copy_ip_policies::copy(&client, &to).unwrap(), copied);
    }
    let cidrs = |client: &Client| -> Vec<String> {
        let rules = client.ip_policy_rules().list().collect_all().unwrap();
        let mut cidrs: Vec<_> = rules.into_iter().map(|rule| rule.cidr).collect();
        cidrs.sort();
        cidrs
    };
    assert_eq!(cidrs(&to), cidrs(&client));
    for file in ["copy_ip_policies", "ensure_endpoint", "rotate_credential"] {
        let path = format!("{}/examples/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.starts_with("//") && !line.starts_with("#!") && !line.is_empty());
        assert!(lines.count() <= 25, "{file} is long");
    }
}

/// What Python's client does not have, so that the page for its users need not either.
const NEWER_THAN_PYTHON: [&str; 13] = [
    "access_tokens",
    "ai_gateway_api_keys",
    "bot_users",
    "edge_route_traffic_policy_module",
    "edge_route_user_agent_filter_module",
    "kubernetes_operators",
    "root",
    "secrets",
    "service_users",
    "static_backends",
    "tcp_edge_traffic_policy_module",
    "tls_edge_traffic_policy_module",
    "vaults",
];

#[test]
fn the_page_for_users_of_python_has_every_call() {
    let page = include_str!("../../../../docs/from-ngrok-api.md");
    let catalog = Catalog::load();
    let mut calls = 0;
    for (service, operation) in catalog.operations() {
        if NEWER_THAN_PYTHON.contains(&service) {
            continue;
        }
        let ours = format!("client.{service}().{}(", operation.name);
        // Some of theirs have other names, which `cargo xtask peer-check` compares with the client itself.
        let theirs = "; // client.";
        let mut lines = page.lines().filter(|line| line.starts_with(&ours));
        assert!(lines.any(|line| line.contains(theirs)), "{ours}");
        calls += 1;
    }
    assert_eq!(calls, 203);
}
