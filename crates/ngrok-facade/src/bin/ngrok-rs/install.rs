//! `ngrok-rs install`, and the install that other commands need first.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ArgMatches;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ngrok_facade::installer::{
    Installer, InstallerBuilder, Outcome as Installed, Progress, Source,
};

use crate::context::Context;
use crate::exit::Outcome;
use crate::output::Output;

pub(crate) fn run(context: &Context, matches: &ArgMatches) -> Outcome {
    let text = |name| matches.get_one::<String>(name).cloned();
    let source = match (
        text("url"),
        matches.get_one::<PathBuf>("archive"),
        text("version"),
    ) {
        (Some(url), _, _) => Source::url(url),
        (_, Some(archive), _) => Source::archive(archive),
        (_, _, Some(version)) => Source::exact(version),
        _ => Source::stable(),
    };
    let config = context.config()?;
    let mut builder = Installer::builder()
        .path(config.ngrok_path())
        .source(source)
        .force(matches.get_flag("force"));
    if let Some(sha256) = text("sha256") {
        builder = builder.sha256(sha256);
    }
    if let Some(timeout) = matches.get_one::<Duration>("timeout") {
        builder = builder.timeout(*timeout);
    }
    if let Some(retries) = matches.get_one::<u32>("retries") {
        builder = builder.retries(*retries);
    }
    let receipt = with_progress(builder, context.output).build()?.install()?;
    let object = || receipt.to_json();
    context.output.either(object, || {
        let verb = if receipt.outcome == Installed::AlreadyPresent {
            "is installed at"
        } else {
            "installed to"
        };
        let version = receipt
            .agent_version
            .as_deref()
            .map(|it| format!(" {it}"))
            .unwrap_or_default();
        format!("ngrok agent{version} {verb} {}", receipt.path.display())
    })
}

/// Downloads the agent if there is none, with a bar for whoever watches.
pub(crate) fn if_missing(output: Output, path: &Path) -> Outcome {
    if std::fs::symlink_metadata(path).is_err() {
        output.note(format!("No agent at {}; downloading it.", path.display()));
        with_progress(Installer::builder().path(path), output)
            .build()?
            .install()?;
    }
    Ok(())
}

fn with_progress(builder: InstallerBuilder, output: Output) -> InstallerBuilder {
    if output.json || output.quiet || !std::io::stderr().is_terminal() {
        return builder;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template("  {bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
    {
        bar.set_style(style);
    }
    builder.on_progress(move |progress: Progress| {
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_position(progress.bytes);
        if progress.total == Some(progress.bytes) {
            bar.finish_and_clear();
        }
        ControlFlow::Continue(())
    })
}
