//! What agents print, and what is made of it.

use super::*;

/// The codes that people meet, and what they mean for who starts an agent.
const CODES: [(u32, ErrorKind); 30] = [
    (102, ErrorKind::Account),
    (103, ErrorKind::Account),
    (105, ErrorKind::Auth),
    (107, ErrorKind::Auth),
    (108, ErrorKind::Limit),
    (116, ErrorKind::Policy),
    (120, ErrorKind::Version),
    (121, ErrorKind::Version),
    (202, ErrorKind::Auth),
    (206, ErrorKind::Auth),
    (226, ErrorKind::Limit),
    (302, ErrorKind::Account),
    (313, ErrorKind::Plan),
    (314, ErrorKind::Plan),
    (319, ErrorKind::Config),
    (324, ErrorKind::Limit),
    (334, ErrorKind::Conflict),
    (337, ErrorKind::Account),
    (446, ErrorKind::Conflict),
    (702, ErrorKind::Limit),
    (725, ErrorKind::Limit),
    (4018, ErrorKind::Auth),
    (8013, ErrorKind::Account),
    (9009, ErrorKind::Plan),
    (9026, ErrorKind::Policy),
    (15013, ErrorKind::Account),
    (18016, ErrorKind::Conflict),
    // Nothing that the start depends on: the agent ended for another reason.
    (802, ErrorKind::Exited),
    (3004, ErrorKind::Exited),
    (99999, ErrorKind::Exited),
];

#[test]
fn a_code_means_the_same_in_a_log_line_and_in_text_of_either_stream() {
    for (number, kind) in CODES {
        for line in [
            format!(
                "lvl=crit msg=\"command failed\" err=\"No.\\r\\n\\r\\nERR_NGROK_{number}\\r\\n\""
            ),
            format!("{{\"lvl\":\"eror\",\"msg\":\"x\",\"err\":\"No.\\nERR_NGROK_{number}\"}}"),
            format!("see https://ngrok.com/docs/errors/err_ngrok_{number}"),
            format!("No. ERR_NGROK_{number}"),
        ] {
            let mut state = StartupState::default();
            state.feed(&LogLine::parse(line.as_str()));
            let end = End::Exited(ExitStatus::default());
            let failure = AgentFailure::of_start(&state, end, Vec::new(), &Redactor::default());
            assert_eq!(failure.kind, kind, "{line}: {failure}");
            assert_eq!(failure.code, Some(ErrorCode::new(number)));
            let shown = failure.to_string();
            assert!(shown.contains(&format!("ERR_NGROK_{number}")), "{shown}");
        }
    }
}

#[test]
fn what_a_session_has_outlived_does_not_explain_the_end() {
    let up = "lvl=info msg=\"tunnel session started\"\nlvl=info msg=\"client session established\"";
    let lost = "lvl=eror msg=\"session closed, starting reconnect loop\" err=EOF";
    let refused = "lvl=eror msg=\"failed to auth\" err=\"no\\n\\nERR_NGROK_107\"";
    let tunnel = "lvl=eror msg=\"internal error\" err=\"limited to 3\\n\\nERR_NGROK_324\"";
    let fatal = "lvl=crit msg=\"command failed\" err=\"no\\n\\nERR_NGROK_108\"";
    for (lines, kind) in [
        ([up, lost, refused, up], ErrorKind::Exited),
        ([up, tunnel, tunnel, tunnel], ErrorKind::Exited),
        ([up, lost, refused, refused], ErrorKind::Auth),
        ([up, tunnel, lost, lost], ErrorKind::Exited),
        ([up, tunnel, tunnel, fatal], ErrorKind::Limit),
    ] {
        let mut state = StartupState::default();
        for line in lines.join("\n").lines() {
            state.feed(&LogLine::parse(line));
        }
        let end = End::Exited(ExitStatus::default());
        let failure = AgentFailure::of_start(&state, end, Vec::new(), &Redactor::default());
        assert_eq!(failure.kind, kind, "{lines:?}: {failure}");
    }
}

#[test]
fn an_agent_that_retries_with_a_refused_token_is_refused_not_offline() {
    let mut state = StartupState::default();
    state.feed(&LogLine::parse(
        "lvl=eror msg=\"failed to reconnect session\" err=\"no\\n\\nERR_NGROK_107\"",
    ));
    let end = End::Deadline(Duration::from_secs(1));
    assert_eq!(
        AgentFailure::of_start(&state, end, Vec::new(), &Redactor::default()).kind,
        ErrorKind::Auth
    );
}

