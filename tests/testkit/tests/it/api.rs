//! The local API: what opens, what is refused and how.

use ngrok_testkit::LoopbackAgent;
use serde_json::{Value, json};

use crate::client::Api;

#[test]
fn a_tunnel_lives_from_post_to_delete() {
    let api = Api::start();
    assert_eq!(
        api.get("/api/tunnels").json(),
        json!({"tunnels": [], "uri": "/api/tunnels"})
    );
    let definition = json!({"name": "web (http) a/b", "proto": "http", "addr": 8190});
    let created = api.call("POST", "/api/tunnels", &definition);
    assert_eq!(created.status, 201);
    let created = created.json();
    assert_eq!(created["uri"], "/api/tunnels/web%20%28http%29%20a%2Fb");
    assert_eq!(
        created["config"],
        json!({"addr": "http://localhost:8190", "inspect": true})
    );
    assert_eq!(created["ID"].as_str().unwrap().len(), 32);
    for part in ["conns", "http"] {
        for number in [
            "count", "rate1", "rate5", "rate15", "p50", "p90", "p95", "p99",
        ] {
            assert_eq!(created["metrics"][part][number].as_f64(), Some(0.0));
        }
    }
    let definition = json!({"name": "plain one", "proto": "http", "addr": 8190});
    api.open(&definition);
    let path = "/api/tunnels/plain%20one";
    assert_eq!(api.get(path).json()["name"], "plain one");
    assert_eq!(api.call("DELETE", path, &Value::Null).status, 204);
    let missing = api.get(path);
    assert_eq!(
        (missing.status, missing.json()),
        (
            404,
            json!({"error_code": 100, "status_code": 404, "msg": "tunnel not found", "details": {"name": "plain one"}})
        )
    );
    assert_eq!(api.call("DELETE", path, &Value::Null).status, 404);
}

#[test]
fn a_closed_tunnel_leaves_no_port_behind() {
    let api = Api::start();
    let url = api.http("web", 8190);
    let addr = url.trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(&addr).is_ok());
    api.call("DELETE", "/api/tunnels/web", &Value::Null);
    assert!(ngrok_testkit::eventually(
        std::time::Duration::from_secs(5),
        || { std::net::TcpStream::connect(&addr).is_err() }
    ));
}

#[test]
fn an_endpoint_lives_from_put_to_delete() {
    let api = Api::start();
    let definition = json!({
        "name": "e", "url": "https://a.ngrok.app", "upstream": {"url": "8190"},
        "metadata": "m", "description": "d", "traffic_policy": {"on_http_request": []},
    });
    let created = api.call("PUT", "/api/endpoints/e", &definition);
    assert_eq!(created.status, 201, "{}", created.text());
    let created = created.json();
    assert_eq!(
        created["upstream"],
        json!({"url": "http://localhost:8190", "protocol": "http1"})
    );
    assert_eq!(created["metadata"], "m");
    assert_eq!(created["traffic_policy"], "on_http_request: []\n");
    let url = created["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"));
    let list = api.get("/api/endpoints").json();
    let listed = list["endpoints"][0].as_object().unwrap();
    for (key, value) in listed {
        assert_eq!(created[key], *value, "{key}");
    }
    assert!(!listed.contains_key("metrics") && !listed.contains_key("public_url"));
    for (path, body) in [
        (
            "/api/endpoints/e",
            json!({"name": "other", "upstream": {"url": "80"}}),
        ),
        (
            "/api/endpoints/e",
            json!({"url": "tcp://", "upstream": {"url": "22"}}),
        ),
        ("/api/endpoints/e", json!({"upstream": {}})),
        (
            "/api/endpoints/n",
            json!({"upstream": {"url": "80"}, "bind_tls": true}),
        ),
        (
            "/api/endpoints/n",
            json!({"upstream": {"url": "80"}, "bindings": ["public", "internal"]}),
        ),
    ] {
        let refused = api.call("PUT", path, &body);
        assert_eq!(
            (refused.status, refused.json()["error_code"].clone()),
            (400, json!(102)),
            "{body}"
        );
    }
    let inner = json!({"url": "http://a.internal:80", "upstream": {"url": "80"}});
    let inner = api.call("PUT", "/api/endpoints/inner", &inner).json();
    assert_eq!(inner["bindings"], json!(["internal"]));
    assert_eq!(
        api.call("DELETE", "/api/endpoints/e", &Value::Null).status,
        204
    );
    assert_eq!(api.get("/api/endpoints/e").status, 404);
}

