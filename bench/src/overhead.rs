//! How long words were on their way through the server, and how much of that was the window they had to wait in.
//!
//! A server that shows each word by itself would write one commit for each. So it shows the first at once and from then
//! on what has come in a window, which grows from 20 ms to 100 ms. A window begins when what came before was written,
//! which nobody outside sees; here it begins when the server decided to write that, which the event tells. So what the
//! write takes counts as overhead, and the server is never excused for more than it meant to wait.

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
    /// Writes to the disk that it waited for: its own, and if it waited for the window the one before.
    pub(crate) commits: u32,
}

/// The ways of the words said at these times and shown in these groups. The last group is left out: it is shown when the
/// answer ends, whatever its window.
pub(crate) fn ways(said: &[Instant], groups: &[Shown]) -> Vec<Way> {
    let mut ways = Vec::with_capacity(said.len());
    let mut window = Duration::from_millis(DELTA_WINDOW_MILLIS_MIN);
    let mut open = None;
    let counted = groups.len().saturating_sub(1);
    for group in &groups[..counted] {
        for &said in &said[ways.len()..group.words.min(said.len())] {
            let waited = open.is_some_and(|open| said < open);
            let due = open.map_or(said, |open: Instant| open.max(said));
            ways.push(Way {
                said,
                whole: group.received.saturating_duration_since(said),
                beyond_window: group.received.saturating_duration_since(due),
                commits: if waited { 2 } else { 1 },
            });
        }
        open = Some(group.decided + window);
        window = (window * 3 / 2).min(Duration::from_millis(DELTA_WINDOW_MILLIS_MAX));
    }
    ways
}

impl Way {
    /// Beyond the window and the disk.
    pub(crate) fn overhead(&self, sync: Duration) -> Duration {
        self.beyond_window.saturating_sub(sync * self.commits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now;

    #[test]
    fn a_word_is_excused_for_the_window_alone() {
        let start = now();
        let at = |millis| start + Duration::from_millis(millis);
        let shown = |decided, received, words| Shown { decided: at(decided), received: at(received), words };
        // The first is shown at once, the second waits for a window of 20 ms, the third comes late enough.
        let groups = [shown(1, 3, 1), shown(23, 26, 2), shown(100, 102, 3), shown(103, 104, 4)];
        let ways = ways(&[at(0), at(10), at(99), at(102)], &groups);
        let found: Vec<(u128, u128, u32)> =
            ways.iter().map(|way| (way.whole.as_millis(), way.beyond_window.as_millis(), way.commits)).collect();
        assert_eq!(found, [(3, 3, 1), (16, 5, 2), (3, 3, 1)]);
        assert_eq!(ways[1].overhead(Duration::from_millis(1)), Duration::from_millis(3));
        assert_eq!(ways[1].overhead(Duration::from_millis(9)), Duration::ZERO);
    }
}
