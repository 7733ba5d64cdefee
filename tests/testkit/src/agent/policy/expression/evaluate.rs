//! Tree to value.

use std::net::IpAddr;

use regex_lite::Regex;

use super::parse::Node;
use super::value::Value;
use crate::agent::network::Network;
use crate::agent::policy::facts::{Facts, NAMES};

/// The functions, each with its number of arguments; what stands before a dot is the first.
const FUNCTIONS: &[(&str, usize)] = &[
    ("contains", 2),
    ("startsWith", 2),
    ("endsWith", 2),
    ("matches", 2),
    ("size", 1),
    ("lowerAscii", 1),
    ("upperAscii", 1),
    ("hasReqHeader", 1),
    ("getReqHeader", 1),
    ("hasResHeader", 1),
    ("getResHeader", 1),
    ("inCidrRange", 2),
    ("inCidrRanges", 2),
];

/// The first name that is not known, or the first regular expression that is none.
pub(super) fn check(node: &Node) -> Result<(), String> {
    match node {
        Node::Bool(_) | Node::Number(_) | Node::Text(_) => Ok(()),
        Node::List(items) => items.iter().try_for_each(check),
        Node::Name(name) if NAMES.contains(&name.as_str()) => Ok(()),
        // `req.headers.host` is `req.headers['host']`.
        Node::Name(name) => match name.rsplit_once('.') {
            Some((map, _)) if super::super::facts::MAPS.contains(&map) => Ok(()),
            _ => Err(name.clone()),
        },
        Node::Index(map, key) => check(map).and_then(|()| check(key)),
        Node::Not(node) => check(node),
        Node::Two(_, left, right) => check(left).and_then(|()| check(right)),
        Node::Call(name, arguments) => {
            let known = FUNCTIONS.contains(&(name.as_str(), arguments.len()));
            if !known {
                return Err(format!("{name}(…)"));
            }
            if let ("matches", [_, Node::Text(pattern)]) = (name.as_str(), arguments.as_slice()) {
                Regex::new(pattern).map_err(|_| pattern.clone())?;
            }
            arguments.iter().try_for_each(check)
        }
    }
}

pub(super) fn evaluate(node: &Node, facts: &Facts<'_>) -> Result<Value, String> {
    let value = |node: &Node| evaluate(node, facts);
    match node {
        Node::Bool(value) => Ok(Value::Bool(*value)),
        Node::Number(value) => Ok(Value::Number(*value)),
        Node::Text(text) => Ok(Value::text(text.as_str())),
        Node::List(items) => Ok(Value::List(
            items.iter().map(value).collect::<Result<_, _>>()?,
        )),
        Node::Name(name) => match (facts.value(name), name.rsplit_once('.')) {
            (Some(value), _) => Ok(value),
            (None, Some((map, key))) => index(
                facts
                    .value(map)
                    .ok_or_else(|| format!("{map} is not known here"))?,
                Value::text(key),
            ),
            (None, None) => Err(format!("{name} is not known here")),
        },
        Node::Index(map, key) => index(value(map)?, value(key)?),
        Node::Not(node) => Ok(Value::Bool(!boolean(value(node)?)?)),
        // The right side of these two is not looked at when the left one decides.
        Node::Two("||", left, right) => Ok(Value::Bool(
            boolean(value(left)?)? || boolean(value(right)?)?,
        )),
        Node::Two("&&", left, right) => Ok(Value::Bool(
            boolean(value(left)?)? && boolean(value(right)?)?,
        )),
        Node::Two(operator, left, right) => two(operator, value(left)?, value(right)?),
        Node::Call(name, arguments) => {
            let arguments = arguments.iter().map(value).collect::<Result<Vec<_>, _>>()?;
            call(name, &arguments, facts)
        }
    }
}

fn boolean(value: Value) -> Result<bool, String> {
    match value {
        Value::Bool(value) => Ok(value),
        other => Err(format!("{} is not a bool", other.kind())),
    }
}

