//! The commands that speak to a server over its public API: one file per noun, one enum variant per verb.

pub(crate) mod agents;
pub(crate) mod apply;
pub(crate) mod capabilities;
pub(crate) mod chat;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod harnesses;
mod history;
mod losses;
pub(crate) mod messages;
pub(crate) mod models;
pub(crate) mod providers;
pub(crate) mod sessions;
pub(crate) mod simulate;
pub(crate) mod version;

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// The text of a file, or of standard input for `-`.
fn read_text(path: &Path) -> Result<String, Failure> {
    let outcome = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    outcome.map_err(|error| Failure::usage(format!("cannot read {}", path.display())).because(error))
}

/// Writes to a file, or to standard output without one.
fn write_text(output: crate::output::Output, path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        None => output.line(text.strip_suffix('\n').unwrap_or(text)),
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Failure::failed(format!("cannot write {}", path.display())).because(error)),
    }
}

/// A JSON object of those fields that are set.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// What an agent or a harness is named by in a body: its id, or its name.
fn reference(noun: &str, text: &str) -> (String, Value) {
    let kind = if text.starts_with(&format!("{noun}_")) { "id" } else { "name" };
    (format!("{noun}_{kind}"), text.into())
}

/// How a layer names capabilities.
fn capability_refs(ids: &[String]) -> Option<Value> {
    (!ids.is_empty()).then(|| ids.iter().map(|id| json!({ "ref": id })).collect())
}
