//! Each law of the simulation is needed: a mutation of the code that breaks it is found within a thousand seeds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::workspace;

const SEEDS: u64 = 1_000;
const PATCHES: &str = "crates/sim/mutations";

/// Copies the tree, plays the seeds as it is, then once with each patch; each must be found.
pub(super) fn run() -> anyhow::Result<String> {
    let tree = workspace::root().join("target/prove/mutations");
    let patches = patches()?;
    copy_tree(&tree)?;
    let found = play(&tree).context("the tree as it is")?;
    ensure!(found.is_none(), "without a mutation, {}", found.unwrap_or_default());
    let mut missed = Vec::new();
    let mut latest = 0;
    for patch in &patches {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        apply(&tree, patch, false).with_context(|| format!("apply {name}"))?;
        let found = play(&tree).with_context(|| format!("with {name}"));
        apply(&tree, patch, true).with_context(|| format!("take back {name}"))?;
        match found? {
            Some(found) => {
                println!("{name}: {found}");
                latest = latest.max(seed_in(&found));
            }
            None => {
                println!("{name}: NOT FOUND");
                missed.push(name);
            }
        }
    }
    ensure!(missed.is_empty(), "{} of {} mutants live: {}", missed.len(), patches.len(), missed.join(", "));
    Ok(format!(
        "all {} mutants found, the last one at seed {latest}; without them {SEEDS} seeds are clean",
        patches.len()
    ))
}

fn patches() -> anyhow::Result<Vec<PathBuf>> {
    let folder = workspace::root().join(PATCHES);
    let mut patches: Vec<PathBuf> = fs::read_dir(&folder)
        .context(PATCHES)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    patches.retain(|path| path.extension().is_some_and(|ending| ending == "patch"));
    patches.sort();
    ensure!(!patches.is_empty(), "{PATCHES} is empty");
    Ok(patches)
}

/// The files that git knows, as they are now. What is the same keeps its time, so that it is not built again.
fn copy_tree(tree: &Path) -> anyhow::Result<()> {
    let listed = workspace::stdout_of(workspace::command("git").args(["ls-files", "-co", "--exclude-standard"]))?;
    let mut wanted: Vec<PathBuf> = Vec::new();
    for name in listed.lines() {
        let (from, to) = (workspace::root().join(name), tree.join(name));
        let Ok(text) = fs::read(&from) else { continue };
        wanted.push(to.clone());
        if fs::read(&to).is_ok_and(|known| known == text) {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap_or(tree))?;
        fs::write(&to, text).with_context(|| format!("copy {name}"))?;
    }
    remove_others(&tree.join("crates"), &wanted)
}

/// A file that is gone here must not be left there.
fn remove_others(folder: &Path, wanted: &[PathBuf]) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn apply(tree: &Path, patch: &Path, reverse: bool) -> anyhow::Result<()> {
    let mut command = Command::new("patch");
    command.args(["-p1", "--quiet", "--no-backup-if-mismatch", "-i"]).arg(patch).current_dir(tree);
    if reverse {
        command.arg("-R");
    }
    workspace::stdout_of(&mut command).map(drop)
}

/// Builds the tree and plays its seeds. The line that names the first broken law, if one is broken.
fn play(tree: &Path) -> anyhow::Result<Option<String>> {
    let mut build = workspace::cargo();
    build.args(["build", "--locked", "-q", "-p", "everruns-cli"]).env_remove("CARGO_TARGET_DIR").current_dir(tree);
    workspace::stdout_of(&mut build).context("build")?;
    let mut play = Command::new(tree.join("target/debug/everruns"));
    play.args(["sim", "--until-broken", "--seeds", &format!("0..{SEEDS}")]).current_dir(tree);
    let output = play.stderr(Stdio::null()).output().context("play")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    match printed.lines().find(|line| line.contains(" breaks the law ")) {
        Some(line) => Ok(Some(line.chars().take(220).collect())),
        None if output.status.success() => Ok(None),
        None => bail!("{}", printed.lines().last().unwrap_or("nothing was printed")),
    }
}

fn seed_in(line: &str) -> u64 {
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_the_second_word() {
        #[track_caller]
        fn check(line: &str, expected: u64) {
            assert_eq!(seed_in(line), expected, "{line}");
        }
        check("seed 17 breaks the law \"x\": y", 17);
        check("", 0);
    }
}
