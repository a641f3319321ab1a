//! From chunks and a reply to a plan: what is sent, after which wait, and how it ends. All of it is pure.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::chunk::Chunk;
use crate::reply::{Cut, Reply};

/// What is sent on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Whether the connection is cut behind the last step.
    pub(crate) is_cut: bool,
}

/// Bytes that are due so long after those before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) wait: Duration,
    pub(crate) bytes: Bytes,
    /// Whether it says something of the answer.
    pub(crate) is_content: bool,
}

/// A stream. `broken` makes the provider's event for a failure behind so many chunks, `heartbeat` is its sign of life.
pub(crate) fn stream(
    chunks: Vec<Chunk>,
    reply: &Reply,
    heartbeat: &Bytes,
    broken: impl FnOnce(usize) -> Option<Chunk>,
) -> Plan {
    let mut chunks = chunks;
    if let Some((contents, _)) = &reply.broken {
        chunks.truncate(behind_contents(&chunks, *contents));
        chunks.extend(broken(chunks.len()));
    }
    if let Some((after, bytes)) = &reply.garbage {
        chunks.insert((*after).min(chunks.len()), Chunk { bytes: bytes.clone(), is_content: false });
    }
    let is_cut = reply.cut.is_some_and(|cut| cut_chunks(&mut chunks, cut));
    let total = chunks.iter().filter(|chunk| chunk.is_content).count();
    let mut steps = Vec::with_capacity(chunks.len());
    // What has been said; behind the last content, the end counts as one more.
    let mut contents = 0;
    for chunk in chunks {
        let mut wait = Duration::ZERO;
        if chunk.is_content || (contents == total && total > 0) {
            if chunk.is_content {
                wait = if contents == 0 { reply.first_after } else { reply.between };
            }
            for pause in reply.pauses.iter().filter(|pause| pause.before == contents) {
                wait += pause.length;
                let Some(every) = pause.every.filter(|every| !every.is_zero()) else { continue };
                while wait > every {
                    steps.push(Step { wait: every, bytes: heartbeat.clone(), is_content: false });
                    wait -= every;
                }
            }
            contents += 1;
        }
        steps.push(Step { wait, bytes: chunk.bytes, is_content: chunk.is_content });
    }
    slowed(Plan { steps, is_cut }, reply)
}

/// An answer in one piece, which is ready when the last of its `contents` would have been said.
pub(crate) fn whole(body: Bytes, contents: usize, reply: &Reply) -> (Duration, Plan) {
    let pauses: Duration = reply.pauses.iter().map(|pause| pause.length).sum();
    let said = u32::try_from(contents.saturating_sub(1)).unwrap_or(u32::MAX);
    let wait = reply.first_after + reply.between.saturating_mul(said) + pauses;
    let mut chunks = vec![Chunk { bytes: body, is_content: true }];
    if let Some((_, bytes)) = &reply.garbage {
        chunks = vec![Chunk { bytes: bytes.clone(), is_content: true }];
    }
    let is_cut = reply.cut.is_some_and(|cut| cut_chunks(&mut chunks, cut));
    let steps = chunks
        .into_iter()
        .map(|chunk| Step { wait: Duration::ZERO, bytes: chunk.bytes, is_content: chunk.is_content })
        .collect();
    (wait, slowed(Plan { steps, is_cut }, reply))
}

/// How many chunks it takes to have so many contents: up to the next one, or up to the last one. All if there are fewer.
fn behind_contents(chunks: &[Chunk], contents: usize) -> usize {
    let places = || chunks.iter().enumerate().filter(|(_, chunk)| chunk.is_content).map(|(index, _)| index);
    let behind_last = || contents.checked_sub(1).and_then(|last| places().nth(last)).map(|index| index + 1);
    places().nth(contents).or_else(behind_last).unwrap_or(chunks.len())
}

/// Leaves what comes before the cut. False: the cut lies behind the end.
fn cut_chunks(chunks: &mut Vec<Chunk>, cut: Cut) -> bool {
    let (whole, rest) = match cut {
        Cut::BeforeHead => (0, 0),
        Cut::AfterChunks(count) => (count, 0),
        Cut::WithinChunk(count) => (count, chunks.get(count).map_or(0, |chunk| chunk.bytes.len() / 2)),
        Cut::AfterContents(count) => (behind_contents(chunks, count), 0),
        Cut::AfterBytes(bytes) => {
            let mut left = bytes;
            let whole = chunks.iter().take_while(|chunk| {
                let fits = chunk.bytes.len() <= left;
                left -= if fits { chunk.bytes.len() } else { 0 };
                fits
            });
            (whole.count(), left)
        }
    };
    if whole >= chunks.len() {
        return false;
    }
    chunks.truncate(whole + usize::from(rest > 0));
    if let (Some(last), true) = (chunks.last_mut(), rest > 0) {
        last.bytes.truncate(rest);
    }
    true
}

/// The same bytes in pieces of the wanted size. What is due at the same time is one text, so pieces end anywhere.
fn slowed(plan: Plan, reply: &Reply) -> Plan {
    let Some((size, pause)) = reply.slow else { return plan };
    let mut steps: Vec<Step> = Vec::new();
    let mut due = plan.steps.into_iter().peekable();
    while let Some(Step { mut wait, bytes, .. }) = due.next() {
        let mut text = BytesMut::from(bytes);
        while let Some(next) = due.next_if(|next| next.wait.is_zero()) {
            text.extend_from_slice(&next.bytes);
        }
        let mut text = text.freeze();
        while !text.is_empty() {
            let bytes = text.split_to(size.min(text.len()));
            steps.push(Step { wait, bytes, is_content: false });
            wait = pause;
        }
    }
    Plan { steps, is_cut: plan.is_cut }
}
