//! The web page in Debian's Chromium, against the release binary: `ui/e2e`.

use anyhow::{Context as _, bail};

use super::server::Server;
use crate::ui;

/// Runs the tests of the page and returns what they measured and how many passed.
pub(super) async fn run() -> anyhow::Result<String> {
    ui::install()?;
    let mut open = Server::start("page")?;
    open.ready().await?;
    let mut new = Server::start("page-new")?;
    new.ready().await?;
    let mut closed = Server::prepare("page-keys")?;
    let key = closed.ask_for_keys()?.to_owned();
    closed.spawn()?;
    closed.ready().await?;
    let mut tests = ui::command("@playwright/test/cli.js");
    tests.arg("test").env("EVERRUNS_URL", open.url()).env("EVERRUNS_FIRST_URL", new.url());
    tests.env("EVERRUNS_KEYS_URL", closed.url()).env("EVERRUNS_KEY", key);
    let output = tokio::task::spawn_blocking(move || tests.output()).await?.context("run the tests of the page")?;
    let report = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("{}; Debian's package `chromium` brings the browser\n{report}", output.status);
    }
    let told = report.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('✓'));
    Ok(told.collect::<Vec<_>>().join("; "))
}
