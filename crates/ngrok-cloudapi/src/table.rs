//! The operations of the API as data, for a program that is told at run time what to call, such as a command line.
//!
//! A body is compared with the fields of the operation before it is sent, and goes out as it is; an answer comes back as it is.
//! Behind the feature `table`. With `serde-full` an operation can also be called through its typed function.
//!
//! ```no_run
//! use ngrok_cloudapi::{Client, table::{self, ListOptions, RawJson}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::from_env()?;
//! let create = table::operation("ip_policies", "create").ok_or("no such operation")?;
//! let body = RawJson::parse(r#"{"description": "office"}"#)?;
//! if let Some(policy) = create.call(&client, &[], Some(&body), &ListOptions::default())? {
//!     println!("{}", policy.as_str());
//! }
//! # Ok(())
//! # }
//! ```

mod check;
mod raw;
pub(crate) mod schema;
#[cfg(feature = "serde-full")]
mod typed;

use std::fmt;

use serde_json::Value;

use crate::call::{Call, push_query};
use crate::error::{Error, Result};
use crate::{Client, Filter, List};

pub use raw::RawJson;
pub use schema::{Field, Kind, Object};
#[cfg(feature = "serde-full")]
pub use typed::{Answer, ValuePages};

// What the generated entries are written with.
pub(crate) use crate::Method;
#[cfg(feature = "serde-full")]
pub(crate) use typed::{Run, arg, none, one, pages, read};

/// A service with its operations.
#[derive(Debug)]
#[non_exhaustive]
pub struct Service {
    /// Its name, such as `reserved_domains`.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// The feature that it belongs to, such as `domains`.
    pub group: &'static str,
    /// What to use instead, if ngrok has deprecated it.
    pub deprecated: Option<&'static str>,
    /// What it can do.
    pub operations: &'static [Operation],
}

/// One operation of a service.
#[non_exhaustive]
pub struct Operation {
    /// Its name, such as `create`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The method of its request.
    pub method: Method,
    /// The path of its request; arguments are in braces.
    pub path: &'static str,
    /// The status of its success.
    pub status: u16,
    /// The body that it takes.
    pub body: Option<&'static Object>,
    /// What it lists, if it is a list.
    pub list: Option<Listing>,
    /// The code with which the service refuses an update that changes nothing; such an update is not sent.
    pub refuses_empty: Option<&'static str>,
    #[cfg(feature = "serde-full")]
    pub(crate) run: Run,
}

/// What can be asked of a list, and where its items are.
#[derive(Debug)]
#[non_exhaustive]
pub struct Listing {
    /// The field of the answer that holds the items; a bar is between its names, if it may have several.
    pub field: &'static str,
    /// Whether it comes in pages, so that `limit` and `before_id` mean something.
    pub paged: bool,
    /// What a filter can look at; nothing if ngrok documents no filter for it.
    pub filters: &'static [&'static str],
    /// Further parameters of its query.
    pub parameters: &'static [&'static str],
}

/// What is asked of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Items in a page, 1 to 100.
    pub limit: Option<u32>,
    /// A condition in CEL; see [`filter`](crate::filter).
    pub filter: Option<Filter>,
    /// The id of the item to start behind.
    pub before: Option<String>,
}

/// Returns all services that are compiled in.
pub fn services() -> impl Iterator<Item = &'static Service> {
    crate::generated::TABLE.iter().copied()
}

/// Returns the operation `name` of `service`, such as `reserved_domains` `create`.
pub fn operation(service: &str, name: &str) -> Option<&'static Operation> {
    let service = services().find(|known| known.name == service)?;
    service.operations.iter().find(|known| known.name == name)
}

/// Sends a request that the table does not have, and returns the answer as it is; `None` if it has none.
///
/// # Errors
/// As [`Client::request`].
pub fn request(
    client: &Client,
    method: Method,
    path: &str,
    query: &[(&str, &str)],
    body: Option<&RawJson>,
) -> Result<Option<RawJson>> {
    let mut call = client.call_at(method, path, query, body.is_some())?;
    if let Some(body) = body {
        call.body = Some(body.as_str().into());
    }
    client.raw(&call)
}

