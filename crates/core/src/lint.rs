//! Findings about an agent that can be made by reading it: what is likely a mistake, and what would help.

use serde::Serialize;
use utoipa::ToSchema;

use crate::credential::looks_like_credential;
use crate::tool::{Tool, ToolDefinition};

/// Something that deserves a look.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Finding {
    /// Which rule found it, such as `prompt.empty`.
    pub rule_id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// Always `builtin`: a rule, not a model, found it.
    pub source: &'static str,
    /// What is wrong, and the remedy.
    pub message: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Likely a mistake.
    Warning,
    /// Good to know.
    Info,
    /// It could be better.
    Suggestion,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// How the prompt is built.
    Structure,
    /// What is missing.
    Completeness,
    /// Whether it does what it should.
    Effectiveness,
    /// What it may give away.
    Safety,
    /// What it costs.
    Cost,
}

/// A place in the agent.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Location {
    /// The field, such as `system_prompt` or `tools[0].description`.
    pub field: String,
    /// Where it begins, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// Where it ends, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
}

/// Bytes from which on a prompt is worth shortening: it is sent with every model call.
const LONG_PROMPT_BYTES: usize = 16 * 1024;
/// A description shorter than this tells a model little, characters.
const SHORT_DESCRIPTION_CHARS: usize = 10;
/// Paragraphs shorter than this may well stand twice, characters.
const SHORT_PARAGRAPH_CHARS: usize = 40;
/// What people write where something has still to be filled in.
const PLACEHOLDERS: &[&str] =
    &["{{", concat!("TO", "DO"), concat!("FIX", "ME"), "TBD", "[INSERT", "<INSERT", "[YOUR ", "<YOUR ", "lorem ipsum"];

/// The findings about a prompt and the client's own tools; `available` are all tools that the model would be offered.
pub fn findings(prompt: &str, tools: &[ToolDefinition], available: &[Tool]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |rule_id, severity, category, message: String, location: Location| {
        let location = Some(location);
        found.push(Finding { rule_id, severity, category, source: "builtin", message, location });
    };
    let in_prompt = |place: Option<(usize, &str)>| {
        let at = |bytes: usize| prompt[..bytes].chars().count();
        let span = place.map(|(start, text)| (at(start), at(start + text.len())));
        let (start, end) = span.unzip();
        Location { field: "system_prompt".to_owned(), start, end }
    };

    if prompt.trim().is_empty() {
        let message = "The system prompt is empty; say who the agent is and what it should do.".to_owned();
        add("prompt.empty", Severity::Warning, Category::Completeness, message, in_prompt(None));
    }
    if prompt.len() > LONG_PROMPT_BYTES {
        let message =
            format!("The system prompt has {} bytes and goes with every model call; shorten it.", prompt.len());
        add("prompt.long", Severity::Info, Category::Cost, message, in_prompt(None));
    }
    for word in PLACEHOLDERS {
        if let Some(start) = prompt.find(word) {
            let message = format!("`{word}` looks like a place that was never filled in; write what belongs there.");
            add(
                "prompt.placeholder",
                Severity::Warning,
                Category::Completeness,
                message,
                in_prompt(Some((start, word))),
            );
        }
    }
    if looks_like_credential(prompt) {
        let message =
            "The prompt seems to hold a credential, and models repeat what they read; take it out and revoke it.";
        add("prompt.credential", Severity::Warning, Category::Safety, message.to_owned(), in_prompt(None));
    }
    let mut seen: Vec<&str> = Vec::new();
    for paragraph in prompt.split("\n\n").map(str::trim) {
        if paragraph.chars().count() >= SHORT_PARAGRAPH_CHARS && seen.contains(&paragraph) {
            let start = prompt.rfind(paragraph).unwrap_or(0);
            let message = "The same paragraph stands in the prompt twice; keep one.".to_owned();
            let location = in_prompt(Some((start, paragraph)));
            add("prompt.duplicate_paragraph", Severity::Suggestion, Category::Structure, message, location);
        }
        seen.push(paragraph);
    }
    for (start, word) in quoted_names(prompt) {
        if available.iter().all(|tool| tool.name != word) {
            let message = format!("The prompt speaks of `{word}`, but the agent has no tool of this name.");
            let location = in_prompt(Some((start, word)));
            add("prompt.unknown_tool", Severity::Info, Category::Effectiveness, message, location);
        }
    }
    for (place, tool) in tools.iter().enumerate() {
        let at = |member: &str| Location { field: format!("tools[{place}].{member}"), start: None, end: None };
        if tool.description.trim().chars().count() < SHORT_DESCRIPTION_CHARS {
            let message = format!(
                "The description of `{}` tells a model little; say what it does and when to call it.",
                tool.name
            );
            add("tool.description", Severity::Suggestion, Category::Effectiveness, message, at("description"));
        }
        if tools[..place].iter().any(|earlier| earlier.name == tool.name) {
            let message = format!("Two tools are called `{}`; the last one counts. Rename one.", tool.name);
            add("tool.duplicate", Severity::Warning, Category::Structure, message, at("name"));
        }
    }
    found
}

