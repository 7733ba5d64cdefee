//! Traffic policies: their phases and actions. Facts from <https://ngrok.com/docs/traffic-policy/>.

use super::protocol::Protocols;

/// A phase of a traffic policy.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    /// Its key in a policy.
    pub name: &'static str,
    /// The protocols whose endpoints have it.
    pub protocols: Protocols,
    /// What it is called now, for http and for tcp and tls, if it is of the older language.
    pub now: Option<(&'static str, Option<&'static str>)>,
}

/// An action of a traffic policy.
#[derive(Clone, Copy, Debug)]
pub struct PolicyAction {
    /// Its `type`.
    pub name: &'static str,
    /// The phases that it may be in.
    pub phases: &'static [&'static str],
    /// Keys of its `config` that it needs.
    pub required: &'static [&'static str],
    /// Further keys of its `config`.
    pub optional: &'static [&'static str],
    /// Keys at any depth of its `config` whose values are secrets, or can hold one.
    pub secrets: &'static [&'static str],
    /// Whether it keeps people out.
    pub guards: bool,
    /// Whether it ends the request, so that no further action is reached.
    pub terminates: bool,
}

const CONNECT: &str = "on_tcp_connect";
const REQUEST: &str = "on_http_request";
const RESPONSE: &str = "on_http_response";
const EVENT: &str = "on_event_stream_message";

/// One row a phase.
pub(super) const PHASES: &[Phase] = &[
    Phase {
        name: CONNECT,
        protocols: Protocols::NAMED,
        now: None,
    },
    Phase {
        name: REQUEST,
        protocols: Protocols::HTTP,
        now: None,
    },
    Phase {
        name: RESPONSE,
        protocols: Protocols::HTTP,
        now: None,
    },
    Phase {
        name: EVENT,
        protocols: Protocols::HTTP,
        now: None,
    },
    Phase {
        name: "inbound",
        protocols: Protocols::NAMED,
        now: Some((REQUEST, Some(CONNECT))),
    },
    Phase {
        name: "outbound",
        protocols: Protocols::NAMED,
        now: Some((RESPONSE, None)),
    },
];

const fn action(name: &'static str, phases: &'static [&'static str]) -> PolicyAction {
    PolicyAction {
        name,
        phases,
        required: &[],
        optional: &[],
        secrets: &[],
        guards: false,
        terminates: false,
    }
}

impl PolicyAction {
    const fn required(self, required: &'static [&'static str]) -> Self {
        Self { required, ..self }
    }

    const fn optional(self, optional: &'static [&'static str]) -> Self {
        Self { optional, ..self }
    }

    const fn secrets(self, secrets: &'static [&'static str]) -> Self {
        Self { secrets, ..self }
    }

    const fn guards(self) -> Self {
        Self {
            guards: true,
            ..self
        }
    }

    const fn terminates(self) -> Self {
        Self {
            terminates: true,
            ..self
        }
    }
}

/// What the two login actions take beside what they need.
const LOGIN: &[&str] = &[
    "auth_id",
    "client_id",
    "client_secret",
    "scopes",
    "authz_url_params",
    "max_session_duration",
    "idle_session_timeout",
    "idle_session_duration",
    "userinfo_refresh_interval",
    "allow_cors_preflight",
    "auth_cookie_domain",
];

/// One row an action.
pub(super) const ACTIONS: &[PolicyAction] = &[
    action("add-headers", &[REQUEST, RESPONSE])
        .required(&["headers"])
        .secrets(&["headers"]),
    action("ai-gateway", &[REQUEST])
        .optional(&[
            "providers",
            "on_error",
            "per_request_timeout",
            "total_timeout",
        ])
        .secrets(&["api_keys"]),
    action("basic-auth", &[REQUEST])
        .required(&["credentials"])
        .optional(&["realm", "enforce"])
        .secrets(&["credentials"])
        .guards(),
    action("circuit-breaker", &[REQUEST])
        .required(&["error_threshold"])
        .optional(&[
            "volume_threshold",
            "window_duration",
            "tripped_duration",
            "num_buckets",
            "enforce",
        ]),
    action("close-connection", &[REQUEST, CONNECT])
        .guards()
        .terminates(),
    action("compress-response", &[RESPONSE]).optional(&["algorithms"]),
    action("custom-response", &[REQUEST, RESPONSE])
        .optional(&["status_code", "body", "headers"])
        .secrets(&["headers"])
        .guards()
        .terminates(),
    action("deny", &[CONNECT, REQUEST])
        .optional(&["status_code"])
        .guards()
        .terminates(),
    action("forward-internal", &[CONNECT, REQUEST])
        .required(&["url"])
        .optional(&["on_error"])
        .terminates(),
    action("http-request", &[REQUEST, RESPONSE])
        .required(&["url"])
        .optional(&[
            "method",
            "query_params",
            "headers",
            "body",
            "max_redirects",
            "timeout",
            "retry_condition",
            "on_error",
        ])
        .secrets(&["headers", "url", "body"]),
    action("jwt-validation", &[REQUEST])
        .required(&["issuer", "http", "jws"])
        .optional(&["audience"])
        .guards(),
    action("log", &[CONNECT, REQUEST, RESPONSE]).required(&["metadata"]),
    action("oauth", &[REQUEST])
        .required(&["provider"])
        .optional(LOGIN)
        .secrets(&["client_secret"])
        .guards(),
    action("openid-connect", &[REQUEST])
        .required(&["issuer_url"])
        .optional(LOGIN)
        .secrets(&["client_secret"])
        .guards(),
    // Some pages call it so.
    action("oidc", &[REQUEST])
        .required(&["issuer_url"])
        .optional(LOGIN)
        .secrets(&["client_secret"])
        .guards(),
    action("owasp-crs-request", &[REQUEST])
        .required(&["on_error"])
        .optional(&["process_body", "exclude_rule_ids"])
        .guards(),
    action("owasp-crs-response", &[RESPONSE])
        .required(&["on_error"])
        .optional(&["process_body", "exclude_rule_ids"])
        .guards(),
    action("rate-limit", &[REQUEST])
        .required(&["name", "algorithm", "capacity", "rate", "bucket_key"])
        .optional(&["enforce"])
        .guards(),
    action("redirect", &[REQUEST])
        .required(&["to"])
        .optional(&["from", "status_code", "headers"]),
    action("remove-headers", &[REQUEST, RESPONSE]).required(&["headers"]),
    action("request-body-find-replace", &[REQUEST]).required(&["replacements"]),
    action("response-body-find-replace", &[RESPONSE]).required(&["replacements"]),
    action("restrict-ips", &[REQUEST, RESPONSE, CONNECT])
        .optional(&["enforce", "allow", "deny", "ip_policies"])
        .guards(),
    action("saml", &[REQUEST]).guards(),
    action("set-vars", &[REQUEST, RESPONSE, CONNECT])
        .required(&["vars"])
        .secrets(&["vars"]),
    action("sse-find-replace", &[EVENT]).required(&["replacements"]),
    action("terminate-tls", &[CONNECT])
        .optional(&[
            "min_version",
            "max_version",
            "server_private_key",
            "server_certificate",
            "mutual_tls_certificate_authorities",
            "mutual_tls_verification_strategy",
        ])
        .secrets(&["server_private_key"])
        .guards(),
    action("url-rewrite", &[REQUEST])
        .required(&["to"])
        .optional(&["from"]),
    action("verify-webhook", &[REQUEST])
        .required(&["provider", "secret"])
        .optional(&["enforce"])
        .secrets(&["secret"])
        .guards(),
];
