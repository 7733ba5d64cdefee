//! The agent's command line: words and flags.

use serde_json::{Map, Value};

use super::flags::{self, Flag, Takes};

/// Words and flags, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) words: Vec<String>,
    flags: Vec<(String, String)>,
}

impl Args {
    pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let flag = match arg.as_str() {
                "-h" => "help",
                "-v" | "-V" => "version",
                long => match long.strip_prefix("--") {
                    Some(flag) => flag,
                    None if long.starts_with('-') && long.len() > 1 => {
                        return Err(format!("unknown shorthand flag: '{long}'"));
                    }
                    None => {
                        parsed.words.push(arg);
                        continue;
                    }
                },
            };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (flag, None),
            };
            let value = match (flags::find(name), value) {
                (Some(flag), value) if flag.takes == Takes::Switch => {
                    switch(name, value.as_deref().unwrap_or("true"))?.to_string()
                }
                // Only `api` has flags that are not in the table: it hands them on to the service.
                (None, _) if parsed.command() != "api" => {
                    return Err(format!("unknown flag: --{name}"));
                }
                (_, Some(value)) => value,
                (_, None) => args
                    .next()
                    .ok_or_else(|| format!("flag needs an argument: --{name}"))?,
            };
            parsed.flags.push((name.to_owned(), value));
        }
        let command = parsed.command();
        let foreign = |flag: &Flag| command != "api" && !flag.is_of(command);
        let mut used = parsed.used();
        match used.find(foreign) {
            Some(flag) if !parsed.is_set("help") => Err(format!("unknown flag: --{}", flag.name)),
            _ => {
                drop(used);
                Ok(parsed)
            }
        }
    }

    fn command(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    fn used(&self) -> impl Iterator<Item = Flag> {
        self.flags.iter().filter_map(|(name, _)| flags::find(name))
    }

    /// All values of a flag, in their order.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.flags
            .iter()
            .filter(move |(flag, _)| flag == name)
            .map(|(_, value)| value.as_str())
    }

    /// The last value of a flag.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        let mut values = self.flags.iter().filter(|(flag, _)| flag == name);
        values.next_back().map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.last(name).is_some_and(|value| value != "false")
    }

    /// All flags with their values, in their order.
    pub(crate) fn flags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.flags
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What the agent prints about flags that go away.
    pub(crate) fn deprecations(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .used()
            .filter_map(|flag| {
                let instead = flag.deprecated()?;
                Some(format!(
                    "Flag --{} has been deprecated, {instead}",
                    flag.name
                ))
            })
            .collect();
        lines.dedup();
        lines
    }

    /// The definition that the flags of `http`, `tcp` and `tls` add up to, beside `proto` and `addr`.
    pub(crate) fn definition(&self) -> Result<Map<String, Value>, String> {
        let mut fields = Map::new();
        for (name, value) in &self.flags {
            let Some(flag) = flags::find(name).filter(|flag| !flag.path.is_empty()) else {
                continue;
            };
            let mut within = &mut fields;
            let mut keys: Vec<&str> = flag.path.split('.').collect();
            let last = keys.pop().unwrap_or_default();
            for key in keys {
                let inner = within
                    .entry(key)
                    .or_insert_with(|| Value::Object(Map::new()));
                within = inner.as_object_mut().ok_or_else(|| {
                    format!("--{name} cannot be combined with the flags before it")
                })?;
            }
            let value = match flag.takes {
                Takes::Switch => (value == "true").into(),
                Takes::Text => value.as_str().into(),
                Takes::Number => number(name, value)?,
                Takes::Many => {
                    let list = within
                        .entry(last)
                        .or_insert_with(|| Value::Array(Vec::new()));
                    if let Some(list) = list.as_array_mut() {
                        list.push(value.as_str().into());
                    }
                    continue;
                }
            };
            within.insert(last.to_owned(), value);
        }
        Ok(fields)
    }
}

/// The value of a switch, in any of the spellings that Go takes.
fn switch(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!(
            "invalid argument \"{value}\" for \"--{name}\" flag: strconv.ParseBool: parsing \"{value}\": invalid syntax"
        )),
    }
}

fn number(name: &str, value: &str) -> Result<Value, String> {
    value.parse::<f64>().map(Value::from).map_err(|_| {
        format!(
            "invalid argument \"{value}\" for \"--{name}\" flag: strconv.ParseFloat: parsing \"{value}\": invalid syntax"
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_are_found_anywhere_and_repeat() {
        let args =
            parse("start --none --config a --log=stdout web --config b --all=false").unwrap();
        assert_eq!(args.words, ["start", "web"]);
        assert_eq!(args.all("config").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(args.last("log"), Some("stdout"));
        assert!(args.is_set("none") && !args.is_set("all"));
        assert!(parse("--config a http 80").is_ok());
    }

    #[test]
    fn unknown_flags_and_values_are_refused() {
        for (line, refusal) in [
            ("start --nope", "unknown flag: --nope"),
            ("start --log", "flag needs an argument: --log"),
            ("tcp 22 --basic-auth a:b", "unknown flag: --basic-auth"),
            ("start --all --url x", "unknown flag: --url"),
            ("http 80 --all", "unknown flag: --all"),
            ("http -x 80", "unknown shorthand flag: '-x'"),
            (
                "http 80 --inspect=maybe",
                "invalid argument \"maybe\" for \"--inspect\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
        ] {
            assert_eq!(parse(line).unwrap_err(), refusal);
        }
        let half = parse("http 80 --circuit-breaker half").unwrap();
        assert!(half.definition().unwrap_err().contains("ParseFloat"));
        assert!(parse("api endpoints list --anything 1").is_ok());
    }

    #[test]
    fn flags_add_up_to_a_definition() {
        let args = parse(
            "http 80 --basic-auth a:b --basic-auth c:d --oauth google --oauth-allow-email e --inspect=false --circuit-breaker 0.5 --log stdout",
        )
        .unwrap();
        assert_eq!(
            Value::Object(args.definition().unwrap()),
            json!({
                "basic_auth": ["a:b", "c:d"],
                "oauth": {"provider": "google", "allow_emails": ["e"]},
                "inspect": false,
                "circuit_breaker": 0.5,
            })
        );
        let deprecated = args.deprecations();
        assert!(
            deprecated.contains(
                &"Flag --basic-auth has been deprecated, use traffic policy instead".to_owned()
            ),
            "{deprecated:?}"
        );
    }
}
