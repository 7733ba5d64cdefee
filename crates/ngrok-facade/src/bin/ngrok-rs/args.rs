//! The command line: every command, option and help text.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};
use clap_complete::Shell;

use crate::cloud;

/// The whole command line.
pub(crate) fn command() -> Command {
    Command::new("ngrok-rs")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A public URL for a local port: installs, starts and drives the ngrok agent")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .args(globals())
        .subcommands([
            install(),
            connect(),
            connect_all(),
            reader("status", "Show the agent's session and version"),
            reader("tunnels", "List what is open, one a line"),
            requests(),
            reader("request", "Show one captured request").arg(id()),
            reader("replay", "Send a captured request again").arg(id()).arg(
                Arg::new("tunnel").long("tunnel").value_name("NAME").help("Through this tunnel instead of its own"),
            ),
            reader("clear", "Forget all captured requests"),
            config(),
            agent(),
            Command::new("version").about("Print the versions of the agent and of ngrok-rs"),
            Command::new("update").about("Let the agent update itself"),
            doctor(),
            cloud::command(),
            Command::new("completions")
                .about("Print a completion script for a shell")
                .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)))
                .after_help("Example:\n  ngrok-rs completions bash > ~/.local/share/bash-completion/completions/ngrok-rs"),
        ])
        .after_help(
            "Examples:\n  \
             ngrok-rs connect 8080                    a public URL for port 8080, until Ctrl-C\n  \
             ngrok-rs connect tcp://22 --json         the same for ssh, for a script to read\n  \
             ngrok-rs requests --follow               each request as it comes\n\n\
             Exit status: 0 done, 1 failed, 2 wrong use; `agent` passes on the agent's own, and 128+N if signal N ended it.",
        )
}

fn globals() -> [Arg; 7] {
    [
        Arg::new("ngrok-path")
            .long("ngrok-path")
            .value_name("PATH")
            .value_parser(value_parser!(PathBuf))
            .help("The agent's binary [env: NGROK_PATH, PYNGROK_NGROK_PATH; default: beside ngrok.yml]"),
        Arg::new("config")
            .long("config")
            .value_name("PATH")
            .value_parser(value_parser!(PathBuf))
            .help("The config file [default: the agent's own ngrok.yml]"),
        Arg::new("config-version")
            .long("config-version")
            .value_name("VERSION")
            .value_parser(["2", "3"])
            .help("2 opens tunnels, 3 endpoints [default: the version of the config file, else 2]"),
        Arg::new("region").long("region").value_name("REGION").help("ngrok's region, which it now chooses by itself"),
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("One JSON object a line on stdout; an error is one on stderr"),
        Arg::new("quiet").short('q').long("quiet").action(ArgAction::SetTrue).help("Print results and errors only"),
        Arg::new("verbose")
            .short('v')
            .long("verbose")
            .action(ArgAction::SetTrue)
            .conflicts_with("quiet")
            .help("Print the agent's log to stderr"),
    ]
    .map(|arg| arg.global(true).help_heading("Global options"))
}

fn install() -> Command {
    Command::new("install")
        .about("Download, verify and place the agent, unless it is there")
        .arg(
            Arg::new("url")
                .long("url")
                .value_name("URL")
                .help("From this https URL instead of ngrok's stable channel"),
        )
        .arg(
            Arg::new("archive")
                .long("archive")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with("url")
                .help("From this .tgz, .tar.gz or .zip, without network"),
        )
        .arg(
            Arg::new("version")
                .long("version")
                .value_name("VERSION")
                .conflicts_with_all(["url", "archive"])
                .help("This exact build of the agent, checked against its known SHA-256"),
        )
        .arg(
            Arg::new("sha256")
                .long("sha256")
                .value_name("HEX")
                .help("Refuse an archive with another SHA-256"),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help("Download again, and replace what is there"),
        )
        .arg(
            Arg::new("timeout")
                .long("timeout")
                .value_name("SECONDS")
                .value_parser(seconds)
                .help("Give up after this long, whatever it is at"),
        )
        .arg(
            Arg::new("retries")
                .long("retries")
                .value_name("N")
                .value_parser(value_parser!(u32))
                .help("Ask so often again after a fault that may pass"),
        )
        .after_help(
            "Examples:\n  ngrok-rs install\n  ngrok-rs install --version 3.39.9\n  \
             ngrok-rs install --archive ngrok-v3-stable-linux-amd64.tgz --ngrok-path /opt/ngrok",
        )
}

