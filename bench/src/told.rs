//! What became of the answers of many sessions that were told at the same time, as figures.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::clock::Wall;
use crate::deltas::Heard;
use crate::figure::Figure;
use crate::latency::Latencies;
use crate::overhead::{self, Shown, Way};
use crate::script::Script;

/// After so long a stream's window has grown to its full length, so that as much waits at one time as at another.
const SETTLED: Duration = Duration::from_millis(500);

/// What became of one session's answer.
pub(crate) struct Told {
    pub(crate) posted: Instant,
    pub(crate) heard: Heard,
    /// When the provider said each word.
    pub(crate) said: Vec<Instant>,
}

/// Words that did not arrive as they were said.
pub(crate) fn losses(told: &[Told], script: &Script) -> Vec<Figure> {
    let lost: usize = told.iter().map(|one| script.lost(&one.heard.text)).sum();
    let words: usize = told.iter().map(|one| one.said.len()).sum();
    vec![Figure::new("words", words as f64), Figure::new("words_lost", lost as f64)]
}

/// What words took, of all that were said while every stream spoke.
pub(crate) fn ways(told: &[Told], script: &Script, wall: &Wall, sync_ms: f64) -> anyhow::Result<Vec<Figure>> {
    let (from, until) = together(told)?;
    let of = |one: &Told| {
        let shown = one.heard.groups.iter().map(|group| Shown {
            decided: wall.instant(group.decided),
            received: group.received,
            words: script.words(group.end),
        });
        overhead::ways(&one.said, &shown.collect::<Vec<_>>())
    };
    let counted: Vec<Way> = told.iter().flat_map(of).filter(|way| (from..=until).contains(&way.said)).collect();
    ensure!(!counted.is_empty(), "the streams did not speak at the same time");
    let sync = Duration::from_secs_f64(sync_ms / 1_000.0);
    let at_once = counted.iter().filter(|way| way.is_at_once).count();
    let mut figures = percentiles("whole_", counted.iter().map(|way| way.whole));
    figures.extend(percentiles("beyond_window_", counted.iter().map(|way| way.beyond_window)));
    figures.extend(percentiles("overhead_", counted.iter().map(|way| way.overhead(sync))));
    figures.push(Figure::new("words_counted", counted.len() as f64));
    figures.push(Figure::new("shown_at_once_percent", 100.0 * at_once as f64 / counted.len() as f64));
    figures.push(Figure::new("fdatasync_p50_ms", sync_ms));
    Ok(figures)
}

/// Whether the server keeps up: how much it showed of what was to be said while every stream spoke.
pub(crate) fn rates(told: &[Told], script: &Script, between: Duration) -> anyhow::Result<Vec<Figure>> {
    let (from, until) = together(told)?;
    let from = from + SETTLED;
    ensure!(from < until, "the streams did not speak long enough at the same time");
    let seconds = (until - from).as_secs_f64();
    let said = told.iter().flat_map(|one| &one.said).filter(|at| (from..=until).contains(at)).count();
    let shown = |one: &Told| {
        let by = |at: Instant| {
            let last = one.heard.groups.iter().rev().find(|group| group.received <= at);
            last.map_or(0, |group| script.words(group.end))
        };
        by(until) - by(from)
    };
    let shown: usize = told.iter().map(shown).sum();
    let asked = told.len() as f64 / between.as_secs_f64();
    Ok(vec![
        Figure::new("asked_per_second", asked),
        Figure::new("said_per_second", said as f64 / seconds),
        Figure::new("shown_per_second", shown as f64 / seconds),
        Figure::new("shown_of_asked", shown as f64 / seconds / asked),
    ])
}

