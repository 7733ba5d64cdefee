//! `--log-format json` lines: one object a line.

use std::fmt;

use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{Field, Text};

/// The fields of a JSON line in their order, or `None` if it is not one. Values that are no text keep their JSON form.
pub(super) fn fields(raw: &str) -> Option<Vec<Field>> {
    if !raw.starts_with('{') {
        return None;
    }
    serde_json::from_str::<Object>(raw)
        .ok()
        .map(|object| object.0)
}

/// An object whose repeated keys are all kept, which a map would not do.
struct Object(Vec<Field>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a log line")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    let value = match value {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    fields.push(Field {
                        key: Text::Unescaped(key.into()),
                        value: Text::Unescaped(value.into()),
                    });
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
