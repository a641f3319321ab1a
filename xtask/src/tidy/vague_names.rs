//! No file, folder or module has a name that says nothing about what is in it.

use super::Violation;
use super::rust_text::module_name;
use super::tree::{File, Tree};

const BANNED: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

/// Endings of the files that people write by hand.
const SOURCES: &[&str] = &[".rs", ".py", ".ts", ".tsx", ".sh"];

/// Each source file with a banned word in its path, and each Rust module declared with one.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.files
        .iter()
        .filter(|file| SOURCES.iter().any(|ending| file.path.ends_with(ending)))
        .flat_map(of_file)
        .collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    let mut found = Vec::new();
    if let Some(word) = banned_word(&file.path) {
        found.push(violation(file, 1, word));
    }
    if file.path.ends_with(".rs") {
        for (number, line) in file.numbered_lines() {
            if let Some(word) = module_name(line).and_then(banned_word) {
                found.push(violation(file, number, word));
            }
        }
    }
    found
}

fn violation(file: &File, line: usize, word: &str) -> Violation {
    let message = format!("the name `{word}` says nothing; name the noun or the verb that is inside");
    Violation::new(&file.path, line, message)
}

fn banned_word(name: &str) -> Option<&str> {
    name.split(['/', '.', '_', '-']).find(|word| BANNED.contains(word))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn a_name_says_what_is_inside() {
        let check = |path: &str, text: &str, places: &[&str]| {
            check(violations, &Tree::of_files(&[(path, text)]), places);
        };
        check("crates/a/src/turn.rs", "mod fold;\nmod community;", &[]);
        check("crates/a/src/utils.rs", "", &["crates/a/src/utils.rs:1"]);
        check("crates/a/tests/common/mod.rs", "", &["crates/a/tests/common/mod.rs:1"]);
        check("crates/a/src/session_manager.rs", "", &["crates/a/src/session_manager.rs:1"]);
        check("a.rs", "fn a() {}\npub(crate) mod helpers {", &["a.rs:2"]);
        check("ui/src/misc.tsx", "", &["ui/src/misc.tsx:1"]);
        check("sdk/python/util.py", "mod utils;", &["sdk/python/util.py:1"]);
        check("docs/common.md", "", &[]);
    }
}
