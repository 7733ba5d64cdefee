//! `status`, `tunnels`, `requests`, `request`, `replay` and `clear`, against an agent that somebody else started.

#[cfg(unix)]
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
#[cfg(unix)]
use std::thread::JoinHandle;
#[cfg(unix)]
use std::time::Duration;

use ngrok_facade::{Config, Ngrok, Tunnel};
use ngrok_testkit::{LoopbackAgent, Upstream, agent_bin, eventually};

use crate::machine::{Ended, Machine, PATIENCE, visit};

struct Scene {
    machine: Machine,
    agent: LoopbackAgent,
    upstream: Upstream,
    tunnel: Tunnel,
}

impl Scene {
    fn new() -> Self {
        let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
        let agent = LoopbackAgent::builder().start().unwrap();
        let config = Config::builder()
            .ngrok_path(agent_bin())
            .config_path(machine.config_file())
            .build()
            .unwrap();
        let tunnel = Ngrok::attach(config, agent.api_url())
            .connect(upstream.port())
            .unwrap();
        Self {
            machine,
            agent,
            upstream,
            tunnel,
        }
    }

    fn run(&self, args: &[&str]) -> Ended {
        let url = self.agent.api_url();
        let command = args.first().copied().unwrap();
        self.machine
            .run(&[&[command, "--api-url", &url], args.get(1..).unwrap()].concat())
    }

    fn visit(&self, path: &str) {
        visit(&format!("{}{path}", self.tunnel.public_url())).unwrap();
    }

    /// Waits until so many requests have their response.
    fn captured(&self, count: usize) {
        let client = self.tunnel.ngrok().local_api().unwrap();
        assert!(eventually(PATIENCE, || {
            let requests = client.requests().list().unwrap();
            requests.iter().filter(|it| it.response.is_some()).count() == count
        }));
    }
}

/// Visits `/knock` again and again until it is dropped.
#[cfg(unix)]
struct Knocking {
    stop: Option<Sender<()>>,
    visits: Option<JoinHandle<()>>,
}

#[cfg(unix)]
impl Knocking {
    fn start(scene: &Scene) -> Self {
        let url = format!("{}/knock", scene.tunnel.public_url());
        let (stop, stopped) = channel::<()>();
        let visits = std::thread::spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout)
            {
                visit(&url).unwrap();
            }
        });
        Self {
            stop: Some(stop),
            visits: Some(visits),
        }
    }
}

#[cfg(unix)]
impl Drop for Knocking {
    fn drop(&mut self) {
        self.stop.take();
        self.visits.take().unwrap().join().unwrap();
    }
}

#[test]
fn status_and_tunnels() {
    let scene = Scene::new();
    let status = scene.run(&["status", "--json"]).ok().object();
    assert_eq!(status["status"], "online");
    assert_eq!(status["api_url"], scene.agent.api_url().as_str());
    assert!(scene.run(&["status"]).ok().stdout.contains("online"));
    let tunnel = scene.run(&["tunnels", "--json"]).ok().object();
    assert_eq!(tunnel["public_url"], scene.tunnel.public_url());
    for key in ["name", "proto", "uri", "config", "upstream", "metrics"] {
        assert!(!tunnel[key].is_null(), "{key}: {tunnel}");
    }
    assert!(
        scene
            .run(&["tunnels"])
            .ok()
            .stdout
            .contains(scene.tunnel.public_url())
    );
    scene.tunnel.disconnect().unwrap();
    assert_eq!(scene.run(&["tunnels", "--json"]).ok().stdout, "");
}

