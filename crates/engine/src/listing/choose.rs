//! Which of what fits belongs to a list: its first ones, its last ones, those around one.

use everruns_core::limits::{EVENTS_SCAN_ROWS_MAX, EVENTS_SNAP_MAX, LIST_PAGE_BYTES};
use everruns_store::{EventQuery, EventRow, Log};

use super::{Cursor, Rest, Wanted};
use crate::{Engine, Error};

impl Engine {
    /// Which of what fits belongs to the list.
    pub(super) async fn choose(&self, mut query: EventQuery, wanted: &Wanted) -> Result<(Rest, Option<Cursor>), Error> {
        if let Some((anchor, window)) = wanted.around {
            return self.choose_around(query, anchor, window).await;
        }
        let Some(limit) = wanted.limit else { return Ok((Rest::Range(Box::new(query)), None)) };
        // The first ones after a forward cursor, else the last ones.
        let backwards = wanted.descending || wanted.after.is_none();
        let snaps = wanted.before.is_some() && wanted.after.is_none();
        if query.is_dense() {
            if backwards {
                query.after = query.after.max(query.before.unwrap_or(0).saturating_sub(limit + 1));
            } else {
                query.before = query.before.min(Some(query.after.saturating_add(limit + 1)));
            }
            if snaps {
                query.after = self.turn_start(&query.log, query.after).await?;
            }
            return Ok((Rest::Range(Box::new(query)), None));
        }
        let chosen = EventQuery { descending: backwards, limit: Some(limit), ..query.clone() };
        let (mut listed, unfinished) = self.sequences(chosen).await?;
        if snaps && listed.len() as i64 == limit {
            let oldest = listed.last().copied();
            let after = self.turn_start(&query.log, oldest.unwrap_or(1) - 1).await?;
            let grown = EventQuery { after, before: oldest, descending: true, ..query };
            listed.append(&mut self.sequences(grown).await?.0);
        }
        if backwards != wanted.descending {
            listed.reverse();
        }
        Ok((Rest::Listed(listed.into()), unfinished))
    }

    /// What fits on both sides of an event, so many on each, and the event itself.
    async fn choose_around(
        &self,
        query: EventQuery,
        anchor: i64,
        window: i64,
    ) -> Result<(Rest, Option<Cursor>), Error> {
        let (before, limit) = (query.before.min(Some(anchor)), Some(window));
        let older = EventQuery { before, descending: true, limit, ..query.clone() };
        let before = query.before.min(Some(anchor + 1));
        let itself = EventQuery { after: query.after.max(anchor - 1), before, descending: false, ..query.clone() };
        let newer = EventQuery { after: query.after.max(anchor), descending: false, limit, ..query.clone() };
        let (mut listed, mut unfinished) = self.sequences(older).await?;
        listed.reverse();
        for part in [itself, newer] {
            let (mut found, more) = self.sequences(part).await?;
            listed.append(&mut found);
            unfinished = unfinished.or(more);
        }
        if query.descending {
            listed.reverse();
        }
        Ok((Rest::Listed(listed.into()), unfinished))
    }

    /// Where a page that begins behind `after` begins so that it does not cut a turn in two: behind the event before its
    /// `turn.started`, unless that is far away.
    async fn turn_start(&self, log: &Log, after: i64) -> Result<i64, Error> {
        let marks = ["turn.started", "turn.completed", "turn.failed", "turn.cancelled", "turn.sealed"];
        let query = EventQuery {
            after: after.saturating_sub(EVENTS_SNAP_MAX).max(0),
            before: Some(after.saturating_add(2)),
            types: marks.map(str::to_owned).into(),
            descending: true,
            limit: Some(2),
            ..EventQuery::all(log.clone())
        };
        let marks = self.store().events(&query).await?;
        let is_start = |mark: &&EventRow| mark.encoded.type_name == "turn.started";
        // A page that begins with the end of a turn has to show the turn.
        let mark = marks.iter().find(|mark| mark.sequence <= after || is_start(mark));
        Ok(mark.filter(is_start).map_or(after, |start| after.min(start.sequence - 1)))
    }

    /// The sequences of what fits, and where to go on if the log was not searched to its end.
    async fn sequences(&self, mut query: EventQuery) -> Result<(Vec<i64>, Option<Cursor>), Error> {
        // What is found may be large; only its places are kept.
        query.bytes_max = LIST_PAGE_BYTES;
        let (mut missing, mut rows_left) = (query.limit.unwrap_or(i64::MAX), EVENTS_SCAN_ROWS_MAX);
        let mut listed = Vec::new();
        loop {
            query.limit = query.limit.map(|_| missing);
            let found = self.store().scan_events(&query, rows_left).await?;
            listed.extend(found.rows.iter().map(|row| row.sequence));
            missing -= found.rows.len() as i64;
            let Some(reached) = found.reached.filter(|_| missing > 0) else { return Ok((listed, None)) };
            let cursor = if query.descending {
                rows_left -= query.before.replace(reached).unwrap_or(reached) - reached;
                Cursor::Before(reached)
            } else {
                rows_left -= reached - std::mem::replace(&mut query.after, reached);
                Cursor::After(reached)
            };
            if rows_left <= 0 {
                return Ok((listed, Some(cursor)));
            }
        }
    }
}