fn connect() -> Command {
    Command::new("connect")
        .about("Open a tunnel, and keep it open until Ctrl-C")
        .arg(
            Arg::new("addr")
                .value_name("ADDR")
                .help("A port, host:port, URL or file:///directory [default: the config file's default definition, else 80]"),
        )
        .arg(Arg::new("proto").long("proto").value_name("PROTO").help("http, tcp or tls [default: as ADDR says, else http]"))
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("NAME")
                .help("A name of your own, or that of a definition in the config file"),
        )
        .arg(
            Arg::new("option")
                .short('o')
                .long("option")
                .value_name("KEY=VALUE")
                .action(ArgAction::Append)
                .value_parser(key_value)
                .help("Any option of ngrok's; VALUE is JSON if it parses, else a string"),
        )
        .arg(once())
        .after_help(
            "Examples:\n  ngrok-rs connect 8080\n  ngrok-rs connect https://localhost:8443 -o domain=app.example.com\n  \
             ngrok-rs connect 8080 -o 'basic_auth=[\"user:a long password\"]'\n  ngrok-rs connect --name web\n\n\
             A value of -o is visible in the process list; a password is safer in the config file.",
        )
}

fn connect_all() -> Command {
    Command::new("connect-all")
        .about("Open every tunnel that the config file defines, until Ctrl-C")
        .arg(once())
}

fn once() -> Arg {
    Arg::new("once")
        .long("once")
        .action(ArgAction::SetTrue)
        .help("Close it again at once")
}

fn requests() -> Command {
    reader("requests", "List captured requests, newest first")
        .arg(Arg::new("tunnel").long("tunnel").value_name("NAME").help("Of this tunnel only"))
        .arg(Arg::new("limit").long("limit").value_name("N").value_parser(value_parser!(u32).range(1..)).help("At most so many"))
        .arg(
            Arg::new("follow")
                .long("follow")
                .action(ArgAction::SetTrue)
                .help("Print each new request when it has its response, until Ctrl-C"),
        )
        .arg(
            Arg::new("har")
                .long("har")
                .action(ArgAction::SetTrue)
                .conflicts_with("follow")
                .help("One HAR document, which browsers and HTTP tools read"),
        )
        .after_help("Examples:\n  ngrok-rs requests --follow --json | jq .path\n  ngrok-rs requests --har > today.har")
}

/// A command that asks a running agent, and never starts one.
fn reader(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about).arg(
        Arg::new("api-url")
            .long("api-url")
            .value_name("URL")
            .help("Where the agent's local API is [default: web_addr of the config file, else http://127.0.0.1:4040]"),
    )
}

fn id() -> Arg {
    Arg::new("id")
        .value_name("ID")
        .required(true)
        .help("The request's id, as `requests` prints it")
}

fn config() -> Command {
    let secret = "The secret is read from stdin, so it shows neither in the process list nor in the shell's history.";
    Command::new("config")
        .about("Find, show, check and edit ngrok.yml")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            Command::new("path").about("Print where it is"),
            Command::new("show").about("Print it, secrets masked"),
            Command::new("check").about("Check it"),
            Command::new("set-authtoken").about("Save your authtoken, from NGROK_AUTHTOKEN or stdin").arg(misplaced()).after_help(format!(
                "Examples:\n  ngrok-rs config set-authtoken < token.txt\n  NGROK_AUTHTOKEN=… ngrok-rs config set-authtoken\n\n{secret}"
            )),
            Command::new("set-api-key").about("Save your API key, from NGROK_API_KEY or stdin").arg(misplaced()).after_help(format!(
                "Examples:\n  ngrok-rs config set-api-key < key.txt\n  NGROK_API_KEY=… ngrok-rs config set-api-key\n\n{secret}"
            )),
        ])
}

