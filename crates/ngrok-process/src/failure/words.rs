//! Failures that have no code of ngrok's, by words that agents of all versions use.

use crate::ErrorKind;

/// What a message without a code means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    pub(super) kind: ErrorKind,
    pub(super) hint: Option<&'static str>,
}

struct Row {
    words: &'static str,
    kind: ErrorKind,
    hint: &'static str,
}

const fn row(words: &'static str, kind: ErrorKind, hint: &'static str) -> Row {
    Row { words, kind, hint }
}

const PORT: &str = "another program listens there: stop it, or set `web_addr` to a free port";
const CHECK: &str = "correct the configuration file; `ngrok-rs config check` shows the place";
const FLAG: &str = "leave the argument out, or update the agent";

/// The first row whose words are in the message counts, so the narrow ones come first.
const ROWS: [Row; 43] = {
    use ErrorKind::{Auth, Config, Limit, PortInUse, Version};
    [
        row("address already in use", PortInUse, PORT),
        row("Only one usage of each socket address", PortInUse, PORT),
        row(
            "forbidden by its access permissions",
            PortInUse,
            "Windows has reserved the port: set `web_addr` to another one (`netsh interface ipv4 show excludedportrange tcp` lists the reserved ones)",
        ),
        row(
            "'http_proxy_env'",
            Config,
            "the environment variable `http_proxy` must be a URL such as http://127.0.0.1:3128: correct or unset it",
        ),
        row(
            "property value for 'http_proxy'",
            Config,
            "the environment variable `http_proxy`, or the key of this name in the configuration file, must be a URL such as http://127.0.0.1:3128: correct or remove it",
        ),
        row(
            "property value for 'proxy_url'",
            Config,
            "`proxy_url` in the configuration file must be a URL such as http://127.0.0.1:3128: correct or remove it",
        ),
        row(
            "property value for 'socks5_proxy'",
            Config,
            "`socks5_proxy` in the configuration file must be a URL such as socks5://127.0.0.1:1080: correct or remove it",
        ),
        row(
            "unknown version '",
            Version,
            "update the agent, or use a version of the file that it knows",
        ),
        row(
            "version` property is required",
            Config,
            "write `version: 2` at the top of the file, or run `ngrok config upgrade`",
        ),
        row(
            "config contains tab characters",
            Config,
            "indent the configuration file with spaces",
        ),
        row(
            "not found in type config.",
            Config,
            "correct or remove that key of the configuration file; `ngrok-rs config check` shows where it belongs",
        ),
        row(
            "no such file or directory",
            Config,
            "correct the path, or create the file",
        ),
        row(
            "permission denied",
            Config,
            "let this user read the file, or give another one",
        ),
        row(
            "You can't enable the console UI",
            Config,
            "remove `console_ui: true` from the configuration file",
        ),
        row("Error reading configuration file", Config, CHECK),
        row("YAML parsing error", Config, CHECK),
        row("yaml: ", Config, CHECK),
        row("Invalid configuration property", Config, CHECK),
        row("configuration error", Config, CHECK),
        row(
            "Failed to configure logging",
            Config,
            "correct `log_level` and `log_format` in the configuration file",
        ),
        row("Failed to configure", Config, CHECK),
        row("Invalid tunnel configuration", Config, CHECK),
        row("Invalid protocol name", Config, CHECK),
        row(
            "You may not specify both 'region' and 'server_addr'",
            Config,
            "remove one of the two from the configuration file",
        ),
        row("must specify 'addr' to tunnel to", Config, CHECK),
        row("invalid or malformed address", Config, CHECK),
        row("URL with an unsupported scheme", Config, CHECK),
        row("must not specify both", Config, CHECK),
        row("You may not specify both", Config, CHECK),
        row("cannot inspect traffic", Config, CHECK),
        row("must supply both 'crt' and 'key'", Config, CHECK),
        row("Empty tunnel definition", Config, CHECK),
        row(
            "is not defined in the config",
            Config,
            "define it, or correct its name",
        ),
        row(
            "must define at least one tunnel",
            Config,
            "define a tunnel in the configuration file",
        ),
        row(
            "must specify at least one tunnel",
            Config,
            "name the tunnel to start",
        ),
        row(
            "You must specify a single argument",
            Config,
            "give one port or address",
        ),
        row(
            "Invalid log ",
            Config,
            "give a log level and format that this agent knows",
        ),
        row("unknown flag", Config, FLAG),
        row("unknown command", Config, FLAG),
        row("flag provided but not defined", Config, FLAG),
        row("Unrecognized command", Config, FLAG),
        row(
            "Too many sessions",
            Limit,
            "stop another agent of the account, then try again",
        ),
        row(
            "authentication failed",
            Auth,
            "check the authtoken at https://dashboard.ngrok.com/get-started/your-authtoken",
        ),
    ]
};

/// Words that stand for a file only if the message is about the configuration.
const FILE_WORDS: [&str; 2] = ["no such file or directory", "permission denied"];

/// Returns what the message means, if its words are known.
pub(super) fn meaning(message: &str) -> Option<Meaning> {
    let is_about_file = message.contains("configuration file");
    let limit = (message.contains("limited to")).then_some(Meaning {
        kind: ErrorKind::Limit,
        hint: None,
    });
    ROWS.iter()
        .find(|row| {
            message.contains(row.words) && (is_about_file || !FILE_WORDS.contains(&row.words))
        })
        .map(|row| Meaning {
            kind: row.kind,
            hint: Some(row.hint),
        })
        .or(limit)
}
