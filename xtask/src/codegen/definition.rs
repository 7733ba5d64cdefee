//! The definitions of the API as the YAML files hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Everything below `api/`.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    /// Shared types first, then the services, each in the order of their names.
    pub(crate) files: Vec<File>,
    /// A sentence for each field name, for fields that have none of their own.
    pub(crate) glossary: BTreeMap<String, String>,
    /// The feature groups, with what is in them.
    pub(crate) groups: BTreeMap<String, String>,
    /// A value for examples for each field name.
    pub(crate) samples: BTreeMap<String, String>,
    /// Rust names of types where the rule gives a bad one.
    pub(crate) names: BTreeMap<String, String>,
}

/// One service with the types that only it uses, or a file of types that several services share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(skip)]
    pub(crate) name: String,
    /// The feature that compiles it; shared types without one are always there.
    pub(crate) group: Option<String>,
    pub(crate) about: String,
    /// What to use instead, if ngrok has deprecated it.
    pub(crate) deprecated: Option<String>,
    #[serde(default)]
    pub(crate) operations: Ordered<Operation>,
    #[serde(default)]
    pub(crate) types: Ordered<Type>,
    #[serde(default)]
    pub(crate) enums: Ordered<Enum>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    pub(crate) about: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) body: Option<String>,
    pub(crate) returns: Option<String>,
    pub(crate) list: Option<ListOf>,
    /// The code with which the service refuses an update that changes nothing.
    pub(crate) refuses_empty: Option<String>,
}

