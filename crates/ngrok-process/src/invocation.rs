//! From options to the agent's command line and environment: a pure function.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use ngrok_core::variables::PROXIES;

use crate::options::{API_KEY, AUTHTOKEN, AgentOptions, AuthtokenVia, LogLevel};

/// What to run. Never printed: the environment holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) env_remove: Vec<&'static str>,
}

impl Invocation {
    /// `start --none` with the log on stdout; `overlay` is a further configuration file that wins over the others.
    pub(crate) fn start(options: &AgentOptions, overlay: Option<&Path>) -> Self {
        let mut args: Vec<OsString> = vec!["start".into(), "--none".into()];
        // Always given, so that a `log: false` or `log_level: crit` of the user's file cannot blind us.
        let level = match options.log_level {
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        };
        args.extend(
            [
                "--log",
                "stdout",
                "--log-format",
                "logfmt",
                "--log-level",
                level,
            ]
            .map(OsString::from),
        );
        for config in options.config_paths.iter().map(|p| &**p).chain(overlay) {
            args.extend([OsStr::new("--config").into(), config.into()]);
        }
        if let (Some(token), AuthtokenVia::Argument) = (&options.authtoken, options.authtoken_via) {
            args.extend(["--authtoken".into(), token.expose().into()]);
        }
        if let Some(region) = &options.region {
            args.extend(["--region".into(), region.into()]);
        }
        args.extend(options.extra_args.iter().cloned());
        Self {
            args,
            ..Self::of(options)
        }
    }

    /// No arguments yet, and the environment of these options.
    pub(crate) fn of(options: &AgentOptions) -> Self {
        let mut env = options.env.clone();
        if let (Some(token), AuthtokenVia::Environment) =
            (&options.authtoken, options.authtoken_via)
        {
            env.push((AUTHTOKEN.into(), token.expose().into()));
        }
        if let Some(key) = &options.api_key {
            env.push((API_KEY.into(), key.expose().into()));
        }
        let mut env_remove = Vec::new();
        if options.authtoken.is_some() {
            // Which of two tokens wins is not documented, so one that we inherited must not compete.
            env_remove.push(AUTHTOKEN);
        }
        if options.clear_proxy_env {
            env_remove.extend(PROXIES);
        }
        Self {
            args: Vec::new(),
            env,
            env_remove,
        }
    }

