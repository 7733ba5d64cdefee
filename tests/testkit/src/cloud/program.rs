//! The loopback cloud as a program, for shell scripts, Terraform and other languages.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use super::variant::CloudVariant;
use super::{LoopbackCloud, LoopbackCloudBuilder};

/// What the arguments ask for.
#[derive(Debug)]
enum Asked {
    Help,
    Version,
    Start {
        builder: Box<LoopbackCloudBuilder>,
        json: bool,
        seeds: Vec<(String, serde_json::Value)>,
    },
}

fn help() -> String {
    let mut text = "\
Serves a stand-in for ngrok's cloud API on 127.0.0.1 until it is stopped.

Usage: loopback-cloud [OPTIONS]

Prints two lines for a shell to read, then serves:
  NGROK_API_URL=http://127.0.0.1:PORT
  NGROK_API_KEY=KEY

Options:
  --port PORT          listen on this port (default: a free one)
  --api-key KEY        the API key to begin with
  --path-prefix PATH   a path before every other, such as /ngrok
  --rate-limit N       requests in a rolling minute before ERR_NGROK_226 (default: any number)
  --plan PLAN          unlimited (default), free, hobbyist or pay-as-you-go
  --caller-ip IP       where callers seem to come from, for IP restrictions of the API
  --no-rules           check only that fields are known, there and of the right kind
  --seed SERVICE=JSON  put a resource there first, for example tunnel_sessions={\"region\":\"eu\"}
  --variant NAME       choose a behaviour that public sources disagree about, see below
  --json               print one JSON object instead of two lines
  --help               print this and exit
  --version            print the version and exit

Variants:
"
    .to_owned();
    for variant in CloudVariant::all() {
        text.push_str(&format!("  {:<22} {}\n", variant.name(), variant.about()));
    }
    text
}

fn asked(args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut builder = LoopbackCloud::builder().without_requests();
    let (mut json, mut seeds) = (false, Vec::new());
    let mut args = args.peekable();
    while let Some(arg) = args.next() {
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => {
                (name.to_owned(), Some(value.to_owned()))
            }
            _ => (arg, None),
        };
        let flag = matches!(
            name.as_str(),
            "--help" | "-h" | "--version" | "--json" | "--no-rules"
        );
        if flag && inline.is_some() {
            return Err(format!("{name} takes no value"));
        }
        let mut value = || {
            let value = inline.clone().or_else(|| args.next());
            value.ok_or_else(|| format!("{name} needs a value"))
        };
        let wrong = |value: &str| format!("{name} does not take '{value}'");
        builder = match name.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--version" => return Ok(Asked::Version),
            "--json" => {
                json = true;
                builder
            }
            "--no-rules" => builder.rules(false),
            "--port" => {
                let value = value()?;
                builder.port(value.parse().map_err(|_| wrong(&value))?)
            }
            "--api-key" => builder.api_key(value()?),
            "--path-prefix" => {
                let value = value()?;
                if !value.starts_with('/') || value.ends_with('/') {
                    return Err(format!(
                        "{}: a prefix begins with a slash and does not end in one",
                        wrong(&value)
                    ));
                }
                builder.path_prefix(value)
            }
            "--rate-limit" => {
                let value = value()?;
                builder.rate_limit(value.parse().map_err(|_| wrong(&value))?)
            }
            "--plan" => builder.plan(value()?.parse()?),
            "--caller-ip" => {
                let value = value()?;
                builder.caller_ip(value.parse().map_err(|_| wrong(&value))?)
            }
            "--seed" => {
                seeds.push(seed(&value()?)?);
                builder
            }
            "--variant" => {
                let variant = value()?.parse::<CloudVariant>();
                builder.variant(variant.map_err(|e| format!("{e}; --help lists them"))?)
            }
            other => return Err(format!("unknown option '{other}'; --help lists all")),
        };
    }
    Ok(Asked::Start {
        builder: Box::new(builder),
        json,
        seeds,
    })
}

fn seed(text: &str) -> Result<(String, serde_json::Value), String> {
    let (service, fields) = text
        .split_once('=')
        .ok_or_else(|| format!("--seed needs SERVICE=JSON, not '{text}'"))?;
    let fields: serde_json::Value =
        serde_json::from_str(fields).map_err(|e| format!("--seed {service}: {e}"))?;
    if !fields.is_object() {
        return Err(format!("--seed {service} needs a JSON object"));
    }
    if super::Catalog::get().home(service).is_none() {
        return Err(format!(
            "--seed: there is no service '{service}' with a list of its own"
        ));
    }
    Ok((service.to_owned(), fields))
}

/// Runs the program `loopback-cloud` with the arguments of this process: a binary of your own that calls it is one too.
#[must_use]
pub fn cloud_main() -> ExitCode {
    let mut stdout = std::io::stdout();
    let (builder, as_json, seeds) = match asked(std::env::args().skip(1)) {
        Ok(Asked::Help) => return printed(stdout.write_all(help().as_bytes())),
        Ok(Asked::Version) => {
            return printed(writeln!(
                stdout,
                "loopback-cloud {}",
                env!("CARGO_PKG_VERSION")
            ));
        }
        Ok(Asked::Start {
            builder,
            json,
            seeds,
        }) => (builder, json, seeds),
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "loopback-cloud: {problem}");
            return ExitCode::from(2);
        }
    };
    let cloud = match builder.start() {
        Ok(cloud) => cloud,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "loopback-cloud: cannot listen: {error}");
            return ExitCode::FAILURE;
        }
    };
    for (service, fields) in seeds {
        cloud.seed(&service, fields);
    }
    let (url, key) = (cloud.url(), cloud.api_key());
    let text = match as_json {
        true => format!("{}\n", json!({"url": url, "api_key": key})),
        false => format!("NGROK_API_URL={url}\nNGROK_API_KEY={key}\n"),
    };
    if stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .is_err()
    {
        return ExitCode::FAILURE;
    }
    loop {
        std::thread::park();
    }
}

fn printed(done: std::io::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
