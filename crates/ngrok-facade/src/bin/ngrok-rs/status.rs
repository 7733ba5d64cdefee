//! `ngrok-rs status`: an agent's session and versions, or all agents that `ngrok-rs` runs.

use ngrok_facade::{AgentStatus, Ngrok};
use serde_json::{Value, json};

use crate::args::StatusArgs;
use crate::context::Context;
use crate::exit::Outcome;
use crate::output::{Output, with};
use crate::state::{self, Entry};
use crate::text::{self, Colour};

pub(crate) fn run(context: &Context, args: &StatusArgs) -> Outcome {
    if args.all {
        return all(context);
    }
    let ngrok = context.attached(&args.agent)?;
    let status = ngrok.agent_status()?;
    let api_url = ngrok.api_url()?;
    let entry = state::live()
        .into_iter()
        .find(|entry| entry.api_url == api_url);
    context.output.either(
        || {
            with(
                serde_json::to_value(&status).unwrap_or_default(),
                json!({
                    "api_url": api_url,
                    "inspect_url": crate::tools::inspect_url(&api_url),
                    "ngrok_rs_version": env!("CARGO_PKG_VERSION"),
                    "pid": entry.as_ref().map(|entry| entry.pid),
                    "agent_pid": entry.as_ref().and_then(|entry| entry.agent_pid),
                }),
            )
        },
        || page(context.output, &status, &api_url, entry.as_ref()),
    )
}

fn page(output: Output, status: &AgentStatus, api_url: &str, entry: Option<&Entry>) -> String {
    let colour = if status.status == "online" {
        Colour::Green
    } else {
        Colour::Yellow
    };
    let mut lines = vec![
        format!("session    {}", output.paint(colour, &status.status)),
        format!("region     {}", legs(&status.session)),
        format!("agent      {}", status.agent_version),
        format!("ngrok-rs   {}", env!("CARGO_PKG_VERSION")),
        format!("local API  {api_url}"),
    ];
    if let Some(entry) = entry {
        let how = if entry.background {
            ", in the background"
        } else {
            ""
        };
        lines.push(format!("process    {}{how}", entry.pid));
        for tunnel in &entry.tunnels {
            let upstream = tunnel.upstream.as_deref().unwrap_or("?");
            lines.push(format!("endpoint   {} -> {upstream}", tunnel.public_url));
        }
    }
    lines.join("\n")
}

/// Returns the regions of a session with their latency, such as `eu 23 ms`.
pub(crate) fn legs(session: &Value) -> String {
    let legs = session.get("legs").and_then(Value::as_array);
    let shown: Vec<String> = legs.into_iter().flatten().map(leg).collect();
    if shown.is_empty() {
        return "unknown".to_owned();
    }
    shown.join(", ")
}

fn leg(leg: &Value) -> String {
    let region = leg.get("region").and_then(Value::as_str).unwrap_or("?");
    let latency = match leg.get("latency") {
        // Agents write a duration as text; nanoseconds are how they write durations elsewhere.
        Some(Value::String(latency)) => latency.clone(),
        Some(Value::Number(nanos)) => nanos.as_u64().map_or_else(String::new, |nanos| {
            text::milliseconds(std::time::Duration::from_nanos(nanos))
        }),
        _ => String::new(),
    };
    format!("{region} {latency}").trim_end().to_owned()
}

/// Every agent that `ngrok-rs` runs, one a line.
fn all(context: &Context) -> Outcome {
    let output = context.output;
    let entries = state::live();
    if entries.is_empty() {
        output.note("no agent that ngrok-rs started is running");
    }
    for entry in entries {
        // An agent that does not answer is listed all the same.
        let status = Ngrok::attach(context.config()?, &entry.api_url)
            .agent_status()
            .ok();
        let state = status.as_ref().map_or("no answer", |it| it.status.as_str());
        let object = || {
            with(
                serde_json::to_value(&entry).unwrap_or_default(),
                json!({
                    "status": state,
                    "agent_version": status.as_ref().map(|it| &it.agent_version),
                    "session": status.as_ref().map(|it| &it.session),
                }),
            )
        };
        let urls: Vec<&str> = entry
            .tunnels
            .iter()
            .map(|it| it.public_url.as_str())
            .collect();
        output.either(object, || {
            format!(
                "{:<8} {state:<10} {}  {}",
                entry.pid,
                entry.api_url,
                urls.join("  ")
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::legs;
    use serde_json::json;

    #[test]
    fn legs_have_a_region_and_perhaps_a_latency() {
        for (session, shown) in [
            (
                json!({"legs": [{"region": "eu", "latency": "23ms"}]}),
                "eu 23ms",
            ),
            (
                json!({"legs": [{"region": "us", "latency": 1_000_000}, {"region": "eu"}]}),
                "us 1.0 ms, eu",
            ),
            (json!({"legs": []}), "unknown"),
            (json!(null), "unknown"),
        ] {
            assert_eq!(legs(&session), shown);
        }
    }
}
