//! YAML text to a JSON value. The only file that knows serde_yaml, which is archived upstream.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, EnumAccess, IgnoredAny, MapAccess};
use serde::de::{SeqAccess, VariantAccess, Visitor};
use serde_json::{Map, Value};
use serde_yaml::Deserializer;

use super::{guards, text};
use crate::error::{Error, ErrorKind, Result};

/// About the bytes of memory that one document may fill: an alias costs as much as what it stands for.
const MAX_MEMORY: usize = 16 << 20;

/// The first document of a YAML text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    /// Its value, aliases and merge keys (`<<`) resolved.
    pub(super) value: Value,
    /// The keys of `tunnels`, in the order of the file, which a JSON map does not keep.
    pub(super) tunnels: Vec<String>,
}

/// Reads a YAML text, such as a [traffic policy](https://ngrok.com/docs/traffic-policy/), as the JSON value that ngrok's
/// APIs take. JSON is YAML too. Aliases and merge keys are resolved; of several documents the first is read.
///
/// ```
/// let policy = ngrok_installer::config::parse_yaml("on_http_request:\n  - actions: [{type: deny}]\n")?;
/// assert_eq!(policy["on_http_request"][0]["actions"][0]["type"], "deny");
/// # Ok::<(), ngrok_installer::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::ConfigSyntax`], with line and column: malformed, a key twice in one mapping, nested or expanded beyond
/// measure. No error quotes the text.
pub fn parse_yaml(text: &str) -> Result<Value> {
    tree(text).map(|tree| tree.value)
}

/// Reads the first document; the agent, too, looks at no other. An empty text is null.
pub(super) fn tree(text: &str) -> Result<Tree> {
    read(text, State::default())
}

/// Reads a document as agents before 3.0 do, to which the later one counts of two equal keys in one mapping. The error is
/// that of the first such key, if there is one.
pub(super) fn lenient(text: &str) -> Result<(Tree, Option<Error>)> {
    match tree(text) {
        Err(error) if error.config_message() == Some(TWICE) => {
            let state = State {
                is_lenient: true,
                ..State::default()
            };
            read(text, state).map(|tree| (tree, Some(error)))
        }
        other => other.map(|tree| (tree, None)),
    }
}

const TWICE: &str = "this key is twice in one mapping; keep one of them";

fn read(text: &str, state: State) -> Result<Tree> {
    let (_, text) = text::split_bom(text);
    guards::refuse_what_takes_for_ever(text)?;
    guards::refuse_what_is_misread(text)?;
    syntax(text)?;
    let Some(document) = Deserializer::from_str(text).next() else {
        return Ok(state.tree(Value::Null));
    };
    match Node::root(&state).deserialize(document) {
        Ok(value) => Ok(state.tree(value)),
        Err(error) => {
            let fault = state.fault.get();
            let fault = fault
                .unwrap_or("a value that cannot be read: of a wrong type, or nested too deeply");
            // Without the cause: unlike a syntax error, its text can quote a value.
            Err(located(
                Error::config(ErrorKind::ConfigSyntax, fault),
                &error,
                text,
            ))
        }
    }
}

/// Looks at the grammar alone. The causes of these errors hold no text of the file.
fn syntax(text: &str) -> Result<()> {
    let Some(document) = Deserializer::from_str(text).next() else {
        return Ok(());
    };
    let error = |cause| {
        let error = Error::config(ErrorKind::ConfigSyntax, "not valid YAML");
        located(error, &cause, text).caused_by(cause)
    };
    IgnoredAny::deserialize(document).map(drop).map_err(error)
}

fn located(error: Error, cause: &serde_yaml::Error, text: &str) -> Error {
    let (line, column) = match cause.location() {
        Some(place) => (place.line(), place.column()),
        // Only aliases that stand for too much have no place: it is that of the first.
        None => text::position(text, text.find('*').unwrap_or(0)),
    };
    error.at(line, column)
}

