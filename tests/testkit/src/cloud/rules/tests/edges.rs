//! Edges, routes, modules and backends.

use super::*;

#[test]
fn edges_and_routes() {
    let mut cloud = Bench::new();
    cloud.make("/reserved_domains", json!({"domain": "edge.example.com"}));
    let (_, addr) = cloud.call("POST", "/reserved_addrs", json!({}));
    let addr = addr["addr"].as_str().expect("an address").to_owned();
    let ports = |port: &str| json!({"hostports": [port]});
    refused(
        &mut cloud,
        "/edges/https",
        &[
            (ports("edge.example.com"), "7104"),
            (ports("edge.example.com:0"), "7112"),
            (ports("edge.example.com:80"), "7116"),
            (ports("other.example.com:443"), "7117"),
            (ports(&addr), "7121"),
            (json!({"description": "d".repeat(256)}), "7073"),
            (json!({"tls_termination": {"terminate_at": "edge"}}), "7109"),
        ],
    );
    refused(
        &mut cloud,
        "/edges/tcp",
        &[
            (ports("1.tcp.ngrok.io:1"), "7113"),
            (ports("edge.example.com:443"), "7120"),
        ],
    );
    refused(
        &mut cloud,
        "/edges/tls",
        &[
            (ports(&addr), "7133"),
            (json!({"tls_termination": {"terminate_at": "moon"}}), "224"),
            (
                json!({"tls_termination": {"terminate_at": "upstream", "min_version": "1.3"}}),
                "7032",
            ),
        ],
    );
    let edge = cloud.make("/edges/https", ports("edge.example.com:443"));
    cloud.make("/edges/tcp", ports(&addr));
    refused(
        &mut cloud,
        "/edges/tls",
        &[(ports("edge.example.com:443"), "7122")],
    );
    let routes = format!("/edges/https/{edge}/routes");
    let route = |kind: &str, path: &str| json!({"match_type": kind, "match": path});
    refused(
        &mut cloud,
        &routes,
        &[
            (json!({"match_type": "path_prefix"}), "7123"),
            (route("regex", "/"), "7130"),
            (route("path_prefix", "x"), "7131"),
            (
                route("path_prefix", &format!("/{}", "x".repeat(1024))),
                "7135",
            ),
            (
                with(
                    &route("path_prefix", "/"),
                    json!({"backend": {"backend_id": "ipp_2b8"}}),
                ),
                "242",
            ),
            (
                with(
                    &route("path_prefix", "/"),
                    json!({"backend": {"backend_id": "bkdhr_2b8"}}),
                ),
                "6501",
            ),
        ],
    );
    cloud.make(&routes, route("path_prefix", "/"));
    refused(&mut cloud, &routes, &[(route("path_prefix", "/"), "7126")]);
    assert_eq!(
        cloud.code(
            "POST",
            "/edges/https/edghts_2b8/routes",
            route("path_prefix", "/")
        ),
        "404 "
    );
}

