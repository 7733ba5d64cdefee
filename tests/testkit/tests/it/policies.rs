//! Traffic policies and guards at work: what passes, what does not, and what is refused before it is opened.

use std::io::{Read, Write};

use ngrok_testkit::Upstream;
use serde_json::{Value, json};
use ureq::http::Request;

use crate::client::{Answer, Api, connect, get, send};

/// An endpoint with a policy in front of a fresh upstream.
struct Guarded {
    api: Api,
    upstream: Upstream,
    url: String,
}

impl Guarded {
    fn new(policy: &Value) -> Self {
        Self::with(
            "/api/endpoints",
            |port| json!({"name": "e", "upstream": {"url": port}, "traffic_policy": policy}),
        )
    }

    fn tunnel(mut options: Value) -> Self {
        Self::with("/api/tunnels", |port| {
            options["name"] = "t".into();
            options["proto"] = "http".into();
            options["addr"] = port.into();
            options
        })
    }

    fn with(path: &str, definition: impl FnOnce(u16) -> Value) -> Self {
        let (api, upstream) = (Api::start(), Upstream::start().unwrap());
        let opened = api.call("POST", path, &definition(upstream.port()));
        assert_eq!(opened.status, 201, "{}", opened.text());
        let url = opened.json()["public_url"].as_str().unwrap().to_owned();
        Self { api, upstream, url }
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(request.body(body.to_vec()).unwrap()).unwrap()
    }

    fn captured(&self) -> usize {
        let list = self.api.get("/api/requests/http").json();
        list["requests"].as_array().unwrap().len()
    }
}

fn on_request(actions: Value) -> Value {
    json!({"on_http_request": [{"actions": actions}]})
}

const RIGHT: &str = "Basic dXNlcjpwYXNzd29yZA==";
const WRONG: &str = "Basic dXNlcjp3cm9uZ3dyb25n";

#[test]
fn basic_auth_guards_as_an_option_and_as_an_action() {
    let credentials = json!(["user:password"]);
    let policy = on_request(
        json!([{"type": "basic-auth", "config": {"credentials": credentials, "realm": "me"}}]),
    );
    for (guarded, realm) in [
        (Guarded::new(&policy), "me"),
        (Guarded::tunnel(json!({"basic_auth": credentials})), "ngrok"),
        (Guarded::tunnel(json!({"traffic_policy": policy})), "me"),
    ] {
        let refused = guarded.request("GET", "/", &[], b"");
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.header("www-authenticate"),
            format!("Basic realm=\"{realm}\"")
        );
        assert_eq!(
            guarded
                .request("GET", "/", &[("Authorization", WRONG)], b"")
                .status,
            401
        );
        assert!(guarded.upstream.received().is_empty());
        assert_eq!(guarded.captured(), 0);
        assert_eq!(
            guarded
                .request("GET", "/", &[("Authorization", RIGHT)], b"")
                .status,
            200
        );
        assert_eq!(
            (guarded.upstream.received().len(), guarded.captured()),
            (1, 1)
        );
    }
}

#[test]
fn deny_and_custom_response_end_a_request() {
    let policy = json!({"on_http_request": [
        {"expressions": ["req.url.path.startsWith('/closed')"], "actions": [{"type": "deny"}]},
        {"expressions": ["req.url.path == '/gone'", "req.method == 'GET'"], "actions": [{"type": "deny", "config": {"status_code": 410}}]},
        {"expressions": ["req.url.path == '/hello'"], "actions": [{"type": "custom-response", "config": {
            "status_code": 203, "headers": {"content-type": "text/html", "x-from": "${conn.client_ip}"}, "body": "<p>${req.method}</p>"}}]},
    ]});
    let guarded = Guarded::new(&policy);
    assert_eq!(guarded.request("GET", "/closed/door", &[], b"").status, 403);
    assert_eq!(guarded.request("GET", "/gone", &[], b"").status, 410);
    let hello = guarded.request("GET", "/hello", &[], b"");
    assert_eq!((hello.status, hello.text().as_str()), (203, "<p>GET</p>"));
    assert_eq!(hello.header("content-type"), "text/html");
    assert_eq!(hello.header("x-from"), "127.0.0.1");
    assert_eq!(guarded.request("HEAD", "/hello", &[], b"").text(), "");
    assert!(guarded.upstream.received().is_empty());
    assert_eq!(guarded.request("POST", "/gone", &[], b"x").status, 200);
    assert_eq!(guarded.upstream.received().len(), 1);
}

