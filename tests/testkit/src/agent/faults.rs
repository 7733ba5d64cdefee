//! What the stand-in is told to do wrong, by environment or by a control call.

use std::time::Duration;

/// The prefix of the environment variables.
const PREFIX: &str = "LOOPBACK_AGENT_";

/// Faults, all off by default. The table of their names is in the crate's documentation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) version: Option<String>,
    pub(crate) start_delay: Duration,
    pub(crate) silent: bool,
    pub(crate) half_line: bool,
    pub(crate) ignore_stop: bool,
    pub(crate) exit_code: Option<u8>,
    pub(crate) exit_stdout: Option<String>,
    pub(crate) exit_stderr: Option<String>,
    pub(crate) refuse_session: Option<String>,
    pub(crate) require_token: bool,
    pub(crate) session_delay: Duration,
    pub(crate) no_session: Option<String>,
    pub(crate) lose_session: Option<Duration>,
    pub(crate) session_back: Option<Duration>,
    pub(crate) web_delay: Duration,
    pub(crate) log_flood: u64,
    pub(crate) refuse_tunnels: Option<String>,
    pub(crate) reply_delay: Duration,
    pub(crate) reply_status: Option<u16>,
    pub(crate) reply_body: Option<String>,
    pub(crate) reply_cut: bool,
    pub(crate) crash_on: Option<u64>,
}

impl Faults {
    /// Reads every `LOOPBACK_AGENT_…` variable of `vars`.
    pub(crate) fn from_vars(
        vars: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, String> {
        let mut faults = Self::default();
        for (name, value) in vars {
            if let Some(key) = name.strip_prefix(PREFIX) {
                faults.set(&key.to_ascii_lowercase(), &value)?;
            }
        }
        Ok(faults)
    }

    /// Sets one fault; an empty value takes it back.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let text = || Some(value.to_owned()).filter(|v| !v.is_empty());
        let flag = || !matches!(value, "" | "0" | "false");
        let bad = |_| format!("{PREFIX}{}: not a number: {value}", key.to_uppercase());
        let number = || match value {
            "" => Ok(0),
            digits => digits.parse::<u64>().map_err(bad),
        };
        let millis = || number().map(Duration::from_millis);
        match key {
            "version" => self.version = text(),
            "start_delay_ms" => self.start_delay = millis()?,
            "silent" => self.silent = flag(),
            "half_line" => self.half_line = flag(),
            "ignore_stop" => self.ignore_stop = flag(),
            "exit_code" => self.exit_code = some(value, number()?)?,
            "exit_stdout" => self.exit_stdout = text(),
            "exit_stderr" => self.exit_stderr = text(),
            "refuse_session" => self.refuse_session = text(),
            "require_token" => self.require_token = flag(),
            "session_delay_ms" => self.session_delay = millis()?,
            "no_session" => self.no_session = text(),
            "lose_session_after_ms" => self.lose_session = some(value, millis()?)?,
            "session_back_after_ms" => self.session_back = some(value, millis()?)?,
            "web_delay_ms" => self.web_delay = millis()?,
            "log_flood" => self.log_flood = number()?,
            "refuse_tunnels" => self.refuse_tunnels = text(),
            "reply_delay_ms" => self.reply_delay = millis()?,
            "reply_status" => self.reply_status = some(value, number()?)?,
            "reply_body" => self.reply_body = text(),
            "reply_cut" => self.reply_cut = flag(),
            "crash_on_request" => self.crash_on = some(value, number()?)?,
            unknown => return Err(format!("no such fault: {unknown}")),
        }
        Ok(())
    }
}

/// `None` for an empty text, else the value, if it fits.
fn some<N, T: TryFrom<N>>(text: &str, value: N) -> Result<Option<T>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = T::try_from(value).map_err(|_| format!("too large: {text}"))?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect()
    }

    #[test]
    fn variables_are_read_and_strangers_left_alone() {
        let faults = Faults::from_vars(vars(&[
            ("HOME", "/root"),
            ("LOOPBACK_AGENT_REPLY_STATUS", "500"),
            ("LOOPBACK_AGENT_START_DELAY_MS", "20"),
            ("LOOPBACK_AGENT_SILENT", "1"),
            ("LOOPBACK_AGENT_EXIT_CODE", "3"),
        ]))
        .unwrap();
        assert_eq!(faults.reply_status, Some(500));
        assert_eq!(faults.start_delay, Duration::from_millis(20));
        assert!(faults.silent && !faults.half_line);
        assert_eq!(faults.exit_code, Some(3));
    }

    #[test]
    fn a_misspelt_fault_is_an_error_and_an_empty_value_takes_one_back() {
        assert!(Faults::from_vars(vars(&[("LOOPBACK_AGENT_SILNT", "1")])).is_err());
        assert!(Faults::from_vars(vars(&[("LOOPBACK_AGENT_EXIT_CODE", "999")])).is_err());
        assert!(Faults::from_vars(vars(&[("LOOPBACK_AGENT_LOG_FLOOD", "many")])).is_err());
        let mut faults = Faults::default();
        faults.set("crash_on_request", "3").unwrap();
        faults.set("crash_on_request", "").unwrap();
        assert_eq!(faults.crash_on, None);
    }
}
