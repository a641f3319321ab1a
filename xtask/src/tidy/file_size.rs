//! A Rust file is one noun or one verb; one that grows long has more than one of them.

use super::Violation;
use super::rust_text::tests_begin;
use super::tree::{File, Tree};

/// Lines before the file's own test module; a longer file states its reason.
const LINES_WITHOUT_REASON_MAX: usize = 500;
/// Lines before the file's own test module, whatever the reason.
const LINES_MAX: usize = 800;
/// Lines of a file that is all test.
const TEST_FILE_LINES_MAX: usize = 1_000;

const REASON: &str = "// tidy: long because ";
/// The reason stands within this many lines.
const REASON_LINES: usize = 20;

/// Each Rust file that is longer than it may be; the place is the first line too many.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.rust_files().filter_map(of_file).collect()
}

fn of_file(file: &File) -> Option<Violation> {
    let (lines, max, remedy) = if file.is_test() {
        let lines = file.text.lines().count();
        (lines, TEST_FILE_LINES_MAX, "make it several files, each with one story".into())
    } else {
        let lines = tests_begin(&file.text).map_or(file.text.lines().count(), |line| line - 1);
        if gives_reason(&file.text) {
            (lines, LINES_MAX, "no reason carries further; split it by noun or verb".into())
        } else {
            let remedy = format!("split it by noun or verb, or state a reason near the top: `{REASON}...`");
            (lines, LINES_WITHOUT_REASON_MAX, remedy)
        }
    };
    (lines > max).then(|| {
        let message = format!("{lines} lines, more than {max}; {remedy}");
        Violation::new(&file.path, max + 1, message)
    })
}

fn gives_reason(text: &str) -> bool {
    text.lines()
        .take(REASON_LINES)
        .any(|line| line.strip_prefix(REASON).is_some_and(|reason| !reason.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn a_length_is_free_explained_or_too_much() {
        let check = |path: &str, head: &str, lines: usize, tail: &str, places: &[&str]| {
            let text = format!("{head}{}{tail}", "x\n".repeat(lines));
            check(violations, &Tree::of_files(&[(path, &text)]), places);
        };
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}", "x\n".repeat(900));
        let reason = "// tidy: long because it is one table\n";

        check("a.rs", "", 500, "", &[]);
        check("a.rs", "", 501, "", &["a.rs:501"]);
        check("a.rs", "", 500, &tests, &[]);
        check("a.rs", "", 501, &tests, &["a.rs:501"]);
        check("a.rs", "", 300, "#[cfg(test)]\nmod tests;\n", &[]);
        check("a.rs", "#[cfg(test)]\nmod tests;\n", 501, "", &["a.rs:501"]);

        check("a.rs", reason, 799, "", &[]);
        check("a.rs", reason, 800, "", &["a.rs:801"]);
        check("a.rs", "// tidy: long because \n", 501, "", &["a.rs:501"]);
        check("a.rs", "", 501, reason, &["a.rs:501"]);

        check("crates/a/tests/b.rs", "", 1_000, "", &[]);
        check("crates/a/tests/b.rs", reason, 1_000, "", &["crates/a/tests/b.rs:1001"]);
        check("a.py", "", 2_000, "", &[]);
    }
}
