//! The operations of the API as data, for a program that is told at run time what to call, such as a command line.
//!
//! Each goes through its typed function: a body is read into the request's type first, an answer into its own,
//! so what the library cannot read fails here too. Behind the feature `serde-full`.
//!
//! ```no_run
//! use ngrok_cloudapi::{Client, table::{self, Answer, ListOptions}};
//!
//! # fn main() -> ngrok_cloudapi::Result<()> {
//! let client = Client::from_env()?;
//! let create = table::operation("ip_policies", "create").unwrap();
//! let body = serde_json::json!({"description": "office"});
//! if let Answer::Object(policy) = create.run(&client, &[], Some(body), &ListOptions::default())? {
//!     println!("{}", policy["id"]);
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::call::{Call, push_query};
use crate::error::{Error, Result};
use crate::{Client, Filter, List, Page};

// What the generated entries are written with.
pub(crate) use crate::Method;

/// A service with its operations.
#[derive(Debug)]
#[non_exhaustive]
pub struct Service {
    /// Its name, such as `reserved_domains`.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub about: &'static str,
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
    pub(crate) run: Run,
}

/// How an operation is called.
pub(crate) enum Run {
    Plain(fn(&Client, &[&str]) -> Result<Answer>),
    Body(fn(&Client, &[&str], Value) -> Result<Answer>),
    List(fn(&Client, &[&str], &ListOptions) -> Result<Answer>),
}

/// What an operation answers.
#[non_exhaustive]
pub enum Answer {
    /// Nothing but success.
    Empty,
    /// An object. **Secrets in it are in clear text**: a new token is shown this one time.
    Object(Value),
    /// The pages of a list, of which none is fetched yet.
    Pages(ValuePages),
}

/// The pages of a list as JSON.
pub type ValuePages = Box<dyn Iterator<Item = Result<Page<Value>>>>;

/// What can be asked of a list.
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

/// All services that are compiled in, shared types aside.
pub fn services() -> impl Iterator<Item = &'static Service> {
    crate::generated::TABLE.iter().copied()
}

/// The operation `name` of `service`, such as `reserved_domains` `create`.
pub fn operation(service: &str, name: &str) -> Option<&'static Operation> {
    let service = services().find(|known| known.name == service)?;
    service.operations.iter().find(|known| known.name == name)
}

impl Operation {
    /// The names of its path arguments, in order.
    pub fn args(&self) -> impl Iterator<Item = &'static str> {
        let inner = |segment: &'static str| segment.strip_prefix('{')?.strip_suffix('}');
        self.path.split('/').filter_map(inner)
    }

    /// Whether it takes a body.
    pub fn has_body(&self) -> bool {
        matches!(self.run, Run::Body(_))
    }

    /// Whether it answers with the pages of a list.
    pub fn is_list(&self) -> bool {
        matches!(self.run, Run::List(_))
    }

    /// Calls it. `options` are for lists; a body that is left out is the empty object.
    ///
    /// # Errors
    /// As every call, and [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent if the number of
    /// arguments is wrong, if a body is given that it does not take, or if the body is not of the request's type:
    /// the message names the field that is unknown, missing, or null where a null cannot be sent.
    /// A PATCH takes null in each of its fields, and within one where the definitions allow it.
    pub fn run(
        &self,
        client: &Client,
        args: &[&str],
        body: Option<Value>,
        options: &ListOptions,
    ) -> Result<Answer> {
        self.check(args)?;
        if body.is_some() && !self.has_body() {
            return Err(Error::input(format!("`{}` takes no body", self.name)));
        }
        match self.run {
            Run::Plain(run) => run(client, args),
            Run::Body(run) => run(client, args, body.unwrap_or_else(|| Map::new().into())),
            Run::List(run) => run(client, args, options),
        }
    }

    /// Calls it with the body as it is, and returns the answer as it is: null if it has none, one page if it is a list.
    /// For fields that this version of the crate does not know.
    ///
    /// # Errors
    /// As every call, and [`InvalidInput`](crate::ErrorKind::InvalidInput) if the number of arguments is wrong,
    /// or a body is given that its method cannot send. One that is left out is the empty object.
    pub fn run_raw(
        &self,
        client: &Client,
        args: &[&str],
        body: Option<&Value>,
        options: &ListOptions,
    ) -> Result<Value> {
        self.check(args)?;
        let mut call = Call::new(self.method, self.path, args)?;
        let limit = options.limit.map(|limit| limit.to_string());
        let filter = options.filter.as_ref().map(Filter::as_str);
        for (name, value) in [
            ("limit", limit.as_deref()),
            ("before_id", options.before.as_deref()),
            ("filter", filter),
        ] {
            if let Some(value) = value {
                push_query(&mut call.query, name, value);
            }
        }
        call = match body {
            Some(_) if !self.method.has_body() => {
                return Err(Error::input(format!("`{}` takes no body", self.name)));
            }
            Some(body) => call.body(body)?,
            None if self.has_body() => call.body(&Map::new())?,
            None => call,
        };
        client.raw(&call)
    }

    fn check(&self, args: &[&str]) -> Result<()> {
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
        Ok(())
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.name, self.method, self.path)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An object may hold a new secret.
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Object(_) => "Object(..)",
            Self::Pages(_) => "Pages(..)",
        })
    }
}

