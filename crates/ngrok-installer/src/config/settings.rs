//! The agent's settings in a config file, with their types.

use std::fmt;
use std::ops::Deref;

use serde_json::{Map, Value};

use ngrok_core::Secret;
use ngrok_core::definition::{as_flag, as_text};

/// The [settings of the agent](https://ngrok.com/docs/agent/config/v3/#agent-configuration) in a config file.
///
/// A key that is absent, null or of a type that does not fit is `None`; everything unknown, and what did not fit, is in
/// [`extra`](Self::extra). Durations are texts in Go's form, such as `1h30m`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AgentSettings {
    /// Key for `ngrok api` commands.
    pub api_key: Option<Secret>,
    /// Identifies the account.
    pub authtoken: Option<Secret>,
    /// Certificates to trust for ngrok's service: `trusted`, `host` or a path. Called `root_cas` in version 2.
    pub connect_cas: Option<String>,
    /// Network interface, or address, from which to connect.
    pub connect_interface: Option<String>,
    /// How long a connection attempt may take.
    pub connect_timeout: Option<String>,
    /// Host and port of ngrok's service. Called `server_addr` in version 2.
    pub connect_url: Option<String>,
    /// Whether to draw the console: `true`, `false` or `iftty`.
    pub console_ui: Option<String>,
    /// Background of the console: `black` or `transparent`.
    pub console_ui_color: Option<String>,
    /// Whether to skip the check for revoked certificates.
    pub crl_noverify: Option<bool>,
    /// Where to look for revoked certificates.
    pub crl_url: Option<String>,
    /// DNS servers to ask.
    pub dns_resolver_ips: Option<Vec<String>>,
    /// Time between two heartbeats.
    pub heartbeat_interval: Option<String>,
    /// How late a heartbeat may come before the agent reconnects.
    pub heartbeat_tolerance: Option<String>,
    /// Bytes kept for captured requests; 0 is the agent's default, a negative number turns capturing off.
    pub inspect_db_size: Option<i64>,
    /// `stdout`, `stderr`, `false` or a path.
    pub log: Option<String>,
    /// `term`, `logfmt` or `json`.
    pub log_format: Option<String>,
    /// `debug`, `info`, `warn`, `error` or `crit`.
    pub log_level: Option<String>,
    /// Free text that ngrok's API shows with the session.
    pub metadata: Option<String>,
    /// Proxy for the connection to ngrok's service; its URL may hold a password.
    pub proxy_url: Option<Secret>,
    /// Region to connect to; the agent finds the closest one if it is absent. Version 3 of the file does not have it.
    pub region: Option<String>,
    /// Whether the agent may be stopped and updated from the dashboard.
    pub remote_management: Option<bool>,
    /// `stable`, `unstable` or `beta`; agents before 3.0 take `stable`, `beta` or `testing`.
    pub update_channel: Option<String>,
    /// Whether to look for a newer agent.
    pub update_check: Option<bool>,
    /// Where the local API listens.
    pub web_addr: Option<WebAddr>,
    /// Host names that may be used to reach the local API.
    pub web_allow_hosts: Option<Vec<String>>,
    /// The other keys at the same place, `tunnels`, `endpoints` and `version` aside.
    pub extra: Extra,
}

/// The keys that [`AgentSettings`] has no field for, as JSON; it is read like a [`Map`]. Its `Debug` names the keys and
/// shows no value, since any of them can hold a secret: `agent` in a file of version 2 the authtoken, for one.
#[derive(Clone, Default, PartialEq)]
pub struct Extra(Map<String, Value>);

impl Deref for Extra {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The key `web_addr`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebAddr {
    /// `false`: the agent serves no local API.
    Disabled,
    /// Host and port, or a port alone.
    Address(String),
}

impl AgentSettings {
    pub(super) fn from_map(map: &Map<String, Value>) -> Self {
        let mut rest = map.clone();
        for definitions in ["version", "tunnels", "endpoints"] {
            rest.remove(definitions);
        }
        let mut keys = Keys(rest);
        Self {
            api_key: keys.secret("api_key"),
            authtoken: keys.secret("authtoken"),
            connect_cas: keys.text("connect_cas").or_else(|| keys.text("root_cas")),
            connect_interface: keys.text("connect_interface"),
            connect_timeout: keys.text("connect_timeout"),
            connect_url: keys
                .text("connect_url")
                .or_else(|| keys.text("server_addr")),
            console_ui: keys.text("console_ui"),
            console_ui_color: keys.text("console_ui_color"),
            crl_noverify: keys.flag("crl_noverify"),
            crl_url: keys.text("crl_url"),
            dns_resolver_ips: keys.texts("dns_resolver_ips"),
            heartbeat_interval: keys.text("heartbeat_interval"),
            heartbeat_tolerance: keys.text("heartbeat_tolerance"),
            inspect_db_size: keys.take("inspect_db_size", Value::as_i64),
            log: keys.text("log"),
            log_format: keys.text("log_format"),
            log_level: keys.text("log_level"),
            metadata: keys.text("metadata"),
            proxy_url: keys.secret("proxy_url"),
            region: keys.text("region"),
            remote_management: keys.flag("remote_management"),
            update_channel: keys.text("update_channel"),
            update_check: keys.flag("update_check"),
            web_addr: keys.take("web_addr", |value| match value {
                off if super::rules::turns_off(off) => Some(WebAddr::Disabled),
                other => as_text(other).map(WebAddr::Address),
            }),
            web_allow_hosts: keys.texts("web_allow_hosts"),
            extra: Extra(keys.0),
        }
    }
}

/// The keys that are not read yet.
struct Keys(Map<String, Value>);

impl Keys {
    /// Takes the key out if its value fits.
    fn take<T>(&mut self, key: &str, fit: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.0.get(key)?;
        let fitting = fit(value);
        if fitting.is_some() || value.is_null() {
            self.0.remove(key);
        }
        fitting
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, as_text)
    }

    fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        self.take(key, |value| value.as_array()?.iter().map(as_text).collect())
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        self.take(key, as_flag)
    }

    fn secret(&mut self, key: &str) -> Option<Secret> {
        self.take(key, |value| {
            let text = as_text(value).filter(|text| !text.is_empty())?;
            Some(Secret::new(text))
        })
    }
}
