//! What a turn writes when something happens to it.

use super::draft::Draft;
use super::{Answer, CallState, Failure, Input, Outcome, Phase, Turn};
use crate::event::{
    ActCompleted, ActStarted, CallSummary, CompletedPrivate, DeltaPrivate, EventData, GenerationMetadata,
    GenerationOutput, GenerationPrivate, GenerationTool, InputMessage, LlmGeneration, ModelMetadata, NewEvent,
    OutputMessageCompleted, OutputMessageDelta, OutputMessageStarted, ReasonCompleted, ReasonRecovered, ReasonStarted,
    RecoveryMode, SessionActivated, SessionIdled, ToolCallRequested, ToolCompleted, ToolStarted, ToolStatus,
    TurnCancelled, TurnCompleted, TurnFailed, TurnStarted,
};
use crate::limits::{PREVIEW_CHARS_MAX, TOOL_CALLS_PARALLEL_MAX, TOOL_CALLS_PER_ANSWER_MAX};
use crate::message::{ContentPart, Message, Role, ToolCall, ToolResult, preview};
use crate::tool::AnsweredBy;
use crate::{ErrorCode, MessageId, Timestamp};

/// The events that `input` gives in the state `turn`, at the time `now`. An input that does not fit the state (a
/// duplicate, a straggler) gives none.
pub fn decide(turn: &Turn, input: Input, now: Timestamp) -> Vec<NewEvent> {
    let mut draft = Draft::new(turn, now);
    match (turn.phase, input) {
        (Phase::Fresh, Input::Start) => start(&mut draft),
        (Phase::Reasoning, Input::Text(text)) => show(&mut draft, &text),
        (Phase::Reasoning, Input::Answer(answer)) => answered(&mut draft, answer),
        (Phase::Reasoning, Input::ModelFailed(failure)) => model_failed(&mut draft, &failure),
        (Phase::Acting, Input::ToolEnded { ordinal, outcome }) => tool_ended(&mut draft, ordinal, outcome),
        (Phase::Waiting { .. }, Input::Results(results)) => results_came(&mut draft, results),
        (Phase::Waiting { .. }, Input::Wake) => woke(&mut draft),
        (Phase::Ended, _) => {}
        (_, Input::Cancel { reason }) => cancelled(&mut draft, reason),
        _ => {}
    }
    draft.finish()
}

fn start(draft: &mut Draft) {
    let turn = &draft.turn;
    let (turn_id, input_message_id, config) = (turn.id, turn.input_message_id, turn.config.clone());
    let config_hash = turn.config_hash.to_string();
    draft.push(TurnStarted {
        turn_id,
        input_message_id,
        agent_id: config.agent_id,
        agent_name: config.agent_name.clone(),
        config_hash,
    });
    draft.push(SessionActivated { turn_id, input_message_id });
    if config.model.is_some() {
        reason(draft);
    } else {
        apologize(draft, ErrorCode::ModelNotConfigured);
        fail(draft, ErrorCode::ModelNotConfigured);
    }
}

fn reason(draft: &mut Draft) {
    let turn = &draft.turn;
    let (turn_id, iteration, config) = (turn.id, turn.iterations + 1, turn.config.clone());
    draft.push(ReasonStarted {
        harness_id: config.harness_id,
        agent_id: config.agent_id,
        metadata: config.model.clone().map(|model| ModelMetadata { model }),
    });
    draft.push(OutputMessageStarted {
        turn_id,
        message_id: MessageId::written_by(turn_id, iteration, 0),
        model: config.model.clone(),
        iteration: Some(iteration),
    });
}

