//! Cuts a stream of bytes into lines of bounded length.

/// Longer lines lose their end.
pub(crate) const MAX_LINE: usize = 1024 * 1024;

/// Collects chunks and hands out whole lines.
#[derive(Debug, Default)]
pub(crate) struct LineSplitter {
    line: Vec<u8>,
    truncated: bool,
    /// The rest of the line that began while nobody wanted lines is not wanted either.
    skipping: bool,
}

impl LineSplitter {
    /// Takes a chunk in and calls `sink` with each line that is now complete, and whether its end was cut off.
    pub(crate) fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(&[u8], bool)) {
        for part in chunk.split_inclusive(|b| *b == b'\n') {
            let (text, is_whole) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            if !self.skipping {
                if is_whole && self.line.is_empty() && text.len() <= MAX_LINE {
                    // The usual case: the line lies within one chunk and need not be collected.
                    sink(without_return(text), self.truncated);
                    self.truncated = false;
                    continue;
                }
                let room = MAX_LINE - self.line.len();
                self.truncated |= text.len() > room;
                self.line
                    .extend_from_slice(text.get(..room).unwrap_or(text));
            }
            if is_whole {
                self.flush(sink);
                self.skipping = false;
            }
        }
    }

    /// Forgets the line begun, and the rest of the one that this chunk ends in.
    pub(crate) fn skip(&mut self, chunk: &[u8]) {
        self.line = Vec::new();
        self.truncated = false;
        self.skipping = chunk.last().is_some_and(|b| *b != b'\n');
    }

    /// The stream has ended: a last line without a line end is a line too.
    pub(crate) fn finish(mut self, sink: &mut impl FnMut(&[u8], bool)) {
        if !self.line.is_empty() {
            self.flush(sink);
        }
    }

    fn flush(&mut self, sink: &mut impl FnMut(&[u8], bool)) {
        if !self.skipping {
            sink(without_return(&self.line), self.truncated);
        }
        self.line.clear();
        // One huge line must not hold its memory for ever.
        self.line.shrink_to(64 * 1024);
        self.truncated = false;
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(chunks: &[&[u8]]) -> Vec<(String, bool)> {
        let mut lines = Vec::new();
        let mut sink =
            |line: &[u8], cut| lines.push((String::from_utf8_lossy(line).into_owned(), cut));
        let mut splitter = LineSplitter::default();
        for chunk in chunks {
            splitter.feed(chunk, &mut sink);
        }
        splitter.finish(&mut sink);
        lines
    }

    #[test]
    fn lines_of_all_kinds() {
        for (chunks, expected) in [
            (vec![&b""[..]], vec![]),
            (vec![b"a\nb\r\nc"], vec!["a", "b", "c"]),
            (vec![b"a", b"b\n", b"\n", b"c\n"], vec!["ab", "", "c"]),
            (vec![b"bad \xff byte\n"], vec!["bad \u{fffd} byte"]),
        ] {
            let lines: Vec<String> = split(&chunks).into_iter().map(|(line, _)| line).collect();
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn a_line_over_the_limit_is_cut_and_marked_and_the_next_one_is_whole() {
        let long = vec![b'x'; MAX_LINE + 5];
        let lines = split(&[&long, b"tail\nnext\n"]);
        assert_eq!(lines[0].0.len(), MAX_LINE);
        assert!(lines[0].1);
        assert_eq!(lines[1], ("next".to_owned(), false));
        let just_fits = vec![b'x'; MAX_LINE];
        assert!(!split(&[&just_fits, b"\n"])[0].1);
    }

    #[test]
    fn after_a_pause_the_rest_of_the_line_that_was_missed_is_skipped() {
        let mut lines = Vec::new();
        let mut sink = |line: &[u8], _| lines.push(String::from_utf8_lossy(line).into_owned());
        let mut splitter = LineSplitter::default();
        splitter.feed(b"one\ntw", &mut sink);
        splitter.skip(b"o\nthr");
        splitter.feed(b"ee\nfour\n", &mut sink);
        splitter.skip(b"five\n");
        splitter.feed(b"six\n", &mut sink);
        assert_eq!(lines, ["one", "four", "six"]);
    }

    proptest! {
        #[test]
        fn chunk_borders_do_not_matter(text in "[ab\n]{0,40}", borders in proptest::collection::vec(0usize..40, 0..4)) {
            let bytes = text.as_bytes();
            let mut borders: Vec<usize> = borders.into_iter().map(|b| b.min(bytes.len())).collect();
            borders.extend([0, bytes.len()]);
            borders.sort_unstable();
            let chunks: Vec<&[u8]> = borders.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(split(&chunks), split(&[bytes]));
        }
    }
}
