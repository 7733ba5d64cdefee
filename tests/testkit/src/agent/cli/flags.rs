//! The flags of the agent's commands, from the one table of ngrok's keys: what each takes, which key of a definition it
//! sets, and which commands have it.

use ngrok_core::AgentVersion;
use ngrok_core::definition::{Becomes, Key, Kind, Place, Protocol, Vocabulary};

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    /// May be repeated; the values are a list.
    Many,
    /// A switch; `--flag=false` turns it off.
    Switch,
    Number,
}

/// One flag.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) takes: Takes,
    /// The key of a tunnel that it sets, `oauth.provider` for one within another; empty if it is not about a tunnel.
    pub(super) path: String,
    /// The commands that have it; `None` is all.
    commands: Option<Vec<&'static str>>,
}

const RUNNING: &[&str] = &["http", "start", "tcp", "tls"];
const POLICY: &str = "use traffic policy instead";
const URL: &str = "use --url instead";
const DOMAIN: &str = "use --domain instead";

/// What the agent says when a flag that goes away is used.
const DEPRECATED: &[(&str, &str)] = &[
    ("app-protocol", POLICY),
    ("basic-auth", POLICY),
    ("cidr-allow", POLICY),
    ("cidr-deny", POLICY),
    ("circuit-breaker", POLICY),
    ("compression", POLICY),
    ("domain", URL),
    ("host-header", POLICY),
    ("hostname", DOMAIN),
    ("mutual-tls-cas", POLICY),
    ("oauth", POLICY),
    ("oidc", POLICY),
    ("policy-file", "use --traffic-policy-file instead"),
    ("proxy-proto", "use --upstream-proxy-protocol instead"),
    (
        "region",
        "ngrok automatically chooses the region with lowest latency",
    ),
    ("remote-addr", URL),
    ("request-header-add", POLICY),
    ("request-header-remove", POLICY),
    ("response-header-add", POLICY),
    ("response-header-remove", POLICY),
    ("scheme", URL),
    ("subdomain", DOMAIN),
    ("ua-filter-allow", POLICY),
    ("ua-filter-deny", POLICY),
    ("upstream-protocol", POLICY),
    ("verify-webhook", POLICY),
    ("websocket-tcp-converter", POLICY),
];

/// The flag of a name, without its dashes. Flags of agents before 3.0 are none.
pub(super) fn find(name: &str) -> Option<Flag> {
    let vocabulary = Vocabulary::ngrok();
    if name == "version" {
        return Some(Flag::new(name, Takes::Switch, "", None));
    }
    if let Some(key) = vocabulary.key(Place::Flag, name) {
        let commands: Option<Vec<&str>> = match name {
            "config" | "help" => None,
            "all" | "none" => Some(vec!["start"]),
            "dry-run" | "relocate" => Some(vec!["config"]),
            "channel" => Some(vec!["update"]),
            // Of `diagnose`, which looks at nothing here.
            _ => return None,
        };
        let takes = if name == "config" {
            Takes::Many
        } else {
            takes(key)
        };
        return Some(Flag::new(name, takes, "", commands));
    }
    of_tunnel(vocabulary, name)
        .or_else(|| of_agent(vocabulary, name))
        .or_else(|| of_endpoint(vocabulary, name))
}

fn is_flag(key: &Key, name: &str) -> bool {
    let flag = key.cli_flag().and_then(|flag| flag.strip_prefix("--"));
    flag == Some(name) && key.is_known_to(AgentVersion::NEWEST)
}

/// The commands are those of the protocols that have the key.
fn commands(key: &Key) -> Vec<&'static str> {
    let named = |protocol: &Protocol| *protocol != Protocol::Labelled;
    // The flag is of http alone, although all definitions have the key.
    if key.name() == "inspect" {
        return vec!["http"];
    }
    let protocols = key.protocols().iter().filter(named);
    protocols.map(Protocol::as_str).collect()
}

fn of_tunnel(vocabulary: &Vocabulary, name: &str) -> Option<Flag> {
    let keys = vocabulary.keys(Place::Tunnel);
    keys.iter().find_map(|key| {
        let within = || key.fields().iter().find(|field| is_flag(field, name));
        if is_flag(key, name) {
            // A flag names a file, a key holds what is in it.
            let path = match key.name() {
                "policy" => "traffic_policy_file",
                own => own,
            };
            let everywhere = (name == "metadata").then_some(());
            let commands = everywhere.is_none().then(|| commands(key));
            return Some(Flag::new(name, takes(key), path, commands));
        }
        let field = within()?;
        let path = format!("{}.{}", key.name(), field.name());
        Some(Flag::new(name, takes(field), &path, Some(commands(key))))
    })
}

