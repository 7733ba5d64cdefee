//! A captured request, sent once more.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use tokio::io::{AsyncWriteExt, sink};

use super::upstream::{Answered, Upstream, answer};
use super::{dial_error, files, pages};
use crate::agent::capture::Exchange;
use crate::agent::engine::Engine;
use crate::agent::target::Target;
use crate::agent::tunnel::Tunnel;

/// Where a replay comes from, for an upstream that is told.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Sends a captured request again, and records it as a new one. The caller waits for the answer.
pub(crate) async fn replay(engine: &Engine, tunnel: &Tunnel, original: &Exchange) {
    let (head, raw) = original.request();
    let definition = tunnel.definition();
    let exchange = engine.captures.begin(&definition.name, "replayed", &head);
    let body = raw.get(head.to_bytes().len()..).unwrap_or_default();
    exchange.request_body(body);
    let began = Instant::now();
    let done = match &definition.target {
        Target::Files { directory, .. } => {
            let answered = files::answer(directory, &head, &mut sink(), Some(&exchange)).await;
            answered.is_ok()
        }
        Target::Network { authority, .. } => {
            match Upstream::connect(&definition, authority, HERE).await {
                Err(error) => {
                    let reason = dial_error(authority, &error);
                    let (head, body) = pages::error(502, "Bad Gateway", 8012, &reason);
                    exchange.response_head(&head);
                    exchange.response_body(&body);
                    true
                }
                Ok(mut upstream) => {
                    let method = head.words().0;
                    let sent = upstream.write.write_all(&raw).await;
                    let read = &mut upstream.read;
                    let answered = answer(read, &mut sink(), method, None, Some(&exchange)).await;
                    sent.is_ok() && matches!(answered, Ok(Answered::Whole(_)))
                }
            }
        }
    };
    if done {
        exchange.finish();
    } else {
        exchange.fail();
    }
    tunnel.metrics.request(began.elapsed());
}
