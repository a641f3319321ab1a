//! The published Rust SDK against this server: each of its methods, by a program of its own in `tests/sdk-rust`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, ensure};

use super::server::Server;
use crate::workspace;

/// The program's folder, from the root.
const PROGRAM: &str = "tests/sdk-rust";

/// Calls every method and returns how many work. The table beside the program must say the same; with
/// `EVERRUNS_UPDATE` set it is written.
pub(super) async fn run() -> anyhow::Result<String> {
    let manifest = format!("{PROGRAM}/Cargo.toml");
    let target = workspace::root().join("target/sdk-rust");
    let mut build = workspace::cargo();
    build.args(["build", "--locked", "--manifest-path", &manifest]).env("CARGO_TARGET_DIR", &target);
    workspace::stdout_of(&mut build).context("build the program")?;

    let mut server = Server::start("sdk-rust")?;
    server.ready().await?;
    let mut program = workspace::command(&target.join("debug/everruns-sdk-test").to_string_lossy());
    program.env("EVERRUNS_API_KEY", "dev").env("EVERRUNS_API_URL", format!("{}/api", server.url()));
    let printed = tokio::task::spawn_blocking(move || workspace::stdout_of(&mut program)).await??;
    let outcomes: BTreeMap<String, String> = serde_json::from_str(&printed).context("read what the program printed")?;

    let failed: Vec<String> = outcomes
        .iter()
        .filter(|(_, text)| text.starts_with("failed"))
        .map(|(name, text)| format!("{name} {text}"))
        .collect();
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    let table = workspace::root().join(PROGRAM).join("methods.json");
    if std::env::var_os("EVERRUNS_UPDATE").is_some() {
        fs::write(&table, &printed)?;
    }
    ensure!(fs::read_to_string(&table)? == printed, "{} is stale; set EVERRUNS_UPDATE=1", table.display());
    let good = outcomes.values().filter(|text| *text == "ok").count();
    Ok(format!("{good} methods work, {} belong to later resources", outcomes.len() - good))
}
