//! Streams a reply as a provider would: word by word, at its pace, with the tokens counted.

use std::vec::IntoIter;

use everruns_core::Usage;
use everruns_core::message::ToolCall;
use everruns_core::prompt::Prompt;
use futures::stream::{StreamExt, unfold};

use super::behaviour::Reply;
use super::pace::Pace;
use crate::{Done, ModelError, Part, Parts};

/// What is still to be said.
struct Rest {
    text: String,
    /// Where the rest of the text begins.
    at: usize,
    tool_calls: IntoIter<ToolCall>,
    failure: Option<ModelError>,
    pace: Pace,
    usage: Usage,
    finish_reason: &'static str,
    response_id: String,
}

/// The stream of a reply.
pub(super) fn play(prompt: &Prompt, reply: Reply, pace: Pace) -> Parts {
    let rest = Rest {
        text: reply.text,
        at: 0,
        finish_reason: if reply.tool_calls.is_empty() { "stop" } else { "tool_calls" },
        tool_calls: reply.tool_calls.into_iter(),
        failure: reply.failure,
        pace,
        usage: Usage { input_tokens: input_tokens(prompt), ..Usage::default() },
        response_id: format!("llmsim_{}_{}", prompt.from, prompt.messages.len()),
    };
    unfold(Some(rest), |rest| async {
        let mut rest = rest?;
        match rest.next_token() {
            Some(part) => {
                rest.pace.wait().await;
                rest.usage.output_tokens += 1;
                Some((Ok(part), Some(rest)))
            }
            None => Some((rest.end().await, None)),
        }
    })
    .boxed()
}

impl Rest {
    /// A word or a call; each counts as a token.
    fn next_token(&mut self) -> Option<Part> {
        let text = &self.text[self.at..];
        if text.is_empty() {
            return self.tool_calls.next().map(Part::ToolCall);
        }
        let word = &text[..word_end(text)];
        self.at += word.len();
        Some(Part::Text(word.to_owned()))
    }

    async fn end(mut self) -> Result<Part, ModelError> {
        match self.failure {
            Some(failure) => {
                self.pace.wait().await;
                Err(failure)
            }
            None => Ok(Part::Done(Done {
                usage: self.usage,
                finish_reason: Some(self.finish_reason.to_owned()),
                response_id: Some(self.response_id),
                ..Done::default()
            })),
        }
    }
}

/// Where the first word ends, the space around it included.
fn word_end(text: &str) -> usize {
    let skip = |from: usize, space: bool| {
        let end = text[from..].find(|c: char| c.is_whitespace() != space);
        end.map_or(text.len(), |length| from + length)
    };
    skip(skip(skip(0, true), false), true)
}

/// Four bytes are about a token.
fn input_tokens(prompt: &Prompt) -> u32 {
    let bytes = prompt.bytes + prompt.config.instructions().len();
    u32::try_from(bytes.div_ceil(4)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::word_end;

    #[track_caller]
    fn check(text: &str, word: &str) {
        assert_eq!(&text[..word_end(text)], word);
    }

    #[test]
    fn a_word_takes_the_space_around_it() {
        check("one two", "one ");
        check("one\n\ntwo", "one\n\n");
        check(" one  two", " one  ");
        check("one", "one");
        check("ça\u{a0}va", "ça\u{a0}");
        check("  ", "  ");
    }
}
