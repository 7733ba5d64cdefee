//! `start`, `http`, `tcp` and `tls`: the commands that keep running until a signal.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::Value;

use super::{Invocation, failed, merged};
use crate::agent::definition::Definition;
use crate::agent::engine::{Engine, Stop};
use crate::agent::faults::Faults;
use crate::agent::fields::open_error;
use crate::agent::log::{Field, Logger};
use crate::agent::run::{self, Opening};

pub(super) fn run(invocation: &Invocation) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(life(invocation));
            runtime.shutdown_background();
            code
        }
        Err(error) => failed(&error.to_string()),
    }
}

async fn life(invocation: &Invocation) -> ExitCode {
    // First of all: a signal during a slow start ends it well, too.
    let mut signals = match Signals::new(invocation.faults.ignore_stop) {
        Ok(signals) => signals,
        Err(error) => return failed(&error.to_string()),
    };
    let faults = &invocation.faults;
    if !faults.start_delay.is_zero() {
        tokio::select! {
            () = tokio::time::sleep(faults.start_delay) => {}
            () = signals.next() => return ExitCode::SUCCESS,
        }
    }
    if let Some(code) = exit_as_ordered(faults) {
        return code;
    }
    match prepare(invocation) {
        Ok(Some(ready)) => ready.run(signals).await,
        Ok(None) => {
            signals.next().await;
            ExitCode::SUCCESS
        }
        Err(reason) => failed(&reason),
    }
}

fn exit_as_ordered(faults: &Faults) -> Option<ExitCode> {
    let print = |to: &mut dyn Write, text: &Option<String>| {
        if let Some(text) = text {
            let _ = to.write_all(text.as_bytes());
        }
    };
    print(&mut std::io::stdout(), &faults.exit_stdout);
    print(&mut std::io::stderr(), &faults.exit_stderr);
    let _ = std::io::stdout().flush();
    faults.exit_code.map(ExitCode::from)
}

/// An agent that has read its files and holds its port.
struct Ready {
    engine: Arc<Engine>,
    web: Option<std::net::TcpListener>,
    token: Option<String>,
    opening: Vec<Definition>,
}

