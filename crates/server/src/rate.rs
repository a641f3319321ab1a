//! How fast each key may ask: the generic cell rate algorithm, with the time that is handed in.
//!
//! A key owes a little time for each request and may owe up to a minute; the state of a key is one number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use everruns_core::Timestamp;
use everruns_core::limits::RATE_KEYS_MAX;

/// A key may spend its whole minute at once.
const BURST_MICROS: i64 = 60_000_000;

/// The rates of all keys.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    /// Until when a key has spent its time.
    spent: Mutex<HashMap<u128, i64>>,
}

impl Rate {
    /// Takes one request of `per_minute` for `who`; if there is none left, the seconds after which there is one.
    pub(crate) fn take(&self, who: u128, per_minute: u32, now: Timestamp) -> Result<(), u32> {
        let (now, cost) = (now.as_micros(), BURST_MICROS / i64::from(per_minute.max(1)));
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= RATE_KEYS_MAX && !spent.contains_key(&who) {
            // Who owes nothing any more is as good as unknown.
            spent.retain(|_, until| *until > now);
            if spent.len() >= RATE_KEYS_MAX {
                spent.clear();
            }
        }
        let until = spent.entry(who).or_insert(now);
        // A clock that was set back must lock nobody out for longer than a minute.
        *until = (*until).clamp(now, now.saturating_add(BURST_MICROS));
        let next = until.saturating_add(cost);
        let excess = next - now - BURST_MICROS;
        if excess > 0 {
            return Err(u32::try_from(excess.div_euclid(1_000_000) + 1).unwrap_or(60));
        }
        *until = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(1_776_506_400_000_000 + millis * 1_000)
    }

    #[test]
    fn a_minutes_worth_at_once_and_then_one_after_the_other() {
        let rate = Rate::default();
        for _ in 0..120 {
            assert_eq!(rate.take(1, 120, at(0)), Ok(()));
        }
        assert_eq!(rate.take(1, 120, at(0)), Err(1));
        assert_eq!(rate.take(2, 120, at(0)), Ok(()), "each for itself");
        assert_eq!(rate.take(1, 120, at(499)), Err(1), "what is refused costs nothing");
        assert_eq!(rate.take(1, 120, at(500)), Ok(()));
        assert_eq!(rate.take(1, 120, at(600)), Err(1));
        for _ in 0..120 {
            assert_eq!(rate.take(1, 120, at(60_500)), Ok(()));
        }
        assert_eq!(rate.take(1, 120, at(60_500)), Err(1));
        // The clock is set back by a day: nobody is locked out for more than a minute.
        assert_eq!(rate.take(1, 120, at(-86_400_000)), Err(1));
        assert_eq!(rate.take(1, 120, at(-86_400_000 + 1_000)), Ok(()));
    }

    #[test]
    fn a_slow_rate_tells_how_long_to_wait() {
        let rate = Rate::default();
        assert_eq!(rate.take(1, 1, at(0)), Ok(()));
        assert_eq!(rate.take(1, 1, at(10_000)), Err(51));
        assert_eq!(rate.take(1, 1, at(60_000)), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded() {
        let rate = Rate::default();
        for who in 0..RATE_KEYS_MAX as u128 + 10 {
            assert_eq!(rate.take(who, 10, at(0)), Ok(()));
        }
        assert!(rate.spent.lock().unwrap().len() <= RATE_KEYS_MAX);
    }
}