/// Shows readers the model's text so far. What they have seen already is not shown again, even after a restart; where
/// the text differs from it, they are told to drop it.
fn show(draft: &mut Draft, text: &str) {
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

fn answered(draft: &mut Draft, answer: Answer) {
    let Answer { text, tool_calls, usage, finish_reason, response_id, prompt_from } = answer;
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
        model: model.clone(),
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
    generation(draft, output, metadata, prompt_from);

    // Somebody who spoke meanwhile is answered too, so this is not the last word.
    let last_word = tool_calls.is_empty() && draft.turn.unread_inputs == 0;
    let phase = if last_word { "final_answer" } else { "commentary" };
    let mut content = Vec::with_capacity(1 + tool_calls.len());
    if !text.is_empty() || tool_calls.is_empty() {
        content.push(ContentPart::Text { text });
    }
    content.extend(tool_calls.into_iter().map(ContentPart::ToolCall));
    draft.push(OutputMessageCompleted {
        message: Message::new(message_id(&draft.turn), Role::Agent, content, draft.now),
        metadata: Some(ModelMetadata { model }),
        usage: Some(usage),
        phase: Some(phase.to_owned()),
        error_code: None,
        error_fields: None,
        private: CompletedPrivate { answers_before: draft.turn.reason.started_sequence, ..Default::default() },
    });
    if draft.turn.calls.is_empty() { reason_or_end(draft) } else { act(draft) }
}

fn generation(draft: &mut Draft, output: GenerationOutput, metadata: GenerationMetadata, from: i64) {
    let tools = draft.turn.config.tools.iter();
    let tools = tools.map(|tool| GenerationTool { name: tool.name.clone(), description: tool.description.clone() });
    let private = GenerationPrivate { from, before: draft.turn.reason.started_sequence };
    draft.push(LlmGeneration { tools: tools.collect(), output, metadata, private });
}

/// The provider's part of `provider/model`.
fn provider_of(model: &str) -> Option<String> {
    model.split_once('/').map(|(provider, _)| provider.to_owned())
}

/// The one member of arguments that were no object, as clients expect one.
const NO_OBJECT: &str = "not_an_object";

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

/// Begins the act phase: calls that cannot run are answered at once, the first of the others start.
fn act(draft: &mut Draft) {
    let turn = &draft.turn;
    let served: Vec<CallSummary> =
        turn.calls.iter().filter(|call| !call.client_side).map(|call| summary(turn, &call.tool_call)).collect();
    if !served.is_empty() {
        draft.push(ActStarted { tool_calls: served });
    }
    for ordinal in 0..draft.turn.calls.len() {
        let call = &draft.turn.calls[ordinal].tool_call;
        let refusal = if ordinal >= TOOL_CALLS_PER_ANSWER_MAX {
            Some(format!("not run: an answer may ask for at most {TOOL_CALLS_PER_ANSWER_MAX} calls"))
        } else if draft.turn.config.tool(&call.name).is_none() {
            Some(format!("there is no tool named {:?}", call.name))
        } else if call.arguments.get(NO_OBJECT).is_some() {
            Some("the arguments must be a JSON object".to_owned())
        } else {
            None
        };
        if let Some(refusal) = refusal {
            close(draft, ordinal, Outcome::Error(refusal));
        }
    }
    go_on_acting(draft);
}

/// Starts what may start now; when everything of the server is answered, asks the client or reasons again.
fn go_on_acting(draft: &mut Draft) {
    let parallel = if draft.turn.config.parallel_tool_calls { TOOL_CALLS_PARALLEL_MAX } else { 1 };
    let running = draft.turn.calls.iter().filter(|call| matches!(call.state, CallState::Started { .. })).count();
    let waiting = draft.turn.calls.iter().enumerate();
    let next: Vec<usize> = waiting
        .filter(|(_, call)| !call.client_side && call.state == CallState::Open)
        .map(|(ordinal, _)| ordinal)
        .take(parallel.saturating_sub(running))
        .collect();
    for ordinal in next {
        let tool_call = draft.turn.calls[ordinal].tool_call.clone();
        let display_name = summary(&draft.turn, &tool_call).display_name;
        draft.push(ToolStarted { tool_call, display_name });
    }

    let mut served = draft.turn.calls.iter().filter(|call| !call.client_side).peekable();
    if served.clone().any(|call| !call.is_closed()) {
        return;
    }
    if served.peek().is_some() {
        let success = served.clone().filter(|call| call.state == CallState::Closed { success: true }).count() as u32;
        let error_count = served.count() as u32 - success;
        let duration_ms = draft.turn.act_started_at.map(|since| draft.now.millis_since(since));
        draft.push(ActCompleted { completed: true, success_count: success, error_count, duration_ms });
    }
    let asked: Vec<ToolCall> = draft.turn.open_client_calls().map(|call| call.tool_call.clone()).collect();
    if asked.is_empty() {
        reason_or_end(draft);
    } else {
        let tool_summaries = asked.iter().map(|call| summary(&draft.turn, call)).collect();
        draft.push(ToolCallRequested { tool_calls: asked, tool_summaries });
    }
}

fn summary(turn: &Turn, call: &ToolCall) -> CallSummary {
    let display_name = turn.config.tool(&call.name).and_then(|tool| tool.display_name.clone());
    CallSummary { id: call.id.clone(), name: call.name.clone(), display_name }
}

/// Gives call `ordinal` its one answer.
fn close(draft: &mut Draft, ordinal: usize, outcome: Outcome) {
    let call = &draft.turn.calls[ordinal];
    let tool = draft.turn.config.tool(&call.tool_call.name);
    let since = match call.state {
        CallState::Started { at, .. } => Some(at),
        _ => None,
    };
    let (status, result, error) = match outcome {
        Outcome::Success(parts) => (ToolStatus::Success, Some(parts), None),
        Outcome::Error(error) => (ToolStatus::Error, None, Some(error)),
        Outcome::Timeout(error) => (ToolStatus::Timeout, None, Some(error)),
        Outcome::Unknown => (
            ToolStatus::Error,
            None,
            Some("the outcome is unknown: the server stopped while this ran; check before you try again".to_owned()),
        ),
    };
    let completed = ToolCompleted {
        tool_call_id: call.tool_call.id.clone(),
        tool_name: call.tool_call.name.clone(),
        success: status == ToolStatus::Success,
        status,
        result,
        error,
        duration_ms: since.map(|since| draft.now.millis_since(since)),
        display_name: tool.and_then(|tool| tool.display_name.clone()),
        capability_id: tool.and_then(|tool| match &tool.answered_by {
            AnsweredBy::Capability { id, .. } => Some(id.clone()),
            AnsweredBy::Client => None,
        }),
    };
    draft.push(completed);
}

fn tool_ended(draft: &mut Draft, ordinal: usize, outcome: Outcome) {
    let running = |call: &super::Call| matches!(call.state, CallState::Started { .. });
    if draft.turn.calls.get(ordinal).is_some_and(running) {
        close(draft, ordinal, outcome);
        go_on_acting(draft);
    }
}

fn results_came(draft: &mut Draft, results: Vec<ToolResult>) {
    for result in results {
        let Some(ordinal) = draft.turn.unclosed(&result.tool_call_id) else {
            continue;
        };
        let outcome = match result.error {
            Some(error) => Outcome::Error(error),
            None => {
                let text = result.result.map_or_else(|| "null".to_owned(), |value| value.to_string());
                Outcome::Success(vec![ContentPart::Text { text }])
            }
        };
        close(draft, ordinal, outcome);
    }
    if draft.turn.open_client_calls().next().is_none() {
        reason_or_end(draft);
    }
}

/// A parked turn goes on when somebody said something else, or when its time is up.
fn woke(draft: &mut Draft) {
    let outcome = if draft.turn.unread_inputs > 0 {
        Outcome::Error("not answered: the user sent a new message instead".to_owned())
    } else if draft.turn.deadline().is_some_and(|deadline| draft.now >= deadline) {
        Outcome::Timeout(format!("the client did not answer within {} seconds", draft.turn.config.client_tool_seconds))
    } else {
        return;
    };
    for ordinal in 0..draft.turn.calls.len() {
        if !draft.turn.calls[ordinal].is_closed() {
            close(draft, ordinal, outcome.clone());
        }
    }
    reason_or_end(draft);
}

/// Reasons again if calls were answered or somebody said something more; otherwise the turn is complete.
fn reason_or_end(draft: &mut Draft) {
    let turn = &draft.turn;
    let steered = turn.unread_inputs > 0;
    let unfinished = !turn.calls.is_empty() && turn.iterations_since_input < turn.config.max_iterations;
    if steered || unfinished {
        return reason(draft);
    }
    let since = turn.started_at;
    let completed = TurnCompleted {
        turn_id: turn.id,
        iterations: turn.iterations,
        duration_ms: since.map(|since| draft.now.millis_since(since)),
        usage: Some(turn.usage),
        final_message_id: turn.reason.message_id.filter(|_| turn.calls.is_empty()),
        final_answer_preview: Some(preview(&turn.reason.shown, PREVIEW_CHARS_MAX)).filter(|text| !text.is_empty()),
        time_to_first_token_ms: turn.first_text_at.zip(since).map(|(first, since)| first.millis_since(since)),
        tool_call_count: turn.tool_call_count,
        llm_call_count: turn.llm_call_count,
    };
    draft.push(completed);
    idle(draft);
}

fn idle(draft: &mut Draft) {
    let (turn_id, iterations, usage) = (draft.turn.id, Some(draft.turn.iterations), Some(draft.session_usage()));
    draft.push(SessionIdled { turn_id, iterations, usage });
}

fn model_failed(draft: &mut Draft, failure: &Failure) {
    if !draft.turn.reason.shown.is_empty() {
        restart_message(draft);
    }
    let model = draft.turn.config.model.clone().unwrap_or_default();
    let duration_ms = Some(draft.now.millis_since(draft.turn.reason.started_at));
    draft.push(ReasonCompleted {
        success: false,
        has_tool_calls: false,
        tool_call_count: 0,
        text_preview: None,
        error: Some(failure.message.clone()),
        duration_ms,
        usage: None,
    });
    let metadata = GenerationMetadata {
        provider: provider_of(&model),
        model,
        success: false,
        usage: None,
        error: Some(failure.message.clone()),
        duration_ms,
        time_to_first_token_ms: None,
        finish_reasons: None,
        response_id: None,
    };
    generation(draft, GenerationOutput::default(), metadata, failure.prompt_from);
    apologize(draft, failure.code);
    // Somebody said something more meanwhile: that deserves an answer of its own.
    if draft.turn.unread_inputs > 0 { reason(draft) } else { fail(draft, failure.code) }
}

/// The agent tells its user that there is no answer.
fn apologize(draft: &mut Draft, code: ErrorCode) {
    let id = draft
        .turn
        .reason
        .message_id
        .unwrap_or_else(|| MessageId::written_by(draft.turn.id, draft.turn.iterations + 1, 0));
    draft.push(OutputMessageCompleted {
        message: Message::new(id, Role::Agent, vec![ContentPart::text(code.user_message())], draft.now),
        metadata: None,
        usage: None,
        phase: None,
        error_code: Some(code),
        error_fields: None,
        private: CompletedPrivate::default(),
    });
}

fn fail(draft: &mut Draft, code: ErrorCode) {
    let turn_id = draft.turn.id;
    draft.push(TurnFailed {
        turn_id,
        error: code.user_message().to_owned(),
        error_code: Some(code),
        error_fields: None,
    });
    idle(draft);
}

fn cancelled(draft: &mut Draft, reason: Option<String>) {
    let (turn_id, usage, now) = (draft.turn.id, Some(draft.turn.usage), draft.now);
    draft.push(TurnCancelled { turn_id, reason, usage });
    let note = |ordinal, role, text: &str| {
        Message::new(MessageId::cancel_note(turn_id, ordinal), role, vec![ContentPart::text(text)], now)
    };
    draft.push(InputMessage { message: note(0, Role::User, "User requested to cancel the work.") });
    draft.push(EventData::from(OutputMessageCompleted {
        message: note(1, Role::Agent, "Work was cancelled by user."),
        metadata: None,
        usage: None,
        phase: None,
        error_code: None,
        error_fields: None,
        private: CompletedPrivate::default(),
    }));
    idle(draft);
}
