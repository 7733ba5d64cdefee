//! How help is laid out: global options in the main help alone, commands in groups, 80 columns at most.

use clap::{Args, Command};

use super::Globals;

/// The commands of the main help, by what they are for.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Endpoints",
        &[
            "http",
            "tcp",
            "tls",
            "connect",
            "connect-all",
            "run",
            "stop",
        ],
    ),
    (
        "Traffic",
        &[
            "status", "tunnels", "requests", "request", "replay", "clear", "logs", "open",
        ],
    ),
    (
        "Agent",
        &["install", "agent", "version", "update", "doctor"],
    ),
    (
        "Settings",
        &["config", "cloud", "completions", "man", "help"],
    ),
];

const FOOTER: &str =
    "Each global option can be set by a variable too: NGROK_RS_CONFIG for --config.
NGROK_PATH and PYNGROK_NGROK_PATH name the agent's program as well.

Examples:
  ngrok-rs http 8080                a public URL for port 8080, until Ctrl-C
  ngrok-rs tcp 22 --json            the same for ssh, for a script to read
  ngrok-rs run -- npm start         run a server together with its public URL
  ngrok-rs requests --follow        each request as it comes

Exit status: 0 done, 1 failed, 2 wrong use. `agent` and `run` pass on that of
the program they run, and 128+N if signal N ended it.";

const GLOBALS: &str = "`ngrok-rs --help` lists the global options, such as --json and --config.";

/// Returns the command line with its help laid out.
pub(crate) fn adapted(command: Command) -> Command {
    let listing = grouped(&command);
    let globals: Vec<clap::Arg> = Globals::augment_args(Command::new("globals"))
        .get_arguments()
        .map(|arg| arg.clone().hide(true))
        .collect();
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let mut command = command
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{listing}Global options:\n{{options}}{{after-help}}"
        ))
        .after_help(FOOTER);
    for name in names {
        command = command.mut_subcommand(&name, |sub| below(sub, &globals));
    }
    command
}

/// A subcommand takes the global options too, but its help does not list them again.
fn below(command: Command, globals: &[clap::Arg]) -> Command {
    let own = |text: Option<&clap::builder::StyledStr>| {
        text.map_or_else(|| GLOBALS.to_owned(), |text| format!("{text}\n\n{GLOBALS}"))
    };
    let short = own(command.get_after_help());
    let long = own(command.get_after_long_help().or(command.get_after_help()));
    command
        .args(globals.iter().cloned())
        .after_help(short)
        .after_long_help(long)
}

fn grouped(command: &Command) -> String {
    let mut listing = String::new();
    for (heading, names) in GROUPS {
        listing.push_str(&format!("{heading}:\n"));
        for name in names {
            let about = command
                .find_subcommand(name)
                .and_then(|sub| sub.get_about())
                .map(ToString::to_string)
                .unwrap_or_default();
            listing.push_str(&format!("  {name:<12} {about}\n"));
        }
        listing.push('\n');
    }
    listing
}

/// Returns the help of the command with this path, such as `config show`; `None` if there is no such command.
pub(crate) fn of_command(path: &[String]) -> Option<String> {
    let mut root = super::command();
    root.build();
    let mut command = &mut root;
    for name in path {
        command = command.find_subcommand_mut(name)?;
    }
    Some(command.render_help().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The widest line of help.
    const COLUMNS: usize = 80;

    /// Every command with its path.
    fn paths(command: &Command, path: &[String], found: &mut Vec<Vec<String>>) {
        found.push(path.to_vec());
        for sub in command.get_subcommands() {
            paths(sub, &[path, &[sub.get_name().to_owned()]].concat(), found);
        }
    }

    #[test]
    fn help_fits_eighty_columns() {
        let mut root = crate::args::command();
        root.build();
        let mut all = Vec::new();
        paths(&root, &[], &mut all);
        assert!(all.len() > 25);
        for path in all {
            let mut command = &mut root;
            for name in &path {
                command = command.find_subcommand_mut(name).unwrap();
            }
            for written in [command.get_after_help(), command.get_after_long_help()] {
                let text = written.map(ToString::to_string).unwrap_or_default();
                let wide = text.lines().find(|line| line.chars().count() > COLUMNS);
                assert_eq!(wide, None, "{path:?}");
            }
            for help in [command.render_help(), command.render_long_help()] {
                for line in help.to_string().lines() {
                    assert!(line.chars().count() <= COLUMNS, "{path:?}: {line}");
                }
            }
        }
    }

    #[test]
    fn every_command_is_in_one_group() {
        let command = crate::args::command();
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        known.sort_unstable();
        assert_eq!(grouped, known);
    }

    #[test]
    fn help_of_connect_fits_one_screen() {
        let help = of_command(&["connect".to_owned()]).unwrap();
        assert!(help.lines().count() <= 24, "{help}");
        assert!(
            help.contains("--url") && !help.contains("--metadata"),
            "{help}"
        );
        assert!(of_command(&["nonsense".to_owned()]).is_none());
    }

    #[test]
    fn global_options_are_listed_once() {
        let root = of_command(&[]).unwrap();
        assert!(
            root.contains("--config-version") && root.contains("--quiet"),
            "{root}"
        );
        for name in ["connect", "requests", "config"] {
            let help = of_command(&[name.to_owned()]).unwrap();
            assert!(!help.contains("--config-version"), "{help}");
        }
    }
}
