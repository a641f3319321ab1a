//! What the model says: its text as it comes, its answer, its failure.

use std::sync::Arc;

use super::calls::act;
use super::draft::Draft;
use super::phase::{apologize, fail, reason, reason_or_end};
use super::told::tell;
use super::{Answer, Called, Failure, Said, Turn};
use crate::event::{
    Compaction, CompletedPrivate, DeltaPrivate, GenerationMetadata, GenerationOutput, GenerationPrivate,
    GenerationTool, LlmGeneration, ModelMetadata, OutputMessageCompleted, OutputMessageDelta, OutputMessageStarted,
    ReasonCompleted, ReasonItem, ReasonItemPrivate, ReasonRecovered, ReasonThinkingCompleted, ReasonThinkingDelta,
    ReasonThinkingStarted, RecoveryMode, ThinkingPrivate,
};
use crate::limits::PREVIEW_CHARS_MAX;
use crate::message::{ContentPart, Message, Role, ToolCall, preview};
use crate::provider_items::{ProviderItem, ProviderItems};
use crate::{MessageId, Spent};

/// Shows readers what the model said so far. What they have seen already is not shown again, even after a restart; where
/// it differs from that, they are told to drop it.
pub(super) fn show(draft: &mut Draft, said: &Said) {
    let reason = &draft.turn.reason;
    if reason.shown.starts_with(&said.text) && reason.thought.starts_with(&said.thinking) {
        return;
    }
    if !(said.text.starts_with(&reason.shown) && said.thinking.starts_with(&reason.thought)) {
        restart_message(draft);
    }
    think(draft, &said.thinking);
    let turn = &draft.turn;
    let offset = turn.reason.shown.len();
    if said.text.len() == offset {
        return;
    }
    stop_thinking(draft);
    let (turn_id, message_id) = (draft.turn.id, message_id(&draft.turn));
    let private = DeltaPrivate { offset };
    draft.push(OutputMessageDelta { turn_id, message_id, delta: said.text[offset..].to_owned(), private });
}

fn think(draft: &mut Draft, thinking: &str) {
    let turn_id = draft.turn.id;
    let offset = draft.turn.reason.thought.len();
    if thinking.len() == offset {
        return;
    }
    if !draft.turn.reason.thinks {
        let model = draft.turn.model().map(|served| served.model);
        draft.push(ReasonThinkingStarted { turn_id, model });
    }
    let private = ThinkingPrivate { message_id: message_id(&draft.turn), offset };
    draft.push(ReasonThinkingDelta { turn_id, delta: thinking[offset..].to_owned(), private });
}

fn stop_thinking(draft: &mut Draft) {
    if draft.turn.reason.thinks {
        let (turn_id, thinking) = (draft.turn.id, draft.turn.reason.thought.clone());
        draft.push(ReasonThinkingCompleted { turn_id, thinking });
    }
}

fn restart_message(draft: &mut Draft) {
    let turn = &draft.turn;
    let (turn_id, iteration, attempt) = (turn.id, turn.iterations, turn.reason.attempt + 1);
    let (accumulated_len, model) = (turn.reason.shown.len(), turn.model().map(|served| served.model));
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
    let Answer { said, tool_calls, usage, finish_reason, response_id, request_id, provider_items, called, .. } = answer;
    let served = draft.turn.model();
    let usage = Spent::by_call(usage, served.as_ref().and_then(|served| served.price.as_ref()), answer.cost_nanos);
    let reason = &draft.turn.reason;
    if reason.shown.len() > said.text.len() || reason.thought.len() > said.thinking.len() {
        restart_message(draft);
    }
    show(draft, &said);
    stop_thinking(draft);
    let text = said.text;

    let tool_calls = with_distinct_ids(tool_calls.into_iter().map(with_object).collect(), draft.turn.iterations);
    let text_preview = Some(preview(&text, PREVIEW_CHARS_MAX)).filter(|preview| !preview.is_empty());
    let first_text_at = draft.turn.reason.first_text_at;
    let started_at = draft.turn.reason.started_at;
    let duration_ms = Some(draft.now.millis_since(started_at));
    draft.push(ReasonCompleted {
        success: true,
        has_tool_calls: !tool_calls.is_empty(),
        tool_call_count: tool_calls.len(),
        text_preview,
        error: None,
        duration_ms,
        usage: Some(usage),
    });
    items_told(draft, provider_items.as_ref());
    let metadata = GenerationMetadata {
        success: true,
        usage: Some(usage),
        time_to_first_token_ms: first_text_at.map(|first| first.millis_since(started_at)),
        finish_reasons: finish_reason.map(|reason| vec![reason]),
        response_id,
        request_id,
        ..metadata(draft, &called)
    };
    let output =
        GenerationOutput { text: Some(text.clone()).filter(|text| !text.is_empty()), tool_calls: tool_calls.clone() };
    let private = prompt_of(draft, called.prompt_from);
    let told = ModelMetadata::of(draft.turn.model());
    generation(draft, output, metadata, private);

    // Somebody who spoke meanwhile is answered too, so this is not the last word.
    let last_word = tool_calls.is_empty() && draft.turn.unread.is_empty();
    let phase = if last_word { "final_answer" } else { "commentary" };
    let mut content = Vec::with_capacity(1 + tool_calls.len());
    if !text.is_empty() || tool_calls.is_empty() {
        content.push(ContentPart::Text { text });
    }
    content.extend(tool_calls.into_iter().map(ContentPart::ToolCall));
    let answers_before = draft.turn.reason.started_sequence;
    draft.push(OutputMessageCompleted {
        message: Message::new(message_id(&draft.turn), Role::Agent, content, draft.now),
        metadata: told,
        usage: Some(usage),
        phase: Some(phase.to_owned()),
        error_code: None,
        error_fields: None,
        error_disclosure: None,
        private: CompletedPrivate { answers_before, provider_items: provider_items.map(Arc::new) },
    });
    if draft.turn.calls.is_empty() { reason_or_end(draft) } else { act(draft) }
}

