//! `--background`: the same command in a process of its own, which outlives this one.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::exit::{Failure, Outcome};
use crate::help::own_arguments;
use crate::output::{Output, with};
use crate::text::Colour;

/// Starts it, waits until its endpoints are open, and prints them.
pub(crate) fn start(output: Output) -> Outcome {
    let failed = |error| Failure::Io("cannot start a process in the background".to_owned(), error);
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    let arguments = own_arguments().into_iter().map(|arg| {
        if arg == "--background" {
            "--detached".into()
        } else {
            arg
        }
    });
    command
        .args(arguments)
        .env("NGROK_RS_JSON", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    detach(&mut command);
    let mut child = command.spawn().map_err(failed)?;
    let Some(stdout) = child.stdout.take() else {
        return Err(Failure::Interrupted);
    };
    let mut urls = Vec::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(failed)?;
        let Ok(object) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        if object.get("ready").is_some() {
            let pid = child.id();
            output.note(format!(
                "  {} runs in the background as process {pid}; `ngrok-rs stop {}` ends it",
                output.paint_note(Colour::Dim, "·"),
                urls.first().map_or("--all", String::as_str)
            ));
            return Ok(());
        }
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or("?")
        };
        let url = text("/public_url").to_owned();
        let shown = format!(
            "{} {} {}",
            output.paint(Colour::Bold, &url),
            output.paint(Colour::Dim, "->"),
            text("/upstream/url")
        );
        let stop = ["ngrok-rs", "stop", &url];
        output.either(
            || with(object.clone(), json!({"background": true, "stop": stop})),
            || shown,
        )?;
        urls.push(url);
    }
    Err(failure(&mut child))
}

/// Why the process ended before anything was open: its own error.
fn failure(child: &mut Child) -> Failure {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut said);
    }
    let status = child.wait().ok().and_then(|status| status.code());
    let object = said
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str::<Value>(line).ok())
        .unwrap_or_else(|| json!({"error": said.trim(), "kind": "io"}));
    Failure::Relayed {
        status: status
            .and_then(|status| u8::try_from(status).ok())
            .unwrap_or(1),
        object,
    }
}

/// Takes the process out of the reach of this terminal's signals.
fn detach(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        const DETACHED_PROCESS: u32 = 0x8;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        std::os::windows::process::CommandExt::creation_flags(
            command,
            DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP,
        );
    }
}
