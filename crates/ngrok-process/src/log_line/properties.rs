//! What holds for every line, whatever the agent prints.

use proptest::prelude::*;

use super::LogLine;

/// Writes fields as the agent does: quoted if need be, with its five escapes.
fn format_logfmt(fields: &[(String, String)]) -> String {
    let words = fields.iter().map(|(key, value)| {
        let is_bare = !value.contains([' ', '"', '=', '\\', '\n', '\r', '\t']);
        if is_bare {
            return format!("{key}={value}");
        }
        let escaped = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
            .replace('\r', "\\r")
            .replace('\t', "\\t");
        format!("{key}=\"{escaped}\"")
    });
    words.collect::<Vec<_>>().join(" ")
}

fn fields_of(line: &LogLine) -> Vec<(String, String)> {
    line.fields()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn any_fields() -> impl Strategy<Value = Vec<(String, String)>> {
    // Values of all characters, and such that look like what surrounds them.
    let value = prop_oneof![any::<String>(), "[a-z=\"\\\\ {}\n\t]{0,20}"];
    proptest::collection::vec(("[a-z_.]{1,8}", value), 0..8)
}

proptest! {
    #[test]
    fn any_text_is_a_line_that_keeps_it(text in prop_oneof![any::<String>(), "[a-z=\"\\\\ {}:u0-9\u{e9}]{0,60}"]) {
        let line = LogLine::parse(text.as_str());
        prop_assert_eq!(line.raw(), &text);
        for (key, value) in line.fields() {
            let is_json = text.starts_with('{');
            prop_assert!(is_json || !key.is_empty());
            prop_assert!(value.len() <= text.len().max(4) * 4);
            prop_assert!(line.get(key).is_some());
        }
        let _ = (line.level(), line.err(), line.is_log(), line.is_api_call(), line.weight());
    }

    #[test]
    fn what_is_written_is_read_back_from_logfmt(fields in any_fields()) {
        let line = LogLine::parse(format_logfmt(&fields));
        prop_assert_eq!(fields_of(&line), fields);
    }

    #[test]
    fn what_is_written_is_read_back_from_json(fields in any_fields()) {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let members = fields.iter().map(|(key, value)| format!("{}:{}", text(key), text(value)));
        let line = LogLine::parse(format!("{{{}}}", members.collect::<Vec<_>>().join(",")));
        prop_assert_eq!(fields_of(&line), fields);
    }

    #[test]
    fn the_last_of_equal_keys_is_the_value(values in proptest::collection::vec("[a-z]{1,5}", 1..6)) {
        let text: Vec<String> = values.iter().map(|value| format!("obj={value}")).collect();
        let line = LogLine::parse(text.join(" "));
        prop_assert_eq!(line.obj(), values.last().map(String::as_str));
        prop_assert_eq!(line.fields().count(), values.len());
    }
}
