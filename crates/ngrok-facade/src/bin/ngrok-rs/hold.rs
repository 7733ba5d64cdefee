//! Opens endpoints, keeps them open until a signal comes or the agent ends, and cleans up.

use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crossterm::event::KeyEvent;
use ngrok_facade::localapi::{CapturedRequest, Watched};
use ngrok_facade::process::AgentEvent;
use ngrok_facade::{Event, Ngrok, Tunnel};

use crate::args::HoldArgs;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::live::UnderWay;
use crate::output::Output;
use crate::run::{Command, Running};
use crate::screen::Flow;
use crate::state::{self, Entry, Opened, Registration};
use crate::view::View;
use crate::{announce, background, install, lines, screen, signals, threads};

/// How long the agent may take to end.
const GRACE: Duration = Duration::from_secs(3);

/// Opens endpoints, on a thread of its own.
pub(crate) type Open = Box<dyn FnOnce(&Ngrok) -> Outcome<Vec<Tunnel>> + Send>;

/// What is to be opened and held.
pub(crate) struct Plan {
    pub(crate) hold: HoldArgs,
    pub(crate) open: Open,
    /// A command that runs as long as the endpoint is open.
    pub(crate) command: Option<Command>,
}

/// What the waiting thread hears of.
pub(crate) enum Message {
    /// A signal asks to end.
    Stop(i32),
    Opened(Outcome<Vec<Tunnel>>),
    Event(Event),
    Request(Box<CapturedRequest>),
    /// The command listens on this port.
    Listening(u16),
    /// Nothing was seen of the command listening, for a while.
    Silent,
    /// The command printed this line.
    Said(String),
    /// A key was pressed on the screen.
    Key(KeyEvent),
    /// The terminal has another size.
    Resized,
    /// The command has ended.
    Ended(ExitStatus),
}

pub(crate) fn run(context: &Context, plan: Plan) -> Outcome {
    if plan.hold.background {
        return background::start(context.output);
    }
    let output = context.output;
    // Without a place for its files, other commands find the agent on its usual port alone.
    let registration = Registration::new()
        .map_err(|error| output.note(format!("  `ngrok-rs stop` will not find this: {error}")))
        .ok();
    let log = registration.as_ref().and_then(|it| it.log().ok());
    let ngrok = context.ngrok_logging_to(log)?;
    let (sender, messages) = channel();
    let pressed = ngrok.clone();
    signals::forward(sender.clone(), Message::Stop, move || {
        screen::leave();
        end_now(&pressed);
    })
    .map_err(|error| Failure::Io("cannot watch for signals".to_owned(), error))?;
    forward("events", &sender, ngrok.events().map(Message::Event))?;
    let (opening, opened, open) = (ngrok.clone(), sender.clone(), plan.open);
    threads::spawn("opening", move || {
        let outcome = install::if_missing(output, opening.config().ngrok_path())
            .and_then(|()| open(&opening));
        let _ = opened.send(Message::Opened(outcome));
    })?;
    let holder = Holder {
        context,
        hold: plan.hold,
        ngrok: &ngrok,
        registration,
        sender,
        messages,
    };
    let outcome = holder.run(plan.command);
    if let Some(agent) = ngrok.running() {
        agent.stop(GRACE);
    }
    drop(holder);
    signals::yield_if_pressed();
    outcome
}

struct Holder<'a> {
    context: &'a Context,
    hold: HoldArgs,
    ngrok: &'a Ngrok,
    registration: Option<Registration>,
    sender: Sender<Message>,
    messages: Receiver<Message>,
}