fn index(from: Value, key: Value) -> Result<Value, String> {
    match (from, key) {
        (Value::Map(mut map), Value::Text(key)) => map
            .remove(&key)
            .ok_or_else(|| format!("no such key: {key}")),
        (Value::List(mut list), Value::Number(at)) => {
            // Negative, broken and too large numbers are out of the list alike.
            let at = at as usize;
            if at < list.len() {
                Ok(list.swap_remove(at))
            } else {
                Err(format!("index out of bounds: {at}"))
            }
        }
        (from, key) => Err(format!("{} has no {}", from.kind(), key.kind())),
    }
}

fn two(operator: &str, left: Value, right: Value) -> Result<Value, String> {
    let ordered = |ordering: fn(std::cmp::Ordering) -> bool| match (&left, &right) {
        (Value::Number(a), Value::Number(b)) => Ok(a.partial_cmp(b).is_some_and(ordering)),
        (Value::Text(a), Value::Text(b)) => Ok(ordering(a.cmp(b))),
        _ => Err(format!(
            "{} and {} have no order",
            left.kind(),
            right.kind()
        )),
    };
    let holds = match operator {
        "==" => left == right,
        "!=" => left != right,
        "<" => ordered(|it| it.is_lt())?,
        "<=" => ordered(|it| it.is_le())?,
        ">" => ordered(|it| it.is_gt())?,
        ">=" => ordered(|it| it.is_ge())?,
        "in" => match (&left, &right) {
            (_, Value::List(items)) => items.contains(&left),
            (Value::Text(key), Value::Map(map)) => map.contains_key(key),
            _ => return Err(format!("nothing is in {}", right.kind())),
        },
        _ => match (left, right) {
            (Value::Text(a), Value::Text(b)) => return Ok(Value::Text(a + &b)),
            (Value::Number(a), Value::Number(b)) => return Ok(Value::Number(a + b)),
            (a, b) => return Err(format!("{} + {}", a.kind(), b.kind())),
        },
    };
    Ok(Value::Bool(holds))
}

fn call(name: &str, arguments: &[Value], facts: &Facts<'_>) -> Result<Value, String> {
    let wrong = || format!("{name} does not take this");
    let count = |n: usize| Value::Number(n as f64);
    Ok(match (name, arguments) {
        ("size", [Value::Text(text)]) => count(text.chars().count()),
        ("size", [Value::List(list)]) => count(list.len()),
        ("size", [Value::Map(map)]) => count(map.len()),
        ("contains", [Value::Text(text), Value::Text(part)]) => {
            Value::Bool(text.contains(part.as_str()))
        }
        ("startsWith", [Value::Text(text), Value::Text(part)]) => {
            Value::Bool(text.starts_with(part.as_str()))
        }
        ("endsWith", [Value::Text(text), Value::Text(part)]) => {
            Value::Bool(text.ends_with(part.as_str()))
        }
        ("matches", [Value::Text(text), Value::Text(pattern)]) => {
            let pattern = Regex::new(pattern).map_err(|error| error.to_string())?;
            Value::Bool(pattern.is_match(text))
        }
        ("lowerAscii", [Value::Text(text)]) => Value::Text(text.to_ascii_lowercase()),
        ("upperAscii", [Value::Text(text)]) => Value::Text(text.to_ascii_uppercase()),
        ("hasReqHeader" | "hasResHeader", [Value::Text(header)]) => {
            Value::Bool(!facts.header(name.contains("Res"), header).is_empty())
        }
        ("getReqHeader" | "getResHeader", [Value::Text(header)]) => {
            Value::texts(facts.header(name.contains("Res"), header))
        }
        ("inCidrRange", [Value::Text(ip), Value::Text(network)]) => {
            Value::Bool(lies_in(ip, network)?)
        }
        ("inCidrRanges", [Value::Text(ip), Value::List(networks)]) => {
            let mut found = false;
            for network in networks {
                let Value::Text(network) = network else {
                    return Err(wrong());
                };
                found |= lies_in(ip, network)?;
            }
            Value::Bool(found)
        }
        _ => return Err(wrong()),
    })
}

fn lies_in(ip: &str, network: &str) -> Result<bool, String> {
    let address: IpAddr = ip.parse().map_err(|_| format!("{ip} is no IP address"))?;
    let network = Network::parse(network).ok_or_else(|| format!("{network} is no CIDR"))?;
    Ok(network.contains(address))
}
