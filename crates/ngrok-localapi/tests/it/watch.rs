//! Watching captured requests, against a store that behaves as the agent's: sorted by id, whose second is followed by chance,
//! and bounded.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ngrok_localapi::{CapturedRequest, Client, ErrorKind, Watch, Watched};
use ngrok_testkit::eventually;
use serde_json::{Value, json};

use crate::server::{Asked, Server, json};

/// How long a test waits before it fails.
const LONGEST: Duration = Duration::from_secs(20);

/// The agent's list of captured requests.
#[derive(Default)]
struct Store {
    requests: Vec<Value>,
    capacity: Option<usize>,
    count: u64,
    /// Lists the newest, but in the order of coming.
    ascending: bool,
    /// The next so many answers are errors.
    failing: usize,
    lists: usize,
    longest: usize,
    last_limit: usize,
}

#[derive(Clone, Default)]
struct Agent(Arc<Mutex<Store>>);

impl Agent {
    fn server(&self) -> Server {
        let agent = self.clone();
        Server::start(move |asked| agent.answer(asked))
    }

    /// Captures a request in this second; its id is not in the order of coming.
    fn capture(&self, second: u64, path: &str) -> String {
        self.add(
            second,
            path,
            "1.2.3.4",
            json!({ "status": "200 OK", "status_code": 200 }),
        )
    }

    fn add(&self, second: u64, path: &str, remote: &str, response: Value) -> String {
        let mut store = self.0.lock().unwrap();
        store.count += 1;
        let chance = store.count.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let id = format!("airt_{second:06}{chance:020}");
        let minute = second / 60;
        store.requests.push(json!({
            "id": id, "tunnel_name": "web", "remote_addr": remote, "duration": 1000,
            "start": format!("2026-11-21T20:{minute:02}:{:02}Z", second % 60),
            "request": { "method": "GET", "uri": path }, "response": response,
        }));
        store
            .requests
            .sort_by(|a, b| b["id"].as_str().cmp(&a["id"].as_str()));
        if let Some(capacity) = store.capacity {
            store.requests.truncate(capacity);
        }
        id
    }

    fn complete(&self, id: &str) {
        let mut store = self.0.lock().unwrap();
        let request = store.requests.iter_mut().find(|r| r["id"] == id).unwrap();
        request["response"] = json!({ "status": "201 Created", "status_code": 201 });
    }

    fn lists(&self) -> usize {
        self.0.lock().unwrap().lists
    }

    fn answer(&self, asked: &Asked) -> Vec<u8> {
        let mut store = self.0.lock().unwrap();
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        let query: HashMap<&str, &str> =
            query.split('&').filter_map(|p| p.split_once('=')).collect();
        if store.failing > 0 {
            store.failing -= 1;
            return json(
                500,
                r#"{"error_code":107,"status_code":500,"msg":"internal error","details":{}}"#,
            );
        }
        match (asked.method.as_str(), path) {
            ("GET", "/api/requests/http") => {
                store.lists += 1;
                let limit = query
                    .get("limit")
                    .map_or(100, |limit| limit.parse().unwrap());
                store.longest = store.longest.max(limit);
                store.last_limit = limit;
                let mut newest: Vec<&Value> = store.requests.iter().take(limit).collect();
                if store.ascending {
                    newest.reverse();
                }
                json(200, &json!({ "uri": path, "requests": newest }).to_string())
            }
            ("GET", _) => {
                let id = path.rsplit('/').next().unwrap();
                match store.requests.iter().find(|r| r["id"] == id) {
                    Some(request) => json(200, &request.to_string()),
                    None => json(
                        404,
                        r#"{"error_code":106,"msg":"request entry not found","details":{}}"#,
                    ),
                }
            }
            ("POST", _) => {
                let replay = asked.json()["id"].as_str().unwrap().to_owned();
                let original = store.requests.iter().find(|r| r["id"] == *replay).cloned();
                drop(store);
                let path = original.unwrap()["request"]["uri"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                // Another request with the same path comes at the same time.
                self.capture(9, &path);
                let id = self.add(9, &path, "replayed", Value::Null);
                let agent = self.clone();
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(60));
                    agent.complete(&id);
                });
                json(204, "")
            }
            _ => {
                store.requests.clear();
                json(204, "")
            }
        }
    }
}

