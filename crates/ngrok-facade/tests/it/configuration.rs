//! The rows of `PyngrokConfig` that need an agent to be seen; defaults and the environment are tested beside the code.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ngrok_facade::{ConfigVersion, Ngrok};
use ngrok_testkit::eventually;

use crate::lab::{Lab, PATIENCE};

#[test]
fn config_path_is_passed_on_and_made_if_missing() {
    let lab = Lab::new();
    lab.ngrok().process().unwrap();
    assert_eq!(lab.read().trim(), "version: \"2\"");
    let lab = Lab::new();
    lab.endpoints().process().unwrap();
    assert!(lab.read().contains('3'), "{}", lab.read());
}

#[test]
fn config_version_follows_the_file_unless_set() {
    let lab = Lab::new();
    for (text, set, expected) in [
        ("", None, ConfigVersion::V2),
        ("version: 3\n", None, ConfigVersion::V3),
        ("version: \"2\"\n", None, ConfigVersion::V2),
        ("version: 3\n", Some(ConfigVersion::V2), ConfigVersion::V2),
    ] {
        lab.write(text);
        let ngrok = Ngrok::new(lab.builder().config_version(set).build().unwrap());
        assert_eq!(ngrok.config_version().unwrap(), expected, "{text:?}");
    }
    std::fs::remove_file(lab.file()).unwrap();
    assert_eq!(lab.ngrok().config_version().unwrap(), ConfigVersion::V2);
    lab.write("version: [\n");
    assert!(
        lab.ngrok().connect(80).is_err(),
        "a file that cannot be read is never guessed about"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn auth_token_and_api_key_are_in_no_argument_log_or_debug_text() {
    let lab = Lab::new();
    for text in [
        "version: 2\n",
        "version: 2\nauthtoken: planted-of-file\n",
        "version: 3\nagent:\n  authtoken: planted-of-file\n",
    ] {
        lab.write(text);
        let config = lab
            .builder()
            .auth_token("planted-token")
            .api_key("planted-key")
            .build()
            .unwrap();
        let ngrok = Ngrok::new(config);
        let agent = ngrok.process().unwrap();
        let arguments = std::fs::read(format!("/proc/{}/cmdline", agent.pid().unwrap())).unwrap();
        let seen = format!(
            "{} {ngrok:?} {agent:?} {:?}",
            String::from_utf8_lossy(&arguments),
            agent.logs()
        );
        assert!(!seen.contains("planted"), "{seen}");
        assert_eq!(lab.read(), text);
    }
}

#[test]
fn log_event_callback_hears_the_agent_and_may_panic() {
    let lab = Lab::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let config = lab
        .builder()
        .log_event_callback(move |line| {
            sink.lock()
                .unwrap_or_else(|it| it.into_inner())
                .push(line.raw().to_owned());
            panic!("a callback of somebody else");
        })
        .build()
        .unwrap();
    let ngrok = Ngrok::new(config);
    ngrok.connect(lab.addr()).unwrap();
    let lines = || heard.lock().unwrap_or_else(|it| it.into_inner()).clone();
    assert!(
        eventually(PATIENCE, || lines()
            .iter()
            .any(|line| line.contains("started tunnel"))),
        "{:?}",
        lines()
    );
}

#[test]
fn max_logs_and_monitor_thread_bound_what_is_kept() {
    let lab = Lab::new();
    let ngrok = Ngrok::new(lab.builder().max_logs(3).build().unwrap());
    ngrok.connect(lab.addr()).unwrap();
    assert_eq!(ngrok.process().unwrap().logs().len(), 3);
    let silent = Ngrok::new(lab.builder().monitor_thread(false).build().unwrap());
    let before = silent.process().unwrap().logs().len();
    for _ in 0..5 {
        silent.connect(lab.addr()).unwrap();
    }
    assert_eq!(silent.process().unwrap().logs().len(), before);
}

#[test]
fn request_timeout_ends_a_call_that_hangs() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let lab = Lab::new();
    let config = lab
        .builder()
        .request_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let ngrok = Ngrok::attach(config, format!("http://{}", listener.local_addr().unwrap()));
    let began = std::time::Instant::now();
    assert!(ngrok.tunnels().unwrap_err().is_timeout());
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
#[cfg(target_os = "linux")]
fn start_new_session_is_one() {
    let lab = Lab::new();
    let ngrok = Ngrok::new(lab.builder().start_new_session(true).build().unwrap());
    let pid = ngrok.process().unwrap().pid().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let session = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .nth(3)
        .unwrap()
        .to_owned();
    assert_eq!(session, pid.to_string());
}

#[test]
fn region_is_passed_on() {
    let lab = Lab::new();
    assert!(
        Ngrok::new(lab.builder().region("eu").build().unwrap())
            .process()
            .is_ok()
    );
}
