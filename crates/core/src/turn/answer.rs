//! What the model says: its text as it comes, its answer, its failure.

use super::calls::act;
use super::draft::Draft;
use super::phase::{apologize, fail, reason, reason_or_end};
use super::told::tell;
use super::{Answer, Failure, Turn};
use crate::event::{
    CompletedPrivate, DeltaPrivate, GenerationMetadata, GenerationOutput, GenerationPrivate, GenerationTool,
    LlmGeneration, ModelMetadata, OutputMessageCompleted, OutputMessageDelta, OutputMessageStarted, ReasonCompleted,
    ReasonRecovered, RecoveryMode,
};
use crate::limits::PREVIEW_CHARS_MAX;
use crate::message::{ContentPart, Message, Role, ToolCall, preview};
use crate::{MessageId, Spent};

/// Shows readers the model's text so far. What they have seen already is not shown again, even after a restart; where
/// the text differs from it, they are told to drop it.
pub(super) fn show(draft: &mut Draft, text: &str) {
    let shown = &draft.turn.reason.shown;
    if shown.starts_with(text) {
        return;
    }
    if !text.starts_with(shown.as_str()) {
        restart_message(draft);
    }
    let turn = &draft.turn;
    let offset = turn.reason.shown.len();
    draft.push(OutputMessageDelta {
        turn_id: turn.id,
        message_id: message_id(turn),
        delta: text[offset..].to_owned(),
        private: DeltaPrivate { offset },
    });
}

fn restart_message(draft: &mut Draft) {
    let turn = &draft.turn;
    let (turn_id, iteration, attempt) = (turn.id, turn.iterations, turn.reason.attempt + 1);
    let (accumulated_len, model) = (turn.reason.shown.len(), turn.config.model.clone());
    draft.push(ReasonRecovered { turn_id, mode: RecoveryMode::Restart, accumulated_len });
    draft.push(OutputMessageStarted {
        turn_id,
        message_id: MessageId::written_by(turn_id, iteration, attempt),
        model,
        iteration: Some(iteration),
    });
}

fn message_id(turn: &Turn) -> MessageId {
    turn.reason.message_id.unwrap_or_else(|| MessageId::written_by(turn.id, turn.iterations, turn.reason.attempt))
}

pub(super) fn answered(draft: &mut Draft, answer: Answer) {
    let Answer { text, tool_calls, usage, cost_nanos, finish_reason, response_id, prompt_from } = answer;
    let usage = Spent::by_call(usage, draft.turn.config.price.as_ref(), cost_nanos);
    if draft.turn.reason.shown.len() > text.len() {
        restart_message(draft);
    }
    show(draft, &text);

    let tool_calls = with_distinct_ids(tool_calls.into_iter().map(with_object).collect(), draft.turn.iterations);
    let text_preview = Some(preview(&text, PREVIEW_CHARS_MAX)).filter(|preview| !preview.is_empty());
    let model = draft.turn.config.model.clone().unwrap_or_default();
    let first_text_at = draft.turn.reason.first_text_at;
    let duration_ms = Some(draft.now.millis_since(draft.turn.reason.started_at));
    draft.push(ReasonCompleted {
        success: true,
        has_tool_calls: !tool_calls.is_empty(),
        tool_call_count: tool_calls.len(),
        text_preview,
        error: None,
        duration_ms,
        usage: Some(usage),
    });
    let metadata = GenerationMetadata {
        provider: provider_of(&model),
        model,
        success: true,
        usage: Some(usage),
        error: None,
        duration_ms,
        time_to_first_token_ms: first_text_at.map(|first| first.millis_since(draft.turn.reason.started_at)),
        finish_reasons: finish_reason.map(|reason| vec![reason]),
        response_id,
    };
    let output =
        GenerationOutput { text: Some(text.clone()).filter(|text| !text.is_empty()), tool_calls: tool_calls.clone() };
    let private = prompt_of(draft, prompt_from);
    generation(draft, output, metadata, private);

    // Somebody who spoke meanwhile is answered too, so this is not the last word.
    let last_word = tool_calls.is_empty() && draft.turn.unread.is_empty();
    let phase = if last_word { "final_answer" } else { "commentary" };
    let mut content = Vec::with_capacity(1 + tool_calls.len());
    if !text.is_empty() || tool_calls.is_empty() {
        content.push(ContentPart::Text { text });
    }
    content.extend(tool_calls.into_iter().map(ContentPart::ToolCall));
    draft.push(OutputMessageCompleted {
        message: Message::new(message_id(&draft.turn), Role::Agent, content, draft.now),
        metadata: ModelMetadata::of(&draft.turn.config),
        usage: Some(usage),
        phase: Some(phase.to_owned()),
        error_code: None,
        error_fields: None,
        error_disclosure: None,
        private: CompletedPrivate { answers_before: draft.turn.reason.started_sequence, ..Default::default() },
    });
    if draft.turn.calls.is_empty() { reason_or_end(draft) } else { act(draft) }
}