/// Nothing to run is an agent that hangs, as ordered.
fn prepare(invocation: &Invocation) -> Result<Option<Ready>, String> {
    let opening = opening(invocation)?;
    for line in invocation.args.deprecations() {
        // No reader of stderr is no failure of the command.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
    let files = invocation.read_files();
    let paths: Vec<String> = files
        .iter()
        .map(|(path, _)| path.display().to_string())
        .collect();
    let opened: Vec<(String, Option<String>)> = files
        .iter()
        .map(|(path, text)| {
            let error = text.as_ref().err().map(|error| open_error(path, error));
            (path.display().to_string(), error)
        })
        .collect();
    let config = merged(files);
    let logger = invocation.logger(config.as_ref().ok())?;
    if !invocation.faults.silent {
        log_files(&logger, opened);
    }
    if invocation.faults.half_line {
        logger.raw("t=2026-11-21T20:33:20+0000 lvl=info msg=\"starting web serv");
    }
    if invocation.faults.silent || invocation.faults.half_line {
        return Ok(None);
    }
    let mut config = config?;
    if let Some(region) = invocation.args.last("region") {
        config.set_region(region)?;
    }
    let token = invocation
        .args
        .last("authtoken")
        .or(config.authtoken())
        .map(str::to_owned)
        .or_else(|| invocation.var("NGROK_AUTHTOKEN"));
    let engine = Arc::new(Engine::new(logger, config, invocation.faults.clone()));
    let opening = match opening {
        Command::One(document) => vec![Definition::tunnel(&document)?],
        Command::Configured(opening) => run::definitions(&engine, &opening, &paths)?,
    };
    let web = run::bind_web(&engine).inspect_err(|reason| {
        engine
            .log
            .crit("command failed", &[("err", reason.as_str().into())]);
    })?;
    Ok(Some(Ready {
        engine,
        web,
        token,
        opening,
    }))
}

fn log_files(logger: &Logger, opened: Vec<(String, Option<String>)>) {
    if opened.is_empty() {
        logger.info("no configuration paths supplied", &[]);
    }
    for (path, error) in opened {
        let err = error.map_or(Field::Nil, Field::Text);
        logger.info("open config file", &[("path", path.into()), ("err", err)]);
    }
}

/// What the command line asks to open.
enum Command {
    Configured(Opening),
    /// `ngrok http 80`: a tunnel called `command_line`.
    One(Value),
}

fn opening(invocation: &Invocation) -> Result<Command, String> {
    let args = &invocation.args;
    let (command, words) = match args.words.split_first() {
        Some((command, words)) => (command.as_str(), words),
        None => ("", [].as_slice()),
    };
    if command != "start" {
        let [addr] = words else {
            let words = words.join(" ");
            return Err(format!(
                "You must specify a single argument: a port or address to tunnel to.\nYou specified {} arguments: [{words}]\nFor example, to expose port 80, run 'ngrok {command} 80'.",
                args.words.len() - 1
            ));
        };
        let mut tunnel = args.definition()?;
        if tunnel.contains_key("traffic_policy_url") {
            return Err(
                "the loopback agent fetches no traffic policy from a URL; use --traffic-policy-file"
                    .to_owned(),
            );
        }
        tunnel.entry("name").or_insert("command_line".into());
        tunnel.insert("proto".into(), command.into());
        tunnel.insert("addr".into(), addr.as_str().into());
        return Ok(Command::One(Value::Object(tunnel)));
    }
    match (args.is_set("none"), args.is_set("all"), words) {
        (true, _, []) => Ok(Command::Configured(Opening::None)),
        (true, ..) => Err("You may not specify any tunnel names with the --none switch".to_owned()),
        (_, true, []) => Ok(Command::Configured(Opening::All)),
        (_, true, _) => {
            Err("You may not specify any tunnel names with the --all switch".to_owned())
        }
        (_, _, []) => Err("You must specify at least one tunnel to start.".to_owned()),
        (_, _, names) => Ok(Command::Configured(Opening::Names(names.to_vec()))),
    }
}

/// What asks the agent to end: SIGTERM and SIGINT; on Windows Ctrl-C and Ctrl-Break.
struct Signals {
    #[cfg(unix)]
    both: (tokio::signal::unix::Signal, tokio::signal::unix::Signal),
    #[cfg(windows)]
    both: (
        tokio::signal::windows::CtrlC,
        tokio::signal::windows::CtrlBreak,
    ),
    ignored: bool,
}

impl Signals {
    fn new(ignored: bool) -> std::io::Result<Self> {
        #[cfg(unix)]
        let both = {
            use tokio::signal::unix::{SignalKind, signal};
            (
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
            )
        };
        #[cfg(windows)]
        let both = (
            tokio::signal::windows::ctrl_c()?,
            tokio::signal::windows::ctrl_break()?,
        );
        Ok(Self { both, ignored })
    }

    async fn next(&mut self) {
        loop {
            tokio::select! {
                _ = self.both.0.recv() => {}
                _ = self.both.1.recv() => {}
            }
            if !self.ignored {
                return;
            }
        }
    }
}

impl Ready {
    async fn run(self, mut signals: Signals) -> ExitCode {
        #[cfg(unix)]
        raise_descriptor_limit();
        let engine = Arc::clone(&self.engine);
        tokio::spawn(async move {
            signals.next().await;
            engine.stop(Stop::Requested);
        });
        match run::run(self.engine, self.web, self.token, self.opening).await {
            Stop::Requested => ExitCode::SUCCESS,
            Stop::Failed(reason) => failed(&reason),
            Stop::Crash => {
                let text = b"panic: crash as ordered\n\ngoroutine 1 [running]:\nmain.main()\n";
                let _ = std::io::stderr().write_all(text);
                ExitCode::from(2)
            }
        }
    }
}

/// A program in Go does this by itself: the soft limit of open files is often too low for a thousand tunnels.
#[cfg(unix)]
fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused by some systems; then the limit stays as it is.
    let _ = setrlimit(Resource::Nofile, limit);
}
