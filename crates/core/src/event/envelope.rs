//! The envelope readers see around an event's data, spliced together without parsing what is stored.

use std::fmt::Write as _;

use crate::{EventId, ExecId, MessageId, SessionId, Timestamp, TurnId, ids::span_id};

/// Where in a turn an event belongs. Session-level events and inputs have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The turn.
    pub turn_id: TurnId,
    /// The message that opened it.
    pub input_message_id: MessageId,
    /// The phase (reason or act) within the turn, from 1; 0 for the turn itself.
    pub step: u32,
    /// The operation within the phase: 0 for the phase itself, more for a model call or a tool call.
    pub span: u32,
}

/// Writes an event as clients see it, on one line. `data` must be a JSON object, and with a `member` (`"name":value`, put
/// behind its own ones) not an empty one.
#[expect(clippy::too_many_arguments, reason = "an envelope has that many parts")]
pub fn write_envelope(
    out: &mut String,
    session: SessionId,
    sequence: i64,
    at: Timestamp,
    type_name: &str,
    context: Option<&Context>,
    data: &str,
    member: Option<&str>,
) {
    // Type names come from the vocabulary and ids are hex, so nothing here needs escaping; `fmt` to a String is total.
    out.push_str(r#"{"id":""#);
    EventId::derive(session, sequence, at).push_to(out);
    out.push_str(r#"","type":""#);
    out.push_str(type_name);
    let _ = write!(out, r#"","ts":"{at}","session_id":""#);
    session.push_to(out);
    let _ = write!(out, r#"","sequence":{sequence},"context":{{"#);
    if let Some(&Context { turn_id, input_message_id, step, span }) = context {
        out.push_str(r#""turn_id":""#);
        turn_id.push_to(out);
        out.push_str(r#"","input_message_id":""#);
        input_message_id.push_to(out);
        out.push_str(r#"","trace_id":""#);
        turn_id.push_to(out);
        let _ = write!(out, r#"","span_id":"{}""#, span_id(turn_id, step, span));
        if step > 0 {
            out.push_str(r#","exec_id":""#);
            ExecId::of_step(turn_id, step).push_to(out);
            let parent = if span > 0 { span_id(turn_id, step, 0) } else { span_id(turn_id, 0, 0) };
            let _ = write!(out, r#"","parent_span_id":"{parent}""#);
        }
    }
    out.push_str(r#"},"data":"#);
    match (member, data.strip_suffix('}')) {
        (Some(member), Some(open)) => {
            out.push_str(open);
            out.push(',');
            out.push_str(member);
            out.push('}');
        }
        _ => out.push_str(data),
    }
    out.push('}');
}

#[cfg(test)]
mod tests;
