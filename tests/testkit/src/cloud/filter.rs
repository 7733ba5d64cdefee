//! The part of the `filter` expressions that the loopback cloud understands: comparisons with `==` and `!=`, joined by `&&` and `||`.

use serde_json::Value;

/// A filter that was understood.
#[derive(Debug, PartialEq)]
pub(super) struct Filter(Vec<Vec<Comparison>>);

#[derive(Debug, PartialEq)]
struct Comparison {
    /// The names after `obj.`, as in `obj.principal.id`.
    field: Vec<String>,
    equal: bool,
    value: Value,
}

impl Filter {
    /// Reads an expression such as `obj.description == "web" && obj.type != "edge"`; says what it does not know.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let mut any = vec![Vec::new()];
        loop {
            if let Some(all) = any.last_mut() {
                all.push(reader.comparison()?);
            }
            if reader.takes("||") {
                any.push(Vec::new());
            } else if !reader.takes("&&") {
                break;
            }
        }
        if reader.rest.trim().is_empty() {
            Ok(Self(any))
        } else {
            Err(format!(
                "cannot read the filter at '{}'",
                reader.rest.trim()
            ))
        }
    }

    /// Whether the resource passes.
    pub(super) fn passes(&self, resource: &Value) -> bool {
        self.0
            .iter()
            .any(|all| all.iter().all(|comparison| comparison.holds(resource)))
    }
}

impl Comparison {
    fn holds(&self, resource: &Value) -> bool {
        let found = self
            .field
            .iter()
            .try_fold(resource, |value, name| value.get(name));
        (found == Some(&self.value)) == self.equal
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn takes(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        if !self.takes("obj.") {
            return Err(format!(
                "a comparison starts with 'obj.', not with '{}'",
                self.rest.trim()
            ));
        }
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest;
        let equal = if self.takes("==") {
            true
        } else if self.takes("!=") {
            false
        } else {
            return Err(format!("'{}' is not == or !=", self.rest.trim()));
        };
        Ok(Comparison {
            field: field.split('.').map(str::to_owned).collect(),
            equal,
            value: self.literal()?,
        })
    }

    /// A JSON literal: the strings, numbers and booleans of the two languages are alike.
    fn literal(&mut self) -> Result<Value, String> {
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                let end = values.byte_offset();
                self.rest = self.rest.get(end..).unwrap_or("");
                Ok(value)
            }
            _ => Err(format!("'{}' is not a value", self.rest.trim())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn comparisons_are_read_and_applied() {
        let resource = json!({"id": "a", "n": 2, "on": true, "principal": {"id": "usr_1"}, "q": "say \"hi\" && go"});
        for (text, passes) in [
            (r#"obj.id == "a""#, true),
            (r#"obj.id=="b"||obj.n==2"#, true),
            (r#"obj.id == "a" && obj.on == false"#, false),
            (r#"obj.principal.id != "usr_2""#, true),
            (r#"obj.q == "say \"hi\" && go""#, true),
            (r#"obj.absent == "x""#, false),
        ] {
            let filter = Filter::parse(text).expect(text);
            assert_eq!(filter.passes(&resource), passes, "{text}");
        }
        for text in [
            "",
            "id == 1",
            "obj.id",
            "obj.id < 3",
            "obj.id == ",
            r#"obj.id == "a" obj"#,
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
