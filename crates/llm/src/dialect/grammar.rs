//! What all providers of alternating turns want of a conversation, whatever their words for it.

use std::collections::HashSet;

use serde_json::Value;

/// One turn.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    /// Whether the user speaks.
    pub(crate) is_user: bool,
    /// What is said.
    pub(crate) blocks: Vec<Block<'a>>,
}

/// A piece of a turn, its own form already looked at.
#[derive(Debug)]
pub(crate) enum Block<'a> {
    /// Text.
    Text(&'a str),
    /// An image.
    Image,
    /// What the model thought.
    Thought,
    /// A call.
    Call {
        /// Its id.
        id: &'a str,
        /// The tool.
        name: &'a str,
        /// Its arguments.
        input: &'a Value,
    },
    /// The result of a call.
    Result {
        /// The call's id.
        id: &'a str,
    },
    /// A mark between blocks, which says nothing.
    Mark,
}

/// A list that is not empty.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], String> {
    match value.get(key).and_then(Value::as_array) {
        Some(items) if !items.is_empty() => Ok(items),
        _ => Err(format!("`{key}` is no list with something in it")),
    }
}

/// A text that is not empty.
pub(crate) fn word<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    match value.get(key).and_then(Value::as_str) {
        Some(word) if !word.trim().is_empty() => Ok(word),
        _ => Err(format!("`{key}` is no text with something in it: {value}")),
    }
}

/// Whether a word is made of letters, digits, `_` and `-`.
pub(crate) fn plain(word: &str, letters: usize) -> Result<(), String> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=letters).contains(&word.len()) && word.bytes().all(is_letter) {
        return Ok(());
    }
    Err(format!("`{word}` is not made of up to {letters} letters, digits, `_` and `-`"))
}

/// The user speaks first and last and in turns, every call is answered at once and once, nothing is empty. Where
/// `thinks`, what the model did since the user spoke begins with its thoughts.
pub(crate) fn check(turns: &[Turn<'_>], has_tools: bool, thinks: bool) -> Result<(), String> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut open: Vec<&str> = Vec::new();
    let mut loop_begins = None;
    for (place, turn) in turns.iter().enumerate() {
        let at = |what: &str| format!("message {place}: {what}");
        if turn.is_user != (place % 2 == 0) {
            return Err(at("the sides do not speak in turns, the user first"));
        }
        if turn.blocks.iter().all(|block| matches!(block, Block::Mark)) {
            return Err(at("it is empty"));
        }
        let mut says_more = false;
        for block in &turn.blocks {
            match block {
                Block::Text(text) if text.trim().is_empty() => return Err(at("a text is empty")),
                Block::Image if !turn.is_user => return Err(at("the model shows an image")),
                Block::Text(_) | Block::Image => says_more = true,
                Block::Thought if turn.is_user => return Err(at("the user thinks aloud")),
                Block::Thought | Block::Mark => {}
                Block::Call { id, name, input } => {
                    if turn.is_user || !has_tools {
                        return Err(at("a call of the user, or without tools"));
                    }
                    plain(id, 64).and_then(|()| plain(name, 64)).map_err(|what| at(&what))?;
                    if !input.is_object() || !seen.insert(id) {
                        return Err(at("a call without an object of arguments, or with an id that is taken"));
                    }
                    open.push(id);
                }
                Block::Result { id } => {
                    if !turn.is_user || says_more {
                        return Err(at("a result is not at the beginning of what the user brings"));
                    }
                    let Some(call) = open.iter().position(|open| open == id) else {
                        return Err(at(&format!("a result of no open call: {id}")));
                    };
                    open.remove(call);
                }
            }
        }
        if turn.is_user && !open.is_empty() {
            return Err(at(&format!("no results for {open:?}")));
        }
        if matches!(turn.blocks.last(), Some(Block::Thought)) {
            return Err(at("it ends with a thought"));
        }
        if turn.is_user && says_more {
            loop_begins = None;
        } else if !turn.is_user && loop_begins.is_none() {
            loop_begins = turn.blocks.first();
        }
    }
    if turns.last().is_none_or(|turn| !turn.is_user) {
        return Err("the user does not speak last".to_owned());
    }
    match loop_begins {
        Some(first) if thinks && !matches!(first, Block::Thought) => {
            Err("thinking is on, and the open loop of calls does not begin with a thought".to_owned())
        }
        _ => Ok(()),
    }
}
