//! The life of a running agent: web service, session, tunnels, end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::config::{Config, WebAddr};
use super::definition::Definition;
use super::engine::{Engine, Refusal, Stop};
use super::{session, web};
use crate::server::listen;

/// Where the web service tries to listen, and how often it takes the next port.
const DEFAULT_PORT: u16 = 4040;
const TRIES: u16 = 100;

/// What to open once there is a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    None,
    All,
    Names(Vec<String>),
}

/// Everything that the files define, checked.
pub(crate) fn all_definitions(config: &Config) -> Result<Vec<Definition>, String> {
    let tunnels = config.tunnels();
    let endpoints = config.endpoints();
    let tunnels = tunnels.iter().map(Definition::tunnel);
    tunnels
        .chain(endpoints.iter().map(Definition::endpoint))
        .collect()
}

/// The definitions behind `--all` or names, or the refusal that names what there is.
pub(crate) fn definitions(
    engine: &Engine,
    opening: &Opening,
    files: &[String],
) -> Result<Vec<Definition>, String> {
    // Every definition is checked, also those that are not opened.
    let all = all_definitions(&engine.config)?;
    match opening {
        Opening::None => Ok(Vec::new()),
        Opening::All if all.is_empty() => Err("Your configuration file must define at least one tunnel or endpoint when using --all. To intentionally start none, use `ngrok start --none`.".to_owned()),
        Opening::All => Ok(all),
        Opening::Names(names) => names
            .iter()
            .map(|name| {
                all.iter().find(|d| d.name == *name).cloned().ok_or_else(|| {
                    format!(
                        "Tunnel '{name}' is not defined in the config files.\nTunnels available: {}\nConfig files read: [{}]",
                        engine.config.names().join(", "),
                        files.join(" ")
                    )
                })
            })
            .collect(),
    }
}

/// Opens the port of the web service.
pub(crate) fn bind_web(engine: &Engine) -> Result<Option<std::net::TcpListener>, String> {
    let wanted = match engine.config.web_addr() {
        WebAddr::Off => return Ok(None),
        WebAddr::At(addr) => {
            let refused = |error: &io::Error| {
                let reason = match error.kind() {
                    io::ErrorKind::AddrInUse => "bind: address already in use".to_owned(),
                    _ => error.to_string(),
                };
                format!("listen tcp {addr}: {reason}")
            };
            // A port alone is one of all addresses for Go; here nothing leaves the machine.
            let full = if addr.starts_with(':') {
                format!("127.0.0.1{addr}")
            } else {
                addr.clone()
            };
            let mut resolved = full.to_socket_addrs().map_err(|e| refused(&e))?;
            let first = resolved
                .next()
                .ok_or_else(|| format!("listen tcp {addr}"))?;
            return listen(first).map(Some).map_err(|e| refused(&e));
        }
        WebAddr::Default => DEFAULT_PORT,
    };
    for port in wanted..wanted.saturating_add(TRIES) {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        match listen(addr) {
            Ok(listener) => return Ok(Some(listener)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => engine.log.warn(
                "can't bind default web address, trying alternatives",
                &[("obj", "web".into()), ("addr", addr.to_string().into())],
            ),
            Err(error) => return Err(format!("listen tcp {addr}: {error}")),
        }
    }
    Err("no free port for the web service".to_owned())
}

/// Runs until something stops it, and says what.
pub(crate) async fn run(
    engine: Arc<Engine>,
    web: Option<std::net::TcpListener>,
    token: Option<String>,
    opening: Vec<Definition>,
) -> Stop {
    let web = match start_web(&engine, web) {
        Ok(web) => web,
        Err(error) => return Stop::Failed(error.to_string()),
    };
    let mut stop = engine.stop.subscribe();
    let up = async {
        if let Err(stop) = session::establish(&engine, token.as_deref()).await {
            engine.stop(stop);
            return;
        }
        if let Err(reason) = open(&engine, opening) {
            engine.stop(Stop::Failed(reason));
            return;
        }
        act_on_faults(&engine).await;
    };
    let stopped = async move { stop.wait_for(Option::is_some).await.is_ok() };
    tokio::pin!(stopped);
    tokio::select! {
        _ = &mut stopped => {}
        () = up => {
            stopped.await;
        }
    }
    let why = engine.stop.borrow().clone().unwrap_or(Stop::Requested);
    if why == Stop::Requested {
        engine.log.info(
            "received stop request",
            &[
                ("obj", "app".into()),
                ("stopReq", "{err:<nil> restart:false}".into()),
            ],
        );
        engine.log.info(
            "session closing",
            &[
                ("obj", "tunnels.session".into()),
                ("err", super::log::Field::Nil),
            ],
        );
    }
    if let Some(web) = web {
        web.abort();
    }
    engine.close_all();
    why
}

/// Starts the web service, if there is to be one.
fn start_web(
    engine: &Arc<Engine>,
    web: Option<std::net::TcpListener>,
) -> io::Result<Option<AbortHandle>> {
    let Some(listener) = web else {
        return Ok(None);
    };
    let addr = listener.local_addr()?;
    engine.log.debug(
        "starting component",
        &[("obj", "app".into()), ("name", "web".into())],
    );
    engine.log.info(
        "starting web service",
        &[
            ("obj", "web".into()),
            ("addr", addr.to_string().into()),
            ("allow_hosts", allowed_hosts(engine).into()),
        ],
    );
    let listener = TcpListener::from_std(listener)?;
    let serving = tokio::spawn(web::serve(Arc::clone(engine), listener, addr));
    Ok(Some(serving.abort_handle()))
}

/// As Go prints a list.
fn allowed_hosts(engine: &Engine) -> String {
    format!("[{}]", engine.config.web_allow_hosts().join(" "))
}

fn open(engine: &Arc<Engine>, opening: Vec<Definition>) -> Result<(), String> {
    for definition in opening {
        engine
            .open(definition, true)
            .map_err(|refusal| match refusal {
                Refusal::Invalid(reason) | Refusal::Failed(reason) => reason,
                Refusal::NotReady => "session closed".to_owned(),
            })
            .inspect_err(|reason| {
                let err = || ("err", reason.as_str().into());
                let log = &engine.log;
                log.error(
                    "session closing",
                    &[("obj", "tunnels.session".into()), err()],
                );
                log.error("terminating with error", &[("obj", "app".into()), err()]);
                log.crit("command failed", &[err()]);
            })?;
    }
    Ok(())
}

/// What the environment ordered for the time after the start.
async fn act_on_faults(engine: &Arc<Engine>) {
    let faults = engine.faults().clone();
    engine.flood(faults.log_flood);
    if let Some(after) = faults.lose_session {
        tokio::time::sleep(after).await;
        session::lose(engine);
        if let Some(after) = faults.session_back {
            tokio::time::sleep(after).await;
            session::restore(engine);
        }
    }
}
