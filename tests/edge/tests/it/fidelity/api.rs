//! The local API: statuses, codes and shapes.

use serde_json::{Value, json};

use super::subject::{Running, Subject};
use super::{Behaviour, code};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("`GET /api/`", |s| {
        keys(&s.running().call("GET", "/api/", None).1)
    }),
    Behaviour::new("`GET /api/status`", |s| {
        answer(&s.running(), "GET", "/api/status", None)
    })
    .documented("200 `{status, agent_version, session, uri}`")
    .on_purpose("version 3 has it"),
    Behaviour::new("`GET /api/endpoints`", |s| {
        answer(&s.running(), "GET", "/api/endpoints", None)
    })
    .documented("200 (from 3.30)")
    .on_purpose("version 3 has it"),
    Behaviour::new("an HTTP tunnel to port 443", |s| {
        let (_, tunnel) = post(
            &s.running(),
            json!({"name": "web", "proto": "http", "addr": "443"}),
        );
        tunnel["config"]["addr"].to_string()
    })
    .documented("https, since 2.3"),
    Behaviour::new("`GET /api/nope`", |s| {
        answer(&s.running(), "GET", "/api/nope", None)
    }),
    Behaviour::new("`PUT /api/tunnels`", |s| {
        answer(&s.running(), "PUT", "/api/tunnels", Some(json!({})))
    }),
    Behaviour::new("an HTTP tunnel of which nothing is said", |s| {
        let running = s.running();
        let (status, tunnel) = post(
            &running,
            json!({"name": "web", "proto": "http", "addr": "80"}),
        );
        format!(
            "{status}, `{}` to `{}`; then listed: {}",
            scheme(&tunnel),
            tunnel["config"]["addr"].as_str().unwrap(),
            listed(&running)
        )
    })
    .documented("one https endpoint since version 3 (`schemes`)")
    .on_purpose("one URL, as version 3; plain, so that it is reached without a certificate"),
    Behaviour::new("the fields of a tunnel", |s| {
        let (_, tunnel) = post(
            &s.running(),
            json!({"name": "web", "proto": "http", "addr": "80"}),
        );
        format!(
            "{}; config {}; metrics {}; metrics.conns {}",
            keys(&tunnel),
            keys(&tunnel["config"]),
            keys(&tunnel["metrics"]),
            keys(&tunnel["metrics"]["conns"])
        )
    })
    .documented("and `ID`")
    .on_purpose("`ID` is version 3's"),
    Behaviour::new("`bind_tls` true, false", |s| {
        let running = s.running();
        for (name, tls) in [("t", true), ("f", false)] {
            post(
                &running,
                json!({"name": name, "proto": "http", "addr": "80", "bind_tls": tls}),
            );
        }
        listed(&running)
    })
    .documented("gone; `schemes` in its place")
    .on_purpose("version 3 refuses the field"),
    Behaviour::new("`schemes: [\"https\"]`", |s| {
        let running = s.running();
        post(
            &running,
            json!({"name": "web", "proto": "http", "addr": "80", "schemes": ["https"]}),
        );
        listed(&running)
    })
    .documented("one https endpoint")
    .on_purpose("plain, so that it is reached without a certificate"),
    Behaviour::new("a TCP tunnel", |s| {
        let (status, tunnel) = post(
            &s.running(),
            json!({"name": "ssh", "proto": "tcp", "addr": "22"}),
        );
        format!(
            "{status}, `{}` to `{}`, inspect {}",
            scheme(&tunnel),
            tunnel["config"]["addr"].as_str().unwrap(),
            tunnel["config"]["inspect"]
        )
    }),
    Behaviour::new("a TLS tunnel", |s| {
        let (status, tunnel) = post(
            &s.running(),
            json!({"name": "tls", "proto": "tls", "addr": "443"}),
        );
        format!(
            "{status}, `{}` to `{}`",
            scheme(&tunnel),
            tunnel["config"]["addr"].as_str().unwrap()
        )
    })
    .documented("`tls://localhost:443`"),
    Behaviour::new("a name that exists", |s| {
        let running = s.running();
        let tunnel = json!({"name": "web", "proto": "tcp", "addr": "80"});
        post(&running, tunnel.clone());
        created(post(&running, tunnel))
    })
    .documented("refused since 3.29, even if it is only in the file")
    .on_purpose("as version 3"),
    Behaviour::new("a tunnel with an unknown field", |s| {
        created(post(
            &s.running(),
            json!({"name": "web", "proto": "tcp", "addr": "80", "nope": 1}),
        ))
    })
    .documented("`field nope not found in type …`")
    .on_purpose("as version 3"),
    Behaviour::new("a tunnel without an address", |s| {
        created(post(&s.running(), json!({"name": "web", "proto": "http"})))
    }),
    Behaviour::new("a tunnel without a protocol", |s| {
        created(post(&s.running(), json!({"name": "web", "addr": "80"})))
    }),
    Behaviour::new("a tunnel of an unknown protocol", |s| {
        created(post(
            &s.running(),
            json!({"name": "web", "addr": "80", "proto": "udp"}),
        ))
    }),
    Behaviour::new("an address that is a number", |s| {
        created(post(
            &s.running(),
            json!({"name": "web", "addr": 80, "proto": "http"}),
        ))
    }),
    Behaviour::new("a body that is a string", |s| {
        created(post(&s.running(), json!("{")))
    })
    .on_purpose("no name of a Go type is to be relied on"),
    Behaviour::new("a tunnel that is not there: GET", |s| {
        answer(&s.running(), "GET", "/api/tunnels/web", None)
    })
    .documented("404"),
    Behaviour::new("a tunnel that is not there: DELETE", |s| {
        answer(&s.running(), "DELETE", "/api/tunnels/web", None)
    })
    .documented("404"),
    Behaviour::new("DELETE, then DELETE again", |s| {
        let running = s.running();
        post(
            &running,
            json!({"name": "web", "proto": "tcp", "addr": "80"}),
        );
        let first = running.call("DELETE", "/api/tunnels/web", None);
        format!(
            "{}, {}",
            refusal(first),
            answer(&running, "DELETE", "/api/tunnels/web", None)
        )
    })
    .documented("204, 404"),
    Behaviour::new("a name with brackets and spaces: GET, DELETE", |s| {
        found_again(s, "a (b)", "a%20%28b%29")
    }),
    Behaviour::new("a name with `%`: GET, DELETE", |s| {
        found_again(s, "100%", "100%25")
    })
    .on_purpose("what version 3 does is not known; `ngrok-localapi` refuses such names"),
    Behaviour::new("a name with `/`: GET, DELETE", |s| {
        found_again(s, "a/b", "a%2Fb")
    }),
    Behaviour::new("captured requests: none yet", |s| {
        answer(&s.running(), "GET", "/api/requests/http", None)
    }),
    Behaviour::new("captured requests: `limit=0`, `-1`, `x`", |s| {
        let running = s.running();
        ["0", "-1", "x"]
            .map(|limit| {
                answer(
                    &running,
                    "GET",
                    &format!("/api/requests/http?limit={limit}"),
                    None,
                )
            })
            .join(" · ")
    }),
    Behaviour::new("captured requests: an unknown parameter", |s| {
        answer(&s.running(), "GET", "/api/requests/http?nope=1", None)
    }),
    Behaviour::new("captured request that is not there: GET", |s| {
        answer(&s.running(), "GET", "/api/requests/http/nope", None)
    }),
    Behaviour::new("captured request that is not there: replay", |s| {
        answer(
            &s.running(),
            "POST",
            "/api/requests/http",
            Some(json!({"id": "nope"})),
        )
    }),
    Behaviour::new("DELETE of all captured requests", |s| {
        answer(&s.running(), "DELETE", "/api/requests/http", None)
    })
    .documented("204"),
];