fn failure(lines: &str, end: End) -> AgentFailure {
    let mut state = StartupState::default();
    for line in lines.lines() {
        state.feed(&LogLine::parse(line));
    }
    AgentFailure::of_start(&state, end, Vec::new(), &Redactor::default())
}

#[test]
fn a_log_line_of_any_format_gives_the_reason() {
    for line in [
        "t=1 lvl=crit msg=\"command failed\" err=\"the disk is full\"",
        "{\"lvl\":\"crit\",\"msg\":\"command failed\",\"err\":\"the disk is full\"}",
        "CRIT[11-21|20:41:21] command failed                           err=\"the disk is full\"",
        "\u{1b}[35mCRIT\u{1b}[0m[11-21|20:41:21] command failed \u{1b}[35merr\u{1b}[0m=\"the disk is full\"",
        "t=1 lvl=info msg=\"ERROR terminating with error obj=app err=\\\"the disk is full\\\"\"",
        "t=1 lvl=eror msg=\"session closing\" obj=tunnels.session err=\"the disk is full\"",
    ] {
        // An error while the session is up explains nothing unless the agent ends of it.
        let up =
            "lvl=info msg=\"tunnel session started\"\nlvl=info msg=\"client session established\"";
        for lines in [
            format!("{line}\nbye"),
            format!("WARNING: careful\n{line}"),
            format!("{up}\n{line}\nlvl=info msg=\"accept failed\" err=EOF"),
        ] {
            let failure = failure(&lines, End::Exited(ExitStatus::default()));
            assert_eq!(
                failure.agent_error.as_deref(),
                Some("the disk is full"),
                "{lines}"
            );
        }
    }
}

#[test]
fn words_without_a_code_have_a_kind_and_a_way_out() {
    for (text, kind, hint) in [
        (
            "ERROR:  web failed: listen tcp 127.0.0.1:4040: bind: address already in use",
            ErrorKind::PortInUse,
            "web_addr",
        ),
        (
            "listen tcp 127.0.0.1:4040: bind: Only one usage of each socket address (protocol/network address/port) is normally permitted.",
            ErrorKind::PortInUse,
            "web_addr",
        ),
        (
            "ERROR:  listen tcp 127.0.0.1:4040: bind: An attempt was made to access a socket in a way forbidden by its access permissions.",
            ErrorKind::PortInUse,
            "reserved",
        ),
        (
            "ERROR:  Invalid configuration property value for 'http_proxy_env', 'localhost': URL scheme must be 'http' or 'https'",
            ErrorKind::Config,
            "variable `http_proxy`",
        ),
        (
            "ERROR:  Invalid configuration property value for 'http_proxy', '': URL scheme must be 'http' or 'https'",
            ErrorKind::Config,
            "variable `http_proxy`",
        ),
        (
            "ERROR:  Invalid configuration property value for 'proxy_url', 'x': URL scheme must be 'http' or 'https'",
            ErrorKind::Config,
            "`proxy_url`",
        ),
        (
            "ERROR:  Error reading configuration file '/x': unknown version '3'. valid versions: '2'",
            ErrorKind::Version,
            "update",
        ),
        (
            "ERROR:  Error reading configuration file '/x': open /x: permission denied",
            ErrorKind::Config,
            "this user",
        ),
        (
            "ERROR:  Error reading configuration file '/x': open /x: no such file or directory",
            ErrorKind::Config,
            "path",
        ),
        (
            "ERROR:  Error reading configuration file '/x': `version` property is required.",
            ErrorKind::Config,
            "version: 2",
        ),
        (
            "ERROR:  You can't enable the console UI and log to stdout or stderr",
            ErrorKind::Config,
            "console_ui",
        ),
        (
            "NAME:\n   ngrok\nERROR:  Unrecognized command: config",
            ErrorKind::Config,
            "update the agent",
        ),
        (
            "ERROR:  unknown flag: --pooling-enabled",
            ErrorKind::Config,
            "update the agent",
        ),
        (
            "ERROR:  authentication failed: no",
            ErrorKind::Auth,
            "authtoken",
        ),
    ] {
        let failure = failure(text, End::Exited(ExitStatus::default()));
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.to_string().contains(hint), "{failure}");
        let command = AgentFailure::of_command(
            "x",
            ExitStatus::default(),
            text.to_owned(),
            &Redactor::default(),
        );
        assert_eq!(command.kind, kind, "{command}");
        assert!(command.to_string().contains(hint), "{command}");
    }
}

