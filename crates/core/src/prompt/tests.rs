//! Conversations as words, cut by budgets. The turn's own tests check the grammar on whole stories.

use serde_json::{Value, json};

use super::*;
use crate::event::{CompletedPrivate, InputMessage, OutputMessageCompleted, ToolStatus};
use crate::harness::built_in;
use crate::message::ToolCall;
use crate::turn::laws::grammar;

/// A log as words: `u5` a user's message of 5 bytes, `a5` the agent's, `a5?x,y` with the calls `x` and `y` (0 bytes
/// each), `x=5` a result of 5 bytes for the call `x`.
fn log(words: &str) -> Vec<Recorded> {
    let event = |(index, word): (usize, &str)| {
        let at = Timestamp::from_micros(0);
        let id = MessageId::from_u128(1 + index as u128);
        let text = |bytes: &str| ContentPart::text("t".repeat(bytes.parse().unwrap()));
        let data = if let Some(bytes) = word.strip_prefix('u') {
            let message = Message::new(id, Role::User, vec![text(bytes)], at);
            InputMessage::from(message).into()
        } else if let Some((call, bytes)) = word.split_once('=') {
            result(call, Some(vec![text(bytes)]), None).into()
        } else {
            // `a4<3` had not read what came from the third word on.
            let (word, before) = word.split_once('<').unwrap_or((word, "0"));
            let private = CompletedPrivate { answers_before: before.parse().unwrap(), ..Default::default() };
            let word = word.strip_prefix('a').unwrap();
            let (bytes, calls) = word.split_once('?').unwrap_or((word, ""));
            let calls = calls.split(',').filter(|id| !id.is_empty());
            let calls = calls.map(|id| {
                ContentPart::ToolCall(ToolCall { id: id.to_owned(), name: String::new(), arguments: json!("") })
            });
            let content = [text(bytes)].into_iter().chain(calls).collect();
            OutputMessageCompleted {
                message: Message::new(id, Role::Agent, content, at),
                metadata: None,
                usage: None,
                phase: None,
                error_code: None,
                error_fields: None,
                error_disclosure: None,
                private,
            }
            .into()
        };
        Recorded { sequence: 1 + index as i64, at, data }
    };
    words.split_whitespace().enumerate().map(event).collect()
}

fn result(call: &str, result: Option<Vec<ContentPart>>, error: Option<&str>) -> ToolCompleted {
    ToolCompleted {
        tool_call_id: call.to_owned(),
        tool_name: "tool".to_owned(),
        success: error.is_none(),
        status: ToolStatus::Success,
        result,
        error: error.map(str::to_owned),
        duration_ms: None,
        display_name: None,
        capability_id: None,
    }
}

fn config() -> Arc<Config> {
    let layers = crate::config::Layers {
        harnesses: &built_in()[..1],
        agent: None,
        session: &Default::default(),
        message_model: None,
        default_model: None,
    };
    Arc::new(crate::config::resolve(layers, &[]))
}

