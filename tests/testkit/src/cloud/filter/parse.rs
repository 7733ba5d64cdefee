//! From the words of a filter to an expression whose parts fit together.

use serde_json::Value;

use super::lex::{Token, tokens};
use super::{Comparison, Expr, GENERATED, Scope, TextTest, Type};

/// How deep parentheses and negations may go.
const DEEPEST: usize = 50;

pub(super) fn parse(text: &str, scope: &Scope<'_>) -> Result<Expr, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        scope,
        depth: 0,
    };
    let expr = parser.any()?;
    if let Some(token) = parser.tokens.first() {
        return Err(unexpected(token));
    }
    boolean(&expr)?;
    Ok(expr)
}

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    scope: &'a Scope<'a>,
    depth: usize,
}

pub(super) fn unexpected(token: &Token) -> String {
    match token {
        Token::Sign("+" | "-" | "*" | "/" | "%") => "arithmetic is not supported.".to_owned(),
        Token::Sign("?" | ":") => "the ternary operator is not supported.".to_owned(),
        Token::Sign("[") => "index access is not supported.".to_owned(),
        Token::Sign(sign) => format!("unexpected '{sign}'."),
        Token::Name(name) => format!("unexpected '{name}'."),
        Token::Text(text) => format!("unexpected \"{text}\"."),
        Token::Number(number) => format!("unexpected {number}."),
    }
}

/// Whether an expression is true or false, and what else it is.
fn boolean(expr: &Expr) -> Result<(), String> {
    let is = match expr {
        Expr::Field(field) => field.kind == Type::Bool,
        Expr::Literal(value) => value.is_boolean(),
        Expr::Time(_) | Expr::Size(_) => false,
        _ => true,
    };
    if is {
        Ok(())
    } else {
        Err("the expression is neither true nor false.".to_owned())
    }
}

pub(super) fn kind(expr: &Expr) -> Type {
    match expr {
        Expr::Field(field) => field.kind,
        Expr::Literal(Value::String(_)) => Type::Text,
        Expr::Literal(Value::Number(_)) | Expr::Size(_) => Type::Number,
        Expr::Literal(Value::Null) => Type::Null,
        Expr::Literal(Value::Array(_)) => Type::List,
        Expr::Time(_) => Type::Time,
        _ => Type::Bool,
    }
}

