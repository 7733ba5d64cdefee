//! What a caller may say about a tunnel or an endpoint.

mod endpoint;
mod guard;
mod http;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ngrok_core::{Address, TrafficPolicy};
use ngrok_localapi::{EndpointConfig, TunnelConfig};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Options of [`connect`](crate::Ngrok::connect): an upstream and how ngrok serves it.
///
/// Only what is set is sent. What both kinds know has one setter; what only a tunnel (config version 2) or only an
/// endpoint (version 3) knows is refused in the other mode by [`connect`](crate::Ngrok::connect), with the option and
/// the setting named. Anything newer than this crate goes through [`option`](Self::option).
///
/// A port, an address, a URL or a directory is a `ConnectOptions` too:
///
/// ```
/// use ngrok_facade::ConnectOptions;
///
/// let by_port: ConnectOptions = 8080.into();
/// let by_address: ConnectOptions = "192.168.0.5:80".into();
/// let ssh: ConnectOptions = "tcp://22".into();
/// let full = ConnectOptions::http(8080).name("web").domain("app.example.com").compression(true);
/// ```
///
/// The options are those of ngrok's [version 2](https://ngrok.com/docs/agent/config/v2/) and
/// [version 3](https://ngrok.com/docs/agent/config/v3/) definitions.
#[derive(Clone, Default, PartialEq)]
pub struct ConnectOptions {
    pub(crate) addr: Option<String>,
    pub(crate) proto: Option<String>,
    pub(crate) name: Option<String>,
    /// What a definition holds beside these, by its names in ngrok's documentation.
    pub(crate) fields: Map<String, Value>,
}

impl ConnectOptions {
    /// No options: the definition `pyngrok-default` or `ngrok-default` of the config file if there is one, else
    /// port 80 over HTTP.
    pub fn new() -> Self {
        Self::default()
    }

    /// An HTTP tunnel to a port, an address or a URL.
    pub fn http(addr: impl ToString) -> Self {
        Self::new().addr(addr).proto("http")
    }

    /// A TCP tunnel to a port or an address.
    pub fn tcp(addr: impl ToString) -> Self {
        Self::new().addr(addr).proto("tcp")
    }

    /// A TLS tunnel to a port or an address.
    pub fn tls(addr: impl ToString) -> Self {
        Self::new().addr(addr).proto("tls")
    }

    /// Serves the files of a directory; a relative path is taken from the current directory.
    pub fn directory(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Self::new().addr(Address::from_directory(path))
    }

    /// The definition of that name in the config file.
    pub fn named(name: impl Into<String>) -> Self {
        Self::new().name(name)
    }

    /// The upstream: `8080`, `localhost:8080`, `[::1]:80`, `https://localhost:8443`, `tcp://22`, `file:///srv/www`.
    pub fn addr(mut self, addr: impl ToString) -> Self {
        self.addr = Some(addr.to_string());
        self
    }

    /// The protocol: `http`, `tcp` or `tls`. Default: what the address implies, else `http`.
    pub fn proto(mut self, proto: impl Into<String>) -> Self {
        self.proto = Some(proto.into());
        self
    }

    /// A name of your own, or that of a definition in the config file. Default: one made up.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Any option by its name in ngrok's documentation.
    ///
    /// `addr`, `proto` and `name` are the setters above, whichever way they are given.
    pub fn option(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let (key, value) = (key.into(), value.into());
        let text = match &value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if number.is_u64() => Some(number.to_string()),
            // Not what it has to be, which `connect` says.
            _ => None,
        };
        match (key.as_str(), text) {
            ("addr", Some(text)) => self.addr = Some(text),
            ("proto", Some(text)) => self.proto = Some(text),
            ("name", Some(text)) => self.name = Some(text),
            _ => drop(self.fields.insert(key, value)),
        }
        self
    }

    /// Sets a string that the dashboard and the cloud API show, up to 4096 bytes.
    pub fn metadata(self, metadata: impl Into<String>) -> Self {
        self.tunnel(|it| it.metadata(metadata))
    }

    /// Sets whether the agent keeps requests for inspection and replay. Default: yes for HTTP.
    pub fn inspect(self, inspect: bool) -> Self {
        self.tunnel(|it| it.inspect(inspect))
    }

    /// Sets the public URL: a domain, an origin or a bare scheme. Default: a random https URL.
    pub fn url(self, url: impl Into<String>) -> Self {
        self.tunnel(|it| it.url(url))
    }

    /// Lets several agents share one URL, which then balances between them.
    pub fn pooling_enabled(self, enabled: bool) -> Self {
        self.tunnel(|it| it.pooling_enabled(enabled))
    }

    /// A [traffic policy](https://ngrok.com/docs/traffic-policy/), built or read.
    ///
    /// ```
    /// use ngrok_facade::{Action, ConnectOptions, Rule, TrafficPolicy};
    ///
    /// let policy = TrafficPolicy::new().on_http_request(Rule::new().action(Action::basic_auth(["user:a password"])));
    /// let options = ConnectOptions::http(8080).traffic_policy(&policy);
    /// ```
    pub fn traffic_policy(self, policy: &TrafficPolicy) -> Self {
        self.tunnel(|it| it.traffic_policy(policy))
    }

    /// A traffic policy as YAML or JSON, as ngrok's documentation shows them.
    ///
    /// # Errors
    ///
    /// [`Error::PolicySyntax`](crate::Error::PolicySyntax) if it is neither; [`Error::Api`](crate::Error::Api), with the
    /// place, if it is no traffic policy.
    pub fn traffic_policy_text(self, text: &str) -> Result<Self> {
        Ok(self.traffic_policy(&read_policy(text)?))
    }

    /// Labels of a labelled tunnel, which ngrok has retired together with edges. Version 2 only.
    pub fn labels<T: Into<String>>(self, labels: impl IntoIterator<Item = T>) -> Self {
        self.tunnel(|it| it.labels(labels))
    }

    /// Sets what a tunnel's definition and an endpoint's have under the same name, or what only a tunnel has.
    fn tunnel(mut self, set: impl FnOnce(TunnelConfig) -> TunnelConfig) -> Self {
        self.fields = set(TunnelConfig::from_fields(self.fields)).into_fields();
        self
    }

    /// Sets what only an endpoint's definition has.
    fn endpoint(mut self, set: impl FnOnce(EndpointConfig) -> EndpointConfig) -> Self {
        self.fields = set(EndpointConfig::from_fields(self.fields)).into_fields();
        self
    }
}

