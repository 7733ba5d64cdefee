//! Text to tree.

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    /// `req.url.path`
    Name(String),
    Index(Box<Node>, Box<Node>),
    /// A function, with what stands before its dot as the first argument.
    Call(String, Vec<Node>),
    Not(Box<Node>),
    Two(&'static str, Box<Node>, Box<Node>),
}

/// How deep brackets may lie within each other.
const MAX_DEPTH: usize = 32;

/// How many operators, indices and calls an expression may have: each makes the tree deeper.
const MAX_PARTS: usize = 256;

/// Operators of two sides, the loosest first.
const OPERATORS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["==", "!=", "<=", ">=", "<", ">", "in"],
    &["+"],
];

pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser {
        text,
        rest: text,
        depth: 0,
        parts: 0,
    };
    let node = parser.binary(0)?;
    match parser.rest.trim_start() {
        "" => Ok(node),
        rest => Err(format!("unexpected `{rest}` in the expression `{text}`")),
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
    parts: usize,
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, what: &str) -> Result<T, String> {
        let at = match self.rest.trim_start() {
            "" => "its end".to_owned(),
            rest => format!("`{rest}`"),
        };
        Err(format!("{what} at {at} of the expression `{}`", self.text))
    }

    /// Takes a symbol if it comes next.
    fn take(&mut self, symbol: &str) -> bool {
        let Some(after) = self.rest.trim_start().strip_prefix(symbol) else {
            return false;
        };
        let is_word = symbol.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_word && after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = after;
        true
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.take(symbol) {
            Ok(())
        } else {
            self.fail(&format!("`{symbol}` is missing"))
        }
    }

    /// Counts a part that lies around what was read before it.
    fn part(&mut self) -> Result<(), String> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return self.fail("too many operators");
        }
        Ok(())
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail("too many brackets");
        }
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn binary(&mut self, level: usize) -> Result<Node, String> {
        let Some(operators) = OPERATORS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            self.part()?;
            let right = self.binary(level + 1)?;
            left = Node::Two(operator, left.into(), right.into());
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, String> {
        if self.take("!") {
            let node = self.nested(Self::unary)?;
            return Ok(Node::Not(node.into()));
        }
        let mut node = self.primary()?;
        loop {
            self.part()?;
            if self.take("[") {
                let index = self.nested(|parser| parser.binary(0))?;
                self.expect("]")?;
                node = Node::Index(node.into(), index.into());
            } else if self.take(".") {
                let name = self.word()?;
                node = match (self.take("("), node) {
                    (true, node) => {
                        let mut arguments = vec![node];
                        arguments.extend(self.list(")")?);
                        Node::Call(name.to_owned(), arguments)
                    }
                    (false, Node::Name(before)) => Node::Name(format!("{before}.{name}")),
                    (false, node) => Node::Index(node.into(), Node::Text(name.to_owned()).into()),
                };
            } else {
                return Ok(node);
            }
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Node>, String> {
        let mut items = Vec::new();
        while !self.take(end) {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(self.nested(|parser| parser.binary(0))?);
        }
        Ok(items)
    }

    fn primary(&mut self) -> Result<Node, String> {
        if self.take("(") {
            let node = self.nested(|parser| parser.binary(0))?;
            self.expect(")")?;
            return Ok(node);
        }
        if self.take("[") {
            return self.list("]").map(Node::List);
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.string(quote).map(Node::Text),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            _ => {
                let word = self.word()?;
                Ok(match word {
                    "true" => Node::Bool(true),
                    "false" => Node::Bool(false),
                    name if self.take("(") => Node::Call(name.to_owned(), self.list(")")?),
                    name => Node::Name(name.to_owned()),
                })
            }
        }
    }

    fn word(&mut self) -> Result<&'a str, String> {
        let text = self.rest.trim_start();
        let end = text
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(text.len());
        let (word, after) = text.split_at(end);
        if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
            return self.fail("a name or a value is missing");
        }
        self.rest = after;
        Ok(word)
    }

    fn number(&mut self) -> Result<Node, String> {
        let digits = self.rest.get(1..).unwrap_or_default();
        let end = digits
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map_or(self.rest.len(), |at| at + 1);
        let (number, after) = self.rest.split_at(end);
        match number.parse() {
            Ok(value) => {
                self.rest = after;
                Ok(Node::Number(value))
            }
            Err(_) => self.fail("a number is malformed"),
        }
    }

    fn string(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, c @ ('\\' | '"' | '\'' | '/'))) => text.push(c),
                    // A regular expression is easier to write so.
                    Some((_, c)) => text.extend(['\\', c]),
                    None => break,
                },
                c if c == quote => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        self.fail("a string does not end")
    }
}
