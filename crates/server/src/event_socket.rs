//! An event stream on a socket of its own: the head of the answer, then each frame as a chunk.
//!
//! Nothing is buffered here: a frame is written when the socket takes it, and the next one is made after that.

use std::io::{self, IoSlice};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, header};
use everruns_core::limits::STREAM_SEND_BUFFER_BYTES;
use futures::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

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
    put(socket, &[head(&parts.headers).as_slice()]).await?;
    drop(parts);
    let mut frames = body.into_data_stream();
    loop {
        let frame: Option<Result<Bytes, axum::Error>> = tokio::select! {
            frame = frames.next() => frame,
            left = left(socket) => return left,
        };
        match frame {
            Some(frame) => {
                // Without the last chunk the reader knows that this was not the end.
                let frame = frame.map_err(io::Error::other)?;
                if !frame.is_empty() {
                    put(socket, &[format!("{:x}\r\n", frame.len()).as_bytes(), &frame, b"\r\n"]).await?;
                }
            }
            None => {
                put(socket, &[b"0\r\n\r\n"]).await?;
                return socket.shutdown().await;
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

/// Writes all of the pieces. The kernel ends the connection if the reader takes none of them for a while.
async fn put(socket: &TcpStream, pieces: &[&[u8]]) -> io::Result<()> {
    let mut slices = [IoSlice::new(&[]); 3];
    let mut rest = &mut slices[..pieces.len()];
    for (slice, piece) in rest.iter_mut().zip(pieces) {
        *slice = IoSlice::new(piece);
    }
    while !rest.is_empty() {
        match socket.try_write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                socket.writable().await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns when the reader has hung up. What it still sends is read and thrown away.
async fn left(socket: &TcpStream) -> io::Result<()> {
    let mut ignored = [0; 64];
    loop {
        socket.readable().await?;
        match socket.try_read(&mut ignored) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
