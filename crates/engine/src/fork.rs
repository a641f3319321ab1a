//! Forks: a new session that goes on from an event of another one. Nothing is copied; a turn that is open there is closed
//! in the fork's own log.

use everruns_core::Usage;
use everruns_core::event::{
    CancelledPrivate, Context, EventData, NewEvent, ReasonCompleted, SessionIdled, TurnCancelled, is_delta,
};
use everruns_core::limits::EVENTS_READ_BATCH;
use everruns_store::{EventQuery, EventRow, Fork, Log, NewSession, SessionHead, SessionRow, StoredEvent, Tally};

use crate::definition::corrupt;
use crate::{Engine, Error};

const STARTED: &str = "turn.started";
const ENDS: [&str; 4] = ["turn.completed", "turn.failed", "turn.cancelled", "turn.sealed"];
/// Where a turn opens or ends, as far as a log tells.
const MARKS: [&str; 5] = [STARTED, ENDS[0], ENDS[1], ENDS[2], ENDS[3]];
const REASON: &str = "The session was forked in the middle of this turn.";

impl Engine {
    /// Makes `new` a fork of the session at `sequence`, which its log has. `None`: the session is gone by now.
    pub async fn fork_session(
        &self,
        of: &SessionHead,
        sequence: i64,
        mut new: NewSession,
    ) -> Result<Option<SessionRow>, Error> {
        let log = Log::from(of);
        let (mut tally, open) = self.standing(&log, of, sequence).await?;
        if let Some(turn) = open {
            let turn_id = turn.turn_id;
            let (reason, private) = (Some(REASON.to_owned()), CancelledPrivate::default());
            let cancelled = TurnCancelled { turn_id, reason, usage: None, rolled_back: false, private };
            let idled = SessionIdled { turn_id, iterations: None, usage: Some(tally.usage) };
            let context = Some(Context { step: 0, span: 0, ..turn });
            let events = [EventData::from(cancelled), EventData::from(idled)];
            new.events = events.map(|data| StoredEvent::from(&NewEvent { context, data })).into();
            tally.event_count += new.events.len() as i64;
            tally.turn_count += 1;
            tally.finished_at = Some(new.at);
        }
        Ok(self.store().fork_session(&new, &Fork { of: of.clone(), sequence, tally }).await?)
    }

    /// What a session's row would count at `sequence`, and the turn that was open there.
    async fn standing(&self, log: &Log, head: &SessionHead, sequence: i64) -> Result<(Tally, Option<Context>), Error> {
        let before = Some(sequence.saturating_add(1));
        let at_head = sequence == head.last_sequence;
        let mut tally = Tally {
            event_count: head.event_count,
            turn_count: head.turn_count,
            usage: head.usage,
            input_sequence: head.input_sequence,
            started_at: head.started_at,
            finished_at: head.finished_at,
        };
        if at_head && head.turn_sequence == 0 {
            return Ok((tally, None));
        }
        let mark = self.last_of(log, &MARKS, before).await?;
        if !at_head {
            (tally.event_count, tally.turn_count, tally.usage) = self.counted(log, head, sequence).await?;
            tally.finished_at = mark.as_ref().map(|end| end.at);
            tally.input_sequence = self.latest_input(log, mark.as_ref(), before).await?;
            tally.started_at = tally.started_at.filter(|_| tally.input_sequence > 0);
        }
        let open = mark.filter(|mark| mark.encoded.type_name == STARTED).and_then(|mark| mark.context);
        Ok((tally, open))
    }

    /// The last event of one of these types.
    async fn last_of(&self, log: &Log, types: &[&str], before: Option<i64>) -> Result<Option<EventRow>, Error> {
        let types = types.iter().map(|&name| name.to_owned()).collect();
        let query = EventQuery { before, types, descending: true, limit: Some(1), ..EventQuery::all(log.clone()) };
        Ok(self.store().events(&query).await?.into_iter().next())
    }

    /// The input that opened the latest turn, or that waits for one behind it.
    async fn latest_input(&self, log: &Log, mark: Option<&EventRow>, before: Option<i64>) -> Result<i64, Error> {
        let inputs = |after, before, descending| EventQuery {
            after,
            before,
            types: vec!["input.message".to_owned()],
            descending,
            limit: Some(EVENTS_READ_BATCH),
            ..EventQuery::all(log.clone())
        };
        let is_open = mark.is_some_and(|mark| mark.encoded.type_name == STARTED);
        if !is_open {
            // What was said behind the end of a turn, but for the note that a cancel leaves.
            let after = mark.map_or(0, |end| end.sequence);
            let waiting = self.store().events(&EventQuery { limit: Some(2), ..inputs(after, before, false) }).await?;
            let is_note =
                |row: &&EventRow| mark.is_some_and(|end| end.encoded.type_name == "turn.cancelled" && end.at == row.at);
            if let Some(row) = waiting.iter().find(|row| !is_note(row)) {
                return Ok(row.sequence);
            }
        }
        let started = match mark {
            Some(mark) if is_open => Some(mark.clone()),
            Some(end) => self.last_of(log, &[STARTED], Some(end.sequence)).await?,
            None => None,
        };
        let Some(started) = started else { return Ok(0) };
        let opened_by = started.context.map(|context| context.input_message_id);
        for row in self.store().events(&inputs(0, Some(started.sequence), true)).await? {
            let sequence = row.sequence;
            if let EventData::InputMessage(input) = row.decode().map_err(corrupt)?.data
                && Some(input.message.id) == opened_by
            {
                return Ok(sequence);
            }
        }
        Ok(started.sequence)
    }

    /// Events but deltas, ended turns and tokens up to `sequence`: from the start of the log, or what the head counts without
    /// what came behind, whichever is shorter.
    async fn counted(&self, log: &Log, head: &SessionHead, sequence: i64) -> Result<(i64, i64, Usage), Error> {
        let behind = sequence > head.last_sequence / 2;
        let (after, before) = if behind { (sequence, head.last_sequence + 1) } else { (0, sequence + 1) };
        let counts = self.store().count_events(log, after, before).await?;
        let of = |is: &dyn Fn(&str) -> bool| counts.iter().filter(|(name, _)| is(name)).map(|(_, count)| count).sum();
        let (events, turns): (i64, i64) = (of(&|name| !is_delta(name)), of(&|name| ENDS.contains(&name)));
        let usage = self.spent(log, after, before).await?;
        Ok(if behind {
            (head.event_count - events, head.turn_count - turns, head.usage.without(usage))
        } else {
            (events, turns, usage)
        })
    }

    /// Tokens spent in a part of a log.
    async fn spent(&self, log: &Log, after: i64, before: i64) -> Result<Usage, Error> {
        let mut query = EventQuery {
            after,
            before: Some(before),
            types: vec!["reason.completed".to_owned()],
            limit: Some(EVENTS_READ_BATCH),
            ..EventQuery::all(log.clone())
        };
        let mut spent = Usage::default();
        loop {
            let rows = self.store().events(&query).await?;
            let Some(last) = rows.last().map(|row| row.sequence) else { return Ok(spent) };
            for row in rows {
                if let EventData::ReasonCompleted(ReasonCompleted { usage: Some(usage), .. }) =
                    row.decode().map_err(corrupt)?.data
                {
                    spent = spent + usage;
                }
            }
            query.after = last;
        }
    }
}
