//! Two organizations on every route: what one makes is not there for the other.

use super::test_run;
use crate::workspace;

/// Walks the routes of the OpenAPI document with two organizations; returns how many tests passed.
pub(super) fn run() -> anyhow::Result<String> {
    let mut tests = workspace::cargo();
    tests.args(["test", "-p", "everruns-server", "--locked", "--test", "http", "tenants"]);
    Ok(format!("{} tests passed: every route answers 404 to the other organization", test_run::passed(&mut tests)?))
}
