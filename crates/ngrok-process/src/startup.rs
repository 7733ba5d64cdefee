//! What the agent's lines so far say: a pure fold, fed by the readers and, in tests, by captured logs.

use crate::failure::offline;
use crate::reason::Reason;
use crate::{AgentEvent, ErrorCode, Level, LogLine};

/// Text beside the log that is kept for the error of an agent that ends; of more, the newest is kept.
const OUTPUT_CAP: usize = 64 * 1024;

/// The state of an agent as far as its output tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct StartupState {
    web_addr: Option<String>,
    client_session: bool,
    tunnel_session: bool,
    was_up: bool,
    fatal: Option<String>,
    last_error: Option<String>,
    refused: bool,
    remote_stop: bool,
    retry_error: Option<String>,
    code: Option<ErrorCode>,
    output: String,
    reason: Reason,
    printed: bool,
}

impl StartupState {
    /// Takes one line in and tells what it means, if it means something to the owner.
    pub(crate) fn feed(&mut self, line: &LogLine) -> Option<AgentEvent> {
        self.printed = true;
        if !line.is_log() {
            self.keep_output(line.raw());
            return None;
        }
        let event = match line.msg().unwrap_or_default() {
            "starting web service" => self.web_service(line),
            "client session established" => self.session(Session::Client),
            "tunnel session started" => self.session(Session::Tunnel),
            "session closed, starting reconnect loop"
            | "heartbeat timeout, terminating session" => self.session_lost(line),
            "received remote stop" => {
                self.remote_stop = true;
                None
            }
            "started tunnel" => Some(AgentEvent::TunnelStarted {
                name: line.get("name").unwrap_or_default().to_owned(),
                url: line.get("url").unwrap_or_default().to_owned(),
            }),
            _ => None,
        };
        if line.level() >= Level::Warning {
            self.trouble(line);
            return event.or_else(|| Some(AgentEvent::Warning(line.clone())));
        }
        event
    }

    fn web_service(&mut self, line: &LogLine) -> Option<AgentEvent> {
        let addr = line.addr()?.to_owned();
        self.web_addr = Some(addr.clone());
        Some(AgentEvent::WebService { addr })
    }

    fn session(&mut self, half: Session) -> Option<AgentEvent> {
        let before = self.session_is_up();
        match half {
            Session::Client => self.client_session = true,
            Session::Tunnel => self.tunnel_session = true,
        }
        let came_up = !before && self.session_is_up();
        if came_up {
            self.was_up = true;
            // Whatever stood in the way does so no more.
            self.retry_error = None;
            self.refused = false;
            self.code = None;
            self.reason.clear();
        }
        came_up.then_some(AgentEvent::SessionUp)
    }

    fn session_lost(&mut self, line: &LogLine) -> Option<AgentEvent> {
        let was_up = self.session_is_up();
        self.client_session = false;
        self.tunnel_session = false;
        was_up.then(|| AgentEvent::SessionLost {
            // A missed heartbeat is told by the message alone.
            error: line.err().or(line.msg()).map(str::to_owned),
        })
    }

    fn trouble(&mut self, line: &LogLine) {
        if line.level() == Level::Warning {
            return;
        }
        let Some(error) = line.err() else { return };
        let message = line.msg().unwrap_or_default();
        // An agent that closes its session because of an error, or says that it ends, is not going to get over it.
        let is_fatal = line.level() == Level::Critical
            || message == "session closing"
            || message.contains("terminating with error");
        self.last_error = Some(error.to_owned());
        if self.session_is_up() && !is_fatal {
            // A tunnel that cannot be opened, say: no agent ends of that, now or in weeks.
            return;
        }
        self.code = ErrorCode::find(error).or_else(|| self.code.take());
        match message {
            // What the agent tries once ngrok's name does not resolve hides why that is so.
            "failed to reconnect session"
                if self.retry_error.is_some() && offline::is_fallback(error) => {}
            "failed to reconnect session" => self.retry_error = Some(error.to_owned()),
            "failed to auth" => self.refused = true,
            _ => {}
        }
        if is_fatal && self.fatal.is_none() {
            self.fatal = Some(error.to_owned());
        }
    }

    fn keep_output(&mut self, text: &str) {
        self.reason.feed(text);
        self.output.push_str(text);
        self.output.push('\n');
        if self.output.len() > 2 * OUTPUT_CAP {
            // Cut seldom, and at the end of a line.
            let surplus = self.output.len() - OUTPUT_CAP;
            let rest = self.output.as_bytes().get(surplus..).unwrap_or_default();
            let line = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            self.output
                .drain(..(surplus + line + 1).min(self.output.len()));
        }
        self.code = ErrorCode::find(text).or_else(|| self.code.take());
    }

    /// Where the web service listens, as logged.
    pub(crate) fn web_addr(&self) -> Option<&str> {
        self.web_addr.as_deref()
    }

    /// The URL of the local API: the logged address, made one that can be called.
    pub(crate) fn api_url(&self) -> Option<String> {
        self.web_addr().map(api_url)
    }