/// A prompt as words, like [`log`]; `x=!` is an error.
fn words(prompt: &Prompt) -> String {
    let word = |message: &Arc<Message>| match (&message.role, message.content.as_slice()) {
        (Role::User, _) => format!("u{}", message.text().len()),
        (Role::ToolResult, [ContentPart::ToolResult(result)]) => {
            let length = |value: &Value| value.as_str().unwrap().len().to_string();
            let length = result.result.as_ref().map_or("!".to_owned(), length);
            format!("{}={length}", result.tool_call_id)
        }
        _ => {
            let calls: Vec<_> = message.tool_calls().map(|call| &*call.id).collect();
            let mark = if calls.is_empty() { "" } else { "?" };
            format!("a{}{mark}{}", message.text().len(), calls.join(","))
        }
    };
    prompt.messages.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(bytes_max: usize, said: &str, expected: &str) {
    let mut assembler = Assembler::with_budget(config(), bytes_max);
    let log = log(said);
    let _ = log.iter().rev().all(|event| assembler.push(event));
    let prompt = assembler.finish();
    assert_eq!(words(&prompt), expected, "{said}");
    grammar(&prompt.messages);
    let oldest = prompt.messages.first().map(|message| message.id);
    let from = log.iter().find(|event| event.sequence == prompt.from);
    assert_eq!(from.map(|event| MessageId::from_u128(event.sequence as u128)), oldest);
}

#[test]
fn everything_in_its_place() {
    check(99, "", "");
    check(99, "u1", "u1");
    check(99, "u1 a2 u3 a4 u5", "u1 a2 u3 a4 u5");
    // Answers stand behind the question, in the order of the calls, whatever came between.
    check(99, "u1 a2?x,y y=1 u3 x=2", "u1 a2?x,y x=2 y=1 u3");
    check(99, "u1 a0?x x=1 a0?y y=2 a3", "u1 a0?x x=1 a0?y y=2 a3");
    // Ids may repeat in later answers, and the first result of a call counts.
    check(99, "u1 a0?x x=1 a0?x x=2", "u1 a0?x x=1 a0?x x=2");
    check(99, "u1 a0?x x=1 x=7 u1", "u1 a0?x x=1 u1");
}

#[test]
fn a_missing_answer_is_filled_in() {
    check(99, "u1 a2?x,y y=1 u3", "u1 a2?x,y x=! y=1 u3");
    check(99, "u1 a0?x a0?x x=2", "u1 a0?x x=! a0?x x=2");
    check(99, "u1 a0?x x=2 a0?x", "u1 a0?x x=2 a0?x x=!");
}

#[test]
fn an_answer_without_question_is_left_out() {
    check(99, "u1 z=1 a2", "u1 a2");
}

#[test]
fn a_user_speaks_first() {
    check(99, "a1 u2 a3", "u2 a3");
    check(99, "a1?x x=2 u2", "u2");
    check(99, "a1", "");
}

#[test]
fn the_budget_cuts_at_whole_messages() {
    check(10, "u4 a4 u4 a4 u2", "u4 a4 u2");
    check(9, "u4 a4 u4 a4 u2", "u2");
    check(14, "u4 a4 u4 a4 u2", "u4 a4 u2");
    check(18, "u4 a4 u4 a4 u2", "u4 a4 u4 a4 u2");
    // A call and its answers weigh together: 2 bytes of arguments, 2 bytes of quotes about the result.
    check(19, "u4 a4?x x=5 u2", "u4 a4?x x=5 u2");
    check(18, "u4 a4?x x=5 u2", "u2");
    check(14, "u4 a4?x x=5 u2", "u2");
}

#[test]
fn the_newest_input_is_kept_whatever_its_size() {
    check(0, "u4 a4 u99", "u99");
    // Of a turn that is larger than the budget the newest step stays.
    check(5, "u4 a4 u99 a0?x x=50 a0?y y=50", "u99 a0?y y=50");
}

#[test]
fn who_spoke_meanwhile_is_read_after_the_answer() {
    check(100, "u1 u2 a4<2", "u1 a4 u2");
    check(100, "u1 u2 u3 a4<2", "u1 a4 u2 u3");
    check(100, "u1 u2 a0?x<2 x=5 u3", "u1 a0?x x=5 u2 u3");
    check(100, "u1 a1<2 u2 a2<4 u3", "u1 a1 u2 a2 u3");
    check(100, "u1 a1<2 u2 u3 a2<4", "u1 a1 u2 a2 u3");
}

#[test]
fn messages_are_counted_too() {
    let said = "u1 a1 ".repeat(PROMPT_MESSAGES_MAX);
    let mut assembler = Assembler::new(config());
    let taken = log(&said).iter().rev().take_while(|event| assembler.push(event)).count();
    assert_eq!(taken, PROMPT_MESSAGES_MAX);
    assert_eq!(assembler.finish().messages.len(), PROMPT_MESSAGES_MAX);
}

#[test]
fn a_result_is_json_if_it_reads_as_such() {
    #[track_caller]
    fn check(completed: &ToolCompleted, expected: Value) {
        let message = result_message(completed, Timestamp::from_micros(0));
        assert_eq!(message.role, Role::ToolResult);
        let mut content = serde_json::to_value(&message.content).unwrap();
        content[0].as_object_mut().unwrap().remove("type");
        assert_eq!(content, json!([expected]));
    }
    let text = |text: &str| result("x", Some(vec![ContentPart::text(text)]), None);
    check(&text(r#"{"a":[1]}"#), json!({"tool_call_id": "x", "result": {"a": [1]}}));
    check(&text("noon"), json!({"tool_call_id": "x", "result": "noon"}));
    check(&text("\"noon\""), json!({"tool_call_id": "x", "result": "noon"}));
    check(&text("null"), json!({"tool_call_id": "x", "result": null}));
    check(&result("x", None, Some("broken")), json!({"tool_call_id": "x", "error": "broken"}));
    let two = vec![ContentPart::text("a"), ContentPart::text("b")];
    check(
        &result("x", Some(two), None),
        json!({"tool_call_id": "x", "result": [
            {"type": "text", "text": "a"},
            {"type": "text", "text": "b"},
        ]}),
    );
}

/// A prompt that grows with the log, step by step, is at each step the one that is made of the whole log.
fn grown_is_assembled(bytes_max: usize, said: &str, steps: &[usize]) -> usize {
    let (config, log) = (config(), log(said));
    let entries: Vec<Entry> = log.iter().filter_map(Entry::of).collect();
    let mut growing: Option<GrowingPrompt> = None;
    let (mut until, mut grown) = (0, 0);
    for step in steps {
        until = (until + *step).min(entries.len());
        let mut assembler = Assembler::with_budget(config.clone(), bytes_max);
        let _ = entries[..until].iter().rev().all(|entry| assembler.add(entry));
        let (assembled, fresh) = assembler.finish_growing(1 + until as i64);
        let since = growing.as_ref().map_or(0, |growing| growing.until() as usize - 1);
        let next = growing.and_then(|growing| growing.grow(&config, entries[since..until].iter(), 1 + until as i64));
        growing = match next {
            Some((prompt, growing)) => {
                grown += 1;
                assert_eq!(prompt, assembled, "{said} up to {until} with {bytes_max}");
                Some(growing)
            }
            None => fresh,
        };
    }
    grown
}

#[test]
fn a_prompt_grows() {
    #[track_caller]
    fn check(bytes_max: usize, said: &str, steps: &[usize], grown: usize) {
        assert_eq!(grown_is_assembled(bytes_max, said, steps), grown, "{said}");
    }
    check(99, "u1 a2 u3 a4 u5", &[1, 2, 2], 2);
    check(99, "u1 a2?x,y y=1 u3 x=2 a1 u1", &[1, 4, 2], 2);
    check(10, "u4 a4 u4 a4 u2 a4 u3", &[1, 2, 2, 2], 3);
    check(5, "u9 a4 u9 a4 u2", &[1, 2, 2], 0);
    // Who speaks while the model writes makes it begin anew, once.
    check(99, "u1 u2 a4<2 u1 a1 u1", &[1, 3, 2], 1);
    check(99, "u1 a4?x u1", &[1, 2], 0);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_grown_prompt_is_the_assembled_one(
        bytes_max in 0_usize..60,
        words in proptest::collection::vec((0_usize..12, 0_usize..9), 1..30),
        steps in proptest::collection::vec(1_usize..5, 1..20),
    ) {
        let kinds = ["u", "a", "a?x", "a?x,y", "x=", "y=", "u", "a", "<2", "<5", "<9", "a?y"];
        let word = |(kind, bytes): &(usize, usize)| match kinds[*kind] {
            answer if answer.ends_with('=') => format!("{answer}{bytes}"),
            late if late.starts_with('<') => format!("a{bytes}{late}"),
            kind => format!("{}{bytes}{}", &kind[..1], &kind[1..]),
        };
        let words: Vec<String> = words.iter().map(word).collect();
        grown_is_assembled(bytes_max, &words.join(" "), &steps);
    }
}
