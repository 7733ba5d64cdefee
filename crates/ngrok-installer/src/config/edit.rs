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
    let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
    let syntax = Syntax::parse(body).ok_or_else(|| {
        refused("the editor does not understand its syntax; write the key by hand")
    })?;
    let may_change = syntax
        .entry(&path)
        .map(|entry| replaceable(body, &entry, &change.value));
    let edited = syntax
        .set(&path, &change.value)
        .ok_or_else(|| refused(NOT_KEPT))?;
    let mut intended = before.value.clone();
    put(&mut intended, &change.path, &change.value);
    let after = read::tree(&edited).map_err(|_| refused(NOT_KEPT))?;
    let same_order = after.tunnels.starts_with(&before.tunnels);
    if after.value != intended || !same_order || !untouched(body, &edited, may_change) {
        return Err(refused(NOT_KEPT));
    }
    Ok(edited)
}

const NOT_KEPT: &str = "the key stands in a construct (an anchor, an alias, a flow collection, a tag) that the edit would change \
     beyond it; write the key by hand";

/// What the edit of an existing entry may replace: its value, and before a new mapping the rest of the value's line,
/// since the mapping begins on the next one.
fn replaceable(body: &str, entry: &Entry, new: &Value) -> Range<usize> {
    let mut end = entry.value.end.max(entry.key.end);
    if new.is_object() {
        let line = body.get(end..).unwrap_or_default();
        end += line.find(['\r', '\n']).unwrap_or(line.len());
    }
    entry.key.end..end
}

fn newline_of(body: &str) -> &'static str {
    match body.find('\n') {
        Some(at) if body.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// Whether the texts differ only by something put in, or within `may_change` of the old one, where a comment at the
/// end stays too.
fn untouched(old: &str, new: &str, may_change: Option<Range<usize>>) -> bool {
    let prefix = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = |text: &str| text.as_bytes().get(prefix..).unwrap_or_default().to_vec();
    let (old_rest, new_rest) = (rest(old), rest(new));
    let backwards = old_rest.iter().rev().zip(new_rest.iter().rev());
    let suffix = backwards.take_while(|(a, b)| a == b).count();
    let removed = prefix..old.len() - suffix;
    let comment = old
        .get(removed.clone())
        .and_then(|text| text.find(" #").and_then(|at| text.get(at..)))
        .unwrap_or_default();
    removed.is_empty()
        || may_change.is_some_and(|may| {
            may.start <= removed.start && removed.end <= may.end && new.contains(comment)
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