/// The paths of the next `count` requests; `gap` for a gap.
pub(crate) fn paths(watch: &mut Watch, count: usize) -> Vec<String> {
    let stop = watch.stop_handle();
    let (done, waiting) = mpsc::channel::<()>();
    // A test that would wait for ever fails instead.
    thread::spawn(move || {
        let ended = waiting.recv_timeout(LONGEST);
        if ended == Err(mpsc::RecvTimeoutError::Timeout) {
            stop.stop();
        }
    });
    let seen = watch.take(count).map(|seen| match seen.unwrap() {
        Watched::Request(request) => request.request.uri,
        _ => "gap".to_owned(),
    });
    let seen: Vec<String> = seen.collect();
    drop(done);
    assert_eq!(seen.len(), count, "{seen:?}");
    seen
}

#[test]
fn requests_from_now_on_each_once() {
    let agent = Agent::default();
    agent.capture(1, "/old");
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    agent.capture(1, "/a");
    assert_eq!(paths(&mut watch, 1), ["/a"]);
    agent.capture(2, "/b");
    agent.capture(3, "/c");
    assert_eq!(paths(&mut watch, 2), ["/b", "/c"]);
    let mut from_start = server.client().requests().watch_from_start();
    let mut first = paths(&mut from_start, 2);
    first.sort();
    assert_eq!(first, ["/a", "/old"]);
    assert_eq!(paths(&mut from_start, 2), ["/b", "/c"]);
}

/// Ids of one second are in no order, so a new request may stand anywhere among known ones, and last of all.
#[test]
fn nothing_is_lost_or_doubled_whatever_the_order() {
    let agent = Agent::default();
    for n in 0..150 {
        agent.capture(n / 50, &format!("/before/{n}"));
    }
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    let capturing = agent.clone();
    let writer = thread::spawn(move || {
        for n in 0..1200_u64 {
            capturing.capture(3 + n / 300, &format!("/{n}"));
            if n % 100 == 0 {
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let mut seen = paths(&mut watch, 1200);
    writer.join().unwrap();
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
    assert!(
        seen.iter()
            .all(|path| path[1..].parse::<u64>().unwrap() < 1200)
    );
}

#[test]
fn seconds_are_in_order() {
    for ascending in [false, true] {
        check_order(ascending);
    }
}

fn check_order(ascending: bool) {
    let agent = Agent::default();
    agent.0.lock().unwrap().ascending = ascending;
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    for n in 0..500 {
        agent.capture(n / 5, &format!("{}", n / 5));
    }
    let seen: Vec<u64> = paths(&mut watch, 500)
        .iter()
        .map(|p| p.parse().unwrap())
        .collect();
    assert!(seen.is_sorted());
}

#[test]
fn a_gap_tells_that_some_may_be_missing() {
    let agent = Agent::default();
    agent.0.lock().unwrap().capacity = Some(5);
    agent.capture(1, "/1");
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    for n in 2..=5 {
        agent.capture(n, &format!("/{n}"));
    }
    // The store is full now, and nothing is gone.
    assert_eq!(paths(&mut watch, 4), ["/2", "/3", "/4", "/5"]);
    for n in 10..20 {
        agent.capture(n, &format!("/{n}"));
    }
    assert_eq!(
        paths(&mut watch, 6),
        ["gap", "/15", "/16", "/17", "/18", "/19"]
    );
    // One after the other, old ones go and new ones come: no gap.
    for n in 20..30 {
        agent.capture(n, &format!("/{n}"));
        assert_eq!(paths(&mut watch, 1), [format!("/{n}")]);
    }
    server.client().requests().delete().unwrap();
    assert_eq!(paths(&mut watch, 1), ["gap"]);
    agent.capture(30, "/30");
    assert_eq!(paths(&mut watch, 1), ["/30"]);
}

#[test]
fn an_idle_watch_asks_seldom_and_for_little() {
    let agent = Agent::default();
    for n in 0..400 {
        agent.capture(n, "/");
    }
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    let stop = watch.stop_handle();
    let before = agent.lists();
    let waiting = thread::spawn(move || watch.next().is_none());
    thread::sleep(Duration::from_millis(700));
    let begin = Instant::now();
    stop.stop();
    assert!(waiting.join().unwrap());
    assert!(begin.elapsed() < Duration::from_millis(300));
    assert!(
        (1..=7).contains(&(agent.lists() - before)),
        "{}",
        agent.lists()
    );
    assert!(agent.0.lock().unwrap().longest < 40);
}

#[test]
fn after_a_while_only_the_newest_is_asked_for() {
    let agent = Agent::default();
    agent.capture(1, "/1");
    agent.capture(1, "/2");
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    let waiting = thread::spawn(move || (paths(&mut watch, 2), watch));
    assert!(eventually(LONGEST, || agent.0.lock().unwrap().last_limit == 1));
    agent.capture(9, "/3");
    agent.capture(9, "/4");
    let (mut seen, mut watch) = waiting.join().unwrap();
    seen.sort();
    assert_eq!(seen, ["/3", "/4"]);
    // What is gone is noticed too.
    let waiting = thread::spawn(move || paths(&mut watch, 1));
    assert!(eventually(LONGEST, || agent.0.lock().unwrap().last_limit == 1));
    server.client().requests().delete().unwrap();
    assert_eq!(waiting.join().unwrap(), ["gap"]);
}

#[test]
fn an_error_is_an_item_and_the_next_look_follows() {
    let agent = Agent::default();
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    agent.0.lock().unwrap().failing = 1;
    agent.capture(1, "/a");
    let error = watch.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Http);
    assert_eq!(paths(&mut watch, 1), ["/a"]);
}

#[test]
fn large_bodies_make_a_shorter_list() {
    let agent = Agent::default();
    let server = agent.server();
    // Two entries fit, not three.
    let client = Client::builder(server.url())
        .max_body(4096)
        .build()
        .unwrap();
    let mut watch = client.requests().watch().unwrap();
    for n in 1..=6 {
        agent.capture(n * 10, &format!("/{n}{}", "x".repeat(1200)));
        let seen = paths(&mut watch, 1);
        assert!(seen[0].starts_with(&format!("/{n}x")), "{seen:?}");
    }
}

fn answered(request: &CapturedRequest) -> bool {
    request.response.is_some()
}

#[test]
fn wait_for_looks_at_what_is_there_and_what_comes() {
    let agent = Agent::default();
    agent.capture(1, "/there");
    let server = agent.server();
    let client = server.client();
    let long = Duration::from_secs(20);
    let there = client
        .requests()
        .wait_for(|r| r.request.uri == "/there", long);
    assert_eq!(there.unwrap().request.uri, "/there");

    let later = agent.clone();
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(80));
        let id = later.add(2, "/later", "1.2.3.4", Value::Null);
        thread::sleep(Duration::from_millis(80));
        later.complete(&id);
    });
    // It is there before its answer is.
    let found = client
        .requests()
        .wait_for(|r| r.request.uri == "/later" && answered(r), long)
        .unwrap();
    assert_eq!(found.response.unwrap().status_code, 201);
    writer.join().unwrap();
}

