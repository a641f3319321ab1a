//! What a turn writes when something happens to it: each input goes to the part of the turn that it concerns.

use super::answer::{answered, model_failed, show};
use super::calls::{results_came, tool_ended, woke};
use super::draft::Draft;
use super::inputs::{drop_unread, next_turn};
use super::phase::{apologize, fail, idle, reason};
use super::told::tell;
use super::{GiveWay, Input, Phase, Turn};
use crate::event::{
    CancelledPrivate, CompletedPrivate, EventData, InputMessage, NewEvent, OutputMessageCompleted, SessionActivated,
    TurnCancelled, TurnStarted,
};
use crate::message::{ContentPart, Message, Role};
use crate::{DropReason, MessageId, Timestamp};

/// The events that `input` gives in the state `turn`, at the time `now`. An input that does not fit the state (a
/// duplicate, a straggler) gives none.
pub fn decide(turn: &Turn, input: Input, now: Timestamp) -> Vec<NewEvent> {
    let mut draft = Draft::new(turn, now);
    match (turn.phase, input) {
        (Phase::Fresh, Input::Start) => start(&mut draft),
        (Phase::Reasoning, Input::Said(said)) => show(&mut draft, &said),
        (Phase::Reasoning, Input::Answer(answer)) => answered(&mut draft, answer),
        (Phase::Reasoning, Input::ModelFailed(failure)) => model_failed(&mut draft, &failure),
        (Phase::Acting, Input::ToolEnded { ordinal, outcome }) => tool_ended(&mut draft, ordinal, outcome),
        (Phase::Waiting { .. }, Input::Results(results)) => results_came(&mut draft, results),
        (Phase::Waiting { .. }, Input::Wake) => woke(&mut draft),
        (Phase::Ended, _) => {}
        (_, Input::Cancel { reason }) => cancelled(&mut draft, reason),
        (_, Input::GiveWay(how)) => gives_way(&mut draft, how),
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
    match draft.turn.next_config().refusal() {
        None => reason(draft),
        Some(code) => {
            let told = tell(&draft.turn, code, None);
            apologize(draft, &told);
            fail(draft, &told);
        }
    }
}

fn cancelled(draft: &mut Draft, reason: Option<String>) {
    stop(draft, DropReason::Cancelled, reason, None);
    notes(draft);
    idle(draft);
    next_turn(draft);
}

/// The message that the turn gives way to comes first; what is queued waits behind it.
fn gives_way(draft: &mut Draft, how: GiveWay) {
    match how {
        GiveWay::Interrupted => {
            stop(draft, DropReason::Interrupted, Some("interrupted by a new message".to_owned()), None);
            notes(draft);
        }
        GiveWay::RolledBack { from } => {
            stop(draft, DropReason::RolledBack, Some("rolled back by a new message".to_owned()), Some(from));
        }
    }
    idle(draft);
}

fn stop(draft: &mut Draft, why: DropReason, reason: Option<String>, from: Option<i64>) {
    drop_unread(draft, why);
    let (turn_id, usage) = (draft.turn.id, Some(draft.turn.usage));
    let private = CancelledPrivate { from };
    draft.push(TurnCancelled { turn_id, reason, usage, rolled_back: from.is_some(), private });
}

/// Tells the conversation that the work was stopped.
fn notes(draft: &mut Draft) {
    let (turn_id, now) = (draft.turn.id, draft.now);
    let note = |ordinal, role, text: &str| {
        Message::new(MessageId::cancel_note(turn_id, ordinal), role, vec![ContentPart::text(text)], now)
    };
    draft.push(InputMessage::from(note(0, Role::User, "User requested to cancel the work.")));
    draft.push(EventData::from(OutputMessageCompleted {
        message: note(1, Role::Agent, "Work was cancelled by user."),
        metadata: None,
        usage: None,
        phase: None,
        error_code: None,
        error_fields: None,
        error_disclosure: None,
        private: CompletedPrivate::default(),
    }));
}
