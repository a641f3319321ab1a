//! Server-sent events: the frame around a JSON text.

use bytes::{BufMut as _, BytesMut};
use serde_json::Value;

use crate::chunk::{Chunks, put_text, put_value};

/// How a provider frames its events.
#[derive(Clone, Copy)]
pub(crate) enum Frame {
    /// With a line that names the event.
    Named(&'static str),
    /// With data alone.
    Plain,
    /// With data alone, and lines that end with carriage return and line feed.
    Wide,
}

impl Frame {
    pub(crate) fn put(self, buffer: &mut BytesMut, data: impl FnOnce(&mut BytesMut)) {
        if let Self::Named(name) = self {
            buffer.put_slice(b"event: ");
            buffer.put_slice(name.as_bytes());
            buffer.put_slice(b"\n");
        }
        buffer.put_slice(b"data: ");
        data(buffer);
        buffer.put_slice(
            b"

",
        );
    }
}

impl Chunks {
    /// An event that frames what is said.
    pub(crate) fn event(&mut self, frame: Frame, data: &Value) {
        self.push(false, |buffer| frame.put(buffer, |buffer| put_value(buffer, data)));
    }

    /// An event with something that is said as a whole.
    pub(crate) fn content(&mut self, frame: Frame, data: &Value) {
        self.push(true, |buffer| frame.put(buffer, |buffer| put_value(buffer, data)));
    }

    /// An event with a piece of what is said: the JSON before it, the piece, the JSON behind it. An empty one says nothing.
    pub(crate) fn delta(&mut self, frame: Frame, before: &str, piece: &str, behind: &str) {
        self.push(!piece.is_empty(), |buffer| {
            frame.put(buffer, |buffer| {
                buffer.put_slice(before.as_bytes());
                put_text(buffer, piece);
                buffer.put_slice(behind.as_bytes());
            });
        });
    }
}
