//! Lets programs of other people run against the stand-ins: a check that does not share our view of ngrok.

mod agent;
mod cloud;
mod python;

/// Passes when pyngrok's own tests find nothing unexpected in the stand-in agent, and ngrok's own clients work with the
/// loopback cloud.
pub(crate) fn run() -> Result<(), String> {
    let agent = agent::run();
    cloud::run().and(agent)
}
