//! The chunked transfer coding: frames of length and bytes, taken apart as they arrive.

use anyhow::{Context as _, ensure};
use bytes::{Buf as _, BytesMut};

/// A length line is not longer than this; Everruns sends no chunk extensions.
const LENGTH_LINE_BYTES_MAX: usize = 32;

/// What comes next on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunked {
    /// The line with the length of a chunk.
    Length,
    /// So many bytes of a chunk.
    Bytes(usize),
    /// The line end behind a chunk.
    End,
    /// The line end behind the last chunk.
    Last,
    /// Nothing.
    Done,
}

impl Chunked {
    /// Moves what `raw` holds of the body to `out`.
    pub(crate) fn decode(&mut self, raw: &mut BytesMut, out: &mut BytesMut) -> anyhow::Result<()> {
        loop {
            *self = match *self {
                Self::Length => {
                    let line = &raw[..raw.len().min(LENGTH_LINE_BYTES_MAX)];
                    let Some(end) = line.windows(2).position(|pair| pair == b"\r\n") else {
                        ensure!(line.len() < LENGTH_LINE_BYTES_MAX, "not a chunk's length");
                        return Ok(());
                    };
                    let digits = std::str::from_utf8(&line[..end])?;
                    let length = usize::from_str_radix(digits, 16).context("not a chunk's length")?;
                    raw.advance(end + 2);
                    if length == 0 { Self::Last } else { Self::Bytes(length) }
                }
                Self::Bytes(length) => {
                    let taken = length.min(raw.len());
                    if taken == 0 {
                        return Ok(());
                    }
                    out.extend_from_slice(&raw[..taken]);
                    raw.advance(taken);
                    if taken == length { Self::End } else { Self::Bytes(length - taken) }
                }
                Self::End | Self::Last => {
                    if raw.len() < 2 {
                        return Ok(());
                    }
                    ensure!(raw.starts_with(b"\r\n"), "a chunk without an end");
                    raw.advance(2);
                    if *self == Self::End { Self::Length } else { Self::Done }
                }
                Self::Done => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_gives_the_same_body() {
        let wire = b"5\r\nhello\r\nA\r\n, world\r\n!\r\n0\r\n\r\nnext";
        for size in 1..wire.len() {
            let (mut state, mut raw, mut out) = (Chunked::Length, BytesMut::new(), BytesMut::new());
            for piece in wire.chunks(size) {
                raw.extend_from_slice(piece);
                state.decode(&mut raw, &mut out).unwrap();
            }
            assert_eq!((&out[..], &raw[..]), (&b"hello, world\r\n!"[..], &b"next"[..]));
            assert_eq!(state, Chunked::Done);
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        #[track_caller]
        fn check(wire: &str) {
            let mut raw = BytesMut::from(wire);
            let mut out = BytesMut::new();
            assert!(Chunked::Length.decode(&mut raw, &mut out).is_err(), "{wire}");
        }
        check("x\r\n");
        check("\r\n");
        check("1\r\nab\r\n");
        check("0123456789012345678901234567890123456789");
    }
}
