//! `ngrok-rs connect` and `connect-all`: open, tell, stay, clean up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use clap::ArgMatches;
use ngrok_facade::localapi::{CapturedRequest, Watched};
use ngrok_facade::process::AgentEvent;
use ngrok_facade::{ConnectOptions, Event, Ngrok, Tunnel};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::live::{self, UnderWay};
use crate::output::{Colour, Output};
use crate::{install, signals};

/// How long the agent may take to end.
const GRACE: Duration = Duration::from_secs(3);

/// What the waiting command is told.
enum Message {
    Stop,
    Opened(Outcome<Vec<Tunnel>>),
    Event(Event),
    Request(Box<CapturedRequest>),
}

pub(crate) fn run(context: &Context, matches: &ArgMatches) -> Outcome {
    let mut options = match matches.get_one::<String>("addr") {
        Some(addr) => ConnectOptions::from(addr),
        None => ConnectOptions::new(),
    };
    for (key, value) in matches
        .get_many::<(String, Value)>("option")
        .into_iter()
        .flatten()
    {
        options = options.option(key, value.clone());
    }
    if let Some(proto) = matches.get_one::<String>("proto") {
        options = options.proto(proto);
    }
    if let Some(name) = matches.get_one::<String>("name") {
        options = options.name(name);
    }
    // Wrong use is told before anything is downloaded.
    context.ngrok()?.check(options.clone())?;
    hold(context, matches.get_flag("once"), move |ngrok| {
        Ok(vec![ngrok.connect(options)?])
    })
}

pub(crate) fn run_all(context: &Context, matches: &ArgMatches) -> Outcome {
    let open = |ngrok: &Ngrok| {
        let tunnels = ngrok.connect_all()?;
        if tunnels.is_empty() {
            return Err(Failure::Usage(
                "the config file defines no tunnels".to_owned(),
            ));
        }
        Ok(tunnels)
    };
    hold(context, matches.get_flag("once"), open)
}

/// Opens tunnels and keeps them open until a signal comes or the agent ends.
fn hold(
    context: &Context,
    once: bool,
    open: impl FnOnce(&Ngrok) -> Outcome<Vec<Tunnel>> + Send + 'static,
) -> Outcome {
    let output = context.output;
    let ngrok = context.ngrok()?;
    let (sender, messages) = channel();
    let pressed = ngrok.clone();
    signals::forward(sender.clone(), || Message::Stop, move || end_now(&pressed))
        .map_err(|error| Failure::Io("cannot watch for signals".to_owned(), error))?;
    let events = ngrok.events();
    forward(&sender, events.map(Message::Event));
    let opening = ngrok.clone();
    let opened = sender.clone();
    thread::spawn(move || {
        let outcome = install::if_missing(output, opening.config().ngrok_path())
            .and_then(|()| open(&opening));
        let _ = opened.send(Message::Opened(outcome));
    });
    let outcome = opened_and_told(output, once, &ngrok, &messages).and_then(|tunnels| {
        let outcome = if once {
            Ok(())
        } else {
            stay(output, &ngrok, &sender, &messages)
        };
        // Without a session the agent would be asked again and again; it ends in a moment anyway.
        if ngrok.running().is_some_and(|agent| agent.has_session()) {
            for tunnel in tunnels {
                let closed = tunnel.disconnect();
                if once {
                    closed?;
                }
            }
        }
        outcome
    });
    if let Some(agent) = ngrok.running() {
        agent.stop(GRACE);
    }
    signals::yield_if_pressed();
    outcome
}

/// Ends the agent without leave, but not before the file that may hold its token is gone.
fn end_now(ngrok: &Ngrok) {
    let agent = ngrok.running();
    ngrok.kill();
    if let Some(agent) = agent {
        agent.stop(GRACE);
    }
}

