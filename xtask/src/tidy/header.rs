//! Every Rust file says in its first line what it is for.

use super::Violation;
use super::tree::Tree;

/// Each Rust file whose first line is not a `//!` sentence.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.rust_files()
        .filter(|file| !is_header(file.text.lines().next().unwrap_or("")))
        .map(|file| {
            let message = "no header; begin with a `//!` line that says what the file is for";
            Violation::new(&file.path, 1, message)
        })
        .collect()
}

fn is_header(line: &str) -> bool {
    line.strip_prefix("//!").is_some_and(|sentence| !sentence.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn the_first_line_is_a_sentence() {
        let check = |path: &str, text: &str, places: &[&str]| {
            check(violations, &Tree::of_files(&[(path, text)]), places);
        };
        check("a.rs", "//! Turns.\nfn a() {}", &[]);
        check("a.rs", "fn a() {}", &["a.rs:1"]);
        check("a.rs", "// Turns.\nfn a() {}", &["a.rs:1"]);
        check("a.rs", "//!\nfn a() {}", &["a.rs:1"]);
        check("a.rs", "\n//! Turns.", &["a.rs:1"]);
        check("a.rs", "", &["a.rs:1"]);
        check("a.py", "import a", &[]);
    }
}