#[test]
fn ip_restrictions_decide_by_the_visitors_address() {
    let here = json!(["127.0.0.0/8"]);
    let elsewhere = json!(["10.0.0.0/8"]);
    for (config, passes) in [
        (json!({"allow": here}), true),
        (json!({"allow": elsewhere}), false),
        (json!({"deny": elsewhere}), true),
        (json!({"deny": here}), false),
        (json!({"allow": here, "deny": ["127.0.0.1"]}), false),
        (json!({"enforce": false, "deny": here}), true),
    ] {
        let guarded = Guarded::new(&on_request(
            json!([{"type": "restrict-ips", "config": config}]),
        ));
        let answer = guarded.request("GET", "/", &[], b"");
        assert_eq!(answer.status, if passes { 200 } else { 403 }, "{config}");
        if !passes {
            assert_eq!(answer.header("ngrok-error-code"), "ERR_NGROK_3203");
        }
        assert_eq!(guarded.upstream.received().len(), usize::from(passes));
    }
    let guarded = Guarded::tunnel(json!({"ip_restriction": {"allow_cidrs": elsewhere}}));
    assert_eq!(guarded.request("GET", "/", &[], b"").status, 403);
}

#[test]
fn a_tcp_tunnel_closes_on_visitors_that_may_not_pass() {
    let api = Api::start();
    let echo = ngrok_testkit::TcpEcho::start().unwrap();
    let says = |name: &str, networks: &str| {
        let url = api.open(&json!({
            "name": name, "proto": "tcp", "addr": echo.addr().to_string(),
            "ip_restriction": {"allow_cidrs": [networks]},
        }));
        let mut stream = connect(&url);
        // The connection may be gone before anything is written.
        let _ = stream.write_all(b"hello");
        let mut text = [0; 5];
        stream.read_exact(&mut text).map(|()| text)
    };
    assert_eq!(says("in", "127.0.0.0/8").unwrap(), *b"hello");
    assert!(says("out", "10.0.0.0/8").is_err());
}

#[test]
fn redirects_go_where_the_policy_says() {
    let action = |config: Value| on_request(json!([{"type": "redirect", "config": config}]));
    let all = Guarded::new(&action(
        json!({"to": "https://new.test${req.url.path}", "headers": {"x-why": "moved"}}),
    ));
    let answer = all.request("GET", "/a?b", &[], b"");
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, "https://new.test/a")
    );
    assert_eq!(answer.header("x-why"), "moved");
    let some = Guarded::new(&action(
        json!({"from": "/old/([a-z]+)$", "to": "/new/$1", "status_code": 308}),
    ));
    let answer = some.request("GET", "/old/page", &[], b"");
    assert_eq!(answer.status, 308);
    assert!(
        answer.header("location").ends_with("/new/page"),
        "{}",
        answer.header("location")
    );
    assert_eq!(some.request("GET", "/other", &[], b"").status, 200);
}

#[test]
fn headers_are_added_and_removed_both_ways() {
    let policy = json!({
        "on_http_request": [{"actions": [
            {"type": "add-headers", "config": {"headers": {"x-path": "${req.url.path}", "host": "inner.test"}}},
            {"type": "remove-headers", "config": {"headers": ["User-Agent"]}},
        ]}],
        "on_http_response": [
            {"expressions": ["res.status_code == 200"], "actions": [
                {"type": "add-headers", "config": {"headers": {"x-seen": "${res.status_code} of ${req.method}"}}},
                {"type": "remove-headers", "config": {"headers": ["content-type"]}},
            ]},
            {"expressions": ["res.status_code >= 500"], "actions": [
                {"type": "custom-response", "config": {"status_code": 503, "body": "later"}}]},
        ],
    });
    let guarded = Guarded::new(&policy);
    let answer = guarded.request("GET", "/one", &[("user-agent", "me")], b"");
    assert_eq!(answer.header("x-seen"), "200 of GET");
    assert_eq!(answer.header("content-type"), "");
    let received = guarded.upstream.received().remove(0);
    assert_eq!(received.header("x-path"), Some("/one"));
    assert_eq!(received.header("host"), Some("inner.test"));
    assert_eq!(received.header("user-agent"), None);
    let original = guarded.url.trim_start_matches("http://");
    assert_eq!(received.header("x-forwarded-host"), Some(original));
    let failed = guarded.request("GET", "/status/500", &[], b"");
    assert_eq!((failed.status, failed.text().as_str()), (503, "later"));
    // What the agent captured is what the upstream said.
    let list = guarded.api.get("/api/requests/http").json();
    assert_eq!(list["requests"][0]["response"]["status_code"], 500);
    assert_eq!(
        list["requests"][1]["response"]["headers"]["X-Seen"],
        Value::Null
    );
    assert_eq!(guarded.request("GET", "/status/404", &[], b"").status, 404);
}

