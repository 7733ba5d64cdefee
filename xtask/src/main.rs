//! The project's own commands; this file only dispatches.

mod api_diff;
mod budget;
mod ci;
mod codegen;
mod cross;
mod demo;
mod fidelity;
mod layers;
mod peer_check;
mod real_agent;
mod release;
mod screens;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  ci [PART]  run what CI runs, or only the steps whose name contains PART
  api-diff FILE  list how an OpenAPI file differs from the definitions in crates/ngrok-cloudapi/api
  budget     count the packages that each crate pulls in
  codegen [--check]  write the cloud client's services from crates/ngrok-cloudapi/api, or only compare
  cross [TARGET…] [--run]  lint for Windows, macOS, musl and ARM; --run the tests that can be run here (on Debian 12)
  demo [--real]  the whole life of a tunnel on this machine; --real with ngrok's service and NGROK_AUTHTOKEN
  fidelity   write docs/agent-fidelity.md from what the real agent and the stand-in do
  layers     check the arrows between the crates, and the files that stand in several of them
  peer-check run pyngrok's own tests against the stand-in agent, and ngrok's own API clients against the loopback cloud
  real-agent fetch the real agent 2.3.41 for the tests (Linux x86-64, by npm), and print its path
  release CRATE|all LEVEL [--execute]  try a release (patch, minor, major or X.Y.Z) and print what publishes it;
             --execute raises versions, rolls changelogs, commits and tags
  screens [--check]  capture what ngrok-rs shows on terminals of two sizes (with tmux; else it is skipped)
  tidy       check house rules: first lines, lengths, the files that each crate has
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", [].as_slice()),
    };
    let outcome = match command {
        "api-diff" => api_diff::run(rest),
        "budget" => budget::run(),
        "ci" => ci::run(rest.first().map(String::as_str)),
        "codegen" => codegen::run(rest),
        "cross" => cross::run(rest),
        "demo" => demo::run(rest),
        "fidelity" => fidelity::run(),
        "layers" => layers::run(),
        "peer-check" => peer_check::run(),
        "real-agent" => real_agent::run(),
        "release" => release::run(rest),
        "screens" => screens::run(rest),
        "tidy" => tidy::run(),
        // The runner of cargo's under `cross`.
        "wine" => cross::run_under_wine(rest),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask {command}: {reason}");
            ExitCode::FAILURE
        }
    }
}
