//! The one clock.

use std::time::{Duration, Instant, SystemTime};

use everruns_core::Timestamp;

/// Now, on the clock that never goes back.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The machine's two clocks at one moment: translates the times of events, which the server takes from the wall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall {
    instant: Instant,
    micros: i64,
}

impl Wall {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    pub(crate) fn now() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { instant: now(), micros: i64::try_from(wall.as_micros()).unwrap_or_default() }
    }

    /// A time after this one on the other clock; an earlier one becomes this one.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        let micros = u64::try_from(at.as_micros() - self.micros).unwrap_or_default();
        self.instant + Duration::from_micros(micros)
    }
}
