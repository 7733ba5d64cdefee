//! Captured requests as they come: one line each, when they have their response.

use std::time::{Duration, Instant};

use ngrok_facade::localapi::{CapturedRequest, Client};
use serde_json::{Value, json};

use crate::output::{Colour, Output, with};

/// How often a request under way is asked for.
const PAUSE: Duration = Duration::from_millis(100);
/// After this long without a response, a request is shown without one.
const PATIENCE: Duration = Duration::from_secs(30);
/// More requests under way than this are not asked for one by one.
const MOST: usize = 64;

/// The width of the column for paths.
const PATH: usize = 44;

/// Requests that were seen but have no response yet.
pub(crate) struct UnderWay {
    client: Client,
    waiting: Vec<(Instant, CapturedRequest)>,
}

impl UnderWay {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            waiting: Vec::new(),
        }
    }

    /// Takes a new request in: gives it back if it is ready to be shown.
    pub(crate) fn add(&mut self, request: CapturedRequest) -> Option<CapturedRequest> {
        if request.response.is_some() || self.waiting.len() >= MOST {
            return Some(request);
        }
        self.waiting.push((Instant::now(), request));
        None
    }

    /// How long the caller may wait for something else before it looks here again.
    pub(crate) fn pause(&self) -> Option<Duration> {
        (!self.waiting.is_empty()).then_some(PAUSE)
    }

    /// Those that have their response by now, or never will.
    pub(crate) fn done(&mut self) -> Vec<CapturedRequest> {
        let client = &self.client;
        let mut done = Vec::new();
        self.waiting.retain_mut(|(since, request)| {
            match client.requests().get(&request.id) {
                Ok(fresh) if fresh.response.is_some() => *request = fresh,
                // Dropped to make room, or the agent is gone: it will not get better.
                Err(error) if error.is_not_found() => {}
                _ if since.elapsed() < PATIENCE => return true,
                _ => {}
            }
            done.push(request.clone());
            false
        });
        done
    }

    /// What is still without a response, at the end.
    pub(crate) fn rest(self) -> Vec<CapturedRequest> {
        self.waiting
            .into_iter()
            .map(|(_, request)| request)
            .collect()
    }
}

/// One line for a person.
pub(crate) fn line(output: Output, request: &CapturedRequest) -> String {
    let asked = &request.request;
    let target: String = asked
        .uri
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    let target = if output.terminal {
        shortened(&target)
    } else {
        target
    };
    let Some(response) = &request.response else {
        return format!(
            "{:<7} {:<PATH$} {}",
            asked.method,
            target,
            output.paint(Colour::Dim, "no response")
        );
    };
    let colour = match response.status_code {
        0..300 => Colour::Green,
        300..400 => Colour::Dim,
        400..500 => Colour::Yellow,
        _ => Colour::Red,
    };
    let status = output.paint(colour, format!("{:<26}", response.status));
    let replayed = if request.is_replay() {
        output.paint(Colour::Dim, "  replayed")
    } else {
        String::new()
    };
    format!(
        "{:<7} {target:<PATH$} {status} {:>9}{replayed}",
        asked.method,
        milliseconds(request.duration)
    )
}

/// One object for a script: what a line says, and all that the agent tells.
pub(crate) fn object(request: &CapturedRequest) -> Value {
    with(
        serde_json::to_value(request).unwrap_or_default(),
        json!({
            "method": request.request.method,
            "path": request.request.uri,
            "status": request.response.as_ref().map(|it| it.status_code),
            "duration_ms": request.duration.as_secs_f64() * 1000.0,
        }),
    )
}

/// So much of a path that lines keep their columns; `requests --json` has it whole.
fn shortened(path: &str) -> String {
    if path.chars().count() <= PATH {
        return path.to_owned();
    }
    path.chars().take(PATH - 1).chain(['…']).collect()
}

fn milliseconds(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    match ms {
        0.0..10.0 => format!("{ms:.1} ms"),
        10.0..10_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1000.0),
    }
}
