//! `ngrok-rs install`, and the install that other commands need first.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ngrok_facade::installer::{
    Installer, InstallerBuilder, Outcome as Installed, Progress, Receipt, Source,
};

use crate::args::InstallArgs;
use crate::context::Context;
use crate::exit::Outcome;
use crate::output::{Output, is_dumb};

pub(crate) fn run(context: &Context, args: InstallArgs) -> Outcome {
    let (source, what) = match (args.url, args.archive, args.version) {
        (Some(url), _, _) => (Source::url(&url), format!("the agent from {url}")),
        (_, Some(archive), _) => {
            let what = format!("the agent from {}", archive.display());
            (Source::archive(archive), what)
        }
        (_, _, Some(version)) => {
            let what = format!("ngrok agent {version}");
            (Source::exact(version), what)
        }
        _ => (Source::stable(), STABLE.to_owned()),
    };
    let config = context.config()?;
    let mut builder = Installer::builder()
        .path(config.ngrok_path())
        .source(source)
        .force(args.force);
    if let Some(sha256) = args.sha256 {
        builder = builder.sha256(sha256);
    }
    if let Some(timeout) = args.timeout {
        builder = builder.timeout(timeout);
    }
    if let Some(retries) = args.retries {
        builder = builder.retries(retries);
    }
    let receipt = install(builder, context.output, &what)?;
    context.output.either(
        || receipt.to_json(),
        || {
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
        },
    )
}

const STABLE: &str = "the newest stable ngrok agent";

/// Downloads the agent if there is none, with a bar for the user who waits.
pub(crate) fn if_missing(output: Output, path: &Path) -> Outcome {
    if std::fs::symlink_metadata(path).is_err() {
        output.note(format!(
            "No agent at {}; downloading {STABLE}.",
            path.display()
        ));
        install(Installer::builder().path(path), output, STABLE)?;
    }
    Ok(())
}

/// Installs, and shows a bar meanwhile; without a known length, how much has come so far.
fn install(builder: InstallerBuilder, output: Output, what: &str) -> Outcome<Receipt> {
    if output.json || output.quiet || is_dumb() || !std::io::stderr().is_terminal() {
        return Ok(builder.build()?.install()?);
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(style(None));
    bar.set_message(what.to_owned());
    let shown = bar.clone();
    let builder = builder.on_progress(move |progress: Progress| {
        if progress.total.is_some() && progress.total != shown.length() {
            shown.set_style(style(progress.total));
            shown.set_length(progress.total.unwrap_or_default());
        }
        shown.set_position(progress.bytes);
        ControlFlow::Continue(())
    });
    let installed = builder.build()?.install();
    bar.finish_and_clear();
    Ok(installed?)
}

fn style(total: Option<u64>) -> ProgressStyle {
    let template = match total {
        Some(_) => "  {msg}\n  {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        None => "  {msg}\n  {bytes} {bytes_per_sec}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
