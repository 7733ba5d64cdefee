//! The names of the environment variables that ngrok, the agent's network library and these crates read.

/// The authtoken; read by agents since 3.0 and by these crates.
pub const NGROK_AUTHTOKEN: &str = "NGROK_AUTHTOKEN";
/// The key of the cloud API.
pub const NGROK_API_KEY: &str = "NGROK_API_KEY";
/// The config file, in place of the default one.
pub const NGROK_CONFIG: &str = "NGROK_CONFIG";
/// The agent binary, in place of the default one.
pub const NGROK_PATH: &str = "NGROK_PATH";

/// The variables that name a proxy, lower case first, as Go programs read them.
pub const PROXIES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];
/// Those of them that hold for https, in the order in which they are read. On Windows both spellings are one variable, which
/// an error calls by its usual name.
pub const HTTPS_PROXIES: &[&str] = if cfg!(windows) {
    &["HTTPS_PROXY", "ALL_PROXY"]
} else {
    &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
};
/// The variables that list the hosts to reach without a proxy.
pub const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// A file of further authorities to trust, as OpenSSL reads it.
pub const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
