//! Requests that went through a tunnel, kept as bytes, newest first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::forward::wire::Head;
use super::ids::Rising;
use crate::clock;

/// Bytes kept of one message; the rest passes unrecorded.
const MAX_MESSAGE: usize = 8 * 1024 * 1024;
/// Requests kept, whatever their size.
const MAX_ENTRIES: usize = 1_000;

/// One request and its answer, which may still be on the way.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) id: String,
    tunnel: String,
    remote: String,
    start: SystemTime,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    request: Message,
    response: Option<Message>,
    took: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
struct Message {
    head: Head,
    raw: Vec<u8>,
}

impl Message {
    fn new(head: &Head) -> Self {
        Self {
            head: head.clone(),
            raw: head.to_bytes(),
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let room = MAX_MESSAGE.saturating_sub(self.raw.len()).min(bytes.len());
        self.raw
            .extend_from_slice(bytes.get(..room).unwrap_or_default());
    }

    fn headers(&self) -> BTreeMap<String, Vec<String>> {
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &self.head.headers {
            let value = String::from_utf8_lossy(value).into_owned();
            headers.entry(canonical(name)).or_default().push(value);
        }
        headers
    }
}

/// A header's name as Go spells it: `content-type` → `Content-Type`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|c| {
            let spelt = if upper {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            };
            upper = c == '-';
            spelt
        })
        .collect()
}

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn request_body(&self, bytes: &[u8]) {
        self.lock().request.append(bytes);
    }

    pub(crate) fn response_head(&self, head: &Head) {
        self.lock().response = Some(Message::new(head));
    }

    pub(crate) fn response_body(&self, bytes: &[u8]) {
        if let Some(response) = &mut self.lock().response {
            response.append(bytes);
        }
    }

    /// The answer is complete; the first time counts.
    pub(crate) fn finish(&self) {
        self.lock().took.get_or_insert_with(|| self.began.elapsed());
    }

    /// No answer came, or only a part of one: what the agent shows is as if it were still on the way.
    pub(crate) fn fail(&self) {
        self.lock().response = None;
    }

    /// The request to send again.
    pub(crate) fn request(&self) -> (Head, Vec<u8>) {
        let state = self.lock();
        (state.request.head.clone(), state.request.raw.clone())
    }

    pub(crate) fn tunnel(&self) -> &str {
        &self.tunnel
    }

    pub(crate) fn json(&self) -> Value {
        let state = self.lock();
        let (method, target, version) = state.request.head.words();
        // Until it is complete, the agent shows none of an answer.
        let answer = state.response.as_ref().filter(|_| state.took.is_some());
        let response = match answer {
            None => {
                json!({"status": "", "status_code": 0, "proto": "", "headers": null, "raw": null})
            }
            Some(answer) => {
                let (version, code, reason) = answer.head.words();
                json!({
                    "status": format!("{code} {reason}").trim_end(),
                    "status_code": answer.head.status(),
                    "proto": version,
                    "headers": answer.headers(),
                    "raw": STANDARD.encode(&answer.raw),
                })
            }
        };
        let took = state.took.unwrap_or_default().as_nanos();
        json!({
            "uri": format!("/api/requests/http/{}", self.id),
            "id": self.id,
            "tunnel_name": self.tunnel,
            "remote_addr": self.remote,
            "start": clock::rfc3339(self.start),
            "duration": u64::try_from(took).unwrap_or(u64::MAX),
            "request": {
                "method": method,
                "proto": version,
                "headers": state.request.headers(),
                "uri": target,
                "raw": STANDARD.encode(&state.request.raw),
            },
            "response": response,
        })
    }

    fn size(&self) -> usize {
        let state = self.lock();
        state.request.raw.len() + state.response.as_ref().map_or(0, |r| r.raw.len())
    }
}

#[derive(Debug, Default)]
struct Kept {
    /// Oldest first.
    entries: VecDeque<Arc<Exchange>>,
    ids: Rising,
}

/// All captured requests of an agent.
#[derive(Debug)]
pub(crate) struct Captures {
    kept: Mutex<Kept>,
    /// Bytes to keep in all (`inspect_db_size`); 0 keeps nothing.
    budget: usize,
}

impl Captures {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            kept: Mutex::default(),
            budget,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to record a request.
    pub(crate) fn begin(&self, tunnel: &str, remote: &str, request: &Head) -> Arc<Exchange> {
        // Under the lock, so that the order of the list is the order of the ids.
        let mut kept = self.lock();
        let start = SystemTime::now();
        let exchange = Arc::new(Exchange {
            id: format!("airt_{}", kept.ids.next(start)),
            tunnel: tunnel.to_owned(),
            remote: remote.to_owned(),
            start,
            began: Instant::now(),
            state: Mutex::new(State {
                request: Message::new(request),
                ..State::default()
            }),
        });
        if self.budget > 0 {
            kept.entries.push_back(Arc::clone(&exchange));
            if kept.entries.len() > MAX_ENTRIES {
                kept.entries.pop_front();
            }
        }
        exchange
    }

    /// Drops the oldest entries until the rest fits; called when an exchange has ended.
    pub(crate) fn trim(&self) {
        let entries = &mut self.lock().entries;
        let mut size: usize = entries.iter().map(|e| e.size()).sum();
        while size > self.budget {
            let Some(oldest) = entries.pop_front() else {
                return;
            };
            size -= oldest.size();
        }
    }

    /// The newest `limit` whose tunnel's name contains `tunnel`.
    pub(crate) fn list(&self, limit: usize, tunnel: &str) -> Vec<Arc<Exchange>> {
        let entries = &self.lock().entries;
        let matching = entries.iter().rev().filter(|e| e.tunnel.contains(tunnel));
        matching.take(limit).cloned().collect()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Exchange>> {
        self.lock().entries.iter().find(|e| e.id == id).cloned()
    }

    pub(crate) fn clear(&self) {
        self.lock().entries.clear();
    }
}
