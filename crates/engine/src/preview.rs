//! How a session's first message and its latest answer begin, for lists.

use everruns_core::event::TurnCompleted;
use everruns_core::limits::PREVIEW_CHARS_MAX;
use everruns_store::SessionHead;

use crate::{Engine, Error};

/// What a list shows of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// How the first message begins.
    pub input: Option<String>,
    /// How the latest answer begins.
    pub output: Option<String>,
}

impl Engine {
    /// The previews of sessions, in their order.
    pub async fn previews(&self, heads: impl Iterator<Item = &SessionHead>) -> Result<Vec<Preview>, Error> {
        let ends = self.store().session_ends(heads).await?;
        Ok(ends
            .into_iter()
            .map(|ends| Preview {
                input: ends.first_input.as_deref().and_then(first_text),
                output: ends.last_turn.and_then(|turn| {
                    let turn: Option<TurnCompleted> = serde_json::from_str(&turn).ok();
                    turn?.final_answer_preview
                }),
            })
            .collect())
    }
}

/// How the first text of a message begins, from the beginning of its JSON, which may break off anywhere.
fn first_text(json: &str) -> Option<String> {
    let (_, text) = json.split_once(r#""type":"text","text":""#)?;
    let mut is_escaped = false;
    let end = text.find(|letter| {
        let ends = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        ends
    });
    // An escape that breaks off is cut away.
    let mut text = &text[..end.unwrap_or(text.len())];
    let whole = loop {
        match serde_json::from_str::<String>(&format!("\"{text}\"")) {
            Ok(whole) => break whole,
            Err(_) => text = &text[..text.rfind('\\')?],
        }
    };
    Some(whole.chars().take(PREVIEW_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_text_is_found_in_a_part() {
        #[track_caller]
        fn check(json: &str, expected: Option<&str>) {
            assert_eq!(first_text(json).as_deref(), expected, "{json}");
        }
        let part = |rest: &str| format!(r#"{{"message":{{"content":[{{"type":"text","text":"{rest}"#);
        check(&part(r#"Hello"}]}}"#), Some("Hello"));
        check(&part(r#"say \"hi\" \\"}]}}"#), Some(r#"say "hi" \"#));
        check(&part("Grüße, br"), Some("Grüße, br"));
        check(&part(r"a\"), Some("a"));
        check(&part(r"a\u00"), Some("a"));
        check(&part(r"a\ud83d\ude"), Some("a"));
        check(&part(""), Some(""));
        check(r#"{"message":{"content":[{"type":"image"}]}}"#, None);
        check("", None);
        check(&part(&"x".repeat(1_000)), Some(&"x".repeat(PREVIEW_CHARS_MAX)));
    }
}
