//! Operations side by side: which of upstream's there are here, and which of their fields.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::fields;

/// Operations by method and path, parameters of the path without their names.
type Operations<'a> = BTreeMap<String, &'a Value>;

fn operations(document: &Value) -> anyhow::Result<Operations<'_>> {
    let mut found = Operations::new();
    for (path, item) in document["paths"].as_object().context("the document has no paths")? {
        for verb in ["get", "put", "post", "delete", "patch"] {
            if let Some(operation) = item.get(verb) {
                let path: Vec<&str> =
                    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
                found.insert(format!("{} {}", verb.to_uppercase(), path.join("/")), operation);
            }
        }
    }
    ensure!(!found.is_empty(), "the document has no operations");
    Ok(found)
}

/// The page's part about operations.
pub(super) fn compared(ours: &Value, upstream: &Value) -> anyhow::Result<String> {
    let (our_operations, their_operations) = (operations(ours)?, operations(upstream)?);
    let mut page = String::new();
    let served = their_operations.keys().filter(|name| our_operations.contains_key(*name)).count();
    let extra = our_operations.len() - served;
    writeln!(page, "\n## Operations\n")?;
    writeln!(
        page,
        "{served} of upstream's {} operations are served, and {extra} of our own.\n",
        their_operations.len()
    )?;
    writeln!(page, "| group | served | of | not served |\n|---|---:|---:|---|")?;
    let mut groups: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (name, operation) in &their_operations {
        groups.entry(operation["tags"][0].as_str().unwrap_or("none")).or_default().push(name);
    }
    for (group, names) in &groups {
        let missing: Vec<String> =
            names.iter().filter(|name| !our_operations.contains_key(**name)).map(|name| format!("`{name}`")).collect();
        let all = missing.len() == names.len();
        let missing_shown = if all { "all".to_owned() } else { missing.join(", ") };
        writeln!(page, "| {group} | {} | {} | {missing_shown} |", names.len() - missing.len(), names.len())?;
    }

    writeln!(page, "\n## Fields of the operations that are served\n")?;
    writeln!(
        page,
        "Upstream's fields that this server does not read (`?` before a query parameter) or does not answer with.\n"
    )?;
    writeln!(page, "| operation | not read | not answered |\n|---|---|---|")?;
    let mut whole = 0;
    for (name, theirs) in &their_operations {
        let Some(own) = our_operations.get(name) else { continue };
        let read = missing(fields::request(upstream, theirs), &fields::request(ours, own));
        let answered = missing(fields::answer(upstream, theirs), &fields::answer(ours, own));
        if read.is_empty() && answered.is_empty() {
            whole += 1;
        } else {
            writeln!(page, "| `{name}` | {read} | {answered} |")?;
        }
    }
    writeln!(page, "\nThe other {whole} have every field.")?;

    writeln!(page, "\n## Operations of our own\n")?;
    for (name, operation) in our_operations.iter().filter(|(name, _)| !their_operations.contains_key(*name)) {
        writeln!(page, "- `{name}`: {}", operation["summary"].as_str().unwrap_or("see the API document"))?;
    }
    Ok(page)
}

fn missing(theirs: BTreeSet<String>, ours: &BTreeSet<String>) -> String {
    let names: Vec<String> = theirs.difference(ours).map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
