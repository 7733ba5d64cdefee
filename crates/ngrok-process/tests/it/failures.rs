//! Agents that do not become ready, and why.

use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentEvent, AgentOptions, Delivery, Error, ErrorKind};

use crate::fake::{Api, Fake, ready_lines};

fn fail(fake: &Fake) -> Error {
    Agent::start(fake.options().build()).unwrap_err()
}

#[test]
fn each_way_to_fail_is_told_apart() {
    let refused = "echo 't=1 lvl=eror msg=\"failed to auth\" err=\"bad\\nYour authtoken: SECRETSECRET\\n\\nERR_NGROK_107\\n\"'
        echo 't=1 lvl=crit msg=\"command failed\" err=\"bad\\nYour authtoken: SECRETSECRET\\n\\nERR_NGROK_107\\n\"'; exit 1";
    for (script, kind, words) in [
        (refused, ErrorKind::Auth, "ERR_NGROK_107"),
        (
            "echo 'ERROR:  too many' >&2; echo 'ERROR:  ERR_NGROK_108' >&2; exit 1",
            ErrorKind::Limit,
            "too many (ERR_NGROK_108",
        ),
        (
            "echo 'ERROR:  ERR_NGROK_4018'; exit 1",
            ErrorKind::Auth,
            "ERR_NGROK_4018",
        ),
        (
            "echo 'lvl=crit msg=\"command failed\" err=\"listen tcp 127.0.0.1:4040: bind: address already in use\"'; exit 1",
            ErrorKind::PortInUse,
            "listen tcp 127.0.0.1:4040",
        ),
        (
            "echo; echo \"ERROR:  Error reading configuration file '/x.yml': tabs\"; exit 1",
            ErrorKind::Config,
            "tabs",
        ),
        ("exit 0", ErrorKind::Exited, "exit status: 0"),
        ("exit 7", ErrorKind::Exited, "exit status: 7"),
        ("kill -9 $$", ErrorKind::Killed, "signal: 9"),
        (
            "rm -f $DIR/ngrok; exit 1",
            ErrorKind::BinaryGone,
            "antivirus",
        ),
        (
            "echo 'lvl=info msg=\"starting web service\" addr=127.0.0.1:0'; exec sleep 100",
            ErrorKind::Config,
            "web_addr",
        ),
    ] {
        let error = fail(&Fake::new(script));
        assert_eq!(error.kind(), kind, "{script}: {error}");
        assert!(error.to_string().contains(words), "{error}");
        let shown = format!(
            "{error} {error:?} {:?} {:?} {}",
            error.agent_error(),
            error.logs(),
            error.output()
        );
        assert!(!shown.contains("SECRETSECRET"), "{shown}");
    }
}

#[test]
fn a_taken_port_is_told_in_any_language() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let said = format!("listen tcp {addr}: bind: Normalerweise darf jede Socketadresse nur einmal");
    for script in [
        format!("echo 'lvl=crit msg=\"command failed\" err=\"{said}\"'; exit 1"),
        format!("echo 'ERROR:  {said}'; exit 1"),
    ] {
        let error = fail(&Fake::new(&script));
        assert_eq!(error.kind(), ErrorKind::PortInUse, "{error}");
        assert!(error.to_string().contains(&addr.to_string()), "{error}");
    }
}

#[test]
fn what_the_agent_said_stays_with_the_error() {
    let error = fail(&Fake::new(
        "echo 't=1 lvl=info msg=\"open config file\"'; echo; echo 'ERROR:  one' ; echo 'ERROR:  two' >&2; printf 'no line end'; exit 4",
    ));
    assert_eq!(error.exit_status().unwrap().code(), Some(4));
    let mut messages = error.logs().iter().map(|line| line.msg());
    assert!(messages.any(|msg| msg == Some("open config file")));
    for said in ["ERROR:  one\n", "ERROR:  two\n", "no line end\n"] {
        assert!(error.output().contains(said), "{:?}", error.output());
    }
}

