//! The definitions as data, with bodies and answers made up from them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `cargo xtask codegen` writes it from the files that the services are generated from.
const CATALOG: &str = include_str!("../../../../tests/testkit/src/cloud/catalog.json");

#[derive(Deserialize)]
pub(crate) struct Catalog {
    pub(crate) services: Vec<Service>,
    pub(crate) types: BTreeMap<String, Vec<Field>>,
}

#[derive(Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) operations: Vec<Operation>,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Option<String>,
    pub(crate) response: Option<String>,
    pub(crate) status: u16,
    pub(crate) list_field: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) nullable: bool,
    /// Left out of answers at times.
    #[serde(default)]
    pub(crate) absent: bool,
    #[serde(default)]
    pub(crate) secret: bool,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

/// Which of an object's fields are filled in, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    Everything,
    /// Only what cannot be left out of a request.
    Required,
    /// What may be null is.
    Nulls,
    /// Texts, lists and maps are there, with nothing in them.
    Empty,
    /// Everything, and in each object a field that nobody knows.
    Unknown,
    /// Everything, with enum values that nobody knows.
    Future,
}

/// One answer of many that follow from a seed.
struct Dice(u64);

impl Dice {
    /// Whether a chance of one in `n` came true.
    fn one_in(&mut self, n: u64) -> bool {
        // SplitMix64: small, and good enough to choose by.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).is_multiple_of(n)
    }
}

impl Catalog {
    pub(crate) fn load() -> Self {
        serde_json::from_str(CATALOG).unwrap()
    }

    pub(crate) fn object(&self, name: &str, fill: Fill) -> Value {
        let mut object = Map::new();
        for field in &self.types[name] {
            let value = match fill {
                Fill::Required if !field.required => continue,
                Fill::Nulls if field.nullable && !field.required => Value::Null,
                _ => self.value(&field.kind, field, fill),
            };
            object.insert(field.name.clone(), value);
        }
        if fill == Fill::Unknown {
            object.insert("brand_new".to_owned(), json!({"deep": [1, null]}));
        }
        Value::Object(object)
    }

    /// A documented answer with unknown fields anywhere, which `seed` chooses.
    pub(crate) fn some_object(&self, name: &str, seed: u64) -> Value {
        self.some(name, &mut Dice(seed))
    }

    fn some(&self, name: &str, dice: &mut Dice) -> Value {
        let mut object = Map::new();
        for field in &self.types[name] {
            let value = if field.absent && dice.one_in(3) {
                continue;
            } else if field.nullable && !field.absent && dice.one_in(3) {
                Value::Null
            } else {
                self.some_value(&field.kind, field, dice)
            };
            object.insert(field.name.clone(), value);
        }
        for n in 0..2 {
            if dice.one_in(3) {
                let value = [json!({"deep": [1, null, -0.5]}), json!("ü"), Value::Null];
                let value = value[usize::from(dice.one_in(2)) + n].clone();
                object.insert(format!("brand_new_{n}"), value);
            }
        }
        Value::Object(object)
    }

    fn some_value(&self, kind: &str, field: &Field, dice: &mut Dice) -> Value {
        let inner = |start: &str| kind.strip_prefix(start).and_then(|k| k.strip_suffix('>'));
        let count = u32::from(dice.one_in(2)) + u32::from(dice.one_in(2));
        // What may be absent is so instead of being empty.
        let count = if field.absent { count.max(1) } else { count };
        if let Some(inner) = inner("list<") {
            return (0..count)
                .map(|_| self.some_value(inner, field, dice))
                .collect();
        }
        if let Some(inner) = inner("map<string,") {
            let entry = |n| (format!("k{n}"), self.some_value(inner, field, dice));
            return Value::Object((0..count).map(entry).collect());
        }
        if self.types.contains_key(kind) {
            return self.some(kind, dice);
        }
        self.value(
            kind,
            field,
            if dice.one_in(4) {
                Fill::Future
            } else {
                Fill::Everything
            },
        )
    }

    fn value(&self, kind: &str, field: &Field, fill: Fill) -> Value {
        let empty = fill == Fill::Empty;
        if let Some(inner) = kind.strip_prefix("list<").and_then(|k| k.strip_suffix('>')) {
            return if empty {
                json!([])
            } else {
                json!([self.value(inner, field, fill)])
            };
        }
        if let Some(inner) = kind
            .strip_prefix("map<string,")
            .and_then(|k| k.strip_suffix('>'))
        {
            return if empty {
                json!({})
            } else {
                json!({"k \"1\"": self.value(inner, field, fill)})
            };
        }
        match kind {
            "string" if fill == Fill::Future => json!("from the future"),
            "string" if !field.values.is_empty() => json!(field.values[0]),
            "string" if empty => json!(""),
            "string" => json!(format!("ü \"{}\"", field.name)),
            "bool" => json!(true),
            "float64" => json!(0.25),
            "int32" | "int64" | "uint32" | "uint64" => json!(7),
            name => self.object(name, fill),
        }
    }

    /// Each operation with the name of its service.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &Operation)> {
        self.services
            .iter()
            .flat_map(|s| s.operations.iter().map(move |o| (s.name.as_str(), o)))
    }
}