/// Words in backquotes that are written like names of tools: `get_weather`.
fn quoted_names(prompt: &str) -> Vec<(usize, &str)> {
    let mut names: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for (number, piece) in prompt.split('`').enumerate() {
        let like_a_name =
            piece.contains('_') && piece.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if number % 2 == 1 && like_a_name && names.iter().all(|(_, known)| *known != piece) {
            names.push((at, piece));
        }
        at += piece.len() + 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::tool::{AnsweredBy, ToolKind};

    #[test]
    fn rules() {
        /// Tools as `name=description`; each finding as `rule field start`.
        #[track_caller]
        fn check(prompt: &str, tools: &[&str], expected: &[&str]) {
            let tools: Vec<ToolDefinition> = tools
                .iter()
                .map(|word| {
                    let (name, description) = word.split_once('=').unwrap();
                    let (name, description) = (name.to_owned(), description.to_owned());
                    ToolDefinition {
                        kind: ToolKind::ClientSide,
                        name,
                        description,
                        parameters: json!({}),
                        extra: Map::new(),
                    }
                })
                .collect();
            let available = Tool {
                name: "get_current_time".to_owned(),
                display_name: None,
                description: String::new(),
                parameters: json!({}),
                answered_by: AnsweredBy::Client,
            };
            let found = findings(prompt, &tools, &[available]);
            let word = |finding: &Finding| {
                let location = finding.location.as_ref().unwrap();
                let start = location.start.map_or(String::new(), |start| format!(" {start}"));
                format!("{} {}{start}", finding.rule_id, location.field)
            };
            assert_eq!(found.iter().map(word).collect::<Vec<_>>(), expected);
        }
        check("You are a helpful assistant who answers briefly.", &[], &[]);
        check(" \n", &[], &["prompt.empty system_prompt"]);
        check(&"é".repeat(8_193), &[], &["prompt.long system_prompt"]);
        check("Üb {{name}}. TBD", &[], &["prompt.placeholder system_prompt 3", "prompt.placeholder system_prompt 13"]);
        check("Use password=hunter22 for it.", &[], &["prompt.credential system_prompt"]);
        let twice = "Always answer in the language of the question, please.";
        let expected = "prompt.duplicate_paragraph system_prompt 65";
        check(&format!("{twice}\n\nBetween\n\n{twice}"), &[], &[expected]);
        check("Call `get_current_time` or `get_weather`, not `x y`.", &[], &["prompt.unknown_tool system_prompt 28"]);
        check("Hi there", &["a=Does a thing for you", "b=B"], &["tool.description tools[1].description"]);
        check("Hi there", &["a=Does a thing for you", "a=Does another thing"], &["tool.duplicate tools[1].name"]);
    }
}
