//! Requests that are made up from the OpenAPI document, right ones and wrong ones: the server never fails, and answers
//! with the statuses, types and shapes that the document names.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::server::Server;
use crate::workspace;

const ENVIRONMENT: &[&str] = &["schemathesis", "schemathesis==4.32.5"];
/// Requests of each kind for one operation.
const EXAMPLES: &str = "100";
/// Two checks do not fit an API that ignores what it does not know, as the contract wants, and that refuses texts which
/// its schema cannot tell from good ones (NUL characters, names that are taken); keys are proven by the policy test.
const UNFIT: &str = "negative_data_rejection,positive_data_acceptance,ignored_auth,missing_required_header";

pub(super) async fn run(seed: u64) -> anyhow::Result<String> {
    let printed =
        workspace::stdout_of(workspace::script("venv.sh").args(ENVIRONMENT)).context("make the Python environment")?;
    let mut server = Server::start("schemathesis")?;
    server.ready().await?;
    let mut fuzzer = tokio::process::Command::new(Path::new(printed.trim()).join("bin/st"));
    fuzzer
        .args(["run", &format!("{}/openapi.json", server.url()), "--exclude-path-regex", "/sse$"])
        .args(["--checks", "all", "--exclude-checks", UNFIT, "--max-examples", EXAMPLES])
        .args(["--continue-on-failure", "--warnings", "off", "--no-color", "--seed", &seed.to_string()])
        .current_dir(server.directory())
        .kill_on_drop(true);
    let output = fuzzer.output().await.context("run schemathesis")?;
    let report = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("{}\n{report}", output.status);
    }
    let line = |word: &str| report.lines().map(str::trim).find(|line| line.contains(word)).unwrap_or_default();
    Ok(format!("{}; {} (seed {seed})", line("Tested:"), line("generated")))
}
