//! Pieces of an answer, as they go onto the wire.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde_json::Value;

/// One event or frame of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// As they are sent.
    pub bytes: Bytes,
    /// Whether it holds something of what the model says. The others only frame it.
    pub is_content: bool,
}

/// Chunks that share one buffer, so that a word costs no allocation of its own.
pub(crate) struct Chunks {
    buffer: BytesMut,
    list: Vec<Chunk>,
}

/// Bytes of the first buffer.
const CAPACITY: usize = 16 * 1024;

impl Chunks {
    pub(crate) fn new() -> Self {
        Self { buffer: BytesMut::with_capacity(CAPACITY), list: Vec::new() }
    }

    /// Adds what the function writes.
    pub(crate) fn push(&mut self, is_content: bool, write: impl FnOnce(&mut BytesMut)) {
        write(&mut self.buffer);
        let bytes = self.buffer.split().freeze();
        self.list.push(Chunk { bytes, is_content });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn into_list(self) -> Vec<Chunk> {
        self.list
    }
}

/// Writes a text as JSON.
pub(crate) fn put_text(buffer: &mut BytesMut, text: &str) {
    serde_json::to_writer(buffer.writer(), text).expect("memory takes every text");
}

/// Writes a value as JSON.
pub(crate) fn put_value(buffer: &mut BytesMut, value: &Value) {
    serde_json::to_writer(buffer.writer(), value).expect("memory takes every value");
}

/// The value that a text stands for, or the text itself if it is no JSON.
pub(crate) fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
