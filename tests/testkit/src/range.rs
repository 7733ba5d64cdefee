//! The `Range` header, single ranges of bytes only.

use std::ops::Range;

/// What a `Range` header asks of `len` bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// No range, or a form that a server may ignore.
    Whole,
    /// A part: 206.
    Part(Range<u64>),
    /// A part that is not there: 416.
    Unsatisfiable,
}

pub(crate) fn parse(header: Option<&str>, len: u64) -> Asked {
    let Some((first, last)) = header
        .and_then(|h| h.trim().strip_prefix("bytes="))
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (number(first), number(last)) {
        (Some(first), _) if first >= len => Asked::Unsatisfiable,
        (Some(first), Some(last)) if last >= first => Asked::Part(first..(last + 1).min(len)),
        (Some(first), None) if last.trim().is_empty() => Asked::Part(first..len),
        (None, Some(0)) if first.trim().is_empty() => Asked::Unsatisfiable,
        (None, Some(suffix)) if first.trim().is_empty() => {
            Asked::Part(len.saturating_sub(suffix)..len)
        }
        _ => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_defines_them() {
        for (header, expected) in [
            (None, Asked::Whole),
            (Some("bytes=0-3"), Asked::Part(0..4)),
            (Some("bytes=4-"), Asked::Part(4..10)),
            (Some("bytes=-3"), Asked::Part(7..10)),
            (Some("bytes=-30"), Asked::Part(0..10)),
            (Some("bytes=8-99"), Asked::Part(8..10)),
            (Some("bytes=10-"), Asked::Unsatisfiable),
            (Some("bytes=-0"), Asked::Unsatisfiable),
            (Some("bytes=5-2"), Asked::Whole),
            (Some("bytes=0-1,4-5"), Asked::Whole),
            (Some("lines=1-2"), Asked::Whole),
            (Some("bytes=x-2"), Asked::Whole),
        ] {
            assert_eq!(parse(header, 10), expected, "{header:?}");
        }
    }
}
