//! An edit of the text that changes the keys it must and no other byte, or is refused.

use std::ops::Range;

use serde_json::{Map, Value};

use super::read;
use super::syntax::{self, Entry, Syntax};
use super::text;
use crate::error::{Error, ErrorKind, Result};

/// One key that gets a value.
#[derive(Debug, PartialEq)]
struct Change {
    path: Vec<String>,
    value: Value,
}

/// Merges `data` into the document: mappings key by key, anything else replaces what was there.
///
/// The result has been read again: it means what was intended, and nothing but the changed values differs.
pub(super) fn merge(original: &str, data: &Map<String, Value>) -> Result<String> {
    let (bom, body) = text::split_bom(original);
    let mut body = body.to_owned();
    let mut changes = Vec::new();
    let tree = read::tree(&body)?;
    if !matches!(tree.value, Value::Null | Value::Object(_)) {
        return Err(refused("it holds no keys, but a list or a text"));
    }
    collect(&tree.value, data, &mut Vec::new(), &mut changes);
    if tree.value.is_null() && !data.is_empty() {
        body = fill_empty(&body, data)?;
    } else {
        for change in &changes {
            body = apply(&body, change)?;
        }
    }
    Ok(format!("{bom}{body}"))
}

/// The entries of `data` that differ from `current`, each at the deepest mapping that both have.
fn collect(
    current: &Value,
    data: &Map<String, Value>,
    path: &mut Vec<String>,
    changes: &mut Vec<Change>,
) {
    for (key, value) in data {
        path.push(key.clone());
        match (current.get(key), value) {
            (Some(old), new) if old == new => {}
            (Some(old @ Value::Object(_)), Value::Object(inner)) => {
                collect(old, inner, path, changes)
            }
            _ => changes.push(Change {
                path: path.clone(),
                value: value.clone(),
            }),
        }
        path.pop();
    }
}

/// A file without a value in it, perhaps with comments: what was there stays in front.
fn fill_empty(body: &str, data: &Map<String, Value>) -> Result<String> {
    let bare = |line: &&str| {
        let line = line.trim_end();
        line.is_empty() || line.trim_start().starts_with('#')
    };
    let mut rest = body.lines().filter(|line| !bare(line));
    if !matches!(
        (rest.next().map(str::trim_end), rest.next()),
        (None | Some("---"), None)
    ) {
        return Err(refused(
            "its first document is empty; write the key into it by hand",
        ));
    }
    let newline = newline_of(body);
    let mut filled = body.to_owned();
    if !body.is_empty() && !body.ends_with('\n') {
        filled.push_str(newline);
    }
    // `version` first, as ngrok writes it; the other keys come sorted.
    let (first, others): (Map<_, _>, Map<_, _>) = data
        .clone()
        .into_iter()
        .partition(|(key, _)| key == "version");
    for part in [first, others] {
        if !part.is_empty() {
            filled.push_str(&syntax::block(&part).replace('\n', newline));
        }
    }
    let intended = Value::Object(data.clone());
    if read::tree(&filled)?.value != intended || !filled.starts_with(body) {
        return Err(refused("the new content would not read back as intended"));
    }
    Ok(filled)
}

/// Sets one key, and proves that nothing else changed.
fn apply(body: &str, change: &Change) -> Result<String> {
    let before = read::tree(body)?;
    let mut intended = before.value;
    put(&mut intended, &change.path, &change.value);
    let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
    let parse = || Syntax::parse(body).ok_or_else(|| refused(UNKNOWN_SYNTAX));
    let entry = parse()?.entry(&path);
    let replaceable = entry
        .as_ref()
        .map(|entry| Replaceable::of(entry, &change.value, body));
    let kept = |edited: &String| {
        let Ok(after) = read::tree(edited) else {
            return false;
        };
        let mut left = before.tunnels.clone();
        left.retain(|name| after.tunnels.contains(name));
        after.value == intended
            && after.tunnels.starts_with(&left)
            && untouched(body, edited, replaceable.as_ref())
    };
    if let Some(edited) = parse()?.set(&path, &change.value).filter(kept) {
        return Ok(edited);
    }
    // Behind a block of text without a line break at the end of the file, a new line would become part of the text.
    let in_front = match entry {
        None => parse()?.add_in_front(&path, &change.value).filter(kept),
        Some(_) => None,
    };
    in_front.ok_or_else(|| refused(NOT_KEPT))
}

const UNKNOWN_SYNTAX: &str = "the editor does not understand its syntax; write the key by hand";

const NOT_KEPT: &str = "the key stands in a construct (an anchor, an alias, a flow collection, a tag) where the edit \
     would change more than the key; write it by hand";

/// The part of the old text that the edit of an existing entry may replace.
struct Replaceable<'a> {
    range: Range<usize>,
    /// A comment in it, which must stay.
    comment: &'a str,
}

impl<'a> Replaceable<'a> {
    /// The old value, and before a new collection the rest of its line, since the collection begins on the next one.
    fn of(entry: &Entry, new: &Value, body: &'a str) -> Self {
        let end = entry.value.end.max(entry.key.end);
        let rest = body
            .get(end..)
            .filter(|_| new.is_object() || new.is_array())
            .unwrap_or_default();
        let line = rest.split(['\r', '\n']).next().unwrap_or_default();
        Self {
            range: entry.key.end..end + line.len(),
            comment: line.trim(),
        }
    }
}

fn newline_of(body: &str) -> &'static str {
    match body.find('\n') {
        Some(at) if body.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// Whether the texts differ only by something put in, or by what may be replaced.
fn untouched(old: &str, new: &str, replaceable: Option<&Replaceable<'_>>) -> bool {
    let prefix = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let backwards = old.bytes().rev().zip(new.bytes().rev());
    let room = old.len().min(new.len()) - prefix;
    let suffix = backwards.take(room).take_while(|(a, b)| a == b).count();
    let removed = prefix..old.len() - suffix;
    removed.is_empty()
        || replaceable.is_some_and(|may| {
            let within = may.range.start <= removed.start && removed.end <= may.range.end;
            within
                && new
                    .get(may.range.start..)
                    .is_some_and(|rest| rest.contains(may.comment))
        })
}

fn put(value: &mut Value, path: &[String], new: &Value) {
    let Some((key, rest)) = path.split_first() else {
        *value = new.clone();
        return;
    };
    if let Value::Object(map) = value {
        put(map.entry(key.clone()).or_insert(Value::Null), rest, new);
    }
}

fn refused(reason: &str) -> Error {
    Error::config(ErrorKind::ConfigEdit, format!("left as it was: {reason}"))
}

#[cfg(test)]
mod properties;
