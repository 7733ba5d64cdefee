//! `ngrok-rs doctor`.

use std::time::Duration;

use ngrok_facade::{Severity, check_network, preflight};

use crate::args::DoctorArgs;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::output::Colour;

/// How long the check of the network may take.
const NETWORK_PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run(context: &Context, args: &DoctorArgs) -> Outcome {
    let output = context.output;
    let mut findings = context.ngrok()?.doctor();
    if let Some(addr) = &args.addr {
        findings.extend(preflight(addr));
    }
    if args.network {
        findings.extend(check_network(NETWORK_PATIENCE));
    }
    for finding in &findings {
        let object = || serde_json::to_value(finding).unwrap_or_default();
        output.either(object, || {
            let (colour, mark) = match finding.severity {
                Severity::Ok => (Colour::Green, "ok     "),
                Severity::Warning => (Colour::Yellow, "warning"),
                _ => (Colour::Red, "error  "),
            };
            let remedy = if finding.remedy.is_empty() {
                String::new()
            } else {
                format!("\n         {}", finding.remedy)
            };
            format!(
                "{}  {}{remedy}",
                output.paint(colour, mark),
                finding.message
            )
        })?;
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    if errors > 0 {
        return Err(Failure::Found(errors));
    }
    Ok(())
}
