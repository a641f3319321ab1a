//! What is kept in memory so that it need not be read again.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use everruns_core::limits::{DEFINITIONS_BYTES_MAX, DEFINITIONS_MAX};

/// At most [`DEFINITIONS_MAX`] values of [`DEFINITIONS_BYTES_MAX`] together; beyond either the memory starts anew, since
/// all of it can be read again.
pub(crate) struct Remembered<K, V> {
    known: HashMap<K, (V, usize)>,
    bytes: usize,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self { known: HashMap::new(), bytes: 0 }
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.known.get(key).map(|(value, _)| value.clone())
    }

    /// Remembers `value`, which takes about so many bytes.
    pub(crate) fn insert(&mut self, key: K, value: V, bytes: usize) {
        self.remove(&key);
        if self.known.len() >= DEFINITIONS_MAX || self.bytes + bytes > DEFINITIONS_BYTES_MAX {
            self.clear();
        }
        self.bytes += bytes;
        self.known.insert(key, (value, bytes));
    }

    pub(crate) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Some((_, bytes)) = self.known.remove(key) {
            self.bytes -= bytes;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.known.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inserts values of these sizes, each under the key beside it; which keys are known then.
    #[track_caller]
    fn check(inserted: &[(u8, usize)], known: &[u8]) {
        let mut memory = Remembered::default();
        for (key, bytes) in inserted {
            memory.insert(*key, *key, *bytes);
        }
        let all: Vec<u8> = (0..=u8::MAX).filter(|key| memory.get(key) == Some(*key)).collect();
        assert_eq!(all, known, "after {inserted:?}");
        let sum: usize = memory.known.values().map(|(_, bytes)| bytes).sum();
        assert_eq!(memory.bytes, sum, "after {inserted:?}");
    }

    #[test]
    fn starts_anew_beyond_its_bytes() {
        const HALF: usize = DEFINITIONS_BYTES_MAX / 2;
        check(&[(1, 10), (2, 20)], &[1, 2]);
        check(&[(1, HALF), (2, HALF)], &[1, 2]);
        check(&[(1, HALF), (2, HALF), (3, 1)], &[3]);
        check(&[(1, HALF), (2, HALF), (1, 10), (3, 10)], &[1, 2, 3]);
        check(&[(1, HALF), (1, HALF), (1, HALF)], &[1]);
    }
}
