//! `ngrok-rs config init`: a config file by questions, or from the options.

use std::path::Path;

use ngrok_facade::installer::config as file;
use ngrok_facade::{ConfigVersion, ConnectOptions, Ngrok, Secret};
use serde_json::{Value, json};

use super::secret::{self, Kind};
use crate::args::InitArgs;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::prompt;

/// What the file is to say.
struct Answers {
    token: Option<Secret>,
    version: ConfigVersion,
    /// Name and address of the first endpoint.
    first: Option<(String, String)>,
}

pub(super) fn run(context: &Context, args: &InitArgs, path: &Path) -> Outcome {
    if std::fs::symlink_metadata(path).is_ok() {
        return Err(Failure::Failed(format!(
            "{} exists already; `ngrok-rs config edit` opens it",
            path.display()
        )));
    }
    let asks = prompt::is_possible() && args.version.is_none() && args.addr.is_none();
    let answers = if asks {
        asked(context)?
    } else {
        given(context, args)?
    };
    let first = answers.first.as_ref();
    if let Some((name, addr)) = first {
        // An address that cannot work is refused before anything is written.
        Ngrok::new(context.config()?).check(ConnectOptions::http(addr).name(name))?;
    }
    let data = first.map_or(Value::Null, |(name, addr)| {
        definition(name, addr, answers.version)
    });
    file::install_default_config(path, &data, answers.version)
        .map_err(ngrok_facade::Error::from)?;
    if let Some(token) = answers.token {
        Kind::Authtoken.save(&Ngrok::new(context.config()?), token)?;
    }
    context.output.done(
        &format!("{} is written", path.display()),
        &json!({"written_to": path}),
    )?;
    if let Some((name, _)) = first {
        context.output.note(format!(
            "  `ngrok-rs connect --name {name}` opens the endpoint"
        ));
    }
    Ok(())
}

fn definition(name: &str, addr: &str, version: ConfigVersion) -> Value {
    match version {
        ConfigVersion::V2 => json!({"tunnels": {name: {"proto": "http", "addr": addr}}}),
        _ => json!({"endpoints": [{"name": name, "upstream": {"url": addr}}]}),
    }
}

/// The options decide where nobody can answer.
fn given(context: &Context, args: &InitArgs) -> Outcome<Answers> {
    let version = args
        .version
        .map(ConfigVersion::from)
        .or(context.config_version());
    let token = if prompt::is_possible() {
        None
    } else {
        secret::checked(&secret::piped(Kind::Authtoken)?, Kind::Authtoken)?
    };
    Ok(Answers {
        token: token.or(context.config()?.auth_token().cloned()),
        version: version.unwrap_or(ConfigVersion::V3),
        first: args.addr.as_ref().map(|addr| {
            (
                args.name.clone().unwrap_or_else(|| "web".to_owned()),
                addr.clone(),
            )
        }),
    })
}

fn asked(context: &Context) -> Outcome<Answers> {
    let token = loop {
        match secret::checked(
            &Kind::Authtoken.ask(", or Enter to leave it out")?,
            Kind::Authtoken,
        ) {
            Ok(token) => break token,
            Err(Failure::Usage(why)) => context.output.note(format!("  {why}")),
            Err(failure) => return Err(failure),
        }
    };
    let version = match context.config_version() {
        Some(version) => version,
        None => loop {
            match prompt::line("Version, 3 with endpoints or 2 with tunnels [3]:")?.as_str() {
                "" | "3" => break ConfigVersion::V3,
                "2" => break ConfigVersion::V2,
                _ => context.output.note("  it is 2 or 3"),
            }
        },
    };
    let addr = prompt::line("Port or address of the first endpoint, or Enter for none:")?;
    let first = if addr.is_empty() {
        None
    } else {
        let name = prompt::line("Its name [web]:")?;
        Some((
            if name.is_empty() {
                "web".to_owned()
            } else {
                name
            },
            addr,
        ))
    };
    Ok(Answers {
        token,
        version,
        first,
    })
}
