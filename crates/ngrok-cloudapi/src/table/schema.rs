//! The fields of the bodies that operations take, as data.

/// An object that is sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct Object {
    /// What ngrok calls its type, such as `IPPolicyCreate`.
    pub name: &'static str,
    /// Its fields, in the order of ngrok's reference.
    pub fields: &'static [Field],
}

/// A field of an object that is sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub about: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether its value must not be shown.
    pub secret: bool,
    /// What it is if it is not given, where this crate fills it in.
    pub default: Option<&'static str>,
    /// A value for an example; a path after an `@` means the content of that file.
    pub sample: Option<&'static str>,
    /// What to use instead, if ngrok has deprecated it.
    pub deprecated: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A string.
    Text,
    /// A string that is a point in time in RFC 3339.
    Time,
    /// A string with known values; a newer service may know more.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// An array.
    List(&'static Kind),
    /// An object whose names are free.
    Map(&'static Kind),
    /// An object with fields of its own.
    Object(&'static Object),
}

impl Object {
    /// Returns the field `name`.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

// What the generated entries are written with.
pub(crate) const REQUIRED: u8 = 1;
pub(crate) const NULLABLE: u8 = 2;
pub(crate) const SECRET: u8 = 4;

pub(crate) const fn field(name: &'static str, kind: Kind, flags: u8, about: &'static str) -> Field {
    Field {
        name,
        about,
        kind,
        required: flags & REQUIRED != 0,
        nullable: flags & NULLABLE != 0,
        secret: flags & SECRET != 0,
        default: None,
        sample: None,
        deprecated: None,
    }
}

#[cfg_attr(
    not(all(feature = "core", feature = "domains")),
    allow(dead_code, reason = "not every group has fields of each kind")
)]
impl Field {
    pub(crate) const fn sample(mut self, sample: &'static str) -> Self {
        self.sample = Some(sample);
        self
    }

    pub(crate) const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    pub(crate) const fn instead(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }
}