    /// As a command of the standard library. Variables that are set win over the removed ones.
    pub(crate) fn command(&self, binary: &Path) -> Command {
        let mut command = Command::new(binary);
        command.args(&self.args);
        for name in &self.env_remove {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The text of an overlay file, or `None` if these options need none. A JSON text is a YAML scalar too.
pub(crate) fn overlay(options: &AgentOptions) -> Option<String> {
    let token = options
        .authtoken
        .as_ref()
        .filter(|_| options.authtoken_via == AuthtokenVia::Overlay)
        .map(|token| ("authtoken", token.expose()));
    let web_addr = options.web_addr.as_deref().map(|addr| ("web_addr", addr));
    let keys: Vec<_> = token.into_iter().chain(web_addr).collect();
    if keys.is_empty() && !options.console_ui_off {
        return None;
    }
    let (head, indent) = match options.overlay_version {
        3 => ("version: 3\nagent:\n", "  "),
        _ => ("version: \"2\"\n", ""),
    };
    let lines = keys.into_iter().map(|(key, value)| {
        let value = serde_json::Value::from(value);
        format!("{indent}{key}: {value}\n")
    });
    // An agent cannot show its console and log to a pipe, so it ends at once.
    let console = if options.console_ui_off {
        format!("{indent}console_ui: false\n")
    } else {
        String::new()
    };
    Some(head.to_owned() + &lines.collect::<String>() + &console)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: [&str; 8] = [
        "start",
        "--none",
        "--log",
        "stdout",
        "--log-format",
        "logfmt",
        "--log-level",
        "info",
    ];

    fn args(invocation: &Invocation) -> Vec<&str> {
        invocation
            .args
            .iter()
            .map(|a| a.to_str().unwrap())
            .collect()
    }

    fn env(invocation: &Invocation) -> Vec<(&str, &str)> {
        invocation
            .env
            .iter()
            .map(|(k, v)| (k.to_str().unwrap(), v.to_str().unwrap()))
            .collect()
    }

    #[test]
    fn options_become_arguments_and_environment() {
        let bare = || AgentOptions::builder("ngrok");
        for (builder, expected_args, expected_env) in [
            (bare(), vec![], vec![]),
            (
                bare()
                    .config_path("/a.yml")
                    .config_path("/b.yml")
                    .region("eu")
                    .arg("--x"),
                vec![
                    "--config", "/a.yml", "--config", "/b.yml", "--region", "eu", "--x",
                ],
                vec![],
            ),
            (
                bare().authtoken("tok").env("A", "b").api_key("key"),
                vec![],
                vec![
                    ("A", "b"),
                    ("NGROK_AUTHTOKEN", "tok"),
                    ("NGROK_API_KEY", "key"),
                ],
            ),
            (
                bare()
                    .authtoken("tok")
                    .authtoken_via(AuthtokenVia::Argument),
                vec!["--authtoken", "tok"],
                vec![],
            ),
            (
                bare().authtoken("tok").authtoken_via(AuthtokenVia::Overlay),
                vec![],
                vec![],
            ),
        ] {
            let invocation = Invocation::start(&builder.build(), None);
            assert_eq!(args(&invocation), [&LOG[..], &expected_args].concat());
            assert_eq!(env(&invocation), expected_env);
        }
    }

    #[test]
    fn debug_is_the_only_other_log_level_and_the_overlay_comes_last() {
        let options = AgentOptions::builder("ngrok")
            .log_level(LogLevel::Debug)
            .config_path("/a.yml")
            .build();
        let invocation = Invocation::start(&options, Some(Path::new("/overlay.yml")));
        assert_eq!(
            args(&invocation)[7..],
            ["debug", "--config", "/a.yml", "--config", "/overlay.yml"]
        );
    }

    #[test]
    fn proxy_variables_are_cleared_on_demand_but_not_what_the_caller_set() {
        let options = AgentOptions::builder("ngrok")
            .clear_proxy_env(true)
            .env("https_proxy", "http://127.0.0.1:1")
            .build();
        let command = Invocation::start(&options, None).command(Path::new("ngrok"));
        let envs: Vec<_> = command.get_envs().collect();
        assert!(envs.contains(&(OsStr::new("HTTP_PROXY"), None)));
        assert!(envs.contains(&(
            OsStr::new("https_proxy"),
            Some(OsStr::new("http://127.0.0.1:1"))
        )));
        let kept = Invocation::start(&AgentOptions::builder("ngrok").build(), None);
        assert!(kept.env_remove.is_empty());
    }

    #[test]
    fn an_inherited_token_does_not_compete_with_a_given_one() {
        let token = |via| {
            AgentOptions::builder("ngrok")
                .authtoken("tok")
                .authtoken_via(via)
                .build()
        };
        for (options, expected) in [
            (AgentOptions::builder("ngrok").build(), None),
            (
                token(AuthtokenVia::Environment),
                Some(Some(OsStr::new("tok"))),
            ),
            (token(AuthtokenVia::Overlay), Some(None)),
            (token(AuthtokenVia::Argument), Some(None)),
        ] {
            let command = Invocation::start(&options, None).command(Path::new("ngrok"));
            let found = command.get_envs().find(|(name, _)| *name == AUTHTOKEN);
            assert_eq!(found.map(|(_, value)| value), expected);
        }
    }

    #[test]
    fn overlays_hold_only_what_was_asked_for_and_quote_it() {
        let options = AgentOptions::builder("ngrok").authtoken("a: \"b\"");
        assert_eq!(overlay(&options.clone().build()), None);
        let options = options.authtoken_via(AuthtokenVia::Overlay);
        assert_eq!(
            overlay(&options.clone().build()).as_deref(),
            Some("version: \"2\"\nauthtoken: \"a: \\\"b\\\"\"\n")
        );
        assert_eq!(
            overlay(&AgentOptions::builder("ngrok").console_ui_off(true).build()).as_deref(),
            Some("version: \"2\"\nconsole_ui: false\n")
        );
        let options = options
            .web_addr("127.0.0.1:4045")
            .overlay_version(3)
            .console_ui_off(true)
            .build();
        assert_eq!(
            overlay(&options).as_deref(),
            Some(
                "version: 3\nagent:\n  authtoken: \"a: \\\"b\\\"\"\n  web_addr: \"127.0.0.1:4045\"\n  console_ui: false\n"
            )
        );
    }
}
