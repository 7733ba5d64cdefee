//! The agent's command line, as far as the stand-in takes part.

/// Flags with a value.
const VALUED: &[&str] = &[
    "authtoken",
    "config",
    "log",
    "log-format",
    "log-level",
    "region",
    "api-key",
    "url",
    "domain",
    "name",
    "host-header",
    "basic-auth",
    "remote-addr",
    "metadata",
    "limit",
    "before-id",
    "id",
    "description",
    "traffic-policy-file",
    "filter",
];
/// Flags without one; `--flag=false` takes them back.
const SWITCHES: &[&str] = &[
    "all",
    "none",
    "help",
    "version",
    "dry-run",
    "relocate",
    "inspect",
    "pooling-enabled",
];

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
            // `api` hands any flag on to the service; which ones exist is not the stand-in's to know.
            let is_api = parsed.words.first().is_some_and(|word| word == "api");
            let value = if SWITCHES.contains(&name) {
                value.unwrap_or_else(|| "true".to_owned())
            } else if VALUED.contains(&name) || is_api {
                match value.or_else(|| args.next()) {
                    Some(value) => value,
                    None => return Err(format!("flag needs an argument: --{name}")),
                }
            } else {
                return Err(format!("unknown flag: --{name}"));
            };
            parsed.flags.push((name.to_owned(), value));
        }
        Ok(parsed)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_stand_anywhere_and_repeat() {
        let args =
            parse("start --none --config a --log=stdout web --config b --all=false").unwrap();
        assert_eq!(args.words, ["start", "web"]);
        assert_eq!(args.all("config").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(args.last("log"), Some("stdout"));
        assert!(args.is_set("none") && !args.is_set("all"));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(parse("start --nope").unwrap_err(), "unknown flag: --nope");
        assert_eq!(
            parse("start --log").unwrap_err(),
            "flag needs an argument: --log"
        );
        assert!(parse("api endpoints list --anything 1").is_ok());
    }
}
