//! The goals of the issue that asked for speed, beside the figures that show them. They are reported, not asserted:
//! machines differ, and where a goal is missed docs/benchmarks.md says what bounds the figure.

use crate::figure::{Summary, short};

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// From 0 on: less is not good but a sign that something else was measured.
    UpTo(f64),
}

use Goal::{AtLeast, AtMost, UpTo};

#[rustfmt::skip]
const GOALS: &[(&str, Goal)] = &[
    ("turns.64.per_second", AtLeast(4_000.0)),
    ("turns.64.p99_ms", AtMost(60.0)),
    ("turns.64.server_cpu_ms_per_turn", AtMost(0.35)),
    ("turns.1.per_second", AtLeast(600.0)),
    ("turns.1.p50_beyond_commits_ms", UpTo(2.0)),
    ("turns.1.commits_per_turn", AtMost(2.0)),
    ("turns.1.server_cpu_ms_per_turn", AtMost(0.35)),
    ("tools.64.per_second", AtLeast(1_500.0)),
    ("long.by_1000.first_delta_p50", AtMost(1.2)),
    ("long.by_1000.turn_p50", AtMost(1.2)),
    ("long.by_1000.page_p50", AtMost(1.2)),
    ("long.by_1000.total_count_p50", AtMost(1.2)),
    ("long.by_1000_full.first_delta_p50", AtMost(1.2)),
    ("long.by_1000_full.turn_p50", AtMost(1.2)),
    ("long.by_1000_full.page_p50", AtMost(1.2)),
    ("long.by_1000_full.total_count_p50", AtMost(1.2)),
    ("idle.10000.bytes_per_stream", AtMost(16_384.0)),
    ("idle.10000_on_10.bytes_per_stream", AtMost(16_384.0)),
    ("fanout.1000_one_event.after_first_p99_ms", AtMost(15.0)),
    ("providers.openai.100.overhead_p99_ms", AtMost(3.0)),
    ("providers.openai.100.words_lost", AtMost(0.0)),
    ("providers.openai.100_by_120_ms.overhead_p99_ms", AtMost(3.0)),
    ("providers.openai.500.shown_of_asked", AtLeast(0.99)),
    ("providers.openai.500.words_lost", AtMost(0.0)),
    ("cold.100000.start_ms", AtMost(80.0)),
    ("cold.100000.idle_rss_mb", AtMost(25.0)),
    ("cold.100000.binary_mb", AtMost(40.0)),
];

/// The cells beside a figure: its goal and whether it is reached; empty without a goal.
pub(crate) fn cells(summary: &Summary) -> [String; 2] {
    let goal = GOALS.iter().find(|(name, _)| *name == summary.name).map(|(_, goal)| *goal);
    let Some(goal) = goal else {
        return [String::new(), String::new()];
    };
    let (text, reached) = match goal {
        AtLeast(bound) => (format!("≥ {}", short(bound)), summary.median() >= bound),
        AtMost(bound) => (format!("≤ {}", short(bound)), summary.median() <= bound),
        UpTo(bound) => (format!("0 to {}", short(bound)), (0.0..=bound).contains(&summary.median())),
    };
    [text, if reached { "yes" } else { "no" }.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_stands_beside_its_figure() {
        #[track_caller]
        fn check(name: &str, value: f64, expected: [&str; 2]) {
            assert_eq!(cells(&Summary { name: name.to_owned(), values: vec![value] }), expected, "{name}");
        }
        check("turns.64.per_second", 4_000.0, ["≥ 4000", "yes"]);
        check("turns.64.per_second", 3_999.0, ["≥ 4000", "no"]);
        check("turns.1.server_cpu_ms_per_turn", 0.36, ["≤ 0.350", "no"]);
        check("turns.1.p50_beyond_commits_ms", -1.0, ["0 to 2.00", "no"]);
        check("turns.1.per_turn", 1.0, ["", ""]);
    }
}
