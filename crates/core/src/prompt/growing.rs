//! A prompt that is kept between the steps of a conversation: what came since is put behind it, what does not fit any more
//! leaves in front. A step costs what is new, whatever came before.
//!
//! It is always the prompt that [`Assembler`] would make of the same entries, or it says that it cannot be.

use std::sync::Arc;

use super::{Assembler, Entry, Prompt};
use crate::config::Config;
use crate::limits::PROMPT_MESSAGES_MAX;
use crate::message::{Message, Role};

/// A prompt and what it takes to let it grow.
#[derive(Debug)]
pub struct GrowingPrompt {
    prompt: Arc<Prompt>,
    /// A message with the answers to its calls; together they are the prompt's messages.
    groups: Vec<Group>,
    bytes_max: usize,
    /// Entries from here on are not in it.
    until: i64,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    sequence: i64,
    bytes: usize,
    messages: usize,
    is_user: bool,
}

impl Assembler {
    /// The prompt of the entries before `until`, ready to grow. The other half is `None` if it has to be assembled anew
    /// each time, since it holds more than its budget allows.
    pub fn finish_growing(mut self, until: i64) -> (Arc<Prompt>, Option<GrowingPrompt>) {
        let newest_dropped = self.drop_answers_without_question();
        let mut groups: Vec<Group> = Vec::with_capacity(self.messages.len());
        for placed in self.messages.iter().rev() {
            match groups.last_mut().filter(|_| placed.message.role == Role::ToolResult) {
                Some(group) => group.messages += 1,
                None => groups.push(Group {
                    sequence: placed.sequence,
                    bytes: placed.bytes,
                    messages: 1,
                    is_user: placed.message.role == Role::User,
                }),
            }
        }
        let (bytes_max, overfull) = (self.bytes_max, self.overfull);
        let prompt = Arc::new(self.finish());
        let grows = !overfull && in_order(newest_dropped, &prompt);
        let growing = GrowingPrompt { prompt: prompt.clone(), groups, bytes_max, until };
        (prompt, grows.then_some(growing))
    }
}

/// An input that came during an answer stands behind it, but is older. If the two are parted, the budget cannot be told from
/// what is left.
fn in_order(newest_dropped: i64, prompt: &Prompt) -> bool {
    newest_dropped <= prompt.from
}

impl GrowingPrompt {
    /// Its budget, bytes of conversation.
    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// Entries from here on are not in it.
    pub fn until(&self) -> i64 {
        self.until
    }

    /// The prompt of the entries before `until`, with this configuration. `new`: the entries that came since, oldest first. `None`: the new
    /// ones do not simply follow the old ones; it has to be assembled.
    pub fn grow<'a>(
        mut self,
        config: &Arc<Config>,
        new: impl Iterator<Item = &'a Entry>,
        until: i64,
    ) -> Option<(Arc<Prompt>, Self)> {
        let (messages, groups) = following(new, self.until)?;
        // The model call that used it is over, so as a rule nobody else holds it and nothing is copied.
        let prompt = Arc::make_mut(&mut self.prompt);
        prompt.config = config.clone();
        prompt.messages.extend(messages);
        prompt.bytes += groups.iter().map(|group| group.bytes).sum::<usize>();
        self.groups.extend(groups);
        self.trim()?;
        self.until = until;
        Some((self.prompt.clone(), self))
    }

    /// Drops the oldest groups until the rest fits and a user speaks first.
    fn trim(&mut self) -> Option<()> {
        let prompt = Arc::make_mut(&mut self.prompt);
        let (mut dropped, mut messages, mut bytes) = (0, 0, 0);
        let too_many =
            |group: &Group, messages: usize| prompt.messages.len() - messages - group.messages >= PROMPT_MESSAGES_MAX;
        for group in &self.groups {
            if prompt.bytes - bytes <= self.bytes_max && !too_many(group, messages) && group.is_user {
                break;
            }
            dropped += 1;
            messages += group.messages;
            bytes += group.bytes;
        }
        // The newest input stands in every prompt, whatever its size; that takes the assembler.
        if dropped == self.groups.len() {
            return None;
        }
        let newest_dropped = self.groups.drain(..dropped).map(|group| group.sequence).max().unwrap_or(0);
        prompt.messages.drain(..messages);
        prompt.bytes -= bytes;
        prompt.from = self.groups.iter().map(|group| group.sequence).min().unwrap_or(0);
        in_order(newest_dropped, prompt).then_some(())
    }
}

/// Messages and groups of entries that simply follow what came before `since`: every call is answered behind its message,
/// and nobody spoke while the model wrote.
fn following<'a>(new: impl Iterator<Item = &'a Entry>, since: i64) -> Option<(Vec<Arc<Message>>, Vec<Group>)> {
    let mut messages: Vec<Arc<Message>> = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    // Inputs between a message of the agent and the last answer to it stand behind the answers.
    let mut waiting: Vec<&Entry> = Vec::new();
    let mut open: Vec<(&str, Option<&Entry>)> = Vec::new();
    let mut newest_input = 0;
    for entry in new {
        if let Some(call) = &entry.answers {
            let slot = open.iter_mut().find(|(id, answer)| *id == &**call && answer.is_none())?;
            slot.1 = Some(entry);
            if open.iter().all(|(_, answer)| answer.is_some()) {
                let group = groups.last_mut()?;
                for answer in open.drain(..).filter_map(|(_, answer)| answer) {
                    group.messages += 1;
                    group.bytes += answer.message.bytes();
                    messages.push(answer.message.clone());
                }
                for input in waiting.drain(..) {
                    push(input, &mut messages, &mut groups);
                }
            }
        } else if entry.message.role == Role::User {
            newest_input = entry.sequence;
            if open.is_empty() { push(entry, &mut messages, &mut groups) } else { waiting.push(entry) }
        } else {
            let before = entry.answers_before;
            let spoken_to = before > 0 && (newest_input >= before || before < since);
            if spoken_to || !open.is_empty() {
                return None;
            }
            push(entry, &mut messages, &mut groups);
            open.extend(entry.message.tool_calls().map(|call| (call.id.as_str(), None)));
        }
    }
    open.is_empty().then_some((messages, groups))
}

fn push(entry: &Entry, messages: &mut Vec<Arc<Message>>, groups: &mut Vec<Group>) {
    let is_user = entry.message.role == Role::User;
    groups.push(Group { sequence: entry.sequence, bytes: entry.bytes, messages: 1, is_user });
    messages.push(entry.message.clone());
}
