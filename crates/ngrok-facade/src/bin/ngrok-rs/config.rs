//! `ngrok-rs config`: the user's `ngrok.yml`.

use clap::ArgMatches;
use ngrok_facade::installer::config::{self as file, AgentConfig};
use ngrok_facade::{Config, Secret};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{input, inspect};

/// More than any token or key.
const LONGEST_SECRET: u64 = 4096;

pub(crate) fn run(context: &Context, matches: &ArgMatches) -> Outcome {
    let config = context.config()?;
    let path = config.config_path()?;
    let output = context.output;
    if let Some(("set-authtoken" | "set-api-key", matches)) = matches.subcommand()
        && matches.contains_id("misplaced")
    {
        return Err(Failure::Usage(
            "a secret is taken from no argument, which others can see: write it to stdin, or set it in the environment"
                .to_owned(),
        ));
    }
    match matches.subcommand_name() {
        Some("path") => output.either(|| json!({"path": path}), || path.display().to_string()),
        Some("show") => {
            if output.json {
                return output.object(&AgentConfig::load(&path)?.masked_value());
            }
            let text = file::show(&path)?;
            output.line(text.trim_end())
        }
        Some("check") => check(context, &path),
        Some("set-authtoken") => {
            let token = secret(config.auth_token(), "authtoken")?;
            save(context, &config, "authtoken", |ngrok| {
                ngrok.set_auth_token(token)
            })
        }
        Some("set-api-key") => {
            let key = secret(config.api_key(), "API key")?;
            save(context, &config, "API key", |ngrok| ngrok.set_api_key(key))
        }
        _ => Err(Failure::Usage("no command is given".to_owned())),
    }
}

fn check(context: &Context, path: &std::path::Path) -> Outcome {
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
    // Warnings too: a script that asks wants to know of a file that does not do what it looks like.
    if !problems.is_empty() {
        return Err(Failure::BadConfig(path.to_owned()));
    }
    output.note(format!("{} is valid", path.display()));
    Ok(())
}

/// The secret from the environment, else from stdin: never from the arguments, which everyone can read.
fn secret(of_environment: Option<&Secret>, what: &str) -> Outcome<Secret> {
    if let Some(secret) = of_environment {
        return Ok(secret.clone());
    }
    let text = input::stdin(LONGEST_SECRET)
        .map_err(|error| Failure::Io(format!("the {what} cannot be read from stdin"), error))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::Usage(format!(
            "no {what} is given: write it to stdin, or set it in the environment"
        )));
    }
    Ok(Secret::new(text))
}

fn save(
    context: &Context,
    config: &Config,
    what: &str,
    save: impl FnOnce(&ngrok_facade::Ngrok) -> ngrok_facade::Result<()>,
) -> Outcome {
    save(&ngrok_facade::Ngrok::new(config.clone()))?;
    let path = config.config_path()?;
    let text = format!("{what} saved to {}", path.display());
    inspect::done(
        context.output,
        &text,
        Value::from_iter([("saved_to", json!(path))]),
    )
}
