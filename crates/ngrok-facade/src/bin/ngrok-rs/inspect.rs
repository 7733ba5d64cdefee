//! Commands that ask a running agent, and never start one.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use clap::ArgMatches;
use ngrok_facade::localapi::{CapturedRequest, Client, Har, Watched};
use ngrok_facade::{ConfigVersion, Error, Ngrok};
use serde_json::{Value, json};

use crate::connect;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::live::{self, UnderWay};
use crate::output::{Output, with};
use crate::signals;

pub(crate) fn status(context: &Context, matches: &ArgMatches) -> Outcome {
    let ngrok = context.attached(matches)?;
    let status = ngrok.agent_status()?;
    let api_url = ngrok.api_url()?;
    context.output.either(
        || {
            with(
                serde_json::to_value(&status).unwrap_or_default(),
                json!({"api_url": api_url}),
            )
        },
        || {
            format!(
                "{}  agent {}  {api_url}",
                status.status, status.agent_version
            )
        },
    )
}

pub(crate) fn tunnels(context: &Context, matches: &ArgMatches) -> Outcome {
    let ngrok = context.attached(matches)?;
    // Somebody else's agent may hold both kinds, whatever our config file says.
    let versions = match context.config_version() {
        Some(version) => vec![version],
        None => vec![ConfigVersion::V3, ConfigVersion::V2],
    };
    let mut shown: Vec<String> = Vec::new();
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
            if shown.iter().any(|url| url == tunnel.public_url()) {
                continue;
            }
            shown.push(tunnel.public_url().to_owned());
            context.output.either(
                || {
                    with(
                        connect::object(&tunnel),
                        json!({"metrics": tunnel.data().get("metrics")}),
                    )
                },
                || {
                    format!(
                        "{:<32} {}  ->  {}",
                        tunnel.name(),
                        tunnel.public_url(),
                        tunnel.upstream_url().unwrap_or("?")
                    )
                },
            )?;
        }
    }
    if shown.is_empty() {
        context.output.note("no tunnels");
    }
    Ok(())
}

pub(crate) fn requests(context: &Context, matches: &ArgMatches) -> Outcome {
    let output = context.output;
    let client = context.attached(matches)?.local_api()?;
    let tunnel = matches.get_one::<String>("tunnel").map(String::as_str);
    let limit = matches.get_one::<u32>("limit").copied();
    if matches.get_flag("follow") {
        return follow(output, &client, tunnel, limit);
    }
    let mut query = client.requests();
    if let Some(tunnel) = tunnel {
        query = query.tunnel(tunnel);
    }
    if let Some(limit) = limit {
        query = query.limit(limit);
    }
    let requests = query.list()?;
    if matches.get_flag("har") {
        let har = Har::new().export(&requests);
        return output.line(if output.json {
            har.to_string()
        } else {
            format!("{har:#}")
        });
    }
    for request in &requests {
        show(output, request)?;
    }
    if requests.is_empty() {
        output.note("no requests");
    }
    Ok(())
}

/// Prints each new request once it has its response, until a signal comes or the limit is reached.
fn follow(output: Output, client: &Client, tunnel: Option<&str>, limit: Option<u32>) -> Outcome {
    let (sender, seen) = channel();
    signals::forward(sender.clone(), || None, || ())
        .map_err(|error| Failure::Io("cannot watch for signals".to_owned(), error))?;
    let mut query = client.requests();
    if let Some(tunnel) = tunnel {
        query = query.tunnel(tunnel);
    }
    let watch = query.watch()?;
    thread::spawn(move || {
        watch
            .into_iter()
            .all(|item| sender.send(Some(item)).is_ok())
    });
    let mut under_way = UnderWay::new(client.clone());
    let mut left = limit.unwrap_or(u32::MAX);
    let mut show = |request: &CapturedRequest| {
        left = left.saturating_sub(1);
        show(output, request).map(|()| left > 0)
    };
    loop {
        let item = match under_way.pause() {
            Some(pause) => seen.recv_timeout(pause),
            None => seen.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let mut ready = under_way.done();
        match item {
            Ok(Some(Ok(Watched::Request(request)))) => ready.extend(under_way.add(*request)),
            Ok(Some(Ok(_))) => output.note("some requests were missed"),
            // The agent was there a moment ago, so this is its end.
            Ok(Some(Err(error))) if !error.is_timeout() => return Err(error.into()),
            Ok(Some(Err(_))) | Err(RecvTimeoutError::Timeout) => {}
            Ok(None) | Err(RecvTimeoutError::Disconnected) => {
                for request in &under_way.rest() {
                    show(request)?;
                }
                return Ok(());
            }
        }
        for request in &ready {
            if !show(request)? {
                return Ok(());
            }
        }
    }
}

pub(crate) fn request(context: &Context, matches: &ArgMatches) -> Outcome {
    let request = context.attached(matches)?.request(id(matches))?;
    context
        .output
        .either(|| live::object(&request), || page(&request))
}

pub(crate) fn replay(context: &Context, matches: &ArgMatches) -> Outcome {
    let tunnel = matches.get_one::<String>("tunnel").map(String::as_str);
    context.attached(matches)?.replay(id(matches), tunnel)?;
    done(context.output, "replayed", json!({"replayed": id(matches)}))
}

pub(crate) fn clear(context: &Context, matches: &ArgMatches) -> Outcome {
    context.attached(matches)?.clear_requests()?;
    done(context.output, "cleared", json!({"cleared": true}))
}

fn id(matches: &ArgMatches) -> &str {
    matches
        .get_one::<String>("id")
        .map(String::as_str)
        .unwrap_or_default()
}

fn show(output: Output, request: &CapturedRequest) -> Outcome {
    // The id is what `request` and `replay` take.
    output.either(
        || live::object(request),
        || format!("{}  {}", request.id, live::line(output, request)),
    )
}

/// Success that has nothing to show.
pub(crate) fn done(output: Output, text: &str, object: Value) -> Outcome {
    if output.json {
        return output.object(&object);
    }
    output.note(text);
    Ok(())
}

/// The two messages of a request, as text.
fn page(request: &CapturedRequest) -> String {
    let mut page = String::new();
    let asked = &request.request;
    page.push_str(&format!("{} {} {}\n", asked.method, asked.uri, asked.proto));
    push_message(
        &mut page,
        asked.headers.iter(),
        asked.body().ok().map(|body| body.text().into_owned()),
    );
    match &request.response {
        Some(response) => {
            page.push_str(&format!("\n{} {}\n", response.proto, response.status));
            push_message(
                &mut page,
                response.headers.iter(),
                response.body().ok().map(|body| body.text().into_owned()),
            );
        }
        None => page.push_str("\n(no response)\n"),
    }
    // What a visitor sent must not steer the terminal.
    page.trim_end()
        .chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

fn push_message<'a>(
    page: &mut String,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: Option<String>,
) {
    for (name, value) in headers {
        page.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(body) = body.filter(|body| !body.is_empty()) {
        page.push_str(&format!("\n{body}\n"));
    }
}
