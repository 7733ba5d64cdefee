//! Prints each step with its time.

use std::time::{Duration, Instant};

use super::Outcome;

/// A running transcript.
pub(super) struct Transcript {
    began: Instant,
    steps: usize,
}

impl Transcript {
    pub(super) fn new(title: &str) -> Self {
        println!("{title}\n");
        Self {
            began: Instant::now(),
            steps: 0,
        }
    }

    /// Does a step; it returns what to go on with, and what to say.
    pub(super) fn step<T>(
        &mut self,
        name: &str,
        step: impl FnOnce() -> Outcome<(T, String)>,
    ) -> Outcome<T> {
        let began = Instant::now();
        let (value, said) = step().map_err(|error| format!("{name}: {}", chain(error.as_ref())))?;
        self.steps += 1;
        let mut lines = said.lines();
        println!(
            "{:>7}  {name:<11} {}",
            time(began.elapsed()),
            lines.next().unwrap_or_default()
        );
        for line in lines {
            println!("{:>7}  {:<11} {line}", "", "");
        }
        Ok(value)
    }

    pub(super) fn end(self) {
        println!(
            "\n{} steps, all checked, in {}.",
            self.steps,
            time(self.began.elapsed())
        );
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn time(span: Duration) -> String {
    let ms = span.as_secs_f64() * 1000.0;
    if ms < 10.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{ms:.0} ms")
    }
}
