//! Messages for providers that want the two sides to speak in turns, the user first and last, and ids of calls to be
//! unique.

use std::collections::{BTreeSet, HashMap, HashSet};

use everruns_core::message::ToolCall;
use serde_json::{Value, json};

use super::call_id;
use crate::conversation::{AgentPiece, Said};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The user, who also brings the results of calls.
    User,
    /// The model.
    Agent,
}

/// What both sides said, in turns.
#[derive(Debug, Default)]
pub(crate) struct Turns(Vec<(Side, Vec<Value>)>);

impl Turns {
    /// One side says this; it goes on if it was speaking. Nothing said is no turn.
    pub(crate) fn say(&mut self, side: Side, blocks: Vec<Value>) {
        match self.0.last_mut() {
            _ if blocks.is_empty() => {}
            Some((last, before)) if *last == side => before.extend(blocks),
            _ => self.0.push((side, blocks)),
        }
    }

    /// The blocks of the user's turns, the newest first.
    pub(crate) fn of_user_backwards(&mut self) -> impl Iterator<Item = &mut Vec<Value>> {
        self.0.iter_mut().rev().filter(|(side, _)| *side == Side::User).map(|(_, blocks)| blocks)
    }

    /// Lets the user speak first and last, in such a block of text.
    pub(crate) fn framed(mut self, text: impl Fn(&str) -> Value) -> Self {
        if self.0.first().is_none_or(|(side, _)| *side == Side::Agent) {
            self.0.insert(0, (Side::User, vec![text("(the conversation begins)")]));
        }
        if self.0.last().is_some_and(|(side, _)| *side == Side::Agent) {
            self.0.push((Side::User, vec![text("Please go on.")]));
        }
        self
    }

    /// The messages.
    pub(crate) fn into_messages(self) -> Vec<Value> {
        let message = |(side, blocks)| {
            let role = if side == Side::User { "user" } else { "assistant" };
            json!({"role": role, "content": Value::Array(blocks)})
        };
        self.0.into_iter().map(message).collect()
    }
}

/// Ids of calls and of their results on the wire.
#[derive(Debug, Default)]
pub(crate) struct CallIds<'a> {
    taken: HashSet<String>,
    latest: HashMap<&'a str, String>,
}

impl<'a> CallIds<'a> {
    /// The id of a call. Models that count their calls anew in each answer repeat themselves; here nothing is repeated.
    pub(crate) fn of_call(&mut self, call: &'a ToolCall) -> String {
        let is_lawful = |id: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            (1..=64).contains(&id.len()) && id.bytes().all(is_letter)
        };
        let first = call_id(&call.id, is_lawful, "call_", 12);
        let mut id = first.clone();
        let mut times = 1;
        while !self.taken.insert(id.clone()) {
            times += 1;
            let room = first.len().min(56);
            id = format!("{}_{times}", &first[..room]);
        }
        self.latest.insert(&call.id, id.clone());
        id
    }

    /// The id under which a call's result goes: that of the latest call which had this one.
    pub(crate) fn of_result(&self, call: &ToolCall) -> String {
        self.latest.get(call.id.as_str()).cloned().unwrap_or_default()
    }
}

/// A tool's name as providers take it; models make up others now and then.
pub(crate) fn tool_name(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    let name: String = name.chars().take(64).map(letter).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

/// The names of tools that the conversation calls.
pub(crate) fn called_tools(said: &[Said<'_>]) -> BTreeSet<String> {
    let pieces = said.iter().filter_map(|entry| match entry {
        Said::Agent(pieces) => Some(pieces),
        _ => None,
    });
    let calls = pieces.flatten().filter_map(|piece| match piece {
        AgentPiece::Call(call) => Some(tool_name(&call.name)),
        _ => None,
    });
    calls.collect()
}

/// The arguments of a call as an object, which all of these providers want.
pub(crate) fn input(call: &ToolCall) -> Value {
    match &call.arguments {
        Value::Object(_) => call.arguments.clone(),
        Value::Null => json!({}),
        other => json!({"not_an_object": other}),
    }
}

/// A tool's schema with a type at its top, and no empty one.
pub(crate) fn object_schema(schema: &Value) -> Value {
    let mut schema = schema.as_object().cloned().unwrap_or_default();
    schema.insert("type".into(), "object".into());
    Value::Object(schema)
}

/// Whether an image is of a type that providers commonly see.
pub(crate) fn is_common(media_type: &str) -> bool {
    matches!(media_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lawful_and_new_each_time() {
        let call = |id: &str| ToolCall { id: id.to_owned(), name: "t".to_owned(), arguments: json!({}) };
        let calls = [call("toolu_1"), call("toolu_1"), call("a.b:1"), call(&"x".repeat(64)), call(&"x".repeat(64))];
        let mut ids = CallIds::default();
        let pairs: Vec<(String, String)> = calls.iter().map(|call| (ids.of_call(call), ids.of_result(call))).collect();
        assert!(pairs.iter().all(|(id, result)| id == result && id.len() <= 64), "{pairs:?}");
        assert_eq!((pairs[0].0.as_str(), pairs[1].0.as_str()), ("toolu_1", "toolu_1_2"));
        assert!(pairs[2].0.starts_with("call_"));
        assert_eq!(pairs.iter().map(|(id, _)| id).collect::<HashSet<_>>().len(), pairs.len());
    }

    #[test]
    fn sides_take_turns_and_the_user_frames_them() {
        let mut turns = Turns::default();
        for (side, word) in [(Side::Agent, 1), (Side::Agent, 2), (Side::User, 3), (Side::Agent, 4)] {
            turns.say(side, vec![json!(word)]);
        }
        turns.say(Side::User, Vec::new());
        let expected = [
            json!({"role": "user", "content": ["(the conversation begins)"]}),
            json!({"role": "assistant", "content": [1, 2]}),
            json!({"role": "user", "content": [3]}),
            json!({"role": "assistant", "content": [4]}),
            json!({"role": "user", "content": ["Please go on."]}),
        ];
        assert_eq!(turns.framed(|text| json!(text)).into_messages(), expected);
    }

    #[test]
    fn names_and_schemas_are_made_plain() {
        assert_eq!(tool_name("fs.read file"), "fs_read_file");
        assert_eq!(tool_name(""), "unnamed");
        assert_eq!(object_schema(&json!({})), json!({"type": "object"}));
        assert_eq!(object_schema(&Value::Null), json!({"type": "object"}));
        let schema = json!({"type": "object", "properties": {"a": {}}});
        assert_eq!(object_schema(&schema), schema);
    }
}