impl Parser<'_> {
    pub(super) fn next(&mut self) -> Result<&Token, String> {
        let (first, rest) = self
            .tokens
            .split_first()
            .ok_or("the expression ends too early.")?;
        self.tokens = rest;
        Ok(first)
    }

    pub(super) fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.first(), Some(Token::Sign(s)) if *s == sign);
        if found {
            self.tokens = self.tokens.get(1..).unwrap_or_default();
        }
        found
    }

    pub(super) fn needs(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) {
            return Ok(());
        }
        match self.tokens.first() {
            Some(token) => Err(unexpected(token)),
            None => Err(format!("'{sign}' is missing at the end.")),
        }
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if self.depth >= DEEPEST {
            return Err("the expression is nested too deeply.".to_owned());
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn any(&mut self) -> Result<Expr, String> {
        let mut left = self.all()?;
        while self.takes("||") {
            boolean(&left)?;
            let right = self.all()?;
            boolean(&right)?;
            left = Expr::Or(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Expr, String> {
        let mut left = self.comparison()?;
        while self.takes("&&") {
            boolean(&left)?;
            let right = self.comparison()?;
            boolean(&right)?;
            left = Expr::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let left = self.unary()?;
        if matches!(self.tokens.first(), Some(Token::Name(name)) if name == "in") {
            self.next()?;
            let right = self.unary()?;
            return membership(left, right);
        }
        for (sign, comparison) in [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.takes(sign) {
                let right = self.unary()?;
                comparable(comparison, kind(&left), kind(&right))?;
                return Ok(Expr::Compare(comparison, Box::new(left), Box::new(right)));
            }
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.takes("!") {
            let inner = self.deeper(Self::unary)?;
            boolean(&inner)?;
            return Ok(Expr::Not(Box::new(inner)));
        }
        let minus = self.takes("-");
        if minus {
            return match self.next()? {
                Token::Number(number) => negative(number),
                other => Err(unexpected(other)),
            };
        }
        let value = self.value()?;
        match self.tokens.first() {
            Some(Token::Sign("[")) => Err("index access is not supported.".to_owned()),
            _ => Ok(value),
        }
    }

    fn value(&mut self) -> Result<Expr, String> {
        if self.takes("(") {
            let inner = self.deeper(Self::any)?;
            self.needs(")")?;
            return Ok(inner);
        }
        if self.takes("[") {
            return self.list();
        }
        match self.next()?.clone() {
            Token::Text(text) => Ok(Expr::Literal(text.into())),
            Token::Number(number) => Ok(Expr::Literal(number.into())),
            Token::Name(name) => self.named(&name),
            sign => Err(unexpected(&sign)),
        }
    }

    fn list(&mut self) -> Result<Expr, String> {
        let mut items = Vec::new();
        while !self.takes("]") {
            if !items.is_empty() {
                self.needs(",")?;
            }
            match self.unary()? {
                Expr::Literal(item) if !item.is_array() => items.push(item),
                _ => return Err("a list holds literals only.".to_owned()),
            }
        }
        Ok(Expr::Literal(items.into()))
    }

    fn named(&mut self, name: &str) -> Result<Expr, String> {
        match name {
            "true" => Ok(Expr::Literal(true.into())),
            "false" => Ok(Expr::Literal(false.into())),
            "null" => Ok(Expr::Literal(Value::Null)),
            "obj" => self.field(),
            "size" => {
                self.needs("(")?;
                let inner = self.deeper(Self::any)?;
                self.needs(")")?;
                size(inner)
            }
            "timestamp" => self.timestamp(),
            other => Err(format!("'{other}' is not supported.")),
        }
    }

    pub(super) fn word(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Name(name) => Ok(name.clone()),
            other => Err(unexpected(other)),
        }
    }

    /// What follows `obj`: a field, and a function of it.
    pub(super) fn field(&mut self) -> Result<Expr, String> {
        let mut path = Vec::new();
        while self.takes(".") {
            let name = self.word()?;
            if !self.takes("(") {
                path.push(name);
                continue;
            }
            let field = self.scope.field(&path)?;
            if name == "size" {
                self.needs(")")?;
                return size(Expr::Field(field));
            }
            let test = match name.as_str() {
                "startsWith" => TextTest::StartsWith,
                "contains" => TextTest::Contains,
                "endsWith" => TextTest::EndsWith,
                other => return Err(format!("the function {other}() is not supported.")),
            };
            if !self.scope.text_tests {
                return Err(format!("the function {name}() is not supported."));
            }
            let whole = path.join(".");
            if GENERATED.contains(&whole.as_str()) {
                return Err(format!(
                    "{name}() is not allowed on obj.{whole}, whose values are generated; compare it with ==."
                ));
            }
            if field.kind != Type::Text {
                return Err(format!(
                    "{name}() needs a string, which obj.{whole} is not."
                ));
            }
            let Token::Text(wanted) = self.next()?.clone() else {
                return Err(format!("{name}() needs a string."));
            };
            self.needs(")")?;
            return Ok(Expr::Text(test, field, wanted));
        }
        if matches!(self.tokens.first(), Some(Token::Sign("["))) {
            return Err("index access is not supported.".to_owned());
        }
        if path.is_empty() {
            return Err("obj is an object; name one of its fields.".to_owned());
        }
        self.scope.field(&path).map(Expr::Field)
    }
}

fn negative(number: &serde_json::Number) -> Result<Expr, String> {
    let text = format!("-{number}");
    let number: serde_json::Number = text
        .parse()
        .map_err(|_| format!("'{text}' is not a number."))?;
    Ok(Expr::Literal(number.into()))
}

fn size(of: Expr) -> Result<Expr, String> {
    match kind(&of) {
        Type::Text | Type::List => Ok(Expr::Size(Box::new(of))),
        _ => Err("size() needs a string or a list.".to_owned()),
    }
}

fn membership(left: Expr, right: Expr) -> Result<Expr, String> {
    if kind(&right) != Type::List {
        return Err("`in` needs a list on its right.".to_owned());
    }
    if kind(&left) == Type::List {
        return Err("`in` needs a single value on its left.".to_owned());
    }
    Ok(Expr::In(Box::new(left), Box::new(right)))
}

/// Whether two kinds of values can be compared so.
fn comparable(comparison: Comparison, left: Type, right: Type) -> Result<(), String> {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let fits = match (left, right) {
        (Type::Null, _) | (_, Type::Null) => equality,
        // An empty ACL is compared with "" in the documentation; `binding` is a list that is shown as one value.
        (Type::List, Type::Text) | (Type::Text, Type::List) => equality,
        (Type::Time, Type::Text) | (Type::Text, Type::Time) => true,
        (Type::Bool | Type::List, other) => equality && other == left,
        (one, other) => one == other,
    };
    if fits {
        Ok(())
    } else {
        Err("the two sides of a comparison do not fit together.".to_owned())
    }
}
