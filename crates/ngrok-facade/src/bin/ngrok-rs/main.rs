//! The binary `ngrok-rs`: a thin front on the library.

mod agent;
mod args;
mod cloud;
mod config;
mod connect;
mod context;
mod doctor;
mod exit;
mod input;
mod inspect;
mod install;
mod live;
mod output;
mod signals;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::ArgMatches;
use clap::error::ErrorKind;
use clap_complete::Shell;
use serde_json::json;

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::output::write_line;

fn main() -> ExitCode {
    let (ours, theirs) = args::split_agent(std::env::args_os().collect());
    let json = ours.iter().any(|arg| arg == "--json");
    let matches = match args::command().try_get_matches_from(ours) {
        Ok(matches) => matches,
        Err(error) => return explain(&error, json),
    };
    match run(&matches, theirs.unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

fn run(matches: &ArgMatches, agent_args: Vec<OsString>) -> Outcome {
    let Some((command, matches)) = matches.subcommand() else {
        return Err(Failure::Usage("no command is given".to_owned()));
    };
    let context = Context::new(matches);
    match command {
        "install" => install::run(&context, matches),
        "connect" => connect::run(&context, matches),
        "connect-all" => connect::run_all(&context, matches),
        "status" => inspect::status(&context, matches),
        "tunnels" => inspect::tunnels(&context, matches),
        "requests" => inspect::requests(&context, matches),
        "request" => inspect::request(&context, matches),
        "replay" => inspect::replay(&context, matches),
        "clear" => inspect::clear(&context, matches),
        "config" => config::run(&context, matches),
        "agent" => agent::run(&context, agent_args),
        "version" => agent::version(&context),
        "update" => agent::update(&context),
        "doctor" => doctor::run(&context, matches),
        "cloud" => cloud::run(&context, matches),
        "completions" => completions(matches),
        other => Err(Failure::Usage(format!("there is no command `{other}`"))),
    }
}

fn completions(matches: &ArgMatches) -> Outcome {
    let Some(shell) = matches.get_one::<Shell>("shell") else {
        return Err(Failure::Usage("no shell is given".to_owned()));
    };
    // Into memory first: the generator panics on a pipe that nobody reads.
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut args::command(), "ngrok-rs", &mut script);
    io::Write::write_all(&mut io::stdout().lock(), &script).map_err(Failure::Stdout)
}

/// Help and version are no errors; anything else is wrong use, told as asked for.
fn explain(error: &clap::Error, json: bool) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if json {
        let text = error.render().to_string();
        let object = json!({"error": in_one_line(&text), "kind": "usage", "exit_status": 2});
        let _ = write_line(io::stderr().lock(), &object.to_string());
    } else {
        let _ = error.print();
    }
    ExitCode::from(2)
}

/// What clap says is wrong, without the usage that follows: the arguments that are missing and the values that would do stand in further lines.
fn in_one_line(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().map(str::trim);
    let said =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    said.filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
