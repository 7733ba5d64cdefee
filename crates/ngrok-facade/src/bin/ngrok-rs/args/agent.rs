//! The arguments behind `agent`, which are the agent's own.

use std::ffi::OsString;

use clap::{Args, Command};

use super::Globals;

pub(super) const EXAMPLES: &str =
    "Examples:\n  ngrok-rs agent diagnose\n  ngrok-rs agent http 8080 --help";

#[derive(Debug, Args)]
pub(crate) struct AgentArgs {
    /// Passed on unchanged, flags too; global options go before `agent`
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) args: Vec<OsString>,
}

/// Splits off the arguments behind `agent`, which are not ours even where they look like it.
pub(crate) fn split(args: Vec<OsString>) -> (Vec<OsString>, Option<Vec<OsString>>) {
    let globals = Globals::augment_args(Command::new("globals"));
    let takes_value: Vec<String> = globals
        .get_arguments()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_agent_is_the_agents() {
        let split = |line: &str| split(line.split(' ').map(OsString::from).collect());
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
