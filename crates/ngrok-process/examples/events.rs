//! Runs an agent for a while and prints what happens to it: `cargo run --example events -- PATH_OF_NGROK [CONFIG] [SECONDS]`.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentEvent, AgentOptions, Delivery, Error};

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let binary = args.next().unwrap_or_else(|| "./ngrok".into());
    let mut options = AgentOptions::builder(binary);
    if let Some(config) = args.next() {
        options = options.config_path(config);
    }
    let seconds = args.next().and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(60));

    let agent = Agent::spawn(options.build())?;
    let events = agent.events();
    agent.wait_ready()?;
    println!("ready: {}", agent.api_url().unwrap_or_default());
    while let Some(delivery) = events.recv_timeout(end.saturating_duration_since(Instant::now())) {
        match delivery {
            Delivery::Item(AgentEvent::SessionLost { error }) => {
                println!("session lost: {}", error.unwrap_or_default());
            }
            Delivery::Item(AgentEvent::Warning(line)) => println!("warning: {line}"),
            Delivery::Item(event) => println!("{event:?}"),
            Delivery::Lagged(n) => println!("({n} events missed)"),
            _ => {}
        }
    }
    if let Some(status) = agent.stop(Duration::from_secs(3)) {
        println!("stopped: {status}");
    }
    Ok(())
}
