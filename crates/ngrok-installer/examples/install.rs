//! Installs the agent, and prints the receipt as JSON.
//!
//! ```text
//! cargo run -p ngrok-installer --example install -- --archive ngrok-v3-stable-linux-amd64.tgz --path /opt/ngrok/ngrok
//! cargo run -p ngrok-installer --example install -- --pinned
//! ```

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example talks to a person"
)]

use std::error::Error;
use std::ops::ControlFlow;
use std::process::ExitCode;

use ngrok_installer::{Installer, Source};

const USAGE: &str =
    "usage: install [--archive FILE | --url URL | --version V | --mirror BASE | --pinned]
               [--path FILE] [--sha256 HEX] [--force]";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("install: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let mut builder = Installer::builder().on_progress(|progress| {
        eprintln!("{:?}: {} bytes", progress.stage, progress.bytes);
        ControlFlow::Continue(())
    });
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        builder = match arg.as_str() {
            "--archive" => builder.source(Source::archive(value()?)),
            "--url" => builder.source(Source::url(value()?)),
            "--version" => builder.source(Source::exact(value()?)),
            "--mirror" => builder.source(Source::mirror(value()?)),
            "--pinned" => builder.source(Source::pinned()),
            "--path" => builder.path(value()?),
            "--sha256" => builder.sha256(value()?),
            "--force" => builder.force(true),
            _ => return Err(format!("unknown option {arg}\n{USAGE}").into()),
        };
    }
    let receipt = builder.build()?.install()?;
    println!("{:#}", receipt.to_json());
    Ok(())
}
