//! What the screen shows, without how it is drawn.

use std::collections::VecDeque;

use ngrok_facade::localapi::{CapturedRequest, Metrics};
use ngrok_facade::process::AgentEvent;
use ngrok_facade::{Event, Tunnel};

use crate::text;

/// The most requests that are kept.
const REQUESTS: usize = 500;
/// The most lines of the command that are kept.
const LINES: usize = 200;

/// One endpoint.
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) upstream: String,
    pub(super) metrics: Metrics,
}

/// Where what is typed goes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Mode {
    #[default]
    List,
    /// The filter is being typed.
    Filter,
    /// One request, from this line on.
    Details(usize),
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) inspect: String,
    pub(super) session: String,
    pub(super) legs: String,
    /// Why the session is not up, or that nothing listens.
    pub(super) warning: Option<String>,
    pub(super) note: Option<String>,
    /// Newest first.
    requests: VecDeque<CapturedRequest>,
    pub(super) filter: String,
    /// The selected request, by its id: new ones do not move the selection.
    selected: Option<String>,
    pub(super) mode: Mode,
    /// The command that runs, and what it printed last.
    pub(super) command: Option<String>,
    pub(super) said: VecDeque<String>,
    pub(super) colours: bool,
}

impl Model {
    pub(super) fn new(tunnels: &[Tunnel], api_url: &str, command: Option<String>) -> Self {
        Self {
            endpoints: tunnels.iter().map(endpoint).collect(),
            inspect: api_url.to_owned(),
            session: "online".to_owned(),
            command,
            ..Self::default()
        }
    }

    /// Returns the public URL of the first endpoint.
    pub(super) fn url(&self) -> String {
        self.endpoints
            .first()
            .map(|it| it.url.clone())
            .unwrap_or_default()
    }

    pub(super) fn metrics(&mut self, url: &str, metrics: Metrics) {
        if let Some(endpoint) = self.endpoints.iter_mut().find(|it| it.url == url) {
            endpoint.metrics = metrics;
        }
    }

    pub(super) fn session(&mut self, status: &str, legs: &str) {
        self.session = text::one_line(status);
        self.legs = text::one_line(legs);
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Agent(AgentEvent::SessionLost { error }) => {
                "reconnecting".clone_into(&mut self.session);
                let why = error.as_deref().unwrap_or("the session was lost");
                self.warning = Some(text::one_line(why));
            }
            Event::Agent(AgentEvent::SessionUp) => {
                "online".clone_into(&mut self.session);
                self.warning = None;
            }
            Event::Upstream(finding) => self.warning = Some(text::one_line(&finding.to_string())),
            _ => {}
        }
    }

    /// Takes a request in, or what has become of a known one.
    pub(super) fn request(&mut self, request: CapturedRequest) {
        // Whoever answers, listens: 502 is the agent's own answer where nothing does.
        if request
            .response
            .as_ref()
            .is_some_and(|it| it.status_code != 502)
        {
            self.warning = None;
        }
        if let Some(known) = self.requests.iter_mut().find(|it| it.id == request.id) {
            *known = request;
            return;
        }
        self.requests.push_front(request);
        self.requests.truncate(REQUESTS);
    }

    pub(super) fn said(&mut self, line: &str) {
        self.said.push_back(text::one_line(line));
        while self.said.len() > LINES {
            self.said.pop_front();
        }
    }

    pub(super) fn note(&mut self, note: &str) {
        self.note = Some(text::one_line(note));
    }

    /// Returns the requests that the filter lets through, newest first.
    pub(super) fn shown(&self) -> Vec<&CapturedRequest> {
        self.requests
            .iter()
            .filter(|request| self.matches(request))
            .collect()
    }

    /// Whether method, path or status hold what the filter says.
    fn matches(&self, request: &CapturedRequest) -> bool {
        let wanted = self.filter.to_lowercase();
        let status = request
            .response
            .as_ref()
            .map(|it| it.status.as_str())
            .unwrap_or_default();
        let asked = &request.request;
        format!("{} {} {status}", asked.method, asked.uri)
            .to_lowercase()
            .contains(&wanted)
    }

    /// Returns the place of the selected request among those shown.
    pub(super) fn place(&self) -> Option<usize> {
        let selected = self.selected.as_deref()?;
        self.shown()
            .iter()
            .position(|request| request.id == selected)
    }

    pub(super) fn selected(&self) -> Option<&CapturedRequest> {
        self.place()
            .and_then(|place| self.shown().get(place).copied())
    }

    /// Moves the selection by so many requests; without one, the newest is selected.
    pub(super) fn select(&mut self, by: isize) {
        let shown = self.shown();
        let last = shown.len().saturating_sub(1);
        let place = match self.place() {
            Some(place) => place.saturating_add_signed(by).min(last),
            None => 0,
        };
        self.selected = shown.get(place).map(|request| request.id.clone());
    }
}

fn endpoint(tunnel: &Tunnel) -> Endpoint {
    Endpoint {
        url: text::one_line(tunnel.public_url()),
        upstream: text::one_line(tunnel.upstream_url().unwrap_or("?")),
        metrics: tunnel.metrics().cloned().unwrap_or_default(),
    }
}