#[test]
fn tunnels_and_endpoints_are_two_views_of_one_set() {
    let api = Api::start();
    let tunnel = api.open(&json!({"name": "t", "proto": "http", "addr": 80, "metadata": "m"}));
    let asked = json!({"name": "e", "url": "tcp://", "upstream": {"url": "localhost:22"}});
    let endpoint = api.call("POST", "/api/endpoints", &asked).json();
    // The answer of POST has the keys of both documented shapes.
    assert_eq!(endpoint["uri"], "/api/endpoints/e");
    assert_eq!(endpoint["public_url"], endpoint["url"]);
    assert_eq!(endpoint["proto"], "tcp");
    assert_eq!(
        endpoint["config"],
        json!({"addr": "localhost:22", "inspect": false})
    );
    assert_eq!(endpoint["upstream"], json!({"url": "localhost:22"}));
    assert_eq!(endpoint["ID"].as_str().unwrap().len(), 32);
    assert!(endpoint.get("id").is_none() && endpoint["metrics"]["conns"].is_object());
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&api.get("/api/tunnels").json()["tunnels"]),
        ["e", "t"]
    );
    let endpoints = api.get("/api/endpoints").json();
    assert_eq!(names(&endpoints["endpoints"]), ["e", "t"]);
    assert_eq!(endpoints["endpoints"][1]["url"], tunnel);
    assert_eq!(endpoints["endpoints"][1]["metadata"], "m");
    assert_eq!(
        endpoints["endpoints"][1]["upstream"]["url"],
        "http://localhost:80"
    );
    assert_eq!(
        api.get("/api/tunnels/e").json()["public_url"],
        endpoint["url"]
    );
    assert_eq!(
        api.get("/api/endpoints/t").json()["metrics"]["http"]["count"],
        0
    );
    assert_eq!(
        api.call("DELETE", "/api/endpoints/t", &Value::Null).status,
        204
    );
    assert_eq!(
        api.call("DELETE", "/api/tunnels/e", &Value::Null).status,
        204
    );
    assert_eq!(api.get("/api/tunnels").json()["tunnels"], json!([]));
}

