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
    let _ = crate::signals::forward(ignored, || (), || ());
    let status = ngrok_facade::process::run_process(path, args)?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Status(
            code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        )),
    }
}

pub(crate) fn version(context: &Context) -> Outcome {
    let (agent, own) = context.ngrok()?.version()?;
    context.output.either(
        || json!({"agent": agent, "ngrok_rs": own}),
        || format!("ngrok agent {agent}\nngrok-rs    {own}"),
    )
}

pub(crate) fn update(context: &Context) -> Outcome {
    let said = context.ngrok()?.update()?;
    context
        .output
        .either(|| json!({"output": said}), || said.trim_end().to_owned())
}
