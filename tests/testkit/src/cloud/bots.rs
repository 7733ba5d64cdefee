//! Bot users are service users under their old name: the same objects, with ids of another prefix.

use serde_json::Value;

const OLD: (&str, &str) = ("bot_users", "bot_");
const NEW: (&str, &str) = ("service_users", "service_");

/// The service that keeps the resources of this one.
pub(super) fn kept_in(service: &str) -> &str {
    if service == OLD.0 { NEW.0 } else { service }
}

/// An id as this service shows it.
pub(super) fn id_for(service: &str, id: String) -> String {
    match id.strip_prefix(NEW.1) {
        Some(bare) if service == OLD.0 => format!("{}{bare}", OLD.1),
        _ => id,
    }
}

/// Leads a path of bot users to the service users; says whether it was one.
pub(super) fn enter(path: &mut [String]) -> bool {
    let Some((service, rest)) = path.split_first_mut() else {
        return false;
    };
    if service != OLD.0 {
        return false;
    }
    NEW.0.clone_into(service);
    if let Some(id) = rest.first_mut()
        && let Some(bare) = id.strip_prefix(OLD.1)
    {
        *id = format!("{}{bare}", NEW.1);
    }
    true
}

/// Gives an answer about service users the names of bot users.
pub(super) fn leave(answer: &mut Value) {
    match answer {
        Value::String(text) => {
            if let Some(bare) = text.strip_prefix(NEW.1) {
                *text = format!("{}{bare}", OLD.1);
            } else if let Some((base, rest)) = text.split_once(&format!("/{}", NEW.0)) {
                *text = format!("{base}/{}{}", OLD.0, rest.replace(NEW.1, OLD.1));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(leave),
        Value::Object(fields) => {
            if let Some(list) = fields.remove(NEW.0) {
                fields.insert(OLD.0.to_owned(), list);
            }
            fields.values_mut().for_each(leave);
        }
        _ => {}
    }
}
