//! Many at once.

use std::io::BufRead;

use ngrok_testkit::Upstream;
use serde_json::json;

use crate::client::{call, get};
use crate::started::{Started, agent, config};

/// As a program: it raises its limit of open files, which the test's own process must not.
#[test]
fn a_thousand_tunnels_stand_side_by_side() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let command = agent(
        home.path(),
        &format!("start --none --log stdout --config {file}"),
    );
    let mut started = Started::new(command);
    let api = started.api_url() + "/api/tunnels";
    let log = std::mem::replace(&mut started.lines, Box::new(std::io::empty()));
    let drain = std::thread::spawn(move || log.lines().count());
    let upstream = Upstream::start().unwrap();
    let urls: Vec<String> = (0..1_000)
        .map(|n| {
            let body = json!({"name": format!("t{n}"), "proto": "http", "addr": upstream.url()});
            let opened = call("POST", &api, &body);
            assert_eq!(opened.status, 201, "{n}: {}", opened.text());
            opened.json()["public_url"].as_str().unwrap().to_owned()
        })
        .collect();
    let listed = get(&api).json();
    assert_eq!(listed["tunnels"].as_array().unwrap().len(), 1_000);
    for url in urls.iter().step_by(50) {
        assert_eq!(get(url).status, 200);
    }
    drop(started);
    assert!(drain.join().unwrap() >= 3_000);
}
