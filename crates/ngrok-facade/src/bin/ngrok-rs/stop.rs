//! `ngrok-rs stop`: closes an endpoint, or ends what `ngrok-rs` runs.

use std::time::Duration;

use ngrok_facade::{Ngrok, Tunnel};
use serde_json::json;

use crate::args::{ApiUrl, StopArgs};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::inspect;
use crate::state::{self, Entry};

/// How long a process may take to end its agent.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run(context: &Context, args: &StopArgs) -> Outcome {
    let Some(of) = args.of.as_deref() else {
        return all(context);
    };
    if args.api_url.is_none() {
        for entry in state::live() {
            let ngrok = Ngrok::attach(context.config()?, &entry.api_url);
            if entry.api_url == of.trim_end_matches('/') {
                return end(context, &entry);
            }
            // An agent that does not answer cannot hold the endpoint that is meant, unless its process says so.
            let Ok(tunnels) = inspect::all_tunnels(context, &ngrok) else {
                if entry.has(of) {
                    return end(context, &entry);
                }
                continue;
            };
            if let Some(tunnel) = find(&tunnels, of) {
                // Its last endpoint takes the process along.
                if tunnels.len() == 1 {
                    return end(context, &entry);
                }
                return close(context, tunnel);
            }
        }
    }
    // Another program's agent.
    let ngrok = context.attached(&ApiUrl {
        api_url: args.api_url.clone(),
        allow_remote: false,
    })?;
    let missing = || {
        Failure::Failed(format!(
            "no endpoint has the name or URL `{of}`; `ngrok-rs tunnels` and `ngrok-rs status --all` list them"
        ))
    };
    match inspect::all_tunnels(context, &ngrok) {
        Ok(tunnels) => close(context, find(&tunnels, of).ok_or_else(missing)?),
        Err(_) if args.api_url.is_none() => Err(missing()),
        Err(failure) => Err(failure),
    }
}

fn find<'a>(tunnels: &'a [Tunnel], of: &str) -> Option<&'a Tunnel> {
    let url = of.trim_end_matches('/');
    tunnels
        .iter()
        .find(|tunnel| tunnel.name() == of || tunnel.public_url().trim_end_matches('/') == url)
}

fn close(context: &Context, tunnel: &Tunnel) -> Outcome {
    tunnel.disconnect()?;
    context.output.done(
        &format!("closed {}", tunnel.public_url()),
        &json!({"closed": tunnel.public_url(), "name": tunnel.name()}),
    )
}

fn all(context: &Context) -> Outcome {
    let entries = state::live();
    if entries.is_empty() {
        context
            .output
            .note("no agent that ngrok-rs started is running");
    }
    // All are asked before the first one is waited for.
    for entry in &entries {
        request(entry)?;
    }
    for entry in &entries {
        ended(context, entry)?;
    }
    Ok(())
}

fn end(context: &Context, entry: &Entry) -> Outcome {
    request(entry)?;
    ended(context, entry)
}

fn request(entry: &Entry) -> Outcome {
    entry
        .request_stop()
        .map_err(|error| Failure::Io(format!("cannot ask process {} to end", entry.pid), error))
}

fn ended(context: &Context, entry: &Entry) -> Outcome {
    if !entry.wait_gone(PATIENCE) {
        return Err(Failure::Failed(format!(
            "process {} did not end within {} s; end it by its id",
            entry.pid,
            PATIENCE.as_secs()
        )));
    }
    let urls: Vec<&str> = entry
        .tunnels
        .iter()
        .map(|it| it.public_url.as_str())
        .collect();
    context.output.done(
        &format!("stopped process {}: {}", entry.pid, urls.join(", ")),
        &json!({"stopped": entry.pid, "urls": urls}),
    )
}
