//! The faults: what a provider does wrong, and what is expected of the turn that meets it.

use std::time::Duration;

use everruns_simulator::{Answer, Cut, Failure, Kind, Part, Reply};

use Expected::{Answered, Failed};

/// Clocks of the server, seconds: until connected, until the head, until the first content, between contents. Each is
/// shorter than what it shall notice, and long enough for a machine that is busy.
pub(super) const CLOCKS: [(&str, &str); 4] = [
    ("EVERRUNS_MODEL_CONNECT_SECONDS", "1"),
    ("EVERRUNS_MODEL_FIRST_BYTE_SECONDS", "2"),
    ("EVERRUNS_MODEL_FIRST_CONTENT_SECONDS", "3"),
    ("EVERRUNS_MODEL_SILENCE_SECONDS", "1"),
];
/// Longer than each of them.
const TOO_LONG: Duration = Duration::from_secs(6);
/// Between words, so that readers see some before the next come.
const PACE: Duration = Duration::from_millis(60);
/// A call of the tool that answers with its `value`.
const TOOL: (&str, &str) = ("test_echo", r#"{"value":"a value that is long enough to come in pieces"}"#);
/// What is said when all goes well.
pub(super) const WELL: &str = "All is well.";
/// What is said, and not to its end.
const LONG: &str = "This will never be said to its end.";

/// A fault, and what becomes of it.
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) way: Way,
    pub(super) expected: Expected,
    /// How long is waited between the calls, milliseconds, if that is not up to the server.
    pub(super) wait_ms: Option<u64>,
    /// What the log has between the beginning and the end, if not what usually stands there.
    pub(super) middle: Option<&'static str>,
    /// Where a vendor's format makes it another case, and why.
    pub(super) except: &'static [(&'static str, Expected, &'static str)],
}

/// How a provider comes to do it.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// It answers so, one call after the other.
    Replies(fn() -> Vec<Reply>),
    /// It does not accept connections.
    Unreachable,
    /// It sends the caller elsewhere, where somebody would answer.
    Redirect,
    /// It takes half of the conversation and no more.
    TooLong,
}

/// What is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The turn ends well.
    Answered {
        /// Calls of the model for the step that met the fault.
        attempts: u64,
        /// How often readers were told to drop what they saw.
        recovered: usize,
    },
    /// The turn fails.
    Failed { code: &'static str, attempts: u64, recovered: usize },
}

impl Fault {
    /// The types of the events that a vendor's turn shall have, in their order; several of the same in a row are one.
    pub(super) fn log_of(&self, provider_type: &str) -> String {
        let expected = self.expected_of(provider_type);
        let own = self.middle.filter(|_| expected == self.expected);
        let (middle, end) = match expected {
            Answered { recovered: 0, .. } => ("output.message.delta", "turn.completed"),
            Answered { .. } => (TAKEN_BACK_AND_SAID, "turn.completed"),
            Failed { recovered: 0, .. } => ("", "turn.failed"),
            Failed { .. } => (TAKEN_BACK, "turn.failed"),
        };
        let middle = own.unwrap_or(middle);
        let gap = if middle.is_empty() { "" } else { " " };
        format!("{BEGIN}{gap}{middle} {ANSWER} {end} session.idled")
    }

    /// What is expected of a vendor.
    pub(super) fn expected_of(&self, provider_type: &str) -> Expected {
        let other = self.except.iter().find(|(name, ..)| *name == provider_type);
        other.map_or(self.expected, |(_, expected, _)| *expected)
    }
}

const BEGIN: &str = "input.message turn.started session.activated reason.started output.message.started";
const ANSWER: &str = "reason.completed llm.generation output.message.completed";
const TAKEN_BACK: &str = "output.message.delta reason.recovered output.message.started";
const TAKEN_BACK_AND_SAID: &str = "output.message.delta reason.recovered output.message.started output.message.delta";
/// A thought is taken back as well.
const THOUGHT: &str =
    "reason.thinking.started reason.thinking.delta reason.recovered output.message.started output.message.delta";
/// A tool ran.
const CALLED: &str = "reason.completed llm.generation output.message.completed act.started tool.started tool.completed \
    act.completed reason.started output.message.started output.message.delta";
/// A call was answered with an error, and nothing ran.
const REFUSED_CALL: &str = "reason.completed llm.generation output.message.completed act.started tool.completed \
    act.completed reason.started output.message.started output.message.delta";

const fn fault(name: &'static str, replies: fn() -> Vec<Reply>, expected: Expected) -> Fault {
    special(name, Way::Replies(replies), expected)
}

const fn special(name: &'static str, way: Way, expected: Expected) -> Fault {
    Fault { name, way, expected, wait_ms: None, middle: None, except: &[] }
}

/// It fails at once.
const fn refused(code: &'static str) -> Expected {
    Failed { code, attempts: 1, recovered: 0 }
}

/// It fails after all attempts.
const fn given_up(code: &'static str) -> Expected {
    Failed { code, attempts: 3, recovered: 0 }
}

/// The second attempt succeeds, and nobody saw the first.
const AGAIN: Expected = Answered { attempts: 2, recovered: 0 };
/// The second attempt succeeds, and what the first showed is taken back.
const AFRESH: Expected = Answered { attempts: 2, recovered: 1 };
const AT_ONCE: Expected = Answered { attempts: 1, recovered: 0 };
const UNAVAILABLE: &str = "provider_unavailable";

fn well() -> Reply {
    Reply::text(WELL)
}

fn long() -> Reply {
    Reply::text(LONG).between(PACE)
}

