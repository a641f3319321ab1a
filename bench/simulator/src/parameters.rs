//! A reply from the name of a model: `any-model?text=Hello%20world&first_ms=300&word_ms=20`.
//!
//! What the answer is: `text`, or `words` of it; `thinking` with its `signature`, `redacted`; `tools` (with commas
//! between them) that are called once each, or `calls` times, with `arguments`, in the first of `rounds` answers after
//! the user spoke; `refusal`; `stop` (`end`, `calls`, `length`, `sequence`, `refused`, `blocked`); `input`, `cached`,
//! `cache_written`, `output`, `reasoning` in tokens.
//!
//! How it comes: `headers_ms`, `first_ms`, `word_ms`; `pause_ms` before content `pause_at`, with a heartbeat each
//! `heartbeat_ms`; `chunk_bytes` at a time with `byte_ms` between them.
//!
//! What goes wrong: `error` (a status, or `context_length`, `quota`, `overloaded`, `key`) with `retry_after`, and
//! within the stream after `error_at` contents if that is set; `cut_bytes`, `cut_chunks`, `cut_within`,
//! `cut_contents`; `garbage_at` a chunk.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::answer::{Answer, Part, Stop, Usage};
use crate::failure::{Failure, Kind};
use crate::reply::{Cut, Reply};
use crate::transcript::Transcript;

/// Every key there is.
const KEYS: &[&str] = &[
    "arguments",
    "byte_ms",
    "cache_written",
    "cached",
    "calls",
    "chunk_bytes",
    "cut_bytes",
    "cut_chunks",
    "cut_contents",
    "cut_within",
    "error",
    "error_at",
    "first_ms",
    "garbage_at",
    "headers_ms",
    "heartbeat_ms",
    "input",
    "output",
    "pause_at",
    "pause_ms",
    "reasoning",
    "redacted",
    "refusal",
    "retry_after",
    "rounds",
    "signature",
    "stop",
    "text",
    "thinking",
    "tools",
    "word_ms",
    "words",
];

/// Words of one answer.
const WORDS_MAX: u64 = 20_000;
/// Calls of one answer.
const CALLS_MAX: u64 = 100;
/// Longest wait, milliseconds.
const MILLIS_MAX: u64 = 3_600_000;
/// Shortest time between signs of life.
const HEARTBEAT_MIN: Duration = Duration::from_millis(10);
/// Largest of the other numbers.
const NUMBER_MAX: u64 = 1_000_000_000;

/// What is no event and no frame of any format.
const GARBAGE: &[u8] = b"\xff\xfe<html>502 Bad Gateway</html>\n\ndata: {\"half\n\n";

const WORDS: &[&str] =
    &["the", "river", "bends", "once", "more", "and", "slow", "light", "falls", "on", "every", "stone", "below"];

const STOPS: &[(&str, Stop)] = &[
    ("end", Stop::End),
    ("calls", Stop::Calls),
    ("length", Stop::Length),
    ("sequence", Stop::Sequence),
    ("refused", Stop::Refused),
    ("blocked", Stop::Blocked),
];

const FAILURES: &[(&str, Kind)] = &[
    ("context_length", Kind::ContextLength),
    ("quota", Kind::Quota),
    ("overloaded", Kind::Overloaded),
    ("key", Kind::KeyWrong),
];

/// How a place becomes a cut.
type MakeCut = fn(usize) -> Cut;

const CUTS: &[(&str, MakeCut)] = &[
    ("cut_bytes", Cut::AfterBytes),
    ("cut_chunks", Cut::AfterChunks),
    ("cut_contents", Cut::AfterContents),
    ("cut_within", Cut::WithinChunk),
];

/// The reply that a model's name asks for. It fails with the parameter that is wrong and what it must be.
pub fn reply(model: &str, transcript: &Transcript) -> Result<Reply, Failure> {
    let parameters = Parameters::of(model)?;
    let mut reply = Reply::from(answer(&parameters, transcript)?);
    let millis = |key| Ok(parameters.number(key, MILLIS_MAX)?.map(Duration::from_millis));
    if let Some(wait) = millis("headers_ms")? {
        reply = reply.headers_after(wait);
    }
    if let Some(wait) = millis("first_ms")? {
        reply = reply.first_after(wait);
    }
    if let Some(wait) = millis("word_ms")? {
        reply = reply.between(wait);
    }
    if let Some(length) = millis("pause_ms")? {
        let before = parameters.place("pause_at")?.unwrap_or(0);
        reply = match millis("heartbeat_ms")? {
            Some(every) if every < HEARTBEAT_MIN => return Err(bad("heartbeat_ms", "at least 10")),
            Some(every) => reply.heartbeats(before, length, every),
            None => reply.pause(before, length),
        };
    }
    if let Some(bytes) = parameters.place("chunk_bytes")? {
        reply = reply.bytes_at_a_time(bytes, millis("byte_ms")?.unwrap_or_default());
    }
    if let Some(at) = parameters.place("garbage_at")? {
        reply = reply.garbage_after(at, GARBAGE);
    }
    for (key, cut) in CUTS {
        if let Some(place) = parameters.place(key)? {
            reply = reply.cut(cut(place));
        }
    }
    if let Some(failure) = failure(&parameters)? {
        reply = match parameters.place("error_at")? {
            Some(contents) => reply.broken_after(contents, failure),
            None => Reply { failure: Some(failure), ..reply },
        };
    }
    Ok(reply)
}

