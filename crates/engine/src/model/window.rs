//! When readers are shown what a model says: the first words at once, what follows ever less often.

use std::time::Duration;

use everruns_core::limits::{DELTA_WINDOW_MILLIS_MAX, DELTA_WINDOW_MILLIS_MIN};
use tokio::time::Instant;

/// The time in which words are gathered.
pub(super) struct Window {
    length: Duration,
    /// What readers have not seen is shown from then on.
    pub(super) ends: Instant,
}

impl Window {
    /// One that is over already.
    pub(super) fn over(now: Instant) -> Self {
        Self { length: Duration::from_millis(DELTA_WINDOW_MILLIS_MIN), ends: now }
    }

    /// The next one, half as long again. It counts from when it was decided to show what was there, not from when that was
    /// written: sessions whose words one commit wrote would else be due together from then on. A database that is slow
    /// still gets half the window as a rest.
    pub(super) fn next(&mut self, decided: Instant, written: Instant) {
        self.ends = (decided + self.length).max(written + self.length / 2);
        self.length = (self.length * 3 / 2).min(Duration::from_millis(DELTA_WINDOW_MILLIS_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_widen_and_keep_their_beat() {
        let start = Instant::now();
        let check = |write: u64, expected: [u64; 6]| {
            let mut window = Window::over(start);
            let ends = expected.map(|_| {
                let decided = window.ends;
                window.next(decided, decided + Duration::from_millis(write));
                u64::try_from((window.ends - start).as_millis()).unwrap()
            });
            assert_eq!(ends, expected, "{write}");
        };
        check(0, [20, 50, 95, 162, 262, 362]);
        check(10, [20, 50, 95, 162, 262, 362]);
        // A slow write is not made up for.
        check(100, [110, 225, 347, 481, 631, 781]);
    }
}
