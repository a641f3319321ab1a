//! Where a turn goes next: another reason step, its end, or its failure.

use super::draft::Draft;
use super::inputs::{drop_unread, next_turn, take_in};
use super::told::Told;
use crate::event::{
    CompletedPrivate, ModelMetadata, OutputMessageCompleted, OutputMessageStarted, ReasonStarted, SessionIdled,
    TurnCompleted, TurnFailed,
};
use crate::limits::PREVIEW_CHARS_MAX;
use crate::message::{ContentPart, Message, Role, preview};
use crate::{DropReason, MessageId};

/// Begins a reason step and the message it writes.
pub(super) fn reason(draft: &mut Draft) {
    take_in(draft);
    let turn = &draft.turn;
    let (turn_id, iteration, config) = (turn.id, turn.iterations + 1, turn.next_config());
    draft.push(ReasonStarted {
        harness_id: config.harness_id,
        agent_id: config.agent_id,
        metadata: ModelMetadata::of(config.models().next()),
    });
    draft.push(OutputMessageStarted {
        turn_id,
        message_id: MessageId::written_by(turn_id, iteration, 0),
        model: config.models().next().map(|served| served.model),
        iteration: Some(iteration),
    });
}

/// Reasons again if calls were answered or somebody said something more; otherwise the turn is complete.
pub(super) fn reason_or_end(draft: &mut Draft) {
    let turn = &draft.turn;
    let steered = !turn.unread.is_empty();
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
    next_turn(draft);
}

/// The session rests.
pub(super) fn idle(draft: &mut Draft) {
    let (turn_id, iterations, usage) = (draft.turn.id, Some(draft.turn.iterations), Some(draft.session_usage()));
    draft.push(SessionIdled { turn_id, iterations, usage });
}

/// The agent tells its user that there is no answer.
pub(super) fn apologize(draft: &mut Draft, told: &Told) {
    let id = draft
        .turn
        .reason
        .message_id
        .unwrap_or_else(|| MessageId::written_by(draft.turn.id, draft.turn.iterations + 1, 0));
    draft.push(OutputMessageCompleted {
        message: Message::new(id, Role::Agent, vec![ContentPart::text(told.code.user_message())], draft.now),
        metadata: None,
        usage: None,
        phase: None,
        error_code: Some(told.code),
        error_fields: told.fields.clone(),
        error_disclosure: Some(told.disclosure),
        // Who spoke meanwhile is answered next, so what they said stands behind this.
        private: CompletedPrivate { answers_before: draft.turn.reason.started_sequence, ..Default::default() },
    });
}

/// The turn ends without an answer.
pub(super) fn fail(draft: &mut Draft, told: &Told) {
    drop_unread(draft, DropReason::TurnFailed);
    let turn_id = draft.turn.id;
    draft.push(TurnFailed {
        turn_id,
        error: told.code.user_message().to_owned(),
        error_code: Some(told.code),
        error_fields: told.fields.clone(),
        error_disclosure: Some(told.disclosure),
    });
    idle(draft);
    next_turn(draft);
}
