//! A hundred thousand seeded histories in release mode, clean.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::time::Instant;

use crate::workspace;

const SEEDS: u64 = 100_000;

/// Builds the binary and plays the seeds; what it prints last is the figure.
pub(super) async fn run() -> anyhow::Result<String> {
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--locked", "-p", "everruns-cli"]);
    workspace::stdout_of(&mut build).context("build in release mode")?;
    let jobs = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let begun = Instant::now();
    let mut last = String::new();
    // In pieces, so that something is seen of it.
    for from in (0..SEEDS).step_by(10_000) {
        let seeds = format!("{from}..{}", from + 10_000);
        let mut play = workspace::command("target/release/everruns");
        // A history waits for its database as long as it works.
        play.args(["sim", "--jobs", &jobs.to_string(), "--seeds", &seeds]);
        let printed = workspace::stdout_of(&mut play).with_context(|| format!("seeds {seeds}"))?;
        let line = printed.lines().last().unwrap_or_default();
        ensure!(line.contains(" 0 broken"), "{printed}");
        println!("{seeds}: {line}");
        last = add(&last, line);
    }
    Ok(format!("{last}, {:.0} s", begun.elapsed().max(Duration::from_secs(1)).as_secs_f64()))
}

/// Adds two lines of counts (`3 seeds, 7 steps`) count by count.
fn add(sum: &str, line: &str) -> String {
    let counts = |text: &str| -> Vec<(u64, String)> {
        let parts = text.split(", ").filter_map(|part| part.split_once(' '));
        parts.filter_map(|(count, noun)| Some((count.parse().ok()?, noun.to_owned()))).collect()
    };
    let before = counts(sum);
    let added = counts(line).into_iter().enumerate().map(|(place, (count, noun))| {
        let before = before.get(place).map_or(0, |(count, _)| *count);
        format!("{} {noun}", before + count)
    });
    added.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_added_one_by_one() {
        #[track_caller]
        fn check(sum: &str, line: &str, expected: &str) {
            assert_eq!(add(sum, line), expected);
        }
        check("", "3 seeds, 7 steps", "3 seeds, 7 steps");
        check("3 seeds, 7 steps", "1 seeds, 5 steps", "4 seeds, 12 steps");
    }
}