impl Operation {
    /// Returns the names of its path arguments, in order.
    pub fn args(&self) -> impl Iterator<Item = &'static str> {
        let inner = |segment: &'static str| segment.strip_prefix('{')?.strip_suffix('}');
        self.path.split('/').filter_map(inner)
    }

    /// Returns whether its request has a body, be it an empty object.
    pub fn has_body(&self) -> bool {
        self.method.has_body()
    }

    /// Returns whether it answers with the pages of a list.
    pub fn is_list(&self) -> bool {
        self.list.is_some()
    }

    /// Compares `args` and `body` with what it takes. A body that is left out is the empty object.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the number of arguments is wrong, if a body is given that its method
    /// cannot send, or if the body is not what it takes: the message names the field that is unknown, missing, of the wrong
    /// kind, or null where a null cannot be sent. A PATCH takes null in each of its fields, and within one where the
    /// definitions allow it. An update that changes nothing is refused where the service would refuse it.
    pub fn check(&self, args: &[&str], body: Option<&Value>) -> Result<()> {
        let wanted: Vec<&str> = self.args().collect();
        if args.len() != wanted.len() {
            return Err(Error::input(format!(
                "{} path arguments were given, and `{}` takes {}: {}",
                args.len(),
                self.path,
                wanted.len(),
                wanted.join(", ")
            )));
        }
        if !self.has_body() {
            return match body {
                Some(_) => Err(Error::input(format!("`{}` takes no body", self.name))),
                None => Ok(()),
            };
        }
        let empty = Value::Object(serde_json::Map::new());
        let body = body.unwrap_or(&empty);
        let nulls = if self.method == Method::Patch {
            check::Nulls::Everywhere
        } else {
            check::Nulls::AsDefined
        };
        const NOTHING: Object = Object {
            name: "",
            fields: &[],
        };
        check::check(self.body.unwrap_or(&NOTHING), body, &wanted, nulls).map_err(Error::input)?;
        let changes = |name: &String| !wanted.contains(&name.as_str());
        match self.refuses_empty {
            Some(code) if !body.as_object().is_some_and(|b| b.keys().any(changes)) => {
                Err(Error::nothing_to_change(self.path, code))
            }
            _ => Ok(()),
        }
    }

    /// Checks, and returns the body with what this crate fills in.
    #[cfg_attr(
        not(feature = "serde-full"),
        allow(dead_code, reason = "only typed calls have a body as a value")
    )]
    fn prepared(&self, args: &[&str], body: Option<Value>) -> Result<Option<Value>> {
        let filled = |body: &Value| check::filled(self.body?, body);
        let body = body.map(|body| filled(&body).unwrap_or(body));
        self.check(args, body.as_ref())?;
        Ok(body)
    }

    /// Sends it and returns the answer as it is; `None` if it has none, one page if it is a list.
    /// The body is not compared with anything: see [`Operation::check`].
    ///
    /// # Errors
    /// As every call, and [`InvalidInput`](crate::ErrorKind::InvalidInput) if the number of arguments is wrong.
    pub fn call(
        &self,
        client: &Client,
        args: &[&str],
        body: Option<&RawJson>,
        options: &ListOptions,
    ) -> Result<Option<RawJson>> {
        let mut call = Call::new(self.method, self.path, args)?;
        options.put(&mut call.query);
        if let Some(body) = body {
            call.body = Some(body.as_str().into());
        }
        client.raw(&call)
    }

    /// Returns the list that it asks for, with its items as they are; `None` if it is not a list.
    pub fn items(
        &self,
        client: &Client,
        args: &[&str],
        options: &ListOptions,
    ) -> Option<List<RawJson>> {
        let listing = self.list.as_ref()?;
        let list = if listing.paged {
            client.list(self.path, args, listing.field)
        } else {
            client.short_list(self.path, args, listing.field)
        };
        Some(options.apply(list))
    }
}

impl ListOptions {
    fn put(&self, query: &mut String) {
        let limit = self.limit.map(|limit| limit.to_string());
        for (name, value) in [
            ("before_id", self.before.as_deref()),
            ("filter", self.filter.as_ref().map(Filter::as_str)),
            ("limit", limit.as_deref()),
        ] {
            if let Some(value) = value {
                push_query(query, name, value);
            }
        }
    }

    pub(crate) fn apply<T>(&self, mut list: List<T>) -> List<T> {
        if let Some(limit) = self.limit {
            list = list.limit(limit);
        }
        if let Some(filter) = &self.filter {
            list = list.matching(filter.clone());
        }
        if let Some(before) = &self.before {
            list = list.before(before);
        }
        list
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.name, self.method, self.path)
    }
}
