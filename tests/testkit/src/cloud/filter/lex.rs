//! The words of a filter.

use serde_json::Number;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, with the dots in it taken apart later.
    Name(String),
    Text(String),
    Number(Number),
    /// An operator or a bracket.
    Sign(&'static str),
}

/// Longer signs come before shorter ones that they begin with.
const SIGNS: [&str; 24] = [
    "&&", "||", "<=", ">=", "==", "!=", "<", ">", "!", "(", ")", "[", "]", ",", ".", "+", "-", "*",
    "/", "%", "?", ":", "{", "}",
];

/// The longest filter that is read; ngrok announces a limit and does not state it.
const LONGEST: usize = 16 * 1024;

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    if text.len() > LONGEST {
        return Err(format!("the expression is longer than {LONGEST} bytes."));
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first.is_ascii_alphabetic() || first == '_' {
            let name: String = taken(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            let length = name.len();
            (Token::Name(name), length)
        } else if first.is_ascii_digit() {
            let digits = taken(rest, |c| c.is_ascii_alphanumeric() || c == '.');
            let number = digits
                .parse()
                .map_err(|_| format!("'{digits}' is not a number."))?;
            (Token::Number(number), digits.len())
        } else if first == '"' || first == '\'' {
            string(rest, first)?
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("unexpected character '{first}'."))?;
            (Token::Sign(sign), sign.len())
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or("").trim_start();
    }
    Ok(tokens)
}

fn taken(text: &str, fits: impl Fn(char) -> bool) -> String {
    text.chars().take_while(|c| fits(*c)).collect()
}

/// A text in quotes, and how many bytes it takes with them.
fn string(source: &str, quote: char) -> Result<(Token, usize), String> {
    let mut text = String::new();
    let mut chars = source.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((Token::Text(text), at + 1));
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        let (_, escaped) = chars.next().ok_or("a string ends in a backslash.")?;
        text.push(match escaped {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '\\' | '"' | '\'' | '`' | '?' => escaped,
            'x' => coded(&mut chars, 2)?,
            'u' => coded(&mut chars, 4)?,
            'U' => coded(&mut chars, 8)?,
            other => return Err(format!("unknown escape '\\{other}' in a string.")),
        });
    }
    Err("a string is not closed.".to_owned())
}

/// A character by its number in `digits` hexadecimal digits.
fn coded(chars: &mut impl Iterator<Item = (usize, char)>, digits: usize) -> Result<char, String> {
    let code: String = chars.take(digits).map(|(_, c)| c).collect();
    let number = u32::from_str_radix(&code, 16)
        .ok()
        .filter(|_| code.len() == digits);
    number
        .and_then(char::from_u32)
        .ok_or_else(|| format!("'{code}' is not the number of a character."))
}
