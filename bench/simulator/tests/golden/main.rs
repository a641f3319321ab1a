//! What each format looks like on the wire, story by story, against files that people have read.
//! `EVERRUNS_UPDATE=1` writes the files.

use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::Bytes;
use everruns_simulator::eventstream::Frame;
use everruns_simulator::{Answer, Call, Chunk, Dialect, Failure, Kind, Part, Stop, Usage};
use serde_json::{Value, json};

const DIALECTS: &[(Dialect, &str)] = &[
    (Dialect::Responses, "responses"),
    (Dialect::Chat, "chat"),
    (Dialect::Anthropic, "anthropic"),
    (Dialect::Gemini, "gemini"),
    (Dialect::Bedrock, "bedrock"),
];

/// A request that asks for all there is: usage, summaries, encrypted contents, thoughts.
fn body() -> Value {
    json!({
        "stream_options": { "include_usage": true },
        "reasoning": { "summary": "auto" },
        "include": ["reasoning.encrypted_content"],
        "generationConfig": { "thinkingConfig": { "includeThoughts": true } },
        "stop_sequences": ["END"],
    })
}

fn called(body: &Value) -> Call<'_> {
    Call { model: "some-model", serial: 7, created: 1_790_000_000, body }
}

/// The chunks as lines: binary frames as their headers and payload.
fn shown(dialect: Dialect, chunks: &[Chunk]) -> String {
    let mut text = String::new();
    for chunk in chunks {
        if dialect == Dialect::Bedrock {
            let mut bytes = chunk.bytes.clone();
            let frame = Frame::take(&mut bytes).expect("a whole frame");
            assert!(bytes.is_empty(), "a chunk is one frame");
            let headers: Vec<String> = frame.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let payload = String::from_utf8(frame.payload.to_vec()).expect("JSON");
            let _ = writeln!(text, "{}\n{payload}\n", headers.join("\n"));
        } else {
            text.push_str(std::str::from_utf8(&chunk.bytes).expect("text"));
        }
    }
    text
}

/// One story in all formats, streamed and in one piece.
#[track_caller]
fn check(story: &str, answer: &Answer) {
    for (dialect, folder) in DIALECTS {
        let mut body = body();
        if *dialect == Dialect::Chat {
            // An object would be OpenRouter's way to ask.
            body["reasoning"] = Value::Null;
        }
        let call = called(&body);
        let stream = shown(*dialect, &dialect.stream(answer, &call));
        let whole = dialect.whole(answer, &call);
        compare(folder, story, &format!("{stream}=== in one piece\n{whole}\n"));
    }
}

/// Compares line by line; JSON as JSON, so that the order of fields does not matter.
#[track_caller]
fn compare(folder: &str, story: &str, found: &str) {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "golden", folder, &format!("{story}.txt")].iter().collect();
    if std::env::var_os("EVERRUNS_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        // Git would change lines that end with carriage return and line feed.
        std::fs::write(&path, found.replace('\r', "␍")).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the file").replace('␍', "\r");
    assert_eq!(found.split('\n').count(), expected.split('\n').count(), "{folder}/{story}: lines\n{found}");
    for (line, (found, expected)) in found.split('\n').zip(expected.split('\n')).enumerate() {
        let same = match (json_of(found), json_of(expected)) {
            (Some(found), Some(expected)) => found == expected,
            _ => found == expected,
        };
        assert!(same, "{folder}/{story}:{}\nfound    {found}\nexpected {expected}", line + 1);
        assert_eq!(found.ends_with('\r'), expected.ends_with('\r'), "{folder}/{story}:{}", line + 1);
    }
}

fn json_of(line: &str) -> Option<Value> {
    serde_json::from_str(line.strip_prefix("data: ").unwrap_or(line)).ok()
}

const USAGE: Usage = Usage { input: 10, cached: 40, cache_written: 5, output: 6, reasoning: 3 };

#[test]
fn text() {
    check("text", &Answer::text("Schöne \"Grüße\", world.\nBye").usage(USAGE));
}

#[test]
fn thinking() {
    check("thinking", &Answer::default().thinking("Let me see.", "c2VhbA==").part(Part::Text("It is so.".into())));
}

