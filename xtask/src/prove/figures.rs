//! The figures of docs/benchmarks.md, measured anew on this machine, beside the goals that were set for them.

use std::cell::Cell;

use anyhow::{Context as _, ensure};

use super::test_run;
use crate::workspace;

/// Builds server and benchmark in release mode and runs the standard set, three times 20 seconds; it prints a line for
/// each run and a table of medians and goals. A goal that is missed is reported, not an error: machines differ.
pub(super) fn run() -> anyhow::Result<String> {
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--locked", "-p", "everruns-cli", "-p", "bench"]);
    workspace::stdout_of(&mut build).context("build in release mode")?;
    let mut bench = workspace::cargo();
    bench.args(["run", "--release", "--locked", "-q", "-p", "bench", "--", "run"]);
    bench.args(["--binary", "target/release/everruns", "--repeat", "3", "--seconds", "20"]);
    if let Some(commit) = commit() {
        bench.args(["--commit", &commit]);
    }
    let (reached, missed) = (Cell::new(0), Cell::new(0));
    let runs = test_run::lines(&mut bench, |line| {
        match goal_in(line) {
            Some(true) => reached.set(reached.get() + 1),
            Some(false) => missed.set(missed.get() + 1),
            None => {}
        }
        usize::from(line.starts_with('{'))
    })?;
    ensure!(runs > 0, "the benchmark printed no run");
    let (reached, missed) = (reached.get(), missed.get());
    Ok(format!("{runs} runs; {reached} goals reached, {missed} missed"))
}

/// The commit that is built, with a mark if files were changed since; none outside of a repository.
fn commit() -> Option<String> {
    let output = workspace::command("git").args(["describe", "--always", "--dirty", "--exclude=*"]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !name.is_empty()).then_some(name)
}

/// Whether a goal is reached, if the line is a row of the table that has one: name, median, goal, reached, runs.
fn goal_in(line: &str) -> Option<bool> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    match cells.as_slice() {
        [_, _, _, _, "yes", ..] => Some(true),
        [_, _, _, _, "no", ..] => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_stand_in_the_table() {
        #[track_caller]
        fn check(line: &str, expected: Option<bool>) {
            assert_eq!(goal_in(line), expected, "{line}");
        }
        check("| turns.64.per_second | 4100 | ≥ 4000 | yes | 4000 4100 4200 |", Some(true));
        check("| turns.64.p99_ms | 70.0 | ≤ 60.0 | no | 70.0 |", Some(false));
        check("| turns.64.p50_ms | 15.0 |  |  | 15.0 |", None);
        check("| figure | median | goal | reached | runs |", None);
        check(r#"{"run":"turns.64"}"#, None);
    }
}