#[test]
fn wait_for_ends_in_time() {
    let agent = Agent::default();
    agent.add(1, "/never", "1.2.3.4", Value::Null);
    let server = agent.server();
    let begin = Instant::now();
    let error = server
        .client()
        .requests()
        .wait_for(answered, Duration::from_millis(300))
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let took = begin.elapsed();
    assert!((300..900).contains(&took.as_millis()), "{took:?}");
}

#[test]
fn a_replay_is_waited_for() {
    let agent = Agent::default();
    let id = agent.capture(1, "/hook");
    let server = agent.server();
    let replay = server
        .client()
        .requests()
        .replay_and_wait(&id, Duration::from_secs(20))
        .unwrap();
    assert!(replay.is_replay());
    assert_eq!(replay.request.uri, "/hook");
    assert_eq!(replay.response.unwrap().status_code, 201);
}

#[test]
fn a_request_skipped_while_under_way_is_found_later() {
    let agent = Agent::default();
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    let slow = agent.add(1, "/slow", "1.2.3.4", Value::Null);
    agent.capture(2, "/quick");
    let quick = watch.wait_for(answered, LONGEST).unwrap();
    assert_eq!(quick.request.uri, "/quick");
    agent.complete(&slow);
    assert_eq!(watch.wait_for(answered, LONGEST).unwrap().id, slow);
}

#[test]
fn wait_for_tells_why_nothing_came() {
    let agent = Agent::default();
    let server = agent.server();
    let mut watch = server.client().requests().watch().unwrap();
    let error = watch
        .wait_for(answered, Duration::from_millis(50))
        .unwrap_err();
    assert!(error.is_timeout() && error.source().is_none());
    // No error code: not to be mended by trying again.
    agent.0.lock().unwrap().failing = 1;
    assert_eq!(
        watch.wait_for(answered, LONGEST).unwrap_err().kind(),
        ErrorKind::Http
    );

    let gone = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Client::new(free.local_addr().unwrap().to_string()).unwrap()
    };
    let error = gone
        .requests()
        .wait_for(answered, Duration::from_millis(100))
        .unwrap_err();
    assert!(error.is_timeout());
    assert!(
        error
            .source()
            .unwrap()
            .to_string()
            .contains("is the agent running")
    );
}