fn answer(parameters: &Parameters<'_>, transcript: &Transcript) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    if let Some(text) = parameters.text("thinking") {
        answer = answer.thinking(text, parameters.text("signature").unwrap_or("c2ltdWxhdGVk"));
    }
    if let Some(data) = parameters.text("redacted") {
        answer = answer.part(Part::Redacted(data.to_owned()));
    }
    let tools: Vec<&str> = parameters.text("tools").into_iter().flat_map(|tools| tools.split(',')).collect();
    let rounds = parameters.number("rounds", NUMBER_MAX)?.unwrap_or(1);
    let calls = parameters.number("calls", CALLS_MAX)?.unwrap_or(tools.len() as u64);
    let has_calls = !tools.is_empty() && transcript.rounds < rounds;
    let words = parameters.number("words", WORDS_MAX)?.map(words);
    match (parameters.text("text"), words, parameters.text("refusal")) {
        (_, _, Some(refusal)) => answer = answer.part(Part::Refusal(refusal.to_owned())),
        (Some(text), _, _) => answer = answer.part(Part::Text(text.to_owned())),
        (None, Some(words), _) => answer = answer.part(Part::Text(words)),
        (None, None, None) if has_calls => {}
        (None, None, None) => answer = answer.part(Part::Text(plain(transcript))),
    }
    if has_calls {
        let arguments = parameters.text("arguments").unwrap_or("{}");
        for name in tools.iter().cycle().take(calls as usize) {
            answer = answer.call(*name, arguments);
        }
    }
    answer.stop = parameters.choice("stop", STOPS)?;
    let tokens = |key| parameters.number(key, NUMBER_MAX);
    let buckets =
        [tokens("input")?, tokens("cached")?, tokens("cache_written")?, tokens("output")?, tokens("reasoning")?];
    if buckets.iter().any(Option::is_some) {
        let [input, cached, cache_written, output, reasoning] = buckets.map(Option::unwrap_or_default);
        answer.usage = Some(Usage { input, cached, cache_written, output, reasoning });
    }
    Ok(answer)
}

/// What is said when nothing is asked for.
fn plain(transcript: &Transcript) -> String {
    match &transcript.user {
        Some(user) => format!("This is a simulated model. You said: {user}"),
        None => "This is a simulated model.".to_owned(),
    }
}

fn words(count: u64) -> String {
    let words: Vec<&str> = WORDS.iter().copied().cycle().take(count as usize).collect();
    words.join(" ")
}

fn failure(parameters: &Parameters<'_>) -> Result<Option<Failure>, Failure> {
    let Some(name) = parameters.text("error") else { return Ok(None) };
    let known = FAILURES.iter().find(|(known, _)| *known == name);
    let failure = match (known, name.parse()) {
        (Some((_, kind)), _) => Failure::new(*kind),
        (None, Ok(status @ 400..=599)) => Failure::status(status),
        (None, _) => return Err(bad("error", "a status from 400 to 599, or context_length, quota, overloaded, key")),
    };
    let seconds = parameters.number("retry_after", NUMBER_MAX)?;
    Ok(Some(Failure { retry_after: seconds, ..failure }))
}

/// What stands behind the `?` of a model's name.
struct Parameters<'a>(Vec<(&'a str, String)>);

impl<'a> Parameters<'a> {
    fn of(model: &'a str) -> Result<Self, Failure> {
        let (_, query) = model.split_once('?').unwrap_or((model, ""));
        let mut list = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !KEYS.contains(&key) {
                return Err(bad(key, &format!("one of {}", KEYS.join(", "))));
            }
            let value = percent_decode_str(value).decode_utf8().map_err(|_| bad(key, "UTF-8"))?;
            list.push((key, value.into_owned()));
        }
        Ok(Self(list))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    fn number(&self, key: &str, max: u64) -> Result<Option<u64>, Failure> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match text.parse() {
            Ok(number) if number <= max => Ok(Some(number)),
            _ => Err(bad(key, &format!("a whole number from 0 to {max}"))),
        }
    }

    fn place(&self, key: &str) -> Result<Option<usize>, Failure> {
        Ok(self.number(key, NUMBER_MAX)?.map(|number| number as usize))
    }

    fn choice<T: Copy>(&self, key: &str, table: &[(&str, T)]) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match table.iter().find(|(name, _)| *name == text) {
            Some((_, chosen)) => Ok(Some(*chosen)),
            None => {
                let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
                Err(bad(key, &format!("one of {}", names.join(", "))))
            }
        }
    }
}

fn bad(key: &str, wanted: &str) -> Failure {
    Failure::invalid(format!("simulated model: `{key}` must be {wanted}"))
}
