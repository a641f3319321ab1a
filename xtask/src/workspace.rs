//! Where the workspace is, and how its programs are run.

use anyhow::{Context, ensure};
use std::path::Path;
use std::process::{Command, Stdio};

/// The folder of the root `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// A command that runs in the workspace root.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// A script of the `scripts` folder, run in the workspace root.
pub(crate) fn script(name: &str) -> Command {
    let mut command = Command::new(root().join("scripts").join(name));
    command.current_dir(root());
    command
}

/// The cargo that runs this xtask, else the one on the path.
pub(crate) fn cargo() -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
}

/// Runs the command to its end and returns what it printed on stdout; its stderr goes through.
/// Fails when it cannot be started, exits with an error, or prints something that is not UTF-8.
pub(crate) fn stdout_of(command: &mut Command) -> anyhow::Result<String> {
    let shown = format!("{command:?}");
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("start {shown}"))?;
    ensure!(output.status.success(), "{shown}: {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("read the output of {shown}"))
}
