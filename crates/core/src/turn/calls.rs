//! The calls of an answer: which run, which the client answers, and how each gets its one answer.

use super::answer::NO_OBJECT;
use super::draft::Draft;
use super::phase::reason_or_end;
use super::{CallState, Outcome, Turn};
use crate::event::{ActCompleted, ActStarted, CallSummary, ToolCallRequested, ToolCompleted, ToolStarted, ToolStatus};
use crate::limits::{TOOL_CALLS_PARALLEL_MAX, TOOL_CALLS_PER_ANSWER_MAX};
use crate::message::{ContentPart, ToolCall, ToolResult};
use crate::tool::AnsweredBy;

/// Begins the act phase: calls that cannot run are answered at once, the first of the others start.
pub(super) fn act(draft: &mut Draft) {
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

pub(super) fn tool_ended(draft: &mut Draft, ordinal: usize, outcome: Outcome) {
    let running = |call: &super::Call| matches!(call.state, CallState::Started { .. });
    if draft.turn.calls.get(ordinal).is_some_and(running) {
        close(draft, ordinal, outcome);
        go_on_acting(draft);
    }
}

pub(super) fn results_came(draft: &mut Draft, results: Vec<ToolResult>) {
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
pub(super) fn woke(draft: &mut Draft) {
    let outcome = if !draft.turn.unread.is_empty() {
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
