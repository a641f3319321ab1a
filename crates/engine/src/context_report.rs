//! What the last request to a model was made of: each part, where it comes from, and its tokens.
//!
//! The parts are those of the prompt, made anew from the log. Their tokens are an estimate by length; if the provider counted
//! the request, the estimates are scaled so that they add up to its count.

use everruns_core::Spent;
use everruns_core::config::Config;
use everruns_core::event::{EventData, LlmGeneration, Recorded};
use everruns_core::limits::{CONTEXT_REPORT_CHARS_MAX, PROMPT_BYTES_MAX, PROMPT_MESSAGES_MAX, TOKEN_BYTES};
use everruns_core::message::{Message, Role, json_bytes, preview};
use everruns_core::prompt::{Assembler, MESSAGE_TYPES, Prompt};
use everruns_core::tool::{AnsweredBy, Tool};
use everruns_store::{EventQuery, Log, SessionHead};

use crate::definition::corrupt;
use crate::{Definition, Engine, Error};

/// What a request was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextReport {
    /// The model that was asked, such as `openai/gpt-5`; of a session that asked none, the one it would ask.
    pub model: String,
    /// Tokens that fit into the model's context, if that is known.
    pub context_window_tokens: Option<u32>,
    /// Its parts, in their order.
    pub parts: Vec<ContextPart>,
    /// Tokens of the session so far.
    pub cumulative_usage: Spent,
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextPart {
    /// Where it stands.
    pub section: Section,
    /// Where it comes from: a capability's id, a tool's name, a message's id, or `instructions`.
    pub source_id: String,
    /// For people.
    pub label: String,
    /// Its tokens.
    pub tokens: u32,
}

/// The sections of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What the model is told before the conversation.
    SystemPrompt,
    /// What it may call.
    Tools,
    /// The conversation.
    History,
}

impl ContextReport {
    /// Tokens of the whole request.
    pub fn tokens(&self) -> u32 {
        self.parts.iter().map(|part| part.tokens).sum()
    }
}

impl Engine {
    /// What the session's last request to a model was made of; without one, what its first one would begin with.
    pub async fn context_report(&self, session: &Definition, head: &SessionHead) -> Result<ContextReport, Error> {
        let log = Log::from(session);
        let call = self.latest(&log, "llm.generation", None).await?;
        let call = call.and_then(|event| match event.data {
            EventData::LlmGeneration(call) if call.private.from > 0 => Some((event.sequence, call)),
            _ => None,
        });
        let (prompt, model, counted) = match call {
            Some((sequence, call)) => {
                let config = self.pinned(session, &log, sequence).await?;
                let prompt = self.prompt_of(&log, config, &call).await?;
                let counted = call.metadata.usage.map(|usage| {
                    usage
                        .input_tokens
                        .saturating_add(usage.cache_read_tokens)
                        .saturating_add(usage.cache_creation_tokens)
                });
                (prompt, call.metadata.model, counted)
            }
            None => {
                let config = self.inner.resolve(session, None).await?.config;
                let model = config.model.clone().unwrap_or_default();
                (Assembler::new(config).finish(), model, None)
            }
        };
        let book = self.inner.book(session.org).await?;
        let known = book.choose(&model).ok().and_then(|chosen| book.entry(chosen.served_by.model_id));
        let limits = known.and_then(|entry| entry.profile.as_ref()?.limits);
        Ok(ContextReport {
            model,
            context_window_tokens: limits.and_then(|limits| u32::try_from(limits.context).ok()),
            parts: scaled(parts(&prompt), counted),
            cumulative_usage: head.usage,
        })
    }

    /// The newest event of a type, before a sequence if one is given.
    async fn latest(&self, log: &Log, type_name: &str, before: Option<i64>) -> Result<Option<Recorded>, Error> {
        let query = EventQuery {
            types: vec![type_name.to_owned()],
            before,
            descending: true,
            limit: Some(1),
            ..EventQuery::all(log.clone())
        };
        let rows = self.inner.store.events(&query).await?;
        rows.into_iter().next().map(|row| row.decode().map_err(corrupt)).transpose()
    }

    /// The configuration that the turn of a model call was pinned to.
    async fn pinned(&self, session: &Definition, log: &Log, sequence: i64) -> Result<std::sync::Arc<Config>, Error> {
        match self.latest(log, "turn.started", Some(sequence)).await?.map(|event| event.data) {
            Some(EventData::TurnStarted(started)) => self.inner.configuration(session.org, &started.config_hash).await,
            _ => Ok(self.inner.resolve(session, None).await?.config),
        }
    }

    /// The prompt of a model call, made anew.
    async fn prompt_of(
        &self,
        log: &Log,
        config: std::sync::Arc<Config>,
        call: &LlmGeneration,
    ) -> Result<Prompt, Error> {
        let query = EventQuery {
            after: call.private.from - 1,
            before: Some(call.private.before),
            types: MESSAGE_TYPES.iter().map(|name| (*name).to_owned()).collect(),
            descending: true,
            limit: Some(2 * PROMPT_MESSAGES_MAX as i64),
            ..EventQuery::all(log.clone())
        };
        let mut assembler = Assembler::with_budget(config, 2 * PROMPT_BYTES_MAX);
        for row in self.inner.store.events(&query).await? {
            if !assembler.push(&row.decode().map_err(corrupt)?) {
                break;
            }
        }
        Ok(assembler.finish())
    }
}

