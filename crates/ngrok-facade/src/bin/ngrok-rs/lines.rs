//! What happens while an endpoint is open, as plain lines.

use ngrok_facade::Event;
use ngrok_facade::localapi::CapturedRequest;
use ngrok_facade::process::AgentEvent;

use crate::exit::Outcome;
use crate::live;
use crate::output::Output;
use crate::text::Colour;

pub(crate) struct Lines {
    output: Output,
}

impl Lines {
    pub(crate) fn new(output: Output) -> Self {
        Self { output }
    }

    pub(crate) fn event(&self, event: &Event) {
        let output = self.output;
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

    pub(crate) fn request(&self, request: &CapturedRequest) -> Outcome {
        self.output.line(live::line(self.output, request))
    }
}
