//! Builds what the demo needs, then runs it: the times that it prints are its own, not the compiler's.

use crate::workspace::{cargo, target};

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    // One build for both, so that the demo's search for the agent finds it done. It takes minutes the first time, so cargo's
    // progress is shown.
    let built = cargo()
        .args(["build", "--package", "e2e", "--bin", "demo"])
        .args(["--package", "ngrok-testkit", "--bin", "loopback-agent"])
        .status()
        .map_err(|e| format!("cargo could not be run: {e}"))?;
    if !built.success() {
        return Err("the demo could not be built".into());
    }
    let programs = target().join("debug");
    let name = |program: &str| programs.join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    let status = std::process::Command::new(name("demo"))
        .args(args)
        .env("NGROK_TESTKIT_AGENT", name("loopback-agent"))
        .status()
        .map_err(|e| format!("the demo could not be run: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the demo failed ({status})"))
    }
}