#[test]
fn what_a_visitor_sends_cannot_begin_another_header() {
    let value = "${req.url.query_params['x'][0]}";
    for action in [
        json!({"type": "custom-response", "config": {"headers": {"x-echo": value}, "body": "b"}}),
        json!({"type": "redirect", "config": {"to": format!("/{value}"), "headers": {"x-echo": value}}}),
    ] {
        let guarded = Guarded::new(&on_request(json!([action])));
        let answer = guarded.request("GET", "/?x=a%0d%0ax-evil:%20yes", &[], b"");
        assert_eq!(answer.header("x-evil"), "");
        assert_eq!(answer.header("x-echo"), "a  x-evil: yes");
    }
    let added =
        on_request(json!([{"type": "add-headers", "config": {"headers": {"x-echo": value}}}]));
    let guarded = Guarded::new(&added);
    assert_eq!(
        guarded
            .request("GET", "/?x=a%0d%0ax-evil:%20yes", &[], b"")
            .status,
        200
    );
    let received = guarded.upstream.received().remove(0);
    assert_eq!(received.header("x-evil"), None);
    assert_eq!(received.header("x-echo"), Some("a  x-evil: yes"));
}

#[test]
fn a_rate_limit_counts_by_its_key() {
    let policy = on_request(json!([{"type": "rate-limit", "config": {
        "name": "n", "algorithm": "sliding_window", "capacity": 2, "rate": "60s", "bucket_key": ["req.headers['x-user'][0]"]}}]));
    let guarded = Guarded::new(&policy);
    let status = |user| guarded.request("GET", "/", &[("x-user", user)], b"").status;
    assert_eq!(
        [status("a"), status("a"), status("a"), status("b")],
        [200, 200, 429, 200]
    );
    let limited = guarded.request("GET", "/", &[("x-user", "a")], b"");
    let wait: u64 = limited.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(guarded.upstream.received().len(), 3);
}

