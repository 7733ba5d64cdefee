//! `ngrok-rs agent`, `version` and `update`: the agent itself.

use std::ffi::OsString;

use serde_json::json;

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::install;

/// Becomes the agent, so that stdin, stdout, signals and exit status are its own.
pub(crate) fn run(context: &Context, args: Vec<OsString>) -> Outcome {
    let config = context.config()?;
    let path = config.ngrok_path();
    install::if_missing(context.output, path)?;
    become_agent(path, args)
}

#[cfg(unix)]
fn become_agent(path: &std::path::Path, args: Vec<OsString>) -> Outcome {
    use std::os::unix::process::CommandExt;
    let error = std::process::Command::new(path).args(args).exec();
    Err(Failure::Io(
        format!("{} cannot be run", path.display()),
        error,
    ))
}

/// Ctrl-C reaches the agent by the console they share; here it only must not end the one who waits. If this program is
/// ended, the job that the agent is in ends the agent.
#[cfg(not(unix))]
fn become_agent(path: &std::path::Path, args: Vec<OsString>) -> Outcome {
    let (ignored, _nobody) = std::sync::mpsc::channel();
    let _ = crate::signals::forward(ignored, |_| (), || ());
    let status = ngrok_facade::process::run_process(path, args)?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Status(
            code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        )),
    }
}

/// Prints the versions. Nothing is installed for it.
pub(crate) fn version(context: &Context) -> Outcome {
    let own = env!("CARGO_PKG_VERSION");
    let agent = installed_version(context)?;
    context.output.either(
        || json!({"agent": agent, "ngrok_rs": own}),
        || match &agent {
            Some(agent) => format!("ngrok agent {agent}\nngrok-rs    {own}"),
            None => {
                format!("ngrok-rs    {own}\nno agent is installed; `ngrok-rs install` installs it")
            }
        },
    )
}

/// Returns the version of the installed agent; `None` if there is none.
fn installed_version(context: &Context) -> Outcome<Option<String>> {
    let config = context.config()?;
    if std::fs::symlink_metadata(config.ngrok_path()).is_err() {
        return Ok(None);
    }
    let version =
        ngrok_facade::process::version(config.ngrok_path()).map_err(ngrok_facade::Error::from)?;
    Ok(Some(version))
}

/// Prints `--version`: one line, or with `--verbose` all that a bug report needs.
pub(crate) fn own_version(context: &Context) -> Outcome {
    let output = context.output;
    let own = env!("CARGO_PKG_VERSION");
    let short = format!("ngrok-rs {own}");
    if !output.verbose {
        return output.either(|| json!({"ngrok_rs": own}), || short);
    }
    let config = context.config()?;
    let file = config.config_path().ok();
    let agent = match installed_version(context) {
        Ok(Some(version)) => version,
        Ok(None) => "not installed".to_owned(),
        Err(_) => "cannot be run".to_owned(),
    };
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    output.either(
        || {
            json!({
                "ngrok_rs": own,
                "system": system,
                "agent": agent,
                "ngrok_path": config.ngrok_path(),
                "config": file,
            })
        },
        || {
            let shown = file.as_deref().map_or("none".into(), std::path::Path::to_string_lossy);
            format!(
                "{short}\nsystem      {system}\nagent       {agent}\nngrok_path  {}\nconfig      {shown}",
                config.ngrok_path().display(),
            )
        },
    )
}

pub(crate) fn update(context: &Context) -> Outcome {
    install::if_missing(context.output, context.config()?.ngrok_path())?;
    let said = context.ngrok()?.update()?;
    context
        .output
        .either(|| json!({"output": said}), || said.trim_end().to_owned())
}
