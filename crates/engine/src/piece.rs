//! Pieces of a text that grows: each is stored with its place, and shown with all of the text so far.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use everruns_core::MessageId;
use everruns_core::event::{OutputMessageDelta, ReasonThinkingDelta};
use everruns_core::limits::EVENTS_READ_BATCH;
use everruns_store::{EventQuery, EventRow, Log};
use serde::Deserialize;

use crate::definition::corrupt;
use crate::shown::Members;
use crate::{Error, Inner};

/// The types of events that are pieces: of what the agent says, and of what the model thinks before.
pub(crate) const PIECES: [&str; 2] = ["output.message.delta", "reason.thinking.delta"];

/// A piece: the text that it belongs to, where it stands there, and what it says.
struct Piece {
    text: (&'static str, MessageId),
    offset: usize,
    delta: String,
}

impl Piece {
    fn of(row: &EventRow) -> Result<Option<Self>, Error> {
        let Some(kind) = PIECES.into_iter().find(|kind| *kind == row.encoded.type_name) else { return Ok(None) };
        if kind == PIECES[0] {
            let OutputMessageDelta { message_id, delta, private, .. } =
                OutputMessageDelta::decode(&row.encoded).map_err(corrupt)?;
            return Ok(Some(Self { text: (kind, message_id), offset: private.offset, delta }));
        }
        let ReasonThinkingDelta { delta, private, .. } = ReasonThinkingDelta::decode(&row.encoded).map_err(corrupt)?;
        Ok(Some(Self { text: (kind, private.message_id), offset: private.offset, delta }))
    }
}

impl Inner {
    /// Gives pieces their `accumulated`: the text so far.
    pub(crate) async fn add_accumulated(
        &self,
        log: &Log,
        rows: &[EventRow],
        members: &mut Members,
    ) -> Result<(), Error> {
        // Pieces build on each other in the order of the log, whatever order the caller wants them in.
        let mut pieces: Vec<&EventRow> = rows.iter().filter(|row| PIECES.contains(&&*row.encoded.type_name)).collect();
        pieces.sort_by_key(|row| row.sequence);
        let mut texts: HashMap<(&str, MessageId), String> = HashMap::new();
        for row in pieces {
            let Some(piece) = Piece::of(row)? else { continue };
            let text = match texts.entry(piece.text) {
                Entry::Occupied(text) => text.into_mut(),
                Entry::Vacant(place) => place.insert(self.text_before(log, row.sequence, &piece).await?),
            };
            text.push_str(&piece.delta);
            members.insert(row.sequence, accumulated(text));
        }
        Ok(())
    }

    /// The text before its piece at `sequence`.
    async fn text_before(&self, log: &Log, sequence: i64, piece: &Piece) -> Result<String, Error> {
        let mut pieces = Vec::new();
        let (mut missing, mut before) = (piece.offset, sequence);
        while missing > 0 {
            let query = EventQuery {
                before: Some(before),
                types: vec![piece.text.0.to_owned()],
                descending: true,
                limit: Some(EVENTS_READ_BATCH),
                ..EventQuery::all(log.clone())
            };
            let earlier = self.store.events(&query).await?;
            let Some(last) = earlier.last() else {
                return Err(corrupt(format!("the text before event {sequence} is missing")));
            };
            before = last.sequence;
            for row in &earlier {
                let Some(earlier) = Piece::of(row)? else { continue };
                if earlier.text == piece.text && missing > 0 {
                    missing = earlier.offset;
                    pieces.push(earlier.delta);
                }
            }
        }
        Ok(pieces.into_iter().rev().collect())
    }
}

/// How much will be shown of a row, model calls apart. Few stored bytes can be many shown ones: a piece repeats the text
/// before it, whose length it knows.
pub(crate) fn shown_length(row: &EventRow) -> Result<usize, Error> {
    #[derive(Deserialize)]
    struct Place {
        offset: usize,
    }
    let mut length = row.encoded.data.len();
    if PIECES.contains(&&*row.encoded.type_name) {
        let private = row.encoded.private.as_deref().unwrap_or(r#"{"offset":0}"#);
        let place: Place = serde_json::from_str(private).map_err(corrupt)?;
        length += place.offset;
    }
    Ok(length)
}

/// The member of a piece that tells all of the text so far.
pub(crate) fn accumulated(text: &str) -> String {
    format!("\"accumulated\":{}", serde_json::to_string(text).expect("a text is JSON"))
}
