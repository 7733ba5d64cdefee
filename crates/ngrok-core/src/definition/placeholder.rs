//! Values that wait to be replaced by another program: agents expand nothing.

/// Returns whether a text holds something that was meant to be replaced before the agent reads it: `${NAME}`, `$NAME` or
/// `%NAME%` alone, `<placeholder>`, `{{ template }}`.
///
/// ngrok's own variables are none: they are lower case and have dots, as in `${.oauth.user.email}` or `${conn.client_ip}`.
///
/// ```
/// use ngrok_core::definition::is_placeholder;
///
/// for text in ["${NGROK_AUTHTOKEN}", "proxy:${PORT:-80}", "$TOKEN", "<YOUR DOMAIN>", "{{ .Values.token }}", "%TOKEN%"] {
///     assert!(is_placeholder(text), "{text}");
/// }
/// for text in ["a$b", "user:pa$$word", "${.oauth.user.email}", "${conn.client_ip}", "a < b > c", "{a}", "100%"] {
///     assert!(!is_placeholder(text), "{text}");
/// }
/// ```
pub fn is_placeholder(text: &str) -> bool {
    let trimmed = text.trim();
    has_shell_variable(text)
        || trimmed
            .strip_prefix('$')
            .is_some_and(|name| is_constant(name) && name.len() > 1)
        || enclosed(trimmed, '%', '%').is_some_and(is_constant)
        || has_angle_brackets(text)
        || has_template(text)
}

/// `${NAME}`, `${NAME:-default}`.
fn has_shell_variable(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| {
        let Some((inside, _)) = rest.split_once('}') else {
            return false;
        };
        let name = inside
            .split([':', '-', '?', '+', '='])
            .next()
            .unwrap_or_default();
        is_name(name)
    })
}

/// `<ADDR>`, `<your domain>`: what HTML and comparisons hold has another look.
fn has_angle_brackets(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        rest.split_once('>').is_some_and(|(inside, _)| {
            let word = |c: char| c.is_alphanumeric() || "_- ./'".contains(c);
            inside.starts_with(char::is_alphabetic)
                && inside.ends_with(char::is_alphanumeric)
                && inside.chars().all(word)
        })
    })
}

/// `{{ … }}` of Jinja, Helm, Go.
fn has_template(text: &str) -> bool {
    text.split_once("{{")
        .is_some_and(|(_, rest)| rest.contains("}}"))
}

fn enclosed(text: &str, before: char, behind: char) -> Option<&str> {
    text.strip_prefix(before)?.strip_suffix(behind)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A name in capitals, as variables of the environment have it.
fn is_constant(text: &str) -> bool {
    is_name(text) && !text.contains(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn what_waits_to_be_replaced_is_told_from_what_is_meant() {
        for text in [
            "${A}",
            "x${a_b}y",
            "${A:?must be set}",
            "$NGROK_DOMAIN",
            " $AB ",
            "%NGROK_TOKEN%",
            "<ADDR>",
            "<port/addr here>",
            "https://<your-domain>.example.com",
            "{{token}}",
            "a-{{- .x -}}-b",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "",
            "$",
            "$a",
            "${",
            "${}",
            "${1}",
            "%",
            "%%",
            "<>",
            "<1>",
            "</a>",
            "< a >",
            "a<b",
            "}}{{",
            "{{",
            "user:se<cret",
            "${req.headers['x'][0]}",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
