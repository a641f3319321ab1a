//! The published Python SDK against this server.

use super::test_run;
use crate::workspace;
use anyhow::{Context, ensure};
use std::path::Path;

/// The environment that `scripts/test.sh` makes for the same tests; one name and one content, so both share it.
const ENVIRONMENT: &[&str] = &["pytest", "pytest==8.4.2"];

/// Builds the server, runs the SDK's tests against it and returns how many passed.
pub(super) fn run() -> anyhow::Result<String> {
    workspace::stdout_of(workspace::cargo().args(["build", "-p", "everruns-cli", "--locked"]))
        .context("build the server")?;
    let printed =
        workspace::stdout_of(workspace::script("venv.sh").args(ENVIRONMENT)).context("make the Python environment")?;
    let python = Path::new(printed.trim()).join("bin/python");
    ensure!(python.exists(), "scripts/venv.sh printed {printed:?}, not an environment");
    let passed = test_run::passed(
        workspace::command(&python.to_string_lossy()).args(["-m", "pytest", "-q", "--color=no"]).args([
            "-p",
            "no:cacheprovider",
            "tests/sdk",
        ]),
    )?;
    Ok(format!("{passed} tests passed"))
}