#[test]
fn a_binary_that_cannot_run_is_told_before_or_at_the_spawn() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nope");
    let plain = dir.path().join("plain");
    std::fs::write(&plain, "x").unwrap();
    let foreign = Fake::new("");
    std::fs::write(foreign.path(), b"\x7fELF\x02\x01\x01junk").unwrap();
    let loaderless = Fake::new("");
    std::fs::write(loaderless.path(), "#!/no/such/loader\n").unwrap();
    for (path, kind) in [
        (&missing, ErrorKind::NotFound),
        (&plain.join("below"), ErrorKind::NotFound),
        (&dir.path().to_owned(), ErrorKind::NotExecutable),
        (&plain, ErrorKind::NotExecutable),
        (&foreign.path(), ErrorKind::WrongArchitecture),
        (&loaderless.path(), ErrorKind::WrongArchitecture),
    ] {
        let error = Agent::start(AgentOptions::builder(path).build()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.path(), Some(&**path));
        assert!(error.is_final());
    }
    let error = Agent::start(AgentOptions::builder("sh").build()).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::NotFound,
        "PATH is not searched: {error}"
    );
    assert!(error.path().unwrap().is_absolute());
    let fake = Fake::new("exit 0");
    let options = fake.options().current_dir(dir.path().join("gone")).build();
    let error = Agent::start(options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
}

#[test]
fn the_deadline_holds_whatever_is_printed_and_says_what_was_missing() {
    let api = Api::serve();
    let web = format!(
        "echo 'lvl=info msg=\"starting web service\" addr={}'",
        api.addr
    );
    let retry = "echo 'lvl=eror msg=\"failed to reconnect session\" err=\"dial tcp: lookup x: no such host\"'";
    let dead_api = "echo 'lvl=info msg=\"starting web service\" addr=127.0.0.1:1'
        echo 'lvl=info msg=\"client session established\"'; echo 'lvl=info msg=\"tunnel session started\"'";
    let session_only = "echo 'lvl=info msg=\"client session established\"'; echo 'lvl=info msg=\"tunnel session started\"'";
    let both = format!("{web}\n{retry}");
    // Long enough for a shell on a busy machine to print; all at once, as it is mostly waiting.
    let limit = Duration::from_secs(3);
    let cases = [
        ("", ErrorKind::Timeout, "printed nothing"),
        (
            "printf 'lvl=info msg=\"starting web serv'",
            ErrorKind::Timeout,
            "printed nothing",
        ),
        (&*web, ErrorKind::Timeout, "session has not started"),
        (session_only, ErrorKind::Timeout, "web_addr"),
        (dead_api, ErrorKind::Timeout, "API does not answer"),
        (
            &*both,
            ErrorKind::NoSession,
            "no session yet after 3s: dial tcp: lookup x: no such host",
        ),
    ];
    std::thread::scope(|scope| {
        for (script, kind, words) in cases {
            scope.spawn(move || {
                let fake = Fake::new(&format!("{script}\nexec sleep 100"));
                let start = Instant::now();
                let options = fake.options().startup_timeout(limit).build();
                let error = Agent::start(options).unwrap_err();
                let took = start.elapsed();
                assert_eq!(error.kind(), kind, "{error}");
                assert!(error.to_string().contains(words), "{error}");
                assert!(error.is_timeout() && error.is_retryable() && !error.is_final());
                assert!(took >= limit, "{took:?}");
                assert!(took < limit + Duration::from_secs(1), "{took:?}");
            });
        }
    });
}

#[test]
fn an_api_that_accepts_and_says_nothing_does_not_outlast_the_deadline() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let fake = Fake::new(&format!("{}\nexec sleep 100", ready_lines(&addr)));
    let limit = Duration::from_millis(500);
    let start = Instant::now();
    let error = Agent::start(fake.options().startup_timeout(limit).build()).unwrap_err();
    assert!(error.to_string().contains("API does not answer"), "{error}");
    assert!(start.elapsed() < limit + Duration::from_secs(1));
}

#[test]
fn web_service_only_is_ready_without_a_session() {
    let api = Api::serve();
    let fake = Fake::new(&format!(
        "echo 'lvl=info msg=\"starting web service\" addr={}'
         echo 'lvl=eror msg=\"failed to reconnect session\" err=\"no such host\"'; exec sleep 100",
        api.addr
    ));
    let agent = Agent::start(fake.options().web_service_only(true).build()).unwrap();
    assert!(agent.healthy() && !agent.has_session());
}