/// What the nodes of one document share.
struct State {
    memory: Cell<usize>,
    /// What was wrong, since an error of the library may carry text of the file.
    fault: Cell<Option<&'static str>>,
    tunnels: RefCell<Vec<String>>,
    /// Whether the later one counts of two equal keys.
    is_lenient: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            memory: Cell::new(MAX_MEMORY),
            fault: Cell::new(None),
            tunnels: RefCell::default(),
            is_lenient: false,
        }
    }
}

impl State {
    fn fail<E: serde::de::Error>(&self, fault: &'static str) -> E {
        self.fault.set(Some(fault));
        E::custom(fault)
    }

    /// Accounts for a value before it is made.
    fn take<E: serde::de::Error>(&self, text_bytes: usize) -> Result<(), E> {
        let cost = size_of::<Value>() + text_bytes;
        match self.memory.get().checked_sub(cost) {
            Some(left) => {
                self.memory.set(left);
                Ok(())
            }
            None => Err(self.fail("too large once its aliases are expanded")),
        }
    }

    fn tree(self, value: Value) -> Tree {
        let tunnels = self.tunnels.into_inner();
        Tree { value, tunnels }
    }
}

/// Where in the document a value stands, as far as that matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Tunnels,
    Elsewhere,
}

#[derive(Clone, Copy)]
struct Node<'a> {
    state: &'a State,
    place: Place,
}

impl<'a> Node<'a> {
    fn root(state: &'a State) -> Self {
        let place = Place::Root;
        Self { state, place }
    }

    fn under(self, key: &str) -> Self {
        let place = match (self.place, key) {
            (Place::Root, "tunnels") => Place::Tunnels,
            _ => Place::Elsewhere,
        };
        Self { place, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    /// JSON has neither infinity nor not-a-number: they are kept as YAML writes them.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.state.take(0)?;
        Ok(serde_json::Number::from_f64(value).map_or_else(
            || match value {
                f64::INFINITY => ".inf".into(),
                f64::NEG_INFINITY => "-.inf".into(),
                _ => ".nan".into(),
            },
            Value::Number,
        ))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.state.take(value.len())?;
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.under(""))? {
            self.state.take(0)?;
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut seen = BTreeSet::new();
        let mut map = Map::new();
        let mut merged = Vec::new();
        loop {
            let state = self.state;
            let Some(key) = entries.next_key_seed(Key { state, seen: &seen })? else {
                break;
            };
            let value = entries.next_value_seed(self.under(&key))?;
            seen.insert(key.clone());
            if key == "<<" {
                merged.push(value);
                continue;
            }
            if self.place == Place::Tunnels && !map.contains_key(&key) {
                state.tunnels.borrow_mut().push(key.clone());
            }
            map.insert(key, value);
        }
        for value in merged {
            merge(&mut map, value).map_err(|fault| self.state.fail::<A::Error>(fault))?;
        }
        Ok(map.into())
    }

    /// A value with a tag of its own, such as `!secret x`: the agent ignores the tag.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        let (_tag, content) = tagged.variant::<String>()?;
        content.newtype_variant_seed(self)
    }
}

/// `<<`: keys that stand in the mapping itself, or in an earlier merged one, win.
fn merge(map: &mut Map<String, Value>, value: Value) -> Result<(), &'static str> {
    let sources = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    for source in sources {
        let Value::Object(source) = source else {
            return Err("`<<` can only merge mappings");
        };
        for (key, value) in source {
            map.entry(key).or_insert(value);
        }
    }
    Ok(())
}

/// A key, as text. It is compared with those before it here, where the library knows its line.
struct Key<'a> {
    state: &'a State,
    seen: &'a BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<String, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        self.state.take(key.len())?;
        if self.seen.contains(key) && !self.state.is_lenient {
            return Err(self.state.fail(TWICE));
        }
        Ok(key.into())
    }

    fn visit_bool<E: serde::de::Error>(self, key: bool) -> Result<String, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, key: i64) -> Result<String, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, key: u64) -> Result<String, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, key: f64) -> Result<String, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<String, E> {
        self.visit_str("null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(self.state.fail("a list cannot be a key"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(self.state.fail("a mapping cannot be a key"))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<String, A::Error> {
        let (_tag, content) = tagged.variant::<String>()?;
        content.newtype_variant_seed(self)
    }
}
