//! Checks a tunnel or an endpoint as a whole: its keys, and how they go together.

use serde_json::{Map, Value};

use super::check::{Reader, Site};
use super::issue::{Issue, IssueKind};
use super::key::Key;
use super::policy;
use super::protocol::Protocol;
use super::value::{as_flag, as_text};
use super::vocabulary::{Place, Vocabulary};
use crate::ConfigVersion;

impl Vocabulary {
    /// Checks a tunnel: an entry of `tunnels`, or the body of `POST /api/tunnels`. `subject` is how messages name it, such as
    /// ``tunnel `web` ``.
    ///
    /// An agent takes it if no issue is an error.
    ///
    /// ```
    /// use ngrok_core::definition::{IssueKind, Reader, Vocabulary};
    /// use ngrok_core::AgentVersion;
    ///
    /// let fields = serde_json::json!({"proto": "http", "addr": 80, "basic_auth": ["me:hunter22"]});
    /// let check = |agent| Vocabulary::ngrok().check_tunnel(fields.as_object().unwrap(), "tunnel `web`", Reader::request(agent));
    /// assert!(check(AgentVersion::NEWEST).is_empty());
    /// assert_eq!(check(AgentVersion::LAST_2)[0].kind, IssueKind::GuardIgnored);
    /// ```
    pub fn check_tunnel(
        &self,
        fields: &Map<String, Value>,
        subject: &str,
        reader: Reader,
    ) -> Vec<Issue> {
        let of = format!(" of {subject}");
        let is_labelled = given(fields, "labels");
        let protocol = protocol_of(fields);
        let site = Site {
            vocabulary: self,
            place: Place::Tunnel,
            reader,
            // Where `labels` are wrong they are reported alone, not every key that does not go with them.
            protocol: protocol.filter(|_| {
                !is_labelled || !(given(fields, "proto") || reader.agent.is_before_3())
            }),
            of: &of,
        };
        let keys = self.keys(Place::Tunnel);
        let mut issues = Vec::new();
        site.check_fields(keys, &[], fields, &mut issues);
        site.required(keys, &[], fields, &mut issues);
        site.together(keys, fields, &mut issues);
        if is_labelled && reader.version == Some(ConfigVersion::V3) {
            issues.push(Issue::error(
                IssueKind::Misplaced,
                &["labels"],
                format!("{}, which version 3 does not have", site.shown(&["labels"])),
                "use an endpoint whose URL ends in .internal, and a cloud endpoint that forwards to it",
            ));
        }
        if !is_labelled && !given(fields, "proto") {
            issues.push(proto_missing(fields, subject, reader));
        }
        if matches!(protocol, Some(Protocol::Tcp | Protocol::Tls))
            && fields.get("inspect").and_then(as_flag) == Some(true)
        {
            let message = format!(
                "{} is true, and only http can be inspected",
                site.shown(&["inspect"])
            );
            issues.push(Issue::error(
                IssueKind::WrongValue,
                &["inspect"],
                message,
                "make it false, or leave it out",
            ));
        }
        for key in ["traffic_policy", "policy"] {
            if let Some(value) = fields.get(key) {
                let older = key == "policy" || protocol != Some(Protocol::Http);
                let context = policy::Context {
                    protocol,
                    older_phases: older,
                    path: &[key],
                    of: &of,
                };
                self.check_policy_at(value, context, &mut issues);
            }
        }
        service_rules(&site, fields, &mut issues);
        issues
    }

    /// Checks an endpoint: an item of `endpoints`, or the body of `POST /api/endpoints`. `subject` is how messages name it,
    /// such as ``endpoint `web` ``.
    ///
    /// An agent takes it if no issue is an error. What only its answers hold is passed over in a request: see
    /// [`Vocabulary::settable`].
    pub fn check_endpoint(
        &self,
        fields: &Map<String, Value>,
        subject: &str,
        reader: Reader,
    ) -> Vec<Issue> {
        let of = format!(" of {subject}");
        let protocol = endpoint_protocol(fields);
        let site = Site {
            vocabulary: self,
            place: Place::Endpoint,
            reader,
            protocol,
            of: &of,
        };
        let keys = self.keys(Place::Endpoint);
        let mut issues = Vec::new();
        site.check_fields(keys, &[], fields, &mut issues);
        site.required(keys, &[], fields, &mut issues);
        site.together(keys, fields, &mut issues);
        if let Some(Value::Array(bindings)) = fields.get("bindings")
            && bindings.len() > 1
        {
            issues.push(Issue::error(
                IssueKind::WrongValue,
                &["bindings"],
                format!("{} has more than one item", site.shown(&["bindings"])),
                "keep one, and write a second endpoint for the other",
            ));
        }
        if given(fields, "agent_tls_termination") && protocol != Some(Protocol::Tls) {
            issues.push(Issue::error(
                IssueKind::Conflict,
                &["agent_tls_termination"],
                format!(
                    "{} works for tls:// URLs alone",
                    site.shown(&["agent_tls_termination"])
                ),
                "begin `url` with tls://",
            ));
        }
        if let Some(value) = fields.get("traffic_policy") {
            let context = policy::Context {
                protocol,
                older_phases: protocol != Some(Protocol::Http),
                path: &["traffic_policy"],
                of: &of,
            };
            self.check_policy_at(value, context, &mut issues);
        }
        issues
    }
}