fn post(running: &Running, tunnel: Value) -> (u16, Value) {
    running.call("POST", "/api/tunnels", Some(tunnel))
}

fn answer(running: &Running, method: &str, path: &str, body: Option<Value>) -> String {
    refusal(running.call(method, path, body))
}

/// A tunnel's status, or why there is none.
fn created((status, body): (u16, Value)) -> String {
    match status {
        201 => "201".to_owned(),
        _ => refusal((status, body)),
    }
}

/// Status, local code, message and cause; of an answer without a message, its fields.
fn refusal((status, body): (u16, Value)) -> String {
    let Some(message) = body["msg"].as_str() else {
        return match &body {
            Value::Null => status.to_string(),
            body => format!("{status} {}", keys(body)),
        };
    };
    let number = body["error_code"]
        .as_u64()
        .map(|number| format!(" code {number}"));
    let cause = body["details"]["err"]
        .as_str()
        .map(|cause| format!(": {cause}"));
    let message = format!("{message}{}", cause.unwrap_or_default());
    format!("{status}{} {}", number.unwrap_or_default(), code(&message))
}

fn keys(object: &Value) -> String {
    match object.as_object() {
        Some(object) => {
            let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
            keys.sort_unstable();
            format!("`{{{}}}`", keys.join(", "))
        }
        None => object.to_string(),
    }
}

fn scheme(tunnel: &Value) -> &str {
    tunnel["public_url"]
        .as_str()
        .unwrap()
        .split("//")
        .next()
        .unwrap()
}

/// Names and schemes, in the order of the names: the agent's own order is random.
fn listed(running: &Running) -> String {
    let (_, list) = running.call("GET", "/api/tunnels", None);
    let mut all: Vec<String> = list["tunnels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tunnel| {
            format!(
                "`{}` ({})",
                tunnel["name"].as_str().unwrap(),
                scheme(tunnel).trim_end_matches(':')
            )
        })
        .collect();
    all.sort();
    if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(", ")
    }
}

fn found_again(subject: &Subject, name: &str, encoded: &str) -> String {
    let running = subject.running();
    let created = created(post(
        &running,
        json!({"name": name, "proto": "tcp", "addr": "80"}),
    ));
    let path = format!("/api/tunnels/{encoded}");
    let got = running.call("GET", &path, None).0;
    let deleted = running.call("DELETE", &path, None).0;
    format!("created {created}, GET {got}, DELETE {deleted}")
}