pub(super) fn model_failed(draft: &mut Draft, failure: &Failure) {
    if !draft.turn.reason.shown.is_empty() {
        restart_message(draft);
    }
    let model = draft.turn.config.model.clone().unwrap_or_default();
    let duration_ms = Some(draft.now.millis_since(draft.turn.reason.started_at));
    let told = tell(&draft.turn, failure.code, Some(&failure.message));
    draft.push(ReasonCompleted {
        success: false,
        has_tool_calls: false,
        tool_call_count: 0,
        text_preview: None,
        error: Some(told.reason.clone()),
        duration_ms,
        usage: None,
    });
    let metadata = GenerationMetadata {
        provider: provider_of(&model),
        model,
        success: false,
        usage: None,
        error: Some(told.reason.clone()),
        duration_ms,
        time_to_first_token_ms: None,
        finish_reasons: None,
        response_id: None,
    };
    let private = GenerationPrivate { error: Some(failure.message.clone()), ..prompt_of(draft, failure.prompt_from) };
    generation(draft, GenerationOutput::default(), metadata, private);
    apologize(draft, &told);
    // Somebody said something more meanwhile: that deserves an answer of its own.
    if draft.turn.unread.is_empty() { fail(draft, &told) } else { reason(draft) }
}

fn prompt_of(draft: &Draft, from: i64) -> GenerationPrivate {
    GenerationPrivate { from, before: draft.turn.reason.started_sequence, error: None }
}

fn generation(draft: &mut Draft, output: GenerationOutput, metadata: GenerationMetadata, private: GenerationPrivate) {
    let tools = draft.turn.config.tools.iter();
    let tools = tools.map(|tool| GenerationTool { name: tool.name.clone(), description: tool.description.clone() });
    draft.push(LlmGeneration { tools: tools.collect(), output, metadata, private });
}

/// The provider's part of `provider/model`.
fn provider_of(model: &str) -> Option<String> {
    model.split_once('/').map(|(provider, _)| provider.to_owned())
}

/// The one member of arguments that were no object, as clients expect one.
pub(super) const NO_OBJECT: &str = "not_an_object";

fn with_object(call: ToolCall) -> ToolCall {
    if call.arguments.is_object() {
        return call;
    }
    let arguments = serde_json::json!({ NO_OBJECT: call.arguments });
    ToolCall { arguments, ..call }
}

/// Gives every call an id that no other call of the answer has, since answers are matched by id.
fn with_distinct_ids(mut calls: Vec<ToolCall>, iteration: u32) -> Vec<ToolCall> {
    for ordinal in 0..calls.len() {
        let (before, rest) = calls.split_at_mut(ordinal);
        let id = &mut rest[0].id;
        while id.is_empty() || before.iter().any(|other| other.id == *id) {
            *id = format!("call_{iteration}_{ordinal}_{id}");
        }
    }
    calls
}