/// Where ngrok's own command takes a secret; taken here only so that the refusal does not repeat it.
fn misplaced() -> Arg {
    Arg::new("misplaced").hide(true).num_args(0..)
}

fn agent() -> Command {
    Command::new("agent")
        .about("Run the agent itself; it is installed if missing")
        .arg(
            Arg::new("args")
                .value_name("ARGS")
                .num_args(0..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true)
                .value_parser(value_parser!(OsString))
                .help("Passed on as they are, flags too; so global options go before `agent`"),
        )
        .after_help("Examples:\n  ngrok-rs agent diagnose\n  ngrok-rs agent http 8080 --help")
}

fn doctor() -> Command {
    Command::new("doctor")
        .about("Look for what keeps a tunnel from working, and say what to do")
        .arg(
            Arg::new("addr")
                .value_name("ADDR")
                .help("Also look whether this upstream answers"),
        )
}

/// Splits the arguments behind `agent` off, which are none of ours even where they look like it.
pub(crate) fn split_agent(args: Vec<OsString>) -> (Vec<OsString>, Option<Vec<OsString>>) {
    let takes_value: Vec<String> = globals()
        .iter()
        .filter(|arg| arg.get_action().takes_values())
        .filter_map(|arg| arg.get_long().map(|long| format!("--{long}")))
        .collect();
    let mut words = args.iter().enumerate().skip(1);
    while let Some((at, word)) = words.next() {
        let word = word.to_string_lossy();
        if takes_value.iter().any(|flag| *flag == word) {
            words.next();
        } else if !word.starts_with('-') {
            if word != "agent" {
                return (args, None);
            }
            let mut ours = args.clone();
            let mut theirs = ours.split_off(at + 1);
            if theirs.first().is_some_and(|first| first == "--") {
                theirs.remove(0);
            }
            return (ours, Some(theirs));
        }
    }
    (args, None)
}

fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    std::time::Duration::try_from_secs_f64(seconds).map_err(|_| "not a span of time".to_owned())
}

fn key_value(text: &str) -> Result<(String, serde_json::Value), String> {
    let (key, value) = text.split_once('=').ok_or("it has no `=`")?;
    if key.is_empty() {
        return Err("it has no key before the `=`".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn values_are_json_if_they_parse() {
        for (text, value) in [
            ("a=1", serde_json::json!(1)),
            ("a=true", true.into()),
            ("a=[\"x\"]", serde_json::json!(["x"])),
            ("a=x y", "x y".into()),
            ("a=", "".into()),
            ("a=b=c", "b=c".into()),
        ] {
            assert_eq!(key_value(text).unwrap(), ("a".to_owned(), value), "{text}");
        }
        assert!(key_value("a").is_err() && key_value("=1").is_err());
    }

    #[test]
    fn what_follows_agent_is_the_agents() {
        let split = |line: &str| split_agent(line.split(' ').map(OsString::from).collect());
        let (ours, theirs) = split("ngrok-rs --json --config agent agent http 80 --json --help");
        assert_eq!(ours.len(), 5);
        assert_eq!(theirs.unwrap(), ["http", "80", "--json", "--help"]);
        assert_eq!(split("ngrok-rs agent").1.unwrap(), [""; 0]);
        assert_eq!(
            split("ngrok-rs agent -- --version").1.unwrap(),
            ["--version"]
        );
        assert_eq!(split("ngrok-rs connect agent").1, None);
        assert_eq!(split("ngrok-rs --version").1, None);
    }
}
