//! Filters of lists: the part of CEL that ngrok evaluates, built with correct quoting.
//!
//! What can be compared in which list is in the documentation of each `list`, and in
//! [ngrok's page on filtering](https://ngrok.com/docs/api/api-filtering).

use std::fmt::{self, Write};
use std::ops::{BitAnd, BitOr, Not};
use std::time::Duration;

use crate::Timestamp;

/// A condition on the objects of a list; those that meet it are returned.
///
/// ```
/// use ngrok_cloudapi::filter::field;
///
/// let filter = field("metadata").eq("a\"b") & !field("type").is_in(["cloud", "agent"]);
/// assert_eq!(filter.as_str(), r#"obj.metadata == "a\"b" && !(obj.type in ["cloud", "agent"])"#);
/// ```
///
/// A text is taken as it is: `.matching("obj.type == \"cloud\"")`. Never paste foreign text into one; [`field`] quotes it, and
/// [`quote`] does for expressions of your own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    text: String,
    /// How tightly its outermost operator binds, so that joining adds parentheses only where they are needed.
    binds: Binds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binds {
    Raw,
    Or,
    And,
    Comparison,
    Not,
}

impl Filter {
    /// The expression, as it is sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn join(self, other: Self, operator: &str, binds: Binds) -> Self {
        let text = format!("{} {operator} {}", self.at(binds), other.at(binds));
        Self { text, binds }
    }

    fn at(self, binds: Binds) -> String {
        if self.binds < binds {
            format!("({})", self.text)
        } else {
            self.text
        }
    }
}

impl From<&str> for Filter {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Filter {
    fn from(text: String) -> Self {
        let binds = Binds::Raw;
        Self { text, binds }
    }
}

impl From<&String> for Filter {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl BitAnd for Filter {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        self.join(other, "&&", Binds::And)
    }
}

impl BitOr for Filter {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.join(other, "||", Binds::Or)
    }
}

impl Not for Filter {
    type Output = Self;
    fn not(self) -> Self {
        let text = format!("!{}", self.at(Binds::Not));
        let binds = Binds::Not;
        Self { text, binds }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The field `name` of the listed objects, such as `created_at` or `principal.id`.
pub fn field(name: impl Into<String>) -> Field {
    let name = name.into();
    let plain = |part: &str| {
        let mut bytes = part.bytes();
        bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let path = if name.split('.').all(plain) {
        format!("obj.{name}")
    } else {
        // Any other name can only be an index, where it is a text that cannot end the expression.
        format!("obj[{}]", Value::from(name).0)
    };
    Field(path)
}

/// A field of the listed objects, to be compared with something.
#[derive(Clone, Debug)]
pub struct Field(String);

impl Field {
    /// Equal to `value`.
    pub fn eq(self, value: impl Into<Value>) -> Filter {
        self.compare("==", value.into())
    }

    /// Not equal to `value`.
    pub fn ne(self, value: impl Into<Value>) -> Filter {
        self.compare("!=", value.into())
    }

    /// Less than, or earlier than, `value`.
    pub fn lt(self, value: impl Into<Value>) -> Filter {
        self.compare("<", value.into())
    }

    /// At most, or not later than, `value`.
    pub fn le(self, value: impl Into<Value>) -> Filter {
        self.compare("<=", value.into())
    }

    /// Greater than, or later than, `value`.
    pub fn gt(self, value: impl Into<Value>) -> Filter {
        self.compare(">", value.into())
    }

    /// At least, or not earlier than, `value`.
    pub fn ge(self, value: impl Into<Value>) -> Filter {
        self.compare(">=", value.into())
    }

    /// Equal to one of `values`.
    pub fn is_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        let values: Vec<String> = values.into_iter().map(|v| v.into().0).collect();
        self.compare("in", Value(format!("[{}]", values.join(", "))))
    }

    /// Selects objects whose list here has `value` in it, such as the bindings of an endpoint.
    pub fn has(self, value: impl Into<Value>) -> Filter {
        Field(value.into().0).compare("in", Value(self.0))
    }

    /// Selects objects whose text here begins with `text`. ngrok refuses it for ids and other values that it makes up.
    pub fn starts_with(self, text: &str) -> Filter {
        self.test("startsWith", text)
    }

    /// Selects objects whose text here ends with `text`. ngrok refuses it for ids and other values that it makes up.
    pub fn ends_with(self, text: &str) -> Filter {
        self.test("endsWith", text)
    }

    /// Selects objects whose text here has `text` in it. ngrok refuses it for ids and other values that it makes up.
    /// For lists see [`Field::has`].
    pub fn contains(self, text: &str) -> Filter {
        self.test("contains", text)
    }

    fn test(self, function: &str, text: &str) -> Filter {
        Filter {
            text: format!("{}.{function}({})", self.0, quote(text)),
            binds: Binds::Comparison,
        }
    }

    /// Null: the object has no such thing.
    pub fn is_null(self) -> Filter {
        self.compare("==", Value("null".into()))
    }

    /// The length of a text or a list, to be compared with a number.
    pub fn size(self) -> Field {
        Field(format!("size({})", self.0))
    }

    fn compare(self, operator: &str, value: Value) -> Filter {
        Filter {
            text: format!("{} {operator} {}", self.0, value.0),
            binds: Binds::Comparison,
        }
    }
}

/// Returns `text` as a literal, with quotes around it and what would end it escaped, for expressions of your own.
///
/// ```
/// use ngrok_cloudapi::filter::quote;
///
/// let name = r#"x" || true"#;
/// assert_eq!(format!("obj.name == {}", quote(name)), r#"obj.name == "x\" || true""#);
/// ```
pub fn quote(text: &str) -> String {
    Value::from(text).0
}

/// Returns the point in time that is `span` before the service looks at it, to the minute.
///
/// ```
/// use std::time::Duration;
///
/// use ngrok_cloudapi::filter::{ago, field};
///
/// let week = Duration::from_secs(7 * 24 * 60 * 60);
/// let filter = field("created_at").lt(ago(week));
/// assert_eq!(filter.as_str(), r#"obj.created_at < timestamp(time.now).subtract("7d")"#);
/// ```
pub fn ago(span: Duration) -> Value {
    Value(format!("timestamp(time.now).subtract({})", span_text(span)))
}

/// Returns the point in time that is `span` after the service looks at it, to the minute.
pub fn from_now(span: Duration) -> Value {
    Value(format!("timestamp(time.now).add({})", span_text(span)))
}

/// In the largest of days, hours and minutes that fits, rounded up: the service knows no seconds.
fn span_text(span: Duration) -> String {
    let minutes = span.as_secs().div_ceil(60);
    match minutes {
        m if m > 0 && m % (24 * 60) == 0 => format!("\"{}d\"", m / (24 * 60)),
        m if m > 0 && m % 60 == 0 => format!("\"{}h\"", m / 60),
        m => format!("\"{m}m\""),
    }
}

/// A literal in a filter: a text, a number, a truth value or a point in time.
#[derive(Clone, Debug)]
pub struct Value(String);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push('"');
        for c in text.chars() {
            match c {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                c if c.is_control() => {
                    // Writing to a string cannot fail.
                    let _ = write!(quoted, "\\u{:04x}", u32::from(c));
                }
                c => quoted.push(c),
            }
        }
        quoted.push('"');
        Self(quoted)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self(value.to_string())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self(value.to_string())
    }
}