#[test]
fn modules() {
    let mut cloud = Bench::new();
    let edge = cloud.make("/edges/https", json!({}));
    let routes = format!("/edges/https/{edge}/routes");
    let route = cloud.make(&routes, json!({"match_type": "path_prefix", "match": "/"}));
    let google = |fields: Value| json!({"provider": {"google": fields}});
    for (module, body, code) in [
        ("ip_restriction", json!({"ip_policy_ids": []}), "7025"),
        (
            "ip_restriction",
            json!({"ip_policy_ids": ["rd_2b8"]}),
            "229",
        ),
        (
            "ip_restriction",
            json!({"ip_policy_ids": ["ipp_2b8"]}),
            "7007",
        ),
        (
            "request_headers",
            json!({"add": {"X-A": "1", "x-a": "2"}}),
            "7069",
        ),
        ("request_headers", json!({"add": {"X A": "1"}}), "7023"),
        ("response_headers", json!({"add": {"X-A": "a\nb"}}), "7024"),
        ("request_headers", json!({"remove": ["Host"]}), "7164"),
        (
            "circuit_breaker",
            json!({"error_threshold_percentage": 1.5}),
            "7011",
        ),
        ("circuit_breaker", json!({"tripped_duration": 0}), "7016"),
        ("circuit_breaker", json!({"rolling_window": 0}), "7017"),
        ("circuit_breaker", json!({"num_buckets": 1000}), "7018"),
        ("webhook_verification", json!({"secret": "x"}), "7029"),
        (
            "webhook_verification",
            json!({"provider": "github"}),
            "7027",
        ),
        (
            "webhook_verification",
            json!({"provider": "sns", "secret": "x"}),
            "7026",
        ),
        ("oauth", json!({"provider": {}}), "7037"),
        (
            "oauth",
            json!({"provider": {"google": {}, "github": {}}}),
            "7036",
        ),
        ("oauth", google(json!({"client_id": "x"})), "7033"),
        ("oauth", google(json!({"scopes": ["x"]})), "7034"),
        (
            "oauth",
            with(&google(json!({})), json!({"cookie_prefix": "a;b"})),
            "7042",
        ),
        (
            "oidc",
            json!({"client_id": "x", "client_secret": "x"}),
            "7088",
        ),
        ("oidc", json!({"issuer": "x", "client_secret": "x"}), "7089"),
        ("oidc", json!({"issuer": "x", "client_id": "x"}), "7090"),
        ("saml", json!({}), "7091"),
        (
            "saml",
            json!({"idp_metadata": "<x/>", "idp_metadata_url": "https://x"}),
            "7081",
        ),
        ("saml", json!({"idp_metadata": "x"}), "7083"),
        ("user_agent_filter", json!({"deny": ["(bot"]}), "2090"),
        ("traffic_policy", json!({"value": "{"}), "215"),
    ] {
        let path = format!("{routes}/{route}/{module}");
        assert_eq!(
            cloud.code("PUT", &path, body.clone()),
            format!("400 {code}"),
            "{module} {body}"
        );
    }
    for (module, body) in [
        ("oauth", google(json!({}))),
        (
            "saml",
            json!({"idp_metadata_url": "https://idp.example.com"}),
        ),
        ("user_agent_filter", json!({"deny": ["(bot|[a-z)]+)/.*"]})),
        ("traffic_policy", json!({"value": POLICY})),
        ("compression", json!({"enabled": true})),
    ] {
        let path = format!("{routes}/{route}/{module}");
        assert_eq!(
            cloud.code("PUT", &path, body.clone()),
            "200 ",
            "{module} {body}"
        );
    }
    let tls = cloud.make("/edges/tls", json!({}));
    let mutual = format!("/edges/tls/{tls}/mutual_tls");
    let body = |id: &str| json!({"certificate_authority_ids": [id]});
    assert_eq!(cloud.code("PUT", &mutual, body("ipp_2b8")), "400 228");
    assert_eq!(cloud.code("PUT", &mutual, body("ca_2b8")), "400 7072");
}

#[test]
fn backends() {
    let mut cloud = Bench::new();
    let address = |address: &str| json!({"address": address});
    refused(
        &mut cloud,
        "/backends/static",
        &[
            (address("host"), "6505"),
            (address(":80"), "6507"),
            (address("host:x"), "6506"),
        ],
    );
    let one = cloud.make("/backends/static", address("host:80"));
    let group = |labels: Value| json!({"labels": labels});
    refused(
        &mut cloud,
        "/backends/tunnel_group",
        &[
            (group(json!({"": "x"})), "6509"),
            (group(json!({"a": ""})), "6510"),
            (group(json!({"a=b": "x"})), "6531"),
        ],
    );
    cloud.make("/backends/tunnel_group", group(json!({"a": "b"})));
    let failover = cloud.make("/backends/failover", json!({"backends": [one]}));
    refused(
        &mut cloud,
        "/backends/failover",
        &[
            (json!({"backends": ["ipp_2b8"]}), "242"),
            (json!({"backends": ["bkdsc_2b8"]}), "6501"),
            (json!({"backends": [failover]}), "6525"),
        ],
    );
    let weights = |id: &str, weight: i64| json!({"backends": {id: weight}});
    refused(
        &mut cloud,
        "/backends/weighted",
        &[(weights(&one, -1), "6512"), (weights(&failover, 1), "6524")],
    );
    cloud.make("/backends/weighted", weights(&one, 1));
    assert_eq!(
        cloud.code("DELETE", &format!("/backends/static/{one}"), Value::Null),
        "400 6502"
    );
    assert_eq!(
        cloud.code(
            "DELETE",
            &format!("/backends/failover/{failover}"),
            Value::Null
        ),
        "204 "
    );
}
