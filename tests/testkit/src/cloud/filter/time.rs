//! Points in time in filters: timestamps, now, and durations from there.

use std::time::{Duration, SystemTime};

use super::lex::Token;
use super::parse::{Parser, kind, unexpected};
use super::{Expr, Type};
use crate::clock;

impl Parser<'_> {
    /// `timestamp("2026-01-01T00:00:00Z")`, `timestamp(time.now)`, and what is added to or subtracted from it.
    pub(super) fn timestamp(&mut self) -> Result<Expr, String> {
        self.needs("(")?;
        let mut time = match self.next()?.clone() {
            Token::Text(text) => moment(&text)?,
            Token::Name(name) if name == "time" => {
                self.needs(".")?;
                match self.word()?.as_str() {
                    "now" => SystemTime::now(),
                    other => return Err(format!("time.{other} is not supported.")),
                }
            }
            Token::Name(name) if name == "obj" => {
                let field = self.field()?;
                self.needs(")")?;
                return match kind(&field) {
                    Type::Time => Ok(field),
                    _ => Err("timestamp() needs a time.".to_owned()),
                };
            }
            other => return Err(unexpected(&other)),
        };
        self.needs(")")?;
        while self.takes(".") {
            let name = self.word()?;
            self.needs("(")?;
            let Token::Text(text) = self.next()?.clone() else {
                return Err(format!("{name}() needs a duration such as \"7d\"."));
            };
            let by = duration(&text)?;
            let moved = match name.as_str() {
                "subtract" => time.checked_sub(by),
                "add" => time.checked_add(by),
                other => return Err(format!("the function {other}() is not supported.")),
            };
            time = moved.ok_or("a time is out of range.")?;
            self.needs(")")?;
        }
        Ok(Expr::Time(time))
    }
}

/// RFC 3339, or a day with a `Z`, as one documented example has it.
fn moment(text: &str) -> Result<SystemTime, String> {
    let midnight = || clock::parse(&format!("{}T00:00:00Z", text.strip_suffix('Z')?));
    clock::parse(text)
        .or_else(midnight)
        .ok_or_else(|| format!("\"{text}\" is not an RFC 3339 timestamp."))
}

/// `7d`, `24h`, `30m`, or several of them.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a duration such as \"7d\", \"24h\" or \"30m\".");
    let mut seconds = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let at = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = rest.split_at(at);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let factor = match unit.chars().next() {
            Some('d') => 86_400,
            Some('h') => 3_600,
            Some('m') => 60,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(factor).ok_or_else(wrong)?;
        seconds = seconds.checked_add(part).ok_or_else(wrong)?;
        rest = unit.get(1..).unwrap_or("");
    }
    if text.is_empty() {
        return Err(wrong());
    }
    Ok(Duration::from_secs(seconds))
}
