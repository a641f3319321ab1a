//! The store's conformance suite, on SQLite and on a PostgreSQL of its own.

use super::test_run;
use crate::workspace;
use anyhow::{Context, ensure};

/// Starts PostgreSQL, runs the suite on both databases, stops PostgreSQL and returns how many tests passed. A cluster
/// that was there before belongs to somebody who is still at it, and stays.
pub(super) fn run() -> anyhow::Result<String> {
    let was_there = workspace::script("postgres.sh").arg("status").status().is_ok_and(|status| status.success());
    let printed = workspace::stdout_of(workspace::script("postgres.sh").arg("start")).context("start PostgreSQL")?;
    let passed = run_suite(printed.trim());
    if !was_there {
        workspace::stdout_of(workspace::script("postgres.sh").arg("stop")).context("stop PostgreSQL")?;
    }
    Ok(format!("{} tests passed, with PostgreSQL beside SQLite", passed?))
}

fn run_suite(url: &str) -> anyhow::Result<usize> {
    ensure!(url.starts_with("postgres"), "scripts/postgres.sh printed {url:?}, not the URL of a database");
    test_run::passed(
        workspace::cargo()
            .args(["test", "-p", "everruns-store", "--locked"])
            .args(["--test", "conformance"])
            .env("EVERRUNS_TEST_POSTGRES", url),
    )
}
