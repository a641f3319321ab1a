//! What a model says, in no provider's words.

/// One answer of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// What it is made of, in order.
    pub parts: Vec<Part>,
    /// Why it ends; `None`: as its parts say.
    pub stop: Option<Stop>,
    /// What it took; `None`: estimated from the sizes of request and answer.
    pub usage: Option<Usage>,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words for the user.
    Text(String),
    /// What the model thought, with the seal that has to come back: a signature, or encrypted contents.
    Thinking {
        /// The thought.
        text: String,
        /// The seal; empty: none.
        signature: String,
    },
    /// A thought that nobody may read, as base64.
    Redacted(String),
    /// A tool that is to run.
    Call {
        /// The id; `None`: one in the provider's style.
        id: Option<String>,
        /// The tool.
        name: String,
        /// JSON text, sent as it is where the format allows; it need not be lawful.
        arguments: String,
    },
    /// Words of a model that will not do it.
    Refusal(String),
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All is said.
    End,
    /// Tools are to run.
    Calls,
    /// The limit of output is reached.
    Length,
    /// A stop sequence was written.
    Sequence,
    /// The model, or a filter, will not go on.
    Refused,
    /// The prompt was blocked: there is no answer.
    Blocked,
}

/// Tokens in buckets that do not overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt, neither read from a cache nor written to one.
    pub input: u64,
    /// Of the prompt, read from a cache.
    pub cached: u64,
    /// Of the prompt, written to a cache.
    pub cache_written: u64,
    /// Of the answer, without thinking.
    pub output: u64,
    /// Of the thinking.
    pub reasoning: u64,
}

impl Usage {
    /// The whole prompt.
    pub fn prompt(&self) -> u64 {
        self.input + self.cached + self.cache_written
    }

    /// All that was written.
    pub fn written(&self) -> u64 {
        self.output + self.reasoning
    }
}

impl Answer {
    /// An answer of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::default().part(Part::Text(text.into()))
    }

    /// With one more part.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// With a thought and its seal.
    #[must_use]
    pub fn thinking(self, text: impl Into<String>, signature: impl Into<String>) -> Self {
        self.part(Part::Thinking { text: text.into(), signature: signature.into() })
    }

    /// With a call of a tool; the id is made in the provider's style.
    #[must_use]
    pub fn call(self, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        self.part(Part::Call { id: None, name: name.into(), arguments: arguments.into() })
    }

    /// That took so much.
    #[must_use]
    pub fn usage(self, usage: Usage) -> Self {
        Self { usage: Some(usage), ..self }
    }

    /// That ends for this reason.
    #[must_use]
    pub fn stop(self, stop: Stop) -> Self {
        Self { stop: Some(stop), ..self }
    }

    /// Why it ends: as set, else as its parts say.
    pub fn ends(&self) -> Stop {
        let has = |wanted: fn(&Part) -> bool| self.parts.iter().any(wanted);
        match self.stop {
            Some(stop) => stop,
            None if has(|part| matches!(part, Part::Call { .. })) => Stop::Calls,
            None if has(|part| matches!(part, Part::Refusal(_))) => Stop::Refused,
            None => Stop::End,
        }
    }
}

/// Text in the pieces that a model says it in: words with the blanks behind them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(char::is_whitespace)
}

/// JSON text in pieces of about the size of a token.
pub(crate) fn fragments(mut text: &str) -> impl Iterator<Item = &str> {
    const CHARS: usize = 8;
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let end = text.char_indices().nth(CHARS).map_or(text.len(), |(index, _)| index);
        let (piece, rest) = text.split_at(end);
        text = rest;
        Some(piece)
    })
}
