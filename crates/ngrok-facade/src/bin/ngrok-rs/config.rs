//! `ngrok-rs config`: the user's `ngrok.yml`.

mod init;
mod secret;

use std::path::Path;

use ngrok_facade::Ngrok;
use ngrok_facade::installer::config::{self as file, AgentConfig, AgentVersion, Check, Severity};
use serde_json::json;

use crate::args::{ConfigCommand, SecretArgs};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::tools;
use secret::Kind;

pub(crate) fn run(context: &Context, command: ConfigCommand) -> Outcome {
    let output = context.output;
    let path = context.config()?.config_path()?;
    match command {
        ConfigCommand::Path => {
            output.either(|| json!({"path": path}), || path.display().to_string())
        }
        ConfigCommand::Show if output.json => {
            output.object(&AgentConfig::load(&path)?.masked_value())
        }
        ConfigCommand::Show => output.line(file::show(&path)?.trim_end()),
        ConfigCommand::Check(args) => check(context, &path, args.agent_version),
        ConfigCommand::Init(args) => init::run(context, &args, &path),
        ConfigCommand::Edit => edit(context, &path),
        ConfigCommand::SetAuthtoken(args) => save(context, &args, Kind::Authtoken),
        ConfigCommand::SetApiKey(args) => save(context, &args, Kind::ApiKey),
    }
}

/// Prints what is wrong with the file for this agent, or for the one that is installed, or for the newest.
fn check(context: &Context, path: &Path, agent: Option<AgentVersion>) -> Outcome {
    let output = context.output;
    let agent = match agent {
        Some(agent) => agent,
        None => installed_agent(context)?.unwrap_or(AgentVersion::NEWEST),
    };
    let problems = Check::new().agent(agent).file(path)?;
    for problem in &problems {
        let object = || {
            json!({
                "line": problem.line(),
                "column": problem.column(),
                "severity": problem.severity().to_string(),
                "message": problem.message(),
                "remedy": problem.remedy(),
            })
        };
        output.either(object, || format!("{}:{problem}", path.display()))?;
    }
    // The agent takes a file with warnings, and so does `connect`.
    let is_error = |problem: &file::Problem| problem.severity() == Severity::Error;
    if problems.iter().any(is_error) {
        return Err(Failure::BadConfig(path.to_owned()));
    }
    output.done(
        &format!("{} is valid for agent {agent}", path.display()),
        &json!({"valid": true, "path": path, "agent": agent.to_string()}),
    )
}

/// The version of the agent that is installed, if it tells one.
fn installed_agent(context: &Context) -> Outcome<Option<AgentVersion>> {
    let config = context.config()?;
    let version = ngrok_facade::process::version(config.ngrok_path()).ok();
    Ok(version.and_then(|version| version.parse().ok()))
}

fn edit(context: &Context, path: &Path) -> Outcome {
    if std::fs::symlink_metadata(path).is_err() {
        return Err(Failure::Failed(format!(
            "{} does not exist; `ngrok-rs config init` makes it",
            path.display()
        )));
    }
    tools::edit(path)?;
    check(context, path, None)
}

fn save(context: &Context, args: &SecretArgs, kind: Kind) -> Outcome {
    if !args.misplaced.is_empty() {
        return Err(Failure::Usage(format!(
            "the {} is not taken as an argument, which others can see; run the command without it to be asked, or write it to stdin",
            kind.name()
        )));
    }
    let config = context.config()?;
    let secret = secret::read(&config, kind)?;
    kind.save(&Ngrok::new(config.clone()), secret)?;
    let path = config.config_path()?;
    context.output.done(
        &format!("{} saved to {}", kind.name(), path.display()),
        &json!({"saved_to": path}),
    )
}