#[test]
fn thoughts_and_cost_of_openrouter() {
    let mut body = body();
    body["usage"] = json!({ "include": true });
    let call = called(&body);
    let answer = Answer::default().thinking("Let me see.", "c2VhbA==").part(Part::Redacted("b3BhcXVl".into()));
    let answer = answer.part(Part::Text("It is so.".into())).usage(USAGE);
    let stream = shown(Dialect::Chat, &Dialect::Chat.stream(&answer, &call));
    let whole = Dialect::Chat.whole(&answer, &call);
    compare("chat", "openrouter", &format!("{stream}=== in one piece\n{whole}\n"));
}

#[test]
fn thinking_that_nobody_may_read() {
    check("redacted", &Answer::default().part(Part::Redacted("b3BhcXVl".into())).part(Part::Text("So.".into())));
}

#[test]
fn tools_in_parallel() {
    let answer = Answer::default()
        .thinking("Two calls.", "c2VhbA==")
        .part(Part::Text("Looking.".into()))
        .call("get_weather", r#"{"city": "Tromsø"}"#)
        .part(Part::Call { id: Some("own-id".into()), name: "get_time".into(), arguments: "{}".into() });
    check("tools", &answer);
}

#[test]
fn arguments_that_are_no_json() {
    check("malformed", &Answer::default().call("get_weather", r#"{"city": "Oslo"#));
}

#[test]
fn refusal() {
    check("refusal", &Answer::default().part(Part::Refusal("I will not.".into())));
}

#[test]
fn the_other_ends() {
    check("length", &Answer::text("Too lo").stop(Stop::Length));
    check("sequence", &Answer::text("Until ").stop(Stop::Sequence));
    check("blocked", &Answer::text("Never said").stop(Stop::Blocked));
}

#[test]
fn failures_as_answers_and_within_streams() {
    const KINDS: &[Kind] = &[
        Kind::Invalid,
        Kind::ContextLength,
        Kind::KeyMissing,
        Kind::KeyWrong,
        Kind::Billing,
        Kind::Forbidden,
        Kind::Missing,
        Kind::Timeout,
        Kind::TooLarge,
        Kind::RateLimited,
        Kind::Quota,
        Kind::Broken,
        Kind::Unavailable,
        Kind::Overloaded,
    ];
    let body = body();
    let call = called(&body);
    for (dialect, folder) in DIALECTS {
        let mut text = String::new();
        for kind in KINDS {
            let mut failure = Failure::new(*kind);
            failure.retry_after = (*kind == Kind::RateLimited).then_some(7);
            let refusal = dialect.refusal(&failure, &call);
            let _ = writeln!(text, "=== {kind:?}: {} {:?}\n{}", refusal.status, refusal.headers, refusal.body);
            text.push_str(&shown(*dialect, &[dialect.broken(&failure, &call, 9)]));
        }
        compare(folder, "failures", &text);
    }
}

#[test]
fn usage_comes_only_if_it_is_asked_for() {
    let body = json!({});
    let chunks = Dialect::Chat.stream(&Answer::text("Hi"), &called(&body));
    assert!(!shown(Dialect::Chat, &chunks).contains("usage"));
}

#[test]
fn summaries_and_encrypted_contents_come_only_if_they_are_asked_for() {
    let body = json!({});
    let answer = Answer::default().thinking("Hm.", "c2VhbA==");
    for dialect in [Dialect::Responses, Dialect::Gemini] {
        let text = shown(dialect, &dialect.stream(&answer, &called(&body)));
        assert!(!text.contains("Hm.") && !text.contains("encrypted_content"), "{text}");
    }
}

#[test]
fn only_words_thoughts_and_arguments_are_contents() {
    let body = body();
    let answer = Answer::default().thinking("One two.", "c2VhbA==").part(Part::Text("three four five".into()));
    let answer = answer.call("six", "{}");
    for (dialect, name) in DIALECTS {
        let chunks = dialect.stream(&answer, &called(&body));
        let contents: Vec<&Bytes> = chunks.iter().filter(|one| one.is_content).map(|one| &one.bytes).collect();
        assert_eq!(contents.len(), 6, "{name}: {contents:?}");
    }
}
