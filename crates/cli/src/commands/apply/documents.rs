//! Documents in files: YAML and JSON, several in one file, and Markdown with front matter.

use std::path::Path;

use everruns_core::name::check_name;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::Kind;
use crate::commands::read_text;
use crate::failure::Failure;

/// A document of a file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) kind: Kind,
    /// What it is known by.
    pub(super) name: String,
    pub(super) id: Option<String>,
    /// What is sent.
    pub(super) fields: Map<String, Value>,
    /// The file and which of its documents it is, for messages.
    pub(super) place: String,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Yaml,
    Json,
    Markdown,
}

/// All documents of a file, each checked as far as can be without a server.
pub(super) fn read(path: &Path, kind: Option<Kind>) -> Result<Vec<Document>, Failure> {
    let text = read_text(path)?;
    let place = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| *stem != "-");
    parse(&text, form(path, &text), stem, &place, kind)
}

fn parse(
    text: &str,
    form: Form,
    stem: Option<&str>,
    place: &str,
    kind: Option<Kind>,
) -> Result<Vec<Document>, Failure> {
    let wrong = |why: String| Failure::usage(format!("{place} is not valid")).because(why);
    let values = match form {
        Form::Yaml => yaml(text).map_err(wrong)?,
        Form::Json => json(text).map_err(wrong)?,
        Form::Markdown => vec![markdown(text, stem).map_err(wrong)?],
    };
    if values.is_empty() {
        return Err(wrong("there is no document in it".to_owned()));
    }
    let is_one = values.len() == 1;
    let numbered = values.into_iter().enumerate();
    numbered
        .map(|(index, value)| {
            let place = if is_one { place.to_owned() } else { format!("{place}, document {}", index + 1) };
            document(value, place, kind)
        })
        .collect()
}

fn form(path: &Path, text: &str) -> Form {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("md" | "markdown") => return Form::Markdown,
        Some("json" | "jsonl" | "ndjson") => return Form::Json,
        Some("yaml" | "yml") => return Form::Yaml,
        _ => {}
    }
    let text = text.trim_start();
    if text.starts_with(['{', '[']) {
        return Form::Json;
    }
    // Front matter and a first YAML document begin alike; a prompt below is no mapping.
    let is_mapping = |text: &str| yaml(text).is_ok_and(|values| values.iter().all(Value::is_object));
    match front_matter(text) {
        Some((_, body)) if !body.trim().is_empty() && !is_mapping(body) => Form::Markdown,
        _ => Form::Yaml,
    }
}

/// What stands between the first two lines of dashes, and what comes after.
fn front_matter(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---")?.trim_start_matches([' ', '\r']).strip_prefix('\n')?;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((&rest[..at], &rest[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

fn yaml(text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    for document in yaml_serde::Deserializer::from_str(text) {
        // By way of YAML's own value, which refuses a key that is there twice.
        let value = yaml_serde::Value::deserialize(document).map_err(|error| error.to_string())?;
        let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
        if !value.is_null() {
            values.push(value);
        }
    }
    Ok(values)
}

fn json(text: &str) -> Result<Vec<Value>, String> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<Vec<_>, _>>();
    let values = values.map_err(|error| error.to_string())?;
    Ok(values.into_iter().flat_map(|value| if let Value::Array(items) = value { items } else { vec![value] }).collect())
}

/// An agent: front matter and a prompt, or a prompt alone in a file that bears its name.
fn markdown(text: &str, stem: Option<&str>) -> Result<Value, String> {
    let (front, body) = front_matter(text).unwrap_or(("", text));
    let mut values = yaml(front)?;
    let mut value = if values.is_empty() { Value::Object(Map::new()) } else { values.remove(0) };
    let fields = value.as_object_mut().ok_or("the front matter is no mapping")?;
    let prompt = body.trim();
    let is_said = fields.get("system_prompt").is_some_and(|said| !said.is_null());
    if is_said && !prompt.is_empty() {
        return Err("`system_prompt` is what stands below the front matter; leave it out above".to_owned());
    }
    if !is_said {
        fields.insert("system_prompt".to_owned(), prompt.into());
    }
    if let Some(stem) = stem {
        fields.entry("name").or_insert_with(|| stem.into());
    }
    Ok(value)
}

fn document(value: Value, place: String, kind: Option<Kind>) -> Result<Document, Failure> {
    let wrong = |why: String| Failure::usage(format!("{place} is not valid")).because(why);
    let Value::Object(mut fields) = value else { return Err(wrong("it is no mapping of fields".to_owned())) };
    let kind = match fields.remove("kind") {
        None => kind.unwrap_or(Kind::Agent),
        Some(word) => {
            let found = Kind::ALL.into_iter().find(|kind| word == kind.word());
            let words = Kind::ALL.map(Kind::word).join(", ");
            let found = found.ok_or_else(|| wrong(format!("`kind` is {word}; it must be one of {words}")))?;
            if kind.is_some_and(|kind| kind != found) {
                return Err(wrong(format!("`kind` is {word}")).then("apply it with `everruns apply`"));
            }
            found
        }
    };
    let id = match fields.remove("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id),
        Some(_) => return Err(wrong("`id` must be a text".to_owned())),
    };
    if let Some(servers) = fields.remove("mcp_servers") {
        fields.insert("mcpServers".to_owned(), servers);
    }
    if let Some(unknown) = fields.keys().find(|field| !kind.fields().contains(&field.as_str())) {
        let near = crate::config::nearest(unknown, kind.fields());
        let hint = near
            .map_or(format!("known fields are {}", kind.fields().join(", ")), |near| format!("did you mean `{near}`?"));
        return Err(wrong(format!("unknown field `{unknown}`")).then(hint));
    }
    if let Some(Value::Array(items)) = fields.get_mut("capabilities")
        && kind != Kind::Model
    {
        for item in items {
            if item.is_string() {
                *item = serde_json::json!({ "ref": item.take() });
            }
        }
    }
    let name = fields.get(kind.name_field()).and_then(Value::as_str).unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(wrong(format!("`{}` is missing", kind.name_field())));
    }
    // A server may make a slug of another name; then it would not be found again under the document's.
    if matches!(kind, Kind::Agent | Kind::Harness) {
        check_name(&name).map_err(|error| wrong(format!("`name` {error}")))?;
    }
    Ok(Document { kind, name, id, fields, place })
}

#[cfg(test)]
mod tests;
