//! What Claude models can, by their names, wherever they are served: how they think and how much they write.

use everruns_core::limits::ANSWER_TOKENS_DEFAULT;
use serde_json::{Map, Value, json};

use crate::conversation::{AgentPiece, Said};
use crate::name::key;

/// A family of models.
#[derive(Debug, PartialEq)]
pub(crate) struct Claude {
    /// What their names have in common.
    name: &'static str,
    /// Tokens of an answer to ask for, thoughts included.
    pub(crate) answer_tokens: u32,
    thinks: Thinks,
    /// Their word for the hardest thinking that one may ask for.
    hardest: &'static str,
    /// Whether their answers can be held to a schema.
    pub(crate) holds_schema: bool,
    /// Whether their thoughts count only behind the very conversation in which they were thought.
    binds: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Thinks {
    Never,
    /// When given a number of tokens for it.
    Budget,
    /// When asked, as much as it finds right.
    Asked,
    /// Unless told not to.
    Unasked,
    /// Whatever it is told.
    Always,
}

use Thinks::*;

/// Newer models write more; nobody waits for it.
const MOST: u32 = ANSWER_TOKENS_DEFAULT;

/// The first that fits counts.
#[rustfmt::skip]
const CLAUDES: &[Claude] = &[
    row("claude-3-haiku",  4_096, Never,   "high",  false, false),
    row("claude-3-opus",   4_096, Never,   "high",  false, false),
    row("claude-3-sonnet", 4_096, Never,   "high",  false, false),
    row("claude-3-5",      8_192, Never,   "high",  false, false),
    row("claude-3-7",      MOST,  Budget,  "high",  false, false),
    row("opus-4-5",        MOST,  Budget,  "high",  true,  false),
    row("sonnet-4-5",      MOST,  Budget,  "high",  true,  false),
    row("haiku-4-5",       MOST,  Budget,  "high",  true,  false),
    row("opus-4-6",        MOST,  Asked,   "max",   true,  false),
    row("sonnet-4-6",      MOST,  Asked,   "max",   true,  false),
    row("opus-4-7",        MOST,  Asked,   "xhigh", true,  false),
    row("opus-4-8",        MOST,  Asked,   "xhigh", true,  false),
    row("opus-4",          MOST,  Budget,  "high",  false, false),
    row("sonnet-4",        MOST,  Budget,  "high",  false, false),
    row("opus-5-5",        MOST,  Always,  "xhigh", true,  true),
    // It can think between calls alone; that is not told apart here.
    row("sonnet-5-5",      MOST,  Always,  "xhigh", true,  true),
    row("haiku-5-5",       MOST,  Unasked, "xhigh", true,  true),
    row("fable-5-1",       MOST,  Always,  "xhigh", true,  true),
    row("mythos-preview",  MOST,  Always,  "max",   true,  false),
    row("fable",           MOST,  Always,  "xhigh", true,  false),
    row("mythos",          MOST,  Always,  "xhigh", true,  false),
    row("opus-5",          MOST,  Unasked, "xhigh", true,  false),
    row("sonnet-5",        MOST,  Unasked, "xhigh", true,  false),
    row("haiku-5",         MOST,  Unasked, "xhigh", true,  false),
];

/// A model that this table does not know: it is told nothing unless somebody wishes it.
const UNKNOWN: Claude = row("", MOST, Asked, "xhigh", true, false);

const fn row(
    name: &'static str,
    answer_tokens: u32,
    thinks: Thinks,
    hardest: &'static str,
    holds_schema: bool,
    binds: bool,
) -> Claude {
    Claude { name, answer_tokens, thinks, hardest, holds_schema, binds }
}

/// How a model is told to think.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Thinking {
    /// The request's `thinking`.
    pub(crate) field: Option<Value>,
    /// The `effort` of its `output_config`.
    pub(crate) effort: Option<&'static str>,
    /// The beta that the field needs.
    pub(crate) beta: Option<&'static str>,
    /// Whether earlier thoughts go back.
    pub(crate) gives_back: bool,
}

