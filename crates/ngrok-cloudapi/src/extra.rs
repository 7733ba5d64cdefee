//! Fields that this version of the crate does not know.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};

use ngrok_core::Masked;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fields that this version does not know, by name.
///
/// Every object of an answer keeps them, nested ones too, and every request sends them. So what is read, changed and sent back
/// loses nothing that ngrok added later, and a new field can be used before this crate has a name for it.
/// `Debug` hides the values of names that sound like secrets.
///
/// ```
/// # #[cfg(feature = "ip")]
/// # fn main() {
/// use ngrok_cloudapi::types::IpPolicyCreate;
///
/// let mut policy = IpPolicyCreate::new().description("office");
/// policy.extra.insert("color".into(), "green".into());
/// # assert_eq!(serde_json::to_string(&policy).unwrap(), r#"{"description":"office","color":"green"}"#);
/// # }
/// # #[cfg(not(feature = "ip"))] fn main() {}
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extra(BTreeMap<String, Value>);

impl Extra {
    /// Returns one without any field.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }
}

impl Deref for Extra {
    type Target = BTreeMap<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Extra {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl FromIterator<(String, Value)> for Extra {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in &self.0 {
            map.entry(name, &Masked(name, value));
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn debug_hides_what_sounds_like_a_secret() {
        let fields = json!({
            "color": "green", "new_token": "planted-1", "deep": {"private_key": "planted-2", "n": [1, {"Password": "planted-3"}]},
        });
        let extra: Extra = serde_json::from_value(fields).unwrap();
        let shown = format!("{extra:?}");
        assert!(!shown.contains("planted"), "{shown}");
        assert!(
            shown.contains("green") && shown.contains("new_token"),
            "{shown}"
        );
    }
}
