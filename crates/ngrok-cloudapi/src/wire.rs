//! How fields are read and written where serde's own way does not fit.

use serde::{Deserialize, Deserializer};

/// For a field of an answer: null is the type's default, as a missing field is.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether a field of an answer holds nothing, as if the service had left it out.
#[cfg(feature = "serde-full")]
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `#[serde(with)]` for secrets, which the type itself refuses to write: only fields that are meant to travel do.
#[allow(dead_code, reason = "which half is used depends on the features")]
pub(crate) mod secret {
    use crate::{Patch, Secret};
    use serde::{Deserialize, Deserializer, Serializer};

    /// A field that holds a secret or none.
    pub(crate) trait Field: Sized {
        fn expose(&self) -> Option<&str>;
        fn wrap(text: Option<String>) -> Self;
    }

    impl Field for Secret {
        fn expose(&self) -> Option<&str> {
            Some(Secret::expose(self))
        }
        fn wrap(text: Option<String>) -> Self {
            Secret::new(text.unwrap_or_default())
        }
    }

    impl Field for Option<Secret> {
        fn expose(&self) -> Option<&str> {
            self.as_ref().map(Secret::expose)
        }
        fn wrap(text: Option<String>) -> Self {
            text.map(Secret::new)
        }
    }

    impl Field for Patch<Secret> {
        fn expose(&self) -> Option<&str> {
            self.get().map(Secret::expose)
        }
        fn wrap(text: Option<String>) -> Self {
            text.map_or(Self::Null, |text| Self::Set(Secret::new(text)))
        }
    }

    pub(crate) fn serialize<F: Field, S: Serializer>(
        field: &F,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match field.expose() {
            Some(text) => serializer.serialize_str(text),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, F: Field, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<F, D::Error> {
        Ok(F::wrap(Option::<String>::deserialize(deserializer)?))
    }
}
