//! The binary `ngrok-rs`: a thin front on the library.

mod agent;
mod announce;
mod args;
mod background;
mod cloud;
mod config;
mod connect;
mod context;
mod doctor;
mod endpoint;
mod exit;
mod help;
mod hold;
mod input;
mod inspect;
mod install;
mod kinds;
mod lines;
mod live;
mod logs;
mod open;
mod output;
mod page;
mod prompt;
mod report;
mod requests;
mod run;
mod screen;
mod signals;
mod state;
mod status;
mod stop;
mod text;
mod threads;
mod tools;
mod view;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::exit::{Failure, Outcome};

fn main() -> ExitCode {
    let (ours, theirs) = args::split_agent(std::env::args_os().collect());
    // Needed before the arguments are read, for the error if they cannot be.
    let json = ours.iter().any(|arg| arg == "--json") || args::variable_is_set("NGROK_RS_JSON");
    let cli = match args::parse(ours) {
        Ok(cli) => cli,
        Err(error) => return help::explain(&error, json),
    };
    match run(cli, theirs.unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

fn run(cli: Cli, agent_args: Vec<OsString>) -> Outcome {
    let context = Context::new(cli.globals.with_variables()?);
    if cli.version {
        return agent::own_version(&context);
    }
    let Some(command) = cli.command else {
        return Err(Failure::Usage(
            "no command is given; `ngrok-rs --help` lists them".to_owned(),
        ));
    };
    match command {
        Command::Http(args) => connect::http(&context, args),
        Command::Tcp(args) => connect::tcp(&context, args),
        Command::Tls(args) => connect::tls(&context, args),
        Command::Connect(args) => connect::connect(&context, args),
        Command::ConnectAll(args) => connect::connect_all(&context, args),
        Command::Run(args) => run::run(&context, args),
        Command::Stop(args) => stop::run(&context, &args),
        Command::Status(args) => status::run(&context, &args),
        Command::Tunnels(args) => inspect::tunnels(&context, &args),
        Command::Requests(args) => requests::run(&context, &args),
        Command::Request(args) => requests::one(&context, &args.agent, &args.id),
        Command::Replay(args) => requests::replay(&context, &args),
        Command::Clear(args) => inspect::clear(&context, &args),
        Command::Logs(args) => logs::run(&context, &args),
        Command::Open(args) => open::run(&context, &args),
        Command::Install(args) => install::run(&context, args),
        Command::Agent(_) => agent::run(&context, agent_args),
        Command::Version => agent::version(&context),
        Command::Update => agent::update(&context),
        Command::Doctor(args) => doctor::run(&context, &args),
        Command::Config { command } => config::run(&context, command),
        Command::Cloud(args) => cloud::run(&context, &args.0),
        Command::Completions(args) => help::completions(args.shell),
        Command::Man(args) => help::man(&context, args.dir.as_deref()),
        Command::Help(args) => help::run(&args.command),
    }
}

/// Writes bytes that are not a line of ours, such as a script, to stdout.
fn write_out(bytes: &[u8]) -> Outcome {
    io::Write::write_all(&mut io::stdout().lock(), bytes).map_err(Failure::Stdout)
}
