//! The story language: what can happen to a session, and how what it wrote is shown.

use crate::event::{EventData, ToolCompleted, ToolStatus};
use crate::message::{ToolCall, ToolResult};
use crate::tool::{AnsweredBy, SideEffectClass, Tool};
use crate::{
    HarnessId,
    config::{Config, Manner, Served},
};
use serde_json::{Value, json};

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A user says something; it opens a turn or steers the open one.
    Says(&'static str),
    /// A user says something that waits for a turn of its own.
    Queues(&'static str),
    /// A user says something and the turn gives way to it.
    Interrupts(&'static str),
    /// The same, and what was said in the turn leaves the conversation.
    RollsBack(&'static str),
    /// Like `Says`, but it gets into the log between the next decision and its append.
    Gap(&'static str),
    /// The engine does what is due and needs nobody else: start, wake, give a call up.
    Works,
    /// The model's text so far.
    Text(&'static str),
    /// The model's thoughts and text so far.
    Thinks(&'static str, &'static str),
    /// The model's answer with the thoughts before it.
    Concludes(&'static str, &'static str),
    /// The model's answer, without calls.
    Answers(&'static str),
    /// The model's answer without text, with [`calls`].
    Asks(&'static str),
    /// The model's answer, with text and [`calls`].
    Comments(&'static str, &'static str),
    /// The model gives no answer.
    Fails,
    /// A tool of the server ends well.
    Ends(usize),
    /// A tool of the server ends with an error.
    Breaks(usize),
    /// A tool of the server takes too long.
    Hangs(usize),
    /// All tools that run end well, and those that start then.
    EndsAll,
    /// A client sends [`results`].
    Results(&'static str),
    /// Seconds pass.
    Sleeps(i64),
    /// Somebody stops the turn.
    Cancels,
    /// The process dies and another one folds the log.
    Reload,
}

/// Calls as words: `tool`, `id=tool`, `3*tool`; `tool!` has arguments that are no object. Ids are `c0`, `c1`, … in
/// every answer, so they repeat within a session as those of some providers do.
pub(super) fn calls(words: &str) -> Vec<ToolCall> {
    let mut calls = Vec::new();
    for word in words.split_whitespace() {
        let (count, word) = match word.split_once('*') {
            Some((count, word)) => (count.parse().expect("a count"), word),
            None => (1, word),
        };
        for _ in 0..count {
            let (id, tool) = match word.split_once('=') {
                Some((id, tool)) => (id.to_owned(), tool),
                None => (format!("c{}", calls.len()), word),
            };
            calls.push(ToolCall {
                id,
                name: tool.trim_end_matches('!').to_owned(),
                arguments: if tool.ends_with('!') { json!("no object") } else { json!({"ordinal": calls.len()}) },
            });
        }
    }
    calls
}

/// Results as words: the id of a call, with `!` for an error, with `?` for neither result nor error.
pub(super) fn results(words: &str) -> Vec<ToolResult> {
    let results = words.split_whitespace().map(|word| ToolResult {
        tool_call_id: word.trim_end_matches(['!', '?']).to_owned(),
        result: (!word.ends_with(['!', '?'])).then(|| json!({"of": word})),
        error: word.ends_with('!').then(|| "broken".to_owned()),
    });
    results.collect()
}

/// Tools of each class: `clock` is pure, `pay` idempotent, `mail` runs at most once, `ask` and `pick` are the client's.
pub(super) fn config() -> Config {
    let tool = |name: &str, answered_by| Tool {
        name: name.to_owned(),
        display_name: Some(name.to_uppercase()),
        description: String::new(),
        parameters: Value::Null,
        answered_by,
    };
    let served = |name: &str, class| {
        let id = "kit".to_owned();
        tool(name, AnsweredBy::Capability { id, class })
    };
    Config {
        harness_id: HarnessId::from_u128(1),
        agent_id: None,
        agent_name: None,
        model: Some("llmsim/story".to_owned()),
        served_by: None,
        price: None,
        fallbacks: Vec::new(),
        system_prompt: String::new(),
        tools: vec![
            served("clock", SideEffectClass::Pure),
            served("pay", SideEffectClass::Idempotent),
            served("mail", SideEffectClass::AtMostOnce),
            tool("ask", AnsweredBy::Client),
            tool("pick", AnsweredBy::Client),
        ],
        max_iterations: 500,
        parallel_tool_calls: true,
        client_tool_seconds: 300,
        network_access: Default::default(),
        lacks_dependency: false,
        manner: Manner::default(),
    }
}

/// A model that stands in for that of [`config`].
pub(super) fn second() -> Vec<Served> {
    vec![Served { model: "llmsim/second".to_owned(), served_by: None, price: None }]
}

/// Events as words: the type with `(` for `.started`, `)` for `.completed` and `message` for `output.message`; behind
/// it the call's id and how it ended, if not well. A delta is `+` and its text, one of thoughts `~` and
/// its text. A run of four calls or more is `tool(c0..c9`.
pub(super) fn words<'a>(events: impl Iterator<Item = &'a EventData>) -> String {
    let words: Vec<Word> = events.map(word).collect();
    let runs = words.chunk_by(|a, b| !b.id.is_empty() && (&a.head, &a.tail) == (&b.head, &b.tail));
    let shown = runs.flat_map(|run| match run {
        [first, _, _, .., last] => vec![format!("{}{}..{}{}", first.head, first.id, last.id, last.tail)],
        few => few.iter().map(|word| format!("{}{}{}", word.head, word.id, word.tail)).collect(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

struct Word {
    head: String,
    /// Of a call.
    id: String,
    tail: String,
}

fn word(event: &EventData) -> Word {
    let (id, tail) = match event {
        EventData::OutputMessageDelta(delta) => {
            return Word { head: "+".to_owned(), id: String::new(), tail: delta.delta.replace(' ', "_") };
        }
        EventData::ReasonThinkingDelta(delta) => {
            return Word { head: "~".to_owned(), id: String::new(), tail: delta.delta.replace(' ', "_") };
        }
        EventData::ToolStarted(started) => (started.tool_call.id.clone(), String::new()),
        EventData::ToolCompleted(completed) => (completed.tool_call_id.clone(), ending(completed)),
        EventData::ToolCallRequested(requested) => {
            let ids: Vec<_> = requested.tool_calls.iter().map(|call| &*call.id).collect();
            (String::new(), format!(":{}", ids.join(",")))
        }
        _ => (String::new(), String::new()),
    };
    let head = event
        .type_name()
        .replace("output.message", "message")
        .replace("input.message", "input")
        .replace("reason.thinking", "thinking")
        .replace(".started", "(")
        .replace(".completed", ")");
    Word { head, id, tail }
}

fn ending(completed: &ToolCompleted) -> String {
    match completed.status {
        ToolStatus::Success => String::new(),
        ToolStatus::Error => ":error".to_owned(),
        ToolStatus::Timeout => ":timeout".to_owned(),
        ToolStatus::Cancelled => ":cancelled".to_owned(),
    }
}
