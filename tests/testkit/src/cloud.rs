//! A loopback stand-in for ngrok's cloud API: all of its services, with state, checks of its own, and faults on demand.

mod api;
mod catalog;
mod check;
mod fault;
mod filter;
mod gate;
mod shape;
mod store;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

pub use fault::CloudFault;
pub use gate::CloudRequest;

use self::api::Call;
use self::catalog::Catalog;
use self::fault::Faults;
use self::gate::Gate;
use self::store::Store;
use crate::server::{Body, Server};

/// A cloud API on a loopback port; it ends when this is dropped.
///
/// It keeps what clients create, pages and filters lists (`==`, `!=`, `&&`, `||`), shows a token only in the answer that made it,
/// and refuses what ngrok refuses: a wrong key (401, ERR_NGROK_202), no `Ngrok-Version` (400, ERR_NGROK_218),
/// an unknown query parameter (400, ERR_NGROK_214), an unknown, missing or mistyped body field (400), too many requests (429, ERR_NGROK_226).
/// What lies behind the API does not exist: no endpoint goes online, no certificate is issued.
///
/// ```
/// let cloud = ngrok_testkit::LoopbackCloud::start().unwrap();
/// let id = cloud.seed("tunnel_sessions", serde_json::json!({"region": "eu"}));
/// // Point a client at `cloud.url()` with the key `cloud.api_key()`, then look at what it sent:
/// assert!(cloud.requests().is_empty());
/// assert!(id.starts_with("ts_"));
/// ```
#[derive(Debug)]
pub struct LoopbackCloud {
    url: String,
    state: Arc<Mutex<State>>,
    _server: Server,
}

#[derive(Debug)]
struct State {
    gate: Gate,
    store: Store,
    faults: Faults,
    seen: Vec<CloudRequest>,
}

/// Settings of a [`LoopbackCloud`] before it starts.
#[derive(Clone, Debug)]
pub struct LoopbackCloudBuilder {
    api_key: String,
    prefix: String,
    per_minute: Option<usize>,
}

