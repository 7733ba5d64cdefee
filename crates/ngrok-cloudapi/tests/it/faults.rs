//! What errors say: pages instead of JSON, answers that break off, and what ngrok's codes stand for.

use std::net::TcpListener;
use std::time::Duration;

use ngrok_cloudapi::{ErrorKind, Method};
use serde_json::json;

use crate::errors::{error, impatient};
use crate::recorder::{Answer, Recorder};

#[test]
fn a_body_that_is_not_json_is_kept_in_part() {
    for length in [5000, 200_000] {
        let page = format!("<html><h1>Bad  Gateway</h1>{}</html>", "x".repeat(length));
        let error = error(Answer::new(502, page));
        assert_eq!(error.body().map(str::len), Some(1024));
        assert!(error.body().unwrap().starts_with("<html>") && error.is_retryable());
        let said = "GET /endpoints/ep_1: the service answered 502, with a page instead of JSON: \"Bad Gateway x";
        assert!(error.to_string().starts_with(said), "{error}");
    }
    // As much of a long error as is read is kept.
    let long = format!("{{\"msg\": \"{}\"}}", "x".repeat(200_000));
    let error = error(Answer::new(400, long));
    assert_eq!(
        (error.status(), error.body().map(str::len)),
        (Some(400), Some(1024))
    );
}

#[test]
fn a_page_instead_of_an_object_is_shown_with_its_status() {
    let error = error(Answer::new(
        200,
        "<!doctype html><title>Hotel WiFi</title><p>Sign in key",
    ));
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Decode, Some(200))
    );
    assert_eq!(
        error.to_string(),
        "GET /endpoints/ep_1: the answer (200) is not JSON but \"Hotel WiFi Sign in ***\"; a proxy or a sign-in page may have answered instead of ngrok"
    );
    assert!(error.body().unwrap().contains("Hotel WiFi"));
    let server = Recorder::start(|_, _| Answer::new(200, "  "));
    let listed = impatient(&server.url).endpoints().list().collect_all();
    let error = listed.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is empty where an object belongs"),
        "{error}"
    );
}

#[test]
fn a_change_without_a_whole_answer_says_that_it_may_have_been_made() {
    let create = |answer: Answer| {
        let server = Recorder::start(move |_, _| answer.clone());
        let client = impatient(&server.url).with_timeout(Duration::from_secs(2));
        client
            .request(Method::Post, "/vaults", &[], None)
            .unwrap_err()
    };
    let cut = Answer::new(201, "{\"id\": \"v")
        .header("content-length", "900")
        .closing();
    for (answer, kind, status) in [
        (cut, ErrorKind::Connection, Some(201)),
        (Answer::cut(), ErrorKind::Connection, None),
        (Answer::new(201, "{\"id\""), ErrorKind::Decode, Some(201)),
    ] {
        let error = create(answer);
        assert_eq!((error.kind(), error.status()), (kind, status), "{error}");
        let said = error.to_string();
        assert!(
            said.contains("may exist: look with GET /vaults before"),
            "{said}"
        );
    }
    let refused = impatient("http://127.0.0.1:1").request(Method::Post, "/vaults", &[], None);
    let said = refused.unwrap_err().to_string();
    assert!(!said.contains("may exist"), "nothing was sent: {said}");
}

#[test]
fn conflicts_and_wrong_keys_are_known_by_their_codes() {
    let of = |status: u16, code: &str| {
        let body = json!({"error_code": code, "status_code": status, "msg": "m", "details": {}});
        error(Answer::new(status, body.to_string()))
    };
    for code in [
        413, 414, 417, 430, 609, 610, 1407, 1408, 1802, 4112, 5127, 6706, 6709, 7122, 7125, 7126,
        18009, 18016, 18017, 23004, 24005,
    ] {
        let error = of(400, &format!("ERR_NGROK_{code}"));
        assert!(
            error.is_conflict() && !error.is_in_use() && !error.is_auth(),
            "{code}"
        );
        assert!(error.hint().is_some(), "{code}");
    }
    for code in [
        436, 446, 637, 1419, 1420, 1964, 1966, 5112, 6502, 23003, 27511,
    ] {
        let error = of(400, &format!("ERR_NGROK_{code}"));
        assert!(error.is_in_use() && !error.is_conflict(), "{code}");
    }
    for (status, code) in [
        (403, 200),
        (403, 201),
        (403, 202),
        (403, 203),
        (400, 206),
        (400, 207),
        (400, 208),
        (403, 220),
        (403, 29001),
    ] {
        let error = of(status, &format!("ERR_NGROK_{code}"));
        assert!(
            error.is_auth() && error.hint().is_some() && !error.is_conflict(),
            "{code}"
        );
    }
    assert!(of(409, "ERR_NGROK_999999").is_conflict());
    assert!(of(400, "ERR_NGROK_501").is_plan() && !of(403, "ERR_NGROK_27001").is_auth());
    for word in [
        "ERR_NGROK_SHIP_EARLY_ACCESS_NOT_ALLOWED",
        "invalid_cel_expression",
    ] {
        let error = of(400, word);
        assert_eq!(error.code().unwrap().to_string(), word);
        assert!(error.has_code(word) && !error.is_conflict());
    }
    // A path or method that the service does not know is told from an object that is gone.
    let gone = error(Answer::new(
        404,
        r#"{"status_code":404,"msg":"Resource not found","details":{"operation_id":"op_1"}}"#,
    ));
    let unknown = error(Answer::new(
        404,
        r#"{"status_code":404,"msg":"Not Found","details":{"path":"/endpoints/ep_1"}}"#,
    ));
    assert!(gone.is_not_found() && unknown.is_not_found());
    assert_ne!(gone.hint(), unknown.hint());
    assert!(
        unknown
            .to_string()
            .ends_with("there is no such path or method"),
        "{unknown}"
    );
}

#[test]
fn debug_is_what_a_person_reads() {
    let error = impatient("http://127.0.0.1:1")
        .request(Method::Get, "/x", &[], None)
        .unwrap_err();
    let shown = format!("{error:?}");
    assert!(
        shown.starts_with("GET /x: no answer, as the connection was refused"),
        "{shown}"
    );
    assert!(shown.contains("\n  caused by: "), "{shown}");
    assert!(format!("{error:#?}").contains("Connection {"));
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = format!("http://{}", slow.local_addr().unwrap());
    let client = impatient(&slow).with_timeout(Duration::from_millis(250));
    let error = client.request(Method::Get, "/x", &[], None).unwrap_err();
    assert!(
        error.to_string().contains("timed out after 2") && error.to_string().contains(" ms"),
        "{error}"
    );
}
