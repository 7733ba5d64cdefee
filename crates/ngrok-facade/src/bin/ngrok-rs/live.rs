//! Captured requests as they come: one line each, when they have their response.

use std::time::{Duration, Instant};

use ngrok_facade::localapi::{CapturedRequest, Client};
use serde_json::{Value, json};

use crate::output::{Output, with};
use crate::text::{self, Colour};

/// How often a request under way is asked for.
const PAUSE: Duration = Duration::from_millis(100);
/// After this long without a response, a request is shown without one.
const PATIENCE: Duration = Duration::from_secs(30);
/// More requests under way than this are not asked for one by one.
const MOST: usize = 64;

/// The width of the column for paths, where there is room.
const PATH: usize = 44;
/// The least of it, in a narrow terminal.
const LEAST_PATH: usize = 12;
/// The width of the method, status and duration with what separates them.
const REST: usize = 8 + 1 + 26 + 1 + 9;

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

/// Returns one line for a person.
pub(crate) fn line(output: Output, request: &CapturedRequest) -> String {
    line_beside(output, request, 0)
}

/// Returns one line for a person, to stand beside `taken` other columns.
pub(crate) fn line_beside(output: Output, request: &CapturedRequest, taken: usize) -> String {
    let asked = &request.request;
    let target = text::one_line(&asked.uri);
    let method = text::shortened(&text::one_line(&asked.method), 7);
    let room = output.width().map(|width| {
        let fixed = REST + taken + if request.is_replay() { 10 } else { 0 };
        width.saturating_sub(fixed).clamp(LEAST_PATH, PATH)
    });
    let (target, path) = match room {
        Some(room) => (text::shortened(&target, room), room),
        None => (target, PATH),
    };
    let Some(response) = &request.response else {
        return format!(
            "{method:<7} {target:<path$} {}",
            output.paint(Colour::Dim, "no response")
        );
    };
    let colour = status_colour(response.status_code);
    let status = text::shortened(&text::one_line(&response.status), 26);
    let status = output.paint(colour, format!("{status:<26}"));
    let replayed = if request.is_replay() {
        output.paint(Colour::Dim, "  replayed")
    } else {
        String::new()
    };
    format!(
        "{method:<7} {target:<path$} {status} {:>9}{replayed}",
        text::milliseconds(request.duration)
    )
}

/// Returns the colour of a status: the same everywhere.
pub(crate) fn status_colour(status: u16) -> Colour {
    match status {
        0..300 => Colour::Green,
        300..400 => Colour::Dim,
        400..500 => Colour::Yellow,
        _ => Colour::Red,
    }
}

/// Returns one object for a script: what a line says, and all that the agent reports.
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