pub(crate) fn arg<'a>(args: &[&'a str], at: usize) -> Result<&'a str> {
    let missing = || Error::input("a path argument is missing");
    args.get(at).copied().ok_or_else(missing)
}

pub(crate) fn none(done: Result<()>) -> Result<Answer> {
    done.map(|()| Answer::Empty)
}

pub(crate) fn one<T: Serialize>(answer: Result<T>) -> Result<Answer> {
    Ok(Answer::Object(value(answer?)?))
}

pub(crate) fn pages<T>(list: List<T>, options: &ListOptions) -> Answer
where
    T: Serialize + DeserializeOwned + 'static,
{
    let mut list = list;
    if let Some(limit) = options.limit {
        list = list.limit(limit);
    }
    if let Some(filter) = &options.filter {
        list = list.filter(filter.as_str());
    }
    if let Some(before) = &options.before {
        list = list.before(before);
    }
    Answer::Pages(Box::new(list.pages().map(|page| {
        let page = page?;
        Ok(Page {
            items: page.items.into_iter().map(value).collect::<Result<_>>()?,
            uri: page.uri,
            next_page_uri: page.next_page_uri,
        })
    })))
}

fn value<T: Serialize>(typed: T) -> Result<Value> {
    serde_json::to_value(typed).map_err(Error::encode)
}

/// Reads a body into a request's type, which must not lose a part of it.
pub(crate) fn read<T: Serialize + DeserializeOwned>(body: Value) -> Result<T> {
    let typed =
        T::deserialize(&body).map_err(|e| misfit(&body, &e, &|part| T::deserialize(part).err()))?;
    match lost(&body, &value(&typed)?) {
        None => Ok(typed),
        Some(field) => Err(Error::input(format!(
            "`{field}` of the body would not be sent: there is no such field, or it cannot be null"
        ))),
    }
}

/// Why a body does not fit, by its field and never by its value, which may be a secret. `read` says what is wrong with a part of it.
fn misfit(
    body: &Value,
    error: &serde_json::Error,
    read: &dyn Fn(&Value) -> Option<serde_json::Error>,
) -> Error {
    let of_value = |error: &serde_json::Error| {
        let text = error.to_string();
        let (_, expected) = text.strip_prefix("invalid ")?.rsplit_once(", expected ")?;
        // Names of our own types mean nothing to whoever wrote the JSON.
        let ours = expected.starts_with("struct ");
        Some(if ours { "an object" } else { expected }.to_owned())
    };
    let Some(expected) = of_value(error) else {
        return Error::input(format!("the body does not fit this operation: {error}"));
    };
    // A field that fits is by itself at most a body with others missing.
    let wrong = |(name, value): (&String, &Value)| {
        let alone = Value::Object([(name.clone(), value.clone())].into_iter().collect());
        of_value(&read(&alone)?).map(|_| format!("`{name}` of the body"))
    };
    let field = body.as_object().and_then(|f| f.iter().find_map(wrong));
    let field = field.unwrap_or_else(|| "the body".to_owned());
    Error::input(format!("{field} is of the wrong kind: expected {expected}"))
}

/// The path of the first part of `given` that is not in `sent`; empty for the whole of it.
fn lost(given: &Value, sent: &Value) -> Option<String> {
    let below = |name: &str, inner: String| match inner.as_str() {
        "" => name.to_owned(),
        inner => format!("{name}.{inner}"),
    };
    match (given, sent) {
        (Value::Object(given), Value::Object(sent)) => {
            given.iter().find_map(|(name, value)| match sent.get(name) {
                Some(sent) => Some(below(name, lost(value, sent)?)),
                None => Some(name.clone()),
            })
        }
        (Value::Array(given), Value::Array(sent)) => {
            let mut pairs = given.iter().zip(sent).enumerate();
            pairs.find_map(|(at, (given, sent))| Some(below(&at.to_string(), lost(given, sent)?)))
        }
        // A null that became something else.
        (Value::Null, sent) if !sent.is_null() => Some(String::new()),
        _ => None,
    }
}
