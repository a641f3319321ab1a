//! The tree that the rules look at: every file of the repository and every crate of the workspace, in memory.

use crate::workspace;
use anyhow::Context;
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;

/// Everything the rules may look at.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    pub(super) crates: Vec<Crate>,
}

/// One file of the repository.
pub(super) struct File {
    /// From the workspace root, with `/`.
    pub(super) path: String,
    /// Empty for a file that is not UTF-8.
    pub(super) text: String,
}

/// One crate of the workspace with what its manifest asks for.
pub(super) struct Crate {
    pub(super) name: String,
    /// Path of its `Cargo.toml` from the workspace root.
    pub(super) manifest: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One dependency as the manifest states it.
#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub(super) kind: Option<String>,
}

impl Tree {
    /// Reads the files git knows or would add, and the crates `cargo metadata` names.
    pub(super) fn read() -> anyhow::Result<Self> {
        Ok(Self { files: read_files()?, crates: read_crates()? })
    }

    /// The file at exactly this path.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The Rust sources.
    pub(super) fn rust_files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// The line of a crate's manifest that names the dependency; the first where it is renamed.
    pub(super) fn line_of_dependency(&self, manifest: &str, dependency: &str) -> usize {
        let names_it = |line: &str| {
            line.trim_start().strip_prefix(dependency).is_some_and(|rest| rest.starts_with([' ', '.', '=']))
        };
        self.file(manifest).and_then(|file| file.text.lines().position(names_it)).map_or(1, |index| index + 1)
    }
}

impl File {
    /// The lines with their numbers, counted from 1.
    pub(super) fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Whether the whole file is test code: it lies under a `tests` folder, or is a `tests.rs`.
    pub(super) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }
}

fn read_files() -> anyhow::Result<Vec<File>> {
    let listing =
        workspace::stdout_of(workspace::command("git").args(["ls-files", "-z", "-co", "--exclude-standard"]))?;
    let mut paths: Vec<&str> = listing.split_terminator('\0').collect();
    paths.sort_unstable();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        let place = workspace::root().join(path);
        // A file may be deleted and not yet committed so; a link's target is looked at where it lies.
        match std::fs::symlink_metadata(&place) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => continue,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("look at {path}")),
        }
        let bytes = std::fs::read(&place).with_context(|| format!("read {path}"))?;
        files.push(File { path: path.into(), text: String::from_utf8(bytes).unwrap_or_default() });
    }
    Ok(files)
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: String,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

fn read_crates() -> anyhow::Result<Vec<Crate>> {
    let json =
        workspace::stdout_of(workspace::cargo().args(["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    parse_crates(&json)
}

fn parse_crates(json: &str) -> anyhow::Result<Vec<Crate>> {
    let metadata: Metadata = serde_json::from_str(json).context("read cargo's metadata")?;
    let root = Path::new(&metadata.workspace_root);
    let in_tree = |path: &str| -> String {
        let path = Path::new(path);
        path.strip_prefix(root).unwrap_or(path).display().to_string()
    };
    Ok(metadata
        .packages
        .into_iter()
        .map(|package| Crate {
            manifest: in_tree(&package.manifest_path),
            name: package.name,
            dependencies: package.dependencies,
        })
        .collect())
}

#[cfg(test)]
impl Tree {
    /// A tree of these paths and texts, without crates.
    pub(super) fn of_files(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect();
        Self { files, crates: Vec::new() }
    }

    /// A tree of one crate. Each dependency is a kind (`normal`, `dev`, `build`) and a name, and has its line in the
    /// manifest, the first dependency on line 1.
    pub(super) fn of_crate(name: &str, dependencies: &[(&str, &str)]) -> Self {
        let manifest = "crates/one/Cargo.toml";
        let lines: String = dependencies.iter().map(|(_, name)| format!("{name}.workspace = true\n")).collect();
        let mut tree = Self::of_files(&[(manifest, &lines)]);
        tree.crates.push(Crate {
            name: name.into(),
            manifest: manifest.into(),
            dependencies: dependencies
                .iter()
                .map(|(kind, name)| Dependency {
                    name: (*name).into(),
                    kind: (*kind != "normal").then(|| (*kind).into()),
                })
                .collect(),
        });
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_becomes_crates() {
        let json = r#"{"workspace_root": "/w", "packages": [{
            "name": "a", "manifest_path": "/w/crates/a/Cargo.toml",
            "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}]
        }]}"#;
        let crates = parse_crates(json).unwrap();
        let [one] = crates.as_slice() else {
            panic!("one crate");
        };
        assert_eq!(one.name, "a");
        assert_eq!(one.manifest, "crates/a/Cargo.toml");
        let kinds: Vec<_> = one.dependencies.iter().map(|d| (d.name.as_str(), d.kind.as_deref())).collect();
        assert_eq!(kinds, [("b", None), ("c", Some("dev"))]);
    }

    #[test]
    fn a_dependency_has_its_line() {
        #[track_caller]
        fn check(manifest: &str, dependency: &str, expected: usize) {
            let tree = Tree::of_files(&[("Cargo.toml", manifest)]);
            assert_eq!(tree.line_of_dependency("Cargo.toml", dependency), expected);
        }
        check("[dependencies]\ntokio-util = \"1\"\ntokio.workspace = true\n", "tokio", 3);
        check("[dependencies]\nshort = { package = \"long\" }\n", "long", 1);
    }

    #[test]
    fn a_test_file_is_known_by_its_path() {
        #[track_caller]
        fn check(path: &str, expected: bool) {
            let tree = Tree::of_files(&[(path, "")]);
            assert_eq!(tree.files[0].is_test(), expected, "{path}");
        }
        check("crates/store/tests/conformance.rs", true);
        check("crates/store/tests/story/append.rs", true);
        check("crates/store/src/append/tests.rs", true);
        check("crates/store/src/append.rs", false);
        check("crates/store/src/contests.rs", false);
    }
}