#[test]
fn a_webhook_has_to_be_signed() {
    // HMAC-SHA256 of the body with the key `hush`.
    let body = br#"{"action":"opened"}"#;
    let right = "sha256=0fae7f0a0eb2a9b0d4d7f6f1a5f6f8b0";
    let config = json!({"provider": "github", "secret": "hush"});
    for guarded in [
        Guarded::new(&on_request(
            json!([{"type": "verify-webhook", "config": config}]),
        )),
        Guarded::tunnel(json!({"verify_webhook": config})),
    ] {
        let refused = guarded.request("POST", "/hook", &[("x-hub-signature-256", right)], body);
        assert_eq!(
            (refused.status, refused.header("ngrok-error-code")),
            (403, "ERR_NGROK_3204")
        );
        assert_eq!(guarded.request("POST", "/hook", &[], body).status, 403);
        assert!(guarded.upstream.received().is_empty());
        let signed = SIGNATURE;
        let answer = guarded.request("POST", "/hook", &[("x-hub-signature-256", signed)], body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(guarded.upstream.received()[0].body, body);
        let too_long = vec![b'x'; 9 << 20];
        let refused = guarded.request(
            "POST",
            "/hook",
            &[("x-hub-signature-256", signed)],
            &too_long,
        );
        assert_eq!(refused.status, 413);
    }
}

/// As GitHub would sign the body above.
const SIGNATURE: &str = "sha256=e936b0c0489a15acb0fe3f62296474a21e36a4cb3e53947cc22cdcbf32d4e700";

#[test]
fn user_agents_and_logins_guard_too() {
    let filtered =
        Guarded::tunnel(json!({"user_agent_filter": {"allow": ["^curl/"], "deny": ["bot"]}}));
    for (agent, status) in [("curl/8 bot", 200), ("Mozilla", 403), ("a bot", 403)] {
        assert_eq!(
            filtered
                .request("GET", "/", &[("user-agent", agent)], b"")
                .status,
            status,
            "{agent}"
        );
    }
    let denied = Guarded::tunnel(json!({"user_agent_filter": {"deny": ["bot"]}}));
    assert_eq!(
        denied
            .request("GET", "/", &[("user-agent", "Mozilla")], b"")
            .status,
        200
    );
    let refused = denied.request("GET", "/", &[("user-agent", "robot")], b"");
    assert_eq!(
        (refused.status, refused.header("ngrok-error-code")),
        (403, "ERR_NGROK_3211")
    );
    for login in [
        Guarded::tunnel(json!({"oauth": {"provider": "google", "allow_emails": ["a@b.test"]}})),
        Guarded::tunnel(
            json!({"oidc": {"issuer_url": "https://accounts.test", "client_id": "i", "client_secret": "s"}}),
        ),
        Guarded::new(&on_request(
            json!([{"type": "oauth", "config": {"provider": "google"}}]),
        )),
    ] {
        let answer = login.request("GET", "/", &[], b"");
        assert_eq!(answer.status, 302);
        assert!(
            answer
                .header("location")
                .starts_with("https://idp.ngrok.com/")
        );
        assert!(login.upstream.received().is_empty());
    }
}

#[test]
fn an_expression_that_fails_lets_nothing_pass() {
    let policy = json!({"on_http_request": [{
        "expressions": ["req.headers['x-key'][0] == 'open'"], "actions": [{"type": "deny"}]}]});
    let guarded = Guarded::new(&policy);
    let answer = guarded.request("GET", "/", &[], b"");
    assert_eq!(
        (answer.status, answer.header("ngrok-error-code")),
        (500, "ERR_NGROK_2253")
    );
    assert_eq!(
        guarded
            .request("GET", "/", &[("x-key", "other")], b"")
            .status,
        200
    );
    assert_eq!(
        guarded
            .request("GET", "/", &[("x-key", "open")], b"")
            .status,
        403
    );
}

#[test]
fn what_is_not_carried_out_is_refused_with_a_clear_text() {
    let api = Api::start();
    for (policy, status, part) in [
        (
            on_request(json!([{"type": "jwt-validation", "config": {}}])),
            400,
            "the loopback agent does not carry out the traffic policy action 'jwt-validation'",
        ),
        (on_request(json!([{"type": "nope"}])), 502, "ERR_NGROK_2201"),
        (
            on_request(json!([{"type": "basic-auth", "config": {"credentials": ["a:b"]}}])),
            502,
            "ERR_NGROK_2237",
        ),
        (json!("on_http_request: ["), 502, "ERR_NGROK_2236"),
        (
            json!({"on_http_request": [{"expressions": ["conn.geo.city == 'x'"], "actions": [{"type": "deny"}]}]}),
            400,
            "does not evaluate `conn.geo.city`",
        ),
    ] {
        let definition = json!({"name": "e", "upstream": {"url": "80"}, "traffic_policy": policy});
        for (method, path) in [("POST", "/api/endpoints"), ("PUT", "/api/endpoints/e")] {
            let refused = api.call(method, path, &definition);
            assert_eq!(refused.status, status, "{policy}: {}", refused.text());
            assert!(
                refused.text().contains(part),
                "{policy}: {}",
                refused.text()
            );
        }
    }
    assert_eq!(api.get("/api/endpoints").json()["endpoints"], json!([]));
    assert_eq!(get(&format!("{}/api/status", api.0.api_url())).status, 200);
}

#[test]
fn a_put_changes_the_policy_of_a_live_endpoint_or_leaves_it() {
    let guarded = Guarded::new(&on_request(json!([{"type": "deny"}])));
    assert_eq!(guarded.request("GET", "/", &[], b"").status, 403);
    let put = |policy: Value| {
        let definition =
            json!({"upstream": {"url": guarded.upstream.port()}, "traffic_policy": policy});
        guarded
            .api
            .call("PUT", "/api/endpoints/e", &definition)
            .status
    };
    assert_eq!(put(on_request(json!([{"type": "nope"}]))), 502);
    assert_eq!(guarded.request("GET", "/", &[], b"").status, 403);
    assert_eq!(
        put(on_request(
            json!([{"type": "deny", "config": {"status_code": 451}}])
        )),
        200
    );
    assert_eq!(guarded.request("GET", "/", &[], b"").status, 451);
    assert_eq!(put(Value::Null), 200);
    assert_eq!(guarded.request("GET", "/", &[], b"").status, 200);
}
