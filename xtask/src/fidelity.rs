//! Writes `docs/agent-fidelity.md` from what the real agent and the stand-in are seen to do.

use crate::workspace;

pub(crate) fn run() -> Result<(), String> {
    let status = workspace::cargo()
        .args(["test", "--package", "ngrok-edge", "--test", "it"])
        .args([
            "--",
            "--exact",
            "fidelity::the_page_says_what_both_agents_do",
        ])
        .env("NGROK_FIDELITY_WRITE", "1")
        .env("NGROK_REAL_AGENT_REQUIRED", "1")
        .status()
        .map_err(|e| format!("cargo test: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("the page was not written".into())
    }
}
