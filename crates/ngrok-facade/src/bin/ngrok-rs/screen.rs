//! The screen of `connect`, `http` and `run` on a terminal: what is open, how it fares, and the last requests.

mod details;
mod draw;
mod keys;
mod model;
mod terminal;

use std::io;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use crossterm::event::KeyEvent;
use ngrok_facade::localapi::{CapturedRequest, Client};
use ngrok_facade::{Event, Ngrok, Tunnel};

use crate::exit::{Failure, Outcome};
use crate::hold::Message;
use crate::output::{self, Output};
use crate::{status, threads, tools};
use keys::Action;
use model::Model;
use terminal::FullScreen;
pub(crate) use terminal::leave;

/// The smallest terminal that has room for it; below that, plain lines are printed.
const LEAST: (u16, u16) = (60, 12);
/// How often the counts are asked for.
const REFRESH: Duration = Duration::from_secs(1);

/// Whether this terminal can show the screen.
pub(crate) fn is_possible(output: Output) -> bool {
    if output.json || output.quiet || output.verbose || output::is_dumb() || !output.terminal {
        return false;
    }
    // Keys are read from the terminal, and notes must not be printed across it.
    let terminals =
        io::IsTerminal::is_terminal(&io::stdin()) && io::IsTerminal::is_terminal(&io::stderr());
    let size = terminal_size::terminal_size_of(io::stdout());
    terminals && size.is_some_and(|(width, height)| width.0 >= LEAST.0 && height.0 >= LEAST.1)
}

/// What the screen wants of the one who shows it.
#[derive(Debug, PartialEq)]
pub(crate) enum Flow {
    Stay,
    Quit,
}

pub(crate) struct Screen {
    model: Model,
    terminal: FullScreen,
    client: Client,
    tunnels: Vec<Tunnel>,
    refreshed: Option<Instant>,
    /// Whether there is something to draw.
    changed: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub(crate) fn open(
        ngrok: &Ngrok,
        tunnels: &[Tunnel],
        command: Option<String>,
        sender: &Sender<Message>,
    ) -> Outcome<Self> {
        let client = ngrok.local_api()?;
        let terminal = FullScreen::enter()
            .map_err(|error| Failure::Io("cannot draw on the terminal".to_owned(), error))?;
        let keys = sender.clone();
        threads::spawn("keys", move || terminal::read_keys(&keys))?;
        let mut model = Model::new(tunnels, client.url(), command);
        model.colours = output::wants_colour();
        Ok(Self {
            model,
            terminal,
            client,
            tunnels: tunnels.to_vec(),
            refreshed: None,
            changed: true,
        })
    }

    pub(crate) fn event(&mut self, event: &Event) {
        self.changed = true;
        self.model.event(event);
    }

    pub(crate) fn request(&mut self, request: &CapturedRequest) {
        self.changed = true;
        self.model.request(request.clone());
    }

    /// Takes a line that the command printed.
    pub(crate) fn command_said(&mut self, line: &str) {
        self.changed = true;
        self.model.said(line);
    }

    /// Draws anew, such as in another size.
    pub(crate) const fn changed(&mut self) {
        self.changed = true;
    }

    pub(crate) fn note(&mut self, note: &str) {
        self.changed = true;
        self.model.note(note);
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Flow {
        self.changed = true;
        match keys::apply(&mut self.model, key) {
            Action::None => {}
            Action::Quit => return Flow::Quit,
            Action::Copy => {
                let copied = tools::copy(&self.model.url());
                self.model.note(match &copied {
                    Ok(()) => "the URL is on the clipboard",
                    Err(why) => why,
                });
            }
            Action::Open => {
                let url = tools::inspect_url(self.client.url());
                if !tools::browse(&url) {
                    self.model
                        .note(&format!("no browser could be started: {url}"));
                }
            }
            Action::Replay(id) => {
                let replayed = self.client.requests().replay(&id);
                self.model.note(&match replayed {
                    Ok(()) => "replayed".to_owned(),
                    Err(error) => format!("not replayed: {error}"),
                });
            }
        }
        Flow::Stay
    }

    /// Asks for the counts if it is time, and draws.
    pub(crate) fn tick(&mut self) -> Outcome {
        if self.refreshed.is_none_or(|at| at.elapsed() >= REFRESH) {
            self.refresh();
            self.refreshed = Some(Instant::now());
        } else if !self.changed {
            return Ok(());
        }
        self.changed = false;
        let model = &mut self.model;
        self.terminal
            .draw(|frame| draw::frame(model, frame))
            .map_err(|error| Failure::Io("cannot draw on the terminal".to_owned(), error))
    }

    fn refresh(&mut self) {
        for tunnel in &mut self.tunnels {
            if let Ok(metrics) = tunnel.refresh_metrics().cloned() {
                self.model.metrics(tunnel.public_url(), metrics);
            }
        }
        if let Ok(status) = self.client.status() {
            self.model
                .session(&status.status, &status::legs(&status.session));
        }
    }
}
