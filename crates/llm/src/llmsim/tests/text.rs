//! What it says.

use everruns_core::message::Role;
use serde_json::{Value, json};

use super::super::fixed;
use super::{asked, hear, parts, prompt, said};
use crate::Part;

#[test]
fn texts() {
    #[track_caller]
    fn check(model: &str, llmsim: Value, text: &str) {
        let heard = hear(asked(model, llmsim));
        assert_eq!(heard.text, text);
        assert_eq!(heard.finish_reason, "stop");
    }

    let noted = |text| format!("{}\n\n{text}", fixed::NOTE);
    check("llmsim/fixed", Value::Null, fixed::TEXT);
    check("llmsim/fixed?text=", Value::Null, "");
    check("llmsim/fixed?text=1+1%20%3D%202", Value::Null, "1+1 = 2");
    check("llmsim/default", Value::Null, &noted(fixed::TEXT));
    check("llmsim/default?text=Hi", Value::Null, &noted("Hi"));
    check("llmsim/echo", Value::Null, "How  are\nyou?");
    check("llmsim/echo?prefix=%3E%20", Value::Null, "> How  are\nyou?");
    check("llmsim/lorem?tokens=0", Value::Null, "");

    // The message overrides the model key by key.
    check("llmsim/fixed?text=a", json!({"text": "b c"}), "b c");
    check("llmsim/fixed?text=a", json!({"latency": "instant"}), "a");
    check("llmsim/nobody", json!({"behaviour": "fixed", "text": "a"}), "a");
    check("llmsim/error?kind=auth", json!({"behaviour": "echo"}), "How  are\nyou?");
}

#[test]
fn the_note_stands_before_the_first_reply_only() {
    let earlier = [said(Role::User, "Hi"), said(Role::Agent, "Hello")];
    let again = [earlier.to_vec(), vec![said(Role::User, "And now?")]].concat();
    let stream = parts(prompt("llmsim/default?text=Hi", again));
    assert_eq!(stream[0], Ok(Part::Text("Hi".to_owned())));
}

#[test]
fn only_the_newest_user_message_overrides() {
    let mut earlier = asked("llmsim/fixed?text=a", json!({"text": "b"}));
    earlier.messages.push(said(Role::User, "And now?").into());
    assert_eq!(parts(earlier)[0], Ok(Part::Text("a".to_owned())));
}

#[test]
fn lorem_follows_from_the_seed() {
    let words = |model: &str| hear(asked(model, Value::Null));
    assert_eq!(words("llmsim/lorem").usage.output_tokens, 50);
    assert_eq!(words("llmsim/lorem?tokens=7").usage.output_tokens, 7);
    assert_eq!(words("llmsim/lorem?seed=3"), words("llmsim/lorem?seed=3"));
    assert_ne!(words("llmsim/lorem?seed=3").text, words("llmsim/lorem").text);
}

#[test]
fn usage_counts_the_system_prompt_and_the_messages() {
    let heard = hear(asked("llmsim/fixed?text=a%20b%20c", Value::Null));
    // Eight bytes of system prompt and thirteen of question.
    assert_eq!(heard.usage.input_tokens, 6);
    assert_eq!(heard.usage.output_tokens, 3);
}