#[test]
fn without_a_session_the_first_failure_of_the_round_is_shown() {
    let lost = "lvl=eror msg=\"failed to reconnect session\" err=";
    let fallbacks = [
        "\"Get \\\"https://dns.google.com/resolve?name=x\\\": dial tcp: lookup dns.google.com: no such host\"",
        "\"Get \\\"https://s3.amazonaws.com/dns.ngrok.com/tunnel.json\\\": EOF\"",
        "\"resolved localhost has no records\"",
    ];
    for (first, shown, hint) in [
        (
            "\"dial tcp: lookup tunnel.ngrok.com on [::1]:53: server misbehaving\"",
            "lookup tunnel.ngrok.com",
            "DNS",
        ),
        (
            "\"x509: certificate signed by unknown authority\"",
            "unknown authority",
            "connect_cas: host",
        ),
        (
            "\"dial tcp 3.1.2.3:443: i/o timeout\"",
            "3.1.2.3",
            "firewall",
        ),
    ] {
        let others = fallbacks.map(|error| format!("{lost}{error}")).join("\n");
        let lines = format!("{lost}{first}\n{others}\n{lost}{first}\n{others}");
        let failure = failure(&lines, End::Deadline(Duration::from_secs(1)));
        assert_eq!(failure.kind, ErrorKind::NoSession);
        let text = failure.to_string();
        assert!(text.contains(shown) && text.contains(hint), "{text}");
        assert!(
            !text.contains("dns.google") && !text.contains("no records"),
            "{text}"
        );
    }
    let only = format!("{lost}{}", fallbacks[0]);
    let failure = failure(&only, End::Deadline(Duration::from_secs(1)));
    assert!(failure.to_string().contains("dns.google.com"), "{failure}");
}

#[test]
fn an_agent_that_dies_later_is_explained_as_fully() {
    let up = "lvl=info msg=\"tunnel session started\"\nlvl=info msg=\"client session established\"";
    for (lines, kind, shown) in [
        (
            "panic: runtime error: index out of range\n\ngoroutine 1 [running]:",
            ErrorKind::Exited,
            "crashed (exit status: 0): panic: runtime error: index out of range",
        ),
        (
            "lvl=eror msg=\"session closing\" err=\"Your account was suspended.\\r\\n\\r\\nERR_NGROK_103\\r\\n\"\nERROR:  Your account was suspended.\nERROR:  \nERROR:  ERR_NGROK_103",
            ErrorKind::Account,
            "Your account was suspended. (ERR_NGROK_103: ",
        ),
        (
            "lvl=info msg=\"received remote stop\" obj=tunnels.session",
            ErrorKind::Exited,
            "stopped from the dashboard",
        ),
    ] {
        let failure = failure(
            &format!("{up}\n{lines}"),
            End::Exited(ExitStatus::default()),
        );
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.to_string().contains(shown), "{failure}");
        assert!(
            !failure.to_string().contains("before it was ready"),
            "{failure}"
        );
    }
}

#[test]
fn no_code_that_is_final_is_retried_and_none_that_is_unknown() {
    for code in ErrorCode::all().chain([ErrorCode::new(99_999)]) {
        let text = format!("ERROR:  No.\nERROR:  \nERROR:  {code}");
        let error = crate::Error::from(failure(&text, End::Exited(ExitStatus::default())));
        assert_eq!(error.is_retryable(), code.is_retryable(), "{error}");
        let is_known = code.number() != Some(99_999);
        assert_eq!(error.is_final(), code.is_final() || !is_known, "{error}");
    }
}

#[cfg(unix)]
#[test]
fn only_a_kill_by_sigkill_suspects_antivirus_software() {
    use std::os::unix::process::ExitStatusExt;
    for (signal, suspects) in [(9, true), (11, false), (15, false), (6, false)] {
        let end = End::Exited(ExitStatus::from_raw(signal));
        let failure = failure("lvl=info msg=x", end);
        assert_eq!(failure.kind, ErrorKind::Killed);
        assert_eq!(
            failure.to_string().contains("antivirus"),
            suspects,
            "{failure}"
        );
    }
}
