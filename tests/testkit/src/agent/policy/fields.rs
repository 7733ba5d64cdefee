//! The `config` of an action: its fields, read or refused.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::expression::{Template, Unusable};
use super::refused::Refused;
use crate::agent::network::Network;

/// The `config` of an action.
pub(super) struct Fields<'a> {
    pub(super) name: &'a str,
    pub(super) config: &'a Map<String, Value>,
}

impl Fields<'_> {
    pub(super) fn wrong(&self, code: u16, what: &str) -> Refused {
        Refused::code(code, format!("The policy action '{}' {what}.", self.name))
    }

    pub(super) fn unusable(&self, unusable: Unusable) -> Refused {
        match unusable {
            Unusable::Invalid(reason) => {
                self.wrong(2224, &format!("has an invalid expression: {reason}"))
            }
            Unusable::Unknown(reason) => Refused::Here(reason),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, Refused> {
        match self.config.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(2203, &format!("needs text as '{key}'"))),
        }
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, Refused> {
        match self.config.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(self.wrong(2203, &format!("needs true or false as '{key}'"))),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, Refused> {
        let bad = || self.wrong(2203, &format!("needs a list of strings as '{key}'"));
        match self.config.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(bad))
                .collect(),
            Some(_) => Err(bad()),
        }
    }

    pub(super) fn networks(&self, key: &str) -> Result<Vec<Network>, Refused> {
        self.texts(key)?
            .iter()
            .map(|text| {
                Network::parse(text).ok_or_else(|| {
                    self.wrong(
                        2217,
                        &format!("has '{text}' in '{key}', which is not a CIDR"),
                    )
                })
            })
            .collect()
    }

    pub(super) fn status(
        &self,
        otherwise: u16,
        known: std::ops::RangeInclusive<u16>,
    ) -> Result<u16, Refused> {
        let given = self
            .config
            .get("status_code")
            .filter(|value| !value.is_null());
        let Some(given) = given else {
            return Ok(otherwise);
        };
        number(given)
            .and_then(|status| u16::try_from(status).ok())
            .filter(|status| known.contains(status))
            .ok_or_else(|| {
                let what = format!(
                    "needs a 'status_code' from {} to {}",
                    known.start(),
                    known.end()
                );
                self.wrong(2215, &what)
            })
    }

    pub(super) fn headers(&self) -> Result<Vec<(String, Template)>, Refused> {
        let headers = match self.config.get("headers") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Object(headers)) => headers,
            Some(_) => return Err(self.wrong(2203, "needs a map of names to values as 'headers'")),
        };
        if headers.len() > 10 {
            return Err(self.wrong(2212, "takes at most 10 headers"));
        }
        let mut read = Vec::new();
        for (name, value) in headers {
            self.header_name(name)?;
            let value = match value {
                Value::String(text) if !text.contains(['\r', '\n', '\0']) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(value) => value.to_string(),
                _ => {
                    return Err(self.wrong(
                        2211,
                        &format!("has a value that is not allowed for the header '{name}'"),
                    ));
                }
            };
            read.push((name.clone(), self.template(&value)?));
        }
        Ok(read)
    }

    pub(super) fn header_name(&self, name: &str) -> Result<(), Refused> {
        if super::is_header_name(name) {
            Ok(())
        } else {
            Err(self.wrong(
                2210,
                &format!("has '{name}', which cannot be the name of a header"),
            ))
        }
    }

    pub(super) fn template(&self, text: &str) -> Result<Template, Refused> {
        Template::parse(text).map_err(|unusable| self.unusable(unusable))
    }

    pub(super) fn pattern(&self, text: &str) -> Result<Regex, Refused> {
        Regex::new(text).map_err(|_| {
            self.wrong(
                2261,
                &format!("has '{text}', which is not a regular expression"),
            )
        })
    }
}

/// A whole number, also one that is written as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
