//! Names that nobody has used yet.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Random bits in the form of a version 4 UUID. The standard library seeds its hashers from the system's randomness,
/// which is plenty for a name and saves a dependency.
pub(crate) fn id() -> String {
    let bits = |n: u8| RandomState::new().hash_one(n);
    let (high, low) = (bits(0), bits(1));
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
    let (d, e) = (0x8000 | ((low >> 48) & 0x3fff), low & 0xffff_ffff_ffff);
    format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_have_the_form_of_a_uuid_and_differ() {
        let ids: std::collections::HashSet<String> = (0..1000).map(|_| super::id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
            assert_eq!(&id[14..15], "4");
        }
    }
}
