//! Where time and randomness come from: one trait, so that tests and simulations decide both.

use everruns_core::Timestamp;
use uuid::Uuid;

/// A clock and a source of random bits.
pub trait Source: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;

    /// 128 random bits.
    fn random(&self) -> u128;

    /// Fills a buffer with random bits, for keys.
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(16) {
            chunk.copy_from_slice(&self.random().to_le_bytes()[..chunk.len()]);
        }
    }

    /// A new UUIDv7.
    fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millis()).unwrap_or(0);
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&self.random().to_le_bytes()[..10]);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}
