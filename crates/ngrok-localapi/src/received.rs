//! An answer that has come, and its reading as JSON.

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Method, header};

use crate::error::Detail;
use crate::shape;
use crate::transport::{Call, Transport};
use crate::{Error, Result};

/// The agent that is expected to answer, and the path with its query that it is asked for.
pub(crate) struct Expected<'a> {
    pub(crate) origin: &'a str,
    pub(crate) target: &'a str,
}

/// An answer and the call that it belongs to, which an error names.
pub(crate) struct Received {
    method: Method,
    url: String,
    status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
    /// The address of what answered, if that cannot be an agent.
    stranger: Option<String>,
}

impl Received {
    /// Sends `call`. An answer that cannot be an agent's is an error if one is expected.
    pub(crate) fn by(
        transport: &Transport,
        call: Call<'_>,
        expected: Option<Expected<'_>>,
    ) -> Result<Self> {
        let sent = transport.send(&call);
        let (answer, stranger) = match (sent, &expected) {
            (Ok(answer), Some(Expected { origin, target })) => {
                let (status, body) = (answer.status, &answer.body);
                let is_agents = shape::is_success_of_agent(&call.method, target, status, body);
                (answer, (!is_agents).then(|| (*origin).to_owned()))
            }
            (Err(error), Some(Expected { origin, target })) => {
                return Err(error.of_agent_at(origin, target));
            }
            (outcome, None) => (outcome?, None),
        };
        let content_type = answer.headers.get(header::CONTENT_TYPE);
        Ok(Self {
            method: call.method,
            url: call.url,
            status: answer.status,
            content_type: content_type.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()),
            body: answer.body,
            stranger,
        })
    }

    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        match &self.content_type {
            Some(kind) if !kind.to_ascii_lowercase().contains("json") => {
                let problem = format!("is {kind:?} and not JSON");
                Err(self.not_understood(problem, None))
            }
            _ => match serde_json::from_slice(&self.body) {
                Ok(_) if self.stranger.is_some() => Err(self.unlike_an_agents()),
                Ok(json) => Ok(json),
                Err(e) => {
                    let problem = "is not the JSON that was expected".to_owned();
                    Err(self.not_understood(problem, Some(e)))
                }
            },
        }
    }

    /// The JSON of any shape; null for an empty answer.
    pub(crate) fn json_or_null(self) -> Result<Value> {
        Ok(self.json_or_none()?.unwrap_or_default())
    }

    /// The JSON, if there is any.
    pub(crate) fn json_or_none<T: DeserializeOwned>(self) -> Result<Option<T>> {
        if self.body.is_empty() {
            self.done()?;
            Ok(None)
        } else {
            self.json().map(Some)
        }
    }

    /// A success of a call that is answered by nothing.
    pub(crate) fn done(self) -> Result<()> {
        match self.stranger {
            Some(_) => Err(self.unlike_an_agents()),
            None => Ok(()),
        }
    }

    fn unlike_an_agents(self) -> Error {
        self.not_understood("no agent gives".to_owned(), None)
    }

    fn not_understood(self, problem: String, source: Option<serde_json::Error>) -> Error {
        let detail = Detail::Decode {
            problem,
            status: self.status,
            body: self.body,
            source,
        };
        let error = Error::in_call(detail, self.method.as_str(), &self.url);
        match self.stranger {
            Some(origin) => error.of_stranger(&origin),
            None => error,
        }
    }
}
