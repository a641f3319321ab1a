//! An event stream on a socket of its own: the head of the answer, then each frame as a chunk.
//!
//! Nothing is buffered here: a frame is written when the socket takes it, and the next one is made after that.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, header};
use bytes::Buf;
use everruns_core::limits::STREAM_SEND_BUFFER_BYTES;
use futures::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::ReadHalf;

/// Writes the answer until it ends or the reader leaves.
pub(crate) async fn run(mut socket: TcpStream, response: Response<Body>) {
    match write(&mut socket, response).await {
        Ok(()) => {}
        Err(error) => tracing::debug!(%error, "a stream ended early"),
    }
}

async fn write(socket: &mut TcpStream, response: Response<Body>) -> io::Result<()> {
    // What a reader who reads nothing costs the kernel.
    socket2::SockRef::from(&*socket).set_send_buffer_size(STREAM_SEND_BUFFER_BYTES)?;
    let (parts, body) = response.into_parts();
    let (mut reader, mut writer) = socket.split();
    writer.write_all(&head(&parts.headers)).await?;
    drop(parts);
    let mut frames = body.into_data_stream();
    loop {
        let frame: Option<Result<Bytes, axum::Error>> = tokio::select! {
            frame = frames.next() => frame,
            left = left(&mut reader) => return left,
        };
        match frame {
            Some(frame) => {
                // Without the last chunk the reader knows that this was not the end.
                let frame = frame.map_err(io::Error::other)?;
                if !frame.is_empty() {
                    let size = format!("{:x}\r\n", frame.len());
                    let mut chunk = Buf::chain(Buf::chain(size.as_bytes(), frame), &b"\r\n"[..]);
                    writer.write_all_buf(&mut chunk).await?;
                }
            }
            None => {
                writer.write_all(b"0\r\n\r\n").await?;
                return writer.shutdown().await;
            }
        }
    }
}

/// The status line and the headers. The connection carries nothing after the stream.
fn head(headers: &HeaderMap) -> Vec<u8> {
    let mut head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n".to_vec();
    for (name, value) in headers {
        if name != header::TRANSFER_ENCODING && name != header::CONNECTION && name != header::CONTENT_LENGTH {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// Returns when the reader has hung up. What it still sends is read and thrown away.
async fn left(socket: &mut ReadHalf<'_>) -> io::Result<()> {
    let mut ignored = [0; 64];
    while socket.read(&mut ignored).await? > 0 {}
    Ok(())
}
