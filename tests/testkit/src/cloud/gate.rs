//! What a request passes before its operation is looked at: the version header, the rate limit, the query and the kind of its body.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::answer::{Answer, Checked};
use super::catalog::Operation;
use super::check;
use super::facts::Facts;
use super::request::CloudRequest;
use super::variant::{CloudVariant, Options};

const MINUTE: Duration = Duration::from_secs(60);

/// Counts the requests of the last minute.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_minute: Option<usize>,
    recent: VecDeque<Instant>,
}

impl RateLimit {
    pub(super) fn new(per_minute: Option<usize>) -> Self {
        Self {
            per_minute,
            recent: VecDeque::new(),
        }
    }

    /// Refuses one request too many.
    pub(super) fn count(&mut self, options: &Options) -> Checked {
        let Some(limit) = self.per_minute else {
            return Ok(());
        };
        let now = Instant::now();
        while self.recent.front().is_some_and(|at| now - *at >= MINUTE) {
            self.recent.pop_front();
        }
        if self.recent.len() < limit {
            self.recent.push_back(now);
            return Ok(());
        }
        let message =
            format!("Your account may not send more than {limit} requests in 60 seconds.");
        let refusal = Answer::refuse("226", message);
        if !options.has(CloudVariant::RetryAfter) {
            return Err(refusal);
        }
        let oldest = self.recent.front().map_or(MINUTE, |at| now - *at);
        let wait = MINUTE.saturating_sub(oldest).as_secs() + 1;
        Err(refusal.header("retry-after", wait.to_string()))
    }
}

/// Refuses a request without `ngrok-version: 2`.
pub(super) fn version(request: &CloudRequest, options: &Options) -> Checked {
    match request.header("ngrok-version") {
        Some(version) if version.trim() == "2" => Ok(()),
        Some(version) => Err(Answer::refuse(
            "217",
            format!("The API version '{version}' is not supported. Supported versions: 2."),
        )),
        None if options.has(CloudVariant::MissingVersion404) => {
            Err(Answer::no_such_path(&request.path))
        }
        None => Err(Answer::refuse(
            "218",
            "The request needs the header `ngrok-version`. The current version is 2.",
        )),
    }
}

/// The parameters of a query that may be given more than once.
const REPEATED: [&str; 2] = ["id", "url"];

/// Reads the query of an operation of `service`, and refuses what the operation does not know.
pub(super) fn query(
    service: &str,
    operation: &Operation,
    query: &str,
) -> Result<Vec<(String, String)>, Answer> {
    let facts = Facts::get().service(service);
    let filters = facts.is_some_and(|facts| !facts.filter.is_empty());
    let known = |name: &str| {
        operation.query.iter().any(|known| known == name) && (name != "filter" || filters)
    };
    let mut parameters: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            let message = format!("The query string cannot be parsed: '{query}'.");
            return Err(Answer::refuse("230", message));
        };
        if !known(&name) {
            let supported: Vec<&str> = operation
                .query
                .iter()
                .map(String::as_str)
                .filter(|name| known(name))
                .collect();
            let message = format!(
                "The query parameter '{name}' is not supported. Supported: {}.",
                listed(&supported)
            );
            return Err(Answer::refuse("231", message));
        }
        let again = parameters.iter().any(|(given, _)| *given == name);
        if again && !REPEATED.contains(&name.as_str()) {
            let message = format!("The query parameter '{name}' is given more than once.");
            return Err(Answer::refuse("232", message));
        }
        parameters.push((name, value));
    }
    Ok(parameters)
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

/// A part of a query without its escapes; none if one of them is cut short or is no text.
fn decoded(text: &str) -> Option<String> {
    let whole = text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut hex = || digits.next().is_some_and(|b| b.is_ascii_hexdigit());
        hex() && hex()
    });
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    whole.then(|| decoded.into_owned())
}

/// Reads the body that an operation takes. Nulls are dropped: they mean that a field is left out.
pub(super) fn body(
    operation: &Operation,
    request: &CloudRequest,
    bytes: &[u8],
    options: &Options,
) -> Result<Map<String, Value>, Answer> {
    let Some(kind) = &operation.body else {
        return match bytes.is_empty() {
            true => Ok(Map::new()),
            false => Err(Answer::refuse(
                "211",
                format!("A {} request takes no body.", request.method),
            )),
        };
    };
    if bytes.is_empty() && check::optional(kind) {
        return Ok(Map::new());
    }
    let Some(content_type) = request.header("content-type") else {
        return Err(Answer::refuse(
            "216",
            "The request needs a body, and the header `Content-Type: application/json`.",
        ));
    };
    let essence = content_type.split(';').next().unwrap_or("").trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let message = format!(
            "The content type '{content_type}' is not supported. Supported: application/json."
        );
        return Err(Answer::refuse("210", message));
    }
    let mut value: Value = serde_json::from_slice(bytes)
        .map_err(|e| Answer::refuse("213", format!("The body cannot be parsed as JSON: {e}.")))?;
    let clears = operation.method == "PATCH" && options.has(CloudVariant::NullClears);
    if !clears {
        check::drop_nulls(&mut value);
    }
    check::body(operation, &value, options.rules)?;
    match value {
        Value::Object(body) => Ok(body),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_or_refused() {
        assert_eq!(decoded("a%20b+c").as_deref(), Some("a b c"));
        for wrong in ["%", "%4", "%zz", "%ff", "a%2"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }
}