impl Holder<'_> {
    fn run(&self, command: Option<Command>) -> Outcome {
        let (tunnels, warnings) = self.opened()?;
        self.publish(&tunnels);
        announce::opened(
            self.output(),
            &self.hold,
            self.ngrok,
            &tunnels,
            command.is_some(),
        )?;
        // What a command is to listen on is no surprise yet.
        let warnings = if command.is_none() {
            warnings
        } else {
            Vec::new()
        };
        let outcome = if self.hold.once {
            let lines = lines::Lines::new(self.output());
            warnings.iter().for_each(|warning| lines.event(warning));
            Ok(())
        } else {
            self.stay(command, &tunnels, &warnings)
        };
        // Without a session the agent would be asked again and again; it ends in a moment anyway.
        if self
            .ngrok
            .running()
            .is_some_and(|agent| agent.has_session())
        {
            for tunnel in tunnels {
                let closed = tunnel.disconnect();
                if self.hold.once {
                    closed?;
                }
            }
        }
        outcome
    }

    fn output(&self) -> Output {
        self.context.output
    }

    /// Waits until all is open; returns it with the warnings that came meanwhile.
    fn opened(&self) -> Outcome<(Vec<Tunnel>, Vec<Event>)> {
        let mut warnings = Vec::new();
        loop {
            match self.messages.recv() {
                Ok(Message::Opened(outcome)) => return Ok((outcome?, warnings)),
                Ok(Message::Event(event @ Event::Upstream(_))) => warnings.push(event),
                Ok(Message::Stop(_)) | Err(_) => {
                    end_now(self.ngrok);
                    return Err(Failure::Interrupted);
                }
                Ok(_) => {}
            }
        }
    }

    /// Makes the agent known to the other commands.
    fn publish(&self, tunnels: &[Tunnel]) {
        let agent = self.ngrok.running();
        let api_url = agent.as_ref().and_then(|agent| agent.api_url());
        let (Some(registration), Some(api_url)) = (&self.registration, api_url) else {
            return;
        };
        let entry = Entry {
            pid: std::process::id(),
            agent_pid: agent.and_then(|agent| agent.pid()),
            api_url,
            config: self
                .context
                .config_path()
                .and_then(|path| std::path::absolute(path).ok()),
            started: state::now(),
            background: self.hold.detached,
            tunnels: tunnels.iter().map(Opened::from).collect(),
        };
        if let Err(error) = registration.publish(&entry) {
            self.output()
                .note(format!("  `ngrok-rs stop` will not find this: {error}"));
        }
    }

    /// Shows requests and events until a signal comes, the agent ends or the command does.
    fn stay(&self, command: Option<Command>, tunnels: &[Tunnel], warnings: &[Event]) -> Outcome {
        let output = self.output();
        let client = self.ngrok.local_api()?;
        let shown = command.as_ref().map(Command::to_string);
        let mut view = View::open(
            output,
            self.hold.plain,
            self.ngrok,
            tunnels,
            shown,
            &self.sender,
        )?;
        warnings.iter().for_each(|warning| view.event(warning));
        let shows = view.is_screen() || (!output.json && !output.quiet && command.is_none());
        if shows && let Ok(watch) = client.requests().watch() {
            let requests = watch.filter_map(|seen| match seen {
                Ok(Watched::Request(request)) => Some(Message::Request(request)),
                _ => None,
            });
            forward("requests", &self.sender, requests)?;
        }
        let running = command
            .map(|command| command.start(tunnels, &self.sender, view.is_screen()))
            .transpose()?;
        let outcome = self.wait(&mut UnderWay::new(client), &mut view, running.as_ref());
        // The terminal is the command's again, and that of errors.
        drop(view);
        match running {
            Some(running) => running.end(outcome, &self.messages),
            None => outcome.map(drop),
        }
    }

    /// Returns the signal that ended it, if one did.
    fn wait(
        &self,
        under_way: &mut UnderWay,
        view: &mut View,
        running: Option<&Running>,
    ) -> Outcome<Option<i32>> {
        loop {
            view.tick()?;
            let pause = under_way.pause().unwrap_or(state::PAUSE).min(state::PAUSE);
            let mut next = self.messages.recv_timeout(pause);
            // All that has come by now is shown at once.
            loop {
                match next {
                    Ok(Message::Stop(signal)) => return Ok(Some(signal)),
                    Err(RecvTimeoutError::Disconnected) => return Ok(None),
                    Ok(Message::Event(Event::Agent(AgentEvent::Exited { status, error }))) => {
                        return Err(match error {
                            Some(error) => error.into(),
                            None => Failure::AgentEnded(status.to_string()),
                        });
                    }
                    Ok(Message::Ended(status)) => return Err(Failure::ended(status)),
                    Ok(Message::Key(key)) if view.key(key) == Flow::Quit => return Ok(None),
                    Ok(message) => show(message, under_way, view, running)?,
                    Err(RecvTimeoutError::Timeout) => break,
                }
                next = self
                    .messages
                    .try_recv()
                    .map_err(|_| RecvTimeoutError::Timeout);
            }
            for request in under_way.done() {
                view.request(&request)?;
            }
            if self
                .registration
                .as_ref()
                .is_some_and(Registration::stop_requested)
            {
                return Ok(None);
            }
        }
    }
}

fn show(
    message: Message,
    under_way: &mut UnderWay,
    view: &mut View,
    running: Option<&Running>,
) -> Outcome {
    match message {
        Message::Event(event) => view.event(&event),
        Message::Request(request) => {
            view.under_way(&request);
            if let Some(request) = under_way.add(*request) {
                view.request(&request)?;
            }
        }
        Message::Said(line) => view.said(&line),
        Message::Listening(port) => {
            if let Some(running) = running {
                running.serve(port)?;
            }
            view.note(&format!("the command listens on port {port}"));
        }
        Message::Silent => view.note(
            "the command listens on no port yet; if it does not use PORT, name the port: `ngrok-rs run PORT -- COMMAND`",
        ),
        Message::Resized => view.resized(),
        // These are dealt with where they end the wait, or before it.
        Message::Key(_) | Message::Opened(_) | Message::Stop(_) | Message::Ended(_) => {}
    }
    Ok(())
}

/// Ends the agent at once, but not before the file that may hold its token is gone.
fn end_now(ngrok: &Ngrok) {
    let agent = ngrok.running();
    ngrok.kill();
    if let Some(agent) = agent {
        agent.stop(GRACE);
    }
}

fn forward(
    name: &str,
    sender: &Sender<Message>,
    items: impl Iterator<Item = Message> + Send + 'static,
) -> Outcome {
    let sender = sender.clone();
    threads::spawn(name, move || {
        for item in items {
            if sender.send(item).is_err() {
                return;
            }
        }
    })
}
