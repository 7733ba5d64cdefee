//! The client itself: limits, sharing, addresses, errors that repeat secrets, and the environment.

use std::env;
use std::process::Command;
use std::thread;

use ngrok_localapi::{Client, ErrorClass, ErrorKind, TunnelConfig};
use serde_json::{Value, json};

use crate::server::{Server, json};

#[test]
fn clones_are_shared_between_threads() {
    let server = Server::start(|asked| {
        let name = asked.target.rsplit('/').next().unwrap();
        json(200, &format!(r#"{{"name":"{name}"}}"#))
    });
    let client = server.client();
    let threads: Vec<_> = (0..8)
        .map(|t| {
            let client = client.clone();
            thread::spawn(move || {
                for n in 0..20 {
                    let name = format!("t{t}-{n}");
                    assert_eq!(client.tunnels().get(&name).unwrap().name, name);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert!(server.connections() <= 160 / 2, "{}", server.connections());
}

#[test]
fn a_request_of_any_kind() {
    let server = Server::start(|asked| match asked.method.as_str() {
        "GET" => json(200, r#"{"uri":"/api"}"#),
        _ => json(204, ""),
    });
    let client = server.client();
    let answer = client.request("GET", "/api/new thing?x=1", &[("q", "a&b")], None);
    assert_eq!(answer.unwrap(), json!({ "uri": "/api" }));
    let body = json!({ "a": 1 });
    let answer = client.request("PATCH", "/api/x%2Fy", &[], Some(&body));
    assert_eq!(answer.unwrap(), Value::Null);
    assert_eq!(
        client.request("POST", "/api", &[], None).unwrap(),
        Value::Null
    );
    let asked = server.asked();
    assert_eq!(asked[0].target, "/api/new%20thing?x=1&q=a%26b");
    assert_eq!(
        (&*asked[1].method, &*asked[1].target),
        ("PATCH", "/api/x%2Fy")
    );
    assert_eq!(asked[1].json(), body);
    assert_eq!(asked[2].header("content-length"), Some("0"));
    assert!(
        asked[0]
            .header("user-agent")
            .unwrap()
            .starts_with("ngrok-localapi/")
    );

    for (method, path) in [
        ("GE T", "/api"),
        ("GET", "api"),
        ("GET", "http://evil.example/"),
        ("", "/"),
    ] {
        let error = client.request(method, path, &[], None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadConfig, "{method} {path}");
    }
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn the_builder_refuses_what_cannot_be_sent() {
    let named = Client::builder("127.0.0.1:1").user_agent("my/1").build();
    assert!(named.is_ok());
    let broken = Client::builder("127.0.0.1:1")
        .user_agent("a\r\nX: y")
        .build();
    assert_eq!(broken.unwrap_err().kind(), ErrorKind::BadConfig);
    let far = Client::new("http://192.0.2.1:4040").unwrap_err();
    assert_eq!(far.kind(), ErrorKind::Security);
    assert_eq!(far.url(), Some("http://192.0.2.1:4040"));
    assert!(
        Client::builder("http://192.0.2.1:4040")
            .allow_remote()
            .build()
            .is_ok()
    );
}

#[test]
fn a_refusal_that_repeats_the_token_is_masked() {
    let text = "The authtoken you specified is properly formed, but it is invalid.\\nYour authtoken: planted-token\\n\\nERR_NGROK_107";
    let body = format!(
        r#"{{"error_code":103,"status_code":502,"msg":"failed to start tunnel","details":{{"err":"{text}"}}}}"#
    );
    let server = Server::start(move |_| json(502, &body));
    let error = server
        .client()
        .tunnels()
        .start(&TunnelConfig::tcp("t", 1))
        .unwrap_err();
    let code = error.error_code().unwrap();
    assert_eq!((code.number(), code.class()), (Some(107), ErrorClass::Auth));
    let shown = format!(
        "{error} {error:?} {:?} {} {:?}",
        error.message(),
        error.details(),
        error.body()
    );
    assert!(
        !shown.contains("planted") && shown.contains("107"),
        "{shown}"
    );
    assert!(
        error.to_string().contains("get-started/your-authtoken"),
        "{error}"
    );
}

#[test]
fn the_error_of_the_service_is_found_in_the_agents() {
    let body = r#"{"error_code":103,"status_code":502,"msg":"failed to start tunnel","details":{"err":"Tunnel session limit.\n\nERR_NGROK_108\n"}}"#;
    let server = Server::start(move |_| json(502, body));
    let error = server
        .client()
        .tunnels()
        .start(&TunnelConfig::tcp("t", 1))
        .unwrap_err();
    assert_eq!(error.agent_code().unwrap().number(), 103);
    assert_eq!(error.error_code().unwrap().number(), Some(108));
    assert!(error.is_retryable() && !error.is_timeout());
    assert_eq!(error.method(), Some("POST"));
    assert_eq!(
        error.url(),
        Some(format!("{}/api/tunnels", server.url()).as_str())
    );
}

/// Runs a test of this binary in a process of its own.
fn in_a_process(test: &str, vars: &[(&str, String)]) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", test, "--include-ignored"]);
    child.envs(vars.iter().map(|(name, value)| (name, value)));
    let output = child
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{printed}"
    );
}

#[test]
fn no_proxy_is_used_whatever_the_environment_says() {
    let proxy = Server::start(|_| json(502, "{}"));
    let names = [
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
    ];
    in_a_process(
        "tunnels::two_calls_share_a_connection",
        &names.map(|name| (name, proxy.url())),
    );
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn a_client_goes_anywhere() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<Client>();
    fn send<T: Send + 'static>() {}
    send::<ngrok_localapi::Watch>();
    send::<ngrok_localapi::Error>();
}

#[cfg(target_os = "linux")]
mod threads {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;

    use ngrok_localapi::Client;

    use super::in_a_process;
    use crate::server::{Server, json};

    #[test]
    fn calls_start_no_thread() {
        in_a_process("client::threads::many_calls", &[]);
    }

    /// Counts the threads of this process all the while; a thread for each call would be met now and then.
    #[test]
    #[ignore = "counts the threads of its process, so it needs one of its own, which the test above gives it"]
    fn many_calls() {
        let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
        let server = Server::start(|_| json(200, r#"{"tunnels":[]}"#));
        let literal = server.client();
        let named = Client::new(server.url().replace("127.0.0.1", "localhost")).unwrap();
        // The first call of each makes the connection and looks the name up.
        literal.tunnels().list().unwrap();
        named.tunnels().list().unwrap();

        let stop = Arc::new(AtomicBool::new(false));
        let (running, most) = (stop.clone(), Arc::new(AtomicUsize::new(0)));
        let highest = most.clone();
        let counter = thread::spawn(move || {
            while !running.load(Ordering::Relaxed) {
                highest.fetch_max(threads(), Ordering::Relaxed);
            }
        });
        let before = threads();
        for _ in 0..1000 {
            literal.tunnels().list().unwrap();
            named.tunnels().list().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        counter.join().unwrap();
        assert!(most.load(Ordering::Relaxed) <= before, "{most:?} {before}");
    }
}
