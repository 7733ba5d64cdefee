//! The agent as a program: arguments in, output and exit status out.

mod api;
mod args;
mod commands;
mod config_file;
mod flags;
mod start;
mod upgrade;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use self::args::Args;
use super::config::{Config, default_path};
use super::engine;
use super::faults::Faults;
use super::fields::open_error;
use super::log::{Format, Level, Logger, Sink};

const HELP: &str = "ngrok - tunnel local ports to public URLs and inspect traffic

This is the loopback stand-in of ngrok-testkit: it talks to no service, and its public URLs are loopback addresses.

USAGE:
  ngrok [command] [flags]

COMMANDS:
  api          use ngrok agent as an api client
  completion   generates shell completion code for bash or zsh
  config       update or migrate ngrok's configuration file
  credits      prints author and licensing information
  diagnose     diagnose connection issues
  http         start an HTTP tunnel
  service      run and control an ngrok service on a target operating system
  start        start endpoints or tunnels by name from the configuration file
  tcp          start a TCP tunnel
  tls          start a TLS endpoint
  update       update ngrok to the latest version
  version      print the version string
";

/// What a command comes to: text on stdout, or the lines of its failure.
type Outcome = Result<String, String>;

/// The whole loopback agent, for a program of your own that is nothing else.
///
/// It reads the process's arguments and environment as the agent does, and returns when the agent ends.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     ngrok_testkit::agent_main()
/// }
/// ```
#[must_use]
pub fn agent_main() -> ExitCode {
    let vars = std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    });
    let args = std::env::args_os()
        .skip(1)
        .map(|arg| arg.to_string_lossy().into_owned());
    let vars: BTreeMap<String, String> = vars.collect();
    let faults = match Faults::from_vars(vars.clone()) {
        Ok(faults) => faults,
        Err(reason) => return failed(&reason),
    };
    let outcome = Args::parse(args).map(|args| Invocation { args, vars, faults });
    match outcome.map(|invocation| invocation.run()) {
        Ok(code) => code,
        Err(reason) => failed(&reason),
    }
}

/// One run of the program.
struct Invocation {
    args: Args,
    vars: BTreeMap<String, String>,
    faults: Faults,
}

impl Invocation {
    fn run(self) -> ExitCode {
        if self.args.is_set("version") {
            return printed(Ok(self.version()));
        }
        let command = self.args.words.first().map_or("", String::as_str);
        if let ("start" | "http" | "tcp" | "tls", false) = (command, self.args.is_set("help")) {
            return start::run(&self);
        }
        printed(match command {
            "" | "help" => Ok(HELP.to_owned()),
            _ if self.args.is_set("help") => Ok(format!("{HELP}\nCOMMAND: {command}\n")),
            "version" => Ok(self.version()),
            "update" => Ok("No update available, this is the latest version.\n".to_owned()),
            "diagnose" => Ok(commands::diagnose(&self.faults)),
            "config" => config_file::config(&self),
            "api" => api::api(&self),
            "completion" => Ok(commands::completion()),
            "credits" => Ok(commands::credits()),
            "service" => commands::service(&self),
            other => Err(format!("Unrecognized command: {other}")),
        })
    }

    fn version(&self) -> String {
        format!("ngrok version {}\n", engine::version(&self.faults))
    }

    fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).cloned().filter(|v| !v.is_empty())
    }

    fn default_path(&self) -> Option<PathBuf> {
        default_path(|name| self.var(name))
    }

    /// The files of `--config`, repeated or with commas between them, or the default one if it exists; each with what became of reading it.
    fn read_files(&self) -> Vec<(PathBuf, std::io::Result<String>)> {
        let named = self.args.all("config").flat_map(|paths| paths.split(','));
        let mut paths: Vec<PathBuf> = named
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            .collect();
        if paths.is_empty() {
            paths.extend(self.default_path().filter(|path| path.exists()));
        }
        paths
            .into_iter()
            .map(|path| {
                let text = std::fs::read_to_string(&path);
                (path, text)
            })
            .collect()
    }

    /// The merged configuration, or the refusal that names the file at fault.
    fn config(&self) -> Result<Config, String> {
        merged(self.read_files())
    }

    /// Where and how to log: flags before the file's keys.
    fn logger(&self, config: Option<&Config>) -> Result<Logger, String> {
        let setting = |flag: &str, key: Option<&str>| {
            let value = self.args.last(flag).or(key);
            value.map(str::to_owned)
        };
        let sink = setting("log", config.and_then(Config::log));
        let sink = match sink.as_deref() {
            None | Some("false" | "") => Sink::Nowhere,
            Some("stdout" | "true") => Sink::Stdout,
            Some("stderr") => Sink::Stderr,
            Some(path) => std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map(Sink::File)
                .map_err(|e| format!("open {path}: {e}"))?,
        };
        let format = setting("log-format", config.and_then(Config::log_format));
        let format = match &format {
            None => Format::Logfmt,
            Some(text) => Format::parse(text).ok_or(format!("Invalid log format: {text}"))?,
        };
        let level = setting("log-level", config.and_then(Config::log_level));
        let level = match &level {
            None => Level::Info,
            Some(text) => Level::parse(text)
                .ok_or(format!("Invalid log level: log15: unknown level: {text}"))?,
        };
        Ok(Logger::new(sink, format, level))
    }
}

/// Merges what was read, or says which file could not be.
fn merged(files: Vec<(PathBuf, std::io::Result<String>)>) -> Result<Config, String> {
    let texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|(path, text)| match text {
            Ok(text) => Ok((path, text)),
            Err(error) => {
                let reason = open_error(&path, &error);
                let path = path.display();
                Err(format!(
                    "Error reading configuration file '{path}': {reason}"
                ))
            }
        })
        .collect::<Result<_, _>>()?;
    Config::merge(&texts)
}

fn printed(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(text) => {
            // Nobody there to read it is no failure of the command.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(reason) => failed(&reason),
    }
}

/// Prints a failure as the agent does: every line marked, on stderr, and status 1.
/// An error code is followed by the address of its page.
fn failed(reason: &str) -> ExitCode {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(format!("ERROR:  {}", line.trim_end()).trim_end());
        text.push('\n');
    };
    for part in reason.trim_end().lines() {
        line(part);
        if let Some(number) = part.trim().strip_prefix("ERR_NGROK_") {
            line(&format!("https://ngrok.com/docs/errors/err_ngrok_{number}"));
        }
    }
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::from(1)
}
