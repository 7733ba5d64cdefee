//! What is printed when an endpoint is open.

use ngrok_facade::{Ngrok, Tunnel};
use serde_json::json;

use crate::args::HoldArgs;
use crate::connect;
use crate::exit::Outcome;
use crate::output::{Output, with};
use crate::text::Colour;
use crate::tools;

/// Prints each endpoint, and how to end it.
pub(crate) fn opened(
    output: Output,
    hold: &HoldArgs,
    ngrok: &Ngrok,
    tunnels: &[Tunnel],
    with_command: bool,
) -> Outcome {
    let agent = ngrok.running();
    let api_url = agent.as_ref().and_then(|agent| agent.api_url());
    let agent_pid = agent.and_then(|agent| agent.pid());
    let inspect_url = api_url.as_deref().map(tools::inspect_url);
    let pid = std::process::id();
    for tunnel in tunnels {
        let object = || {
            with(
                connect::object(tunnel),
                json!({
                    "api_url": api_url,
                    "inspect_url": inspect_url,
                    "pid": pid,
                    "agent_pid": agent_pid,
                }),
            )
        };
        // A command of the user's has stdout to itself.
        if with_command && !output.json {
            output.note(summary(output, tunnel));
        } else {
            output.either(object, || summary(output, tunnel))?;
        }
        if hold.qr && !output.json {
            output.line(tools::qr_code(tunnel.public_url())?)?;
        }
    }
    if hold.copy
        && let Some(tunnel) = tunnels.first()
    {
        output.note(match tools::copy(tunnel.public_url()) {
            Ok(()) => "  the URL is on the clipboard".to_owned(),
            Err(why) => format!("  the URL was not copied: {why}"),
        });
    }
    if hold.detached {
        // Ends the answer to the process that started this one.
        return output.object(&json!({"ready": pid}));
    }
    if !hold.once {
        let ends = if with_command {
            "it ends with the command"
        } else {
            "Ctrl-C ends it"
        };
        output.note(format!(
            "  {} inspect at {}, agent {}; {ends}",
            output.paint_note(Colour::Dim, "·"),
            api_url.unwrap_or_default(),
            agent_pid.unwrap_or_default(),
        ));
    }
    Ok(())
}

/// One line for a person. A name that was made up says nothing, so it is left out.
fn summary(output: Output, tunnel: &Tunnel) -> String {
    let name = if is_made_up(tunnel.name()) {
        String::new()
    } else {
        format!("   {}", output.paint(Colour::Dim, tunnel.name()))
    };
    format!(
        "{} {} {}{name}",
        output.paint(Colour::Bold, tunnel.public_url()),
        output.paint(Colour::Dim, "->"),
        tunnel.upstream_url().unwrap_or("?"),
    )
}

/// Whether a name was made up by the library, which ends such names with a UUID.
pub(crate) fn is_made_up(name: &str) -> bool {
    let Some((_, id)) = name
        .len()
        .checked_sub(36)
        .and_then(|at| name.split_at_checked(at))
    else {
        return false;
    };
    let parts: Vec<&str> = id.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.concat().chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_made_up;

    #[test]
    fn made_up_names_end_with_a_uuid() {
        assert!(is_made_up("http-8080-01234567-89ab-4cde-8f01-23456789abcd"));
        for name in [
            "",
            "web",
            "my-long-name-with-many-dashes-and-words-in-it",
            "ä".repeat(30).as_str(),
        ] {
            assert!(!is_made_up(name), "{name}");
        }
    }
}
