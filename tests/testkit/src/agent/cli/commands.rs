//! The short commands that print and end.

use super::{Invocation, Outcome};
use crate::agent::engine;
use crate::agent::faults::Faults;

pub(super) fn diagnose(faults: &Faults) -> String {
    format!(
        "ngrok diagnose, version {}\n\nTesting tunnel connectivity...\n  the loopback agent needs none                           [ OK ]\n",
        engine::version(faults)
    )
}

/// A completion script for bash, and for zsh with its emulation of bash.
pub(super) fn completion() -> String {
    let commands =
        "api completion config credits diagnose http service start tcp tls update version";
    format!(
        "# bash and zsh completion for ngrok\n\
         if [ -n \"$ZSH_VERSION\" ]; then autoload -U +X bashcompinit && bashcompinit; fi\n\
         _ngrok() {{ COMPREPLY=($(compgen -W \"{commands}\" -- \"${{COMP_WORDS[COMP_CWORD]}}\")); }}\n\
         complete -F _ngrok ngrok\n"
    )
}

pub(super) fn credits() -> String {
    "ngrok-testkit, a stand-in for ngrok's agent that talks to no service.\n\
     Licensed under MIT or Apache-2.0. It is not made by ngrok, and no part of it is ngrok's.\n"
        .to_owned()
}

/// `service` takes one word. Nothing is ever installed: a stand-in must not change the machine.
pub(super) fn service(run: &Invocation) -> Outcome {
    let words: Vec<&str> = run.args.words.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["install"] if run.args.last("config").is_none() => {
            Err("You must specify the config flag to install the ngrok service.".to_owned())
        }
        [action @ ("start" | "stop" | "restart" | "install" | "uninstall")] => Err(format!(
            "the loopback agent does not {action} a service of the operating system"
        )),
        _ => Err(
            "You must specify a single argument: 'start', 'stop', 'restart', 'install', or 'uninstall'."
                .to_owned(),
        ),
    }
}
