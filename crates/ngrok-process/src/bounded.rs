//! A queue that drops its oldest items once it holds too many of them, or too much.

use std::collections::VecDeque;

/// All items of one queue together weigh no more than this many bytes, however few they are.
const MAX_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Bounded<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    max_items: usize,
}

impl<T> Bounded<T> {
    pub(crate) const fn new(max_items: usize) -> Self {
        Self {
            items: VecDeque::new(),
            bytes: 0,
            max_items,
        }
    }

    /// Appends an item of this many bytes and tells how many were dropped for it, itself maybe among them.
    pub(crate) fn push(&mut self, item: T, bytes: usize) -> u64 {
        self.items.push_back((item, bytes));
        self.bytes += bytes;
        let mut dropped = 0;
        while self.items.len() > self.max_items || (self.bytes > MAX_BYTES && self.items.len() > 1)
        {
            self.pop();
            dropped += 1;
        }
        dropped
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let (item, bytes) = self.items.pop_front()?;
        self.bytes -= bytes;
        Some(item)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(item, _)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_by_number_and_by_weight() {
        let mut queue = Bounded::new(3);
        let dropped: Vec<u64> = (0..5).map(|n| queue.push(n, 1)).collect();
        assert_eq!(dropped, [0, 0, 0, 1, 1]);
        assert_eq!(queue.iter().copied().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(queue.push(5, MAX_BYTES), 3, "the heavy one stays alone");
        assert_eq!(queue.pop(), Some(5));
        assert_eq!(queue.bytes, 0);
        assert_eq!(
            Bounded::new(0).push(1, 1),
            1,
            "a queue for nothing keeps nothing"
        );
    }
}
