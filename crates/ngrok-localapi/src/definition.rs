//! The JSON object that defines a tunnel or endpoint: holds what was set and nothing else, and hides secrets.

use std::fmt;

use serde_json::{Map, Value};

use ngrok_core::masked_fields;

use crate::{Error, Result, TrafficPolicy, names};

/// A JSON object under construction.
#[derive(Clone, PartialEq)]
pub(crate) struct Definition(Map<String, Value>);

impl Definition {
    pub(crate) fn named(name: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("name".to_owned(), Value::String(name.into()));
        Self(fields)
    }

    /// Takes fields as they are.
    pub(crate) fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Takes an object that has a name.
    pub(crate) fn from_json(json: Value) -> Result<Self> {
        match json {
            Value::Object(fields) if fields.get("name").is_some_and(Value::is_string) => {
                Ok(Self(fields))
            }
            Value::Object(_) => Err(Error::bad_input("definition has no `name` that is a text")),
            _ => Err(Error::bad_input("definition is not a JSON object")),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.0
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether it may be sent: it has a name that can be found again, and its traffic policy is well formed.
    pub(crate) fn check(&self) -> Result<()> {
        names::check(self.name())?;
        match self.0.get("traffic_policy") {
            // As text it is the service's to read.
            Some(policy @ Value::Object(_)) => TrafficPolicy::from_json(policy)
                .map(|_| ())
                .map_err(Error::bad_policy),
            _ => Ok(()),
        }
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    pub(crate) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    pub(crate) fn set_list<I>(self, key: &str, items: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.set(key, texts(items))
    }

    /// Adds to a list, which is made if it is not there.
    pub(crate) fn push(mut self, key: &str, item: impl Into<Value>) -> Self {
        match self.0.get_mut(key) {
            Some(Value::Array(list)) => {
                list.push(item.into());
                self
            }
            _ => self.set(key, vec![item.into()]),
        }
    }

    /// Sets a key of an object inside, which is made if it is not there.
    pub(crate) fn set_in(self, outer: &str, key: &str, value: impl Into<Value>) -> Self {
        self.change(outer, |fields| {
            fields.insert(key.to_owned(), value.into());
        })
    }

    /// Adds to a list of an object inside; both are made if they are not there.
    pub(crate) fn push_in(self, outer: &str, key: &str, item: impl Into<Value>) -> Self {
        self.change(outer, |fields| match fields.get_mut(key) {
            Some(Value::Array(list)) => list.push(item.into()),
            _ => drop(fields.insert(key.to_owned(), Value::Array(vec![item.into()]))),
        })
    }

    /// Changes the object under this key. What is no object there gives way to one.
    fn change(mut self, outer: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Self {
        let mut fields = match self.0.remove(outer) {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        change(&mut fields);
        self.set(outer, fields)
    }
}

/// A JSON list of texts.
pub(crate) fn texts<I>(items: I) -> Value
where
    I: IntoIterator<Item: Into<String>>,
{
    items
        .into_iter()
        .map(|item| Value::String(item.into()))
        .collect()
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked_fields(&self.0, f)
    }
}