/// Readers learn that the provider wants items back, and not what is in them.
fn items_told(draft: &mut Draft, items: Option<&ProviderItems>) {
    let ids = items.into_iter().flat_map(|items| &items.items).filter_map(|item| match item {
        ProviderItem::Own(own) => own.get("id")?.as_str().map(str::to_owned),
        _ => None,
    });
    let served = draft.turn.model();
    let model = served.map(|served| served.model);
    for item_id in ids.collect::<Vec<_>>() {
        draft.push(ReasonItem {
            turn_id: draft.turn.id,
            provider: model.as_deref().and_then(provider_of).unwrap_or_default(),
            item_id,
            model: model.clone(),
            summary: None,
            token_count: None,
            private: ReasonItemPrivate::default(),
        });
    }
}

/// The model gave no answer and will not be asked again: the next one is, if there is one.
pub(super) fn model_failed(draft: &mut Draft, failure: &Failure) {
    let told = tell(&draft.turn, failure.code, Some(&failure.message));
    let error = Some(told.reason.clone());
    let record = |draft: &mut Draft| {
        let metadata = GenerationMetadata { error: error.clone(), ..metadata(draft, &failure.called) };
        let prompt = prompt_of(draft, failure.called.prompt_from);
        let private = GenerationPrivate { error: Some(failure.message.clone()), ..prompt };
        generation(draft, GenerationOutput::default(), metadata, private);
    };
    if draft.turn.config.models().count() > draft.turn.reason.passed_over + 1 {
        record(draft);
        return restart_message(draft);
    }
    if !(draft.turn.reason.shown.is_empty() && draft.turn.reason.thought.is_empty()) {
        restart_message(draft);
    }
    let duration_ms = Some(draft.now.millis_since(draft.turn.reason.started_at));
    draft.push(ReasonCompleted {
        success: false,
        has_tool_calls: false,
        tool_call_count: 0,
        text_preview: None,
        error: error.clone(),
        duration_ms,
        usage: None,
    });
    record(draft);
    apologize(draft, &told);
    // Somebody said something more meanwhile: that deserves an answer of its own.
    if draft.turn.unread.is_empty() { fail(draft, &told) } else { reason(draft) }
}

/// What is recorded of every call of the model that is asked now; it failed unless somebody says otherwise.
fn metadata(draft: &Draft, called: &Called) -> GenerationMetadata {
    let model = draft.turn.model().map(|served| served.model).unwrap_or_default();
    GenerationMetadata {
        provider: provider_of(&model),
        model,
        success: false,
        usage: None,
        error: None,
        duration_ms: Some(draft.now.millis_since(draft.turn.reason.started_at)),
        time_to_first_token_ms: None,
        finish_reasons: None,
        response_id: None,
        request_id: None,
        retry: called.retry,
        compaction: called.trimmed.then_some(Compaction { compacted: true }),
    }
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
