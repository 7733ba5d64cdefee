//! Help, the manual and completions, and what is wrong with a command line.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use clap::error::ErrorKind;
use clap_complete::Shell;
use serde_json::json;

use crate::args;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::output::{write_line, write_object};
use crate::write_out;

/// Prints the short help of a command.
pub(crate) fn run(path: &[String]) -> Outcome {
    match args::of_command(path) {
        Some(help) => write_line(io::stdout().lock(), help.trim_end()).map_err(Failure::Stdout),
        None => Err(Failure::Usage(format!(
            "there is no command `{}`; `ngrok-rs --help` lists them",
            path.join(" ")
        ))),
    }
}

pub(crate) fn completions(shell: Shell) -> Outcome {
    // Into memory first: the generator panics on a pipe that is closed.
    let mut script = Vec::new();
    let mut command = args::command();
    clap_complete::generate(shell, &mut command, "ngrok-rs", &mut script);
    if shell == Shell::Fish {
        // The generator leaves out the values of arguments that have no flag.
        let shells: Vec<String> = Shell::value_variants()
            .iter()
            .map(ToString::to_string)
            .collect();
        script.extend(
            format!(
                "complete -c ngrok-rs -n \"__fish_ngrok_rs_using_subcommand completions\" -f -a \"{}\"\n",
                shells.join(" ")
            )
            .into_bytes(),
        );
    }
    if shell != Shell::Bash {
        return write_out(&script);
    }
    // The generator spells the hyphen of the program's name in two ways, so that only the first word is completed.
    let script = String::from_utf8_lossy(&script).replace("ngrok__subcmd__rs", "ngrok__rs");
    // It lists hidden options, too.
    let script = script.replace(" --detached", "");
    write_out(script.as_bytes())
}

/// Prints the manual page, or writes one for each command into a folder.
pub(crate) fn man(context: &Context, folder: Option<&Path>) -> Outcome {
    let command = args::command();
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(Failure::Stdout)?;
        return write_out(&page);
    };
    let failed = |error| Failure::Io(format!("cannot write to {}", folder.display()), error);
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(command, folder).map_err(failed)?;
    context.output.done(
        &format!("pages written to {}", folder.display()),
        &json!({"written_to": folder}),
    )
}

/// Prints what clap has to say. Help is not an error; anything else is wrong use, reported as asked for.
pub(crate) fn explain(error: &clap::Error, json: bool) -> ExitCode {
    let text = error.render().to_string();
    if error.kind() == ErrorKind::DisplayHelp {
        let _ = write_line(io::stdout().lock(), text.trim_end());
        return ExitCode::SUCCESS;
    }
    let text = match hint(error) {
        Some(hint) => format!("{}\n\n  {hint}", text.trim_end()),
        None => text.trim_end().to_owned(),
    };
    let _ = if json {
        let object = json!({"error": in_one_line(&text), "kind": "usage", "exit_status": 2});
        write_object(io::stderr().lock(), &object)
    } else {
        write_line(io::stderr().lock(), &text)
    };
    ExitCode::from(2)
}

/// Flags of ngrok's own command that are options of a definition here.
const OPTIONS: [(&str, &str); 16] = [
    ("--app-protocol", "app_protocol"),
    ("--cidr-allow", "ip_restriction"),
    ("--cidr-deny", "ip_restriction"),
    ("--circuit-breaker", "circuit_breaker"),
    ("--compression", "compression"),
    ("--hostname", "hostname"),
    ("--mutual-tls-cas", "mutual_tls_cas"),
    ("--oauth", "oauth"),
    ("--oidc", "oidc"),
    ("--proxy-proto", "proxy_proto"),
    ("--remote-addr", "remote_addr"),
    ("--request-header-add", "request_header"),
    ("--response-header-add", "response_header"),
    ("--scheme", "schemes"),
    ("--subdomain", "subdomain"),
    ("--verify-webhook", "verify_webhook"),
];

/// Returns what to use instead of a flag of ngrok's own command that is not one here.
fn hint(error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind, ContextValue};
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = flag.split('=').next().unwrap_or_default();
    if flag == "--authtoken" {
        return Some(
            "tip: set NGROK_AUTHTOKEN, or save the authtoken with `ngrok-rs config set-authtoken`"
                .to_owned(),
        );
    }
    let (_, option) = OPTIONS.iter().find(|(name, _)| *name == flag)?;
    Some(format!(
        "tip: {flag} is an option of ngrok's: write `-o {option}=VALUE`, or `ngrok-rs agent http …` for ngrok's own command"
    ))
}

/// What clap says is wrong, without the usage that follows: missing arguments and possible values are in further lines.
fn in_one_line(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().map(str::trim);
    let said = lines.filter(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    said.filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The arguments of this process without the first, for a process that is to do the same.
pub(crate) fn own_arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}
