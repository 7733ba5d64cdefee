//! Whether an object passes a filter.

use std::cmp::Ordering;
use std::time::SystemTime;

use serde_json::Value;

use super::{Comparison, Expr, Field, TextTest};
use crate::clock;

pub(super) fn holds(expr: &Expr, object: &Value) -> bool {
    match expr {
        Expr::Not(inner) => !holds(inner, object),
        Expr::And(left, right) => holds(left, object) && holds(right, object),
        Expr::Or(left, right) => holds(left, object) || holds(right, object),
        Expr::Compare(comparison, left, right) => compared(*comparison, left, right, object),
        Expr::In(left, right) => {
            let wanted = value(left, object);
            let list = value(right, object);
            list.as_array().is_some_and(|items| items.contains(&wanted))
        }
        Expr::Text(test, field, wanted) => {
            let found = field.of(object);
            let text = found.as_str().unwrap_or("");
            match test {
                TextTest::StartsWith => text.starts_with(wanted),
                TextTest::Contains => text.contains(wanted),
                TextTest::EndsWith => text.ends_with(wanted),
            }
        }
        other => value(other, object) == true,
    }
}

impl Field {
    /// The field's value; null if the object has none. Of a reference it is the id.
    fn of<'v>(&self, object: &'v Value) -> &'v Value {
        let mut value = object;
        for name in &self.path {
            let name = if name == "binding" { "bindings" } else { name };
            value = value.get(name).unwrap_or(&Value::Null);
        }
        match value.as_object() {
            Some(reference) => reference.get("id").unwrap_or(&Value::Null),
            None => value,
        }
    }
}

fn value(expr: &Expr, object: &Value) -> Value {
    match expr {
        Expr::Field(field) => field.of(object).clone(),
        Expr::Literal(value) => value.clone(),
        Expr::Size(of) => match value(of, object) {
            Value::String(text) => text.chars().count().into(),
            Value::Array(items) => items.len().into(),
            _ => 0.into(),
        },
        Expr::Time(_) => Value::Null,
        condition => holds(condition, object).into(),
    }
}

fn time(expr: &Expr, object: &Value) -> Option<SystemTime> {
    match expr {
        Expr::Time(time) => Some(*time),
        other => clock::parse(value(other, object).as_str()?),
    }
}

fn compared(comparison: Comparison, left: &Expr, right: &Expr, object: &Value) -> bool {
    let times = matches!(left, Expr::Time(_)) || matches!(right, Expr::Time(_));
    let order = if times {
        match (time(left, object), time(right, object)) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => None,
        }
    } else {
        order(&value(left, object), &value(right, object))
    };
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
        Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        Comparison::Greater => order == Some(Ordering::Greater),
    }
}

/// What no one set is null, an empty text or an empty list; in a comparison they are the same.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (left, right) if is_unset(left) && is_unset(right) => Some(Ordering::Equal),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::Array(items), Value::String(_)) if items.contains(right) => Some(Ordering::Equal),
        (Value::String(_), Value::Array(items)) if items.contains(left) => Some(Ordering::Equal),
        (left, right) if left == right => Some(Ordering::Equal),
        _ => None,
    }
}
