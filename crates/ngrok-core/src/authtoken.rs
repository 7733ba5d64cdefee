//! What cannot be an authtoken, known before ngrok's service has to refuse it.

use crate::ParseError;

/// Where authtokens are shown.
const PAGE: &str = "https://dashboard.ngrok.com/get-started/your-authtoken";

/// Words in capitals, and the like, that guides put in the place of an authtoken.
const PLACEHOLDERS: [&str; 12] = [
    "your_authtoken",
    "your_auth_token",
    "your-authtoken",
    "your-auth-token",
    "your_token",
    "your-token",
    "yourauthtoken",
    "your_ngrok_authtoken",
    "your_ngrok_auth_token",
    "ngrok_authtoken",
    "authtoken_here",
    "changeme",
];

/// Returns an error that says what the value looks like, if it cannot be an authtoken: a port, a placeholder, the id of a
/// key, a header's value, text in quotes. White space around it is ignored. The error never holds the value.
///
/// Whether ngrok accepts an authtoken is known to ngrok alone, so anything else passes.
///
/// # Errors
///
/// [`ParseError`], which says what to give in its place.
///
/// ```
/// use ngrok_core::check_authtoken;
///
/// assert!(check_authtoken("2abcDEF_3ghi").is_ok());
/// assert!(check_authtoken("8080").unwrap_err().to_string().contains("port"));
/// ```
pub fn check_authtoken(value: &str) -> Result<(), ParseError> {
    let value = value.trim();
    let Some(looks_like) = other_than_authtoken(value) else {
        return Ok(());
    };
    Err(ParseError::new(format!(
        "what is given as authtoken cannot be one: {looks_like}; copy the authtoken from {PAGE}"
    )))
}

fn other_than_authtoken(value: &str) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let starts = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    let enclosed = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    if value.is_empty() {
        return Some("it is empty");
    }
    if value.len() <= 5 && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some("it looks like a port");
    }
    if ['"', '\'', '`']
        .iter()
        .any(|quote| value.starts_with(*quote) || value.ends_with(*quote))
    {
        return Some("it is in quotes, which do not belong to it");
    }
    if starts(&["bearer ", "basic ", "authorization:"]) {
        return Some("it looks like the value of the header `Authorization`");
    }
    if starts(&["http://", "https://"]) {
        return Some("it is a URL");
    }
    if starts(&["ngrok ", "authtoken:", "authtoken=", "--authtoken"]) {
        return Some("it holds the command or key that sets an authtoken, not only its value");
    }
    let is_variable = enclosed('$', '}') || enclosed('%', '%') || value.starts_with('$');
    let is_bracketed = enclosed('<', '>') || enclosed('{', '}') || enclosed('[', ']');
    let is_dots = value
        .bytes()
        .all(|b| matches!(b, b'x' | b'X' | b'*' | b'.' | b'-' | b'_'));
    let is_placeholder = PLACEHOLDERS
        .iter()
        .any(|word| lower.trim_start_matches('$').starts_with(word));
    if is_variable || is_bracketed || is_dots || is_placeholder {
        return Some("it is a placeholder that was not replaced");
    }
    if starts(&["ak_", "cr_", "usr_", "ac_", "ep_", "rd_"]) {
        return Some("it looks like the id of a key or another object of the cloud API");
    }
    if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("it has white space or control characters in it");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_an_authtoken_is_named() {
        for (value, words) in [
            ("", "empty"),
            ("  ", "empty"),
            ("4040", "port"),
            ("80\n", "port"),
            ("65535", "port"),
            ("\"2abc_DEF\"", "quotes"),
            ("'2abc_DEF'", "quotes"),
            ("`2abc_DEF`", "quotes"),
            ("Bearer 2abc_DEF", "Authorization"),
            ("bearer 2abc_DEF", "Authorization"),
            ("Authorization: Bearer 2abc", "Authorization"),
            ("https://example.com/x1", "URL"),
            ("ngrok config add-authtoken 2abc", "command"),
            ("authtoken: 2abc", "command"),
            ("<your-token>", "placeholder"),
            ("YOUR_AUTHTOKEN", "placeholder"),
            ("$NGROK_AUTHTOKEN", "placeholder"),
            ("${NGROK_AUTHTOKEN}", "placeholder"),
            ("%NGROK_AUTHTOKEN%", "placeholder"),
            ("{{ token }}", "placeholder"),
            ("xxxxxxxx", "placeholder"),
            ("changeme", "placeholder"),
            ("ak_2abcDEF", "id"),
            ("cr_2abcDEF", "id"),
            ("2abc DEF", "white space"),
            ("2abc\nDEF", "white space"),
        ] {
            let error = check_authtoken(value).unwrap_err().to_string();
            assert!(error.contains(words), "{value:?}: {error}");
            assert!(
                value.trim().len() < 6 || !error.contains(value.trim()),
                "{error}"
            );
        }
        for value in [
            "2abcDEF_3ghi",
            " 2abcDEF_3ghi\r\n",
            "tok",
            "hunter22",
            "1234567",
            "x1",
        ] {
            check_authtoken(value).unwrap();
        }
    }
}
