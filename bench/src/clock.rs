//! The one clock.

use std::time::Instant;

/// Now, on the clock that never goes back.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
