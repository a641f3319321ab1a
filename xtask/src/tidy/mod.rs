//! The rules of the house as a test: `cargo xtask tidy`.
//!
//! One file per rule. A rule is a function from the tree, already read into memory, to its violations; it never
//! touches the file system, so its tests are tables of file names and texts.

mod architecture_document;
mod crate_edges;
mod file_size;
mod forbidden_crates;
mod header;
mod machine_paths;
mod migration_pairs;
mod rust_text;
mod sleep_in_tests;
mod sql_outside_store;
mod traps;
mod tree;
mod unfinished;
mod vague_names;

use anyhow::{bail, ensure};
use std::fmt;
use tree::Tree;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    /// Counted from 1.
    line: usize,
    /// What is wrong, and the remedy.
    message: String,
}

impl Violation {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

type Rule = fn(&Tree) -> Vec<Violation>;

const RULES: &[Rule] = &[
    architecture_document::violations,
    crate_edges::violations,
    file_size::violations,
    forbidden_crates::violations,
    header::violations,
    machine_paths::violations,
    migration_pairs::violations,
    sleep_in_tests::violations,
    sql_outside_store::violations,
    traps::violations,
    unfinished::violations,
    vague_names::violations,
];

/// Prints each violation on its own line and fails, or prints one line of summary.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    ensure!(arguments.is_empty(), "takes no arguments");
    let tree = Tree::read()?;
    let mut found: Vec<Violation> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    found.sort();
    for violation in &found {
        println!("{violation}");
    }
    if !found.is_empty() {
        bail!("{} to mend", counted(found.len(), "violation"));
    }
    println!(
        "tidy: {} hold for {} and {}",
        counted(RULES.len(), "rule"),
        counted(tree.files.len(), "file"),
        counted(tree.crates.len(), "crate"),
    );
    Ok(())
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies one rule to a tree and compares the places it names, each as `path:line`.
    #[track_caller]
    pub(super) fn check(rule: Rule, tree: &Tree, expected: &[&str]) {
        let mut found = rule(tree);
        found.sort();
        let places: Vec<String> =
            found.iter().map(|violation| format!("{}:{}", violation.path, violation.line)).collect();
        assert_eq!(places, expected, "{found:#?}");
    }

    #[test]
    fn a_violation_reads_as_place_and_message() {
        let violation = Violation::new("a/b.rs", 7, "too long; split it");
        assert_eq!(violation.to_string(), "a/b.rs:7: too long; split it");
    }

    #[test]
    fn an_empty_tree_lacks_only_its_architecture() {
        for rule in RULES {
            let found = rule(&Tree::of_files(&[]));
            let places: Vec<_> = found.iter().map(|v| v.path.as_str()).collect();
            assert!(places.is_empty() || places == ["ARCHITECTURE.md"], "{found:?}");
        }
    }
}
