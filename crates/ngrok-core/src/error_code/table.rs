//! What is known about each error code, as data, in one file for each moment at which codes are met.
//!
//! Meanings and hints are ours; the numbers are those of <https://ngrok.com/docs/errors>.

mod api;
mod bind;
mod resource;
mod session;
mod traffic;

use super::{Echoed, ErrorClass};

/// What the files of rows are written with.
mod prelude {
    pub(super) use super::Retry::*;
    pub(super) use super::{Row, row};
    pub(super) use crate::error_code::Echoed::*;
    pub(super) use crate::error_code::ErrorClass::*;
}

/// Whether the same thing tried again can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// With nothing changed, after a while.
    Later,
    /// Only once a person has changed something outside the program.
    Never,
    /// Once the program itself has given something up, such as another endpoint.
    AfterChange,
}

pub(super) struct Row {
    pub(super) number: u32,
    pub(super) class: ErrorClass,
    pub(super) retry: Retry,
    pub(super) meaning: &'static str,
    pub(super) hint: &'static str,
    pub(super) echoes: &'static [Echoed],
}

impl Row {
    /// Notes that ngrok's message repeats these secrets.
    const fn echoing(self, echoes: &'static [Echoed]) -> Self {
        Self { echoes, ..self }
    }
}

const fn row(
    number: u32,
    class: ErrorClass,
    retry: Retry,
    meaning: &'static str,
    hint: &'static str,
) -> Row {
    Row {
        number,
        class,
        retry,
        meaning,
        hint,
        echoes: &[],
    }
}

/// The files of rows, each sorted by number.
pub(super) const FILES: [&[Row]; 5] = [
    session::ROWS,
    bind::ROWS,
    traffic::ROWS,
    api::ROWS,
    resource::ROWS,
];

pub(super) fn find(number: u32) -> Option<&'static Row> {
    FILES.into_iter().find_map(|rows| {
        let at = rows.binary_search_by_key(&number, |row| row.number).ok()?;
        rows.get(at)
    })
}
