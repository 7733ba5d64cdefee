//! Frames of the screen, as text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ngrok_facade::localapi::Metrics;
use ratatui_core::backend::TestBackend;
use ratatui_core::terminal::Terminal;
use serde_json::json;

use super::*;
use crate::screen::keys::{self, Action};

fn drawn(model: &mut Model, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|it| frame(model, it)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let mut text = String::new();
    for y in 0..height {
        let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn captured(id: &str, method: &str, uri: &str, status: &str) -> CapturedRequest {
    let code: u16 = status
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap_or_default();
    let mut json = json!({
        "id": id, "duration": 4_200_000,
        "request": {"method": method, "uri": uri, "proto": "HTTP/1.1", "headers": {"Host": ["example.ngrok.app"]}},
    });
    if code > 0 {
        json["response"] = json!({"status": status, "status_code": code, "proto": "HTTP/1.1"});
    }
    serde_json::from_value(json).unwrap()
}

fn model() -> Model {
    let metrics: Metrics = serde_json::from_value(json!({
        "conns": {"count": 7, "gauge": 1},
        "http": {"count": 12, "p50": 4_000_000, "p90": 20_000_000, "p99": 1_500_000_000},
    }))
    .unwrap();
    let mut model = Model::default();
    model.endpoints = vec![Endpoint {
        url: "https://example.ngrok.app".to_owned(),
        upstream: "http://localhost:8080".to_owned(),
        metrics,
    }];
    model.inspect = "http://127.0.0.1:4040".to_owned();
    model.session("online", "eu 23 ms");
    model.request(captured("a", "GET", "/", "200 OK"));
    model.request(captured(
        "b",
        "POST",
        "/orders?from=a-very-long-address&to=another-one",
        "500 Internal Server Error",
    ));
    model.request(captured("c", "GET", "/slow\u{1b}[2J", "0"));
    model
}

fn press(model: &mut Model, codes: &[KeyCode]) -> Action {
    let mut action = Action::None;
    for code in codes {
        action = keys::apply(model, KeyEvent::new(*code, KeyModifiers::NONE));
    }
    action
}

#[test]
fn the_list_fits_a_small_terminal() {
    let expected = "\
https://example.ngrok.app -> http://localhost:8080
  7 connections, 1 open, 12 requests   p50 4.0 ms  p90 20 ms  p99 1500 ms
Session online, eu 23 ms   inspect at http://127.0.0.1:4040

Requests (3)
  GET     /slow\u{fffd}[2J                           no response
  POST    /orders?from=a-very-long-address&t… 500 Internal Server Err…    4.2 ms
  GET     /                                   200 OK                      4.2 ms



q quit  c copy URL  o inspector  Enter details  r replay  / filter
";
    assert_eq!(drawn(&mut model(), 80, 12), expected);
    let wide = drawn(&mut model(), 120, 12);
    assert!(
        wide.contains("/orders?from=a-very-long-address&to=another-one "),
        "{wide}"
    );
}

#[test]
fn every_size_is_drawn_without_a_panic() {
    let mut model = model();
    model.command = Some("npm start".to_owned());
    model.said("ready");
    for mode in [
        Mode::List,
        Mode::Filter,
        Mode::Details(0),
        Mode::Details(usize::MAX),
    ] {
        model.select(0);
        model.mode = mode;
        for width in [1, 2, 20, 60, 200] {
            for height in [1, 2, 5, 12, 60] {
                drawn(&mut model, width, height);
            }
        }
    }
}

#[test]
fn keys_select_open_replay_and_leave() {
    let mut model = model();
    assert_eq!(press(&mut model, &[KeyCode::Char('r')]), Action::None);
    assert!(drawn(&mut model, 80, 12).contains("select a request first"));
    press(&mut model, &[KeyCode::Down, KeyCode::Down]);
    assert!(drawn(&mut model, 80, 12).contains("> POST"));
    // What comes later does not move the selection.
    model.request(captured("d", "GET", "/later", "200 OK"));
    assert_eq!(
        press(&mut model, &[KeyCode::Char('r')]),
        Action::Replay("b".to_owned())
    );
    press(&mut model, &[KeyCode::Enter]);
    let details = drawn(&mut model, 80, 24);
    assert!(
        details.contains("POST /orders") && details.contains("Host: example"),
        "{details}"
    );
    assert!(details.contains("500 Internal Server Error"), "{details}");
    press(&mut model, &[KeyCode::Esc]);
    assert!(drawn(&mut model, 80, 24).contains("Requests (4)"));
    assert_eq!(press(&mut model, &[KeyCode::Char('c')]), Action::Copy);
    assert_eq!(press(&mut model, &[KeyCode::Char('o')]), Action::Open);
    assert_eq!(press(&mut model, &[KeyCode::Char('q')]), Action::Quit);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(keys::apply(&mut model, interrupt), Action::Quit);
}

#[test]
fn the_filter_is_typed_and_cleared() {
    let mut model = model();
    let typed: Vec<KeyCode> = "/post".chars().map(KeyCode::Char).collect();
    press(&mut model, &typed);
    let frame = drawn(&mut model, 80, 12);
    assert!(
        frame.contains("Requests with `post` (1)") && frame.contains("/post_"),
        "{frame}"
    );
    assert_eq!(
        press(&mut model, &[KeyCode::Enter, KeyCode::Char('q')]),
        Action::Quit
    );
    press(&mut model, &[KeyCode::Esc]);
    assert!(drawn(&mut model, 80, 12).contains("Requests (3)"));
}

#[test]
fn warnings_stay_until_an_upstream_answers() {
    use ngrok_facade::Event;
    use ngrok_facade::process::AgentEvent;
    let mut model = model();
    let lost = AgentEvent::SessionLost {
        error: Some("dial failed\u{1b}[31m".to_owned()),
    };
    model.event(&Event::Agent(lost));
    let frame = drawn(&mut model, 80, 14);
    assert!(
        frame.contains("Session reconnecting") && frame.contains("! dial failed\u{fffd}"),
        "{frame}"
    );
    model.request(captured("e", "GET", "/", "502 Bad Gateway"));
    assert!(drawn(&mut model, 80, 14).contains("! dial failed"));
    model.request(captured("f", "GET", "/", "200 OK"));
    assert!(!drawn(&mut model, 80, 14).contains("! dial failed"));
}

#[test]
fn old_requests_make_room() {
    let mut model = Model::default();
    for n in 0..2_000 {
        model.request(captured(&n.to_string(), "GET", "/", "200 OK"));
        model.said("line");
    }
    assert_eq!((model.shown().len(), model.said.len()), (500, 200));
    press(&mut model, &[KeyCode::End, KeyCode::End]);
    assert_eq!(model.place(), Some(499));
    press(&mut model, &[KeyCode::Home]);
    assert_eq!(model.place(), Some(0));
}
