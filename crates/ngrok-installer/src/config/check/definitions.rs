//! Checks the definitions under `tunnels` and `endpoints`.

use ngrok_core::ConfigVersion;
use ngrok_core::definition::{Protocol, Reader, quoted};
use serde_json::{Map, Value};

use super::Checker;
use crate::config::read;

impl Checker<'_> {
    pub(super) fn tunnels(&mut self, tunnels: &Map<String, Value>, version: Option<ConfigVersion>) {
        let reader = Reader::file(self.agent, version);
        for (name, definition) in tunnels {
            let path = ["tunnels", name.as_str()];
            let subject = format!("tunnel {}", quoted(name));
            let Value::Object(fields) = definition else {
                let message = format!("{subject} has no keys");
                self.error(&path, message, "give it `proto` and `addr`");
                continue;
            };
            let fields = self.with_policies(&path, fields, &subject);
            self.issues(
                &path,
                self.vocabulary.check_tunnel(&fields, &subject, reader),
            );
            let protocol = fields
                .get("proto")
                .and_then(Value::as_str)
                .and_then(|proto| proto.parse().ok());
            self.policy_file(&path, &fields, &subject, protocol);
        }
    }

    pub(super) fn endpoints(&mut self, endpoints: &[Value]) {
        let reader = Reader::file(self.agent, Some(ConfigVersion::V3));
        let mut names = Vec::new();
        for (index, definition) in endpoints.iter().enumerate() {
            let number = index.to_string();
            let path = ["endpoints", number.as_str()];
            let Value::Object(fields) = definition else {
                let message = format!("endpoint number {} has no keys", index + 1);
                self.error(&path, message, "give it `name` and `upstream`");
                continue;
            };
            let name = fields.get("name").and_then(Value::as_str);
            let subject = match name {
                Some(name) => format!("endpoint {}", quoted(name)),
                None => format!("endpoint number {}", index + 1),
            };
            let fields = self.with_policies(&path, fields, &subject);
            self.issues(
                &path,
                self.vocabulary.check_endpoint(&fields, &subject, reader),
            );
            if let Some(name) = name {
                if names.contains(&name) {
                    let path = [&path[..], &["name"]].concat();
                    self.error(
                        &path,
                        format!("{subject} is defined twice"),
                        "rename one of them",
                    );
                }
                names.push(name);
            }
            self.policy_file(&path, &fields, &subject, url_protocol(&fields));
        }
    }

    /// The fields with policies that are written as text read as what they hold.
    fn with_policies(
        &mut self,
        path: &[&str],
        fields: &Map<String, Value>,
        subject: &str,
    ) -> Map<String, Value> {
        let mut fields = fields.clone();
        for key in ["traffic_policy", "policy"] {
            let Some(Value::String(text)) = fields.get(key) else {
                continue;
            };
            if text.is_empty()
                || ngrok_core::definition::is_placeholder(text) && !text.contains('\n')
            {
                continue;
            }
            let path = [path, &[key]].concat();
            match read::parse_yaml(text) {
                Ok(policy @ Value::Object(_)) => {
                    fields.insert(key.to_owned(), policy);
                }
                Ok(_) => {
                    let message = format!("`{key}` of {subject} is a text that holds no policy");
                    self.error(
                        &path,
                        message,
                        "write the policy itself, or use `traffic_policy_file` for a file",
                    );
                    fields.remove(key);
                }
                Err(error) => {
                    let fault = error.config_message().unwrap_or_default();
                    let message = format!("`{key}` of {subject} is not YAML: {fault}");
                    self.error(&path, message, "fix it: ngrok refuses the endpoint");
                    fields.remove(key);
                }
            }
        }
        fields
    }
}

/// The protocol of an endpoint, as its URL has it.
fn url_protocol(fields: &Map<String, Value>) -> Option<Protocol> {
    let url = fields
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match url.split_once("://") {
        Some((scheme @ ("tcp" | "tls"), _)) => scheme.parse().ok(),
        _ => Some(Protocol::Http),
    }
}
