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
}

/// An operation that returns a page of items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListOf {
    /// The type of the items.
    pub(crate) of: String,
    /// The field that holds them.
    pub(crate) field: String,
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
    /// What it means here, if that is not what the glossary says.
    pub(crate) about: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enum {
    pub(crate) about: String,
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

    /// The first line of its module.
    pub(crate) fn title(&self) -> String {
        self.about.trim().to_owned()
    }
}

impl ListOf {
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
    /// The names in the braces of its path.
    pub(crate) fn args(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }
}

impl Type {
    /// Whether it is an object of its own, and not a part of one or a reference, which has nothing but id and address.
    pub(crate) fn is_object(&self) -> bool {
        let has_id = self.fields.iter().any(|(name, _)| name == "id");
        self.role == Role::Response && has_id && self.fields.len() > 2
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
