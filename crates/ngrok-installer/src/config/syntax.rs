//! A YAML text as a tree that keeps every byte. The only file that knows yaml-edit.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};
use yaml_edit::{Mapping, ScalarStyle, ScalarValue, TextPosition, YamlFile, YamlNode, YamlValue};

/// The first document of a text that is known to be valid YAML.
pub(super) struct Syntax {
    file: YamlFile,
    root: Mapping,
}

/// Where an entry of a mapping stands.
pub(super) struct Entry {
    pub(super) key: Range<usize>,
    /// Empty, and right behind the key, where there is no value.
    pub(super) value: Range<usize>,
}

/// A scalar.
pub(super) struct Scalar {
    /// The keys that lead to it; an item of a list is an empty one.
    pub(super) path: Vec<String>,
    pub(super) range: Range<usize>,
}

impl Syntax {
    /// `None` if this parser does not take the text, or its first document is no mapping.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parsed = YamlFile::parse(text);
        if parsed.has_errors() {
            return None;
        }
        let file = parsed.tree();
        let root = file.document()?.as_mapping()?;
        Some(Self { file, root })
    }

    /// The entry of a mapping that `path`, of keys and indices, leads to.
    pub(super) fn entry(&self, path: &[&str]) -> Option<Entry> {
        let (last, parents) = path.split_last()?;
        let entry = self.mapping(parents)?.find_entry_by_key(*last)?;
        let key = range(entry.key_node()?.byte_range());
        let value = entry
            .value_node()
            .map_or(key.end..key.end, |node| range(node.byte_range()));
        Some(Entry { key, value })
    }

    /// Where the key, or the item of a list, begins that `path` leads to.
    pub(super) fn start(&self, path: &[&str]) -> Option<usize> {
        if let Some(entry) = self.entry(path) {
            return Some(entry.key.start);
        }
        Some(range(self.node(path)?.byte_range()).start)
    }

    /// Sets one entry of the mapping that `path` leads to and returns the whole text. The caller must check the result.
    pub(super) fn set(&self, path: &[&str], value: &Value) -> Option<String> {
        let (last, parents) = path.split_last()?;
        let mapping = self.mapping(parents)?;
        let old = mapping.get(*last);
        let quotes = match &old {
            Some(YamlNode::Scalar(scalar)) => quotes_of(&scalar.value()),
            _ => None,
        };
        let new = to_yaml(value, quotes);
        // In the place of the old one: the editor would drop spaces and comments at the end of the line.
        if let (Some(old), Some(new)) = (old.filter(is_inline), one_line(&new)) {
            let mut text = self.file.to_string();
            text.replace_range(range(old.byte_range()), &new);
            return Some(text);
        }
        mapping.set(*last, new);
        Some(self.file.to_string())
    }

    /// Adds an entry at the front of its mapping instead of the end: behind `version`, which tends to be the first at the top.
    pub(super) fn add_in_front(&self, path: &[&str], value: &Value) -> Option<String> {
        let (last, parents) = path.split_last()?;
        let mapping = self.mapping(parents)?;
        mapping.insert_at_index(usize::from(parents.is_empty()), *last, to_yaml(value, None));
        Some(self.file.to_string())
    }

    fn mapping(&self, path: &[&str]) -> Option<Mapping> {
        match untagged(self.node(path)?) {
            YamlNode::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    fn node(&self, path: &[&str]) -> Option<YamlNode> {
        let mut node = YamlNode::Mapping(self.root.clone());
        for step in path {
            node = match untagged(node) {
                YamlNode::Mapping(mapping) => mapping.get(*step)?,
                YamlNode::Sequence(list) => list.get(step.parse().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }
}

/// All scalars of all documents that are values, not keys. `None` if this parser does not take the text.
pub(super) fn scalars(text: &str) -> Option<Vec<Scalar>> {
    let parsed = YamlFile::parse(text);
    if parsed.has_errors() {
        return None;
    }
    let mut found = Vec::new();
    let mut open: Vec<(Vec<String>, YamlNode)> = Vec::new();
    for document in parsed.tree().documents() {
        let mapping = document.as_mapping().map(YamlNode::Mapping);
        let list = || document.as_sequence().map(YamlNode::Sequence);
        let scalar = || document.as_scalar().map(YamlNode::Scalar);
        let tagged = || document.as_tagged().map(YamlNode::TaggedNode);
        open.extend(
            mapping
                .or_else(list)
                .or_else(scalar)
                .or_else(tagged)
                .map(|root| (Vec::new(), root)),
        );
    }
    while let Some((path, node)) = open.pop() {
        let mut enter = |step: &str, child: Option<YamlNode>| {
            let deeper = path.iter().cloned().chain([step.to_owned()]).collect();
            open.extend(child.map(|child| (deeper, child)));
        };
        match untagged(node) {
            YamlNode::Mapping(mapping) => mapping.entries().for_each(|entry| {
                let key = entry.key_node();
                enter(&key_text(&key), entry.value_node());
                enter("", key.filter(|key| !key.is_scalar()));
            }),
            YamlNode::Sequence(list) => list.values().for_each(|item| enter("", Some(item))),
            YamlNode::Alias(_) => {}
            leaf => found.push(Scalar {
                range: range(leaf.byte_range()),
                path,
            }),
        }
    }
    Some(found)
}

/// A mapping as text of its own, one key a line and no line break at the front.
pub(super) fn block(map: &Map<String, Value>) -> String {
    let mut text = to_yaml(&Value::Object(map.clone()), None).to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn range(position: TextPosition) -> Range<usize> {
    position.start as usize..position.end as usize
}

/// The collection inside a tagged node such as `!!map {}`.
fn untagged(node: YamlNode) -> YamlNode {
    let inner = node.as_tagged().and_then(|tagged| {
        let mapping = tagged.as_mapping().map(YamlNode::Mapping);
        mapping.or_else(|| tagged.as_sequence().map(YamlNode::Sequence))
    });
    inner.unwrap_or(node)
}

fn key_text(key: &Option<YamlNode>) -> String {
    match key {
        Some(YamlNode::Scalar(scalar)) => scalar.as_string(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// Whether a node has text of its own in the place of a value, which can be exchanged for that of a scalar.
fn is_inline(node: &YamlNode) -> bool {
    let inline = match node {
        YamlNode::Scalar(scalar) => !scalar.is_block(),
        YamlNode::Mapping(mapping) => mapping.is_flow_style(),
        YamlNode::Sequence(list) => list.is_flow_style(),
        YamlNode::Alias(_) => true,
        YamlNode::TaggedNode(_) => false,
    };
    inline && !range(node.byte_range()).is_empty()
}

/// The text of a value that fits in the place of another one, whatever stands around it.
fn one_line(value: &YamlValue) -> Option<String> {
    let fits = match value {
        YamlValue::Scalar(_) => true,
        YamlValue::Sequence(list) => list.is_empty(),
        YamlValue::Mapping(map) => map.is_empty(),
        _ => false,
    };
    Some(value.to_string()).filter(|text| fits && !text.contains('\n'))
}

fn quotes_of(scalar: &str) -> Option<ScalarStyle> {
    match scalar.as_bytes().first() {
        Some(b'"') => Some(ScalarStyle::DoubleQuoted),
        Some(b'\'') => Some(ScalarStyle::SingleQuoted),
        _ => None,
    }
}

/// `quotes` are those of the value that is replaced: a string keeps them.
fn to_yaml(value: &Value, quotes: Option<ScalarStyle>) -> YamlValue {
    match value {
        Value::Null => YamlValue::Scalar(ScalarValue::null()),
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => YamlValue::Scalar(ScalarValue::parse(number.to_string())),
        Value::String(text) => YamlValue::Scalar(match quotes {
            Some(style) => ScalarValue::with_style(text, style),
            None if reads_as_another_type(text) || needs_quotes(text) => {
                ScalarValue::double_quoted(text)
            }
            None => ScalarValue::string(text),
        }),
        Value::Array(list) => {
            YamlValue::Sequence(list.iter().map(|item| to_yaml(item, None)).collect())
        }
        Value::Object(map) => YamlValue::Mapping(
            map.iter()
                .map(|(key, value)| (key.clone(), to_yaml(value, None)))
                .collect::<BTreeMap<_, _>>(),
        ),
    }
}

/// Whether some YAML reader takes the bare text for a number, a date, a boolean or null. The agent's reader still knows
/// YAML 1.1, where `no` is false and `1:30` is ninety. A token, of which most begin with a digit, stays bare.
fn reads_as_another_type(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "",
    ];
    let numeric = |c: char| c.is_ascii_hexdigit() || "xo_.:+-tz ".contains(c.to_ascii_lowercase());
    WORDS.contains(&text.to_ascii_lowercase().as_str())
        || text.starts_with(['+', '-', '.'])
        || text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(numeric)
}

/// Whether the text must not stand bare in a flow collection, or, of several lines, not in a literal block: control
/// characters, or white space at an end of a line.
fn needs_quotes(text: &str) -> bool {
    let odd = |c: char| ",[]{}".contains(c) || c.is_control();
    match text.split_once('\n') {
        None => text.contains(odd),
        Some(("", _)) => true,
        Some(_) => text
            .split('\n')
            .any(|line| line.trim() != line || line.contains(char::is_control)),
    }
}
