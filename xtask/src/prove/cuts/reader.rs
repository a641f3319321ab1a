//! A reader on a bare socket, whose connection breaks after any number of bytes and who goes on behind the last frame
//! that came whole.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_core::SessionId;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::prove::random::Random;
use crate::prove::wire::{self, Frame};

/// A connection breaks after up to two to the power of so many bytes; each power is as likely as the others. The head
/// of the answer alone has some 150 bytes.
const CUT_POWERS: (u64, u64) = (5, 16);
/// How often a reader without news asks whether all is said.
const LOOK: Duration = Duration::from_millis(100);
/// A session is over, and read, within this time.
const SESSION: Duration = Duration::from_secs(180);

/// Where a stream is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the first event, and cut all the time.
    First,
    /// Without a cursor, and cut once.
    Latest,
}

/// How often a stream was cut, and where.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    pub(super) all: usize,
    /// Before the answer's head was whole.
    pub(super) in_head: usize,
    /// In the middle of a frame.
    pub(super) in_frame: usize,
    /// Even in the middle of a character.
    pub(super) in_character: usize,
}

impl Cuts {
    pub(super) fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.in_head += other.in_head;
        self.in_frame += other.in_frame;
        self.in_character += other.in_character;
    }

    /// Counts a cut behind these bytes of the answer's body; `None`: within its head.
    fn count(&mut self, rest: Option<&[u8]>) {
        self.all += 1;
        self.in_head += usize::from(rest.is_none());
        let rest = rest.unwrap_or_default();
        self.in_frame += usize::from(!rest.is_empty());
        let torn = std::str::from_utf8(rest).is_err_and(|error| error.error_len().is_none());
        self.in_character += usize::from(torn);
    }
}

/// What a reader saw over all its connections.
pub(super) struct Followed {
    start: Start,
    /// The events, in the order in which they came.
    pub(super) frames: Vec<Frame>,
    pub(super) cuts: Cuts,
    /// The last sequence right before the stream was opened, and right after its first frame.
    pub(super) heads: (i64, i64),
}

impl Followed {
    /// Which reader this is, for errors.
    pub(super) fn shown(&self) -> String {
        format!("a stream opened at {:?} when the log went to {:?}, {:?}", self.start, self.heads, self.cuts)
    }
}

/// Reads until the last event that `finished` names.
pub(super) async fn follow(
    port: u16,
    session: SessionId,
    start: Start,
    mut random: Random,
    finished: watch::Receiver<Option<i64>>,
) -> anyhow::Result<Followed> {
    let begun = Instant::now();
    let mut followed = Followed { start, frames: Vec::new(), cuts: Cuts::default(), heads: (0, 0) };
    while !is_done(&followed.frames, &finished) {
        ensure!(begun.elapsed() < SESSION, "a reader does not come to the end; {}", followed.shown());
        let cursor = match (followed.frames.last(), start) {
            (Some(last), _) => format!("?since_id={}", last.id.as_deref().context("an event has no id")?),
            (None, Start::First) => "?after_sequence=0".to_owned(),
            (None, Start::Latest) => String::new(),
        };
        let opens = followed.frames.is_empty() && start == Start::Latest;
        if opens {
            followed.heads.0 = head(port, session).await?;
        }
        let path = format!("/v1/sessions/{session}/sse{cursor}");
        let mut socket = wire::send(port, "GET", &path, None, None).await?;
        let mut raw = Vec::new();
        if opens {
            while wire::frames(&body(&raw)?)?.0.is_empty() {
                ensure!(wire::read_more(&mut socket, &mut raw, usize::MAX).await?, "a stream had no first frame");
            }
            followed.heads.1 = head(port, session).await?;
        }
        let cut = followed.frames.is_empty() || start == Start::First;
        let power = 1 << random.between(CUT_POWERS.0, CUT_POWERS.1);
        let limit = if cut { raw.len() + random.between(1, 1 + power) as usize } else { usize::MAX };
        read(&mut socket, &mut raw, limit, &followed.frames, &finished).await?;
        if random.between(0, 2) == 0 {
            // Reset, not closed in good order.
            socket.set_zero_linger()?;
        }
        drop(socket);

        let Some((_, body)) = wire::parts(&raw)? else {
            followed.cuts.count(None);
            continue;
        };
        let (frames, rest) = wire::frames(&body)?;
        followed.cuts.count(Some(rest));
        followed.frames.extend(frames.into_iter().filter(|frame| frame.sequence().is_some()));
    }
    Ok(followed)
}

/// Reads so many bytes, or until all is read.
async fn read(
    socket: &mut TcpStream,
    raw: &mut Vec<u8>,
    limit: usize,
    before: &[Frame],
    finished: &watch::Receiver<Option<i64>>,
) -> anyhow::Result<()> {
    while raw.len() < limit {
        match timeout(LOOK, wire::read_more(socket, raw, limit)).await {
            Ok(open) => {
                if !open? {
                    break;
                }
            }
            Err(_) => {
                let body = body(raw)?;
                let (frames, _) = wire::frames(&body)?;
                if is_done(before, finished) || is_done(&frames, finished) {
                    break;
                }
            }
        }
    }
    Ok(())
}

fn body(raw: &[u8]) -> anyhow::Result<Vec<u8>> {
    Ok(wire::parts(raw)?.map(|(_, body)| body).unwrap_or_default())
}

fn is_done(frames: &[Frame], finished: &watch::Receiver<Option<i64>>) -> bool {
    let last = *finished.borrow();
    last.is_some() && frames.last().and_then(Frame::sequence) == last
}

async fn head(port: u16, session: SessionId) -> anyhow::Result<i64> {
    let path = format!("/v1/sessions/{session}/events?limit=1");
    let newest = wire::get(port, &path).await?;
    newest["data"][0]["sequence"].as_i64().context("a session has no event")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_counted_where_it_falls() {
        #[track_caller]
        fn check(rest: Option<&[u8]>, expected: (usize, usize, usize)) {
            let mut cuts = Cuts::default();
            cuts.count(rest);
            assert_eq!((cuts.in_head, cuts.in_frame, cuts.in_character), expected, "{rest:?}");
        }
        check(None, (1, 0, 0));
        check(Some(b""), (0, 0, 0));
        check(Some(b"data: \"a"), (0, 1, 0));
        check(Some(&"data: \"🦊".as_bytes()[..9]), (0, 1, 1));
        check(Some("data: \"🦊".as_bytes()), (0, 1, 0));
    }
}