/// A part and how many bytes it is.
type Measured = (ContextPart, usize);

fn parts(prompt: &Prompt) -> Vec<Measured> {
    let instructions = instructions(&prompt.config.instructions());
    let tools = prompt.config.tools.iter().map(tool);
    let history = prompt.messages.iter().map(|message| said(message));
    instructions.into_iter().chain(tools).chain(history).collect()
}

fn part(section: Section, source_id: impl Into<String>, label: impl Into<String>, bytes: usize) -> Measured {
    (ContextPart { section, source_id: source_id.into(), label: label.into(), tokens: 0 }, bytes)
}

/// The instructions, and apart from them what capabilities add.
fn instructions(text: &str) -> Vec<Measured> {
    let mut parts = Vec::new();
    let (mut own, mut rest) = (0, text);
    while let Some((before, after)) = rest.split_once("<capability id=\"") {
        let Some((id, body)) = after.split_once("\">") else { break };
        let (body, after) = body.split_once("</capability>").unwrap_or((body, ""));
        own += before.len();
        parts.push(part(Section::SystemPrompt, id, format!("Capability {id}"), body.len()));
        rest = after;
    }
    own += rest.len();
    if own > 0 {
        parts.insert(0, part(Section::SystemPrompt, "instructions", "Instructions", own));
    }
    parts
}

fn tool(tool: &Tool) -> Measured {
    let from = match &tool.answered_by {
        AnsweredBy::Client => "client".to_owned(),
        AnsweredBy::Capability { id, .. } => id.clone(),
    };
    let bytes = tool.name.len() + tool.description.len() + json_bytes(&tool.parameters);
    part(Section::Tools, &tool.name, format!("{} ({from})", tool.name), bytes)
}

fn said(message: &Message) -> Measured {
    let who = match message.role {
        Role::System => "System",
        Role::User => "User",
        Role::Agent => "Agent",
        Role::ToolResult => "Tool result",
    };
    let begins = preview(&message.text(), CONTEXT_REPORT_CHARS_MAX);
    let label = if begins.is_empty() { who.to_owned() } else { format!("{who}: {begins}") };
    part(Section::History, message.id.to_string(), label, message.bytes())
}

/// Gives each part its tokens. With a count of the whole they add up to it: what is left over by rounding goes to the parts
/// that were rounded down the most.
fn scaled(parts: Vec<Measured>, counted: Option<u32>) -> Vec<ContextPart> {
    let bytes: u64 = parts.iter().map(|(_, bytes)| *bytes as u64).sum();
    let Some(counted) = counted.filter(|count| *count > 0 && bytes > 0) else {
        let estimate = |bytes: usize| u32::try_from(bytes.div_ceil(TOKEN_BYTES)).unwrap_or(u32::MAX);
        return parts.into_iter().map(|(part, bytes)| ContextPart { tokens: estimate(bytes), ..part }).collect();
    };
    let share = |part_bytes: usize| part_bytes as u64 * u64::from(counted);
    let mut left = counted;
    let mut order: Vec<(u64, usize)> = Vec::with_capacity(parts.len());
    let mut shared: Vec<ContextPart> = Vec::with_capacity(parts.len());
    for (place, (part, part_bytes)) in parts.into_iter().enumerate() {
        let tokens = u32::try_from(share(part_bytes) / bytes).unwrap_or(counted);
        left = left.saturating_sub(tokens);
        order.push((share(part_bytes) % bytes, place));
        shared.push(ContextPart { tokens, ..part });
    }
    order.sort_unstable_by_key(|(rest, place)| (std::cmp::Reverse(*rest), *place));
    for (_, place) in order.into_iter().take(left as usize) {
        shared[place].tokens += 1;
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_add_up_to_what_was_counted() {
        #[track_caller]
        fn check(bytes: &[usize], counted: Option<u32>, expected: &[u32]) {
            let parts = bytes.iter().map(|bytes| part(Section::History, "m", "m", *bytes)).collect();
            let tokens: Vec<u32> = scaled(parts, counted).iter().map(|part| part.tokens).collect();
            assert_eq!(tokens, expected, "{bytes:?} {counted:?}");
        }
        check(&[], Some(7), &[]);
        check(&[10, 20, 30], None, &[4, 7, 10]);
        check(&[10, 20, 30], Some(60), &[10, 20, 30]);
        check(&[1, 1, 1], Some(10), &[4, 3, 3]);
        check(&[1, 2], Some(1), &[0, 1]);
        check(&[5, 0], Some(3), &[3, 0]);
        check(&[0, 0], Some(3), &[0, 0]);
        check(&[4], Some(0), &[2]);
    }

    #[test]
    fn capabilities_are_told_apart_from_instructions() {
        #[track_caller]
        fn check(text: &str, expected: &[(&str, usize)]) {
            let found = instructions(text);
            let found: Vec<(&str, usize)> = found.iter().map(|(part, bytes)| (&*part.source_id, *bytes)).collect();
            assert_eq!(found, expected, "{text}");
        }
        check("", &[]);
        check("Be kind.", &[("instructions", 8)]);
        check("Be kind.<capability id=\"a\">one</capability>", &[("instructions", 8), ("a", 3)]);
        check("<capability id=\"a\">one</capability><capability id=\"b\">no", &[("a", 3), ("b", 2)]);
        check("<capability id=", &[("instructions", 15)]);
    }
}