    /// The agent listens on a port that it does not tell: 2.x logs `:0` when told to take any.
    pub(crate) fn port_is_unknown(&self) -> bool {
        self.web_addr().is_some_and(|addr| addr.ends_with(":0"))
    }

    /// Both halves of the session are there now.
    pub(crate) fn session_is_up(&self) -> bool {
        self.client_session && self.tunnel_session
    }

    /// The log says all that is needed; whether the API answers is not in the log.
    pub(crate) fn is_ready(&self, web_service_only: bool) -> bool {
        self.web_addr.is_some() && (web_service_only || self.session_is_up())
    }

    /// The session was there at some time.
    pub(crate) fn was_up(&self) -> bool {
        self.was_up
    }

    /// The agent printed anything at all.
    pub(crate) fn has_printed(&self) -> bool {
        self.printed
    }

    /// ngrok's service refused the credential, or what it was used for.
    pub(crate) fn was_refused(&self) -> bool {
        self.refused
    }

    /// Someone stopped it from the dashboard or by the cloud API.
    pub(crate) fn was_stopped_remotely(&self) -> bool {
        self.remote_stop
    }

    /// The error of the first fatal line, else of the last error line.
    pub(crate) fn agent_error(&self) -> Option<&str> {
        self.fatal.as_deref().or(self.last_error.as_deref())
    }

    /// Why an agent that has ended now did so: as [`agent_error`](Self::agent_error), but what it logged while it had a
    /// session, or before, explains nothing.
    pub(crate) fn end_error(&self) -> Option<&str> {
        let last = self.last_error.as_deref();
        self.fatal
            .as_deref()
            .or(last.filter(|_| !self.session_is_up()))
    }

    /// Why the agent still tries to get its session, while it tries.
    pub(crate) fn retry_error(&self) -> Option<&str> {
        self.retry_error.as_deref()
    }

    /// ngrok's code in the last line that had one and that the session has not outlived.
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        self.code.clone()
    }

    /// What the text on either stream gives as the reason of an end.
    pub(crate) fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The newest text on either stream that was no log line.
    pub(crate) fn output(&self) -> &str {
        &self.output
    }
}

#[derive(Clone, Copy)]
enum Session {
    Client,
    Tunnel,
}

/// An address that listens everywhere is called on the loopback interface.
fn api_url(addr: &str) -> String {
    let (host, port) = addr.rsplit_once(':').unwrap_or((addr, "4040"));
    let host = match host {
        "" | "0.0.0.0" | "*" => "127.0.0.1",
        "[::]" | "::" => "[::1]",
        host => host,
    };
    format!("http://{host}:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(lines: &str) -> (StartupState, Vec<AgentEvent>) {
        let mut state = StartupState::default();
        let events = lines
            .lines()
            .filter_map(|line| state.feed(&LogLine::parse(line)));
        let events = events.collect();
        (state, events)
    }

    #[test]
    fn ready_needs_an_address_and_both_halves_of_the_session_in_any_order() {
        let web = "lvl=info msg=\"starting web service\" obj=web addr=127.0.0.1:4040";
        let client = "lvl=info msg=\"client session established\" obj=csess";
        let tunnel = "lvl=info msg=\"tunnel session started\" obj=tunnels.session";
        for (lines, ready, web_only) in [
            (vec![], false, false),
            (vec![web], false, true),
            (vec![client, tunnel], false, false),
            (vec![web, client], false, true),
            (vec![web, tunnel], false, true),
            (vec![web, client, tunnel], true, true),
            (vec![tunnel, client, web], true, true),
        ] {
            let (state, _) = fold(&lines.join("\n"));
            assert_eq!(state.is_ready(false), ready, "{lines:?}");
            assert_eq!(state.is_ready(true), web_only, "{lines:?}");
        }
    }

    #[test]
    fn addresses_become_urls_that_can_be_called() {
        for (addr, url) in [
            ("127.0.0.1:4040", "http://127.0.0.1:4040"),
            ("localhost:4149", "http://localhost:4149"),
            ("0.0.0.0:4040", "http://127.0.0.1:4040"),
            (":4040", "http://127.0.0.1:4040"),
            ("[::]:4040", "http://[::1]:4040"),
            ("[::1]:4041", "http://[::1]:4041"),
        ] {
            assert_eq!(api_url(addr), url);
        }
    }

    #[test]
    fn text_beside_the_log_is_kept_and_capped() {
        let (state, events) = fold("\nERROR:  bad\nERROR:  ERR_NGROK_4018");
        assert_eq!(state.output(), "\nERROR:  bad\nERROR:  ERR_NGROK_4018\n");
        assert_eq!(state.code().and_then(|code| code.number()), Some(4018));
        assert!(events.is_empty());
        let many = format!("{}\n", "x".repeat(99)).repeat(10_000);
        let (state, _) = fold(&(many + "the newest"));
        assert!(state.output().len() <= 2 * OUTPUT_CAP);
        assert!(state.output().ends_with("the newest\n"));
    }
}