#[test]
fn a_put_takes_what_an_answer_says_of_an_endpoint() {
    let api = Api::start();
    let asked = json!({"name": "my-endpoint", "upstream": {"url": "http://localhost:8080"}});
    let made = api.call("POST", "/api/endpoints", &asked).json();
    // The example of the documentation: an answer with another upstream.
    let example = json!({
        "name": "my-endpoint",
        "uri": "/api/endpoints/my-endpoint",
        "url": made["url"],
        "upstream": {"url": "http://localhost:9090", "protocol": "https"},
        "inspect": true,
        "traffic_policy": "on_http_request: []\n",
        "pooling_enabled": false,
    });
    let changed = api.call("PUT", "/api/endpoints/my-endpoint", &example);
    assert_eq!(changed.status, 200, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(changed["url"], made["url"]);
    assert_eq!(changed["upstream"]["url"], "http://localhost:9090");
    assert_eq!(api.call("POST", "/api/endpoints", &example).status, 400);
    let other = json!({"name": "other", "url": made["url"], "upstream": {"url": "80"}});
    for (method, path) in [("POST", "/api/endpoints"), ("PUT", "/api/endpoints/other")] {
        let refused = api.call(method, path, &other);
        assert_eq!(refused.status, 502);
        assert!(
            refused.text().contains("ERR_NGROK_334"),
            "{}",
            refused.text()
        );
    }
}

#[test]
fn a_name_is_used_once_even_one_of_the_config_file() {
    let config = "version: 2\ntunnels:\n  filed: {proto: http, addr: 80}\n";
    let api = Api(LoopbackAgent::builder().config(config).start().unwrap());
    api.http("web", 80);
    for (path, body) in [
        (
            "/api/tunnels",
            json!({"name": "web", "proto": "tcp", "addr": "22"}),
        ),
        (
            "/api/tunnels",
            json!({"name": "filed", "proto": "tcp", "addr": "22"}),
        ),
        (
            "/api/endpoints",
            json!({"name": "web", "upstream": {"url": "80"}}),
        ),
    ] {
        let refused = api.call("POST", path, &body);
        assert_eq!(refused.status, 400);
        let err = refused.json()["details"]["err"].clone();
        assert!(err.as_str().unwrap().contains("already exists"));
    }
}

#[test]
fn an_older_agent_hides_the_first_of_two_names_and_knows_no_endpoints() {
    let agent = LoopbackAgent::builder().fault("version", "3.28.1");
    let api = Api(agent.start().unwrap());
    let first = api.http("web", 80);
    let second = api.http("web", 81);
    assert_ne!(first, second);
    assert_eq!(
        api.get("/api/tunnels").json()["tunnels"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(api.get("/api/endpoints").status, 404);
    assert_eq!(api.get("/api/status").json()["agent_version"], "3.28.1");
}

#[test]
fn a_url_is_given_once_unless_both_are_pooled() {
    let api = Api::start();
    let domain = |name: &str, pooled: bool| {
        let body = json!({"name": name, "proto": "http", "addr": 80, "domain": "a.ngrok.app", "pooling_enabled": pooled});
        let answer = api.call("POST", "/api/tunnels", &body);
        (answer.status, answer.text())
    };
    assert_eq!(domain("one", false).0, 201);
    let (status, text) = domain("two", false);
    assert_eq!(status, 502);
    for part in [
        "\"error_code\":103",
        "ERR_NGROK_334",
        "The endpoint 'https://a.ngrok.app' is already online",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(domain("three", true).1.contains("ERR_NGROK_18016"));
    // Another way to ask for the same URL.
    let same = json!({"name": "four", "url": "https://A.ngrok.app:443", "upstream": {"url": "80"}});
    let refused = api.call("POST", "/api/endpoints", &same);
    assert!(
        refused.text().contains("ERR_NGROK_334"),
        "{}",
        refused.text()
    );
    api.call("DELETE", "/api/tunnels/one", &Value::Null);
    assert_eq!(domain("two", true).0, 201);
    assert_eq!(domain("three", true).0, 201);
    assert!(domain("five", false).1.contains("ERR_NGROK_334"));
}

#[test]
fn the_status_has_a_region_and_a_latency_as_text() {
    let config = "version: 3\nagent: {connect_url: 'connect.au.ngrok-agent.com:443'}\n";
    let api = Api(LoopbackAgent::builder().config(config).start().unwrap());
    let status = api.get("/api/status").json();
    assert_eq!(
        status["session"],
        json!({"legs": [{"region": "au", "latency": "1ms"}]})
    );
}

#[test]
fn an_unknown_key_of_the_file_stops_the_start() {
    for (config, part) in [
        (
            "version: 3\nagent: {nope: 1}\n",
            "field nope not found in type config.Agent",
        ),
        (
            "version: 2\nnope: 1\n",
            "field nope not found in type config.v2yamlConfig",
        ),
        (
            "version: 3\nagent: {log_level: loud}\n",
            "property value for 'log_level', 'loud'",
        ),
    ] {
        let refused = LoopbackAgent::builder().config(config).start().unwrap_err();
        assert!(refused.to_string().contains(part), "{refused}");
    }
}

#[test]
fn both_schemes_are_two_tunnels() {
    let api = Api::start();
    api.open(&json!({"name": "web", "proto": "http", "addr": 80, "schemes": ["http", "https"]}));
    let list = api.get("/api/tunnels").json();
    let names: Vec<_> = list["tunnels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].clone())
        .collect();
    assert_eq!(names, ["web", "web (http)"]);
}

#[tokio::test]
async fn an_agent_starts_and_ends_inside_another_runtime() {
    let agent = LoopbackAgent::builder()
        .authtoken("SECRET")
        .start()
        .unwrap();
    assert!(!format!("{agent:?}").contains("SECRET"));
    drop(agent);
}
