//! The `filter` parameter of lists: the part of CEL that ngrok documents.

mod eval;
mod lex;
mod parse;
mod time;

use std::time::SystemTime;

use serde_json::Value;

use super::answer::Answer;
use super::catalog::{Catalog, Kind};
use super::facts::Facts;
use super::variant::{CloudVariant, Options};

/// A filter that was understood.
#[derive(Debug)]
pub(super) struct Filter(Expr);

#[derive(Debug)]
enum Expr {
    Field(Field),
    Literal(Value),
    /// A point in time that the text names.
    Time(SystemTime),
    Size(Box<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    Text(TextTest, Field, String),
}

#[derive(Clone, Debug)]
struct Field {
    /// The names after `obj.`, as in `obj.principal.id`.
    path: Vec<String>,
    kind: Type,
}

/// What is known of a value before any object is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    /// A text that holds a time.
    Time,
    Bool,
    Number,
    List,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextTest {
    StartsWith,
    Contains,
    EndsWith,
}

/// What the filters of one list may name.
struct Scope<'a> {
    fields: &'a [String],
    /// The type of the listed objects.
    kind: &'a str,
    text_tests: bool,
}

impl Filter {
    /// Reads the filter of a list of `service`, whose objects are of type `kind`.
    pub(super) fn parse(
        service: &str,
        kind: &str,
        text: &str,
        options: &Options,
    ) -> Result<Self, Answer> {
        let scope = Scope {
            fields: Facts::get()
                .service(service)
                .map_or(&[], |facts| &facts.filter),
            kind,
            text_tests: !options.has(CloudVariant::NoTextFilters),
        };
        parse::parse(text, &scope).map(Self).map_err(|problem| {
            Answer::refuse(
                "invalid_cel_expression",
                format!("Invalid CEL query: {problem}"),
            )
        })
    }

    /// Whether the object passes.
    pub(super) fn passes(&self, object: &Value) -> bool {
        eval::holds(&self.0, object)
    }
}

impl Scope<'_> {
    /// The field of that path, if filters may name it.
    fn field(&self, path: &[String]) -> Result<Field, String> {
        let name = path.join(".");
        if !self.fields.contains(&name) {
            let supported: Vec<String> = self.fields.iter().map(|f| format!("obj.{f}")).collect();
            return Err(format!(
                "unsupported field: obj.{name} (must be one of {}).",
                supported.join(", ")
            ));
        }
        Ok(Field {
            path: path.to_vec(),
            kind: self.kind_of(path),
        })
    }

    fn kind_of(&self, path: &[String]) -> Type {
        let mut kind = Kind::Object(self.kind);
        for name in path {
            let Kind::Object(outer) = kind else { break };
            // A part of a type that holds no such field is a reference, or the singular of a list.
            let fields = Catalog::get().fields(outer);
            let found = fields.iter().find(|f| f.name == *name);
            kind = found.map_or(Kind::Text, |f| f.kind());
        }
        let last = path.last().map_or("", String::as_str);
        match kind {
            Kind::Bool => Type::Bool,
            Kind::Whole | Kind::Decimal => Type::Number,
            Kind::List(_) => Type::List,
            _ if last == "binding" => Type::List,
            _ if last.ends_with("_at") || last.starts_with("not_") => Type::Time,
            _ => Type::Text,
        }
    }
}

/// Fields whose values the service makes up: they can be compared, but not searched.
const GENERATED: [&str; 8] = [
    "id",
    "owner_id",
    "principal.id",
    "certificate.id",
    "ip_policy",
    "credential",
    "cname_target",
    "acme_challenge_cname_target",
];

#[cfg(test)]
mod tests;
