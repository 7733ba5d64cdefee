//! `ngrok-rs tunnels` and `clear`, which ask a running agent.

use ngrok_facade::{ConfigVersion, Error, Ngrok, Tunnel};
use serde_json::json;

use crate::announce::is_made_up;
use crate::args::ApiUrl;
use crate::connect;
use crate::context::Context;
use crate::exit::Outcome;
use crate::output::{Output, with};

pub(crate) fn tunnels(context: &Context, agent: &ApiUrl) -> Outcome {
    let output = context.output;
    let tunnels = all_tunnels(context, &context.attached(agent)?)?;
    for tunnel in &tunnels {
        output.either(
            || {
                with(
                    connect::object(tunnel),
                    json!({"metrics": tunnel.data().get("metrics")}),
                )
            },
            || line(output, tunnel),
        )?;
    }
    if tunnels.is_empty() {
        output.note("no tunnels");
    }
    Ok(())
}

fn line(output: Output, tunnel: &Tunnel) -> String {
    let line = format!(
        "{}  ->  {}",
        tunnel.public_url(),
        tunnel.upstream_url().unwrap_or("?")
    );
    let name = tunnel.name();
    // A made-up name is long and says nothing, but a script that reads lines may want it.
    if output.terminal && is_made_up(name) {
        line
    } else {
        format!("{name:<20} {line}")
    }
}

/// Returns what the agent has open, of the version that was asked for, else of both: it may be another program's.
pub(crate) fn all_tunnels(context: &Context, ngrok: &Ngrok) -> Outcome<Vec<Tunnel>> {
    let versions = match context.config_version() {
        Some(version) => vec![version],
        // Tunnels first: they are listed with their metrics.
        None => vec![ConfigVersion::V2, ConfigVersion::V3],
    };
    let mut all: Vec<Tunnel> = Vec::new();
    for version in versions {
        let config = ngrok
            .config()
            .to_builder()
            .config_version(version)
            .build()?;
        let tunnels = match Ngrok::attach(config, ngrok.api_url()?).tunnels() {
            Err(Error::EndpointsMissing { .. }) if context.config_version().is_none() => continue,
            other => other?,
        };
        for tunnel in tunnels {
            if !all.iter().any(|it| it.public_url() == tunnel.public_url()) {
                all.push(tunnel);
            }
        }
    }
    Ok(all)
}

pub(crate) fn clear(context: &Context, agent: &ApiUrl) -> Outcome {
    context.attached(agent)?.clear_requests()?;
    context.output.done("cleared", &json!({"cleared": true}))
}
