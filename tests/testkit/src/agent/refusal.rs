//! What ngrok says when it refuses an agent or a tunnel. The messages end with their code, as the service's do.

/// The token of the documentation's examples is fine; one that begins so is refused with code 107,
/// and `refused-108-anything` with code 108.
const REFUSED: &str = "refused-";

/// Why a session with this token is refused, if it is.
pub(crate) fn of_token(token: Option<&str>, required: bool) -> Option<String> {
    let Some(token) = token.filter(|t| !t.is_empty()) else {
        return required.then(|| of_code("4018", ""));
    };
    if let Some(rest) = token.strip_prefix(REFUSED) {
        let code = rest.split('-').next().unwrap_or_default();
        let code = if code.parse::<u32>().is_ok() {
            code
        } else {
            "107"
        };
        return Some(of_code(code, token));
    }
    token
        .contains(char::is_whitespace)
        .then(|| of_code("105", token))
}

/// The service's message for a code; a text that is not a number is taken as it is.
pub(crate) fn of_code(code: &str, token: &str) -> String {
    let reason = match code {
        "105" => format!(
            "authentication failed: The authtoken you specified does not look like a proper ngrok authtoken.\nYour authtoken: {token}\nInstructions to install your authtoken are on your ngrok dashboard:\nhttps://dashboard.ngrok.com/get-started/your-authtoken"
        ),
        "107" => format!(
            "authentication failed: The authtoken you specified is properly formed, but it is invalid.\nYour authtoken: {token}\nThis usually happens when:\n    - You reset your authtoken\n    - Your authtoken was for a team account that you were removed from\n    - You are using ngrok link and this credential was explicitly revoked\n\nGo to https://dashboard.ngrok.com/get-started/your-authtoken and check that your authtoken is correct"
        ),
        "108" => "authentication failed: Your account is limited to 1 simultaneous ngrok agent sessions.\nYou can run multiple simultaneous tunnels from a single agent session by defining the tunnels in your agent configuration file and starting them with the command `ngrok start --all`.".to_owned(),
        "120" => "authentication failed: Your ngrok-agent version \"3.3.1\" is no longer supported. Update to a newer version with `ngrok update`, or sign up for an account: https://dashboard.ngrok.com/signup".to_owned(),
        "121" => "authentication failed: Your ngrok-agent version \"3.3.1\" is too old. The minimum supported agent version for your account is \"3.20.0\". Update to a newer version with `ngrok update`, by downloading from https://ngrok.com/download, or by updating your SDK version.".to_owned(),
        "313" => "failed to start tunnel: Only paid plans may bind custom subdomains.".to_owned(),
        "324" => "failed to start tunnel: Your account may not run more than 3 endpoints over a single ngrok agent session.".to_owned(),
        "334" => return online_already("https://example.ngrok.app"),
        "4018" => "authentication failed: Usage of ngrok requires a verified account and authtoken.\n\nSign up for an account: https://dashboard.ngrok.com/signup\nInstall your authtoken: https://dashboard.ngrok.com/get-started/your-authtoken".to_owned(),
        number if number.parse::<u32>().is_ok() => "refused, as the test ordered".to_owned(),
        text => return text.to_owned(),
    };
    with_code(&reason, code)
}

/// The refusal of a URL that is online already.
pub(crate) fn online_already(url: &str) -> String {
    let reason = format!(
        "failed to start tunnel: The endpoint '{url}' is already online. Either\n1. stop your existing endpoint first, or\n2. start both endpoints with `--pooling-enabled` to load balance between them."
    );
    with_code(&reason, "334")
}

/// The refusal of a pooled endpoint beside one of the same URL that is not.
pub(crate) fn not_pooled(url: &str) -> String {
    let reason = format!(
        "failed to start tunnel: The endpoint '{url}' is already online, and pooling is not enabled there. Start both endpoints with `--pooling-enabled`."
    );
    with_code(&reason, "18016")
}

/// The refusal of an option or of a traffic policy.
pub(crate) fn of_option(reason: &str, code: &str) -> String {
    with_code(&format!("failed to start tunnel: {reason}"), code)
}

fn with_code(reason: &str, code: &str) -> String {
    format!("{reason}\r\n\r\nERR_NGROK_{code}\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_how_it_is_refused() {
        let code = |token| {
            of_token(token, false).map(|t| t.trim_end().rsplit('_').next().unwrap().to_owned())
        };
        assert_eq!(code(Some("TESTTOKEN00000000000_EXAMPLEONLYNOTAREA")), None);
        assert_eq!(code(None), None);
        assert_eq!(code(Some("")), None);
        assert_eq!(code(Some("refused-abc")).as_deref(), Some("107"));
        assert_eq!(code(Some("refused-108-abc")).as_deref(), Some("108"));
        assert_eq!(code(Some("two words")).as_deref(), Some("105"));
        assert!(
            of_token(Some("refused-abc"), false)
                .unwrap()
                .contains("Your authtoken: refused-abc\n")
        );
        assert!(
            of_token(None, true)
                .unwrap()
                .ends_with("ERR_NGROK_4018\r\n")
        );
    }
}
