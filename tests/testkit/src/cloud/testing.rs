//! An account without a socket, for tests.

use serde_json::{Value, json};

use super::api::{self, Account};
use super::builder::API_KEY;
use super::catalog::Catalog;
use super::gate::RateLimit;
use super::request::CloudRequest;
use super::store::Store;
use super::variant::{CloudVariant, Options};

/// An account, and what its requests have in their headers.
pub(super) struct Bench {
    pub(super) account: Account,
    pub(super) key: Option<String>,
    pub(super) version: Option<&'static str>,
    pub(super) content_type: Option<&'static str>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(&[])
    }

    pub(super) fn with(variants: &[CloudVariant]) -> Self {
        let mut options = Options::default();
        for variant in variants {
            options.choose(*variant);
        }
        let store = Store::new("http://127.0.0.1:1".to_owned());
        let rate = RateLimit::new(None);
        let mut bench = Self {
            account: Account {
                store,
                options,
                rate,
            },
            key: Some(format!("Bearer {API_KEY}")),
            version: Some("2"),
            content_type: Some("application/json"),
        };
        bench.seed("api_keys", json!({"token": API_KEY}));
        bench
    }

    pub(super) fn raw(&mut self, method: &str, path: &str, bytes: &[u8]) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let headers = [
            ("authorization", self.key.as_deref()),
            ("ngrok-version", self.version),
            (
                "content-type",
                self.content_type.filter(|_| method != "GET"),
            ),
        ];
        let given = headers
            .into_iter()
            .filter_map(|(n, v)| Some((n.to_owned(), v?.to_owned())));
        let request = CloudRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: given.collect(),
            body: Value::Null,
        };
        let answer = api::answer(&mut self.account, &request, path, Ok(bytes));
        let body = answer.body.unwrap_or_default();
        if let Some(status) = body.get("status_code").filter(|_| answer.status >= 400) {
            assert_eq!(*status, answer.status, "{body}");
        }
        (answer.status, body)
    }

    /// Sends a request; null is no body.
    pub(super) fn call(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        match body {
            Value::Null => self.raw(method, path, b""),
            body => self.raw(method, path, body.to_string().as_bytes()),
        }
    }

    /// The status and the code of an answer, without `ERR_NGROK_`.
    pub(super) fn code(&mut self, method: &str, path: &str, body: Value) -> String {
        let (status, body) = self.call(method, path, body);
        let code = body.get("error_code").and_then(Value::as_str).unwrap_or("");
        format!(
            "{status} {}",
            code.strip_prefix("ERR_NGROK_").unwrap_or(code)
        )
    }

    pub(super) fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Creates a resource and returns its id.
    pub(super) fn make(&mut self, path: &str, body: Value) -> String {
        let (status, made) = self.call("POST", path, body);
        assert_eq!(status, 201, "{path}: {made}");
        made["id"].as_str().expect("an id").to_owned()
    }

    pub(super) fn seed(&mut self, service: &str, fields: Value) -> String {
        let (path, kind) = Catalog::get().home(service).expect(service);
        let Value::Object(fields) = fields else {
            panic!("{fields}")
        };
        api::add(&mut self.account, service, path, kind, fields)
    }
}
