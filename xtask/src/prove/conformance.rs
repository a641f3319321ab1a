//! The store's conformance suite, on SQLite and on a PostgreSQL of its own.

use super::test_run;
use crate::workspace;
use anyhow::{Context, ensure};

/// Starts PostgreSQL, runs the suite on both databases and returns how many tests passed.
pub(super) fn run() -> anyhow::Result<String> {
    let printed = workspace::stdout_of(workspace::command("scripts/postgres.sh").arg("start"))
        .context("start PostgreSQL")?;
    let url = printed.lines().last().unwrap_or("").trim();
    ensure!(
        url.starts_with("postgres"),
        "scripts/postgres.sh start printed {url:?}, not the URL of a database"
    );
    let passed = test_run::passed(
        workspace::cargo()
            .args(["test", "-p", "everruns-store", "--test", "conformance"])
            .env("EVERRUNS_TEST_POSTGRES", url),
    )?;
    Ok(format!(
        "{passed} tests passed, with PostgreSQL beside SQLite"
    ))
}
