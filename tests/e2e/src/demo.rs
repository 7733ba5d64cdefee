//! The demo: every step does the real thing, and is checked before the next one begins.

mod loopback;
mod real;
mod transcript;

pub use loopback::run as loopback;
pub use real::run as real;

/// The result of a step: what to say of it, or why it failed.
pub type Outcome<T = String> = Result<T, Box<dyn std::error::Error>>;

/// Fails with the text unless the condition holds.
fn check(condition: bool, otherwise: impl Into<String>) -> Outcome<()> {
    if condition {
        Ok(())
    } else {
        Err(otherwise.into().into())
    }
}