/// How late the provider itself was, how far behind the server was at the end, and what it added to the time to the first
/// word, before which the provider waited for `first`.
pub(crate) fn delays(told: &[Told], between: Duration, first: Duration) -> Vec<Figure> {
    let late = told.iter().flat_map(|one| {
        let due = (0_u32..).map(move |word| one.said[0] + between * word);
        one.said.iter().zip(due).map(|(said, due)| said.saturating_duration_since(due))
    });
    let lags = told.iter().filter_map(|one| Some(one.heard.completed.saturating_duration_since(*one.said.last()?)));
    let firsts = told.iter().filter_map(|one| {
        let shown = one.heard.groups.first()?.received - one.posted;
        Some(shown.saturating_sub(first))
    });
    let mut figures = percentiles("provider_late_", late);
    figures.extend(percentiles("end_lag_", lags));
    figures.extend(percentiles("first_added_", firsts));
    figures
}

/// The time in which every stream spoke.
fn together(told: &[Told]) -> anyhow::Result<(Instant, Instant)> {
    let from = told.iter().filter_map(|one| one.said.first()).max().context("nobody spoke")?;
    let until = told.iter().filter_map(|one| one.said.last()).min().context("nobody spoke")?;
    ensure!(from < until, "the streams did not speak at the same time");
    Ok((*from, *until))
}

/// The percentiles that matter of some times.
pub(crate) fn percentiles(prefix: &str, times: impl Iterator<Item = Duration>) -> Vec<Figure> {
    let times = Latencies::new(times.collect());
    let figure = |(name, percent)| Some(Figure::new(format!("{prefix}{name}_ms"), times.percentile_ms(percent)?));
    [("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)].into_iter().filter_map(figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now;
    use crate::deltas::Group;

    const BETWEEN: Duration = Duration::from_millis(100);

    /// An answer of ten words in a second, each shown late: the first one so much, each next one so much more.
    fn told(start: Instant, begin: u32, late: Duration, more: Duration) -> Told {
        let said: Vec<Instant> = (0..10).map(|word| start + BETWEEN * (begin + word)).collect();
        let script = Script::new(10);
        let group = |((word, said), end): ((u32, &Instant), &usize)| Group {
            received: *said + late + more * word,
            decided: everruns_core::Timestamp::from_micros(0),
            end: *end,
        };
        let groups = (0..).zip(&said).zip(&script.ends).map(group).collect();
        let completed = said[9] + late * 2;
        Told { posted: start, heard: Heard { groups, text: script.text, completed }, said }
    }

    fn value(figures: &[Figure], name: &str) -> f64 {
        figures.iter().find(|figure| figure.name == name).unwrap().value
    }

    #[test]
    fn a_server_that_keeps_up_shows_what_is_asked() {
        let start = now();
        let script = Script::new(10);
        let check = |late: u64, more: u64, shown: f64| {
            let [late, more] = [late, more].map(Duration::from_millis);
            let told = [0, 1].map(|begin| told(start, begin, late, more));
            let figures = rates(&told, &script, BETWEEN).unwrap();
            assert_eq!(value(&figures, "asked_per_second"), 20.0);
            // From 600 to 900 ms.
            assert!((value(&figures, "shown_per_second") - shown).abs() < 0.01, "{late:?}: {figures:?}");
        };
        check(0, 0, 20.0);
        check(500, 0, 20.0);
        check(0, 100, 10.0);
        let apart = [0, 20].map(|begin| told(start, begin, BETWEEN, BETWEEN));
        assert!(rates(&apart, &script, BETWEEN).is_err());
    }

    #[test]
    fn delays_are_told_apart() {
        let start = now();
        let told = [told(start, 2, Duration::from_millis(7), Duration::ZERO)];
        let figures = delays(&told, BETWEEN, Duration::from_millis(200));
        let found = ["first_added_p50_ms", "end_lag_p50_ms", "provider_late_max_ms"].map(|name| value(&figures, name));
        assert_eq!(found, [7.0, 14.0, 0.0]);
        assert_eq!(value(&losses(&told, &Script::new(10)), "words_lost"), 0.0);
        assert_eq!(value(&losses(&told, &Script::new(11)), "words_lost"), 2.0);
    }
}