impl Site<'_> {
    /// Keys that exclude or need one another.
    fn together(&self, keys: &[Key], fields: &Map<String, Value>, issues: &mut Vec<Issue>) {
        for key in keys.iter().filter(|key| given(fields, key.name())) {
            let name = key.name();
            for other in key.conflicting() {
                if given(fields, other) {
                    issues.push(Issue::error(
                        IssueKind::Conflict,
                        &[name],
                        format!("`{name}` beside `{other}`{}", self.of),
                        "keep one of them",
                    ));
                }
            }
            for other in key.needed() {
                if !given(fields, other) {
                    issues.push(Issue::error(
                        IssueKind::Missing,
                        &[name],
                        format!("`{name}` without `{other}`{}", self.of),
                        format!("add `{other}`"),
                    ));
                }
            }
        }
    }
}

/// A tunnel without protocol: agents from 3.16 on may take it from the URL.
fn proto_missing(fields: &Map<String, Value>, subject: &str, reader: Reader) -> Issue {
    let message = format!("no `proto` of {subject}");
    let remedy = "add `proto: http`, `tcp` or `tls`";
    if given(fields, "url") && !reader.agent.is_before_3() {
        Issue::warning(IssueKind::Missing, &[], message, remedy)
    } else {
        Issue::error(IssueKind::Missing, &[], message, remedy)
    }
}

/// What not the agent but ngrok's service refuses. Its rules change without notice, so these are warnings.
fn service_rules(site: &Site<'_>, fields: &Map<String, Value>, issues: &mut Vec<Issue>) {
    let list = |key: &str, field: &str| {
        let list = fields.get(key).and_then(|value| value.get(field))?;
        list.as_array().filter(|list| !list.is_empty())
    };
    if list("ip_restriction", "deny_cidrs").is_some()
        && list("ip_restriction", "allow_cidrs").is_none()
    {
        issues.push(Issue::warning(
            IssueKind::Odd,
            &["ip_restriction"],
            format!(
                "{} denies and allows no one (ERR_NGROK_393)",
                site.shown(&["ip_restriction"])
            ),
            "add `allow_cidrs`, such as `[0.0.0.0/0, ::/0]`",
        ));
    }
    let of_oauth = |field: &str| {
        fields
            .get("oauth")
            .and_then(|oauth| oauth.get(field))
            .is_some_and(|value| !value.is_null())
    };
    if list("oauth", "scopes").is_some() && !of_oauth("client_id") {
        issues.push(Issue::warning(
            IssueKind::Odd,
            &["oauth", "scopes"],
            format!(
                "{} needs an OAuth application of your own (ERR_NGROK_390)",
                site.shown(&["oauth", "scopes"])
            ),
            "add `client_id` and `client_secret`",
        ));
    }
    if let Some(Value::Array(pairs)) = fields.get("basic_auth") {
        let short = |pair: &Value| {
            let password = pair
                .as_str()
                .and_then(|pair| pair.split_once(':'))
                .map(|(_, password)| password.len());
            password.is_some_and(|length| !(8..=128).contains(&length))
        };
        if pairs.iter().any(short) {
            issues.push(Issue::warning(
                IssueKind::Odd,
                &["basic_auth"],
                format!(
                    "{} has a password that is not 8 to 128 characters long, which ngrok refuses",
                    site.shown(&["basic_auth"])
                ),
                "choose a longer one",
            ));
        }
    }
}

/// The protocol of a tunnel, if it says one that exists, in lower case as agents want it.
pub(super) fn protocol_of(fields: &Map<String, Value>) -> Option<Protocol> {
    match fields.get("proto").filter(|value| !value.is_null()) {
        Some(value) => {
            let text = as_text(value)?;
            Protocol::WORDS
                .contains(&text.as_str())
                .then(|| text.parse().ok())?
        }
        None if given(fields, "labels") => Some(Protocol::Labelled),
        None => given(fields, "url").then(|| url_protocol(fields)).flatten(),
    }
}

/// The protocol of an endpoint: that of its URL, else of its upstream, else http.
pub(super) fn endpoint_protocol(fields: &Map<String, Value>) -> Option<Protocol> {
    if given(fields, "url") {
        return url_protocol(fields);
    }
    let upstream = fields
        .get("upstream")
        .and_then(|upstream| upstream.get("url"));
    let scheme = upstream
        .and_then(Value::as_str)
        .and_then(|url| url.split_once("://"));
    match scheme {
        Some(("tcp", _)) => Some(Protocol::Tcp),
        Some(("tls", _)) => Some(Protocol::Tls),
        _ => Some(Protocol::Http),
    }
}

fn url_protocol(fields: &Map<String, Value>) -> Option<Protocol> {
    let url = fields.get("url").and_then(Value::as_str)?;
    match url.split_once("://") {
        None | Some(("http" | "https", _)) => Some(Protocol::Http),
        Some(("tcp", _)) => Some(Protocol::Tcp),
        Some(("tls", _)) => Some(Protocol::Tls),
        Some(_) => None,
    }
}

/// Whether a key is there. To agents null, and an empty text, are absent.
pub(super) fn given(fields: &Map<String, Value>, key: &str) -> bool {
    fields
        .get(key)
        .is_some_and(|value| !value.is_null() && value != "")
}
