//! `ngrok api`: the agent as a client of ngrok's cloud API.

use std::ffi::{OsStr, OsString};

use serde_json::Value;

use super::OneShot;
use crate::{AgentOptions, Result};

/// What `ngrok api …` printed, split into the status text before the JSON and the JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiResponse {
    /// What stood before the JSON, such as `200 OK`; all of the output if there was none, as for `--help`.
    pub status: String,
    /// The JSON, or null if there was none.
    pub data: Value,
}

impl ApiResponse {
    /// Splits the output of `ngrok api`.
    ///
    /// ```
    /// use ngrok_process::ApiResponse;
    ///
    /// let response = ApiResponse::from_body("200 OK\n{\"id\": \"ep_1\"}\n");
    /// assert_eq!(response.status, "200 OK");
    /// assert_eq!(response.data["id"], "ep_1");
    /// ```
    pub fn from_body(body: &str) -> Self {
        // The JSON begins a line and reaches to the end; a bracket within the status text does neither.
        let mut at = 0;
        for line in body.split_inclusive('\n') {
            let (status, json) = body.split_at_checked(at).unwrap_or((body, ""));
            at += line.len();
            if !line.trim_start().starts_with(['{', '[']) {
                continue;
            }
            if let Ok(data) = serde_json::from_str(json) {
                return Self {
                    status: status.trim().to_owned(),
                    data,
                };
            }
        }
        Self {
            status: body.trim().to_owned(),
            data: Value::Null,
        }
    }
}

/// Runs `ngrok api` with these arguments, such as `["endpoints", "list"]`, with the configuration files, the environment
/// and the API key of the options. The key goes by the environment, never by the command line.
///
/// # Errors
///
/// If the binary cannot be run, takes longer than a minute, or says that the call failed.
pub fn api<A: Into<OsString>>(
    options: &AgentOptions,
    args: impl IntoIterator<Item = A>,
) -> Result<ApiResponse> {
    let mut shot = OneShot::of(options);
    for path in options.config_paths() {
        shot = shot.args([OsStr::new("--config"), path.as_os_str()]);
    }
    let output = shot.args(["api"]).args(args).capture("ngrok api")?;
    // A warning on standard error would not be JSON after the JSON.
    let response = ApiResponse::from_body(&output.stdout);
    if response.data.is_null() {
        return Ok(ApiResponse::from_body(&output.text()));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_long_line_of_brackets_that_is_no_json_takes_no_time() {
        let body = "200 OK\n".to_owned() + &"[{".repeat(1_000_000);
        let begin = std::time::Instant::now();
        assert!(ApiResponse::from_body(&body).data.is_null());
        assert!(begin.elapsed() < std::time::Duration::from_secs(5));
    }

    #[test]
    fn status_and_json_are_told_apart() {
        for (body, status, data) in [
            ("200 OK\n{\"a\":1}\n", "200 OK", json!({"a": 1})),
            ("HTTP 200\n\n  [1, 2]", "HTTP 200", json!([1, 2])),
            ("{\"a\":\"{\"}", "", json!({"a": "{"})),
            (
                "NAME:\n  api [options]\n",
                "NAME:\n  api [options]",
                Value::Null,
            ),
            (
                "usage {\n{ not json }\n",
                "usage {\n{ not json }",
                Value::Null,
            ),
            ("", "", Value::Null),
        ] {
            let response = ApiResponse::from_body(body);
            assert_eq!(
                (response.status.as_str(), response.data),
                (status, data),
                "{body}"
            );
        }
    }
}
