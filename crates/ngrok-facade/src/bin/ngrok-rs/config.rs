//! `ngrok-rs config`: the user's `ngrok.yml`.

mod init;
mod secret;

use std::path::Path;

use ngrok_facade::Ngrok;
use ngrok_facade::installer::config::{self as file, AgentConfig};
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
        ConfigCommand::Check => check(context, &path),
        ConfigCommand::Init(args) => init::run(context, &args, &path),
        ConfigCommand::Edit => edit(context, &path),
        ConfigCommand::SetAuthtoken(args) => save(context, &args, Kind::Authtoken),
        ConfigCommand::SetApiKey(args) => save(context, &args, Kind::ApiKey),
    }
}

fn check(context: &Context, path: &Path) -> Outcome {
    let output = context.output;
    let problems = file::check(path)?;
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
    // Warnings too: a script that checks wants to know of a file that does not do what it seems to.
    if !problems.is_empty() {
        return Err(Failure::BadConfig(path.to_owned()));
    }
    output.done(
        &format!("{} is valid", path.display()),
        &json!({"valid": true, "path": path}),
    )
}

fn edit(context: &Context, path: &Path) -> Outcome {
    if std::fs::symlink_metadata(path).is_err() {
        return Err(Failure::Failed(format!(
            "{} does not exist; `ngrok-rs config init` makes it",
            path.display()
        )));
    }
    tools::edit(path)?;
    check(context, path)
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