fn of_agent(vocabulary: &Vocabulary, name: &str) -> Option<Flag> {
    let keys = vocabulary.keys(Place::Agent);
    let key = keys.iter().find(|key| is_flag(key, name))?;
    let running = matches!(name, "authtoken" | "region");
    let commands = running.then(|| RUNNING.to_vec());
    Some(Flag::new(name, takes(key), "", commands))
}

/// A flag of an endpoint sets the key of a tunnel that means the same.
fn of_endpoint(vocabulary: &Vocabulary, name: &str) -> Option<Flag> {
    let (Place::Endpoint, path, key) = vocabulary.flag(&format!("--{name}"))? else {
        return None;
    };
    let same = |tunnel: &&Key| matches!(tunnel.in_endpoint(), Becomes::Key(key) if key == path);
    let tunnel = vocabulary.keys(Place::Tunnel).iter().find(same);
    let own = tunnel.map_or(path.clone(), |tunnel| tunnel.name().to_owned());
    let commands = vec!["http", "tcp", "tls"];
    Some(Flag::new(name, takes(key), &own, Some(commands)))
}

fn takes(key: &Key) -> Takes {
    match key.kind(AgentVersion::NEWEST) {
        Kind::Flag => Takes::Switch,
        Kind::Fraction => Takes::Number,
        Kind::List(_) => Takes::Many,
        _ => Takes::Text,
    }
}

impl Flag {
    fn new(name: &str, takes: Takes, path: &str, commands: Option<Vec<&'static str>>) -> Self {
        Self {
            name: name.to_owned(),
            takes,
            path: path.to_owned(),
            commands,
        }
    }

    /// Whether a command has this flag.
    pub(super) fn is_of(&self, command: &str) -> bool {
        let commands = self.commands.as_ref();
        commands.is_none_or(|commands| commands.contains(&command))
    }

    /// What the agent says when it is used, if it goes away.
    pub(super) fn deprecated(&self) -> Option<&'static str> {
        // The other flags of a login go with the first.
        let first = ["oauth", "oidc", "verify-webhook"]
            .into_iter()
            .find(|first| self.name.starts_with(first));
        let name = first.unwrap_or(&self.name);
        let mut rows = DEPRECATED.iter();
        rows.find(|(flag, _)| *flag == name).map(|(_, text)| *text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_of_the_documentation_is_known_to_its_commands() {
        for (commands, flags) in [
            (
                "http",
                "--app-protocol --basic-auth --circuit-breaker --compression --host-header --inspect --oauth --oauth-allow-domain --oauth-allow-email --oauth-client-id --oauth-client-secret --oauth-scope --oidc --oidc-client-id --oidc-client-secret --oidc-scope --request-header-add --request-header-remove --response-header-add --response-header-remove --scheme --ua-filter-allow --ua-filter-deny --upstream-protocol --verify-webhook --verify-webhook-secret --websocket-tcp-converter",
            ),
            (
                "http tls",
                "--domain --hostname --mutual-tls-cas --subdomain --upstream-tls-verify --upstream-tls-verify-cas",
            ),
            (
                "http tcp tls",
                "--binding --cidr-allow --cidr-deny --description --metadata --name --policy-file --pooling-enabled --proxy-proto --traffic-policy-file --traffic-policy-url --upstream-proxy-protocol --url",
            ),
            ("tcp", "--remote-addr"),
            ("tls", "--crt --key --terminate-at"),
            ("start", "--all --none"),
            ("http start tcp tls", "--authtoken --region"),
            (
                "http start tcp tls config update",
                "--config --log --log-format --log-level --help --metadata",
            ),
            ("config", "--dry-run --relocate"),
            ("update", "--channel"),
        ] {
            for flag in flags.split(' ') {
                let flag = find(&flag[2..]).unwrap_or_else(|| panic!("{flag}"));
                for command in ["http", "start", "tcp", "tls", "config", "update"] {
                    let known =
                        commands.split(' ').any(|it| it == command) || flag.name == "metadata";
                    assert_eq!(flag.is_of(command), known, "{} of {command}", flag.name);
                }
            }
        }
        for gone in ["auth", "bind-tls", "client-cas", "nope", "write-report"] {
            assert!(find(gone).is_none(), "{gone}");
        }
        for (flag, path, takes) in [
            ("upstream-proxy-protocol", "proxy_proto", Takes::Text),
            ("policy-file", "traffic_policy_file", Takes::Text),
            ("oidc", "oidc.issuer_url", Takes::Text),
            ("basic-auth", "basic_auth", Takes::Many),
            ("circuit-breaker", "circuit_breaker", Takes::Number),
            ("pooling-enabled", "pooling_enabled", Takes::Switch),
            ("url", "url", Takes::Text),
        ] {
            let found = find(flag).unwrap();
            assert_eq!((found.path.as_str(), found.takes), (path, takes), "{flag}");
        }
        assert_eq!(find("oauth-scope").unwrap().deprecated(), Some(POLICY));
        assert_eq!(find("url").unwrap().deprecated(), None);
    }
}
