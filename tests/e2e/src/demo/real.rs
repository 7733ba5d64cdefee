//! The demo with ngrok's own agent, service and an account.

use ngrok_facade::{Config, Ngrok, localapi};
use ngrok_testkit::{Upstream, eventually};
use serde_json::Value;
use std::time::Duration;

use super::transcript::Transcript;
use super::{Outcome, check};

/// Runs it; without `NGROK_AUTHTOKEN` it only says so.
///
/// # Errors
///
/// The step that failed, and why.
pub fn run() -> Outcome<()> {
    if std::env::var_os("NGROK_AUTHTOKEN").is_none_or(|token| token.is_empty()) {
        println!(
            "demo --real needs an account: set NGROK_AUTHTOKEN (https://dashboard.ngrok.com). Nothing was done."
        );
        return Ok(());
    }
    let mut demo = Transcript::new("A tunnel through ngrok's service");
    let folder = tempfile::tempdir()?;
    let upstream = Upstream::start()?;
    let config = Config::builder()
        .ngrok_path(folder.path().join("ngrok"))
        .config_path(folder.path().join("ngrok.yml"))
        .build()?;
    let ngrok = Ngrok::new(config);
    demo.step("install", || {
        ngrok.install()?;
        let (version, _) = ngrok.version()?;
        Ok(((), format!("agent {version}")))
    })?;
    let tunnel = demo.step("connect", || {
        let tunnel = ngrok.connect(upstream.port())?;
        let said = tunnel.to_string();
        Ok((tunnel, said))
    })?;
    demo.step("request", || {
        let url = format!("{}/hello", tunnel.public_url());
        let mut answer = Err("it was never asked".to_owned());
        // A fresh name needs a moment to be known everywhere.
        let reached = eventually(Duration::from_secs(20), || {
            answer = localapi::api_request(&url)
                .send()
                .map_err(|error| error.to_string());
            answer.is_ok()
        });
        let answer: Value = answer?;
        check(reached, "it was not reached")?;
        check(
            answer["path"] == "/hello",
            format!("the upstream got {answer}"),
        )?;
        Ok(((), format!("GET {url} reached the upstream")))
    })?;
    demo.step("stop", || {
        tunnel.disconnect()?;
        let agent = ngrok.running().ok_or("the agent ended by itself")?;
        let status = agent
            .stop(Duration::from_secs(5))
            .ok_or("the agent did not end")?;
        Ok(((), format!("agent ended ({status})")))
    })?;
    demo.end();
    Ok(())
}
