//! Requests that are made up from the OpenAPI document, right ones and wrong ones: the server never fails, and answers
//! with the statuses, types and shapes that the document names.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::server::Server;
use crate::workspace;

const ENVIRONMENT: &[&str] = &["schemathesis", "schemathesis==4.32.5"];
/// Requests of each kind for one operation.
const EXAMPLES: &str = "100";
/// The same where only keys are looked at.
const EXAMPLES_WITH_KEYS: &str = "5";
/// Two checks do not fit an API that ignores what it does not know, as the contract wants, and that refuses texts which
/// its schema cannot tell from good ones (NUL characters, names that are taken); the others are [`KEY_CHECKS`].
const UNFIT: &str = "negative_data_rejection,positive_data_acceptance,ignored_auth,missing_required_header";
/// What only a server that asks for keys can show.
const KEY_CHECKS: &str = "ignored_auth,missing_required_header";

pub(super) async fn run(seed: u64) -> anyhow::Result<String> {
    let printed =
        workspace::stdout_of(workspace::script("venv.sh").args(ENVIRONMENT)).context("make the Python environment")?;
    let fuzzer = Path::new(printed.trim()).join("bin/st");
    let mut server = Server::start("schemathesis")?;
    server.ready().await?;
    let all = ["--checks", "all", "--exclude-checks", UNFIT, "--max-examples", EXAMPLES];
    let open = fuzz(&fuzzer, &server, &all, seed).await?;

    let mut server = Server::prepare("schemathesis-keys")?;
    let header = format!("Authorization: Bearer {}", server.ask_for_keys()?);
    server.spawn()?;
    server.ready().await?;
    let keys = ["--checks", KEY_CHECKS, "--max-examples", EXAMPLES_WITH_KEYS, "--header", &header];
    let closed = fuzz(&fuzzer, &server, &keys, seed).await?;
    Ok(format!("{open}; with keys {closed} (seed {seed})"))
}

/// Runs it against the server; how many operations it tested with how many requests. Its report stays beside the server's
/// data.
async fn fuzz(fuzzer: &Path, server: &Server, arguments: &[&str], seed: u64) -> anyhow::Result<String> {
    let mut command = tokio::process::Command::new(fuzzer);
    command
        .args(["run", &format!("{}/openapi.json", server.url()), "--exclude-path-regex", "/sse$"])
        .args(arguments)
        .args(["--continue-on-failure", "--warnings", "off", "--no-color", "--seed", &seed.to_string()])
        .current_dir(server.directory())
        .kill_on_drop(true);
    let output = command.output().await.context("run schemathesis")?;
    let report = String::from_utf8_lossy(&output.stdout);
    std::fs::write(server.directory().join("report.txt"), report.as_bytes())?;
    if !output.status.success() {
        bail!("{}\n{report}", output.status);
    }
    let line = |word: &str| report.lines().map(str::trim).find(|line| line.contains(word)).unwrap_or_default();
    Ok(format!("{}; {}", line("Tested:"), line("generated")))
}
