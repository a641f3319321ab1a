//! No test waits for time to pass: it waits for what it expects.

use super::Violation;
use super::rust_text::tests_begin;
use super::tree::{File, Tree};

const THIS_TOOL: &str = "xtask/src/tidy/";

/// Each line of test code that takes the runtime's sleep.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.rust_files().filter(|file| !file.path.starts_with(THIS_TOOL)).flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    let first = if file.is_test() { 1 } else { tests_begin(&file.text).unwrap_or(usize::MAX) };
    file.numbered_lines()
        .filter(|(number, line)| *number >= first && takes_sleep(line))
        .map(|(number, _)| {
            let message = "a test that sleeps; wait for the event it expects, or move the injected clock";
            Violation::new(&file.path, number, message)
        })
        .collect()
}

/// A path to the sleep (`time::sleep`, `time::sleep_until`) or an import of it (`tokio::time::{Duration, sleep}`).
fn takes_sleep(line: &str) -> bool {
    let imports = |(_, list): (&str, &str)| {
        list.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word.starts_with("sleep"))
    };
    line.contains("time::sleep") || line.split_once("tokio::time::").is_some_and(imports)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn test_code_does_not_sleep() {
        let check = |path: &str, text: &str, places: &[&str]| {
            check(violations, &Tree::of_files(&[(path, text)]), places);
        };
        let sleep = "tokio::time::sleep(one).await;";
        let story = "crates/a/tests/b.rs";
        check(story, sleep, &["crates/a/tests/b.rs:1"]);
        check(story, "use tokio::time;\ntime::sleep_until(one).await;", &["crates/a/tests/b.rs:2"]);
        check(story, "use tokio::time::{Duration, sleep};", &["crates/a/tests/b.rs:1"]);
        check(story, "use tokio::time::{Duration, timeout};", &[]);
        check("crates/a/src/b.rs", sleep, &[]);
        check(
            "crates/a/src/b.rs",
            &format!("{sleep}\n#[cfg(test)]\nmod tests {{\n{sleep}\n}}"),
            &["crates/a/src/b.rs:4"],
        );
    }
}
