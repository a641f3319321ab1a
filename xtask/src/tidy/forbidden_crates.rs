//! Which crates of others a crate must not use, and which must not be in the build at all.

use super::Violation;
use super::tree::Tree;

const SQL_AND_HTTP_SERVER: &[&str] = &["axum", "rusqlite", "tokio-postgres"];

/// Crate of the workspace, and what its normal and build dependencies must not contain. Tests may.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("everruns-core", &["axum", "rand", "reqwest", "rusqlite", "tokio", "tokio-postgres"]),
    ("everruns-llm", SQL_AND_HTTP_SERVER),
    ("everruns-tools", SQL_AND_HTTP_SERVER),
    ("everruns-client", SQL_AND_HTTP_SERVER),
    ("everruns-store", &["axum", "reqwest"]),
    ("everruns-engine", &["axum", "reqwest", "rusqlite", "tokio-postgres"]),
    ("everruns-server", &["reqwest", "rusqlite", "tokio-postgres"]),
    ("everruns-sim", &["axum", "reqwest", "rusqlite", "tokio-postgres"]),
];

const LOCK: &str = "Cargo.lock";

/// What the lock file must not contain, and why.
const NOWHERE: &[(&str, &str)] = &[
    ("aws-lc-sys", "a large C build; choose the `ring` provider of rustls"),
    ("openssl-sys", "a system library; choose rustls in the crate that asks for it"),
    ("sqlx", "the SQL drivers are rusqlite and tokio-postgres"),
];

/// Each forbidden dependency in a manifest and each forbidden package in the lock file.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = in_manifests(tree);
    found.extend(in_lock(tree));
    found
}

fn in_manifests(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for one in &tree.crates {
        let Some((_, forbidden)) = FORBIDDEN.iter().find(|(name, _)| *name == one.name) else {
            continue;
        };
        for dependency in &one.dependencies {
            let name = dependency.name.as_str();
            if dependency.kind.as_deref() == Some("dev") || !forbidden.contains(&name) {
                continue;
            }
            let line = tree.line_of_dependency(&one.manifest, name);
            let message = format!(
                "{} must not depend on {name}; the table in ARCHITECTURE.md says which crate holds that code",
                one.name
            );
            found.push(Violation::new(&one.manifest, line, message));
        }
    }
    found
}

fn in_lock(tree: &Tree) -> Vec<Violation> {
    let Some(lock) = tree.file(LOCK) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (number, line) in lock.numbered_lines() {
        let name = line.strip_prefix("name = \"").and_then(|rest| rest.strip_suffix('"'));
        let banned = NOWHERE.iter().find(|(banned, _)| name == Some(banned));
        if let Some((banned, reason)) = banned {
            let message = format!("{banned} is in the build: {reason} (`cargo tree -i {banned}` shows who brought it)");
            found.push(Violation::new(LOCK, number, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn a_wall_between_a_crate_and_the_crates_of_others() {
        let check = |name: &str, kind: &str, dependency: &str, is_bad: bool| {
            let places: &[&str] = if is_bad { &["crates/one/Cargo.toml:1"] } else { &[] };
            let tree = Tree::of_crate(name, &[(kind, dependency)]);
            check(violations, &tree, places);
        };
        check("everruns-core", "normal", "serde", false);
        check("everruns-core", "normal", "tokio", true);
        check("everruns-core", "normal", "rand", true);
        check("everruns-core", "dev", "tokio", false);
        check("everruns-llm", "normal", "reqwest", false);
        check("everruns-llm", "normal", "axum", true);
        check("everruns-tools", "build", "rusqlite", true);
        check("everruns-store", "normal", "rusqlite", false);
        check("everruns-store", "normal", "reqwest", true);
        check("everruns-engine", "normal", "tokio", false);
        check("everruns-engine", "normal", "tokio-postgres", true);
        check("everruns-server", "normal", "axum", false);
        check("everruns-server", "normal", "reqwest", true);
        check("everruns-client", "normal", "reqwest", false);
        check("everruns-client", "normal", "axum", true);
    }

    #[test]
    fn some_packages_are_nowhere() {
        let check = |text: &str, places: &[&str]| {
            check(violations, &Tree::of_files(&[("Cargo.lock", text)]), places);
        };
        check("[[package]]\nname = \"ring\"\nversion = \"0.17\"\n", &[]);
        check("[[package]]\nname = \"openssl-sys\"\n", &["Cargo.lock:2"]);
        check("name = \"sqlx\"\n\nname = \"aws-lc-sys\"\n", &["Cargo.lock:1", "Cargo.lock:3"]);
        check("name = \"openssl-probe\"\n \"sqlx\",\n", &[]);
    }
}
