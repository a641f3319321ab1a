//! Conversations that providers take, and those they do not: each format's check tells the lawful from the others.

mod anthropic;
mod bedrock;
mod chat;
mod gemini;
mod responses;

use everruns_simulator::{Call, Dialect, Transcript};
use serde_json::Value;

/// What becomes of a request: its conversation, or the words it is refused with.
fn checked(dialect: Dialect, model: &str, body: &Value) -> Result<Transcript, String> {
    let call = Call { model, serial: 1, created: 0, body };
    dialect.check(&call).map_err(|failure| failure.message.expect("words"))
}

/// A request that is taken: what the user said last, and how often tools were called since.
#[track_caller]
pub(crate) fn lawful(dialect: Dialect, body: &Value, user: &str, rounds: u64) {
    let expected = Transcript { user: Some(user.to_owned()), rounds };
    assert_eq!(checked(dialect, "some-model", body), Ok(expected), "{body}");
}

/// A request that is refused, in words that contain these.
#[track_caller]
pub(crate) fn unlawful(dialect: Dialect, body: &Value, expected: &str) {
    unlawful_for(dialect, "some-model", body, expected);
}

/// The same for one model.
#[track_caller]
pub(crate) fn unlawful_for(dialect: Dialect, model: &str, body: &Value, expected: &str) {
    match checked(dialect, model, body) {
        Ok(_) => panic!("taken: {body}"),
        Err(words) => assert!(words.contains(expected), "{words}"),
    }
}
