//! Each trap of the wire contract has a test of its name, and `docs/traps.md` says which.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use super::tree::Tree;

const PAGE: &str = "docs/traps.md";
/// How many traps there are.
const TRAPS: u32 = 47;

/// Each trap without a row, without a test and a reason, or whose row and tests differ.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let Some(page) = tree.files.iter().find(|file| file.path == PAGE) else { return Vec::new() };
    let mut found = Vec::new();
    let mut tests = tests_in(tree);
    let mut due = 1;
    for (line, text) in (1..).zip(page.text.lines()) {
        let cells: Vec<&str> = text.split('|').map(str::trim).collect();
        let [_, number, _, last, _] = cells[..] else { continue };
        let Ok(number) = number.parse::<u32>() else { continue };
        let mut add = |message: String| found.push(Violation::new(PAGE, line, message));
        if number != due {
            add(format!("trap {number} stands where {due} is due"));
        }
        due = number + 1;
        let named: BTreeSet<String> = names(last).collect();
        let there = tests.remove(&number).unwrap_or_default();
        if there.is_empty() && !last.starts_with("later: ") {
            add(format!("trap {number} has no test `trap_{number:02}_…`; write it, or say `later: …`"));
        }
        for name in named.symmetric_difference(&there) {
            add(format!("the row and the tests differ in `{name}`"));
        }
    }
    if due != TRAPS + 1 {
        found.push(Violation::new(PAGE, 1, format!("rows end before trap {TRAPS}")));
    }
    for (number, names) in tests {
        found.push(Violation::new(PAGE, 1, format!("there is no trap {number}, but tests {names:?}")));
    }
    found
}

/// The tests by the number of their trap.
fn tests_in(tree: &Tree) -> BTreeMap<u32, BTreeSet<String>> {
    let mut tests: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for file in tree.files.iter().filter(|file| file.path != PAGE && !file.path.starts_with("xtask/")) {
        for line in file.text.lines().map(str::trim_start) {
            let is_test = ["fn ", "async fn ", "def test_"].iter().find_map(|start| line.strip_prefix(start));
            let name = is_test
                .and_then(|rest| names(rest).next())
                .filter(|name| is_test.is_some_and(|rest| rest.starts_with(name.as_str())));
            for name in name.iter() {
                for number in numbers(name) {
                    tests.entry(number).or_default().insert(name.clone());
                }
            }
        }
    }
    tests
}

/// The words `trap_NN_…` of a text.
fn names(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("trap_") && !numbers(word).is_empty()).map(str::to_owned)
}

/// The traps in the name of a test, which may spring several: `trap_08_trap_10_the_shape_of_an_agent`.
fn numbers(name: &str) -> Vec<u32> {
    let pieces = name.split("trap_").skip(1);
    pieces.filter_map(|piece| piece.split_at_checked(2)?.0.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn each_trap_has_its_test() {
        /// A page whose first row is `row`, the others being of later issues, and one file of tests.
        #[track_caller]
        fn page(row: &str, test: &str, expected: &[&str]) {
            let others: String = (2..=TRAPS).map(|number| format!("| {number} | x | later: y |\n")).collect();
            let page = format!("{row}\n{others}");
            check(violations, &Tree::of_files(&[(PAGE, &page), ("crates/a/tests/a.rs", test)]), expected);
        }
        let line = ["docs/traps.md:1"];
        page("| 1 | x | `trap_01_order` |", "async fn trap_01_order() {", &[]);
        page("| 1 | x | `trap_01_order` |", "    def test_trap_01_order():", &[]);
        page("| 1 | x | `trap_01_trap_02_order` |", "fn trap_01_trap_02_order() {", &["docs/traps.md:2"]);
        page("| 1 | x | later: y |", "", &[]);
        page("| 1 | x | `trap_01_order` |", "", &[line[0], line[0]]);
        page("| 1 | x | `trap_01_order` |", "// see trap_01_order", &[line[0], line[0]]);
        page("| 1 | x | later: y |", "fn trap_01_order() {", &line);
        page("", "", &["docs/traps.md:2"]);
        page("| 1 | x | later: y |", "fn trap_48_more() {", &line);
    }
}
