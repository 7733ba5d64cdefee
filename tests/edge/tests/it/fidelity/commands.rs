//! What the program prints, logs and exits with.

use std::net::TcpListener;
use std::process::Output;

use ngrok_edge::Edge;

use super::subject::Subject;
use super::{Behaviour, code};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::new("`version`", |s| told(&s.run(&["version"])))
        .documented("`ngrok version X.Y.Z`")
        .on_purpose("it says which version it plays"),
    Behaviour::new("`--version`", |s| told(&s.run(&["--version"])))
        .documented("`ngrok version X.Y.Z`")
        .on_purpose("it says which version it plays"),
    Behaviour::new("no command", |s| heading(&s.run(&[])))
        .documented("the help")
        .on_purpose("an excerpt of the help"),
    Behaviour::new("a command that does not exist", |s| {
        heading(&s.run(&["nope"]))
    })
    .on_purpose("version 3 says what is wrong, and not the help"),
    Behaviour::new("`start` with an unknown flag", |s| {
        heading(&s.run(&["start", "--none", "--nope"]))
    })
    .on_purpose("version 3 says what is wrong, and fails"),
    Behaviour::new("`start` without a name, `--all` or `--none`", |s| {
        heading(&s.run(&["start"]))
    })
    .on_purpose("version 3 says what is wrong"),
    Behaviour::new("saving an authtoken", |s| {
        // Version 2 has one command for it and version 3 another.
        let old = ["authtoken", "TOKEN", "--config", "new.yml"];
        let new = ["config", "add-authtoken", "TOKEN", "--config", "new.yml"];
        told(&s.run(if s.is_real() { &old } else { &new }))
    })
    .documented("`Authtoken saved to configuration file: P`"),
    Behaviour::new("a configuration file that is not there", |s| {
        let file = "/no/such/ngrok.yml";
        told(&s.run(&["start", "--none", "--log", "stdout", "--config", file]))
    })
    .on_purpose("version 3 has its errors on stderr"),
    Behaviour::new("a configuration whose `tunnels` is a number", |s| {
        broken(s, "tunnels: 5")
    })
    .on_purpose("version 3 has its errors on stderr"),
    Behaviour::new("a configuration with a tab", |s| {
        broken(s, "tunnels:\n\tweb: {}")
    })
    .on_purpose("version 3 has its errors on stderr"),
    Behaviour::new("a configuration with an unknown protocol", |s| {
        broken(s, "tunnels:\n  web:\n    proto: udp\n    addr: 80")
    })
    .on_purpose("version 3 has its errors on stderr"),
    Behaviour::new("a configuration with an unknown key", |s| {
        if s.is_real() {
            s.running_with("no_such_key: 1", &[]);
            return "starts".to_owned();
        }
        broken(s, "no_such_key: 1")
    })
    .documented("the agent does not start, and names it")
    .on_purpose("as version 3"),
    Behaviour::new("messages until ready", |s| {
        let running = s.running();
        // Two lines say that it is ready, in one order or the other.
        running.agent.wait_for_log("client session established");
        running.agent.wait_for_log("tunnel session started");
        messages(&running.agent.log()).join(" · ")
    })
    .documented("the last two the other way round, both with `obj=tunnels.session`")
    .on_purpose("the order of version 3"),
    Behaviour::new("a taken `web_addr`, set explicitly", |s| {
        let edge = Edge::start().unwrap();
        let config = edge.agent_config().unwrap();
        let _taken = TcpListener::bind(config.web_addr()).unwrap();
        with_log(&s.failing_start(&config)).replace(&config.web_addr().to_string(), "ADDR")
    })
    .documented("`bind: address already in use`, exit")
    .on_purpose("version 3 has its errors on stderr, with `ERROR:`"),
    Behaviour::new("a refused authtoken at start", |s| {
        with_log(&s.refused_start("The authtoken is not valid.\n\nERR_NGROK_107\n"))
    })
    .documented("`ERR_NGROK_107`, `ERROR:` lines, exit 1")
    .on_purpose("version 3 has its errors on stderr, with `ERROR:`"),
    Behaviour::new("SIGTERM", |s| ended_by(s, "TERM")),
    Behaviour::new("SIGINT", |s| ended_by(s, "INT")),
    Behaviour::new("`--log-format json`", |s| {
        let running = s.running_with("", &["--log-format", "json"]);
        running.agent.wait_for_log("client session established");
        let log = running.agent.log();
        let line = log.lines().find(|line| line.contains("open config file"));
        let line: serde_json::Map<_, _> = serde_json::from_str(line.unwrap()).unwrap();
        let keys: Vec<&str> = line.keys().map(String::as_str).collect();
        format!("keys {}; err {}", keys.join(", "), line["err"])
    }),
    Behaviour::new("`--log-level error` until ready", |s| {
        let running = s.running_with("", &["--log-level", "error"]);
        format!("{} lines", running.agent.log().lines().count())
    }),
];

