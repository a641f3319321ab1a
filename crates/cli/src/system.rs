//! The one place where this machine's clock and random numbers come in.

use everruns_core::Timestamp;
use everruns_engine::Source;

/// The machine's clock and random source.
pub(crate) struct System;

impl Source for System {
    #[expect(clippy::disallowed_methods, reason = "this is where time is injected from")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp::from_micros(since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
    }

    #[expect(clippy::disallowed_methods, reason = "this is where randomness is injected from")]
    fn random(&self) -> u128 {
        uuid::Uuid::new_v4().as_u128()
    }

    #[expect(clippy::disallowed_methods, reason = "this is where randomness is injected from")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has random bytes");
    }
}
