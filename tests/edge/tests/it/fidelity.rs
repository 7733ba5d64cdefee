//! `docs/agent-fidelity.md`: the same scenarios on the real agent and on the stand-in, side by side.
//!
//! The page is generated; `cargo xtask fidelity` writes it, and the test here fails once it is no longer true.

mod api;
mod commands;
mod page;
mod subject;
mod traffic;

use std::path::Path;

use subject::Subject;

/// One thing that an agent does, and how to see it.
struct Behaviour {
    what: &'static str,
    /// What the documentation of agent 3.39 says of it; empty if nothing.
    documented: &'static str,
    /// Why the stand-in differs, where it does so on purpose.
    on_purpose: &'static str,
    observe: fn(&Subject) -> String,
}

impl Behaviour {
    const fn new(what: &'static str, observe: fn(&Subject) -> String) -> Self {
        Self {
            what,
            documented: "",
            on_purpose: "",
            observe,
        }
    }

    const fn documented(self, documented: &'static str) -> Self {
        Self { documented, ..self }
    }

    const fn on_purpose(self, on_purpose: &'static str) -> Self {
        Self { on_purpose, ..self }
    }
}

/// A code span, whatever is in it.
fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

const AREAS: &[(&str, &[Behaviour])] = &[
    ("Commands and start-up", commands::BEHAVIOURS),
    ("Local API", api::BEHAVIOURS),
    (
        "Forwarding, captured requests and the session",
        traffic::BEHAVIOURS,
    ),
];

#[test]
fn the_page_says_what_both_agents_do() {
    let Some(binary) = ngrok_edge::real_agent() else {
        return;
    };
    let page = page::generate(&Subject::real(binary), &Subject::stand_in());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/agent-fidelity.md");
    if std::env::var_os("NGROK_FIDELITY_WRITE").is_some() {
        return std::fs::write(path, page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let differs = written.lines().zip(page.lines()).find(|(a, b)| a != b);
    assert!(
        written == page,
        "docs/agent-fidelity.md is out of date; `cargo xtask fidelity` writes it anew. First difference: {differs:#?}"
    );
}