/// Waits until all is open, and tells it.
fn opened_and_told(
    output: Output,
    once: bool,
    ngrok: &Ngrok,
    messages: &Receiver<Message>,
) -> Outcome<Vec<Tunnel>> {
    let mut warnings = Vec::new();
    let outcome = loop {
        match messages.recv() {
            Ok(Message::Opened(outcome)) => break outcome?,
            Ok(Message::Event(event @ Event::Upstream(_))) => warnings.push(event),
            Ok(Message::Stop) | Err(_) => {
                end_now(ngrok);
                return Err(Failure::Interrupted);
            }
            Ok(_) => {}
        }
    };
    for tunnel in &outcome {
        output.either(|| object(tunnel), || summary(output, tunnel))?;
    }
    if !once && let Some(agent) = ngrok.running() {
        output.note(format!(
            "  {} inspect at {}, agent {}; Ctrl-C ends it",
            output.paint_note(Colour::Dim, "·"),
            agent.api_url().unwrap_or_default(),
            agent.pid().unwrap_or_default(),
        ));
    }
    for warning in &warnings {
        tell(output, warning);
    }
    Ok(outcome)
}

/// Shows requests and events until a signal comes or the agent ends.
fn stay(
    output: Output,
    ngrok: &Ngrok,
    sender: &Sender<Message>,
    messages: &Receiver<Message>,
) -> Outcome {
    let client = ngrok.local_api()?;
    let mut under_way = UnderWay::new(client.clone());
    // A script gets one line and no more.
    let shows = !output.json && !output.quiet;
    if shows && let Ok(watch) = client.requests().watch() {
        forward(
            sender,
            watch.filter_map(|seen| match seen {
                Ok(Watched::Request(request)) => Some(Message::Request(request)),
                _ => None,
            }),
        );
    }
    loop {
        let message = match under_way.pause() {
            Some(pause) => messages.recv_timeout(pause),
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match message {
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Ok(Message::Event(Event::Agent(AgentEvent::Exited { status }))) => {
                return Err(Failure::AgentEnded(status.to_string()));
            }
            Ok(Message::Event(event)) => tell(output, &event),
            Ok(Message::Request(request)) => {
                if let Some(request) = under_way.add(*request) {
                    output.line(live::line(output, &request))?;
                }
            }
            Ok(Message::Opened(_)) | Err(RecvTimeoutError::Timeout) => {}
        }
        for request in under_way.done() {
            output.line(live::line(output, &request))?;
        }
    }
}

fn tell(output: Output, event: &Event) {
    match event {
        Event::Agent(AgentEvent::SessionLost { error }) => {
            let why = error
                .as_deref()
                .map(|it| format!(": {it}"))
                .unwrap_or_default();
            output.note(format!("  session lost, the agent reconnects{why}"));
        }
        Event::Agent(AgentEvent::SessionUp) => output.note("  session is up"),
        Event::Upstream(finding) => output.note(format!(
            "  {} {finding}",
            output.paint_note(Colour::Yellow, "warning:")
        )),
        _ => {}
    }
}

fn forward(sender: &Sender<Message>, items: impl Iterator<Item = Message> + Send + 'static) {
    let sender = sender.clone();
    thread::spawn(move || {
        for item in items {
            if sender.send(item).is_err() {
                return;
            }
        }
    });
}

/// What `connect --json` and `tunnels --json` print.
pub(crate) fn object(tunnel: &Tunnel) -> Value {
    json!({
        "name": tunnel.name(),
        "public_url": tunnel.public_url(),
        "proto": tunnel.proto(),
        "uri": tunnel.uri(),
        "config": tunnel.config().map_or_else(|| json!({}), |it| json!(it)),
        "upstream": tunnel.upstream(),
    })
}

fn summary(output: Output, tunnel: &Tunnel) -> String {
    let upstream = tunnel.upstream_url().unwrap_or("?");
    format!(
        "{} {} {upstream}   {}",
        output.paint(Colour::Bold, tunnel.public_url()),
        output.paint(Colour::Dim, "->"),
        output.paint(Colour::Dim, tunnel.name()),
    )
}
