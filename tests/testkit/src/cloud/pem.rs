//! PEM files: blocks of base64 with a label.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One block of a PEM file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// `CERTIFICATE`, `PRIVATE KEY`, ….
    pub(super) label: String,
    /// Whether lines such as `Proc-Type: 4,ENCRYPTED` precede the base64.
    pub(super) headers: bool,
    pub(super) der: Vec<u8>,
}

/// The blocks of a text; what is not in a block, and blocks that are not base64, are left out.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let label = line
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.strip_suffix("-----"));
        let Some(label) = label else { continue };
        let end = format!("-----END {label}-----");
        let (mut headers, mut encoded, mut closed) = (false, String::new(), false);
        for line in lines.by_ref() {
            if line == end {
                closed = true;
                break;
            }
            if line.contains(':') {
                headers = true;
            } else {
                encoded.push_str(line);
            }
        }
        if let (true, Ok(der)) = (closed, STANDARD.decode(encoded)) {
            blocks.push(Block {
                label: label.to_owned(),
                headers,
                der,
            });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_among_other_lines() {
        let text = "Bag\n-----BEGIN A B-----\nProc-Type: 4,ENCRYPTED\n\nAQI=\n-----END A B-----\n-----BEGIN C-----\n!\n-----END C-----\n-----BEGIN D-----\nAQI=";
        let block = Block {
            label: "A B".into(),
            headers: true,
            der: vec![1, 2],
        };
        assert_eq!(blocks(text), [block]);
    }
}
