//! The only place that reads the environment; tests hand in one of their own.

use std::collections::HashMap;
use std::ffi::OsString;

/// The variables that this crate looks at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(HashMap<&'static str, OsString>);

/// The agent's binary: ours, then pyngrok's.
pub(crate) const NGROK_PATH: [&str; 2] = ["NGROK_PATH", "PYNGROK_NGROK_PATH"];
pub(crate) const AUTHTOKEN: &str = "NGROK_AUTHTOKEN";
pub(crate) const API_KEY: &str = "NGROK_API_KEY";
/// Another service than ngrok's own cloud API.
pub(crate) const API_URL: &str = "NGROK_API_URL";
/// Whether an agent on another machine may be called.
pub(crate) const ALLOW_REMOTE: &str = "NGROK_RS_ALLOW_REMOTE";
/// Variables that make the agent dial through a proxy. On Windows both spellings are one variable, which a finding is to
/// call by its usual name.
pub(crate) const PROXIES: &[&str] = if cfg!(windows) {
    &["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
} else {
    &[
        "https_proxy",
        "HTTPS_PROXY",
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ]
};

impl Environment {
    /// That of this process. An empty variable counts as unset.
    pub(crate) fn process() -> Self {
        let names = NGROK_PATH
            .into_iter()
            .chain([AUTHTOKEN, API_KEY, API_URL, ALLOW_REMOTE])
            .chain(PROXIES.iter().copied());
        Self(
            names
                .filter_map(|name| Some((name, std::env::var_os(name)?)))
                .collect(),
        )
    }

    /// Made of the given variables alone.
    #[cfg(test)]
    pub(crate) fn of(variables: &[(&'static str, &str)]) -> Self {
        Self(
            variables
                .iter()
                .map(|&(name, value)| (name, value.into()))
                .collect(),
        )
    }

    /// The first of `names` that is set.
    pub(crate) fn first(&self, names: &[&'static str]) -> Option<&OsString> {
        names
            .iter()
            .filter_map(|name| self.0.get(name))
            .find(|value| !value.is_empty())
    }

    /// Whether a variable says yes.
    pub(crate) fn flag(&self, name: &'static str) -> bool {
        let yes = ["1", "true", "yes", "on"];
        self.text(name)
            .is_some_and(|text| yes.contains(&text.to_ascii_lowercase().as_str()))
    }

    /// A variable as text, without the white space that a shell or a file left around it.
    pub(crate) fn text(&self, name: &'static str) -> Option<String> {
        let text = self.first(&[name])?.to_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}
