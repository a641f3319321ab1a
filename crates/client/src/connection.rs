//! One connection of the event stream, frame by frame.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use sse_stream::SseStream;

use crate::call::Call;
use crate::{Error, Event};

/// What a `disconnecting` frame without a readable delay means.
const RETRY_MS_DEFAULT: u64 = 100;
/// No server makes a client wait longer than this.
const RETRY_MS_MAX: u64 = 30_000;

/// A frame of the stream. Heartbeats are comments, not frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// `connected`, `disconnecting`, or an event's type.
    pub name: String,
    /// The event's id; the other two have none.
    pub id: Option<String>,
    /// The delay before a reconnect that the server suggests to browsers, in milliseconds.
    pub retry_ms: Option<u64>,
    /// JSON on one line.
    pub data: String,
}

#[derive(Deserialize)]
struct Disconnecting {
    retry_ms: u64,
}

impl Frame {
    /// The event in it.
    pub fn event(&self) -> Result<Event, Error> {
        serde_json::from_str(&self.data).map_err(Error::decode)
    }

    /// Milliseconds to wait before connecting again, if this frame announces the connection's end.
    pub fn disconnecting(&self) -> Option<u64> {
        (self.name == "disconnecting").then(|| {
            serde_json::from_str(&self.data)
                .map_or(RETRY_MS_DEFAULT, |Disconnecting { retry_ms }| retry_ms)
                .min(RETRY_MS_MAX)
        })
    }
}

/// The frames of one connection. It ends when the connection ends.
pub struct Connection(BoxStream<'static, Result<Frame, Error>>);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

impl Stream for Connection {
    type Item = Result<Frame, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

pub(crate) async fn open(call: Call<'_>) -> Result<Connection, Error> {
    let response = call.open().await?;
    let content_type = response.headers().get(CONTENT_TYPE);
    if !content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream")) {
        return Err(Error::decode("not an event stream"));
    }
    // A block without data has nothing to say: SSE lets a server send a lone `retry`.
    let frames = SseStream::from_bytes_stream(response.bytes_stream()).filter_map(async |block| {
        block
            .map_err(broken)
            .map(|block| {
                block.data.map(|data| Frame {
                    name: block.event.unwrap_or_default(),
                    id: block.id,
                    retry_ms: block.retry,
                    data,
                })
            })
            .transpose()
    });
    Ok(Connection(frames.boxed()))
}

/// Sorts a parser's error: the network's, or nonsense from the server.
fn broken(error: sse_stream::Error) -> Error {
    match error {
        sse_stream::Error::Body(source) => match source.downcast::<reqwest::Error>() {
            Ok(error) => Error::Transport(*error),
            Err(source) => Error::Decode(source),
        },
        other => Error::decode(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_of_a_disconnect_is_read_and_bounded() {
        #[track_caller]
        fn check(name: &str, data: &str, expected: Option<u64>) {
            let frame = Frame { name: name.to_owned(), id: None, retry_ms: None, data: data.to_owned() };
            assert_eq!(frame.disconnecting(), expected, "{data}");
        }
        check("disconnecting", r#"{"reason":"connection_cycle","retry_ms":250}"#, Some(250));
        check("disconnecting", r#"{"retry_ms":99999999}"#, Some(30_000));
        check("disconnecting", "{}", Some(100));
        check("turn.completed", r#"{"retry_ms":250}"#, None);
    }
}
