//! A part of an answer, by a JSON pointer or a path with dots, as the text that it is.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The part of `json` at `path`: `/acl/0`, `acl.0` or `id`; `None` if there is none.
pub(super) fn part<'j>(json: &'j str, path: &str) -> Option<&'j str> {
    let mut here = json;
    for step in steps(path) {
        here = match serde_json::from_str::<BTreeMap<String, &RawValue>>(here) {
            Ok(fields) => fields.get(&step)?.get(),
            Err(_) => {
                let items: Vec<&RawValue> = serde_json::from_str(here).ok()?;
                items.get(step.parse::<usize>().ok()?)?.get()
            }
        };
    }
    Some(here)
}

fn steps(path: &str) -> Vec<String> {
    match path.strip_prefix('/') {
        Some(pointer) => pointer
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect(),
        None => path
            .split('.')
            .filter(|step| !step.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

/// `json` as a script wants it: the text of a string, anything else as it is.
pub(super) fn plain(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| super::layout::compact(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let json = r#"{"id": "x", "a/b": 1.10, "target": {"list": [{"n": 12345678901234567890123}, null]}}"#;
        for (path, expected) in [
            ("id", Some("\"x\"")),
            ("/id", Some("\"x\"")),
            ("/a~1b", Some("1.10")),
            ("target.list.0.n", Some("12345678901234567890123")),
            ("/target/list/1", Some("null")),
            ("target.list.2", None),
            ("target.list.x", None),
            ("id.x", None),
            ("nope", None),
            ("", Some(json)),
        ] {
            assert_eq!(part(json, path), expected, "{path}");
        }
        assert_eq!(
            (plain("\"a\\nb\""), plain("[ 1 ]")),
            ("a\nb".to_owned(), "[1]".to_owned())
        );
    }
}