/// A tunnel's definition, as `ngrok.yml` or the agent's API has it.
impl From<TunnelConfig> for ConnectOptions {
    fn from(config: TunnelConfig) -> Self {
        of_fields(config.into_fields())
    }
}

/// An endpoint's definition, as `ngrok.yml` or the agent's API has it.
impl From<EndpointConfig> for ConnectOptions {
    fn from(config: EndpointConfig) -> Self {
        of_fields(config.into_fields())
    }
}

fn of_fields(fields: Map<String, Value>) -> ConnectOptions {
    fields
        .into_iter()
        .fold(ConnectOptions::new(), |options, (key, value)| {
            options.option(key, value)
        })
}

/// A traffic policy from YAML, which JSON is too.
pub(crate) fn read_policy(text: &str) -> Result<TrafficPolicy> {
    let json = ngrok_installer::config::parse_yaml(text)
        .map_err(|source| Error::PolicySyntax { source })?;
    Ok(TrafficPolicy::from_json(&json)?)
}

/// Values may be passwords, so only the names of the options show.
impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("addr", &self.addr)
            .field("proto", &self.proto)
            .field("name", &self.name)
            .field("options", &self.fields.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl From<u16> for ConnectOptions {
    fn from(port: u16) -> Self {
        Self::new().addr(port)
    }
}

impl From<&str> for ConnectOptions {
    fn from(addr: &str) -> Self {
        Self::new().addr(addr)
    }
}

impl From<String> for ConnectOptions {
    fn from(addr: String) -> Self {
        Self::new().addr(addr)
    }
}

impl From<&String> for ConnectOptions {
    fn from(addr: &String) -> Self {
        Self::new().addr(addr)
    }
}

impl From<SocketAddr> for ConnectOptions {
    fn from(addr: SocketAddr) -> Self {
        Self::new().addr(addr)
    }
}

impl From<&Path> for ConnectOptions {
    fn from(directory: &Path) -> Self {
        Self::directory(directory)
    }
}

impl From<PathBuf> for ConnectOptions {
    fn from(directory: PathBuf) -> Self {
        Self::directory(directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms() {
        let addr = |options: ConnectOptions| options.addr;
        assert_eq!(addr(8080.into()).as_deref(), Some("8080"));
        assert_eq!(addr("tcp://22".into()).as_deref(), Some("tcp://22"));
        let socket: SocketAddr = "[::1]:80".parse().unwrap();
        assert_eq!(addr(socket.into()).as_deref(), Some("[::1]:80"));
    }

    #[test]
    fn a_directory_becomes_a_url_that_the_agent_reads_back() {
        let addr = |path: &Path| ConnectOptions::from(path).addr.unwrap();
        let (path, expected) = if cfg!(windows) {
            (r"C:\srv\50% off#1", "file:///C:/srv/50%25 off%231")
        } else {
            ("/srv/50% off#1", "file:///srv/50%25 off%231")
        };
        assert_eq!(addr(Path::new(path)), expected);
        let here = addr(Path::new("www"));
        assert!(
            here.starts_with("file:///") && here.ends_with("/www"),
            "{here}"
        );
        let folder = tempfile::tempdir().unwrap();
        let canonical = std::fs::canonicalize(&folder).unwrap();
        let shown = addr(&canonical);
        assert!(!shown.contains("%3F"), "{shown}");
        let read = Address::parse(&shown).unwrap().directory().unwrap();
        assert!(read.is_dir(), "{shown}");
    }

    #[test]
    fn options_by_name_reach_the_same_place_as_the_setters() {
        let by_name = ConnectOptions::new()
            .option("addr", 8080)
            .option("proto", "tcp")
            .option("name", "n")
            .option("inspect", false);
        assert_eq!(by_name, ConnectOptions::tcp(8080).name("n").inspect(false));
    }

    #[test]
    fn a_traffic_policy_is_read_as_yaml_and_as_json() {
        let yaml = "on_http_request:\n  - actions:\n      - type: deny\n";
        let json = r#"{"on_http_request": [{"actions": [{"type": "deny"}]}]}"#;
        let read = |text| ConnectOptions::new().traffic_policy_text(text);
        assert_eq!(read(yaml).unwrap(), read(json).unwrap());
        assert!(matches!(read("{").unwrap_err(), Error::PolicySyntax { .. }));
        let error = read("on_http_request: 1").unwrap_err();
        assert!(error.is_wrong_use(), "{error}");
    }

    #[test]
    fn debug_shows_no_value() {
        let options = ConnectOptions::http(80).basic_auth("user", "planted-password");
        let shown = format!("{options:?}");
        assert!(
            shown.contains("basic_auth") && !shown.contains("planted"),
            "{shown}"
        );
    }
}
