//! One request as a value: method, path, query and body, before anything is sent.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::error::{Error, Result};

/// The methods that the API knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or starts an action.
    Post,
    /// Replaces the whole of something.
    Put,
    /// Changes the fields that are sent.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Its name in a request line, such as `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether sending it twice does no more than sending it once.
    pub(crate) fn is_repeatable(self) -> bool {
        matches!(self, Self::Get | Self::Put | Self::Delete)
    }

    /// Whether its request has a body, be it the empty object.
    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request that is ready to be sent, relative to the base URL.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Starts with a slash; each argument is one escaped segment.
    pub(crate) path: String,
    /// Without the question mark; empty for none.
    pub(crate) query: String,
    pub(crate) body: Option<Vec<u8>>,
}

impl Call {
    /// `template` is a path of the API such as `/edges/https/{edge_id}/routes/{id}`; `args` fill its braces in order.
    pub(crate) fn new(method: Method, template: &str, args: &[&str]) -> Result<Self> {
        Ok(Self::at(method, fill(template, args)?))
    }

    /// `path` is sent as it is. A request that can have a body has one: the empty object, if there is nothing to say.
    pub(crate) fn at(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: String::new(),
            body: method.has_body().then(|| b"{}".to_vec()),
        }
    }

    /// Sets the JSON body.
    pub(crate) fn body<B: Serialize>(mut self, body: &B) -> Result<Self> {
        self.body = Some(serde_json::to_vec(body).map_err(Error::encode)?);
        Ok(self)
    }

    /// Path and query as they stand in the request line.
    pub(crate) fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// What errors call this request.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn fill(template: &str, args: &[&str]) -> Result<String> {
    let mut path = String::with_capacity(template.len() + 32);
    let mut args = args.iter();
    for segment in template.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            None => path.push_str(segment),
            Some(name) => {
                let arg = args.next().copied().unwrap_or_default();
                // These three would name another path once a server normalises it.
                if matches!(arg, "" | "." | "..") {
                    return Err(Error::path_argument(name, arg));
                }
                path.extend(utf8_percent_encode(arg, ESCAPED));
            }
        }
    }
    Ok(path)
}

/// Adds one `name=value` to a query.
pub(crate) fn push_query(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.extend(utf8_percent_encode(name, ESCAPED));
    query.push('=');
    query.extend(utf8_percent_encode(value, ESCAPED));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn arguments_stay_one_segment() {
        let path = |id: &str| fill("/edges/https/{edge_id}/routes/{id}", &["e", id]);
        assert_eq!(path("r_1").unwrap(), "/edges/https/e/routes/r_1");
        assert_eq!(
            path("../api_keys/x?y#z").unwrap(),
            "/edges/https/e/routes/..%2Fapi_keys%2Fx%3Fy%23z"
        );
        assert_eq!(path("ü %").unwrap(), "/edges/https/e/routes/%C3%BC%20%25");
        for bad in ["", ".", ".."] {
            let error = path(bad).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidInput);
            assert!(error.to_string().contains("`id`"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_argument_is_one_segment_or_refused(id in ".{0,20}") {
            if let Ok(path) = fill("/things/{id}/stop", &[&id]) {
                prop_assert!(path.is_ascii());
                prop_assert_eq!(path.matches('/').count(), 3);
                prop_assert!(!path.contains(['?', '#', '\\', ' ']));
                let segment = path.split('/').nth(2).unwrap();
                let back = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
                prop_assert_eq!(back, id);
            }
        }
    }
}