fn thinking() -> Reply {
    Reply::from(
        Answer::default()
            .thinking("I think a thought that nobody will know.", "c2VhbA==")
            .part(Part::Text(LONG.to_owned())),
    )
    .between(PACE)
}

fn calling() -> Reply {
    Answer::default().call(TOOL.0, TOOL.1).into()
}

fn status(status: u16) -> Reply {
    Reply::fail(Failure::status(status))
}

fn thrice(reply: fn() -> Reply) -> Vec<Reply> {
    vec![reply(), reply(), reply()]
}

#[rustfmt::skip]
pub(super) const FAULTS: &[Fault] = &[
    // The clocks.
    special("no connection is accepted (connect clock)", Way::Unreachable, given_up(UNAVAILABLE)),
    fault("no head comes (first-byte clock)", || thrice(|| well().headers_after(TOO_LONG)), given_up(UNAVAILABLE)),
    fault("heartbeats, but no content (first-content clock)", || thrice(|| well().heartbeats(0, TOO_LONG, Duration::from_millis(100))), given_up(UNAVAILABLE)),
    fault("nothing at all after the head, once", || vec![well().pause(0, TOO_LONG), well()], AGAIN),
    fault("heartbeats, but no more content (silence clock)", || thrice(|| long().heartbeats(2, TOO_LONG, Duration::from_millis(100))), Failed { code: UNAVAILABLE, attempts: 3, recovered: 1 }),
    fault("silence between contents, once", || vec![long().pause(3, TOO_LONG), well()], AFRESH),

    // The statuses.
    fault("status 400", || vec![status(400)], refused("processing_error")),
    fault("status 401", || vec![status(401)], refused("provider_misconfigured")),
    fault("status 402", || vec![status(402)], refused("provider_quota_exhausted")),
    fault("status 403", || vec![status(403)], refused("provider_misconfigured")),
    fault("status 404", || vec![status(404)], refused("model_unavailable")),
    fault("status 408", || thrice(|| status(408)), given_up(UNAVAILABLE)),
    fault("status 413, nothing to trim", || vec![status(413)], refused("request_too_large")),
    Fault { wait_ms: Some(1_000), ..fault("status 429 with `Retry-After: 1`, once", || vec![Reply::fail(Failure::status(429).retry_after(1)), well()], AGAIN) },
    fault("status 429", || thrice(|| status(429)), given_up("provider_rate_limited")),
    fault("quota used up", || vec![Reply::fail(Failure::new(Kind::Quota))], refused("provider_quota_exhausted")),
    fault("status 500, once", || vec![status(500), well()], AGAIN),
    fault("status 500", || thrice(|| status(500)), given_up(UNAVAILABLE)),
    fault("status 503", || thrice(|| status(503)), given_up(UNAVAILABLE)),
    fault("status 529", || thrice(|| status(529)), given_up(UNAVAILABLE)),
    special("context too long (trimmed)", Way::TooLong, AT_ONCE),
    special("a redirect", Way::Redirect, refused("provider_misconfigured")),

    // The cuts.
    fault("cut before the head", || vec![well().cut(Cut::BeforeHead), well()], AGAIN),
    fault("cut behind the head", || vec![well().cut(Cut::AfterBytes(0)), well()], AGAIN),
    fault("cut within the first event", || vec![well().cut(Cut::AfterBytes(20)), well()], AGAIN),
    Fault { middle: Some(THOUGHT), ..fault("cut in thinking", || vec![thinking().cut(Cut::AfterContents(4)), well()], AFRESH) },
    fault("cut in text", || vec![long().cut(Cut::AfterContents(4)), well()], AFRESH),
    fault("cut in text, then the same text", || vec![well().between(PACE).cut(Cut::AfterContents(2)), well()], AGAIN),
    fault("cut in text, always", || thrice(|| long().cut(Cut::AfterContents(4))), Failed { code: UNAVAILABLE, attempts: 3, recovered: 1 }),
    fault("cut within an event of text", || vec![long().cut(Cut::WithinChunk(6)), well()], AFRESH),
    Fault { middle: Some(CALLED), ..fault("cut in tool arguments", || vec![calling().cut(Cut::AfterContents(1)), calling(), well()], AGAIN) },
    fault("cut before the last event", || vec![well().cut(Cut::AfterContents(3)), well()], AGAIN),

    // What cannot be right.
    fault("an error within the stream, first", || vec![well().broken_after(0, Failure::new(Kind::Overloaded)), well()], AGAIN),
    fault("an error within the stream, behind text", || vec![long().broken_after(4, Failure::new(Kind::Broken)), well()], AFRESH),
    fault("garbage in place of the stream", || vec![well().garbage_after(0, GARBAGE)], refused("processing_error")),
    fault("garbage in the midst of text", || vec![long().garbage_after(6, GARBAGE)], Failed { code: "processing_error", attempts: 1, recovered: 1 }),
    fault("one JSON document in place of a stream", || vec![well().whole()], refused("processing_error")),
    Fault {
        middle: Some(REFUSED_CALL),
        except: &[("gemini", AGAIN, "its format cannot carry such arguments: it ends with `MALFORMED_FUNCTION_CALL` instead, and is asked again")],
        ..fault("tool arguments that are no JSON", || vec![Answer::default().call(TOOL.0, "{\"value\": nonsense").into(), well()], AT_ONCE)
    },
    fault("a refusal", || vec![Answer::default().part(Part::Refusal("I will not.".to_owned())).into()], AT_ONCE),
];

/// No event and no frame of any format.
const GARBAGE: &[u8] = b"data: {\"half\n\n\xff\xfe<html>502 Bad Gateway</html>\n\n";
