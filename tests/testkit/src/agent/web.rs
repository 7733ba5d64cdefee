//! The local API: who may call, which path is which, and what the faults make of the answer.

mod captured;
mod control;
mod hosts;
mod opened;
mod reply;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION};
use hyper::{Method, Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::net::TcpListener;

use self::reply::Reply;
use super::engine::{Engine, Session, Stop};
use super::ids;
use crate::server::{Body, accept, full, http_connection, streamed};

/// Serves the API for ever.
pub(crate) async fn serve(engine: Arc<Engine>, listener: TcpListener, addr: SocketAddr) {
    let delay = engine.faults().web_delay;
    if !delay.is_zero() {
        // The port is open and connections wait in its queue, as with an agent that is busy starting.
        tokio::time::sleep(delay).await;
    }
    let handler = Arc::new(move |request| handle(Arc::clone(&engine), addr, request));
    accept(listener, |stream, _| {
        http_connection(stream, Arc::clone(&handler))
    })
    .await;
}

/// One request, as far as the routes need it.
struct Call {
    method: Method,
    /// Percent-decoded.
    path: String,
    query: String,
    content_type: String,
    body: Bytes,
    /// The id in the log lines.
    id: String,
}

async fn handle(
    engine: Arc<Engine>,
    addr: SocketAddr,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    if let Some(rejected) = rejected_host(&engine, addr, &request) {
        return rejected;
    }
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let path = percent_decode_str(head.uri.path()).decode_utf8_lossy();
    let call = Call {
        method: match head.method {
            Method::HEAD => Method::GET,
            ref other => other.clone(),
        },
        path: path.trim_end_matches('/').to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        content_type: header(CONTENT_TYPE.as_str()).unwrap_or_default().to_owned(),
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
        id: ids::hex(16),
    };
    if call.path.starts_with("/testkit") {
        return control::answer(&engine, &call).into_response();
    }
    if !(call.path == "/api" || call.path.starts_with("/api/")) {
        return page(&call);
    }
    if let Some(refused) = refused_accept(header("accept")) {
        return refused.into_response();
    }
    api(&engine, &call).await
}

/// An answer of the API, logged as the agent logs it, or spoilt as the faults order.
async fn api(engine: &Arc<Engine>, call: &Call) -> io::Result<Response<Body>> {
    let faults = engine.faults().clone();
    if faults.crash_on == Some(engine.count_request()) {
        engine.stop(Stop::Crash);
        return Err(io::Error::other("crash as ordered"));
    }
    let began = Instant::now();
    let pg = || call.path.as_str().into();
    let id = || call.id.as_str().into();
    engine.log.info("start", &[("pg", pg()), ("id", id())]);
    if !faults.reply_delay.is_zero() {
        tokio::time::sleep(faults.reply_delay).await;
    }
    let mut reply = if faults.reply_status.is_some() || faults.reply_body.is_some() {
        Reply::text(
            faults.reply_status.unwrap_or(200),
            faults.reply_body.unwrap_or_default(),
        )
    } else {
        route(engine, call).await
    };
    if let Some((message, key, value)) = reply.complaint.take() {
        engine
            .log
            .warn(message, &[("pg", pg()), ("id", id()), (key, value.into())]);
    }
    engine.log.info(
        "end",
        &[
            ("pg", pg()),
            ("id", id()),
            ("status", reply.status.into()),
            ("dur", format!("{:?}", began.elapsed()).into()),
        ],
    );
    if faults.reply_cut {
        return cut(&reply);
    }
    reply.into_response()
}

async fn route(engine: &Arc<Engine>, call: &Call) -> Reply {
    let has_endpoints = engine.is_at_least(3, 30);
    let segments: Vec<&str> = call.path.split('/').skip(2).collect();
    match (segments.as_slice(), call.method.as_str()) {
        ([], "GET") => Reply::json(
            200,
            &json!({"tunnels_uri": "/api/tunnels", "http_requests_uri": "/api/requests/http"}),
        ),
        ([], _) => Reply::method_not_allowed(call, "GET"),
        (["status"], "GET") => status(engine),
        (["status"], _) => Reply::method_not_allowed(call, "GET"),
        (["tunnels", ..], _) => opened::answer(engine, call, false),
        (["endpoints", ..], _) if has_endpoints => opened::answer(engine, call, true),
        (["requests", "http", ..], _) => captured::answer(engine, call).await,
        _ => Reply::not_found(call),
    }
}

fn status(engine: &Engine) -> Reply {
    let session = *engine.session.borrow();
    let status = match session {
        Session::Connecting => "connecting",
        Session::Up => "online",
        Session::Lost => "reconnecting",
    };
    Reply::json(
        200,
        &json!({
            "status": status,
            "agent_version": engine.version(),
            "session": {
                "legs": [{"region": engine.config.region(), "latency": "1ms"}],
            },
            "uri": "/api/status",
        }),
    )
}

/// The pages for people: one is enough here.
fn page(call: &Call) -> io::Result<Response<Body>> {
    match call.path.as_str() {
        "" => Response::builder()
            .status(302)
            .header(LOCATION, "/inspect/http")
            .body(full("<a href=\"/inspect/http\">Found</a>.\n"))
            .map_err(io::Error::other),
        "/status" | "/inspect/http" => Response::builder()
            .header(CONTENT_TYPE, "text/html; charset=utf-8")
            .body(full(
                "<html><head><title>ngrok</title></head><body>The loopback agent has no web interface, only its API.</body></html>\n",
            ))
            .map_err(io::Error::other),
        _ => Reply::not_found(call).into_response(),
    }
}

/// Only the machine itself may call: a page of another origin must not, by way of a DNS trick.
fn rejected_host(
    engine: &Engine,
    addr: SocketAddr,
    request: &Request<Incoming>,
) -> Option<io::Result<Response<Body>>> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let allowed = matches!(name, "localhost" | "127.0.0.1" | "[::1]")
        || name == addr.ip().to_string()
        || hosts::allow(&engine.config.web_allow_hosts(), name);
    if allowed {
        return None;
    }
    let text = format!(
        "Rejected host \"{name}\".\n\nIf you are using an ngrok tunnel to access this page remotely, please rewrite the host header to \"{addr}\", or to whatever \"web_addr\" port value you have in your configuration file.\n"
    );
    Some(Reply::text(401, text).into_response())
}

fn refused_accept(accept: Option<&str>) -> Option<Reply> {
    let accept = accept?;
    let json = accept
        .split(',')
        .filter_map(|part| part.split(';').next())
        .any(|part| {
            matches!(
                part.trim(),
                "" | "*/*" | "application/*" | "application/json"
            )
        });
    (!json).then(|| {
        Reply::error(
            None,
            406,
            "unsupported request Accept header",
            json!({"accept-header": accept, "supported": ["application/json"]}),
        )
    })
}

/// Half of an answer, then the end of the connection.
fn cut(reply: &Reply) -> io::Result<Response<Body>> {
    let half = Bytes::copy_from_slice(reply.body.get(..reply.body.len() / 2).unwrap_or_default());
    Response::builder()
        .status(reply.status)
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_LENGTH, reply.body.len().max(1))
        .body(streamed(move |mut pieces| async move {
            let _ = pieces.send_data(half).await;
            (pieces, Err(io::Error::other("cut as ordered")))
        }))
        .map_err(io::Error::other)
}