#[test]
fn the_event_of_a_later_death_says_why() {
    let api = Api::serve();
    for (said, kind, words) in [
        (
            "echo 'panic: runtime error: invalid memory address' >&2; echo; echo 'goroutine 1 [running]:' >&2; exit 2",
            ErrorKind::Exited,
            "panic: runtime error",
        ),
        (
            "echo 'lvl=eror msg=\"session closing\" err=\"Your account was suspended.\\n\\nERR_NGROK_103\"'; echo 'ERROR:  Your account was suspended.'; echo 'ERROR:  ERR_NGROK_103'; exit 1",
            ErrorKind::Account,
            "ERR_NGROK_103",
        ),
        ("kill -9 $$", ErrorKind::Killed, "antivirus"),
    ] {
        let script = format!("until [ -e $DIR/go ]; do sleep 0.02; done; {said}");
        let fake = Fake::ready(&api, &script);
        let agent = Agent::start(fake.options().build()).unwrap();
        std::fs::write(fake.dir().join("go"), "").unwrap();
        let is_end = |event: &AgentEvent| matches!(event, AgentEvent::Exited { .. });
        let event = agent.wait_for(is_end, Duration::from_secs(20)).unwrap();
        let AgentEvent::Exited {
            error: Some(error), ..
        } = event
        else {
            panic!("{event:?}");
        };
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(
            !error.to_string().contains("before it was ready"),
            "{error}"
        );
    }
    // One that this program ends needs no reason.
    let fake = Fake::ready(&api, "exec sleep 100");
    let agent = Agent::start(fake.options().build()).unwrap();
    agent.stop(Duration::from_secs(5));
    let last = agent.events().last();
    assert!(
        matches!(
            last,
            Some(Delivery::Item(AgentEvent::Exited { error: None, .. }))
        ),
        "{last:?}"
    );
}

#[test]
fn a_file_without_a_web_service_is_refused_before_anything_starts() {
    let fake = Fake::new("echo started > $DIR/started; exit 1");
    let options = fake.options().web_service_off("/x/ngrok.yml, line 4");
    let error = Agent::start(options.clone().build()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .to_string()
            .starts_with("/x/ngrok.yml, line 4: `web_addr: false`"),
        "{error}"
    );
    assert!(options.web_addr("127.0.0.1:0").build().check().is_ok());
    assert!(!fake.dir().join("started").exists());
}

#[cfg(unix)]
#[test]
fn what_is_no_program_is_never_run() {
    let marker = tempfile::tempdir().unwrap();
    let touch = format!("touch {}/ran\n", marker.path().display());
    let mut darwin = vec![0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1];
    darwin.resize(128, 0);
    for (bytes, kind, words) in [
        (touch.into_bytes(), ErrorKind::NotExecutable, "text"),
        (
            b"<!DOCTYPE html><html>".to_vec(),
            ErrorKind::NotExecutable,
            "web page",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
            ErrorKind::NotExecutable,
            "Git LFS",
        ),
        (b"PK\x03\x04....".to_vec(), ErrorKind::NotExecutable, "zip"),
        (Vec::new(), ErrorKind::NotExecutable, "empty"),
        (
            b"\x7fELF\x02\x01\x01".to_vec(),
            ErrorKind::WrongArchitecture,
            "beginning",
        ),
        #[cfg(not(target_os = "macos"))]
        (darwin, ErrorKind::WrongArchitecture, "darwin on x86_64"),
    ] {
        let fake = Fake::new("");
        std::fs::write(fake.path(), bytes).unwrap();
        let started = Agent::start(fake.options().build()).unwrap_err();
        let command = ngrok_process::version(fake.path()).unwrap_err();
        let run = ngrok_process::run_process(fake.path(), ["x"]).unwrap_err();
        for error in [started, command, run] {
            assert_eq!(error.kind(), kind, "{error}");
            let text = error.to_string();
            assert!(
                text.contains(words) && text.contains("install the agent again"),
                "{text}"
            );
            assert!(error.is_final());
        }
    }
    assert!(!marker.path().join("ran").exists());
}
