//! The cloud over HTTP: its gate, its headers, and its faults.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::*;

/// Sends one request and returns the whole answer, up to where the connection ends.
fn send(cloud: &LoopbackCloud, line: &str, headers: &str, body: &str) -> String {
    let addr = cloud.url().trim_start_matches("http://");
    let addr = addr.split('/').next().expect("a host");
    let mut stream = TcpStream::connect(addr).expect("the cloud listens");
    write!(
        stream,
        "{line} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut answer = Vec::new();
    // A fault may end the connection with an error; what came before it counts.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

const GOOD: &str = "authorization: Bearer loopbackcloudapikey00000000_1loopbackcloudapikey0\r\nngrok-version: 2\r\ncontent-type: application/json\r\n";

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

#[test]
fn the_door_asks_for_the_key_the_version_and_patience() {
    let cloud = LoopbackCloud::builder()
        .rate_limit(1)
        .start()
        .expect("starts");
    let get = "GET /vaults";
    let wrong = GOOD.replace("loopbackcloud", "other");
    let answer = send(&cloud, get, &wrong, "");
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.contains("ERR_NGROK_202"),
        "{answer}"
    );
    let answer = send(&cloud, get, &GOOD.replace("ngrok-version: 2\r\n", ""), "");
    assert!(answer.contains("ERR_NGROK_218"), "{answer}");
    assert_eq!(status(&send(&cloud, get, GOOD, "")), "200");
    let answer = send(&cloud, get, GOOD, "");
    assert_eq!(status(&answer), "429", "{answer}");
    assert_eq!(cloud.requests().len(), 4);
}

#[test]
fn a_prefix_is_part_of_every_path_and_uri() {
    let cloud = LoopbackCloud::builder()
        .path_prefix("/behind")
        .start()
        .expect("starts");
    assert_eq!(status(&send(&cloud, "GET /vaults", GOOD, "")), "404");
    let answer = send(&cloud, "POST /behind/vaults", GOOD, r#"{"name":"v"}"#);
    assert_eq!(status(&answer), "201", "{answer}");
    assert!(
        answer.contains(&format!("{}/vaults/vault_", cloud.url())),
        "{answer}"
    );
    assert_eq!(cloud.requests()[1].body, json!({"name": "v"}));
}

#[test]
fn a_seeded_session_is_listed_and_stopped() {
    let cloud = LoopbackCloud::start().expect("starts");
    let id = cloud.seed("tunnel_sessions", json!({"region": "eu"}));
    let answer = send(&cloud, "GET /tunnel_sessions", GOOD, "");
    assert!(
        answer.contains(&id) && answer.contains(r#""region":"eu""#),
        "{answer}"
    );
    let stop = format!("POST /tunnel_sessions/{id}/stop");
    assert_eq!(status(&send(&cloud, &stop, GOOD, "")), "204");
    assert_eq!(status(&send(&cloud, &stop, GOOD, "")), "404");
}

#[test]
fn a_seeded_bot_user_is_a_service_user_too() {
    let cloud = LoopbackCloud::start().expect("starts");
    let id = cloud.seed("bot_users", json!({"name": "ci"}));
    assert!(id.starts_with("bot_"), "{id}");
    let path = format!("GET /bot_users/{id}");
    assert_eq!(status(&send(&cloud, &path, GOOD, "")), "200");
    assert!(send(&cloud, "GET /service_users", GOOD, "").contains(r#""name":"ci""#));
}

#[test]
fn faults_meet_the_request_they_were_set_for() {
    let cloud = LoopbackCloud::start().expect("starts");
    cloud.seed("vaults", json!({"name": "v"}));
    cloud.fail(2, CloudFault::status(502));
    cloud.fail(3, CloudFault::Close);
    cloud.fail(4, CloudFault::Cut(10));
    cloud.fail(
        5,
        CloudFault::NextPage("http://elsewhere.example/".to_owned()),
    );
    cloud.fail(6, CloudFault::EmptyPage);
    cloud.fail(7, CloudFault::too_many(1));
    let get = || send(&cloud, "GET /vaults", GOOD, "");
    assert_eq!(status(&get()), "200");
    assert_eq!(status(&get()), "502");
    assert_eq!(get(), "");
    let cut = get();
    let body = cut.split_once("\r\n\r\n").map(|(_, body)| body.len());
    assert_eq!(body, Some(10), "{cut}");
    assert!(get().contains("http://elsewhere.example/"));
    assert!(get().contains(r#""vaults":[]"#));
    assert!(get().contains("retry-after: 1"));
    assert_eq!(status(&get()), "200");
}

#[test]
fn an_operation_has_one_id_in_header_and_body() {
    let cloud = LoopbackCloud::start().expect("starts");
    let answer = send(&cloud, "GET /vaults/vault_1", GOOD, "");
    let header = answer
        .lines()
        .find_map(|line| line.strip_prefix("ngrok-operation-id: "))
        .expect("a header");
    assert!(header.starts_with("op_") && header.len() == 30, "{answer}");
    assert!(
        answer.contains(&format!(r#""operation_id":"{header}""#)),
        "{answer}"
    );
    let other = send(&cloud, "GET /vaults", GOOD, "");
    assert!(other.contains("ngrok-operation-id: op_") && !other.contains(header));
}

#[test]
fn a_browser_may_call_from_any_page() {
    let cloud = LoopbackCloud::start().expect("starts");
    let asks = "origin: https://app.example.com\r\naccess-control-request-method: PATCH\r\naccess-control-request-headers: authorization, x-y\r\n";
    let answer = send(&cloud, "OPTIONS /anything", asks, "");
    for expected in [
        "HTTP/1.1 204",
        "access-control-allow-origin: https://app.example.com",
        "access-control-allow-methods: GET, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers: authorization, x-y",
        "access-control-allow-credentials: true",
        "access-control-max-age: 600",
    ] {
        assert!(answer.contains(expected), "{expected}: {answer}");
    }
    let answer = send(
        &cloud,
        "GET /vaults",
        "origin: https://app.example.com\r\n",
        "",
    );
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(
        answer.contains("access-control-allow-origin: https://app.example.com"),
        "{answer}"
    );
}

#[test]
fn too_many_requests_say_when_to_come_back_where_chosen() {
    let cloud = LoopbackCloud::builder()
        .rate_limit(0)
        .variant(CloudVariant::RetryAfter)
        .start()
        .expect("starts");
    let answer = send(&cloud, "GET /vaults", GOOD, "");
    assert!(
        answer.contains("ERR_NGROK_226") && answer.contains("retry-after: "),
        "{answer}"
    );
    let cloud = LoopbackCloud::builder()
        .rate_limit(0)
        .start()
        .expect("starts");
    let answer = send(&cloud, "GET /vaults", GOOD, "");
    assert!(
        answer.contains("ERR_NGROK_226") && !answer.contains("retry-after"),
        "{answer}"
    );
}

#[test]
fn any_code_can_be_ordered() {
    let cloud = LoopbackCloud::start().expect("starts");
    for (code, expected) in [
        ("ERR_NGROK_205", "403"),
        ("ERR_NGROK_415", "400"),
        ("ERR_NGROK_1500", "503"),
    ] {
        cloud.fail(1, CloudFault::refusal(code));
        let answer = send(&cloud, "GET /vaults", GOOD, "");
        assert_eq!(status(&answer), expected, "{answer}");
        assert!(answer.contains(code), "{answer}");
    }
}

#[test]
fn without_the_version_and_without_the_rules() {
    let cloud = LoopbackCloud::builder()
        .variant(CloudVariant::MissingVersion404)
        .rules(false)
        .start()
        .expect("starts");
    let answer = send(
        &cloud,
        "GET /vaults",
        &GOOD.replace("ngrok-version: 2\r\n", ""),
        "",
    );
    assert!(
        answer.starts_with("HTTP/1.1 404") && !answer.contains("error_code"),
        "{answer}"
    );
    let answer = send(
        &cloud,
        "POST /reserved_domains",
        GOOD,
        r#"{"domain": "not a domain"}"#,
    );
    assert_eq!(status(&answer), "201", "{answer}");
    let answer = send(&cloud, "POST /reserved_domains", GOOD, r#"{"nope": 1}"#);
    assert!(answer.contains("ERR_NGROK_214"), "{answer}");
}

#[test]
fn a_body_that_ends_too_early_is_refused() {
    let cloud = LoopbackCloud::start().expect("starts");
    let addr = cloud.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(addr).expect("the cloud listens");
    write!(
        stream,
        "POST /vaults HTTP/1.1\r\nhost: x\r\n{GOOD}content-length: 100\r\n\r\n{{\"name\":"
    )
    .expect("sent");
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("half closed");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.contains("ERR_NGROK_212"), "{answer}");
}
