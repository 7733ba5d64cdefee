//! Enums of the API: known values by name, and whatever a newer service sends kept as it is.

/// Defines an enum whose values are texts, with `Other` for those that are not known here.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum (ignore_case) $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        text_enum! { @ eq_ignore_ascii_case, $(#[$meta])* $name { $($(#[$doc])* $variant = $text,)+ } }
    };
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        text_enum! { @ eq, $(#[$meta])* $name { $($(#[$doc])* $variant = $text,)+ } }
    };
    (@ $same:ident, $(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A value that this version does not know, as the service wrote it; empty where it sent none.
            Other(String),
        }

        impl $name {
            /// The value as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $(if text.$same($text) {
                    return Self::$variant;
                })+
                Self::Other(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                text.as_str().into()
            }
        }

        impl From<&str> for crate::Patch<$name> {
            fn from(text: &str) -> Self {
                Self::Set(text.into())
            }
        }

        impl<const N: usize> From<[$name; N]> for crate::Patch<Vec<$name>> {
            fn from(values: [$name; N]) -> Self {
                Self::Set(values.into())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

pub(crate) use text_enum;
