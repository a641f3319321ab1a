//! Time and randomness that tests decide: a clock that ticks when it is read, and a counter for chance.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use everruns_core::Timestamp;
use everruns_engine::Source;

/// 2026-04-18T10:00:00Z.
const START_MICROS: i64 = 1_776_506_400_000_000;
const TICK_MICROS: i64 = 1_000;

/// A clock that goes on by a millisecond whenever somebody looks at it.
#[derive(Debug)]
pub(crate) struct Ticks {
    micros: AtomicI64,
    drawn: AtomicU64,
}

impl Ticks {
    pub(crate) fn new() -> Self {
        Self { micros: AtomicI64::new(START_MICROS), drawn: AtomicU64::new(0) }
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, seconds: i64) {
        self.micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Source for Ticks {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.fetch_add(TICK_MICROS, Ordering::SeqCst) + TICK_MICROS)
    }

    fn random(&self) -> u128 {
        let count = self.drawn.fetch_add(1, Ordering::SeqCst) + 1;
        let half = |salt: u64| {
            let mut z = count.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        u128::from(half(1)) << 64 | u128::from(half(2))
    }
}
