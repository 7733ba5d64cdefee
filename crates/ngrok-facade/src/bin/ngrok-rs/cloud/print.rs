//! How answers are printed: whole objects, parts of them, or the columns of a table.

use std::io;

use ngrok_facade::cloud::table::RawJson;
use serde_json::{Map, Value, json};

use super::{layout, query};
use crate::exit::Outcome;
use crate::output::{Colour, Output, write_line};
use crate::text::{one_line, safe_json, shortened};

/// What is printed of each answer.
pub(super) struct Printer {
    pub(super) output: Output,
    pub(super) query: Option<String>,
    /// The columns that were asked for.
    pub(super) columns: Vec<String>,
}

/// A column is at most this wide on a terminal.
const WIDEST: usize = 60;

/// The fields that tell objects apart, most telling first.
const TELLING: [&str; 18] = [
    "name",
    "domain",
    "url",
    "addr",
    "cidr",
    "action",
    "type",
    "agent_version",
    "ip",
    "region",
    "status",
    "description",
    "email",
    "subject_common_name",
    "public_url",
    "owner_id",
    "metadata",
    "created_at",
];

impl Printer {
    /// One object.
    pub(super) fn object(&self, answer: &RawJson) -> Outcome {
        let json = answer.as_str();
        if let Some(path) = &self.query {
            let part = query::part(json, path).unwrap_or("null");
            return self.output.line(if self.output.json {
                safe_json(&layout::compact(part))
            } else {
                query::plain(part)
            });
        }
        self.output.line(if self.output.json {
            safe_json(&layout::compact(json))
        } else {
            safe_json(&layout::pretty(json))
        })
    }

    /// A page of a list: a table for people, a line for each item for scripts.
    pub(super) fn page(&self, items: &[RawJson], first: bool) -> Outcome {
        let as_table = !self.columns.is_empty() || self.output.terminal;
        if self.query.is_some() || !as_table || (self.output.json && self.columns.is_empty()) {
            return items.iter().try_for_each(|item| self.object(item));
        }
        let values: Vec<Value> = items.iter().map(RawJson::to_value).collect();
        if self.output.json {
            return values.iter().try_for_each(|value| {
                let picked = self
                    .columns
                    .iter()
                    .map(|name| (name.clone(), pick(value, name)));
                self.output
                    .object(&Value::Object(picked.collect::<Map<_, _>>()))
            });
        }
        let chosen;
        let columns = if self.columns.is_empty() {
            chosen = default_columns(&values);
            &chosen
        } else {
            &self.columns
        };
        self.table(&values, columns, first)
    }

    fn table(&self, values: &[Value], columns: &[String], head: bool) -> Outcome {
        let row = |value: &Value| -> Vec<String> {
            columns
                .iter()
                .map(|name| cell(&pick(value, name)))
                .collect()
        };
        let rows: Vec<Vec<String>> = values.iter().map(row).collect();
        if !self.output.terminal {
            // For `cut` and its like: no head, no padding.
            return rows
                .iter()
                .try_for_each(|row| self.output.line(row.join("\t")));
        }
        let heads: Vec<String> = columns.iter().map(|name| name.to_uppercase()).collect();
        let width = |at: usize| {
            let cells = rows.iter().chain([&heads]).filter_map(|row| row.get(at));
            let widest = cells.map(|cell| cell.chars().count()).max();
            widest.unwrap_or_default().min(WIDEST)
        };
        let widths: Vec<usize> = (0..columns.len()).map(width).collect();
        let line = |row: &[String]| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                let shown = shortened(cell, *width);
                format!("{shown:<width$}")
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        if head {
            self.output
                .line(self.output.paint(Colour::Bold, line(&heads)))?;
        }
        rows.iter().try_for_each(|row| self.output.line(line(row)))
    }

    /// Says on stderr that a list goes on, also to a script, which would take the page for the whole.
    pub(super) fn more(&self) {
        let text = "there are more: --all prints every page";
        if self.output.json && !self.output.quiet {
            let note = json!({"note": text}).to_string();
            // There is nobody to tell if stderr is gone.
            let _ = write_line(io::stderr().lock(), &note);
        } else {
            self.output.note(text);
        }
    }
}

/// The field at a path with dots; null if there is none.
fn pick(value: &Value, path: &str) -> Value {
    let at = |value: &Value, step: &str| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?).cloned(),
        other => other.get(step).cloned(),
    };
    let mut here = value.clone();
    for step in path.split('.') {
        here = at(&here, step).unwrap_or_default();
    }
    here
}

/// A value in a table: on one line, text without quotes, nothing for null.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => match fields.get("id") {
            // A reference.
            Some(Value::String(id)) => id.clone(),
            _ => value.to_string(),
        },
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(",")
        }
        other => other.to_string(),
    };
    one_line(&text)
}

/// The id, and the first fields of those that tell objects apart in which anything is.
fn default_columns(values: &[Value]) -> Vec<String> {
    let filled = |name: &&str| {
        values.iter().any(|value| match value.get(*name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        })
    };
    let telling = TELLING.iter().copied().filter(filled).take(4);
    ["id"]
        .into_iter()
        .filter(filled)
        .chain(telling)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_one_line() {
        for (value, text) in [
            (json!(null), ""),
            (json!({"id": "rd_1", "uri": "u"}), "rd_1"),
            (json!(["a", "b"]), "a,b"),
            (json!([1, 2]), "[1,2]"),
            (json!(true), "true"),
        ] {
            assert_eq!(cell(&value), text);
        }
        let hostile = cell(&json!("a\nb\u{1b}[31m"));
        assert!(!hostile.contains(['\n', '\u{1b}']), "{hostile:?}");
        let values =
            [json!({"id": "x", "url": "", "type": "cloud", "description": "d", "zone": 1})];
        assert_eq!(default_columns(&values), ["id", "type", "description"]);
        assert_eq!(pick(&json!({"a": [{"b": 1}]}), "a.0.b"), json!(1));
    }
}
