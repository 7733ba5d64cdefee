//! The page itself.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::subject::Subject;
use super::{AREAS, Behaviour};

const HEAD: &str = "\
# How true the stand-in is

*Written by `cargo xtask fidelity`, which runs every row on both agents; a test fails when the page is out of date.*

`ngrok-testkit` has a stand-in for the agent, so that tests need no network and no account. This page compares it with the real agent 2.3.41, which runs over the loopback edge of `tests/edge`, and with ngrok's documentation of agent 3.39. The stand-in plays version 3 where the two differ, since that is the agent that people run. `=` means: as the real agent.
";

const TAIL: &str = include_str!("version_3.md");

pub(super) fn generate(real: &Subject, stand_in: &Subject) -> String {
    let mut page = HEAD.to_owned();
    for (area, behaviours) in AREAS {
        let _ = write!(
            page,
            "\n## {area}\n\n| behaviour | real agent 2.3.41 | stand-in | documentation of 3.39 | differs on purpose |\n|---|---|---|---|---|\n"
        );
        for (behaviour, [real, stand_in]) in
            behaviours.iter().zip(observe(behaviours, [real, stand_in]))
        {
            let stand_in = if stand_in == real {
                "=".to_owned()
            } else {
                stand_in
            };
            let row = [
                behaviour.what,
                &real,
                &stand_in,
                behaviour.documented,
                behaviour.on_purpose,
            ];
            let cells = row.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
    }
    page.push('\n');
    page.push_str(TAIL);
    page
}

/// Runs the behaviours of one area, a few at a time.
fn observe(behaviours: &[Behaviour], subjects: [&Subject; 2]) -> Vec<[String; 2]> {
    let mut seen_by_both = Vec::new();
    for few in behaviours.chunks(4) {
        std::thread::scope(|scope| {
            let start = |behaviour, subject| scope.spawn(move || seen(behaviour, subject));
            let running: Vec<_> = few
                .iter()
                .map(|behaviour| subjects.map(|subject| start(behaviour, subject)))
                .collect();
            let both = running
                .into_iter()
                .map(|both| both.map(|one| one.join().unwrap()));
            seen_by_both.extend(both);
        });
    }
    seen_by_both
}

/// What was seen; a scenario that broke is a row of the page too, and a conspicuous one.
fn seen(behaviour: &Behaviour, subject: &Subject) -> String {
    catch_unwind(AssertUnwindSafe(|| (behaviour.observe)(subject)))
        .unwrap_or_else(|_| "**could not be observed**".to_owned())
}
