//! The published Python SDK against this server.

use super::test_run;
use crate::workspace;

/// Runs the SDK's tests and returns how many passed.
pub(super) fn run() -> anyhow::Result<String> {
    let passed = test_run::passed(&mut workspace::command("scripts/sdk_tests.sh"))?;
    Ok(format!("{passed} tests passed"))
}
