//! `ngrok-rs http`, `tcp`, `tls`, `connect` and `connect-all`: what is to be opened.

use ngrok_facade::{ConnectOptions, FindingCode, Ngrok, Tunnel};
use serde_json::{Value, json};

use crate::args::{
    ConnectAllArgs, ConnectArgs, EndpointArgs, HoldArgs, HttpArgs, HttpFlags, TcpArgs, TlsArgs,
};
use crate::context::Context;
use crate::endpoint;
use crate::exit::{Failure, Outcome};
use crate::hold::{self, Plan};

pub(crate) fn http(context: &Context, args: HttpArgs) -> Outcome {
    let options = ConnectOptions::http(args.addr);
    open(context, options, &args.endpoint, &args.http, args.hold)
}

pub(crate) fn tcp(context: &Context, args: TcpArgs) -> Outcome {
    let options = ConnectOptions::tcp(args.addr);
    open(
        context,
        options,
        &args.endpoint,
        &HttpFlags::default(),
        args.hold,
    )
}

pub(crate) fn tls(context: &Context, args: TlsArgs) -> Outcome {
    let flags = HttpFlags {
        domain: args.domain,
        ..HttpFlags::default()
    };
    open(
        context,
        ConnectOptions::tls(args.addr),
        &args.endpoint,
        &flags,
        args.hold,
    )
}

pub(crate) fn connect(context: &Context, args: ConnectArgs) -> Outcome {
    let mut options = match args.addr {
        Some(addr) => ConnectOptions::from(addr),
        None => ConnectOptions::new(),
    };
    if let Some(proto) = args.proto {
        options = options.proto(proto);
    }
    open(
        context,
        options,
        &args.endpoint,
        &HttpFlags::default(),
        args.hold,
    )
}

/// What to do about a name that nothing in the config file has.
fn missing(name: &str, defined: &[String]) -> String {
    let near = |it: &&String| strsim::jaro_winkler(it, name) > 0.7;
    let mut shown: Vec<&String> = defined.iter().filter(near).collect();
    if shown.is_empty() {
        shown = defined.iter().take(10).collect();
    }
    let shown: Vec<String> = shown.iter().map(|it| format!("`{it}`")).collect();
    let instead = if shown.is_empty() {
        "the config file defines none".to_owned()
    } else {
        format!("defined are {}", shown.join(", "))
    };
    format!("no tunnel or endpoint is called `{name}`: {instead}; or give the port to forward to")
}

fn open(
    context: &Context,
    options: ConnectOptions,
    endpoint: &EndpointArgs,
    http: &HttpFlags,
    hold: HoldArgs,
) -> Outcome {
    let ngrok = context.ngrok()?;
    let options = endpoint::options(&ngrok, options, endpoint, http)?;
    // Wrong use is reported before anything is downloaded.
    let odd = ngrok.check(options.clone())?;
    if odd
        .iter()
        .any(|it| it.code == FindingCode::DefinitionMissing)
    {
        let name = endpoint.name.as_deref().unwrap_or_default();
        return Err(Failure::Usage(missing(name, &ngrok.definitions()?)));
    }
    hold::run(
        context,
        Plan {
            hold,
            open: Box::new(move |ngrok| Ok(vec![ngrok.connect(options)?])),
            command: None,
        },
    )
}

pub(crate) fn connect_all(context: &Context, args: ConnectAllArgs) -> Outcome {
    let open = |ngrok: &Ngrok| {
        let tunnels = ngrok.connect_all()?;
        if tunnels.is_empty() {
            return Err(Failure::Usage(
                "the config file defines no endpoints".to_owned(),
            ));
        }
        Ok(tunnels)
    };
    hold::run(
        context,
        Plan {
            hold: args.hold,
            open: Box::new(open),
            command: None,
        },
    )
}

/// Returns what `connect --json` and `tunnels --json` say of an endpoint.
pub(crate) fn object(tunnel: &Tunnel) -> Value {
    json!({
        "name": tunnel.name(),
        "public_url": tunnel.public_url(),
        "proto": tunnel.proto(),
        "uri": tunnel.uri(),
        "config": tunnel.config().map_or_else(|| json!({}), |it| json!(it)),
        "upstream": tunnel.upstream(),
    })
}
