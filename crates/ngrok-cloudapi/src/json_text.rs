//! Strings that hold JSON, given as text or as values.

use ngrok_core::TrafficPolicy;
use serde_json::Value;

use crate::Patch;

/// A string that mostly holds JSON: metadata, or a traffic policy. Setters take it from text, which is kept as it is, from a
/// [`serde_json::Value`] and from a [`TrafficPolicy`].
///
/// ```
/// # #[cfg(feature = "ip")]
/// # fn main() {
/// use ngrok_cloudapi::types::IpPolicyCreate;
/// use serde_json::json;
///
/// let policy = IpPolicyCreate::new().metadata(json!({"team": "web"}));
/// assert_eq!(policy.metadata.as_deref(), Some(r#"{"team":"web"}"#));
/// # }
/// # #[cfg(not(feature = "ip"))] fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Returns the text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<Value> for JsonText {
    fn from(value: Value) -> Self {
        (&value).into()
    }
}

/// A string in JSON is taken as text, without quotes around it.
impl From<&Value> for JsonText {
    fn from(value: &Value) -> Self {
        match value {
            Value::String(text) => Self(text.clone()),
            other => Self(other.to_string()),
        }
    }
}

impl From<TrafficPolicy> for JsonText {
    fn from(policy: TrafficPolicy) -> Self {
        (&policy).into()
    }
}

impl From<&TrafficPolicy> for JsonText {
    fn from(policy: &TrafficPolicy) -> Self {
        Self(policy.to_json().to_string())
    }
}

macro_rules! from_text {
    ($($text:ty,)*) => { $(
        impl From<$text> for JsonText {
            fn from(text: $text) -> Self {
                Self(text.into())
            }
        }
    )* };
}

from_text!(String, &String, &str,);

macro_rules! in_updates {
    ($($given:ty,)*) => { $(
        impl From<$given> for Patch<JsonText> {
            fn from(given: $given) -> Self {
                Self::Set(given.into())
            }
        }

        /// `None` leaves the field as it is.
        impl From<Option<$given>> for Patch<JsonText> {
            fn from(given: Option<$given>) -> Self {
                given.map_or(Self::Unset, |given| Self::Set(given.into()))
            }
        }
    )* };
}

in_updates!(
    String,
    &String,
    &str,
    Value,
    &Value,
    TrafficPolicy,
    &TrafficPolicy,
);
