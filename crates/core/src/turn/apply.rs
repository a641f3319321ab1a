//! Folding events into a turn.

use super::{Call, CallState, Phase, Reason, Turn, Unread};
use crate::event::{EventData, Recorded};

impl Turn {
    /// Folds one event of the log in. Events must come in the order of their sequences.
    pub fn apply(&mut self, event: &Recorded) {
        let Recorded { sequence, at, data } = event;
        self.last_sequence = *sequence;
        match data {
            EventData::InputMessage(input) if self.phase != Phase::Ended => self.hear(*sequence, input),
            EventData::InputDequeued(input) if self.phase != Phase::Ended => {
                self.unread.push(Unread { message_id: input.message_id, controls: None });
            }
            EventData::InputDropped(input) => self.unread.retain(|unread| unread.message_id != input.message_id),
            EventData::TurnStarted(_) => self.started_at = Some(*at),
            EventData::ReasonStarted(_) => {
                self.phase = Phase::Reasoning;
                self.iterations += 1;
                self.iterations_since_input = if self.unread.is_empty() { self.iterations_since_input + 1 } else { 1 };
                self.config = self.next_config();
                self.unread.clear();
                self.calls.clear();
                self.reason = Reason { started_sequence: *sequence, started_at: *at, ..Reason::default() };
            }
            EventData::OutputMessageStarted(started) => {
                self.reason.message_id = Some(started.message_id);
                self.reason.shown.clear();
                self.reason.thought.clear();
                self.reason.thinks = false;
            }
            EventData::OutputMessageDelta(delta) => {
                self.reason.shown.push_str(&delta.delta);
                self.reason.first_text_at.get_or_insert(*at);
                self.first_text_at.get_or_insert(*at);
            }
            EventData::ReasonThinkingStarted(_) => self.reason.thinks = true,
            EventData::ReasonThinkingDelta(delta) => self.reason.thought.push_str(&delta.delta),
            EventData::ReasonThinkingCompleted(_) => self.reason.thinks = false,
            EventData::ReasonRecovered(_) => self.reason.attempt += 1,
            EventData::LlmGeneration(call) if !call.metadata.success => self.reason.passed_over += 1,
            EventData::ReasonCompleted(completed) => {
                self.llm_call_count += 1;
                self.usage = self.usage + completed.usage.unwrap_or_default();
            }
            EventData::OutputMessageCompleted(completed) => {
                self.reason.message_id = Some(completed.message.id);
                let calls = completed.message.tool_calls();
                self.calls = calls
                    .map(|call| Call {
                        client_side: self.config.is_client_side(&call.name),
                        tool_call: call.clone(),
                        state: CallState::Open,
                    })
                    .collect();
                if !self.calls.is_empty() {
                    self.phase = Phase::Acting;
                    self.act_started_at = None;
                }
            }
            EventData::ActStarted(_) => self.act_started_at = Some(*at),
            EventData::ToolStarted(started) => {
                if let Some(ordinal) = self.unclosed(&started.tool_call.id) {
                    self.calls[ordinal].state = CallState::Started { sequence: *sequence, at: *at };
                }
            }
            EventData::ToolCompleted(completed) => {
                if let Some(ordinal) = self.unclosed(&completed.tool_call_id) {
                    self.calls[ordinal].state = CallState::Closed { success: completed.success };
                    self.tool_call_count += 1;
                }
            }
            EventData::ToolCallRequested(_) => self.phase = Phase::Waiting { since: *at },
            ended if ended.ends_turn() => self.phase = Phase::Ended,
            _ => {}
        }
    }
}
