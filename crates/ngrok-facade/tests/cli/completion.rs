//! Completions, by typing into the shells themselves.

use std::path::Path;
use std::process::Command;

use crate::machine::Machine;
use crate::terminal::Terminal;

/// Starts a shell that has loaded the completions; `None`, loudly, where it is not installed.
fn shell(machine: &Machine, name: &str, args: &[&str], load: &str) -> Option<Terminal> {
    if Command::new(name).arg("--version").output().is_err() {
        eprintln!("SKIPPED: {name} is not installed, so its completions are not tried");
        return None;
    }
    let script = machine.run(&["completions", name]).ok().stdout;
    std::fs::write(machine.path("_ngrok-rs"), script).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_ngrok-rs"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new(name);
    command
        .args(args)
        .env("PATH", path)
        .env("HOME", machine.home.path())
        .env("XDG_CONFIG_HOME", machine.path("config"))
        .env("SHELL", name);
    let mut terminal = Terminal::start(120, 40, &mut command);
    terminal.send(&format!("cd {}\r", machine.home.path().display()));
    terminal.send(&format!("{load}; echo load''ed\r"));
    terminal.wait_for("loaded");
    Some(terminal)
}

/// Types beginnings of words, has them completed, and runs the lines: only whole words make them work.
fn completes(terminal: &mut Terminal) {
    for (typed, printed) in [
        (
            "ngrok-rs --vers\t\r",
            concat!("ngrok-rs ", env!("CARGO_PKG_VERSION")),
        ),
        ("ngrok-rs config pat\t\r", "config/ngrok/ngrok.yml"),
        ("ngrok-rs connect-a\t --hel\t\r", "Open every endpoint"),
        (
            "ngrok-rs --quie\t http --host-h\tx --hel\t\r",
            "Open an HTTP endpoint",
        ),
        ("ngrok-rs config set-au\t --hel\t\r", "Save your authtoken"),
        (
            "ngrok-rs completi\t powers\t\r",
            "Register-ArgumentCompleter",
        ),
    ] {
        terminal.send(typed);
        terminal.wait_for(printed);
    }
}

#[test]
fn bash_completes_every_word() {
    let machine = Machine::new();
    let args = ["--norc", "--noprofile", "-i"];
    if let Some(mut terminal) = shell(&machine, "bash", &args, "source ./_ngrok-rs") {
        completes(&mut terminal);
    }
}

#[test]
fn zsh_completes_every_word() {
    let machine = Machine::new();
    let load = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D";
    if let Some(mut terminal) = shell(&machine, "zsh", &["-f", "-i"], load) {
        completes(&mut terminal);
    }
}

#[test]
fn fish_completes_every_word() {
    let machine = Machine::new();
    if let Some(mut terminal) = shell(&machine, "fish", &["-N", "-i"], "source ./_ngrok-rs") {
        completes(&mut terminal);
    }
}
