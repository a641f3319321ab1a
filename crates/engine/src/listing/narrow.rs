//! Where in a log a caller's wishes can be met: times and ids tell it without a search, or with a short one.

use everruns_core::limits::{EVENTS_READ_BATCH, EVENTS_SCAN_ROWS_MAX};
use everruns_core::{ExecId, Timestamp, TurnId};
use everruns_store::{EventFilter, EventQuery};
use uuid::Uuid;

use super::Wanted;
use crate::{Definition, Engine, Error};

/// What may stand between the events of a phase.
const OF_NO_PHASE: [&str; 3] = ["input.message", "input.dequeued", "session.activated"];
/// So many events tell what a cursor stands in.
const NEXT_ROWS: i64 = 4;

/// What is known after a look at the log.
pub(super) enum Found<T> {
    Here(T),
    Nowhere,
    /// Not up to here.
    NotYet(i64),
}

impl Engine {
    /// The part of the log where what is wanted stands.
    pub(super) async fn narrow(
        &self,
        session: &Definition,
        last: i64,
        wanted: &mut Wanted,
    ) -> Result<Found<EventQuery>, Error> {
        let mut query = EventQuery {
            after: wanted.after.unwrap_or(0),
            before: Some(wanted.before.unwrap_or(i64::MAX).min(last.saturating_add(1))),
            types: std::mem::take(&mut wanted.types),
            exclude: std::mem::take(&mut wanted.exclude),
            filter: std::mem::take(&mut wanted.filter),
            descending: wanted.descending,
            ..EventQuery::all(session)
        };
        let store = self.store();
        if let Some(from) = query.filter.from {
            query.after = query.after.max(store.older_until(&query.log, last, from).await?);
        }
        if let Some(until) = query.filter.until {
            query.before = query.before.min(Some(store.newer_from(&query.log, last, until).await?));
        }
        let Some(turn) = wanted.exec.map(|exec| exec.0).or(query.filter.turn.map(|turn| turn.0)) else {
            return Ok(Found::Here(query));
        };
        // What a turn wrote stands between its start and that of the next one. Ids tell the time of their turn.
        let started = store.older_until(&query.log, last, time_in(turn)).await?;
        let looking = EventQuery { before: Some(last.saturating_add(1)), ..EventQuery::all(session) };
        let after = started.max(if wanted.after.is_some() { query.after } else { 0 });
        if let Some(exec) = wanted.exec {
            let (turn, step) = match self.phase(EventQuery { after, ..looking.clone() }, exec).await? {
                Found::Here(place) => place,
                Found::Nowhere => return Ok(Found::Nowhere),
                Found::NotYet(reached) => return Ok(Found::NotYet(reached)),
            };
            if query.filter.turn.is_some_and(|wanted| wanted != turn) {
                return Ok(Found::Nowhere);
            }
            (query.filter.turn, query.filter.step) = (Some(turn), Some(step));
        }
        let filter = EventFilter { turn: query.filter.turn, ..EventFilter::default() };
        let first = match self.first(EventQuery { after, filter, ..looking.clone() }).await? {
            Found::Here(first) => first,
            Found::Nowhere => return Ok(Found::Nowhere),
            Found::NotYet(reached) => return Ok(Found::NotYet(reached)),
        };
        query.after = query.after.max(first - 1);
        let next = EventQuery { after: first, types: vec!["turn.started".to_owned()], ..looking };
        if let Found::Here(next) = self.first(next).await? {
            query.before = query.before.min(Some(next));
        }
        Ok(Found::Here(query))
    }

    /// Which phase of which turn an id stands for: it is made of both.
    async fn phase(&self, mut query: EventQuery, exec: ExecId) -> Result<Found<(TurnId, u32)>, Error> {
        // Behind a cursor that stands in the phase its start does not come, but the phase goes on.
        let next =
            EventQuery { limit: Some(NEXT_ROWS), exclude: OF_NO_PHASE.map(str::to_owned).into(), ..query.clone() };
        let next = self.store().scan_events(&next, EVENTS_SCAN_ROWS_MAX).await?;
        let mut places = next.rows.iter().filter_map(|row| row.context);
        if let Some(place) = places.find(|place| ExecId::of_step(place.turn_id, place.step) == exec) {
            return Ok(Found::Here((place.turn_id, place.step)));
        }
        query.types = vec!["reason.started".to_owned(), "act.started".to_owned()];
        query.limit = Some(EVENTS_READ_BATCH);
        let end = query.after.saturating_add(EVENTS_SCAN_ROWS_MAX);
        loop {
            let found = self.store().scan_events(&query, EVENTS_SCAN_ROWS_MAX).await?;
            let mut places = found.rows.iter().filter_map(|row| row.context);
            let place = places.find(|place| ExecId::of_step(place.turn_id, place.step) == exec);
            match (place, found.reached) {
                (Some(place), _) => return Ok(Found::Here((place.turn_id, place.step))),
                (None, Some(reached)) if reached >= end => return Ok(Found::NotYet(reached)),
                (None, Some(reached)) => query.after = reached,
                (None, None) => return Ok(Found::Nowhere),
            }
        }
    }

    /// The sequence of the first event of a query.
    async fn first(&self, query: EventQuery) -> Result<Found<i64>, Error> {
        let query = EventQuery { limit: Some(1), ..query };
        let found = self.store().scan_events(&query, EVENTS_SCAN_ROWS_MAX).await?;
        Ok(match (found.rows.first(), found.reached) {
            (Some(row), _) => Found::Here(row.sequence),
            (None, Some(reached)) => Found::NotYet(reached),
            (None, None) => Found::Nowhere,
        })
    }
}

/// The time that an id which the server made begins with.
fn time_in(id: Uuid) -> Timestamp {
    Timestamp::from_micros((id.as_u128() >> 80) as i64 * 1_000)
}
