//! The environment variables that a client reads: its key and address, the proxy, the certificate authorities.
//! Nothing else in the crate looks at the environment.

/// The API key; see [ngrok's dashboard](https://dashboard.ngrok.com/api-keys).
pub(crate) const API_KEY: &str = "NGROK_API_KEY";

/// The base URL, for a service other than ngrok's own.
pub(crate) const API_URL: &str = "NGROK_API_URL";

/// A variable that is set to something. One that is not Unicode counts as unset: neither a key nor a URL can be that.
pub(crate) fn system(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}
