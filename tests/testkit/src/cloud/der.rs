//! As much of DER as certificates and keys need.

/// A value in DER: its tag, its bytes, and the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) tag: u8,
    pub(super) value: &'a [u8],
    pub(super) whole: &'a [u8],
}

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads the first value and returns it with what follows.
pub(super) fn first(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = if short < 0x80 {
        (usize::from(short), rest)
    } else {
        let count = usize::from(short & 0x7f);
        let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        let length = digits.iter().fold(0_usize, |n, b| n << 8 | usize::from(*b));
        (length, rest.get(count..)?)
    };
    let value = rest.get(..length)?;
    let after = rest.get(length..)?;
    let whole = bytes.get(..bytes.len() - after.len())?;
    Some((Item { tag, value, whole }, after))
}

/// Reads all values that follow each other.
pub(super) fn all(mut bytes: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut items = Vec::new();
    while !bytes.is_empty() {
        let (item, rest) = first(bytes)?;
        items.push(item);
        bytes = rest;
    }
    Some(items)
}

impl<'a> Item<'a> {
    /// The values inside, if it is of that kind.
    pub(super) fn inside(&self, tag: u8) -> Option<Vec<Item<'a>>> {
        if self.tag == tag {
            all(self.value)
        } else {
            None
        }
    }

    /// The bytes, if it is of that kind.
    pub(super) fn is(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.value)
    }

    /// A text of any of the kinds that names have.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.value).into_owned()
    }

    /// A number without the zeros in front.
    pub(super) fn number(&self) -> Option<&'a [u8]> {
        let bytes = self.is(INTEGER)?;
        let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
        bytes.get(start..)
    }

    /// A time as RFC 3339 has it.
    pub(super) fn time(&self) -> Option<String> {
        let text = std::str::from_utf8(self.value).ok()?;
        let (year, rest) = match self.tag {
            UTC_TIME => {
                let year: u32 = text.get(..2)?.parse().ok()?;
                (
                    if year < 50 { 2000 + year } else { 1900 + year },
                    text.get(2..)?,
                )
            }
            GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
            _ => return None,
        };
        let part = |at: usize| {
            rest.get(at..at + 2)
                .filter(|p| p.bytes().all(|b| b.is_ascii_digit()))
        };
        let (month, day, hour) = (part(0)?, part(2)?, part(4)?);
        let (minute, second) = (part(6)?, part(8)?);
        (rest.get(10..) == Some("Z"))
            .then(|| format!("{year:04}-{month}-{day}T{hour}:{minute}:{second}Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_cut_ones_are_not() {
        let (item, rest) = first(&[0x02, 0x02, 0x00, 0x80, 0xff]).expect("a value");
        assert_eq!((item.number(), rest), (Some(&[0x80][..]), &[0xff][..]));
        let long = [&[0x04, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
        assert_eq!(first(&long).map(|(item, _)| item.value.len()), Some(256));
        for cut in [
            &[][..],
            &[0x30],
            &[0x30, 2, 0],
            &[0x30, 0x81],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x80],
        ] {
            assert_eq!(first(cut), None, "{cut:?}");
        }
        let time = Item {
            tag: UTC_TIME,
            value: b"261125174500Z",
            whole: b"",
        };
        assert_eq!(time.time().as_deref(), Some("2026-11-25T17:45:00Z"));
        let time = Item {
            tag: GENERALIZED_TIME,
            value: b"20510101000000Z",
            whole: b"",
        };
        assert_eq!(time.time().as_deref(), Some("2051-01-01T00:00:00Z"));
    }
}
