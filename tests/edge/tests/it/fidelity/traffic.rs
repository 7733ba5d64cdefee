//! What goes through a tunnel, what is kept of it, and what a lost session looks like.

use std::time::Duration;

use ngrok_testkit::{TcpEcho, Upstream};
use serde_json::{Value, json};

use super::Behaviour;
use super::subject::{Running, Subject};
use crate::support::{NOBODY, until};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("headers that the upstream sees", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({}));
        running.get(&url, "/");
        let mut names: Vec<String> = upstream.received()[0]
            .headers
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        names.sort();
        names.join(", ")
    })
    .documented("`X-Forwarded-For`, `-Proto`, `-Host`, added by the service")
    .on_purpose("the loopback edge adds two of the service's three"),
    Behaviour::new("`host_header: rewrite`", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({"host_header": "rewrite"}));
        running.get(&url, "/");
        let seen = upstream.received().remove(0);
        let host = seen
            .header("host")
            .unwrap()
            .replace(&upstream.addr().to_string(), "UPSTREAM");
        format!(
            "Host {host}, {}",
            match (
                seen.header("x-original-host"),
                seen.header("x-forwarded-host"),
            ) {
                (Some(_), _) => "the visitor's in X-Original-Host",
                (None, Some(_)) => "the visitor's in X-Forwarded-Host",
                (None, None) => "the visitor's is lost",
            }
        )
    })
    .documented("the upstream's host; the visitor's in X-Forwarded-Host since 3.0")
    .on_purpose("the header of version 3"),
    Behaviour::new("an upstream that is not there", |s| {
        let running = s.running();
        let url = running.open(&json!({"name": "web", "proto": "http", "addr": NOBODY}));
        let response = running.get(&url, "/").unwrap();
        let code = response.text().contains("ERR_NGROK_8012");
        format!(
            "{}, {}",
            response.status,
            if code {
                "ERR_NGROK_8012"
            } else {
                "a page without a code"
            }
        )
    })
    .documented("502, ERR_NGROK_8012")
    .on_purpose("version 3's page"),
    Behaviour::new("an upstream that closes without an answer", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({}));
        match running.get(&url, "/close") {
            Some(response) => response.status.to_string(),
            None => "closes too".to_owned(),
        }
    })
    .documented("502")
    .on_purpose("as the service, which answers in the place of the agent"),
    Behaviour::new("a captured request: fields", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({}));
        running.get(&url, "/");
        let request = captured(&running, 1).remove(0);
        format!(
            "{}; request {}; response {}",
            keys(&request),
            keys(&request["request"]),
            keys(&request["response"])
        )
    })
    .documented("the same"),
    Behaviour::new("a captured request that failed", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({}));
        running.get(&url, "/close");
        let request = captured(&running, 1).remove(0);
        format!(
            "duration {}, response {}",
            if request["duration"] == 0 { "0" } else { "set" },
            request["response"]
        )
    }),
    Behaviour::new("the order of captured requests, a second apart", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({}));
        running.get(&url, "/1");
        // Their times are whole seconds, and within one the order is random.
        std::thread::sleep(Duration::from_millis(1100));
        running.get(&url, "/2");
        let captured = captured(&running, 2);
        let uris: Vec<&str> = captured
            .iter()
            .filter_map(|it| it["request"]["uri"].as_str())
            .collect();
        uris.join(", ")
    }),
    Behaviour::new(
        "`tunnel_name` of captured requests, of a part of the name",
        |s| {
            let upstream = Upstream::start().unwrap();
            let (running, url) = web(s, &upstream, json!({}));
            running.get(&url, "/");
            captured(&running, 1);
            let (_, found) = running.call("GET", "/api/requests/http?tunnel_name=we", None);
            format!("{} found", found["requests"].as_array().map_or(0, Vec::len))
        },
    ),
    Behaviour::new("`inspect: false`", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({"inspect": false}));
        running.get(&url, "/");
        let (_, tunnel) = running.call("GET", "/api/tunnels/web", None);
        let (_, list) = running.call("GET", "/api/requests/http", None);
        format!(
            "tunnel says {}, {} captured",
            tunnel["config"]["inspect"],
            list["requests"].as_array().map_or(0, Vec::len)
        )
    })
    .documented("nothing is captured"),
    Behaviour::new("a replay", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({}));
        running.get(&url, "/again");
        let id = captured(&running, 1)[0]["id"].clone();
        let (status, _) = running.call("POST", "/api/requests/http", Some(json!({"id": id})));
        let both = captured(&running, 2);
        let replay = both.iter().find(|r| r["id"] != id).unwrap();
        format!(
            "{status}; remote_addr {}, {} requests upstream",
            replay["remote_addr"],
            upstream.received().len()
        )
    })
    .documented("204"),
    Behaviour::new("metrics after one request", |s| {
        let upstream = Upstream::start().unwrap();
        let (running, url) = web(s, &upstream, json!({}));
        running.get(&url, "/");
        let count = |part: &str| {
            let (_, tunnel) = running.call("GET", "/api/tunnels/web", None);
            tunnel["metrics"][part]["count"].as_u64().unwrap()
        };
        until("both counts", || (count("conns"), count("http")) == (1, 1));
        "conns 1, http 1".to_owned()
    }),
    Behaviour::new("a TCP connection that is half closed", |s| {
        let echo = TcpEcho::start().unwrap();
        let running = s.running();
        let url =
            running.open(&json!({"name": "echo", "proto": "tcp", "addr": echo.addr().to_string()}));
        running.half_closed(&url)
    }),
    Behaviour::new("POST while the session is lost", |s| {
        let running = s.running();
        running.lose_session();
        let (status, body) = running.call(
            "POST",
            "/api/tunnels",
            Some(json!({"name": "t", "proto": "tcp", "addr": "1"})),
        );
        format!(
            "{status} code {} `{}: {}`",
            body["error_code"],
            body["msg"].as_str().unwrap_or("-"),
            body["details"]["err"].as_str().unwrap_or("-")
        )
    }),
    Behaviour::new("DELETE while the session is lost", |s| {
        let running = s.running();
        running.open(&json!({"name": "t", "proto": "tcp", "addr": "1"}));
        running.lose_session();
        let (status, body) = running.call("DELETE", "/api/tunnels/t", None);
        format!(
            "{status} code {} `{}: {}`",
            body["error_code"],
            body["msg"].as_str().unwrap_or("-"),
            body["details"]["err"].as_str().unwrap_or("-")
        )
    }),
    Behaviour::new("a session lost and back: log", |s| {
        let running = s.running();
        running.open(&json!({"name": "t", "proto": "tcp", "addr": "1"}));
        let before = running.agent.log().lines().count();
        running.lose_session();
        running.find_session();
        let log = running.agent.log();
        let log: Vec<&str> = log.lines().skip(before).collect();
        let mut seen: Vec<String> = super::commands::messages(&log.join("\n"));
        // How often it tries in between is a matter of luck.
        seen.retain(|message| message.contains("session") && !message.starts_with("failed"));
        seen.join(" · ")
    })
    .on_purpose("the order of version 3"),
    Behaviour::new("a session lost and back: tunnels", |s| {
        let running = s.running();
        let url = running.open(&json!({"name": "t", "proto": "tcp", "addr": "1"}));
        running.lose_session();
        running.find_session();
        let (_, tunnel) = running.call("GET", "/api/tunnels/t", None);
        if tunnel["public_url"] == url.as_str() {
            "the same name and URL"
        } else {
            "another URL"
        }
        .to_owned()
    })
    .documented("the same URLs"),
];

/// A running agent with an HTTP tunnel `web` to this upstream.
fn web(subject: &Subject, upstream: &Upstream, more: Value) -> (Running, String) {
    let running = subject.running();
    // The one way to say in version 2 that it is http alone, and the other in version 3.
    let (key, http_alone) = match subject.is_real() {
        true => ("bind_tls", json!(false)),
        false => ("schemes", json!(["http"])),
    };
    let mut tunnel = json!({"name": "web", "proto": "http", "addr": upstream.addr().to_string()});
    tunnel[key] = http_alone;
    for (key, value) in more.as_object().unwrap() {
        tunnel[key] = value.clone();
    }
    let url = running.open(&tunnel);
    (running, url)
}

/// The captured requests, once there are so many.
fn captured(running: &Running, count: usize) -> Vec<Value> {
    let list = || {
        let (_, list) = running.call("GET", "/api/requests/http", None);
        list["requests"].as_array().cloned().unwrap_or_default()
    };
    until("captured requests", || list().len() >= count);
    list()
}

fn keys(object: &Value) -> String {
    let mut keys: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    format!("`{{{}}}`", keys.join(", "))
}
