//! `cloud` without an operation: the services by group, or the operations of one.

use ngrok_facade::cloud::table::{self, Operation, Service};
use serde_json::{Value, json};

use super::help;
use crate::exit::Outcome;
use crate::output::{Colour, Output};

/// The services by group, a line each; for scripts one object for each operation.
pub(super) fn all(output: Output) -> Outcome {
    if output.json {
        return table::services().try_for_each(|service| operations(output, service));
    }
    let mut groups: Vec<&str> = Vec::new();
    for service in table::services() {
        if !groups.contains(&service.group) {
            groups.push(service.group);
        }
    }
    // What ngrok has deprecated comes last.
    groups.sort_by_key(|group| *group == "legacy");
    for group in groups {
        output.line(output.paint(Colour::Bold, group))?;
        for service in table::services().filter(|service| service.group == group) {
            output.line(format!("  {:<32} {}", service.name, help::about(service)))?;
        }
    }
    output.note("`ngrok-rs cloud SERVICE` lists the operations of a service");
    Ok(())
}

/// The operations of `service`, a line each.
pub(super) fn operations(output: Output, service: &Service) -> Outcome {
    if !output.json {
        output.line(format!(
            "{}  {}",
            output.paint(Colour::Bold, service.name),
            help::about(service)
        ))?;
    }
    for operation in service.operations {
        output.either(|| described(service, operation), || line(operation))?;
    }
    Ok(())
}

fn described(service: &Service, operation: &Operation) -> Value {
    json!({
        "service": service.name,
        "group": service.group,
        "operation": operation.name,
        "method": operation.method.to_string(),
        "path": operation.path,
        "about": operation.about,
        "fields": operation.body.map(|body| {
            let fields = body.fields.iter();
            fields.map(|f| json!({"name": f.name, "required": f.required, "about": f.about})).collect::<Vec<_>>()
        }),
        "filters": operation.list.as_ref().map(|listing| listing.filters),
        "deprecated": service.deprecated.is_some(),
    })
}

fn line(operation: &Operation) -> String {
    let args: String = operation
        .args()
        .map(|arg| format!(" {}", arg.to_uppercase()))
        .collect();
    let call = format!("{}{args}", operation.name);
    format!("  {call:<32} {}", operation.about)
}
