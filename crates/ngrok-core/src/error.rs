//! The one error of this crate: a value that cannot be read.

use std::fmt;

/// A string that is not what it should be: an address, a date, a version, a code.
///
/// `Display` names the value and says what is right. Crates that read such values wrap it into errors of their own.
#[derive(Clone, PartialEq, Eq)]
pub struct ParseError(Box<str>);

impl ParseError {
    /// Makes an error of a sentence that names the value and the way out.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into().into_boxed_str())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As `Display`: a program that returns the error from `main` prints what a person can read.
impl fmt::Debug for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

/// Writes an error for `Debug`: its sentence and those of its causes, one a line.
///
/// The crates' public errors implement `Debug` with it, so that `fn main() -> Result<(), Box<dyn Error>>` prints what a
/// person can read.
pub fn write_chain(error: &dyn std::error::Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, "\n  caused by: {error}")?;
        cause = error.source();
    }
    Ok(())
}

/// Writes an error of some kind for `Debug`: its chain, or with `{:#?}` its kind, its sentence and those of its causes by name.
pub fn write_debug(
    error: &dyn std::error::Error,
    kind: &dyn fmt::Debug,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if !f.alternate() {
        return write_chain(error, f);
    }
    let causes = std::iter::successors(error.source(), |error| error.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    f.debug_struct("Error")
        .field("kind", kind)
        .field("message", &error.to_string())
        .field("causes", &causes)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(ParseError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot start")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_chain_is_written_one_cause_a_line() {
        struct Shown(Outer);
        impl fmt::Debug for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_chain(&self.0, f)
            }
        }
        let shown = Shown(Outer(ParseError::new("no port")));
        assert_eq!(format!("{shown:?}"), "cannot start\n  caused by: no port");
    }

    #[test]
    fn the_parts_of_an_error_are_shown_by_name_if_asked_for() {
        struct Shown(Outer);
        impl fmt::Debug for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_debug(&self.0, &"Config", f)
            }
        }
        let shown = Shown(Outer(ParseError::new("no port")));
        assert_eq!(format!("{shown:?}"), "cannot start\n  caused by: no port");
        let parts = format!("{shown:#?}");
        for part in [
            "kind: \"Config\"",
            "message: \"cannot start\"",
            "\"no port\"",
        ] {
            assert!(parts.contains(part), "{parts}");
        }
    }
}
