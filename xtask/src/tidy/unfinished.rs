//! Nothing in the tree is left for later, switched off, or asleep.

use super::Violation;
use super::rust_text::has_word;
use super::tree::{File, Tree};

const THIS_TOOL: &str = "xtask/src/tidy/";

/// What must not stand in a Rust file, and the remedy.
const BANNED: &[(&str, &str)] = &[
    ("todo!(", "write the code, or leave the function out"),
    ("unimplemented!(", "write the code, or leave the function out"),
    ("#[ignore", "make the test pass and quick, or delete it"),
    ("TODO", "do it, or open an issue and drop the note"),
    ("FIXME", "mend it, or open an issue and drop the note"),
    ("thread::sleep", "wait on a channel or on the injected clock"),
];

/// Each line of a Rust file with a banned text, comments included.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.rust_files().filter(|file| !file.path.starts_with(THIS_TOOL)).flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    let mut found = Vec::new();
    for (number, line) in file.numbered_lines() {
        for (text, remedy) in BANNED.iter().filter(|(text, _)| has_word(line, text)) {
            let message = format!("`{text}` is not for this tree; {remedy}");
            found.push(Violation::new(&file.path, number, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn unfinished_work_is_named() {
        let check = |path: &str, text: &str, places: &[&str]| {
            check(violations, &Tree::of_files(&[(path, text)]), places);
        };
        check("a.rs", "fn a() {\n    todo!()\n}", &["a.rs:2"]);
        check("a.rs", "unimplemented!(\"b\")", &["a.rs:1"]);
        check("a.rs", "#[ignore = \"slow\"]", &["a.rs:1"]);
        check("a.rs", "#[ignore]", &["a.rs:1"]);
        check("a.rs", "// TODO: b\n// FIXME", &["a.rs:1", "a.rs:2"]);
        check("a.rs", "std::thread::sleep(b)", &["a.rs:1"]);
        check("a.rs", "const TODOS: u8; write_todo!(b); #[must_use]", &[]);
        check("a.md", "TODO", &[]);
        check("xtask/src/tidy/a.rs", "TODO", &[]);
        check("xtask/src/prove/a.rs", "TODO", &["xtask/src/prove/a.rs:1"]);
    }
}
