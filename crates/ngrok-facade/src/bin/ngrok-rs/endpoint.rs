//! From the flags of a command to the options of an endpoint.

use ngrok_facade::{Action, ConfigVersion, ConnectOptions, Ngrok, Rule, TrafficPolicy};

use crate::args::{EndpointArgs, HttpFlags};
use crate::exit::{Failure, Outcome};

/// Returns `options` with what the flags say, under the names that the config version knows.
pub(crate) fn options(
    ngrok: &Ngrok,
    mut options: ConnectOptions,
    endpoint: &EndpointArgs,
    http: &HttpFlags,
) -> Outcome<ConnectOptions> {
    let version = ngrok.config_version()?;
    for (key, value) in &endpoint.option {
        options = options.option(key, value.clone());
    }
    if let Some(url) = &endpoint.url {
        options = options.url(url);
    }
    if let Some(domain) = &http.domain {
        options = match version {
            ConfigVersion::V2 => options.option("domain", domain.as_str()),
            _ => options.url(domain),
        };
    }
    if let Some(name) = &endpoint.name {
        options = options.name(name);
    }
    if let Some(metadata) = &endpoint.metadata {
        options = options.metadata(metadata);
    }
    if let Some(description) = &endpoint.description {
        options = options.option("description", description.as_str());
    }
    if !endpoint.binding.is_empty() {
        options = options.option("bindings", endpoint.binding.clone());
    }
    if let Some(enabled) = endpoint.pooling_enabled {
        options = options.pooling_enabled(enabled);
    }
    if let Some(inspect) = http.inspect {
        options = options.inspect(inspect);
    }
    if version == ConfigVersion::V2 {
        if !http.basic_auth.is_empty() {
            options = options.option("basic_auth", http.basic_auth.clone());
        }
        if let Some(host) = &http.host_header {
            options = options.option("host_header", host.as_str());
        }
    } else if let Some(policy) = policy(http)? {
        if endpoint.traffic_policy_file.is_some() {
            return Err(Failure::Usage(
                "with config version 3, --basic-auth and --host-header become a traffic policy, which cannot go with --traffic-policy-file; put the actions `basic-auth` and `add-headers` into the file".to_owned(),
            ));
        }
        options = options.traffic_policy(&policy);
    }
    match &endpoint.traffic_policy_file {
        None => Ok(options),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::Io(format!("cannot read {}", path.display()), error))?;
            Ok(options.traffic_policy_text(&text)?)
        }
    }
}

/// An endpoint has a traffic policy for what a tunnel has options for.
fn policy(http: &HttpFlags) -> Outcome<Option<TrafficPolicy>> {
    let mut policy = TrafficPolicy::new();
    if !http.basic_auth.is_empty() {
        let credentials = http.basic_auth.iter().map(String::as_str);
        policy = policy.on_http_request(Rule::new().action(Action::basic_auth(credentials)));
    }
    if let Some(host) = &http.host_header {
        if host == "rewrite" {
            return Err(Failure::Usage(
                "with config version 3, --host-header needs the host itself, such as `localhost:8080`, instead of `rewrite`".to_owned(),
            ));
        }
        let action = Action::add_headers([("host", host.as_str())]);
        policy = policy.on_http_request(Rule::new().action(action));
    }
    Ok((policy.rule_count() > 0).then_some(policy))
}
