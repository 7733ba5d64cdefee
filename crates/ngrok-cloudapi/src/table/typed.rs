//! The operations through their typed functions: a body is read into the request's type first, an answer into its own.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{ListOptions, Operation};
use crate::error::{Error, Result};
use crate::{Client, List, Page};

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

impl Operation {
    /// Calls it through its typed function. `options` are for lists; a body that is left out is the empty object.
    ///
    /// # Errors
    /// As every call, and those of [`Operation::check`].
    pub fn run(
        &self,
        client: &Client,
        args: &[&str],
        body: Option<Value>,
        options: &ListOptions,
    ) -> Result<Answer> {
        let body = self.prepared(args, body)?;
        match self.run {
            Run::Plain(run) => run(client, args),
            Run::Body(run) => run(client, args, body.unwrap_or_else(|| Map::new().into())),
            Run::List(run) => run(client, args, options),
        }
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
    Answer::Pages(Box::new(options.apply(list).pages().map(|page| {
        let page = page?;
        Ok(Page {
            items: page.items.into_iter().map(value).collect::<Result<_>>()?,
            uri: page.uri,
            next_page_uri: page.next_page_uri,
            extra: page.extra,
        })
    })))
}

/// Reads a body, which was checked before, into a request's type.
pub(crate) fn read<T: DeserializeOwned>(body: Value) -> Result<T> {
    T::deserialize(body).map_err(|e| Error::input_caused("the body does not fit this operation", e))
}

fn value<T: Serialize>(typed: T) -> Result<Value> {
    serde_json::to_value(typed).map_err(Error::encode)
}
