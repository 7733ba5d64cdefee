//! `--watch`: what is in a list now, then what comes, changes and goes.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use ngrok_facade::Error;
use ngrok_facade::cloud::Client;
use ngrok_facade::cloud::table::{ListOptions, Operation, RawJson};
use serde_json::{Value, json};

use super::layout;
use crate::exit::Outcome;
use crate::output::Output;
use crate::text::one_line;

/// Prints until the program is ended, or a call fails for good: the client itself retries.
pub(super) fn run(
    output: Output,
    client: &Client,
    operation: &Operation,
    options: &ListOptions,
    interval: Duration,
) -> Outcome {
    let mut before: BTreeMap<String, RawJson> = BTreeMap::new();
    loop {
        let mut now = BTreeMap::new();
        let list = operation.items(client, &[], options);
        for item in list.into_iter().flatten() {
            let item = item.map_err(Error::from)?;
            let id = item
                .to_value()
                .get("id")
                .and_then(Value::as_str)
                .map(str::to_owned);
            now.insert(id.unwrap_or_default(), item);
        }
        for (event, id, item) in events(&before, &now) {
            print(output, event, id, item)?;
        }
        before = now;
        thread::sleep(interval);
    }
}

type Items = BTreeMap<String, RawJson>;

/// What has happened between two looks at a list, gone items first.
fn events<'i>(before: &'i Items, now: &'i Items) -> Vec<(&'static str, &'i str, &'i RawJson)> {
    let mut events = Vec::new();
    for (id, item) in before {
        if !now.contains_key(id) {
            events.push(("gone", id.as_str(), item));
        }
    }
    for (id, item) in now {
        match before.get(id) {
            None => events.push(("there", id.as_str(), item)),
            Some(old) if layout::compact(old.as_str()) != layout::compact(item.as_str()) => {
                events.push(("changed", id.as_str(), item));
            }
            Some(_) => {}
        }
    }
    events
}

fn print(output: Output, event: &str, id: &str, item: &RawJson) -> Outcome {
    let value = item.to_value();
    output.either(
        || json!({"event": event, "item": value}),
        || {
            let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
            let details = ["url", "agent_version", "os", "ip", "region", "metadata"];
            let shown: Vec<&str> = details
                .map(text)
                .into_iter()
                .filter(|t| !t.is_empty())
                .collect();
            let line = format!("{event:<8} {id}  {}", shown.join("  "));
            one_line(line.trim_end())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_changes_and_goes_is_told() {
        let items = |texts: &[(&str, &str)]| -> Items {
            let item =
                |(id, text): &(&str, &str)| ((*id).to_owned(), RawJson::parse(text).unwrap());
            texts.iter().map(item).collect()
        };
        let before = items(&[("a", "1"), ("b", "2"), ("c", "[3, 4]")]);
        let now = items(&[("b", "5"), ("c", "[3,4]"), ("d", "6")]);
        let told: Vec<_> = events(&before, &now)
            .into_iter()
            .map(|(e, id, _)| (e, id))
            .collect();
        assert_eq!(told, [("gone", "a"), ("changed", "b"), ("there", "d")]);
    }
}
