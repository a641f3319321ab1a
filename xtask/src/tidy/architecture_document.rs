//! ARCHITECTURE.md is there, can be read in one sitting, and knows every crate.

use super::Violation;
use super::tree::{Crate, Tree};

const DOCUMENT: &str = "ARCHITECTURE.md";
/// The document has fewer lines than this.
const LINES_LIMIT: usize = 200;

/// A missing or overlong document, and each crate it does not name.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let Some(document) = tree.file(DOCUMENT) else {
        let message = "missing; write what the crates are and which way the arrows point";
        return vec![Violation::new(DOCUMENT, 1, message)];
    };
    let mut found = Vec::new();
    let lines = document.text.lines().count();
    if lines >= LINES_LIMIT {
        let message = format!(
            "{lines} lines, not under {LINES_LIMIT}; keep the map, move the detail to docs/ or to the code's headers"
        );
        found.push(Violation::new(DOCUMENT, LINES_LIMIT, message));
    }
    for one in &tree.crates {
        if !names(&document.text, one) {
            let message = format!("crate {} is not named; say what it is for", one.name);
            found.push(Violation::new(DOCUMENT, 1, message));
        }
    }
    found
}

/// By its name (`everruns-core`) or by its folder (`crates/core`).
fn names(text: &str, one: &Crate) -> bool {
    let folder = one.manifest.strip_suffix("/Cargo.toml").unwrap_or(&one.manifest);
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || "_-/".contains(c)));
    words.any(|word| word == one.name || word.trim_end_matches('/') == folder)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::super::tree::File;
    use super::*;

    #[test]
    fn the_document_is_short_and_names_each_crate() {
        let check = |text: Option<&str>, places: &[&str]| {
            let mut tree = Tree::of_crate("everruns-one", &[]);
            if let Some(text) = text {
                tree.files.push(File { path: DOCUMENT.into(), text: text.into() });
            }
            check(violations, &tree, places);
        };
        let map = "- **everruns-one**: the first\n";
        check(None, &["ARCHITECTURE.md:1"]);
        check(Some(map), &[]);
        check(Some("see `crates/one/`"), &[]);
        check(Some("everruns-oneness, crates/ones"), &["ARCHITECTURE.md:1"]);
        let long = |lines: usize| format!("{map}{}", "x\n".repeat(lines - 1));
        check(Some(&long(199)), &[]);
        check(Some(&long(200)), &["ARCHITECTURE.md:200"]);
    }
}
