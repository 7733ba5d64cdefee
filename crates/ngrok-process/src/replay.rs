//! Replays what the real agent 2.3.41 printed in some hundred and fifty runs through the readers and the start-up fold,
//! and compares what comes out with what is written down in `tests/fixtures/outcomes.txt`.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use ngrok_core::mask::Redactor;

use crate::failure::{AgentFailure, End};
use crate::lines::LineSplitter;
use crate::startup::StartupState;
use crate::{AgentEvent, LogLine};

/// The authtoken in the files of the captured runs.
const TOKEN: &str = "TESTTOKEN00000000000_EXAMPLEONLYNOTAREA";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Which events came, as letters with their number: Web service, session Up, session Lost, Tunnel, `!` for a warning.
struct Outcome {
    state: StartupState,
    events: String,
    ready: bool,
}

fn replay(bytes: &[u8]) -> Outcome {
    let (mut state, mut letters, mut ready) = (StartupState::default(), Vec::new(), false);
    let mut splitter = LineSplitter::default();
    let redactor = Redactor::default();
    let mut sink = |line: &[u8], truncated| {
        let text = String::from_utf8_lossy(line).into_owned();
        let line = LogLine::new(text, truncated);
        let shown = line.clone().masked(&redactor);
        let shown = format!("{shown} {:?}", shown.fields().collect::<Vec<_>>());
        assert!(!shown.contains(TOKEN), "masked by its shape alone: {shown}");
        letters.extend(state.feed(&line).map(|event| match event {
            AgentEvent::WebService { .. } => 'W',
            AgentEvent::SessionUp => 'U',
            AgentEvent::SessionLost { .. } => 'L',
            AgentEvent::TunnelStarted { .. } => 'T',
            AgentEvent::Warning(_) => '!',
            other => panic!("{other:?} is not logged"),
        }));
        ready |= state.is_ready(false) && !state.port_is_unknown();
    };
    // Chunks of an odd size, so that lines and characters are cut anywhere.
    for chunk in bytes.chunks(77) {
        splitter.feed(chunk, &mut sink);
    }
    splitter.finish(&mut sink);
    let runs = letters.chunk_by(|a, b| a == b);
    let events: Vec<String> = runs.map(|run| format!("{}{}", run[0], run.len())).collect();
    Outcome {
        state,
        events: events.join(" "),
        ready,
    }
}

impl Outcome {
    /// One line of the table. An agent that was never ready failed by `end`.
    fn row(&self, name: &str, end: End) -> String {
        let verdict = if self.ready {
            let error = self
                .state
                .agent_error()
                .map(|e| e.lines().next().unwrap_or_default());
            let error = error.map_or(String::new(), |e| format!(", last error: {e}"));
            format!("ready at {}{error}", self.state.web_addr().unwrap())
        } else {
            let end = if self.state.port_is_unknown() {
                End::UnknownPort
            } else {
                end
            };
            let failure =
                AgentFailure::of_start(&self.state, end, Vec::new(), &Redactor::default());
            format!("{:?}: {failure}", failure.kind)
        };
        format!("{name} [{}] {verdict}", self.events)
    }
}

/// Agents that still ran when the capture was over are taken to the deadline.
fn end(exit: i64, stopped: bool) -> End {
    if stopped {
        End::Deadline(Duration::from_secs(15))
    } else {
        End::Exited(ExitStatus::from_raw(i32::try_from(exit).unwrap() << 8))
    }
}

fn rows() -> Vec<String> {
    let mut rows = Vec::new();
    let mut logs: Vec<PathBuf> = fs::read_dir(fixtures().join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    logs.sort();
    for log in logs {
        let name = log.file_name().unwrap().to_str().unwrap();
        let refused = name.contains("auth-rejected") && !name.starts_with("lost");
        rows.push(replay(&fs::read(&log).unwrap()).row(name, end(1, !refused)));
    }
    for run in runs() {
        if matches!(
            run["argv"][0].as_str(),
            Some("start" | "http" | "tcp" | "tls")
        ) {
            let text = |stream: &str| run[stream].as_str().unwrap().to_owned();
            let end = end(run["exit"].as_i64().unwrap(), run["stopped"] == true);
            let outcome = replay((text("stderr") + &text("stdout")).as_bytes());
            rows.push(outcome.row(run["name"].as_str().unwrap(), end));
        }
    }
    rows
}

/// The captured commands: name, arguments, exit status, both streams.
fn runs() -> Vec<Value> {
    let text = fs::read_to_string(fixtures().join("cli.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_captured_run_comes_out_as_written_down() {
    let rows = rows();
    let written = fs::read_to_string(fixtures().join("outcomes.txt")).unwrap();
    for (row, expected) in rows.iter().zip(written.lines()) {
        assert_eq!(row, expected);
    }
    assert_eq!(rows.len(), written.lines().count());
}
