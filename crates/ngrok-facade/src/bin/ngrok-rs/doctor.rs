//! `ngrok-rs doctor`.

use ngrok_facade::{Severity, preflight};

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::output::Colour;

pub(crate) fn run(context: &Context, addr: Option<&str>) -> Outcome {
    let output = context.output;
    let mut findings = context.ngrok()?.doctor();
    if let Some(addr) = addr {
        findings.extend(preflight(addr));
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
