//! What is asked of an event beside its place and its type.
//!
//! The database is asked a question that leaves out nothing that fits; what it finds is looked at once more here, so that
//! the same events are found on both databases.

use everruns_core::{Timestamp, TurnId};
use serde_json::Value as Json;

use crate::EventRow;
use crate::search::{containing, quoted};
use crate::value::Value;

const INPUT: &str = "input.message";
const TOOLS: &str = "tool.";

/// Which events fit. An empty one fits them all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventFilter {
    /// Only events of this turn.
    pub turn: Option<TurnId>,
    /// Only events of this phase of their turn.
    pub step: Option<u32>,
    /// Not older than this.
    pub from: Option<Timestamp>,
    /// Not newer than this.
    pub until: Option<Timestamp>,
    /// Only `tool.*` events about this tool.
    pub tool: Option<String>,
    /// Only inputs that bear one of these tags.
    pub tags: Vec<String>,
    /// Words that must all occur in the texts of the event's data, in lower case.
    pub words: Vec<String>,
}

impl EventFilter {
    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Appends the question for the database to a condition.
    pub(crate) fn ask(&self, sql: &mut String, parameters: &mut Vec<Value>) {
        let mut add = |condition: &str, value: Value| {
            parameters.push(value);
            sql.push_str(&format!(" AND {condition}").replace('?', &format!("${}", parameters.len())));
        };
        if let Some(turn) = self.turn {
            add("turn_id = ?", Value::Blob(turn.0.as_bytes().to_vec()));
        }
        if let Some(step) = self.step {
            add("step = ?", i64::from(step).into());
        }
        if let Some(from) = self.from {
            add("created_at >= ?", from.as_micros().into());
        }
        if let Some(until) = self.until {
            add("created_at <= ?", until.as_micros().into());
        }
        if let Some(tool) = &self.tool {
            add("type LIKE ?", format!("{TOOLS}%").into());
            add(r"data LIKE ? ESCAPE '\'", containing(&quoted(tool)).into());
        }
        if !self.tags.is_empty() {
            add("type = ?", INPUT.into());
            add("data LIKE ?", r#"%"tags"%"#.to_owned().into());
        }
        for word in self.words.iter().filter_map(|word| plain_part(word)) {
            add(r"LOWER(data) LIKE ? ESCAPE '\'", containing(word).into());
        }
    }

    /// Whether an event that the database found fits.
    pub(crate) fn fits(&self, row: &EventRow) -> bool {
        if self.tool.is_none() && self.tags.is_empty() && self.words.is_empty() {
            return true;
        }
        // Data that is no JSON holds nothing that can be looked for.
        let Ok(data) = serde_json::from_str::<Json>(&row.encoded.data) else { return false };
        let name = &*row.encoded.type_name;
        let is_about = |tool: &String| {
            let called = |call: &Json| call["name"] == **tool;
            let calls = data["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
            name.starts_with(TOOLS)
                && (data["tool_name"] == **tool || called(&data["tool_call"]) || calls.iter().any(called))
        };
        let bears = |tag: &Json| tag.as_str().is_some_and(|tag| self.tags.iter().any(|wanted| wanted == tag));
        let tags = || data["message"]["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
        self.tool.as_ref().is_none_or(is_about)
            && (self.tags.is_empty() || name == INPUT && tags().iter().any(bears))
            && self.words.iter().all(|word| says(&data, word))
    }
}

/// Whether a text of `value` contains `word`.
fn says(value: &Json, word: &str) -> bool {
    match value {
        Json::String(text) => text.to_lowercase().contains(word),
        Json::Array(items) => items.iter().any(|item| says(item, word)),
        Json::Object(members) => members.values().any(|member| says(member, word)),
        _ => false,
    }
}

/// The longest part of a word that stands in JSON as it is and whose case every database knows.
fn plain_part(word: &str) -> Option<&str> {
    let is_plain = |letter: char| letter.is_ascii_graphic() && letter != '"' && letter != '\\';
    word.split(|letter| !is_plain(letter)).max_by_key(|part| part.len()).filter(|part| !part.is_empty())
}
