//! Latencies and what to say about many of them.

use std::time::Duration;

use crate::figure::Figure;

/// Some latencies, shortest first.
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn new(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self(latencies)
    }

    /// The latency in milliseconds that `percent` of all do not exceed (nearest rank); none of none.
    pub(crate) fn percentile_ms(&self, percent: usize) -> Option<f64> {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).map(|latency| ms(*latency))
    }

    /// The usual percentiles, as far as there are latencies.
    pub(crate) fn figures(&self, prefix: &str) -> Vec<Figure> {
        [("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)]
            .into_iter()
            .filter_map(|(name, percent)| {
                let value = self.percentile_ms(percent)?;
                Some(Figure::new(format!("{prefix}{name}_ms"), value))
            })
            .collect()
    }
}

/// Milliseconds, with their fraction.
pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        #[track_caller]
        fn check(count: u64, percent: usize, expected: Option<f64>) {
            let latencies = Latencies::new((1..=count).rev().map(Duration::from_millis).collect());
            assert_eq!(latencies.percentile_ms(percent), expected, "{count} {percent}");
        }
        check(0, 50, None);
        check(1, 50, Some(1.0));
        check(1, 99, Some(1.0));
        check(10, 50, Some(5.0));
        check(100, 99, Some(99.0));
        check(101, 99, Some(100.0));
        check(100, 100, Some(100.0));
        check(3, 0, Some(1.0));
    }
}
