//! The repository speaks of itself alone: no path of a machine it was written on.

use super::Violation;
use super::tree::{File, Tree};

// Spelt in two pieces, so that this file obeys its own rule.
const NEIGHBOUR: &str = concat!("..", "/shared");
const NEIGHBOUR_ALLOWED: &str = ".ci/";
const ABSOLUTE: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// Each line of any file that names the neighbouring folder or an absolute path of a machine.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.files.iter().flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    let mut found = Vec::new();
    for (number, line) in file.numbered_lines() {
        if !file.path.starts_with(NEIGHBOUR_ALLOWED) && line.contains(NEIGHBOUR) {
            let message =
                format!("`{NEIGHBOUR}` is not part of the project; say it here, or read it in {NEIGHBOUR_ALLOWED}");
            found.push(Violation::new(&file.path, number, message));
        }
        if let Some(folder) = ABSOLUTE.iter().find(|folder| names_absolute(line, folder)) {
            let message = format!("`{folder}` is a path of one machine; write it from the workspace root");
            found.push(Violation::new(&file.path, number, message));
        }
    }
    found
}

/// Whether the folder stands at the start of a path, not in the middle of one.
fn names_absolute(line: &str, folder: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || "_-./~$}*".contains(c);
    line.match_indices(folder).any(|(start, _)| {
        let before = &line[..start];
        before.ends_with("file://") || !before.ends_with(continues)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn a_file_names_only_the_project() {
        let check = |path: &str, text: &str, places: &[&str]| {
            check(violations, &Tree::of_files(&[(path, text)]), places);
        };
        let [work, root] = ABSOLUTE else { panic!("two folders") };
        check("a.md", &format!("read\n`{NEIGHBOUR}/x`"), &["a.md:2"]);
        check(".ci/a", &format!("cat {NEIGHBOUR}/x"), &[]);
        check("a.sh", &format!("cd {work}main"), &["a.sh:1"]);
        check(".ci/a", &format!("cd {work}main"), &[".ci/a:1"]);
        check("a.toml", &format!("path = \"{root}x\""), &["a.toml:1"]);
        check("a.md", &format!("file://{root}x"), &["a.md:1"]);
        check("a.md", &format!("frame{work}main, ~{work}, $HOME{root}"), &[]);
        check("a.md", "/workspace/a, shared/b", &[]);
    }
}
