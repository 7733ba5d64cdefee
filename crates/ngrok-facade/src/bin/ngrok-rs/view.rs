//! How what happens is shown: as a screen where the terminal can, else as plain lines.

use crossterm::event::KeyEvent;
use ngrok_facade::localapi::CapturedRequest;
use ngrok_facade::{Event, Ngrok, Tunnel};
use std::sync::mpsc::Sender;

use crate::exit::Outcome;
use crate::hold::Message;
use crate::lines::Lines;
use crate::output::Output;
use crate::screen::{self, Flow, Screen};

pub(crate) enum View {
    Lines(Lines, Output),
    Screen(Box<Screen>),
}

impl View {
    /// Opens the screen, unless plain lines are asked for or all that this terminal can show.
    pub(crate) fn open(
        output: Output,
        plain: bool,
        ngrok: &Ngrok,
        tunnels: &[Tunnel],
        command: Option<String>,
        sender: &Sender<Message>,
    ) -> Outcome<Self> {
        if plain || !screen::is_possible(output) {
            return Ok(Self::Lines(Lines::new(output), output));
        }
        Ok(Self::Screen(Box::new(Screen::open(
            ngrok, tunnels, command, sender,
        )?)))
    }

    pub(crate) fn is_screen(&self) -> bool {
        matches!(self, Self::Screen(_))
    }

    pub(crate) fn event(&mut self, event: &Event) {
        match self {
            Self::Lines(lines, _) => lines.event(event),
            Self::Screen(screen) => screen.event(event),
        }
    }

    /// Takes a request that has no response yet.
    pub(crate) fn under_way(&mut self, request: &CapturedRequest) {
        if let Self::Screen(screen) = self {
            screen.request(request);
        }
    }

    pub(crate) fn request(&mut self, request: &CapturedRequest) -> Outcome {
        match self {
            Self::Lines(lines, _) => lines.request(request),
            Self::Screen(screen) => {
                screen.request(request);
                Ok(())
            }
        }
    }

    pub(crate) fn said(&mut self, line: &str) {
        if let Self::Screen(screen) = self {
            screen.command_said(line);
        }
    }

    pub(crate) fn note(&mut self, note: &str) {
        match self {
            Self::Lines(_, output) => output.note(format!("  {note}")),
            Self::Screen(screen) => screen.note(note),
        }
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Flow {
        match self {
            Self::Lines(..) => Flow::Stay,
            Self::Screen(screen) => screen.key(key),
        }
    }

    pub(crate) fn resized(&mut self) {
        if let Self::Screen(screen) = self {
            screen.changed();
        }
    }

    /// Draws what has changed.
    pub(crate) fn tick(&mut self) -> Outcome {
        match self {
            Self::Lines(..) => Ok(()),
            Self::Screen(screen) => screen.tick(),
        }
    }
}
