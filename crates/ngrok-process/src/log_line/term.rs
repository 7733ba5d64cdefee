//! `LEVEL[MM-DD|HH:MM:SS] message key=value` lines: what agents write to a terminal, and before their log is set up.

use super::{Field, Text, logfmt};

const LEVELS: [&str; 5] = ["DBUG", "INFO", "WARN", "EROR", "CRIT"];

/// The fields of such a line, or `None` if it is not one. The level is given in the spelling of the other formats.
pub(super) fn fields(raw: &str) -> Option<Vec<Field>> {
    let plain;
    let line = if raw.contains('\u{1b}') {
        plain = without_colours(raw);
        &plain
    } else {
        raw
    };
    let (level, rest) = line.split_at_checked(4)?;
    if !LEVELS.contains(&level) {
        return None;
    }
    let (time, rest) = rest.strip_prefix('[')?.split_once(']')?;
    let is_time = time.contains('|')
        && time
            .bytes()
            .all(|b| b.is_ascii_digit() || b"-|:".contains(&b));
    if !is_time {
        return None;
    }
    let keys = first_key(rest).unwrap_or(rest.len());
    let (message, pairs) = rest.split_at_checked(keys)?;
    let mut fields = vec![
        field("lvl", &level.to_ascii_lowercase()),
        field("t", time),
        field("msg", message.trim()),
    ];
    let rest = logfmt::fields(pairs);
    fields.extend(
        rest.iter()
            .map(|it| field(it.key.get(pairs), it.value.get(pairs))),
    );
    Some(fields)
}

/// Where the first `key=` begins.
fn first_key(text: &str) -> Option<usize> {
    text.match_indices('=').find_map(|(sign, _)| {
        let head = text.get(..sign)?;
        let start = head.rfind(' ')? + 1;
        let key = head.get(start..)?;
        let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        is_key.then_some(start)
    })
}

fn field(key: &str, value: &str) -> Field {
    Field {
        key: Text::Unescaped(key.into()),
        value: Text::Unescaped(value.into()),
    }
}

/// The line without the sequences `ESC [ … m`.
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find('m').map_or(0, |at| at + 1);
        let is_colour = part.starts_with('[');
        plain.push_str(if is_colour {
            part.get(end..).unwrap_or_default()
        } else {
            part
        });
    }
    plain
}
