//! Which names say that their value is a secret.

/// Names that hold one of these name a secret. Lower case; `-` counts as `_`.
const PARTS: [&str; 16] = [
    "token",
    "secret",
    "passw",
    "passphrase",
    "credential",
    "authorization",
    "api_key",
    "apikey",
    "private_key",
    "privatekey",
    "access_key",
    "basic_auth",
    "cookie",
    "jwt",
    "server_key",
    "signing_key",
];

/// Names with one of these words between `_` name a secret.
const WORDS: [&str; 3] = ["pass", "pwd", "pw"];

/// Names that would name a secret by the rules above, but count or describe something.
const HARMLESS: [&str; 2] = ["max_tokens", "token_type"];

/// Longer names are no names.
const LONGEST: usize = 64;

/// Returns whether the value under this name is a secret: a key of a file, a header, a variable, a query parameter, a flag.
/// Case is ignored, and `-` counts as `_`.
///
/// `key` alone is not, since it names a file in most places; a private key is known by its shape.
///
/// ```
/// use ngrok_core::mask::is_secret_name;
///
/// for name in ["authtoken", "X-Api-Key", "client_secret", "Set-Cookie", "NGROK_API_KEY", "Cf-Access-Jwt-Assertion"] {
///     assert!(is_secret_name(name), "{name}");
/// }
/// for name in ["proto", "addr", "proxy_proto", "name", "host_header"] {
///     assert!(!is_secret_name(name), "{name}");
/// }
/// ```
pub fn is_secret_name(name: &str) -> bool {
    if name.len() < 2 || name.len() > LONGEST {
        return false;
    }
    let mut buffer = [0; LONGEST];
    let plain = buffer.get_mut(..name.len()).unwrap_or_default();
    for (to, from) in plain.iter_mut().zip(name.bytes()) {
        *to = match from {
            b'-' | b'.' | b' ' => b'_',
            other => other.to_ascii_lowercase(),
        };
    }
    let plain = str::from_utf8(plain).unwrap_or_default();
    if HARMLESS.contains(&plain) {
        return false;
    }
    plain == "auth"
        || PARTS.iter().any(|part| plain.contains(part))
        || plain.split('_').any(|word| WORDS.contains(&word))
}

/// Returns whether the value under this name is the address of a proxy, which may hold a password: `http_proxy`, `proxy_url`.
pub fn is_proxy_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    name.ends_with("_proxy") || name.ends_with("proxy_url")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_in_all_their_spellings() {
        for name in [
            "authtoken",
            "auth_token",
            "auth",
            "AUTHTOKEN",
            "NGROK_AUTHTOKEN",
            "api_key",
            "api-key",
            "apikey",
            "X-API-Key",
            "NGROK_API_KEY",
            "Authorization",
            "Proxy-Authorization",
            "X-Authorization",
            "x-jwt",
            "cf-access-jwt-assertion",
            "Cookie",
            "set-cookie",
            "basic_auth",
            "basic-auth",
            "client_secret",
            "oauth_client_secret",
            "credentials",
            "server_private_key",
            "server_key",
            "password",
            "passwd",
            "passphrase",
            "db_pw",
            "db-pass",
            "X-Gitlab-Token",
            "x-vault-token",
            "aws_secret_access_key",
            "access_token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "",
            "a",
            "addr",
            "host_header",
            "proxy_proto",
            "http_proxy",
            "proxy_url",
            "key",
            "monkey",
            "crt",
            "msg",
            "lvl",
            "obj",
            "compass",
            "oauth",
            "author",
            "id",
            "x-request-id",
            "max_tokens",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
        assert!(!is_secret_name(&"token".repeat(100)));
    }
}
