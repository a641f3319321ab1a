//! SQL text lives in `crates/store`; nobody else knows that there are tables.

use super::Violation;
use super::rust_text::string_literals;
use super::tree::{File, Tree};

/// Folders that may speak SQL.
const ALLOWED: &[&str] = &["crates/store/", "bench/", "xtask/"];

/// Each string literal outside the store that begins like an SQL statement.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.rust_files()
        .filter(|file| !ALLOWED.iter().any(|folder| file.path.starts_with(folder)))
        .filter(|file| !file.is_test())
        .flat_map(of_file)
        .collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    string_literals(&file.text)
        .into_iter()
        .filter(|(_, literal)| is_sql(literal))
        .map(|(line, _)| {
            let message = "SQL outside the store; make it a function of `crates/store` and call that";
            Violation::new(&file.path, line, message)
        })
        .collect()
}

fn is_sql(literal: &str) -> bool {
    // An escaped line end is white space too.
    let literal = literal.replace("\\n", " ").replace('\\', " ");
    let words: Vec<&str> = literal.split_whitespace().collect();
    match words.as_slice() {
        ["SELECT", _, ..] | ["INSERT", "INTO", _, ..] | ["DELETE", "FROM", _, ..] | ["CREATE", "TABLE", ..] => true,
        ["UPDATE", rest @ ..] => rest.contains(&"SET"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    const SERVER: &str = "crates/server/src/a.rs";

    #[test]
    fn statements_are_told_from_sentences() {
        let check = |literal: &str, is_bad: bool| {
            let places: &[&str] = if is_bad { &["crates/server/src/a.rs:2"] } else { &[] };
            let text = format!("//! A.\nlet a = \"{literal}\";\n");
            check(violations, &Tree::of_files(&[(SERVER, &text)]), places);
        };
        check("SELECT 1", true);
        check("\\\n   SELECT id\\\n FROM session", true);
        check("\\nSELECT id", true);
        check("INSERT INTO event VALUES ($1)", true);
        check("UPDATE session SET fence = 1", true);
        check("DELETE FROM session", true);
        check("CREATE TABLE session (id TEXT)", true);
        check("Select a model", false);
        check("UPDATE the session", false);
        check("the SELECT statement", false);
        check("SELECT", false);
        check("", false);
    }

    #[test]
    fn only_code_outside_the_store_counts() {
        let check = |path: &str, text: &str, places: &[&str]| {
            check(violations, &Tree::of_files(&[(path, text)]), places);
        };
        let statement = "fn a() { b(r#\"SELECT 1\"#) }";
        check(SERVER, statement, &["crates/server/src/a.rs:1"]);
        check("crates/store/src/a.rs", statement, &[]);
        check("crates/server/tests/a.rs", statement, &[]);
        check("bench/src/a.rs", statement, &[]);
        check("xtask/src/a.rs", statement, &[]);
        check("docs/a.md", statement, &[]);
        check(SERVER, "// \"SELECT 1\"", &[]);
    }
}