/// An operation that returns a page of items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListOf {
    /// The type of the items.
    pub(crate) of: String,
    /// The field that holds them.
    pub(crate) field: String,
    /// Another name that the field may have.
    pub(crate) also: Option<String>,
    /// Whether it comes in pages; the few short ones do not.
    #[serde(default = "yes")]
    pub(crate) paged: bool,
    /// What a filter may look at.
    #[serde(default)]
    pub(crate) filters: Vec<String>,
    /// Further parameters of the query.
    #[serde(default)]
    pub(crate) parameters: Vec<String>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Type {
    /// May be left out for the body of an operation, which says enough.
    pub(crate) about: Option<String>,
    pub(crate) role: Role,
    #[serde(default)]
    pub(crate) fields: Ordered<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Request,
    Response,
    /// A part of requests and of answers.
    Both,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// May be left out of a request.
    #[serde(default)]
    pub(crate) optional: bool,
    /// Null means something.
    #[serde(default)]
    pub(crate) nullable: bool,
    /// Answers leave it out at times.
    #[serde(default)]
    pub(crate) absent: bool,
    /// Must never be seen.
    #[serde(default)]
    pub(crate) secret: bool,
    /// Set by `new`, so that it need not be given.
    pub(crate) default: Option<String>,
    /// A value for examples, if the glossary's does not fit.
    pub(crate) sample: Option<String>,
    /// What to use instead, if ngrok has deprecated it.
    pub(crate) deprecated: Option<String>,
    /// What it means here, if that is not what the glossary says.
    pub(crate) about: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enum {
    pub(crate) about: String,
    /// The service does not tell capital letters from small ones.
    #[serde(default)]
    pub(crate) ignore_case: bool,
    /// Each value with its sentence.
    pub(crate) values: Ordered<String>,
}

/// A mapping that keeps the order of the file.
#[derive(Debug)]
pub(crate) struct Ordered<T>(Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> std::ops::Deref for Ordered<T> {
    type Target = Vec<(String, T)>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a Ordered<T> {
    type Item = &'a (String, T);
    type IntoIter = std::slice::Iter<'a, (String, T)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mapping = serde_yaml::Mapping::deserialize(deserializer)?;
        mapping
            .into_iter()
            .map(|(name, value)| {
                let name = name
                    .as_str()
                    .ok_or("a name that is no text")
                    .map(str::to_owned);
                let name = name.map_err(serde::de::Error::custom)?;
                let value = serde_yaml::from_value(value)
                    .map_err(|e| serde::de::Error::custom(format!("{name}: {e}")))?;
                Ok((name, value))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl File {
    pub(crate) fn is_service(&self) -> bool {
        !self.operations.is_empty()
    }

    /// Whether the service or any part of it is deprecated.
    pub(crate) fn is_deprecated(&self) -> bool {
        let mut fields = self.types.iter().flat_map(|(_, ty)| &*ty.fields);
        self.deprecated.is_some()
            || self.group.as_deref() == Some("legacy")
            || fields.any(|(_, field)| field.deprecated.is_some())
    }

    /// The first line of its module.
    pub(crate) fn title(&self) -> String {
        self.about.trim().to_owned()
    }
}

impl ListOf {
    /// The names that the field of the items may have, with a bar between them.
    pub(crate) fn fields(&self) -> String {
        match &self.also {
            Some(also) => format!("{}|{also}", self.field),
            None => self.field.clone(),
        }
    }

    /// The parameters that its query may have.
    pub(crate) fn query(&self) -> Vec<&str> {
        let mut names = Vec::new();
        if self.paged {
            names.extend(["before_id", "limit"]);
        }
        if !self.filters.is_empty() {
            names.push("filter");
        }
        names.extend(self.parameters.iter().map(String::as_str));
        names
    }
}

impl Operation {
    /// Whether its request has a body, be it an empty object.
    pub(crate) fn sends_body(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH")
    }

    /// The names in the braces of its path.
    pub(crate) fn args(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }
}

impl Field {
    /// Whether a request must have it.
    pub(crate) fn is_required(&self) -> bool {
        !self.optional && self.default.is_none()
    }

    /// What a list or a map holds; the kind itself for anything else.
    pub(crate) fn inner_kind(&self) -> &str {
        self.kind
            .trim_start_matches("list<")
            .trim_start_matches("map<string,")
            .trim_end_matches('>')
    }
}

impl Definitions {
    pub(crate) fn load(dir: &Path) -> Result<Self, String> {
        let mut files = Vec::new();
        for folder in ["shared", "services"] {
            let mut paths = BTreeSet::new();
            let dir = dir.join(folder);
            for entry in fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))? {
                paths.insert(entry.map_err(|e| format!("{}: {e}", dir.display()))?.path());
            }
            for path in paths {
                let mut file: File = read(&path)?;
                file.name = path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                files.push(file);
            }
        }
        Ok(Self {
            files,
            glossary: read(&dir.join("glossary.yaml"))?,
            groups: read(&dir.join("groups.yaml"))?,
            samples: read(&dir.join("samples.yaml"))?,
            names: read(&dir.join("names.yaml"))?,
        })
    }

    /// The file that defines the type or enum `name`.
    pub(crate) fn home(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| {
            let in_types = file.types.iter().any(|(known, _)| known == name);
            in_types || file.enums.iter().any(|(known, _)| known == name)
        })
    }

    pub(crate) fn ty(&self, name: &str) -> Option<&Type> {
        let mut types = self.files.iter().flat_map(|file| &*file.types);
        types.find(|(known, _)| known == name).map(|(_, ty)| ty)
    }

    /// The values of the enum `name`, if it is one.
    pub(crate) fn values(&self, name: &str) -> Option<Vec<&str>> {
        let mut enums = self.files.iter().flat_map(|file| &*file.enums);
        let (_, found) = enums.find(|(known, _)| known == name)?;
        Some(
            found
                .values
                .iter()
                .map(|(value, _)| value.as_str())
                .collect(),
        )
    }

    /// A value for an example of the field.
    pub(crate) fn sample<'d>(&'d self, name: &str, field: &'d Field) -> Option<&'d str> {
        let known = || self.samples.get(name).map(String::as_str);
        field.sample.as_deref().or_else(known)
    }

    /// Whether the type `name` is the body of a PATCH.
    pub(crate) fn is_patch_body(&self, name: &str) -> bool {
        let mut operations = self.files.iter().flat_map(|file| &*file.operations);
        operations.any(|(_, o)| o.method == "PATCH" && o.body.as_deref() == Some(name))
    }

    /// What is written about the field.
    pub(crate) fn about<'d>(&'d self, name: &str, field: &'d Field) -> &'d str {
        let known = || self.glossary.get(name).map(String::as_str);
        field.about.as_deref().or_else(known).unwrap_or_default()
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_yaml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}