/// Exit code, stream and last line that is no log line.
fn told(output: &Output) -> String {
    let last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines().rev();
        // The page of a code, which version 3 adds, is left out.
        let page = "https://ngrok.com/docs/errors";
        let said = |line: &&str| !line.trim().is_empty() && !line.starts_with("t=");
        let line = lines.find(|line| said(line) && !line.contains(page));
        line.map(|line| code(line.trim()))
    };
    let mut parts = vec![exit(output)];
    parts.extend(last(&output.stdout).map(|line| format!("stdout {line}")));
    parts.extend(last(&output.stderr).map(|line| format!("stderr {line}")));
    parts.join("; ")
}

/// Exit code and how the text begins: what follows is a page of help.
fn heading(output: &Output) -> String {
    let (stream, text) = match output.stdout.is_empty() {
        true => ("stderr", &output.stderr),
        false => ("stdout", &output.stdout),
    };
    let text = String::from_utf8_lossy(text);
    let line = text.lines().next().unwrap_or_default();
    format!("{}; {stream} {} …", exit(output), code(line.trim_end()))
}

fn exit(output: &Output) -> String {
    match output.status.code() {
        Some(code) => format!("exit {code}"),
        None => "killed".to_owned(),
    }
}

/// The messages of a log that ended badly, then [`told`].
fn with_log(output: &Output) -> String {
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    format!("{}; {}", messages(&log).join(" · "), told(output))
}

fn broken(subject: &Subject, lines: &str) -> String {
    let edge = Edge::start().unwrap();
    let config = edge.agent_config().unwrap().with(lines).unwrap();
    let output = subject.failing_start(&config);
    told(&output).replace(config.file().to_str().unwrap(), "P")
}

fn ended_by(subject: &Subject, signal: &str) -> String {
    let mut running = subject.running();
    running.agent.signal(signal);
    let status = running.agent.exit();
    let log = running.agent.log();
    let after: Vec<String> = messages(&log)
        .into_iter()
        .skip_while(|m| !m.contains("stop"))
        // Now and then the session's listener has a last word.
        .filter(|m| m != "accept failed")
        .collect();
    format!(
        "exit {:?}; {}",
        status.code().unwrap_or(-1),
        after.join(" · ")
    )
}

/// The `msg` of each line with its level, where that is not `info`.
pub(super) fn messages(log: &str) -> Vec<String> {
    let field = |line: &str, key: &str| {
        let (_, rest) = line.split_once(&format!("{key}="))?;
        let value = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => rest.split(' ').next(),
        };
        value.map(str::to_owned)
    };
    let lines = log.lines().filter_map(|line| {
        let (level, message) = (field(line, " lvl")?, field(line, " msg")?);
        Some(match level.as_str() {
            "info" => message,
            other => format!("{message} ({other})"),
        })
    });
    lines.collect()
}

#[test]
fn messages_are_read_from_logfmt() {
    let log =
        "t=1 lvl=info msg=\"open config file\" path=/x err=nil\nplain\nt=1 lvl=eror msg=end pg=/";
    assert_eq!(messages(log), ["open config file", "end (eror)"]);
}
