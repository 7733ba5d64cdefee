//! `ngrok-rs requests`, `request` and `replay`: the traffic that the agent captured.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use ngrok_facade::localapi::{CapturedRequest, Client, Har, Watched};
use serde_json::json;

use crate::args::{ApiUrl, ReplayArgs, RequestsArgs};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::live::{self, UnderWay};
use crate::output::{Output, with};
use crate::{page, report, signals, threads};

/// How long a replay waits for its response.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(context: &Context, args: &RequestsArgs) -> Outcome {
    if let Some(id) = &args.id {
        return one(context, &args.agent, id);
    }
    let output = context.output;
    let client = context.attached(&args.agent)?.local_api()?;
    if args.follow {
        return follow(output, &client, args.tunnel.as_deref(), args.limit);
    }
    let mut query = client.requests();
    if let Some(tunnel) = &args.tunnel {
        query = query.tunnel(tunnel);
    }
    if let Some(limit) = args.limit {
        query = query.limit(limit);
    }
    let requests = query.list()?;
    if args.har {
        let har = Har::new().export(&requests);
        return output.line(if output.json {
            har.to_string()
        } else {
            format!("{har:#}")
        });
    }
    if let Some(path) = &args.html {
        return html(output, &requests, path);
    }
    for request in &requests {
        show(output, request)?;
    }
    if requests.is_empty() {
        output.note("no requests");
    }
    Ok(())
}

fn html(output: Output, requests: &[CapturedRequest], path: &Path) -> Outcome {
    let page = report::html(requests);
    std::fs::write(path, page)
        .map_err(|error| Failure::Io(format!("cannot write {}", path.display()), error))?;
    output.done(
        &format!("{} requests written to {}", requests.len(), path.display()),
        &json!({"requests": requests.len(), "written_to": path}),
    )
}

/// Prints each new request once it has its response, until a signal comes or the limit is reached.
fn follow(output: Output, client: &Client, tunnel: Option<&str>, limit: Option<u32>) -> Outcome {
    let (sender, seen) = channel();
    signals::forward(sender.clone(), |_| None, || ())
        .map_err(|error| Failure::Io("cannot watch for signals".to_owned(), error))?;
    let mut query = client.requests();
    if let Some(tunnel) = tunnel {
        query = query.tunnel(tunnel);
    }
    let watch = query.watch()?;
    threads::spawn("requests", move || {
        for item in watch {
            if sender.send(Some(item)).is_err() {
                return;
            }
        }
    })?;
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

/// Prints one request with its headers and bodies.
pub(crate) fn one(context: &Context, agent: &ApiUrl, id: &str) -> Outcome {
    let request = context.attached(agent)?.request(id)?;
    let output = context.output;
    output.either(|| live::object(&request), || page::page(output, &request))
}

/// Sends a request again, and prints it with the new response.
pub(crate) fn replay(context: &Context, args: &ReplayArgs) -> Outcome {
    let output = context.output;
    let id = &args.request.id;
    let client = context.attached(&args.request.agent)?.local_api()?;
    let replayed = match &args.tunnel {
        None => client.requests().replay_and_wait(id, PATIENCE),
        Some(tunnel) => client.requests().replay_to_and_wait(id, tunnel, PATIENCE),
    };
    match replayed {
        Ok(request) => output.either(
            || with(live::object(&request), json!({"replayed": id})),
            || format!("{}  {}", request.id, live::line(output, &request)),
        ),
        // It was sent; that its response is not seen is no reason to send it again.
        Err(error) if error.is_timeout() => output.done(
            "replayed; no response was seen yet",
            &json!({"replayed": id, "status": null}),
        ),
        Err(error) => Err(error.into()),
    }
}

fn show(output: Output, request: &CapturedRequest) -> Outcome {
    // The id is what `requests ID` and `replay` take.
    output.either(
        || live::object(request),
        || {
            format!(
                "{}  {}",
                request.id,
                live::line_beside(output, request, request.id.chars().count() + 2)
            )
        },
    )
}
