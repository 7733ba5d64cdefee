//! The expressions of rules: the part of CEL that the stand-in evaluates. What is outside it is refused when a policy is read.

mod evaluate;
mod parse;
mod value;

use super::facts::Facts;
use parse::Node;
pub(super) use value::Value;

/// The longest expression.
const MAX_LENGTH: usize = 4096;

/// What every refusal ends with.
const KNOWN: &str = "it evaluates conn.client_ip, conn.client_port, req.method, req.host, req.headers, req.user_agent, req.content_type, req.content_length, req.url and its path, query, query_params, host and scheme, res.status_code, res.headers, the operators || && ! == != < <= > >= in +, and contains, startsWith, endsWith, matches, size, lowerAscii, upperAscii, hasReqHeader, getReqHeader, hasResHeader, getResHeader, inCidrRange, inCidrRanges";

/// An expression that was read and whose names are known.
#[derive(Clone, Debug)]
pub(super) struct Expression(Node);

/// Why an expression cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is no CEL.
    Invalid(String),
    /// It may be CEL, but not the part of it that is evaluated here.
    Unknown(String),
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        if text.len() > MAX_LENGTH {
            return Err(Unusable::Invalid(format!(
                "an expression is longer than {MAX_LENGTH} bytes"
            )));
        }
        let node = parse::parse(text).map_err(Unusable::Invalid)?;
        evaluate::check(&node).map_err(|name| {
            Unusable::Unknown(format!(
                "the loopback agent does not evaluate `{name}` of the expression `{text}`; {KNOWN}"
            ))
        })?;
        Ok(Self(node))
    }

    /// Works it out, or says why it failed.
    pub(super) fn value(&self, facts: &Facts<'_>) -> Result<Value, String> {
        evaluate::evaluate(&self.0, facts)
    }

    /// Works out a condition.
    pub(super) fn holds(&self, facts: &Facts<'_>) -> Result<bool, String> {
        match self.value(facts)? {
            Value::Bool(holds) => Ok(holds),
            other => Err(format!("an expression gave {}, not a bool", other.kind())),
        }
    }
}

/// Text with `${…}` in it.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Expression(Expression),
}

impl Template {
    /// Text that is taken as it is.
    pub(super) fn literal(text: &str) -> Self {
        Self(vec![Piece::Text(text.to_owned())])
    }

    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (inner, after) = after
                .split_once('}')
                .ok_or_else(|| Unusable::Invalid(format!("`${{` without `}}` in `{text}`")))?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Expression(Expression::parse(inner)?));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    pub(super) fn text(&self, facts: &Facts<'_>) -> Result<String, String> {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => Ok(text.clone()),
            Piece::Expression(expression) => expression.value(facts).map(|value| value.to_string()),
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests;