/// Compared as a time: `field("created_at").gt(Timestamp::from("2026-01-01T00:00:00Z"))`.
impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self(format!("timestamp({})", Value::from(value.as_str()).0))
    }
}

impl From<&Timestamp> for Value {
    fn from(value: &Timestamp) -> Self {
        value.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn expressions() {
        let a = || field("a").eq(1);
        let b = || field("b").ne(true);
        let c = || field("c").lt("x");
        for (filter, expected) in [
            (
                a() & b() | c(),
                r#"obj.a == 1 && obj.b != true || obj.c < "x""#,
            ),
            (
                a() & (b() | c()),
                r#"obj.a == 1 && (obj.b != true || obj.c < "x")"#,
            ),
            (
                !a() & !(b() | c()),
                r#"!(obj.a == 1) && !(obj.b != true || obj.c < "x")"#,
            ),
            (!!a(), "!!(obj.a == 1)"),
            (Filter::from("x || y") & a(), "(x || y) && obj.a == 1"),
            (a() | Filter::from("x"), "obj.a == 1 || (x)"),
            (
                field("bindings").has("public"),
                r#""public" in obj.bindings"#,
            ),
            (
                !field("description").starts_with("a\"b"),
                r#"!(obj.description.startsWith("a\"b"))"#,
            ),
            (
                field("url").contains("x") & field("url").ends_with(".app"),
                r#"obj.url.contains("x") && obj.url.endsWith(".app")"#,
            ),
            (
                field("created_at").gt(ago(Duration::from_secs(3601))),
                r#"obj.created_at > timestamp(time.now).subtract("61m")"#,
            ),
            (
                field("not_after").lt(from_now(Duration::from_secs(7200))),
                r#"obj.not_after < timestamp(time.now).add("2h")"#,
            ),
            (
                field("principal.id").is_in(["a", "b"]),
                r#"obj.principal.id in ["a", "b"]"#,
            ),
            (field("a").is_in::<&str>([]), "obj.a in []"),
            (field("metadata").size().gt(0), "size(obj.metadata) > 0"),
            (field("metadata").is_null(), "obj.metadata == null"),
            (
                field("created_at").ge(Timestamp::from("2026-01-01T00:00:00Z")),
                r#"obj.created_at >= timestamp("2026-01-01T00:00:00Z")"#,
            ),
            (field("x || true").eq(1), r#"obj["x || true"] == 1"#),
            (field("a..b").eq(1), r#"obj["a..b"] == 1"#),
        ] {
            assert_eq!(filter.as_str(), expected);
        }
        let nasty = field("m").eq("q\"b\\\n\r\t\u{7}ü");
        assert_eq!(nasty.as_str(), "obj.m == \"q\\\"b\\\\\\n\\r\\t\\u0007ü\"");
    }

    proptest! {
        #[test]
        fn a_value_cannot_leave_its_quotes(text in any::<String>()) {
            let quoted = Value::from(text.as_str()).0;
            // JSON's escapes are a part of CEL's, so JSON reads it back.
            let back: String = serde_json::from_str(&quoted).unwrap();
            prop_assert_eq!(back, text);
        }
    }
}