impl Claude {
    /// The family of this model.
    pub(crate) fn of(model: &str) -> &'static Self {
        let model = key(model);
        CLAUDES.iter().find(|claude| model.contains(claude.name)).unwrap_or(&UNKNOWN)
    }

    /// How the model is told to think as hard as the user wishes in this conversation.
    pub(crate) fn thinking(&self, effort: Option<&str>, said: &[Said<'_>]) -> Thinking {
        let asks_none = matches!(effort, None | Some("none"));
        match self.thinks {
            Budget if !asks_none && open_loop_begins_with_thoughts(said) => {
                let budget = match effort {
                    Some("minimal") => 1_024,
                    Some("low") => 2_048,
                    Some("medium") => 8_192,
                    Some("high") => 16_384,
                    _ => 24_576,
                };
                let field = json!({"type": "enabled", "budget_tokens": budget});
                Thinking { field: Some(field), gives_back: true, ..Thinking::default() }
            }
            Never | Budget => Thinking::default(),
            Asked if asks_none => Thinking { gives_back: *self == UNKNOWN, ..Thinking::default() },
            Unasked if effort == Some("none") => {
                Thinking { field: Some(json!({"type": "disabled"})), ..Thinking::default() }
            }
            Asked | Unasked | Always => self.adaptive(effort),
        }
    }

    fn adaptive(&self, effort: Option<&str>) -> Thinking {
        let effort = effort.map(|effort| match effort {
            "none" | "minimal" | "low" => "low",
            "medium" => "medium",
            "high" => "high",
            _ => self.hardest,
        });
        let mut field = json!({"type": "adaptive", "display": "summarized"});
        let mut beta = None;
        if self.binds {
            // A conversation that was shortened or steered is not the one before: those thoughts shall be left out.
            field["block_binding"] = json!({"prefix_mismatch_behavior": "drop_block"});
            beta = Some("thinking-binding-controls-2026-08-01");
        }
        Thinking { field: Some(field), effort, beta, gives_back: true }
    }
}

/// Whether the model's part of a loop of calls that still runs begins with its own thoughts. Where thinking has a budget
/// it cannot be switched on in the middle of a loop. What a user says between the calls may count as a new beginning.
fn open_loop_begins_with_thoughts(said: &[Said<'_>]) -> bool {
    let (mut begins, mut is_first, mut after_results) = (true, true, false);
    for entry in said {
        match entry {
            Said::User(_) => {
                begins |= !after_results;
                is_first = true;
            }
            Said::Agent(pieces) => {
                let calls = pieces.iter().any(|piece| matches!(piece, AgentPiece::Call(_)));
                if is_first && calls && !matches!(pieces.first(), Some(AgentPiece::Own(_))) {
                    begins = false;
                }
                is_first = false;
            }
            Said::Results(_) => {}
        }
        after_results = matches!(entry, Said::Results(_));
    }
    begins
}

/// A schema as Claude takes it for answers: its objects have no members but those that it names.
pub(crate) fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut out: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), closed(value))).collect();
            if fields.get("type").and_then(Value::as_str) == Some("object") {
                out.insert("additionalProperties".into(), false.into());
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(model: &str, effort: Option<&str>, field: Value, expected: Option<&str>) {
        let thinking = Claude::of(model).thinking(effort, &[]);
        assert_eq!(thinking.field.unwrap_or_default(), field, "{model}");
        assert_eq!(thinking.effort, expected, "{model}");
    }

    #[test]
    fn each_model_is_told_in_its_own_way() {
        let adaptive = json!({"type": "adaptive", "display": "summarized"});
        let mut bound = adaptive.clone();
        bound["block_binding"] = json!({"prefix_mismatch_behavior": "drop_block"});
        let budget = |tokens: u32| json!({"type": "enabled", "budget_tokens": tokens});
        check("claude-3-5-haiku-20241022", Some("high"), Value::Null, None);
        check("claude-3-7-sonnet-20250219", None, Value::Null, None);
        check("claude-opus-4-20250514", Some("minimal"), budget(1_024), None);
        check("us.anthropic.claude-sonnet-4-20250514-v1:0", Some("low"), budget(2_048), None);
        check("claude-opus-4-5-20251101", Some("xhigh"), budget(24_576), None);
        check("Claude-Opus-4.5", Some("xhigh"), budget(24_576), None);
        check("claude-haiku-4-5", Some("none"), Value::Null, None);
        check("claude-opus-4-6", Some("xhigh"), adaptive.clone(), Some("max"));
        check("claude-opus-4-7", Some("minimal"), adaptive.clone(), Some("low"));
        check("claude-opus-4-8", None, Value::Null, None);
        check("claude-opus-5", None, adaptive.clone(), None);
        check("claude-sonnet-5", Some("none"), json!({"type": "disabled"}), None);
        check("claude-fable-5", Some("none"), adaptive.clone(), Some("low"));
        check("claude-opus-5-5", Some("medium"), bound.clone(), Some("medium"));
        check("claude-haiku-5-5", None, bound, None);
        check("claude-next", None, Value::Null, None);
        check("claude-next", Some("xhigh"), adaptive, Some("xhigh"));
    }

    #[test]
    fn a_budget_leaves_room_for_the_answer() {
        for claude in CLAUDES.iter().filter(|claude| claude.thinks == Budget) {
            let thinking = claude.thinking(Some("xhigh"), &[]);
            let budget = thinking.field.and_then(|field| field["budget_tokens"].as_u64()).expect("a budget");
            assert!(budget < u64::from(claude.answer_tokens), "{}", claude.name);
        }
    }

    #[test]
    fn objects_of_a_schema_are_closed() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object"}}}});
        let expected = json!({"type": "object", "additionalProperties": false, "properties":
            {"a": {"type": "array", "items": {"type": "object", "additionalProperties": false}}}});
        assert_eq!(closed(&schema), expected);
    }
}
