//! The figures of docs/benchmarks.md, measured anew on this machine.

use anyhow::{Context as _, ensure};

use super::test_run;
use crate::workspace;

/// Builds server and benchmark in release mode and runs the standard set, three times; it prints a table.
pub(super) fn run() -> anyhow::Result<String> {
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--locked", "-p", "everruns-cli", "-p", "bench"]);
    workspace::stdout_of(&mut build).context("build in release mode")?;
    let mut bench = workspace::cargo();
    bench.args([
        "run",
        "--release",
        "--locked",
        "-q",
        "-p",
        "bench",
        "--",
        "run",
        "--binary",
        "target/release/everruns",
    ]);
    bench.args(["--repeat", "3", "--seconds", "20", "--counters-path", "/ready"]);
    let figures = test_run::lines(&mut bench, |line| usize::from(line.starts_with('{')))?;
    ensure!(figures > 0, "the benchmark printed no figure");
    Ok(format!("{figures} figures, medians of 3"))
}
