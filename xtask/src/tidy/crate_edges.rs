//! Which crate of the workspace may depend on which: the arrows of ARCHITECTURE.md, as a table.

use super::Violation;
use super::tree::Tree;

/// One row of the table.
struct Row {
    name: &'static str,
    /// Normal and build dependencies.
    uses: &'static [&'static str],
    /// What its tests may use besides: the crates below and beside it.
    tests_use: &'static [&'static str],
}

const LIBRARIES: &[&str] = &[
    "everruns-client",
    "everruns-core",
    "everruns-egress",
    "everruns-engine",
    "everruns-llm",
    "everruns-server",
    "everruns-sim",
    "everruns-simulator",
    "everruns-store",
    "everruns-tools",
    "everruns-vault",
];

const TABLE: &[Row] = &[
    Row { name: "everruns-core", uses: &[], tests_use: &[] },
    Row {
        name: "everruns-llm",
        uses: &["everruns-core", "everruns-egress"],
        tests_use: &["everruns-client", "everruns-simulator", "everruns-store", "everruns-tools"],
    },
    Row {
        name: "everruns-tools",
        uses: &["everruns-core"],
        tests_use: &["everruns-client", "everruns-llm", "everruns-store"],
    },
    Row {
        name: "everruns-store",
        uses: &["everruns-core"],
        tests_use: &["everruns-client", "everruns-llm", "everruns-tools"],
    },
    Row {
        name: "everruns-client",
        uses: &["everruns-core"],
        tests_use: &["everruns-llm", "everruns-store", "everruns-tools"],
    },
    Row { name: "everruns-egress", uses: &[], tests_use: &[] },
    Row { name: "everruns-vault", uses: &[], tests_use: &[] },
    Row {
        name: "everruns-engine",
        uses: &["everruns-core", "everruns-llm", "everruns-store", "everruns-tools", "everruns-vault"],
        tests_use: &["everruns-client", "everruns-simulator"],
    },
    Row {
        name: "everruns-server",
        uses: &["everruns-core", "everruns-engine", "everruns-store"],
        tests_use: &[
            "everruns-client",
            "everruns-egress",
            "everruns-llm",
            "everruns-simulator",
            "everruns-tools",
            "everruns-vault",
        ],
    },
    Row {
        name: "everruns-sim",
        uses: &["everruns-core", "everruns-engine", "everruns-llm", "everruns-store", "everruns-tools"],
        tests_use: &[],
    },
    Row { name: "everruns-simulator", uses: &[], tests_use: &[] },
    Row { name: "everruns-cli", uses: LIBRARIES, tests_use: &[] },
    Row { name: "bench", uses: LIBRARIES, tests_use: &[] },
    Row { name: "xtask", uses: LIBRARIES, tests_use: &[] },
];

/// Every edge between two crates of the workspace that the table does not allow, and every crate it does not know.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for one in &tree.crates {
        let Some(row) = TABLE.iter().find(|row| row.name == one.name) else {
            let message = format!(
                "crate {} is not in the table of edges; make it a module, or give it a row in tidy's crate_edges and in \
                 ARCHITECTURE.md",
                one.name
            );
            found.push(Violation::new(&one.manifest, 1, message));
            continue;
        };
        for dependency in &one.dependencies {
            let name = dependency.name.as_str();
            if !TABLE.iter().any(|row| row.name == name) {
                continue;
            }
            let is_dev = dependency.kind.as_deref() == Some("dev");
            if row.uses.contains(&name) || (is_dev && row.tests_use.contains(&name)) {
                continue;
            }
            let line = tree.line_of_dependency(&one.manifest, name);
            let message = if is_dev {
                format!("the tests of {} must not use {name}; move the test to the crate above", one.name)
            } else {
                format!(
                    "{} must not depend on {name}; move the code to the crate that may, or pass in what is needed",
                    one.name
                )
            };
            found.push(Violation::new(&one.manifest, line, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, dependencies: &[(&str, &str)], expected_lines: &[usize]) {
        let places: Vec<String> = expected_lines.iter().map(|line| format!("crates/one/Cargo.toml:{line}")).collect();
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        super::super::tests::check(violations, &Tree::of_crate(name, dependencies), &places);
    }

    #[test]
    fn an_edge_is_in_the_table_or_a_violation() {
        check("everruns-core", &[("normal", "serde")], &[]);
        check("everruns-core", &[("normal", "everruns-llm")], &[1]);
        check("everruns-llm", &[("normal", "everruns-core")], &[]);
        check("everruns-llm", &[("normal", "everruns-core"), ("normal", "everruns-tools")], &[2]);
        check("everruns-store", &[("build", "everruns-tools")], &[1]);
        check("everruns-server", &[("normal", "everruns-llm")], &[1]);
        check("everruns-engine", &[("normal", "everruns-server")], &[1]);
        check("everruns-cli", &[("normal", "everruns-client")], &[]);
        check("everruns-client", &[("normal", "everruns-server")], &[1]);
        check("everruns-sim", &[("normal", "everruns-engine")], &[]);
        check("everruns-sim", &[("normal", "everruns-server")], &[1]);
        check("bench", &[("normal", "everruns-engine")], &[]);
        check("everruns-simulator", &[("normal", "everruns-core")], &[1]);
    }

    #[test]
    fn tests_reach_sideways_but_never_up() {
        check("everruns-store", &[("dev", "everruns-tools")], &[]);
        check("everruns-server", &[("dev", "everruns-client")], &[]);
        check("everruns-engine", &[("dev", "everruns-simulator")], &[]);
        check("everruns-engine", &[("dev", "everruns-server")], &[1]);
        check("everruns-server", &[("dev", "everruns-cli")], &[1]);
        check("everruns-core", &[("dev", "bench")], &[1]);
        check("everruns-cli", &[("dev", "xtask")], &[1]);
    }

    #[test]
    fn a_crate_without_a_row_is_refused() {
        check("everruns-extras", &[], &[1]);
    }
}