#[test]
fn requests_are_one_object_each_newest_first() {
    let scene = Scene::new();
    for path in ["/a", "/b", "/status/503"] {
        scene.visit(path);
    }
    scene.captured(3);
    let all = scene.run(&["requests", "--json"]).ok().objects();
    let mut paths: Vec<&str> = all.iter().map(|it| it["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/a", "/b", "/status/503"]);
    let failed = all.iter().find(|it| it["path"] == "/status/503").unwrap();
    assert_eq!(
        (failed["method"].as_str(), failed["status"].as_u64()),
        (Some("GET"), Some(503))
    );
    assert!(
        failed["duration_ms"].is_number()
            && failed["id"].is_string()
            && failed["request"].is_object()
    );
    assert_eq!(
        scene
            .run(&["requests", "--json", "--limit", "2"])
            .ok()
            .objects()
            .len(),
        2
    );
    assert_eq!(
        scene
            .run(&["requests", "--json", "--tunnel", "nobody"])
            .ok()
            .stdout,
        ""
    );
    let text = scene.run(&["requests"]).ok().stdout;
    assert!(
        text.lines().count() == 3 && text.contains("/status/503") && text.contains("503"),
        "{text}"
    );
    let page = scene.machine.path("page.html");
    let written = scene
        .run(&["requests", "--html", page.to_str().unwrap(), "--json"])
        .ok();
    assert_eq!(written.object()["requests"], 3);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(
        page.contains("/status/503") && page.matches("<details>").count() == 3,
        "{page}"
    );
    let har = scene.run(&["requests", "--har", "--json"]).ok().object();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 3);
}

#[test]
fn one_request_its_replay_and_the_end_of_all() {
    let scene = Scene::new();
    scene.visit("/order?id=7");
    scene.captured(1);
    let id = scene.run(&["requests", "--json"]).ok().object()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let request = scene.run(&["request", &id, "--json"]).ok().object();
    assert_eq!(request["path"], "/order?id=7");
    let text = scene.run(&["request", &id]).ok().stdout;
    assert!(
        text.starts_with("GET /order?id=7 HTTP/1.1\n") && text.contains("\nHTTP/1.1 200 OK  "),
        "{text}"
    );

    assert!(
        text.contains("{\n  \"body\": \"\","),
        "JSON is indented: {text}"
    );
    let same = scene.run(&["requests", &id]).ok().stdout;
    assert_eq!(same, text);

    let replayed = scene.run(&["replay", &id, "--json"]).ok().object();
    assert_eq!(
        (&replayed["replayed"], &replayed["status"]),
        (&id.as_str().into(), &200.into())
    );
    scene.captured(2);
    scene
        .run(&["replay", &id, "--tunnel", scene.tunnel.name()])
        .ok();
    scene.captured(3);
    assert_eq!(
        scene
            .upstream
            .received()
            .iter()
            .filter(|it| it.path == "/order?id=7")
            .count(),
        3
    );

    scene.run(&["clear"]).ok();
    assert_eq!(scene.run(&["requests", "--json"]).ok().stdout, "");
    let gone = scene.run(&["request", &id, "--json"]);
    assert_eq!(
        (gone.status, &gone.error()["kind"]),
        (1, &"api".into()),
        "{gone:?}"
    );
}

#[test]
#[cfg(unix)]
fn follow_prints_new_requests_once_they_have_their_response() {
    let scene = Scene::new();
    scene.visit("/before");
    scene.captured(1);
    let url = scene.agent.api_url();
    let mut running = scene
        .machine
        .start(&["requests", "--follow", "--json", "--api-url", &url]);
    // Until the command watches, its requests count as old ones.
    let knocking = Knocking::start(&scene);
    let quick = running.object();
    drop(knocking);
    assert_eq!(quick["path"], "/knock");
    scene.visit("/slow/0.4");
    let slow = loop {
        let object = running.object();
        assert_eq!(object["status"], 200, "{object}");
        if object["path"] != "/knock" {
            break object;
        }
    };
    assert_eq!(slow["path"], "/slow/0.4");
    assert!(slow["duration_ms"].as_f64().unwrap() >= 400.0, "{slow}");
    running.signal("INT");
    let ended = running.end().ok();
    assert!(ended.stdout.is_empty(), "{ended:?}");
}

#[test]
#[cfg(unix)]
fn follow_ends_at_its_limit() {
    let scene = Scene::new();
    let url = scene.agent.api_url();
    let limited = scene.machine.start(&[
        "requests",
        "--follow",
        "--json",
        "--limit",
        "1",
        "--api-url",
        &url,
    ]);
    let knocking = Knocking::start(&scene);
    let ended = limited.end();
    drop(knocking);
    assert_eq!(ended.ok().objects().len(), 1);
}
