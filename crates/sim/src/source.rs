//! Time and ids of a history: the paused clock on top of a base that crashes do not take back, and seeded bits.

use std::sync::{Mutex, PoisonError};

use everruns_core::Timestamp;
use everruns_engine::Source;
use tokio::time::Instant;

use crate::dice::Dice;

/// When every history begins: noon of 18 April 2026.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_micros(1_776_513_600_000_000);

#[derive(Debug)]
pub(crate) struct SimSource {
    base: Timestamp,
    since: Instant,
    dice: Mutex<Dice>,
}

impl SimSource {
    /// A clock that shows `base` now.
    pub(crate) fn new(base: Timestamp, dice: Dice) -> Self {
        Self { base, since: Instant::now(), dice: Mutex::new(dice) }
    }
}

impl Source for SimSource {
    fn now(&self) -> Timestamp {
        let passed = Instant::now().duration_since(self.since).as_micros();
        Timestamp::from_micros(self.base.as_micros() + passed as i64)
    }

    fn random(&self) -> u128 {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        u128::from(dice.next()) << 64 | u128::from(dice.next())
    }
}
