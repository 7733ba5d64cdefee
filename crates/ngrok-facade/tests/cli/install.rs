//! `install`, against the loopback download host.

use std::net::TcpListener;
use std::time::{Duration, Instant};

#[cfg(unix)]
use ngrok_testkit::Upstream;
use ngrok_testkit::archive::{self, Entry};
use ngrok_testkit::{DownloadFault, DownloadHost, agent_bin};

#[cfg(unix)]
use crate::machine::visit;
use crate::machine::{Machine, Running, end};

fn host() -> DownloadHost {
    let host = DownloadHost::start().unwrap();
    let program = std::fs::read(agent_bin()).unwrap();
    host.serve(
        "/ngrok.tgz",
        archive::tgz(&[Entry::executable("ngrok", program)]).unwrap(),
    );
    host
}

#[test]
fn it_downloads_once_and_force_downloads_again() {
    let (machine, host) = (Machine::new(), host());
    let url = host.url("/ngrok.tgz");
    let path = machine.path("bin/ngrok");
    let install = |more: &[&str]| {
        let args = [
            &[
                "install",
                "--url",
                &url,
                "--ngrok-path",
                path.to_str().unwrap(),
                "--json",
            ],
            more,
        ]
        .concat();
        end(&mut machine.bare(&args)).ok().object()
    };
    let receipt = install(&[]);
    assert_eq!(receipt["path"], path.to_str().unwrap());
    assert!(receipt["binary_sha256"].is_string(), "{receipt}");
    install(&[]);
    assert_eq!(host.count("/ngrok.tgz"), 1);
    install(&["--force"]);
    assert_eq!(host.count("/ngrok.tgz"), 2);
    let version =
        end(&mut machine.bare(&["version", "--ngrok-path", path.to_str().unwrap(), "--json"]))
            .ok()
            .object();
    assert!(
        version["agent"].as_str().unwrap().starts_with("3."),
        "{version}"
    );
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name == "ngrok"
            || name.contains("lock")
            || name.contains("receipt")
            || name.ends_with(".json");
        assert!(known, "{name} lies beside the binary");
    }
}

#[test]
fn it_goes_beside_the_config_file_by_default() {
    let (machine, host) = (Machine::new(), host());
    let ended = end(&mut machine.bare(&["install", "--url", &host.url("/ngrok.tgz")])).ok();
    let path = machine.path("config/ngrok/ngrok");
    assert!(
        path.is_file() && ended.stdout.contains(path.to_str().unwrap()),
        "{ended:?}"
    );
}

#[test]
fn racing_installs_make_one_download() {
    let (machine, host) = (Machine::new(), host());
    let url = host.url("/ngrok.tgz");
    let racers: Vec<Running> = (0..4)
        .map(|_| Running::start(&mut machine.bare(&["install", "--url", &url, "--json"])))
        .collect();
    for racer in racers {
        racer.end().ok();
    }
    assert_eq!(host.count("/ngrok.tgz"), 1);
}

#[test]
fn an_archive_needs_no_network_and_a_wrong_digest_is_refused() {
    let machine = Machine::new();
    let archive = machine.path("ngrok.tgz");
    let program = std::fs::read(agent_bin()).unwrap();
    std::fs::write(
        &archive,
        archive::tgz(&[Entry::executable("ngrok", program)]).unwrap(),
    )
    .unwrap();
    let archive = archive.to_str().unwrap();
    let wrong = end(&mut machine.bare(&[
        "install",
        "--archive",
        archive,
        "--sha256",
        &"0".repeat(64),
        "--json",
    ]));
    assert_eq!(
        (wrong.status, &wrong.error()["kind"]),
        (1, &"install".into()),
        "{wrong:?}"
    );
    assert!(!machine.path("config/ngrok/ngrok").exists());
    end(&mut machine.bare(&["install", "--archive", archive])).ok();
    assert!(machine.path("config/ngrok/ngrok").is_file());
}

#[test]
fn a_404_is_asked_once_and_plain_http_is_refused_whatever_the_proxy() {
    let (machine, host) = (Machine::new(), host());
    host.serve("/missing.tgz", b"".as_slice());
    host.fail("/missing.tgz", usize::MAX, DownloadFault::Status(404));
    let missing =
        end(&mut machine.bare(&["install", "--url", &host.url("/missing.tgz"), "--json"]));
    assert_eq!(missing.status, 1);
    assert!(
        missing.error()["error"].as_str().unwrap().contains("404"),
        "{missing:?}"
    );
    assert_eq!(host.count("/missing.tgz"), 1);
    for proxy in [None, Some("http://127.0.0.1:1")] {
        let mut command = machine.bare(&[
            "install",
            "--url",
            "http://downloads.example/ngrok.tgz",
            "--json",
        ]);
        if let Some(proxy) = proxy {
            command
                .env("https_proxy", proxy)
                .env("http_proxy", proxy)
                .env("HTTP_PROXY", proxy);
        }
        let plain = end(&mut command);
        assert!(
            plain.status != 0 && plain.error()["error"].as_str().unwrap().contains("https"),
            "{plain:?}"
        );
    }
}

#[test]
fn the_timeout_covers_the_whole_install() {
    let machine = Machine::new();
    // It accepts, and says nothing for ever.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ngrok.tgz", silent.local_addr().unwrap());
    let began = Instant::now();
    let ended = end(&mut machine.bare(&[
        "install",
        "--url",
        &url,
        "--timeout",
        "0.5",
        "--retries",
        "5",
        "--json",
    ]));
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[test]
#[cfg(unix)]
fn a_binary_that_cannot_run_is_an_error_with_its_path() {
    let machine = Machine::new();
    let path = machine.path("ngrok");
    std::fs::write(&path, "not a program").unwrap();
    let path = path.to_str().unwrap();
    for args in [
        &["connect", "80", "--once"][..],
        &["version"],
        &["agent", "version"],
    ] {
        let ended = end(&mut machine.bare(&[&["--json", "--ngrok-path", path], args].concat()));
        assert_eq!(ended.status, 1, "{ended:?}");
        assert!(
            ended.error()["error"].as_str().unwrap().contains(path),
            "{ended:?}"
        );
    }
    assert_eq!(std::fs::read(path).unwrap(), b"not a program");
}

#[test]
#[cfg(unix)]
fn what_is_installed_connects_and_leaves_nothing_behind() {
    let (machine, host, upstream) = (Machine::new(), host(), Upstream::start().unwrap());
    end(&mut machine.bare(&["install", "--url", &host.url("/ngrok.tgz"), "--json"])).ok();
    let port = upstream.port().to_string();
    let mut running = Running::start(&mut machine.bare(&["connect", &port, "--json"]));
    let url = running.object()["public_url"].as_str().unwrap().to_owned();
    assert_eq!(visit(&format!("{url}/hello")), Some(200));
    assert_eq!(upstream.received()[0].path, "/hello");
    running.signal("TERM");
    running.end().ok();
    assert_eq!(visit(&url), None);
    for entry in std::fs::read_dir(machine.path("config/ngrok")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = matches!(name.as_str(), "ngrok" | "ngrok.yml")
            || name.contains("lock")
            || name.contains("receipt");
        assert!(known, "{name} is left");
    }
}