impl LoopbackCloudBuilder {
    /// The key that clients have to send. Default: `loopback-api-key`.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = key.into();
        self
    }

    /// A path that stands before every other, such as `/ngrok`, as behind a gateway. Default: none.
    #[must_use]
    pub fn path_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How many requests are answered in a rolling minute before ERR_NGROK_226. Default: any number.
    #[must_use]
    pub fn rate_limit(mut self, per_minute: usize) -> Self {
        self.per_minute = Some(per_minute);
        self
    }

    /// Starts the cloud on a free port of `127.0.0.1`.
    ///
    /// # Errors
    /// When no port or thread can be had.
    pub fn start(self) -> io::Result<LoopbackCloud> {
        let state = Arc::new(Mutex::new(State {
            gate: Gate::new(self.api_key, self.prefix.clone(), self.per_minute),
            store: Store::new(String::new()),
            faults: Faults::default(),
            seen: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let server = Server::http(move |request| serve(Arc::clone(&shared), request))?;
        let url = format!("http://{}{}", server.addr(), self.prefix);
        lock(&state).store = Store::new(url.clone());
        Ok(LoopbackCloud {
            url,
            state,
            _server: server,
        })
    }
}

impl LoopbackCloud {
    /// Starts a cloud with the default settings.
    ///
    /// # Errors
    /// When no port or thread can be had.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Settings to change before the start.
    #[must_use]
    pub fn builder() -> LoopbackCloudBuilder {
        LoopbackCloudBuilder {
            api_key: "loopback-api-key".to_owned(),
            prefix: String::new(),
            per_minute: None,
        }
    }

    /// The base URL for a client, with the path prefix and without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that it accepts.
    #[must_use]
    pub fn api_key(&self) -> String {
        lock(&self.state).gate.api_key().to_owned()
    }

    /// Puts a resource into a service, by request or response field, and returns its id.
    /// It is the way to fill services that no client can create in: `tunnel_sessions`, `tunnels`, `application_users`, ….
    ///
    /// # Panics
    /// When there is no such service, or it has no list of its own, or `fields` is not an object: the test is wrong.
    #[expect(
        clippy::panic,
        reason = "a helper of tests: the panic is the test's failure"
    )]
    pub fn seed(&self, service: &str, fields: Value) -> String {
        let Some((path, kind)) = Catalog::get().home(service) else {
            panic!("no service '{service}' with a collection of its own");
        };
        let Value::Object(fields) = fields else {
            panic!("a resource is an object, not {fields}");
        };
        lock(&self.state).store.insert(service, path, kind, fields)
    }

    /// Makes the `nth` request from now on go wrong; 1 is the next. Refused requests count too.
    pub fn fail(&self, nth: usize, fault: CloudFault) {
        lock(&self.state).faults.add(nth, fault);
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<CloudRequest> {
        lock(&self.state).seen.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Escapes a value for a query.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

async fn serve(state: Arc<Mutex<State>>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let seen = CloudRequest::new(&head, &body);
    let (answer, fault) = {
        let mut state = lock(&state);
        let answer = match state.gate.refuses(&seen) {
            Some(refusal) => refusal,
            None => {
                let call = call(&state.gate, &seen, body.to_vec());
                api::answer(&mut state.store, &call)
            }
        };
        state.seen.push(seen);
        (answer, state.faults.next())
    };
    fault::deliver(answer, fault).await
}

fn call(gate: &Gate, seen: &CloudRequest, body: Vec<u8>) -> Call {
    let path = gate.within(&seen.path);
    Call {
        method: seen.method.clone(),
        path: path.split('/').skip(1).map(decode).collect(),
        query: seen
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(&value.replace('+', " "))))
            .collect(),
        body,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use serde_json::json;

    use super::*;

    /// Sends one request and returns the whole answer, up to where the connection ends.
    fn send(cloud: &LoopbackCloud, line: &str, headers: &str, body: &str) -> String {
        let addr = cloud.url().trim_start_matches("http://");
        let addr = addr.split('/').next().expect("a host");
        let mut stream = TcpStream::connect(addr).expect("the cloud listens");
        write!(
            stream,
            "{line} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        let mut answer = Vec::new();
        // A fault may end the connection with an error; what came before it counts.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    const GOOD: &str = "authorization: Bearer loopback-api-key\r\nngrok-version: 2\r\n";

    fn status(answer: &str) -> &str {
        answer.split(' ').nth(1).unwrap_or("")
    }

    #[test]
    fn the_door_asks_for_the_key_the_version_and_patience() {
        let cloud = LoopbackCloud::builder()
            .rate_limit(1)
            .start()
            .expect("starts");
        let get = "GET /vaults";
        let wrong = GOOD.replace("loopback-api-key", "other");
        let answer = send(&cloud, get, &wrong, "");
        assert!(answer.contains("ERR_NGROK_202"), "{answer}");
        let answer = send(
            &cloud,
            get,
            "authorization: Bearer loopback-api-key\r\n",
            "",
        );
        assert!(answer.contains("ERR_NGROK_218"), "{answer}");
        assert_eq!(status(&send(&cloud, get, GOOD, "")), "200");
        let answer = send(&cloud, get, GOOD, "");
        assert_eq!(status(&answer), "429", "{answer}");
        assert_eq!(cloud.requests().len(), 4);
    }

    #[test]
    fn a_prefix_is_part_of_every_path_and_uri() {
        let cloud = LoopbackCloud::builder()
            .path_prefix("/behind")
            .start()
            .expect("starts");
        assert_eq!(status(&send(&cloud, "GET /vaults", GOOD, "")), "404");
        let answer = send(&cloud, "POST /behind/vaults", GOOD, r#"{"name":"v"}"#);
        assert_eq!(status(&answer), "201", "{answer}");
        assert!(
            answer.contains(&format!("{}/vaults/v_", cloud.url())),
            "{answer}"
        );
        assert_eq!(cloud.requests()[1].body, json!({"name": "v"}));
    }

    #[test]
    fn a_seeded_session_is_listed_and_stopped() {
        let cloud = LoopbackCloud::start().expect("starts");
        let id = cloud.seed("tunnel_sessions", json!({"region": "eu"}));
        let answer = send(&cloud, "GET /tunnel_sessions", GOOD, "");
        assert!(
            answer.contains(&id) && answer.contains(r#""region":"eu""#),
            "{answer}"
        );
        let stop = format!("POST /tunnel_sessions/{id}/stop");
        assert_eq!(status(&send(&cloud, &stop, GOOD, "")), "204");
        assert_eq!(status(&send(&cloud, &stop, GOOD, "")), "404");
    }

    #[test]
    fn faults_meet_the_request_they_were_set_for() {
        let cloud = LoopbackCloud::start().expect("starts");
        cloud.seed("vaults", json!({"name": "v"}));
        cloud.fail(2, CloudFault::status(502));
        cloud.fail(3, CloudFault::Close);
        cloud.fail(4, CloudFault::Cut(10));
        cloud.fail(
            5,
            CloudFault::NextPage("http://elsewhere.example/".to_owned()),
        );
        cloud.fail(6, CloudFault::EmptyPage);
        cloud.fail(7, CloudFault::too_many(1));
        let get = || send(&cloud, "GET /vaults", GOOD, "");
        assert_eq!(status(&get()), "200");
        assert_eq!(status(&get()), "502");
        assert_eq!(get(), "");
        let cut = get();
        let body = cut.split_once("\r\n\r\n").map(|(_, body)| body.len());
        assert_eq!(body, Some(10), "{cut}");
        assert!(get().contains("http://elsewhere.example/"));
        assert!(get().contains(r#""vaults":[]"#));
        assert!(get().contains("retry-after: 1"));
        assert_eq!(status(&get()), "200");
    }
}
