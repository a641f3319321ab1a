//! How long words were on their way through the server, and how much of that was the window they had to wait in.
//!
//! A server that shows each word by itself would write one commit for each. So it shows the first at once and from then
//! on what has come in a window, which grows from 20 ms to 100 ms and begins when it was decided to show what was there
//! before; the event tells when that was. No word is excused for more than one whole window: a server that lags behind
//! shows.

use std::time::{Duration, Instant};

use everruns_core::limits::{DELTA_WINDOW_MILLIS_MAX, DELTA_WINDOW_MILLIS_MIN};

/// What is shown together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    /// When the server decided to show it.
    pub(crate) decided: Instant,
    /// When the reader had it.
    pub(crate) received: Instant,
    /// Words so far.
    pub(crate) words: usize,
}

/// The way of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// When the provider said it.
    pub(crate) said: Instant,
    /// Until the reader had it.
    pub(crate) whole: Duration,
    /// The same without the window.
    pub(crate) beyond_window: Duration,
    /// Whether no window kept it.
    pub(crate) is_at_once: bool,
}

/// The ways of the words said at these times and shown in these groups. The last group is left out: it is shown when the
/// answer ends, whatever its window.
pub(crate) fn ways(said: &[Instant], groups: &[Shown]) -> Vec<Way> {
    let mut ways = Vec::with_capacity(said.len());
    let mut next = Duration::from_millis(DELTA_WINDOW_MILLIS_MIN);
    // When the window before a group ends, and how long it is.
    let mut window: Option<(Instant, Duration)> = None;
    let counted = groups.len().saturating_sub(1);
    for group in &groups[..counted] {
        for &said in &said[ways.len()..group.words.min(said.len())] {
            let excuse =
                window.map(|(end, length)| end.saturating_duration_since(said).min(length)).unwrap_or_default();
            let whole = group.received.saturating_duration_since(said);
            let beyond_window = whole.saturating_sub(excuse);
            ways.push(Way { said, whole, beyond_window, is_at_once: excuse.is_zero() });
        }
        window = Some((group.decided + next, next));
        next = (next * 3 / 2).min(Duration::from_millis(DELTA_WINDOW_MILLIS_MAX));
    }
    ways
}

impl Way {
    /// Beyond the window and the disk, to which its commit was written once.
    pub(crate) fn overhead(&self, sync: Duration) -> Duration {
        self.beyond_window.saturating_sub(sync)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now;

    #[test]
    fn who_lags_behind_is_not_excused() {
        let start = now();
        let at = |millis| start + Duration::from_millis(millis);
        let shown = |at_millis, words| Shown { decided: at(at_millis), received: at(at_millis), words };
        let groups = [shown(0, 1), shown(1_000, 2), shown(1_020, 3), shown(1_100, 4)];
        let found: Vec<u128> =
            ways(&[at(0), at(10), at(20), at(30)], &groups).iter().map(|way| way.beyond_window.as_millis()).collect();
        assert_eq!(found, [0, 980, 970]);
    }

    #[test]
    fn a_word_is_excused_for_the_window_alone() {
        let start = now();
        let at = |millis| start + Duration::from_millis(millis);
        let shown = |decided, received, words| Shown { decided: at(decided), received: at(received), words };
        // The first is shown at once, the second waits for a window of 20 ms, the third comes late enough.
        let groups = [shown(1, 3, 1), shown(23, 26, 2), shown(100, 102, 3), shown(103, 104, 4)];
        let ways = ways(&[at(0), at(10), at(99), at(102)], &groups);
        let found: Vec<(u128, u128, bool)> =
            ways.iter().map(|way| (way.whole.as_millis(), way.beyond_window.as_millis(), way.is_at_once)).collect();
        assert_eq!(found, [(3, 3, true), (16, 5, false), (3, 3, true)]);
        assert_eq!(ways[1].overhead(Duration::from_millis(1)), Duration::from_millis(4));
        assert_eq!(ways[1].overhead(Duration::from_millis(9)), Duration::ZERO);
    }
}
