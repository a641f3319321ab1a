//! A scripted reply: what is said, how fast, and what goes wrong.

use std::time::Duration;

use bytes::Bytes;

use crate::answer::Answer;
use crate::failure::Failure;

/// What a request is answered with. Without more it says its answer at once and ends well.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub(crate) answer: Answer,
    pub(crate) failure: Option<Failure>,
    pub(crate) headers_after: Duration,
    pub(crate) first_after: Duration,
    pub(crate) between: Duration,
    pub(crate) pauses: Vec<Pause>,
    pub(crate) broken: Option<(usize, Failure)>,
    pub(crate) garbage: Option<(usize, Bytes)>,
    pub(crate) cut: Option<Cut>,
    pub(crate) is_whole: bool,
    pub(crate) slow: Option<(usize, Duration)>,
}

/// A wait before a content, with or without signs of life.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    pub(crate) before: usize,
    pub(crate) length: Duration,
    /// How often something comes that is no content.
    pub(crate) every: Option<Duration>,
}

/// Where a connection is cut: what comes before is sent, what comes after is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before anything is sent, even a status.
    BeforeHead,
    /// After so many bytes of the body.
    AfterBytes(usize),
    /// After so many chunks, which are events or frames.
    AfterChunks(usize),
    /// After so many chunks and half of the next.
    WithinChunk(usize),
    /// After so many chunks with content; after the last one, what would have ended the answer is missing.
    AfterContents(usize),
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer, ..Self::default() }
    }
}

impl Reply {
    /// Says a text.
    pub fn text(text: impl Into<String>) -> Self {
        Answer::text(text).into()
    }

    /// Fails before anything is said.
    pub fn fail(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// Sends nothing, not even headers, for so long.
    #[must_use]
    pub fn headers_after(self, wait: Duration) -> Self {
        Self { headers_after: wait, ..self }
    }

    /// Waits with the first content.
    #[must_use]
    pub fn first_after(self, wait: Duration) -> Self {
        Self { first_after: wait, ..self }
    }

    /// Waits between one content and the next.
    #[must_use]
    pub fn between(self, wait: Duration) -> Self {
        Self { between: wait, ..self }
    }

    /// Waits once before the content of this number, counted from 0, in silence. As many as there are: before the end.
    #[must_use]
    pub fn pause(mut self, before: usize, length: Duration) -> Self {
        self.pauses.push(Pause { before, length, every: None });
        self
    }

    /// Waits once before the content of this number, counted from 0, and sends only heartbeats meanwhile.
    #[must_use]
    pub fn heartbeats(mut self, before: usize, length: Duration, every: Duration) -> Self {
        self.pauses.push(Pause { before, length, every: Some(every) });
        self
    }

    /// Fails within the stream after so many contents, and ends there; an answer in one piece fails as a whole.
    #[must_use]
    pub fn broken_after(self, contents: usize, failure: Failure) -> Self {
        Self { broken: Some((contents, failure)), ..self }
    }

    /// Sends these bytes after so many chunks, and goes on; an answer in one piece is these bytes alone.
    #[must_use]
    pub fn garbage_after(self, chunks: usize, bytes: impl Into<Bytes>) -> Self {
        Self { garbage: Some((chunks, bytes.into())), ..self }
    }

    /// Answers in one piece, also if a stream is asked for.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// Cuts the connection there.
    #[must_use]
    pub fn cut(self, cut: Cut) -> Self {
        Self { cut: Some(cut), ..self }
    }

    /// Sends so many bytes at a time, wherever that breaks events and characters, and waits between them.
    #[must_use]
    pub fn bytes_at_a_time(self, bytes: usize, wait: Duration) -> Self {
        Self { slow: Some((bytes.max(1), wait)), ..self }
    }
}
