//! What the methods of the published SDKs got: tables that their tests write.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::Context as _;
use serde::Deserialize;

use crate::workspace::root;

/// The tables, from the root, with the SDK that each is of.
const TABLES: &[(&str, &str)] = &[
    ("Python `everruns-sdk` 0.3.1", "tests/sdk/methods.json"),
    ("Rust `everruns-sdk` 0.3.1", "tests/sdk-rust/methods.json"),
];

/// One table: each method with what came of calling it, `ok` or the reason why not.
#[derive(Deserialize)]
struct Table(BTreeMap<String, String>);

/// The page's part about SDKs.
pub(super) fn called() -> anyhow::Result<String> {
    let mut page = String::from("\n## Methods of the published SDKs\n");
    for (sdk, file) in TABLES {
        let text = fs::read_to_string(root().join(file)).with_context(|| format!("read {file}"))?;
        let Table(methods) = serde_json::from_str(&text).with_context(|| format!("read {file}"))?;
        let good = methods.values().filter(|outcome| *outcome == "ok").count();
        writeln!(page, "\n### {sdk}\n\n{good} of {} methods work.\n", methods.len())?;
        writeln!(page, "| method | outcome |\n|---|---|")?;
        for (method, outcome) in &methods {
            writeln!(page, "| `{method}` | {outcome} |")?;
        }
    }
    Ok(page)
}
